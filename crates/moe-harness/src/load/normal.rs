//! The canonical spelling of an experiment: what the manifest keeps of the file.

use toml::{Table, Value};

use crate::experiment::Experiment;

/// The file with sorted keys and without comments; sizes, replications and seed are those of the experiment.
/// Whole numbers of the format are below 2⁶³, so they all have a spelling in TOML.
pub(super) fn normalised(text: &str, experiment: &Experiment) -> String {
    // The text was read before, so neither step fails; should one, the text speaks for itself.
    let Ok(mut table) = text.parse::<Table>() else { return text.to_owned() };
    table.remove("profile");
    table.insert("sizes".to_owned(), Value::Array(experiment.sizes.iter().map(|n| whole(*n)).collect()));
    table.insert("replications".to_owned(), whole(experiment.replications));
    table.insert("seed".to_owned(), whole(experiment.seed));
    let arms = table.get_mut("arm").and_then(Value::as_array_mut);
    for (value, arm) in arms.into_iter().flatten().zip(&experiment.arms) {
        if let (Some(replications), Some(table)) = (arm.replications, value.as_table_mut()) {
            table.insert("replications".to_owned(), whole(replications));
        }
    }
    toml::to_string(&table).unwrap_or_else(|_| text.to_owned())
}

fn whole(number: u64) -> Value {
    Value::Integer(number as i64)
}
