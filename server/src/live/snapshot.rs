//! The boards in a file, so that a start need not fold the whole journal, and old entries may leave it.
//!
//! Two files stand in the data folder. `base.json.gz` is what the journal rests on: entries up to its `seq` may be gone from
//! there. `work.json.gz` only saves time: it is newer, of this version's fold, and can be made again from the other.
//!
//! # The form
//! gzip, whose checksum covers it, of two lines of JSON: a [`Head`], then [`Boards`]. Boards hold points and sets of facts as
//! docs/fold.md has them, not what was computed from them, and the rows as they were shown with their revs. A base outlives
//! versions: whoever changes the shape of what is in it raises [`FORM`] and reads all older forms, which stand in
//! `server/tests/bases/`.
//!
//! A file is written beside its place, synced, read back and compared, and only then put there.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use model::id::Seq;
use serde::{Deserialize, Serialize};

use super::{FOLD_VERSION, boards::Boards};
use crate::folder::{self, FolderError};

/// The shape of what is written.
const FORM: u32 = 1;

/// The file that the journal rests on.
pub const BASE_FILE: &str = "base.json.gz";

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the journal rests on.
    Base,
    /// What saves time.
    Work,
}

impl Kind {
    /// Its file in the data folder.
    pub fn path(self, data: &Path) -> PathBuf {
        data.join(match self {
            Self::Base => BASE_FILE,
            Self::Work => "work.json.gz",
        })
    }
}

/// The first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The shape of the rest.
    pub form: u32,
    /// The version of the fold that made it.
    pub fold: u32,
    /// The newest entry in it.
    pub seq: Seq,
}

/// Why a snapshot can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file can't be made.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The disk.
    #[error("{path} can't be read or written: {source}; check the disk of the data folder")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What is in it is no snapshot.
    #[error("{0} is damaged: {1}")]
    Damaged(PathBuf, String),
    /// A newer version wrote it.
    #[error(
        "{path} has form {found}, this Ringside knows {FORM}; start the newer Ringside again, or restore a backup that this one made"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: u32,
    },
    /// What was read back is not what was written.
    #[error("{0} was written and read back differently; check the disk of the data folder")]
    Differs(PathBuf),
}

impl SnapshotError {
    /// The error itself where a newer version is the cause; else it will be seen to where the file is read.
    pub fn unless_newer<T>(self) -> Result<Option<T>, Self> {
        if matches!(self, Self::Newer { .. }) { Err(self) } else { Ok(None) }
    }
}

/// What a snapshot says of itself; `None` where there is none.
pub fn head(data: &Path, kind: Kind) -> Result<Option<Head>, SnapshotError> {
    Ok(open(&kind.path(data))?.map(|(head, _)| head))
}

/// A snapshot; `None` where there is none.
pub fn read(data: &Path, kind: Kind) -> Result<Option<Boards>, SnapshotError> {
    let path = kind.path(data);
    let Some((head, mut rest)) = open(&path)? else { return Ok(None) };
    let damaged = |error: String| SnapshotError::Damaged(path.clone(), error);
    let mut text = Vec::new();
    rest.read_to_end(&mut text).map_err(|error| damaged(error.to_string()))?;
    let boards: Boards = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    if boards.seq == head.seq { Ok(Some(boards)) } else { Err(damaged("its two parts differ".into())) }
}

/// Opens a snapshot and reads its first line.
fn open(path: &Path) -> Result<Option<(Head, impl Read)>, SnapshotError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SnapshotError::Io { path: path.to_owned(), source }),
    };
    let damaged = |error: String| SnapshotError::Damaged(path.to_owned(), error);
    let mut text = BufReader::new(GzDecoder::new(BufReader::new(file)));
    let mut line = String::new();
    text.by_ref().take(HEAD_BYTES_MAX).read_line(&mut line).map_err(|error| damaged(error.to_string()))?;
    let head: Head = serde_json::from_str(&line).map_err(|error| damaged(error.to_string()))?;
    if head.form > FORM {
        return Err(SnapshotError::Newer { path: path.to_owned(), found: head.form });
    }
    Ok(Some((head, text)))
}

/// More than a first line has.
const HEAD_BYTES_MAX: u64 = 4096;

