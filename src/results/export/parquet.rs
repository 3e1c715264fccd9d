//! Parquet output.

use std::sync::Arc;

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::{Type, TypePtr},
};

use super::{
    annotations::Annotations,
    sink::Sink,
    table::{Batch, Column, Kind, TableSink, Values},
};
use crate::results::Error;

/// The minimum number of rows per row group. Many small row groups are slow to read.
const ROWS: usize = 1 << 17;

/// A writer that gathers batches into row groups.
pub(super) struct ParquetTable<'a, 'f> {
    writer: SerializedFileWriter<&'a mut Sink<'f>>,
    waiting: Batch,
}

impl<'a, 'f> ParquetTable<'a, 'f> {
    /// Begins a file. The annotations become metadata with the prefix `castui.`.
    pub(super) fn new(out: &'a mut Sink<'f>, columns: &[Column], about: &Annotations) -> Result<Self, Error> {
        let pair = |(name, value): (&str, &str)| KeyValue::new(format!("castui.{name}"), value.to_owned());
        let metadata: Vec<KeyValue> = about.iter().map(pair).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata((!metadata.is_empty()).then_some(metadata))
            .set_created_by(concat!("castui ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(out, schema(columns)?, Arc::new(properties))?;
        Ok(Self { writer, waiting: Batch::new(columns) })
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.waiting.rows() == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for values in &self.waiting.columns {
            let Some(mut column) = group.next_column()? else { break };
            write_column(column.untyped(), values)?;
            column.close()?;
        }
        group.close()?;
        self.waiting.clear();
        Ok(())
    }
}

impl TableSink for ParquetTable<'_, '_> {
    fn write(&mut self, mut batch: Batch) -> Result<(), Error> {
        self.waiting.append(&mut batch);
        if self.waiting.rows() >= ROWS { self.flush() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.flush()?;
        self.writer.finish()?;
        Ok(())
    }
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let field = |column: &Column| {
        let (physical, logical) = match column.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Whole => (Physical::INT64, None),
        };
        let builder = Type::primitive_type_builder(&column.name, physical);
        builder.with_repetition(Repetition::OPTIONAL).with_logical_type(logical).build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<_, _>>()?;
    Ok(Arc::new(Type::group_type_builder("table").with_fields(fields).build()?))
}

fn write_column(column: &mut ColumnWriter<'_>, values: &Values) -> Result<(), ParquetError> {
    match (column, values) {
        (ColumnWriter::ByteArrayColumnWriter(column), Values::Text(values)) => {
            let present: Vec<ByteArray> =
                values.iter().flatten().map(|text| ByteArray::from(text.as_bytes().to_vec())).collect();
            column.write_batch(&present, Some(&levels(values)), None)?;
        }
        (ColumnWriter::DoubleColumnWriter(column), Values::Real(values)) => {
            let present: Vec<f64> = values.iter().flatten().copied().collect();
            column.write_batch(&present, Some(&levels(values)), None)?;
        }
        (ColumnWriter::Int64ColumnWriter(column), Values::Whole(values)) => {
            let present: Vec<i64> = values.iter().flatten().copied().collect();
            column.write_batch(&present, Some(&levels(values)), None)?;
        }
        (_, Values::Text(_) | Values::Real(_) | Values::Whole(_)) => {
            return Err(ParquetError::General("a column's values are not of its type".to_owned()));
        }
    }
    Ok(())
}

/// Returns the definition levels: 1 for a value, 0 for a missing one.
fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|value| i16::from(value.is_some())).collect()
}
