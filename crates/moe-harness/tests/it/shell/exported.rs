//! `moe export`: flat tables with every record, in both forms.

use moe_harness::quantity::Kind;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::program::{Desk, NEWTON};

fn desk() -> Desk {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    desk.moe("run newton.toml --out run", 0);
    desk
}

#[test]
fn every_row_is_there_in_both_forms() {
    let desk = desk();
    let records = desk.records("run");
    desk.moe("export run --out csv", 0);
    desk.moe("export run --out parquet --format parquet", 0);
    let starts = records.iter().map(|r| r.starts.len()).sum::<usize>();
    let cells = records.iter().flat_map(|r| &r.fit).map(|f| f.cells.len()).sum::<usize>();
    for (table, rows) in [("rows", records.len()), ("starts", starts), ("cells", cells)] {
        let mut reader = csv::Reader::from_path(desk.path(&format!("csv/{table}.csv"))).unwrap();
        let width = reader.headers().unwrap().len();
        assert_eq!(reader.records().map(Result::unwrap).count(), rows, "{table}");
        let file = std::fs::File::open(desk.path(&format!("parquet/{table}.parquet"))).unwrap();
        let metadata = SerializedFileReader::new(file).unwrap().metadata().file_metadata().clone();
        assert_eq!(metadata.num_rows() as usize, rows, "{table}");
        assert_eq!(metadata.schema().get_fields().len(), width, "{table}");
    }
    for summary in ["summary.csv", "rates.csv"] {
        let text = |folder: &str| std::fs::read(desk.path(&format!("{folder}/{summary}"))).unwrap();
        assert!(text("csv") == text("parquet") && text("csv") == text("run/report"), "{summary}");
    }
}

/// Rows that a report does not judge are exported too, and that is said.
#[test]
fn more_replications_than_are_asked_for_are_told() {
    let desk = desk();
    let all = desk.moe("export run --out all", 0).out;
    assert!(!all.contains("asked for"), "{all}");
    desk.moe("run newton.toml --out run --replications 2", 0);
    let some = desk.moe("export run --out some", 0).out;
    let there = desk.records("run").iter().map(|record| record.key.replication + 1).max().unwrap();
    let said =
        format!("{there} replications are in the folder, and 2 are asked for: rows, cells and starts hold");
    assert!(there > 2 && some.contains(&said), "{some}");
}

/// Numbers come back to the last bit, lists too; what is missing is empty.
#[test]
fn numbers_survive_a_csv() {
    let desk = desk();
    desk.moe("export run --out csv", 0);
    let mut reader = csv::Reader::from_path(desk.path("csv/rows.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let (d1, parameters, exact) = (column("d1"), column("parameters"), column("log_likelihood_exact"));
    let mut missing = 0;
    for (row, record) in reader.records().map(Result::unwrap).zip(desk.records("run")) {
        let fit = record.fit.unwrap();
        assert_eq!(
            row[d1].parse::<f64>().ok().map(f64::to_bits),
            fit.quantities.get(Kind::D1).map(f64::to_bits)
        );
        let list: Vec<f64> = row[parameters].split(' ').map(|v| v.parse().unwrap()).collect();
        assert_eq!(list, fit.parameters);
        assert_eq!(row[exact].parse().ok(), record.log_likelihood_exact);
        missing += usize::from(row[exact].is_empty());
        assert_eq!(row[column("cell")], *record.cell_name);
    }
    assert!(missing > 0, "some rows have no exact-specified fit beside them");
}

#[test]
fn the_run_folder_is_left_alone() {
    let desk = desk();
    let before = desk.files("run");
    desk.moe("export run --out flat", 0);
    desk.moe("export run --out run/rows", 2).complains(&["inside the run folder"]);
    assert!(desk.files("run") == before);
}
