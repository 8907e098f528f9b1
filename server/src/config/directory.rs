//! The directory: a CSV file that says what numbers stand for, as people export and edit it.
//!
//! UTF-8 with or without a byte order mark, `,` or `;` between columns, any line ends, columns in any order by the names in
//! the first line. What can't be meant is an error with its line: a name in the wrong place is worse than none.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use csv::{ReaderBuilder, StringRecord, Trim};
use model::{
    entry::{DirectoryEntry, DirectoryFault, NumberKind},
    id::{Number, QueueId},
};

use super::error::line_of;

/// The columns; the first three must be there.
const COLUMNS: [&str; 5] = ["kind", "number", "name", "department", "queue_id"];

/// Why a directory can't be used. Names lines, never what stands there.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The file can't be read.
    #[error("the directory {path} can't be read: {source}; check the path and that the server's user may read it", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line can't be meant.
    #[error("{path}: line {line}: {fault}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        fault: DirectoryFault,
    },
}

/// Reads a directory.
pub fn read_directory(path: &Path) -> Result<Vec<DirectoryEntry>, DirectoryError> {
    let unreadable = |source| DirectoryError::Unreadable { path: path.to_owned(), source };
    let bytes = fs::read(path).map_err(unreadable)?;
    parse_directory(&bytes).map_err(|(line, fault)| DirectoryError::Line {
        path: path.to_owned(),
        line,
        fault,
    })
}

/// What a directory's bytes say, or the line that is wrong, from 1.
pub fn parse_directory(bytes: &[u8]) -> Result<Vec<DirectoryEntry>, (usize, DirectoryFault)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = str::from_utf8(bytes)
        .map_err(|error| (line_of(bytes, error.valid_up_to()), DirectoryFault::NotUtf8))?;
    let header = text.lines().find(|line| !line.trim().is_empty()).ok_or((1, DirectoryFault::NoHeader))?;
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter)
        .from_reader(bytes);

    let mut columns = None;
    let mut entries = Vec::new();
    let mut seen = HashMap::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|_| (1, DirectoryFault::NotUtf8))? {
        if record.iter().all(str::is_empty) {
            continue;
        }
        let at = start_of(&record, text);
        let line = || line_of(bytes, at);
        let Some(columns) = &columns else {
            columns = Some(Columns::of(&record).map_err(|fault| (line(), fault))?);
            continue;
        };
        let entry = columns.entry(&record).map_err(|fault| (line(), fault))?;
        if let Some(first) = seen.insert(entry.number.clone(), at) {
            return Err((line(), DirectoryFault::NumberTwice(line_of(bytes, first))));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Where a record's own text begins: the reader counts blank lines before it as a part of it.
fn start_of(record: &StringRecord, text: &str) -> usize {
    let at = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
    let rest = text.get(at..).unwrap_or_default();
    at + (rest.len() - rest.trim_start_matches(['\r', '\n']).len())
}

/// Where each of [`COLUMNS`] stands.
struct Columns {
    places: [Option<usize>; COLUMNS.len()],
    count: usize,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, DirectoryFault> {
        let mut places = [None; COLUMNS.len()];
        for (place, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let column = COLUMNS.iter().position(|column| column.eq_ignore_ascii_case(name));
            let column = column.ok_or_else(|| DirectoryFault::ColumnUnknown(place + 1))?;
            if places[column].replace(place).is_some() {
                return Err(DirectoryFault::ColumnTwice(COLUMNS[column]));
            }
        }
        match (0..3).find(|&column| places[column].is_none()) {
            Some(column) => Err(DirectoryFault::ColumnMissing(COLUMNS[column])),
            None => Ok(Self { places, count: header.len() }),
        }
    }

    fn entry(&self, record: &StringRecord) -> Result<DirectoryEntry, DirectoryFault> {
        if record.iter().skip(self.count).any(|field| !field.is_empty()) {
            return Err(DirectoryFault::TooManyFields);
        }
        let [kind, number, name, department, queue_id] =
            self.places.map(|place| place.and_then(|place| record.get(place)).unwrap_or_default());
        directory_entry([kind, number, name, department, queue_id])
    }
}

/// An entry of its kind, number, name, department and queue's id, as they are written.
pub fn directory_entry(fields: [&str; 5]) -> Result<DirectoryEntry, DirectoryFault> {
    let [kind, number, name, department, queue_id] = fields;
    let kind = match kind.to_ascii_lowercase().as_str() {
        "extension" => NumberKind::Extension,
        "queue" => NumberKind::Queue,
        "group" => NumberKind::Group,
        "ivr" => NumberKind::Ivr,
        _ => return Err(DirectoryFault::Kind),
    };
    if number.is_empty() {
        return Err(DirectoryFault::NumberMissing);
    }
    if kind != NumberKind::Queue && !queue_id.is_empty() {
        return Err(DirectoryFault::QueueIdForeign);
    }
    Ok(DirectoryEntry {
        kind,
        number: Number::from(number),
        name: name.into(),
        department: department.into(),
        queue: (!queue_id.is_empty()).then(|| QueueId::from(queue_id)),
    })
}
