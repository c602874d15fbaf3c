//! From columns to the bytes of a parquet file.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::ColumnPath;

use super::{Column, Field, Form, Frame, Metadata, message};

/// The bytes of a table of `rows` rows.
///
/// # Errors
/// A message when a column is missing, of another form or length, null where a value is required, or when a
/// count does not fit 63 bits.
pub(in crate::store) fn write(
    table: &str,
    fields: &[Field],
    frame: &Frame,
    rows: usize,
    metadata: &Metadata,
) -> Result<Vec<u8>, String> {
    let schema = Arc::new(message(table, fields)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties(fields, metadata)))
        .map_err(|e| e.to_string())?;
    let mut group = writer.next_row_group().map_err(|e| e.to_string())?;
    for field in fields {
        let column = frame.0.get(field.name).filter(|column| column.len() == rows);
        let column = column.ok_or_else(|| format!("column '{}' has not {rows} rows", field.name))?;
        write_column(&mut group, field, column).map_err(|what| format!("column '{}': {what}", field.name))?;
    }
    group.close().map_err(|e| e.to_string())?;
    writer.into_inner().map_err(|e| e.to_string())
}

fn properties(fields: &[Field], metadata: &Metadata) -> WriterProperties {
    let pairs = metadata.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    let builder = WriterProperties::builder()
        .set_key_value_metadata(Some(pairs))
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(false);
    let texts = fields.iter().filter(|field| field.form == Form::Text);
    texts
        .fold(builder, |builder, field| {
            builder.set_column_dictionary_enabled(ColumnPath::from(field.name), true)
        })
        .build()
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    field: &Field,
    column: &Column,
) -> Result<(), String> {
    let broken = |e: ParquetError| e.to_string();
    let mut out = group.next_column().map_err(broken)?.ok_or("is not in the schema")?;
    let writer = &mut out;
    match (field.form, column) {
        (Form::Text, Column::Text(v)) => {
            scalars::<ByteArrayType, _>(writer, field, v, |text| Ok(ByteArray::from(&**text)))
        }
        (Form::Count, Column::Whole(v)) => {
            let fit = |n: &u64| i64::try_from(*n).map_err(|_| format!("{n} is above 2^63 − 1"));
            scalars::<Int64Type, _>(writer, field, v, fit)
        }
        (Form::Word, Column::Whole(v)) => scalars::<Int64Type, _>(writer, field, v, |n| Ok(n.cast_signed())),
        (Form::Number, Column::Number(v)) => scalars::<DoubleType, _>(writer, field, v, |x| Ok(*x)),
        (Form::Flag, Column::Flag(v)) => scalars::<BoolType, _>(writer, field, v, |b| Ok(*b)),
        (Form::Numbers, Column::Numbers(v)) => lists(writer, field, v),
        _ => Err("is of another form".to_owned()),
    }?;
    out.close().map_err(broken)
}

/// Writes one value a row: definition level 1 where there is one, 0 where it is null.
fn scalars<T: DataType, V>(
    writer: &mut SerializedColumnWriter<'_>,
    field: &Field,
    values: &[Option<V>],
    convert: impl Fn(&V) -> Result<T::T, String>,
) -> Result<(), String> {
    let present = values.iter().flatten().map(convert).collect::<Result<Vec<_>, _>>()?;
    if field.required && present.len() < values.len() {
        return Err("a value is missing".to_owned());
    }
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let levels = (!field.required).then_some(levels.as_slice());
    writer.typed::<T>().write_batch(&present, levels, None).map_err(|e| e.to_string())?;
    Ok(())
}

/// Writes one list a row: definition level 0 for null (if that may be), then for empty, then for an element;
/// repetition level 0 where a list begins, 1 inside it.
fn lists(
    writer: &mut SerializedColumnWriter<'_>,
    field: &Field,
    values: &[Option<Vec<f64>>],
) -> Result<(), String> {
    let empty = i16::from(!field.required);
    let (mut flat, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        match value.as_deref() {
            None if field.required => return Err("a value is missing".to_owned()),
            None => definition.push(0),
            Some([]) => definition.push(empty),
            Some(list) => {
                flat.extend_from_slice(list);
                definition.extend(std::iter::repeat_n(empty + 1, list.len()));
            }
        }
        repetition.push(0);
        repetition.resize(definition.len(), 1);
    }
    let writer = writer.typed::<DoubleType>();
    let written = writer.write_batch(&flat, Some(&definition), Some(&repetition));
    written.map(|_| ()).map_err(|e| e.to_string())
}
