//! The list of every key, with an example: what a message about a missing or mistaken key shows.

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The kind of table: the name of its header, or the variant that its `kind` or `estimator` chooses.
    pub table: &'static str,
    /// The key.
    pub name: &'static str,
    /// Whether the table is refused without it.
    pub required: bool,
    /// How it is written.
    pub example: &'static str,
}

/// The key `name` of the tables called `table`.
pub fn find(table: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|k| k.table == table && k.name == name)
}

/// The names of the keys of the tables called `table`.
pub fn names(table: &str) -> Vec<&'static str> {
    KEYS.iter().filter(|k| k.table == table).map(|k| k.name).collect()
}

/// Which tables stand at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// One of this kind, or a list of such.
    Of(&'static str),
    /// Any number of this kind, each with a name.
    Named(&'static str),
    /// One, or a list, each of the kind that the value of its key of this name chooses.
    By(&'static str, &'static [&'static str]),
    /// Any number of those, each with a name.
    NamedBy(&'static str, &'static [&'static str]),
}

/// The tables at the key `name` of the tables called `table`; `None` where there are none.
pub fn tables(table: &str, name: &str) -> Option<Tables> {
    const LAWS: &[&str] = &["uniform", "truncated-normal", "grid", "points"];
    const ESTIMATORS: &[&str] = &["newton", "em", "mm", "known-rate"];
    const STARTS: &[&str] = &["search", "random", "near-truth", "truth-splits", "at-truth"];
    Some(match (table, name) {
        ("experiment" | "profile", "sizes") => Tables::Of("sizes"),
        ("experiment", "profile") => Tables::Named("profile"),
        ("experiment", "inference") => Tables::Of("inference"),
        ("experiment", "covariates") => Tables::NamedBy("kind", LAWS),
        ("experiment", "truth") => Tables::Named("truth"),
        ("truth", "random") => Tables::Of("random-truth"),
        ("truth", "drift") => Tables::Of("drift"),
        ("experiment", "cell") => Tables::Of("cell"),
        ("experiment", "arm") => Tables::By("estimator", ESTIMATORS),
        ("newton" | "em" | "mm", "starts") => Tables::By("kind", STARTS),
        ("newton" | "em" | "mm", "stop") => Tables::Of("stop"),
        ("em" | "mm", "certify") => Tables::Of("certify"),
        ("experiment", "claim") => Tables::Of("claim"),
        ("claim", "differs_from") => Tables::Of("differs_from"),
        ("experiment", "panel") => Tables::Of("panel"),
        ("panel", "curve") => Tables::Of("curve"),
        _ => return None,
    })
}

/// The keys without which a table called `table` is refused.
pub fn required(table: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |k| k.required && k.table == table)
}

macro_rules! keys {
    ($($table:literal { $($name:literal $need:ident $example:literal,)* })*) => {
        /// Every key of the format, table by table.
        pub const KEYS: &[Key] = &[$($(
            Key { table: $table, name: $name, required: keys!($need), example: $example },
        )*)*];
    };
    (must) => { true };
    (may) => { false };
}

keys! {
    "experiment" {
        "format" must "format = 1",
        "name" must "name = \"fig1\"",
        "title" must "title = \"Rates of the maximum-likelihood estimator\"",
        "question" must "question = \"At which rate does the fit approach the truth?\"",
        "source" must "source = \"own design\"",
        "seed" must "seed = 20231014",
        "sizes" must "sizes = { from = 1000, to = 100_000_000, count = 11 }",
        "replications" must "replications = 200",
        "looks" may "looks = [100, 200, 400]",
        "profile" may "[profile.smoke]",
        "inference" must "[inference]",
        "covariates" must "[covariates.fine-grid]",
        "truth" must "[truth.binary]",
        "cell" must "[[cell]]",
        "arm" must "[[arm]]",
        "claim" may "[[claim]]",
        "panel" may "[[panel]]",
    }
    "sizes" {
        "from" must "from = 1000",
        "to" must "to = 100_000_000",
        "count" must "count = 11",
    }
    "profile" {
        "sizes" may "sizes = [1000, 10_000, 100_000]",
        "replications" may "replications = 20",
    }
    "inference" {
        "level" must "level = 0.95",
        "resamples" must "resamples = 2000",
        "weights" must "weights = \"equal\"",
        "failure_limit" must "failure_limit = 0.05",
    }
    "uniform" {
        "kind" must "kind = \"uniform\"",
        "lower" must "lower = [-1, -1]",
        "upper" must "upper = [1, 1]",
    }
    "truncated-normal" {
        "kind" must "kind = \"truncated-normal\"",
        "mean" must "mean = [0, 0]",
        "sd" must "sd = [0.5, 0.5]",
        "lower" must "lower = [-1, -1]",
        "upper" must "upper = [1, 1]",
    }
    "grid" {
        "kind" must "kind = \"grid\"",
        "lower" must "lower = [-1, -1]",
        "upper" must "upper = [1, 1]",
        "points" must "points = [21, 21]",
    }
    "points" {
        "kind" must "kind = \"points\"",
        "points" must "points = [[-1, 0], [1, 0.5]]",
        "probabilities" must "probabilities = [0.25, 0.75]",
    }
    "truth" {
        "gates" may "gates = [[0, 4, 0], [0, 0, 0]]",
        "experts" may "experts = [[[0.5, 0, 4]], [[-0.5, 2, -4]]]",
        "random" may "random = { experts = 2, classes = 2, covariates = 2, scale = 3.0, seed = 1 }",
        "drift" may "drift = { rate = -0.25, scale = 1.0, gates = [[0, 0, 0], [0, 0, 0]], experts = [[[0, 1, 0]], [[0, 0, 0]]] }",
    }
    "random-truth" {
        "experts" must "experts = 2",
        "classes" must "classes = 2",
        "covariates" must "covariates = 2",
        "vanishing" may "vanishing = 1",
        "scale" must "scale = 3.0",
        "seed" must "seed = 1",
    }
    "drift" {
        "rate" must "rate = -0.25",
        "scale" must "scale = 1.0",
        "gates" must "gates = [[0, 0, 0], [0, 0, 0]]",
        "experts" must "experts = [[[0, 1, 0]], [[0, 0, 0]]]",
    }
    "cell" {
        "name" must "name = \"exact\"",
        "title" must "title = \"exact-specified\"",
        "truth" must "truth = \"binary\"",
        "gate_map" must "gate_map = \"identity\"",
        "covariates" must "covariates = \"fine-grid\"",
        "fitted" must "fitted = 2",
        "box" must "box = 10.0",
        "regime" may "regime = \"exact\"",
    }
    "newton" {
        "estimator" must "estimator = \"newton\"",
        "name" must "name = \"mle\"",
        "cells" may "cells = [\"exact\"]",
        "replications" may "replications = 40",
        "audits" may "audits = \"mle\"",
        "starts" must "starts = { kind = \"search\", random = 24, bases = 2, candidates = 200, insertions = 8, splits = 8, exchanges = 2, screening = 5, rounds = 2, hits = 4, stream = 0 }",
        "stop" must "stop = { score = 1e-9, gain = 1e-10, iterations = 300 }",
    }
    "em" {
        "estimator" must "estimator = \"em\"",
        "name" must "name = \"em\"",
        "cells" may "cells = [\"exact\"]",
        "replications" may "replications = 40",
        "audits" may "audits = \"em\"",
        "starts" must "starts = { kind = \"random\", count = 20, stream = 0 }",
        "stop" must "stop = { relative_likelihood = 1e-6, iterations = 2000 }",
        "certify" may "certify = { score = 1e-9, gain = 1e-10 }",
    }
    "mm" {
        "estimator" must "estimator = \"mm\"",
        "name" must "name = \"mm\"",
        "cells" may "cells = [\"exact\"]",
        "replications" may "replications = 40",
        "audits" may "audits = \"mm\"",
        "starts" must "starts = { kind = \"random\", count = 20, stream = 0 }",
        "stop" must "stop = { relative_likelihood = 1e-6, iterations = 2000 }",
        "certify" may "certify = { score = 1e-9, gain = 1e-10 }",
    }
    "known-rate" {
        "estimator" must "estimator = \"known-rate\"",
        "name" must "name = \"double\"",
        "cells" may "cells = [\"exact\"]",
        "replications" may "replications = 40",
        "rate" must "rate = -0.5",
        "scale" must "scale = 1.0",
        "tail" may "tail = 3.0",
        "fails_above" may "fails_above = 0.1",
    }
    "search" {
        "kind" must "kind = \"search\"",
        "random" must "random = 24",
        "bases" must "bases = 2",
        "candidates" must "candidates = 200",
        "insertions" must "insertions = 8",
        "splits" must "splits = 8",
        "exchanges" must "exchanges = 2",
        "screening" must "screening = 5",
        "rounds" must "rounds = 2",
        "hits" must "hits = 4",
        "stream" must "stream = 0",
        "drafts" may "drafts = false",
    }
    "random" {
        "kind" must "kind = \"random\"",
        "count" must "count = 20",
        "stream" must "stream = 0",
    }
    "near-truth" {
        "kind" must "kind = \"near-truth\"",
        "count" must "count = 4",
        "radius" must "radius = 0.1",
        "radius_rate" may "radius_rate = -0.25",
    }
    "truth-splits" {
        "kind" must "kind = \"truth-splits\"",
        "count" must "count = 4",
        "radius" must "radius = 0.1",
        "radius_rate" may "radius_rate = -0.25",
    }
    "at-truth" {
        "kind" must "kind = \"at-truth\"",
    }
    "stop" {
        "score" may "score = 1e-9",
        "gain" may "gain = 1e-10",
        "relative_likelihood" may "relative_likelihood = 1e-6",
        "parameter_step" may "parameter_step = 1e-4",
        "iterations" must "iterations = 300",
    }
    "certify" {
        "score" must "score = 1e-9",
        "gain" must "gain = 1e-10",
    }
    "claim" {
        "name" must "name = \"exact-d1\"",
        "cell" must "cell = \"exact\"",
        "arm" must "arm = \"mle\"",
        "quantity" must "quantity = \"d1\"",
        "statistic" must "statistic = \"median\"",
        "equals" may "equals = -0.5",
        "margin" may "margin = 0.05",
        "slower_than" may "slower_than = -0.25",
        "at_least" may "at_least = -0.5",
        "differs_from" may "differs_from = { cell = \"over\", arm = \"mle\" }",
        "stays_above" may "stays_above = 0.2",
        "level" must "level = 0.95",
        "from" may "from = 100_000",
        "rivals" may "rivals = [-0.25]",
        "spread" may "spread = 0.8",
        "source" must "source = \"theorem 1\"",
        "expect" may "expect = \"disagree\"",
        "because" may "because = \"the atom splits without a trace in the density\"",
    }
    "differs_from" {
        "cell" must "cell = \"over\"",
        "arm" must "arm = \"mle\"",
    }
    "panel" {
        "title" must "title = \"Exact-specified\"",
        "curve" must "[[panel.curve]]",
    }
    "curve" {
        "cell" must "cell = \"exact\"",
        "arm" must "arm = \"mle\"",
        "quantity" must "quantity = \"d1\"",
        "statistic" must "statistic = \"median\"",
        "theory" may "theory = -0.5",
        "from" may "from = 100_000",
    }
}

#[cfg(test)]
mod tests;
