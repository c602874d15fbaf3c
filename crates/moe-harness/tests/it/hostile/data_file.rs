//! Data files for `moe fit`.

use moe_harness::table::{Cells, Wanted, table};
use proptest::prelude::{Strategy, any, prop_assert};
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;

use super::bytes::{Damage, damaged, damages};
use super::{round, rounds};

const PENGUINS: &str = include_str!("../../../../../examples/data/penguins.csv");
const SMALL: &str = "x1,x2,y\n0.5,-1,a\n1e3,2,b\n-0,\"3\",a\n7,8,\"b\"\n";

fn strategy() -> impl Strategy<Value = (&'static str, u8, bool, Vec<Damage>)> {
    (select(&[SMALL, PENGUINS][..]), select(&b",;\t"[..]), any::<bool>(), damages())
}

/// A file is a table of finite numbers with labels in range, or it is refused with a message.
fn check((file, separator, standardize, damages): (&str, u8, bool, Vec<Damage>)) -> TestCaseResult {
    let text = String::from_utf8_lossy(&damaged(file.as_bytes(), &damages)).into_owned();
    let label = if file == SMALL { "y" } else { "sex" };
    let features = (file == PENGUINS).then(|| vec!["bill_length_mm".to_owned(), "bill_depth_mm".to_owned()]);
    let wanted = Wanted { label: label.to_owned(), features, count: None, standardize };
    let read = Cells::parse("hostile.csv", &text, separator).and_then(|cells| table(&cells, &wanted));
    match read {
        Ok(table) => {
            prop_assert!(table.data.x.iter().all(|v| v.is_finite()));
            prop_assert!(table.data.labels.iter().all(|l| (*l as usize) < table.classes.len()));
            prop_assert!(
                table.classes.iter().flat_map(|class| class.chars()).all(|c| !c.is_control() || c == '\n')
            );
        }
        Err(diagnostics) => {
            let message = diagnostics.render(false);
            prop_assert!(diagnostics.has_errors() && message.len() > 20);
            prop_assert!(!message.contains('\u{1b}'), "{message:?}");
        }
    }
    Ok(())
}

#[test]
fn data_files_are_read_or_refused() {
    round(0, &strategy(), check);
}

#[test]
#[ignore = "minutes: just fuzz"]
fn data_files_for_minutes() {
    rounds("data files of `moe fit`", &strategy(), check);
}
