//! Parquet: flat columns, read one row group at a time.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use parquet::{
    basic::{ConvertedType, LogicalType, TimeUnit},
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, DataType},
    errors::ParquetError,
    file::reader::{FileReader, RowGroupReader, SerializedFileReader},
    schema::types::ColumnDescriptor,
};
use rust_decimal::Decimal;

use super::{
    LoadOptions, MarketData, RowKind,
    loader::{Loader, Place},
    row::Cell,
    table::Header,
};
use crate::{Control, EngineError, Instruments, time};

/// Bytes of a typical row, compressed, to reserve roughly the right number of events.
const TYPICAL_ROW: usize = 16;
/// Values read at once; more would be reserved on the word of the file alone.
const CHUNK: usize = 1 << 16;

pub(super) fn parse(
    instruments: Arc<Instruments>,
    bytes: &[u8],
    kind: Option<RowKind>,
    options: &LoadOptions,
    control: &Control,
) -> Result<MarketData, EngineError> {
    // The reader checks what it reads, yet a file made to break it may find what it does not check.
    catch_unwind(AssertUnwindSafe(|| read(instruments, bytes, kind, options, control)))
        .unwrap_or_else(|_| Err(syntax("the file is damaged")))
}

fn read(
    instruments: Arc<Instruments>,
    bytes: &[u8],
    kind: Option<RowKind>,
    options: &LoadOptions,
    control: &Control,
) -> Result<MarketData, EngineError> {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes))
        .map_err(|error| damaged(&error))?;
    let metadata = reader.metadata().file_metadata();
    let columns = metadata.schema_descr().columns();
    let names: Vec<String> = columns.iter().map(|column| column.path().string()).collect();
    let header = Header::new(names.iter().map(String::as_str), kind)
        .map_err(|violation| Place { line: None, index: 0 }.error(violation))?;
    // The file's own count is not to be trusted with memory.
    let expected = usize::try_from(metadata.num_rows()).unwrap_or(0).min(bytes.len() / TYPICAL_ROW);
    let mut loader = Loader::new(&instruments, options, control, expected);
    let mut index = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(|error| damaged(&error))?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let values = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                if header.uses(at) {
                    Values::read(group.as_ref(), at, column, rows)
                } else {
                    Ok(Values::Unused)
                }
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| damaged(&error))?;
        for row in 0..rows {
            let place = Place { line: None, index };
            header
                .add(&mut loader, |at| values[at].cell(row))
                .map_err(|violation| place.error(violation))?;
            loader.tick()?;
            index += 1;
        }
    }
    loader.finish(Arc::clone(&instruments))
}

fn damaged(error: &ParquetError) -> EngineError {
    syntax(&format!("the file is not Parquet that can be read: {error}"))
}

fn syntax(message: &str) -> EngineError {
    EngineError::data("market_data_syntax", message)
}

/// What the numbers of a column stand for.
#[derive(Clone, Copy)]
enum Meaning {
    Plain,
    Time(TimeUnit),
    Date,
    Decimal(u32),
}

impl Meaning {
    fn of(column: &ColumnDescriptor) -> Self {
        match column.logical_type_ref() {
            Some(LogicalType::Timestamp(stamp)) => return Self::Time(stamp.unit),
            Some(LogicalType::Date) => return Self::Date,
            Some(LogicalType::Decimal(decimal)) => {
                return Self::Decimal(u32::try_from(decimal.scale).unwrap_or(u32::MAX));
            }
            _ => {}
        }
        match column.converted_type() {
            ConvertedType::TIMESTAMP_MILLIS => Self::Time(TimeUnit::MILLIS),
            ConvertedType::TIMESTAMP_MICROS => Self::Time(TimeUnit::MICROS),
            ConvertedType::DATE => Self::Date,
            ConvertedType::DECIMAL => {
                Self::Decimal(u32::try_from(column.type_scale()).unwrap_or(u32::MAX))
            }
            _ => Self::Plain,
        }
    }

    fn int(self, value: i64) -> Cell<'static> {
        let time = |time: Option<DateTime<Utc>>| {
            time.map_or_else(|| Cell::Other(value.to_string()), Cell::Time)
        };
        match self {
            Self::Plain => Cell::Int(value),
            Self::Time(TimeUnit::MILLIS) => time(time::from_millis(value)),
            Self::Time(TimeUnit::MICROS) => time(time::from_nanos(i128::from(value) * 1_000)),
            Self::Time(TimeUnit::NANOS) => time(time::from_nanos(i128::from(value))),
            Self::Date => time(value.checked_mul(86_400_000).and_then(time::from_millis)),
            Self::Decimal(scale) => decimal(i128::from(value), scale),
        }
    }

    fn bytes(self, bytes: &[u8]) -> Cell<'_> {
        if let Self::Decimal(scale) = self {
            // Big-endian two's complement of any length.
            if bytes.is_empty() || bytes.len() > 16 {
                return Cell::Other("a decimal of too many digits".to_owned());
            }
            let negative = bytes[0] & 0x80 != 0;
            let mut wide = [if negative { 0xff } else { 0 }; 16];
            wide[16 - bytes.len()..].copy_from_slice(bytes);
            return decimal(i128::from_be_bytes(wide), scale);
        }
        match std::str::from_utf8(bytes).map(str::trim) {
            Ok("") => Cell::Empty,
            Ok(text) => Cell::Text(Cow::Borrowed(text)),
            Err(_) => Cell::Other("bytes that are not UTF-8".to_owned()),
        }
    }
}

