//! From the bytes of a parquet file to columns. Damaged bytes give a message, never a panic.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::SchemaDescriptor;

use super::{Column, Field, Form, Frame, Metadata, Text, message};

/// An opened file: its footer is read, its columns may be any.
pub(in crate::store) struct Opened {
    length: usize,
    reader: SerializedFileReader<Bytes>,
    metadata: Metadata,
}

impl Opened {
    /// Reads the footer.
    ///
    /// # Errors
    /// A message when the bytes are no parquet file.
    pub(in crate::store) fn new(bytes: Bytes) -> Result<Self, String> {
        guarded(|| {
            let length = bytes.len();
            let reader = SerializedFileReader::new(bytes).map_err(|e| e.to_string())?;
            let pairs = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
            let metadata =
                pairs.into_iter().filter_map(|pair| pair.value.map(|value| (pair.key, value))).collect();
            Ok(Self { length, reader, metadata })
        })
    }

    /// The text beside the table.
    pub(in crate::store) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The table, if its columns are `fields`.
    ///
    /// # Errors
    /// A message when they are not.
    pub(in crate::store) fn table(self, table: &str, fields: &[Field]) -> Result<TableFile, String> {
        guarded(|| {
            let file = self.reader.metadata().file_metadata();
            let expected = SchemaDescriptor::new(message(table, fields)?.into());
            if !same_leaves(file.schema_descr(), &expected) {
                return Err(format!("the columns are not those of the table '{table}'"));
            }
            let rows = usize::try_from(file.num_rows()).map_err(|e| e.to_string())?;
            plausible(&self.reader, rows, self.length)?;
            Ok(TableFile { reader: self.reader, fields: fields.to_vec(), rows })
        })
    }
}

/// An opened table whose columns are the expected ones.
pub(in crate::store) struct TableFile {
    reader: SerializedFileReader<Bytes>,
    fields: Vec<Field>,
    rows: usize,
}

impl TableFile {
    /// Number of rows.
    pub(in crate::store) fn rows(&self) -> usize {
        self.rows
    }

    /// Reads the columns `wanted`, each a field of the table.
    ///
    /// # Errors
    /// A message when the bytes cannot be decoded.
    pub(in crate::store) fn frame(&self, wanted: &[Field]) -> Result<Frame, String> {
        wanted.iter().try_fold(Frame::default(), |frame, field| {
            let column = guarded(|| self.column(field));
            Ok(frame.with(field.name, column.map_err(|what| format!("column '{}': {what}", field.name))?))
        })
    }

    fn column(&self, field: &Field) -> Result<Column, String> {
        let index = self.fields.iter().position(|f| f == field).ok_or("there is no such column")?;
        let mut column = match field.form {
            Form::Text => Column::Text(vec![]),
            Form::Count | Form::Word => Column::Whole(vec![]),
            Form::Number => Column::Number(vec![]),
            Form::Flag => Column::Flag(vec![]),
            Form::Numbers => Column::Numbers(vec![]),
        };
        for group in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group).map_err(|e| e.to_string())?;
            let reader = group.get_column_reader(index).map_err(|e| e.to_string())?;
            append(reader, field, self.rows, &mut column)?;
        }
        if column.len() == self.rows {
            Ok(column)
        } else {
            Err(format!("{} values in {} rows", column.len(), self.rows))
        }
    }
}

/// Most bytes that a byte of a file can stand for: the compression in use copies at most 64 bytes by a mark of three.
const EXPANSION: usize = 24;

/// Refuses a footer that promises more than the bytes of the file can hold, before anything is allocated for it. Every row
/// has at least three whole numbers.
fn plausible(reader: &SerializedFileReader<Bytes>, rows: usize, length: usize) -> Result<(), String> {
    let most = length.saturating_mul(EXPANSION);
    let groups = reader.metadata().row_groups();
    let columns = groups.iter().flat_map(|group| group.columns());
    let claims = columns.flat_map(|column| [column.num_values(), column.uncompressed_size()]);
    if rows > most / 24 || claims.into_iter().any(|n| usize::try_from(n).is_ok_and(|n| n > most)) {
        return Err(format!("it promises more than its {length} bytes can hold"));
    }
    Ok(())
}

/// Runs a parse. The parser panics on some bytes that no writer makes: that becomes a message (so the program must
/// not be built with `panic = "abort"`).
fn guarded<T>(parse: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(parse))
        .unwrap_or_else(|_| Err("the parser met bytes that no writer makes".to_owned()))
}

