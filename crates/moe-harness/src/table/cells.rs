//! The cells of a CSV file as text, and where in the file each of them stands.

use std::ops::Range;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Terminator};

use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::source::Source;

use super::first_few;

/// Why there are no cells.
#[derive(Debug)]
pub enum ReadError {
    /// The system could not read the file.
    Io(std::io::Error),
    /// The file is no table.
    Refused(Diagnostics),
}

/// Header and rows of a file; rows may still be ragged.
#[derive(Clone, Debug)]
pub struct Cells {
    source: Source,
    separator: u8,
    header: StringRecord,
    rows: Vec<StringRecord>,
}

impl Cells {
    /// Reads a file whose cells are separated by `separator`.
    ///
    /// # Errors
    /// When the file cannot be read, or is no table in UTF-8.
    pub fn read(path: &Path, separator: u8) -> Result<Self, ReadError> {
        let bytes = std::fs::read(path).map_err(ReadError::Io)?;
        let name = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|e| ReadError::Refused(not_text(&name, e.as_bytes())))?;
        Self::parse(&name, &text, separator).map_err(ReadError::Refused)
    }

    /// The cells of a text; `name` is shown in messages.
    ///
    /// # Errors
    /// When the text has no header.
    pub fn parse(name: &str, text: &str, separator: u8) -> Result<Self, Diagnostics> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source::new(name, text);
        let refuse = |problem| Diagnostics::new(source.clone(), vec![problem]);
        if text.contains('\0') {
            let problem = Problem::error(Place::File, "this is not text: it holds zero bytes");
            return Err(refuse(problem.help("save the table as CSV, in the encoding UTF-8")));
        }
        let control = |c: &char| c.is_control() && !"\t\r\n".contains(*c);
        if let Some((line, c)) =
            text.lines().zip(1_usize..).find_map(|(l, n)| Some((n, l.chars().find(control)?)))
        {
            let what = format!("line {line} holds a control character, U+{:04X}", u32::from(c));
            let problem = Problem::error(Place::File, what);
            return Err(refuse(problem.help("a table holds letters, digits, signs and blanks")));
        }
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .terminator(Terminator::CRLF)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record
                .map_err(|e| refuse(Problem::error(Place::File, format!("this is not a table: {e}"))))?;
            rows.push(record);
        }
        if rows.is_empty() {
            let problem = Problem::error(Place::File, "the file is empty");
            return Err(refuse(
                problem.help("the first line names the columns, each line after it is an observation"),
            ));
        }
        let header = rows.remove(0).iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self { source, separator, header, rows })
    }

    /// The text, for messages.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Names of the columns.
    pub fn header(&self) -> Vec<String> {
        self.header.iter().map(str::to_owned).collect()
    }

    /// Number of rows below the header.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The cell of a row and column, without blanks around it.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].get(column).unwrap_or_default().trim()
    }

    /// Where the cell of a row and column stands.
    pub fn place(&self, row: usize, column: usize) -> Place {
        Place::Bytes(self.bytes(byte_of(&self.rows[row]), column))
    }

    /// The line of the file in which a row begins, counted from 1.
    pub fn line(&self, row: usize) -> usize {
        let start = self.bytes(byte_of(&self.rows[row]), 0).start;
        1 + self.source.text().as_bytes()[..start].iter().filter(|b| **b == b'\n').count()
    }

    /// Where the name of a column stands.
    pub fn place_in_header(&self, column: usize) -> Place {
        Place::Bytes(self.bytes(0, column))
    }

    /// Refuses files that are no rectangular table with named columns.
    pub(super) fn check(&self) -> Result<(), Vec<Problem>> {
        let problems = self.separators().or_else(|| self.numbers_as_names());
        let problems = problems.map_or_else(|| self.duplicates(), |problem| vec![problem]);
        let problems = if problems.is_empty() { self.ragged() } else { problems };
        if !problems.is_empty() {
            return Err(problems);
        }
        if self.rows.is_empty() {
            let problem = Problem::error(self.place_in_header(0), "there is no row below the header");
            return Err(vec![problem.help("each line after the first is one observation")]);
        }
        Ok(())
    }

    /// A header that is one cell, but would be several with another separator.
    fn separators(&self) -> Option<Problem> {
        let name = self.header.get(0).filter(|_| self.header.len() == 1)?;
        let others = [(';', "semicolons", "';'"), ('\t', "tabs", "tab"), (',', "commas", "','")];
        let (_, words, flag) = others.into_iter().find(|(c, _, _)| name.contains(*c))?;
        let message = format!("the columns are separated by {words}");
        let problem = Problem::error(self.place_in_header(0), message);
        Some(problem.help(format!("say so: --separator {flag}")))
    }

    fn numbers_as_names(&self) -> Option<Problem> {
        let numbers = self.header.iter().all(|name| name.parse::<f64>().is_ok());
        numbers.then(|| {
            let problem =
                Problem::error(self.place_in_header(0), "the first line holds numbers, not names of columns");
            problem.help("write a first line with one name for each column")
        })
    }

    fn duplicates(&self) -> Vec<Problem> {
        let names = self.header();
        let again = (0..names.len()).filter(|j| !names[*j].is_empty() && names[..*j].contains(&names[*j]));
        let problem = |j: usize| {
            let message = format!("two columns are named '{}'", names[j]);
            Problem::error(self.place_in_header(j), message).help("give every column a name of its own")
        };
        first_few(again.map(problem).collect(), "names that stand twice")
    }

    fn ragged(&self) -> Vec<Problem> {
        let columns = self.header.len();
        let ragged = (0..self.rows.len()).filter(|r| self.rows[*r].len() != columns);
        let problem = |row: usize| {
            let cells = self.rows[row].len();
            let message = format!(
                "this line has {cells} {}, and the header names {columns}",
                if cells == 1 { "cell" } else { "cells" }
            );
            let place = self.place(row, cells.min(columns + 1) - 1);
            let help = if cells > columns {
                "a cell that holds the separator stands in double quotes; decimals have a point, like 0.25"
            } else {
                "a missing value still has its place between separators; blank lines are no rows"
            };
            Problem::error(place, message).help(help)
        };
        first_few(ragged.map(problem).collect(), "lines with another number of cells")
    }

    /// The bytes of a cell, given where the reader began to look for its record.
    fn bytes(&self, from: usize, column: usize) -> Range<usize> {
        let text = self.source.text().as_bytes();
        let blank = |b: &&u8| matches!(b, b'\r' | b'\n');
        let mut start = from + text[from..].iter().take_while(blank).count();
        for _ in 0..column {
            start = end_of_cell(text, start, self.separator) + 1;
        }
        start.min(text.len())..end_of_cell(text, start, self.separator)
    }
}

