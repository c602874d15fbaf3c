//! Typed tables and their files: a narrow door to the parquet format, in memory only.

mod read;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;

pub(super) use read::{Opened, TableFile};
pub(super) use write::write;

/// Text beside a table, by key.
pub(super) type Metadata = BTreeMap<String, String>;

/// Text of a column; rows with the same text share it.
pub(super) type Text = Arc<str>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// UTF-8 text, kept once per distinct value.
    Text,
    /// Whole numbers below 2⁶³.
    Count,
    /// Whole numbers of 64 bits.
    Word,
    /// Floating-point numbers, every bit of them.
    Number,
    /// Yes or no.
    Flag,
    /// Lists of floating-point numbers.
    Numbers,
}

/// Name and form of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) form: Form,
    /// Whether every row has a value.
    pub(super) required: bool,
}

impl Field {
    /// Its line in a parquet schema.
    fn spelling(&self) -> String {
        let (name, presence) = (self.name, if self.required { "required" } else { "optional" });
        match self.form {
            Form::Text => format!("{presence} binary {name} (STRING);"),
            Form::Count => format!("{presence} int64 {name};"),
            Form::Word => format!("{presence} int64 {name} (INTEGER(64,false));"),
            Form::Number => format!("{presence} double {name};"),
            Form::Flag => format!("{presence} boolean {name};"),
            Form::Numbers => {
                format!(
                    "{presence} group {name} (LIST) {{ repeated group list {{ required double element; }} }}"
                )
            }
        }
    }
}

/// The parquet schema of a table.
fn message(table: &str, fields: &[Field]) -> Result<Type, String> {
    let lines: Vec<String> = fields.iter().map(Field::spelling).collect();
    parse_message_type(&format!("message {table} {{ {} }}", lines.join(" "))).map_err(|e| e.to_string())
}

/// The values of a column, one entry a row; `None` where there is none.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Column {
    Text(Vec<Option<Text>>),
    Whole(Vec<Option<u64>>),
    Number(Vec<Option<f64>>),
    Flag(Vec<Option<bool>>),
    Numbers(Vec<Option<Vec<f64>>>),
}

impl Column {
    pub(super) fn len(&self) -> usize {
        match self {
            Column::Text(v) => v.len(),
            Column::Whole(v) => v.len(),
            Column::Number(v) => v.len(),
            Column::Flag(v) => v.len(),
            Column::Numbers(v) => v.len(),
        }
    }
}

/// Columns by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frame(BTreeMap<&'static str, Column>);

/// The values of a column of known form.
pub(super) struct Values<'a, T> {
    name: &'static str,
    values: &'a [Option<T>],
}

impl<'a, T> Values<'a, T> {
    /// The value in `row`, `None` where it is null.
    pub(super) fn get(&self, row: usize) -> Result<Option<&'a T>, String> {
        let Self { name, values } = self;
        let value = values.get(row).ok_or_else(|| format!("column '{name}' has no row {row}"));
        value.map(Option::as_ref)
    }

    /// The value in `row`, which must not be null.
    pub(super) fn need(&self, row: usize) -> Result<&'a T, String> {
        self.get(row)?.ok_or_else(|| format!("column '{}' is null in row {row}", self.name))
    }
}