fn same_leaves(found: &SchemaDescriptor, expected: &SchemaDescriptor) -> bool {
    found.num_columns() == expected.num_columns()
        && found.columns().iter().zip(expected.columns()).all(|(a, b)| {
            let leaf = |c: &parquet::schema::types::ColumnDescriptor| {
                (c.path().clone(), c.physical_type(), c.max_def_level(), c.max_rep_level())
            };
            leaf(a) == leaf(b)
        })
}

fn append(reader: ColumnReader, field: &Field, rows: usize, column: &mut Column) -> Result<(), String> {
    match (reader, column) {
        (ColumnReader::ByteArrayColumnReader(reader), Column::Text(values)) => {
            let mut known = Texts::default();
            for text in scalars(reader, field, rows)? {
                let text = text.map(|bytes| known.shared(bytes.data()));
                values.push(text.transpose()?);
            }
        }
        (ColumnReader::Int64ColumnReader(reader), Column::Whole(values)) => {
            for whole in scalars(reader, field, rows)? {
                if field.form == Form::Count && whole.is_some_and(i64::is_negative) {
                    return Err("a count is negative".to_owned());
                }
                values.push(whole.map(i64::cast_unsigned));
            }
        }
        (ColumnReader::DoubleColumnReader(reader), Column::Number(values)) => {
            values.extend(scalars(reader, field, rows)?);
        }
        (ColumnReader::BoolColumnReader(reader), Column::Flag(values)) => {
            values.extend(scalars(reader, field, rows)?);
        }
        (ColumnReader::DoubleColumnReader(reader), Column::Numbers(values)) => {
            values.extend(lists(reader, field, rows)?);
        }
        _ => return Err("is of another form".to_owned()),
    }
    Ok(())
}

/// The last few distinct texts of a column: most rows have one of them.
#[derive(Default)]
struct Texts(VecDeque<Text>);

impl Texts {
    /// Texts that are remembered.
    const KNOWN: usize = 16;

    /// The text of some bytes, shared with earlier rows.
    fn shared(&mut self, bytes: &[u8]) -> Result<Text, String> {
        if let Some(text) = self.0.iter().find(|text| text.as_bytes() == bytes) {
            return Ok(text.clone());
        }
        let text: Text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?.into();
        self.0.truncate(Self::KNOWN - 1);
        self.0.push_front(text.clone());
        Ok(text)
    }
}

/// Values and levels of a column chunk.
struct Levels<V> {
    definition: Vec<i16>,
    repetition: Vec<i16>,
    values: Vec<V>,
    rows: usize,
}

fn levels<T: DataType>(mut reader: ColumnReaderImpl<T>, rows: usize) -> Result<Levels<T::T>, String> {
    let (mut definition, mut repetition, mut values) = (vec![], vec![], vec![]);
    let (rows, _, _) = reader
        .read_records(rows, Some(&mut definition), Some(&mut repetition), &mut values)
        .map_err(|e| e.to_string())?;
    Ok(Levels { definition, repetition, values, rows })
}

fn scalars<T: DataType>(
    reader: ColumnReaderImpl<T>,
    field: &Field,
    rows: usize,
) -> Result<Vec<Option<T::T>>, String> {
    let Levels { definition, values, rows, .. } = levels(reader, rows)?;
    if field.required {
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    let scalars: Vec<_> =
        definition.iter().map(|level| if *level == 1 { values.next() } else { None }).collect();
    if scalars.len() == rows { Ok(scalars) } else { Err("levels and rows differ in number".to_owned()) }
}

fn lists<T: DataType>(
    reader: ColumnReaderImpl<T>,
    field: &Field,
    rows: usize,
) -> Result<Vec<Option<Vec<T::T>>>, String> {
    let empty = i16::from(!field.required);
    let Levels { definition, repetition, values, rows } = levels(reader, rows)?;
    let never_began = "a list goes on that never began";
    if repetition.first().is_some_and(|repeated| *repeated != 0) {
        return Err(never_began.to_owned());
    }
    let (mut begin, mut values) = (0, values.as_slice());
    let mut lists: Vec<Option<Vec<T::T>>> = Vec::new();
    for levels in repetition.chunk_by(|_, next| *next != 0) {
        let defined = definition.get(begin..begin + levels.len()).ok_or("levels differ in number")?;
        begin += levels.len();
        let elements = defined.iter().filter(|level| **level > empty).count();
        if elements < levels.len() && (elements, levels.len()) != (0, 1) {
            return Err(never_began.to_owned());
        }
        let (list, rest) = values.split_at_checked(elements).ok_or("a list is longer than its values")?;
        values = rest;
        lists.push((defined[0] >= empty).then(|| list.to_vec()));
    }
    if lists.len() == rows { Ok(lists) } else { Err("lists and rows differ in number".to_owned()) }
}