fn byte_of(record: &StringRecord) -> usize {
    record.position().map_or(0, |position| position.byte() as usize)
}

/// One past the last byte of the cell that begins at `start`; separators in double quotes do not end it.
fn end_of_cell(text: &[u8], start: usize, separator: u8) -> usize {
    let mut quoted = false;
    for (i, byte) in text.iter().enumerate().skip(start) {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => return i,
            byte if *byte == separator && !quoted => return i,
            _ => {}
        }
    }
    text.len()
}

/// What to say of bytes that are no UTF-8.
fn not_text(name: &str, bytes: &[u8]) -> Diagnostics {
    let line = |bytes: &[u8]| 1 + bytes.iter().filter(|b| **b == b'\n').count();
    let good = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let message = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        "this is UTF-16, not UTF-8".to_owned()
    } else {
        format!("line {} holds bytes that are not UTF-8 text", line(&bytes[..good]))
    };
    let problem = Problem::error(Place::File, message);
    Diagnostics::new(
        Source::new(name, ""),
        vec![problem.help("save the table as CSV, in the encoding UTF-8")],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, (row, column): (usize, usize), cell: &str, written: &str) {
        let cells = Cells::parse("test.csv", text, b',').unwrap();
        assert_eq!(cells.cell(row, column), cell);
        let Place::Bytes(bytes) = cells.place(row, column) else { panic!("no place") };
        assert_eq!(&cells.source().text()[bytes], written);
    }

    #[test]
    fn cells_stand_where_they_are_said_to() {
        check("a,b\n1,2\n3,4\n", (1, 1), "4", "4");
        check("a,b\r\n1,2\r\n\r\n3,4", (1, 0), "3", "3");
        check("\u{feff}a,b\n1,2\n", (0, 0), "1", "1");
        check("a,b\n\"x,\"\"y\",2\n", (0, 0), "x,\"y", "\"x,\"\"y\"");
        check("a,b\n\"x\ny\",2\n3,4\n", (1, 1), "4", "4");
        check("a,b\nü, 2 \n", (0, 1), "2", " 2 ");
        check("a,b\n1,\n", (0, 1), "", "");
    }
}
