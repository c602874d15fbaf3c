//! The columns of the three tables of a part, in their order, each with its form.

use super::layout::Table;
use super::table::{Field, Form};
use crate::quantity::Kind;

/// A column with a value in every row.
const fn always(name: &'static str, form: Form) -> Field {
    Field { name, form, required: true }
}

/// A column that may be null: without a fit there is nothing to say.
const fn maybe(name: &'static str, form: Form) -> Field {
    Field { name, form, required: false }
}

/// The row that a line of any table belongs to. Hashes are hexadecimal, 64 digits.
pub(super) const KEY: [Field; 6] = [
    always("cell", Form::Text),
    always("arm", Form::Text),
    always("cell_hash", Form::Text),
    always("arm_hash", Form::Text),
    always("size", Form::Count),
    always("replication", Form::Count),
];

/// The column of replications, which is all that resuming needs.
pub(super) const REPLICATION: Field = KEY[5];

/// What a row says before its quantities.
const ROW: [Field; 20] = [
    always("truth_hash", Form::Text),
    always("seed", Form::Word),
    always("status", Form::Text),
    always("reason", Form::Text),
    always("log_likelihood_truth", Form::Number),
    maybe("log_likelihood_exact", Form::Number),
    maybe("log_likelihood", Form::Number),
    maybe("parameters", Form::Numbers),
    maybe("score", Form::Number),
    maybe("gain", Form::Number),
    maybe("curvature", Form::Number),
    maybe("at_box", Form::Text),
    maybe("hits", Form::Count),
    maybe("gap", Form::Number),
    maybe("stop", Form::Text),
    maybe("passes", Form::Count),
    maybe("alignment", Form::Numbers),
    maybe("assignment", Form::Numbers),
    maybe("alignment_exact", Form::Flag),
    maybe("evaluation_rule", Form::Text),
];

/// What a row says after them. Timings are no part of what is compared or hashed.
const ROW_END: [Field; 6] = [
    maybe("hellinger_error", Form::Number),
    maybe("total_variation_error", Form::Number),
    maybe("kl_error", Form::Number),
    always("seconds_sample", Form::Number),
    always("seconds_fit", Form::Number),
    always("seconds_score", Form::Number),
];

const START: [Field; 7] = [
    always("index", Form::Count),
    always("kind", Form::Text),
    always("log_likelihood", Form::Number),
    always("iterations", Form::Count),
    always("passes", Form::Count),
    always("stop", Form::Text),
    always("parameters", Form::Numbers),
];

const TRUE_ATOM: Field = always("true_atom", Form::Count);

/// The columns of a table.
pub(super) fn fields(table: Table) -> Vec<Field> {
    let kinds = |all: bool| {
        let kept = Kind::ALL.iter().filter(move |kind| all || kind.per_atom());
        kept.map(|kind| maybe(kind.name(), Form::Number))
    };
    let key = KEY.into_iter();
    match table {
        Table::Rows => key.chain(ROW).chain(kinds(true)).chain(ROW_END).collect(),
        Table::Starts => key.chain(START).collect(),
        Table::Cells => key.chain([TRUE_ATOM]).chain(kinds(false)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_of_a_table_have_the_same_name() {
        for table in Table::ALL {
            let names: std::collections::BTreeSet<_> = fields(table).iter().map(|f| f.name).collect();
            assert_eq!(names.len(), fields(table).len(), "{}", table.name());
        }
    }

    #[test]
    fn the_tables_hold_the_quantities_that_exist_for_them() {
        let has = |table, name| fields(table).iter().any(|f| f.name == name);
        assert!(has(Table::Rows, "d1") && !has(Table::Cells, "d1"));
        assert!(has(Table::Rows, "root") && has(Table::Cells, "root"));
    }
}