/// Access to one form of value: all values of column `name`; that in `row`, which must not be null.
macro_rules! access {
    ($all:ident, $need:ident, $variant:ident, $value:ty, $shown:ty, $view:expr) => {
        pub(super) fn $all(&self, name: &'static str) -> Result<Values<'_, $value>, String> {
            match self.0.get(name) {
                Some(Column::$variant(values)) => Ok(Values { name, values }),
                _ => Err(format!("there is no column '{name}' of {}", stringify!($all))),
            }
        }

        pub(super) fn $need(&self, name: &'static str, row: usize) -> Result<$shown, String> {
            self.$all(name)?.need(row).map($view)
        }
    };
}

impl Frame {
    /// Adds a column.
    pub(super) fn with(mut self, name: &'static str, column: Column) -> Self {
        self.0.insert(name, column);
        self
    }

    /// A column by its name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.0.get(name)
    }

    /// The number of column `name` in `row`, `None` where it is null.
    pub(super) fn number(&self, name: &'static str, row: usize) -> Result<Option<f64>, String> {
        Ok(self.doubles(name)?.get(row)?.copied())
    }

    /// The text of column `name` in `row`, which must not be null, shared with the column.
    pub(super) fn shared_text(&self, name: &'static str, row: usize) -> Result<Text, String> {
        self.texts(name)?.need(row).cloned()
    }

    /// Removes a column of lists, which must be there.
    pub(super) fn take_lists(&mut self, name: &str) -> Result<Vec<Option<Vec<f64>>>, String> {
        match self.0.remove(name) {
            Some(Column::Numbers(lists)) => Ok(lists),
            _ => Err(format!("there is no column '{name}' of lists")),
        }
    }

    access!(texts, need_text, Text, Text, &str, |text| &**text);
    access!(wholes, need_whole, Whole, u64, u64, |n| *n);
    access!(doubles, need_number, Number, f64, f64, |x| *x);
    access!(flags, need_flag, Flag, bool, bool, |b| *b);
    access!(lists, need_numbers, Numbers, Vec<f64>, &[f64], Vec::as_slice);
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [Field; 6] = [
        Field { name: "text", form: Form::Text, required: true },
        Field { name: "count", form: Form::Count, required: false },
        Field { name: "word", form: Form::Word, required: true },
        Field { name: "number", form: Form::Number, required: false },
        Field { name: "flag", form: Form::Flag, required: false },
        Field { name: "numbers", form: Form::Numbers, required: false },
    ];

    fn frame() -> Frame {
        let odd = f64::from_bits(0x7ff0_0000_0000_0001);
        Frame::default()
            .with("text", Column::Text(["ä", "", "ä"].map(|text| Some(text.into())).to_vec()))
            .with("count", Column::Whole(vec![None, Some(0), Some(i64::MAX as u64)]))
            .with("word", Column::Whole(vec![Some(u64::MAX), Some(0), Some(7)]))
            .with("number", Column::Number(vec![Some(odd), None, Some(-0.0)]))
            .with("flag", Column::Flag(vec![Some(true), Some(false), None]))
            .with("numbers", Column::Numbers(vec![Some(vec![]), None, Some(vec![f64::NEG_INFINITY, 1.5])]))
    }

    fn bytes() -> Vec<u8> {
        let metadata = Metadata::from([("key".to_owned(), "value".to_owned())]);
        write("rows", &FIELDS, &frame(), 3, &metadata).unwrap()
    }

    fn open(bytes: Vec<u8>, table: &str, fields: &[Field]) -> Result<TableFile, String> {
        Opened::new(bytes.into())?.table(table, fields)
    }

    #[test]
    fn a_table_comes_back_bit_for_bit() {
        let file = Opened::new(bytes().into()).unwrap();
        assert_eq!(file.metadata().get("key").map(String::as_str), Some("value"));
        let read = file.table("rows", &FIELDS).unwrap().frame(&FIELDS).unwrap();
        assert_eq!(read.need_number("number", 0).unwrap().to_bits(), 0x7ff0_0000_0000_0001);
        assert_eq!(read.need_number("number", 2).unwrap().to_bits(), (-0.0f64).to_bits());
        assert_eq!(read.need_whole("word", 0), Ok(u64::MAX));
        let without = |frame: Frame| frame.with("number", Column::Number(vec![]));
        assert_eq!(without(read), without(frame()));
    }

    #[test]
    fn an_empty_table_comes_back() {
        let columns = Frame::default().with("numbers", Column::Numbers(vec![]));
        let bytes = write("starts", &FIELDS[5..], &columns, 0, &Metadata::new()).unwrap();
        let file = open(bytes, "starts", &FIELDS[5..]).unwrap();
        assert_eq!((file.rows(), file.frame(&FIELDS[5..])), (0, Ok(columns)));
    }

    #[test]
    fn what_does_not_fit_the_schema_is_refused() {
        let wrong = |name, column| write("rows", &FIELDS, &frame().with(name, column), 3, &Metadata::new());
        assert!(wrong("count", Column::Whole(vec![Some(1 << 63); 3])).unwrap_err().contains("count"));
        assert!(wrong("text", Column::Text(vec![None; 3])).unwrap_err().contains("text"));
        assert!(wrong("flag", Column::Flag(vec![None; 2])).unwrap_err().contains("flag"));
        assert!(wrong("flag", Column::Text(vec![None; 3])).unwrap_err().contains("flag"));
        assert!(open(bytes(), "rows", &FIELDS[1..]).is_err());
        let mut renamed = FIELDS;
        renamed[4].name = "flags";
        assert!(open(bytes(), "rows", &renamed).is_err());
    }

    #[test]
    fn damaged_bytes_never_panic() {
        let whole = bytes();
        let parse = |bytes: Vec<u8>| open(bytes, "rows", &FIELDS).and_then(|f| f.frame(&FIELDS));
        for length in 0..whole.len() {
            assert!(parse(whole[..length].to_vec()).is_err(), "{length} bytes");
        }
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[place] ^= 1 << bit;
                let _ = parse(damaged);
            }
        }
    }
}
