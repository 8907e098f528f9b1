//! The WAL behind a damaged frame.
//!
//! After a crash SQLite takes the WAL up to the first frame whose checksum is wrong, and leaves all that is behind it without a
//! word: commits that were synced and answered 200 too. Such a WAL is found here before SQLite opens the file. It is kept
//! under another name, and written over a copy of the main file, so that its rows can be read; which of them are whole their
//! own checksums tell.
//!
//! Each frame's checksum goes on from that of the frame before, which stands there: so a frame can be judged by its neighbour alone.
//!
//! Source: SQLite, "Database File Format", 4 "The Write-Ahead Log".

use std::{
    fs::{self, File},
    io::{self, BufReader},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use super::file::beside;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// What a header begins with; with the last bit set, the words that checksums are made of are big-endian.
const MAGIC: u32 = 0x377f_0682;

/// Where the main file says how large a page is.
const PAGE_BYTES_AT: u64 = 16;

/// A damaged WAL and what came of it.
#[derive(Debug)]
pub struct Rebuilt {
    /// The WAL as it was, under another name.
    pub kept: PathBuf,
    /// The main file with all frames written over it; for one reading.
    pub file: PathBuf,
}

/// Where the WAL of a journal has commits behind a damaged frame, keeps it and rebuilds the file as it was. Both are named by `ending`.
pub fn rebuild(journal: &Path, ending: &str) -> io::Result<Option<Rebuilt>> {
    let path = beside(journal, "-wal");
    let Some(mut wal) = Wal::open(&path, journal)? else { return Ok(None) };
    let Some(last) = wal.last_commit_behind_damage()? else { return Ok(None) };
    let rebuilt =
        Rebuilt { kept: beside(&path, ending), file: beside(journal, &format!("{ending}-rebuilt")) };
    fs::copy(&path, &rebuilt.kept)?;
    File::open(&rebuilt.kept)?.sync_all()?;
    fs::copy(journal, &rebuilt.file)?;
    if let Some(mut wal) = Wal::open(&path, journal)? {
        wal.write_over(&File::options().write(true).open(&rebuilt.file)?, &last)?;
    }
    Ok(Some(rebuilt))
}

impl Rebuilt {
    /// Removes the rebuilt file, which has been read.
    pub fn discard(&self) {
        for ending in ["-wal", "-shm", ""] {
            // It may be there or not, and nothing reads it any more.
            _ = fs::remove_file(beside(&self.file, ending));
        }
    }
}

/// A WAL that is read from its first frame on.
struct Wal {
    file: BufReader<File>,
    page_bytes: usize,
    is_big_endian: bool,
    /// What all its frames bear. Those of an earlier use of the file bear others.
    salts: Option<[u8; 8]>,
    /// The last checksum that was read; none where the header is damaged.
    checksum: Option<[u32; 2]>,
    frames: u64,
    /// The last frame's page.
    page: Vec<u8>,
}

/// A frame's head.
struct Frame {
    /// Its place in the file, the first is 1.
    place: u64,
    /// Its page's number, from 1.
    page: u32,
    /// For a commit, how many pages the database has then; else 0.
    pages: u32,
    is_ours: bool,
    is_sound: bool,
}

impl Wal {
    /// `None` where there is none, or none that SQLite would look at.
    fn open(path: &Path, journal: &Path) -> io::Result<Option<Self>> {
        let Some(page_bytes) = page_bytes(journal)? else { return Ok(None) };
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut file = BufReader::with_capacity(1 << 20, file);
        let mut header = [0; HEADER_BYTES];
        if !fills(&mut file, &mut header)? {
            return Ok(None);
        }
        let magic = number(&header, 0);
        let is_big_endian = if magic & !1 == MAGIC { magic & 1 == 1 } else { cfg!(target_endian = "big") };
        let told = [number(&header, 24), number(&header, 28)];
        let is_sound = magic & !1 == MAGIC && summed([0, 0], &header[..24], is_big_endian) == told;
        let mut salts = [0; 8];
        salts.copy_from_slice(&header[16..24]);
        let page = vec![0; page_bytes];
        let (salts, checksum) = (is_sound.then_some(salts), is_sound.then_some(told));
        Ok(Some(Self { file, page_bytes, is_big_endian, salts, checksum, frames: 0, page }))
    }

    fn next(&mut self) -> io::Result<Option<Frame>> {
        let mut head = [0; FRAME_HEADER_BYTES];
        if !fills(&mut self.file, &mut head)? || !fills(&mut self.file, &mut self.page)? {
            return Ok(None);
        }
        self.frames += 1;
        let mut salts = [0; 8];
        salts.copy_from_slice(&head[8..16]);
        // Under a damaged header the first frame tells.
        let is_ours = *self.salts.get_or_insert(salts) == salts;
        let told = [number(&head, 16), number(&head, 20)];
        let is_sound = self.checksum.is_some_and(|before| {
            let before = summed(before, &head[..8], self.is_big_endian);
            summed(before, &self.page, self.is_big_endian) == told
        });
        self.checksum = Some(told);
        let (page, pages) = (number(&head, 0), number(&head, 4));
        Ok(Some(Frame { place: self.frames, page, pages, is_ours, is_sound }))
    }

    /// The last commit, if it is behind a damaged frame.
    fn last_commit_behind_damage(&mut self) -> io::Result<Option<Frame>> {
        let mut is_damaged = self.checksum.is_none();
        let mut last = None;
        while let Some(frame) = self.next()? {
            if !frame.is_ours || !frame.is_sound {
                is_damaged = true;
            } else if is_damaged && frame.pages > 0 {
                last = Some(frame);
            }
        }
        Ok(last)
    }

    /// Writes all pages up to a commit over a file, damaged ones too: most of them are right, and rows are checked.
    fn write_over(&mut self, file: &File, last: &Frame) -> io::Result<()> {
        while let Some(frame) = self.next()? {
            if frame.is_ours && (1..=last.pages).contains(&frame.page) {
                file.write_all_at(&self.page, u64::from(frame.page - 1) * self.page_bytes as u64)?;
            }
            if frame.place == last.place {
                break;
            }
        }
        file.set_len(u64::from(last.pages) * self.page_bytes as u64)
    }
}

/// How large the pages of a database are; `None` where the file does not say, as a new one.
fn page_bytes(journal: &Path) -> io::Result<Option<usize>> {
    let mut said = [0; 2];
    match File::open(journal)?.read_exact_at(&mut said, PAGE_BYTES_AT) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    Ok(match u16::from_be_bytes(said) {
        1 => Some(65_536),
        bytes if bytes >= 512 && bytes.is_power_of_two() => Some(bytes.into()),
        _ => None,
    })
}

/// Reads a buffer full; whether there was enough.
fn fills(file: &mut impl io::Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(four)
}

/// A checksum that goes on over more bytes, of which there are a multiple of eight.
fn summed([mut first, mut second]: [u32; 2], bytes: &[u8], is_big_endian: bool) -> [u32; 2] {
    let word = |four: &[u8]| {
        let number = number(four, 0);
        if is_big_endian { number } else { number.swap_bytes() }
    };
    for eight in bytes.chunks_exact(8) {
        first = first.wrapping_add(word(&eight[..4])).wrapping_add(second);
        second = second.wrapping_add(word(&eight[4..])).wrapping_add(first);
    }
    [first, second]
}
