//! The records of a folder as flat tables, one file a table, for programs that would rather not gather parts.

use std::fmt::Write as _;

use super::encode::encode;
use super::layout::Table;
use super::schema;
use super::table::{self, Column, Metadata};
use crate::record::Record;

/// The form of a flat table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flat {
    /// Comma-separated values: lists are numbers separated by blanks, missing values are empty cells, and every number
    /// comes back to the last bit.
    Csv,
    /// Parquet with the columns of a run folder.
    Parquet,
}

/// The tables `rows`, `starts` and `cells` of some records, by name.
///
/// # Errors
/// A message when a record holds what the tables have no place for.
pub fn flat(records: &[Record], seed: u64, form: Flat) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let records: Vec<&Record> = records.iter().collect();
    let one = |table: Table| {
        let (frame, rows) = encode(table, &records, seed)?;
        let fields = schema::fields(table);
        let bytes = match form {
            Flat::Parquet => table::write(table.name(), &fields, &frame, rows, &Metadata::new())?,
            Flat::Csv => {
                let mut columns = Vec::new();
                for field in &fields {
                    let column = frame.column(field.name);
                    columns.push((field.name, column.ok_or_else(|| format!("no column '{}'", field.name))?));
                }
                csv(&columns, rows)?
            }
        };
        Ok((table.name(), bytes))
    };
    Table::ALL.into_iter().map(one).collect()
}

fn csv(columns: &[(&str, &Column)], rows: usize) -> Result<Vec<u8>, String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).map_err(|e| e.to_string());
    write(columns.iter().map(|(name, _)| (*name).to_owned()).collect())?;
    for row in 0..rows {
        write(columns.iter().map(|(_, column)| cell(column, row)).collect())?;
    }
    writer.into_inner().map_err(|e| e.to_string())
}

fn cell(column: &Column, row: usize) -> String {
    fn shown<T>(value: Option<&T>, show: impl Fn(&T) -> String) -> String {
        value.map(show).unwrap_or_default()
    }
    match column {
        Column::Text(values) => shown(values[row].as_ref(), |text| text.to_string()),
        Column::Whole(values) => shown(values[row].as_ref(), u64::to_string),
        Column::Flag(values) => shown(values[row].as_ref(), bool::to_string),
        Column::Number(values) => shown(values[row].as_ref(), |v| format!("{v:?}")),
        Column::Numbers(values) => shown(values[row].as_ref(), |list| {
            list.iter().enumerate().fold(String::new(), |mut text, (i, v)| {
                let _ = write!(text, "{}{v:?}", if i == 0 { "" } else { " " });
                text
            })
        }),
    }
}