fn decimal(mantissa: i128, scale: u32) -> Cell<'static> {
    Decimal::try_from_i128_with_scale(mantissa, scale)
        .map_or_else(|_| Cell::Other("a decimal of too many digits".to_owned()), Cell::Exact)
}

/// One column of one row group; values are dense, `places` says where the row's own stands.
enum Values {
    Unused,
    Int {
        values: Vec<i64>,
        places: Places,
        meaning: Meaning,
    },
    Float {
        values: Vec<f64>,
        places: Places,
    },
    Flag {
        values: Vec<bool>,
        places: Places,
    },
    Bytes {
        values: Vec<ByteArray>,
        places: Places,
        meaning: Meaning,
    },
    /// Of a type that no column of an event has.
    Other,
}

/// Index of each row's value; `None` when no value is missing.
type Places = Option<Vec<Option<usize>>>;

impl Values {
    fn read(
        group: &dyn RowGroupReader,
        at: usize,
        column: &ColumnDescriptor,
        rows: usize,
    ) -> Result<Self, ParquetError> {
        let meaning = Meaning::of(column);
        if column.max_rep_level() > 0 {
            return Ok(Self::Other);
        }
        let level = column.max_def_level();
        Ok(match group.get_column_reader(at)? {
            ColumnReader::BoolColumnReader(reader) => {
                let (values, places) = drain(reader, rows, level)?;
                Self::Flag { values, places }
            }
            ColumnReader::Int32ColumnReader(reader) => {
                let (values, places) = drain(reader, rows, level)?;
                Self::Int { values: values.into_iter().map(i64::from).collect(), places, meaning }
            }
            ColumnReader::Int64ColumnReader(reader) => {
                let (values, places) = drain(reader, rows, level)?;
                Self::Int { values, places, meaning }
            }
            // Written by old Spark and Impala for times.
            ColumnReader::Int96ColumnReader(reader) => {
                let (values, places) = drain(reader, rows, level)?;
                let values = values.iter().map(|value| value.to_nanos()).collect();
                Self::Int { values, places, meaning: Meaning::Time(TimeUnit::NANOS) }
            }
            ColumnReader::FloatColumnReader(reader) => {
                let (values, places) = drain(reader, rows, level)?;
                Self::Float { values: values.into_iter().map(shortest).collect(), places }
            }
            ColumnReader::DoubleColumnReader(reader) => {
                let (values, places) = drain(reader, rows, level)?;
                Self::Float { values, places }
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                let (values, places) = drain(reader, rows, level)?;
                Self::Bytes { values, places, meaning }
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                let (values, places) = drain(reader, rows, level)?;
                let values = values.into_iter().map(ByteArray::from).collect();
                Self::Bytes { values, places, meaning }
            }
        })
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Unused => Cell::Empty,
            Self::Other => Cell::Other("a list".to_owned()),
            Self::Int { values, places, meaning } => {
                find(values, places, row).map_or(Cell::Empty, |value| meaning.int(*value))
            }
            Self::Float { values, places } => {
                find(values, places, row).map_or(Cell::Empty, |value| Cell::Float(*value))
            }
            Self::Flag { values, places } => {
                find(values, places, row).map_or(Cell::Empty, |value| Cell::Flag(*value))
            }
            Self::Bytes { values, places, meaning } => {
                find(values, places, row).map_or(Cell::Empty, |value| meaning.bytes(value.data()))
            }
        }
    }
}

/// The double that a person would write for a float: 0.1, not 0.10000000149011612.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

fn find<'v, T>(values: &'v [T], places: &Places, row: usize) -> Option<&'v T> {
    match places {
        None => values.get(row),
        Some(places) => values.get((*places.get(row)?)?),
    }
}

fn drain<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    level: i16,
) -> Result<(Vec<T::T>, Places), ParquetError> {
    let mut values = Vec::new();
    let mut levels = Vec::new();
    let mut done = 0;
    while done < rows {
        let wanted = (level > 0).then_some(&mut levels);
        let (records, _, _) =
            reader.read_records((rows - done).min(CHUNK), wanted, None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::EOF("a column ends before its row group".to_owned()));
        }
        done += records;
    }
    if values.len() == rows {
        return Ok((values, None));
    }
    let mut next = 0;
    let places = levels
        .into_iter()
        .map(|found| {
            (found == level).then(|| {
                next += 1;
                next - 1
            })
        })
        .collect();
    Ok((values, Some(places)))
}