/// Writes a snapshot in place of the last one.
pub fn write(data: &Path, kind: Kind, boards: &Boards) -> Result<(), SnapshotError> {
    let path = kind.path(data);
    let beside = path.with_extension("new");
    let failed = |source| SnapshotError::Io { path: beside.clone(), source };
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    folder::make_file(&beside)?;
    let written = write_to(&beside, boards).map_err(failed)?;
    if read_back(&beside).map_err(failed)? != written {
        return Err(SnapshotError::Differs(beside));
    }
    fs::rename(&beside, &path).and_then(|()| folder::sync_folder(data)).map_err(failed)
}

/// Length and CRC-32 of a text.
type Print = (u64, u32);

fn write_to(path: &Path, boards: &Boards) -> io::Result<Print> {
    let file = BufWriter::new(File::options().write(true).open(path)?);
    let mut text =
        Printed { into: GzEncoder::new(file, Compression::fast()), bytes: 0, crc: crc32fast::Hasher::new() };
    let head = Head { form: FORM, fold: FOLD_VERSION, seq: boards.seq };
    serde_json::to_writer(&mut text, &head)?;
    text.write_all(b"\n")?;
    serde_json::to_writer(&mut text, boards)?;
    let file = text.into.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok((text.bytes, text.crc.finalize()))
}

fn read_back(path: &Path) -> io::Result<Print> {
    let mut text = Printed { into: io::sink(), bytes: 0, crc: crc32fast::Hasher::new() };
    io::copy(&mut GzDecoder::new(BufReader::new(File::open(path)?)), &mut text)?;
    Ok((text.bytes, text.crc.finalize()))
}

/// Passes on what is written, and takes its print.
struct Printed<W> {
    into: W,
    bytes: u64,
    crc: crc32fast::Hasher,
}

impl<W: Write> Write for Printed<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let taken = self.into.write(text)?;
        self.bytes += taken as u64;
        self.crc.update(&text[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

/// Takes the snapshot that only saves time away: the journal is not the one that it was made of.
pub fn discard_work(data: &Path) {
    let _ = fs::remove_file(Kind::Work.path(data));
}

/// The newest boards that are kept, of those up to `newest`, which is where the journal ends; empty ones where none are.
///
/// A file that can't be used is set aside and said, since the other one, or the journal, may do. A base of a newer version is
/// an error: without it, what the journal has no more would be missing on the boards.
pub fn newest(data: &Path, newest: Seq) -> Result<Boards, SnapshotError> {
    let is_of_now = |head: &Head| head.form == FORM && head.fold == FOLD_VERSION && head.seq <= newest;
    let work = match head(data, Kind::Work) {
        Ok(Some(head)) if is_of_now(&head) => read(data, Kind::Work),
        Ok(Some(_)) => fs::remove_file(Kind::Work.path(data))
            .map(|()| None)
            .map_err(|source| SnapshotError::Io { path: Kind::Work.path(data), source }),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    let work = work.unwrap_or_else(|error| {
        set_aside(data, Kind::Work, &error);
        None
    });
    let base = match head(data, Kind::Base) {
        Ok(base) => base,
        Err(error @ SnapshotError::Newer { .. }) => return Err(error),
        Err(error) => {
            set_aside(data, Kind::Base, &error);
            if let Some(work) = &work {
                write(data, Kind::Base, work)?;
            }
            return Ok(work.unwrap_or_default());
        }
    };
    if let Some(work) = work.filter(|work| base.is_none_or(|base| base.seq <= work.seq)) {
        return Ok(work);
    }
    match read(data, Kind::Base) {
        Ok(base) => Ok(base.unwrap_or_default()),
        Err(error) => {
            set_aside(data, Kind::Base, &error);
            Ok(Boards::default())
        }
    }
}

fn set_aside(data: &Path, kind: Kind, error: &SnapshotError) {
    let path = kind.path(data);
    let aside = path.with_extension("damaged");
    let moved = fs::rename(&path, &aside);
    match kind {
        Kind::Work => tracing::warn!(%error, "boards are folded from further back"),
        Kind::Base => tracing::error!(
            %error, aside = %aside.display(), moved = moved.is_ok(),
            "what the journal has no more is missing on the boards until the PBX says it again; restore the latest backup if that matters"
        ),
    }
}
