//! The journal's promises on real files: what was acknowledged is there, in order, whole or said to be damaged.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::{
    fs,
    os::unix::fs::{FileExt, PermissionsExt},
    path::Path,
    sync::Arc,
};

use model::{
    id::{Seq, TenantId},
    time::{Skew, UnixMillis},
};
use rusqlite::Connection;
use server::{
    folder::FolderError,
    journal::{
        AppendError, EntryKind, FILE_NAME, Journal, NewEntry, OpenError, QUEUE_BYTES_MAX, QUEUE_ENTRIES_MAX,
    },
};

fn entry(body: impl Into<Vec<u8>>) -> NewEntry {
    NewEntry {
        tenant: TenantId::from("acme"),
        kind: EntryKind::Webhook,
        endpoint: Some("extension".into()),
        received: UnixMillis(1_786_000_000_123),
        peer: Some("192.0.2.7".into()),
        skew: Some(Skew(-250)),
        content_type: Some("application/json".into()),
        content_encoding: None,
        event_id: None,
        body: body.into(),
    }
}

/// A second look at the file, with SQLite alone.
fn sqlite(data: &Path) -> Connection {
    Connection::open(data.join(FILE_NAME)).unwrap()
}

fn bodies(journal: &Journal) -> Vec<String> {
    let read = journal.read_from(Seq(0), 10_000).unwrap();
    read.entries.into_iter().map(|stored| String::from_utf8(stored.entry.body).unwrap()).collect()
}

#[tokio::test]
async fn what_was_appended_is_read_back_after_a_restart_column_by_column() {
    let data = tempfile::tempdir().unwrap();
    let written = [
        entry(r#"{"event":"extension_status"}"#),
        NewEntry {
            kind: EntryKind::Admin,
            endpoint: None,
            peer: None,
            skew: None,
            content_type: None,
            content_encoding: Some("gzip".into()),
            event_id: Some("ö-7".into()),
            body: vec![0, 255, 0],
            ..entry("")
        },
        entry(""),
    ];
    let opened = Journal::open(data.path()).unwrap();
    assert!(opened.created);
    for (place, one) in written.iter().enumerate() {
        assert_eq!(opened.journal.append(one.clone()).await.unwrap(), Seq(place as u64 + 1));
    }
    opened.journal.close().await;

    let opened = Journal::open(data.path()).unwrap();
    assert!(!opened.created);
    assert_eq!(*opened.journal.newest().borrow(), Seq(3));
    let read = opened.journal.read_from(Seq(0), 10).unwrap();
    assert_eq!(read.entries.iter().map(|stored| stored.seq).collect::<Vec<_>>(), [Seq(1), Seq(2), Seq(3)]);
    assert_eq!(read.entries.into_iter().map(|stored| stored.entry).collect::<Vec<_>>(), written);
    assert_eq!((read.damaged, read.upto), (vec![], Seq(3)));
    assert_eq!(opened.journal.read_from(Seq(1), 1).unwrap().upto, Seq(2));
    assert_eq!(opened.journal.read_back(Seq(3), 1).unwrap().entries[0].seq, Seq(2));
}

/// Oracle: zlib's `crc32` (as Python has it) over the form that the journal's documentation gives, for this very row.
#[tokio::test]
async fn the_checksum_is_the_documented_one() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    journal.append(entry("{}")).await.unwrap();
    let crc: i64 = sqlite(data.path()).query_row("SELECT crc FROM entry", [], |row| row.get(0)).unwrap();
    assert_eq!(crc, CRC_BY_PYTHON);
}

/// ```python
/// import zlib, struct
/// i = lambda n: b"\1" + struct.pack("<q", n)
/// t = lambda s, tag=b"\2": tag + struct.pack("<Q", len(s)) + s
/// zlib.crc32(i(1) + t(b"acme") + t(b"webhook") + t(b"extension") + i(1786000000123) + t(b"192.0.2.7") + i(-250)
///     + t(b"application/json") + b"\0" + b"\0" + t(b"{}", b"\3") + i(1))
/// ```
const CRC_BY_PYTHON: i64 = 3_092_661_407;

#[tokio::test]
async fn a_flipped_bit_in_a_body_is_found_and_only_that_row_is_skipped() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    for body in ["first", "a-body-that-occurs-once", "third"] {
        journal.append(entry(body)).await.unwrap();
    }
    journal.close().await;
    let path = data.path().join(FILE_NAME);
    let file = fs::read(&path).unwrap();
    let marked = b"a-body-that-occurs-once";
    let at = file.windows(marked.len()).position(|window| window == marked).unwrap();
    let disk = fs::OpenOptions::new().write(true).open(&path).unwrap();
    disk.write_all_at(&[marked[0] ^ 0b100], at as u64).unwrap();

    let journal = Journal::open(data.path()).unwrap().journal;
    let read = journal.read_from(Seq(0), 10).unwrap();
    assert_eq!(read.entries.iter().map(|stored| stored.seq).collect::<Vec<_>>(), [Seq(1), Seq(3)]);
    assert_eq!(read.damaged.iter().map(|damaged| damaged.seq).collect::<Vec<_>>(), [Seq(2)]);
    assert_eq!(read.upto, Seq(3));
    assert_eq!(journal.damaged(), [Seq(2)]);
    assert_eq!(journal.append(entry("fourth")).await.unwrap(), Seq(4));
}

#[tokio::test]
async fn any_changed_column_is_found() {
    let changes = [
        "tenant = 'other'",
        "kind = 'clock'",
        "endpoint = 'cdr'",
        "received_ms = received_ms + 1",
        "peer = NULL",
        "skew_ms = NULL",
        "content_type = 'text/plain'",
        "content_encoding = ''",
        "event_id = ''",
        "body = CAST('{ }' AS BLOB)",
        "format = 2",
        "crc = crc + 1",
        "seq = 9",
    ];
    for change in changes {
        let data = tempfile::tempdir().unwrap();
        let journal = Journal::open(data.path()).unwrap().journal;
        journal.append(entry("{}")).await.unwrap();
        sqlite(data.path()).execute(&format!("UPDATE entry SET {change}"), []).unwrap();
        let read = journal.read_from(Seq(0), 10).unwrap();
        assert_eq!((read.entries.len(), read.damaged.len()), (0, 1), "{change}");
    }
}

#[tokio::test]
async fn seq_goes_on_after_rows_are_deleted_and_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    for _ in 0..5 {
        journal.append(entry("{}")).await.unwrap();
    }
    sqlite(data.path()).execute("DELETE FROM entry", []).unwrap();
    assert_eq!(
        journal.append(entry("{}")).await.unwrap(),
        Seq(6),
        "the writer knows better than an empty file"
    );
    journal.close().await;
    assert_eq!(Journal::open(data.path()).unwrap().journal.append(entry("{}")).await.unwrap(), Seq(7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_appenders_share_commits_and_each_gets_a_seq_of_its_own() {
    const APPENDERS: usize = 64;
    const EACH: usize = 50;
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    let mut newest = journal.newest();
    let appenders: Vec<_> = (0..APPENDERS)
        .map(|appender| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let mut seqs = Vec::new();
                for event in 0..EACH {
                    seqs.push(journal.append(entry(format!("{appender}/{event}"))).await.unwrap().0);
                }
                seqs
            })
        })
        .collect();
    let mut seqs = Vec::new();
    for appender in appenders {
        let its = appender.await.unwrap();
        assert!(its.is_sorted());
        seqs.extend(its);
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=(APPENDERS * EACH) as u64).collect::<Vec<_>>());
    assert_eq!(newest.borrow_and_update().0, (APPENDERS * EACH) as u64);
    let commits = commits_in_wal(&data.path().join("journal.db-wal"));
    assert!(
        commits > 0 && commits < APPENDERS * EACH / 2,
        "{commits} commits for {} appends",
        APPENDERS * EACH
    );
    let mut found = bodies(&journal);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), APPENDERS * EACH);
}

/// Counts commits by SQLite's "Database File Format", 4.1: a frame's header of 24 bytes gives in bytes 4..8 the size of the
/// database after a commit, and 0 in all other frames; frames of an earlier use of the file have other salts.
fn commits_in_wal(wal: &Path) -> usize {
    let wal = fs::read(wal).unwrap();
    let number = |at: usize| u32::from_be_bytes(wal[at..at + 4].try_into().unwrap());
    let (page, salts) = (number(8) as usize, &wal[16..24]);
    (32..wal.len())
        .step_by(24 + page)
        .take_while(|frame| frame + 24 + page <= wal.len() && wal[frame + 8..frame + 16] == *salts)
        .filter(|frame| number(frame + 4) != 0)
        .count()
}

/// F4, of a server that was killed. SQLite alone would leave all behind the damage: that is looked at too.
#[tokio::test]
async fn what_is_behind_damage_in_the_wal_is_brought_back() {
    const ENTRIES: u32 = 40;
    // Its third frame's page, its third frame's salt, and the header's.
    for (damaged, lost_at_most) in
        [(32 + 2 * (24 + 4096) + 24 + 4000, 1), (32 + 2 * (24 + 4096) + 9, 1), (17, 1)]
    {
        let (live, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let opened = Journal::open(live.path()).unwrap();
        for number in 0..ENTRIES {
            opened.journal.append(entry(format!("{number:0>600}"))).await.unwrap();
        }
        for name in [FILE_NAME, "journal.db-wal"] {
            fs::copy(live.path().join(name), killed.path().join(name)).unwrap();
        }
        let wal =
            fs::File::options().read(true).write(true).open(killed.path().join("journal.db-wal")).unwrap();
        let mut byte = [0];
        wal.read_exact_at(&mut byte, damaged).unwrap();
        wal.write_all_at(&[byte[0] ^ 4], damaged).unwrap();

        let alone = tempfile::tempdir().unwrap();
        for name in [FILE_NAME, "journal.db-wal"] {
            fs::copy(killed.path().join(name), alone.path().join(name)).unwrap();
        }
        let found: rusqlite::Result<u32> =
            sqlite(alone.path()).query_row("SELECT count(*) FROM entry", [], |row| row.get(0));
        assert!(found.is_err() || found.is_ok_and(|found| found + 5 < ENTRIES), "no damage at {damaged}");

        let opened = Journal::open(killed.path()).unwrap();
        let aside = opened.set_aside.unwrap();
        assert!(aside.path.exists() && !aside.is_replaced);
        let read = opened.journal.read_from(Seq(0), 1000).unwrap();
        let whole = u32::try_from(read.entries.len()).unwrap();
        assert!(whole + lost_at_most >= ENTRIES, "{whole} of {ENTRIES} with damage at {damaged}");
        assert_eq!(
            read.entries.len() + read.damaged.len(),
            ENTRIES as usize,
            "all are there, or said to be damaged"
        );
        assert_eq!(opened.journal.append(entry("next")).await.unwrap(), Seq(u64::from(ENTRIES) + 1));
        let kept: Vec<_> =
            fs::read_dir(killed.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert!(!kept.iter().any(|name| name.to_string_lossy().contains("rebuilt")), "{kept:?}");
    }
}

/// A foreign write lock stands in for a disk that does not answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_the_queue_an_append_is_refused_at_once_and_what_was_queued_is_kept() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    let blocker = sqlite(data.path());
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let big = QUEUE_BYTES_MAX / 4 + 1;
    let appends: Vec<_> = (0..4)
        .map(|_| {
            let journal = journal.clone();
            tokio::spawn(async move { journal.append(entry(vec![b' '; big])).await })
        })
        .collect();
    let mut answers = Vec::new();
    let mut waiting = Vec::new();
    for append in appends {
        // The three that fit can't end before the lock is given back.
        if append.is_finished() { answers.push(append.await.unwrap()) } else { waiting.push(append) }
    }
    while answers.is_empty() {
        tokio::task::yield_now().await;
        let (done, not_yet): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(tokio::task::JoinHandle::is_finished);
        waiting = not_yet;
        for append in done {
            answers.push(append.await.unwrap());
        }
    }
    assert!(matches!(answers[..], [Err(AppendError::QueueFull)]), "{answers:?}");
    blocker.execute_batch("COMMIT").unwrap();
    for append in waiting {
        append.await.unwrap().unwrap();
    }
    assert_eq!(*journal.newest().borrow(), Seq(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_is_bounded_by_entries_too() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    let blocker = sqlite(data.path());
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The writer holds at most a batch of its own beside the queue.
    let appends: Vec<_> = (0..QUEUE_ENTRIES_MAX * 2)
        .map(|_| {
            let journal = journal.clone();
            tokio::spawn(async move { journal.append(entry("{}")).await })
        })
        .collect();
    while !appends.iter().any(tokio::task::JoinHandle::is_finished) {
        tokio::task::yield_now().await;
    }
    blocker.execute_batch("COMMIT").unwrap();
    let mut kept = 0;
    let mut refused = 0;
    for append in appends {
        match append.await.unwrap() {
            Ok(_) => kept += 1,
            Err(AppendError::QueueFull) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0 && kept >= QUEUE_ENTRIES_MAX, "{kept} kept, {refused} refused");
    let rows: i64 =
        sqlite(data.path()).query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap();
    assert_eq!(usize::try_from(rows).unwrap(), kept);
}

/// SQLite refuses to write while another connection holds the write lock; after it is given back the journal goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_fails_answers_an_error_and_the_journal_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    journal.append(entry("before")).await.unwrap();
    let blocker = sqlite(data.path());
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = journal.append(entry("meanwhile")).await.unwrap_err();
    assert!(matches!(refused, AppendError::Failed(_)), "{refused:?}");
    blocker.execute_batch("COMMIT").unwrap();
    assert_eq!(journal.append(entry("after")).await.unwrap(), Seq(2));
    assert_eq!(bodies(&journal), ["before", "after"]);
}

#[tokio::test]
async fn a_second_server_on_the_folder_is_refused_until_the_first_has_closed() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    let refused = Journal::open(data.path()).unwrap_err();
    assert!(matches!(refused, OpenError::Folder(FolderError::Locked(_))), "{refused:?}");
    assert!(refused.to_string().contains("another Ringside server"), "{refused}");
    journal.close().await;
    Journal::open(data.path()).unwrap();
}

#[tokio::test]
async fn folder_and_files_are_for_their_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("made/here");
    let journal = Journal::open(&data).unwrap().journal;
    journal.append(entry("{}")).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files: Vec<_> = fs::read_dir(&data).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.iter().any(|file| file.ends_with("journal.db-wal")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_writes_and_answers_what_is_queued_and_takes_no_more() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::open(data.path()).unwrap().journal;
    let appends: Vec<_> = (0..500)
        .map(|event| {
            let journal = journal.clone();
            tokio::spawn(async move { journal.append(entry(event.to_string())).await })
        })
        .collect();
    tokio::task::yield_now().await;
    journal.close().await;
    assert!(matches!(journal.append(entry("late")).await, Err(AppendError::Closed)));
    let mut kept = Vec::new();
    for (event, append) in appends.into_iter().enumerate() {
        match append.await.unwrap() {
            Ok(_) => kept.push(event.to_string()),
            Err(AppendError::Closed) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert!(!data.path().join("journal.db-wal").exists(), "a closed journal is one file");
    let mut found = bodies(&Journal::open(data.path()).unwrap().journal);
    found.sort();
    kept.sort();
    assert_eq!(found, kept);
}

#[tokio::test]
async fn the_shortcut_brings_entries_in_order_and_leaves_out_what_does_not_fit() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = Journal::open(data.path()).unwrap();
    for body in [b"1".to_vec(), vec![b' '; 65 << 10], b"3".to_vec()] {
        opened.journal.append(entry(body)).await.unwrap();
    }
    let taken: Vec<_> =
        std::iter::from_fn(|| opened.committed.try_recv().ok()).map(|stored| stored.seq).collect();
    assert_eq!(taken, [Seq(1), Seq(3)]);
    drop(opened.committed);
    assert_eq!(opened.journal.append(entry("nobody listens")).await.unwrap(), Seq(4));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_set_aside_and_said() {
    let data = tempfile::tempdir().unwrap();
    let rubbish = vec![b'x'; 8192];
    fs::write(data.path().join(FILE_NAME), &rubbish).unwrap();
    let opened = Journal::open(data.path()).unwrap();
    let aside = opened.set_aside.unwrap();
    assert!(opened.created);
    assert_eq!(aside.copied, 0);
    assert_eq!(fs::read(aside.path).unwrap(), rubbish);
    assert_eq!(opened.journal.append(entry("{}")).await.unwrap(), Seq(1));
}

/// A closed journal of 2,000 rows on some hundred pages.
async fn two_thousand_rows() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::open(data.path()).unwrap().journal);
    let appends: Vec<_> = (0..2000)
        .map(|event| {
            let journal = Arc::clone(&journal);
            tokio::spawn(async move { journal.append(entry(format!("{event:0>150}"))).await.unwrap() })
        })
        .collect();
    for append in appends {
        append.await.unwrap();
    }
    journal.close().await;
    data
}

/// The table's first page and one in the middle are overwritten.
#[tokio::test]
async fn rows_beside_a_damaged_page_are_copied_and_seq_goes_on() {
    let data = two_thousand_rows().await;
    let path = data.path().join(FILE_NAME);
    let before = fs::read(&path).unwrap();
    let pages = before.len() / 4096;
    // Where the greatest seq lies, so that opening fails already, and one among the others.
    let damaged = [pages / 2, pages - 1];
    let disk = fs::OpenOptions::new().write(true).open(&path).unwrap();
    for page in damaged {
        disk.write_all_at(&[0xff; 4096], (page * 4096) as u64).unwrap();
    }

    let opened = Journal::open(data.path()).unwrap();
    let aside = opened.set_aside.expect("a walk to the newest row meets the damage");
    // At 250 bytes a row a page holds some 16 of them.
    assert!((1950..2000).contains(&aside.copied), "{} of 2000 rows copied", aside.copied);
    let read = opened.journal.read_from(Seq(0), 10_000).unwrap();
    assert_eq!(read.entries.len() as u64, aside.copied);
    assert_eq!(read.damaged, []);
    let newest = read.entries.last().unwrap().seq;
    assert_eq!(opened.journal.append(entry("{}")).await.unwrap(), Seq(newest.0 + 1));
    assert_eq!(fs::read(&aside.path).unwrap().len(), before.len(), "the damaged file stays as it is");
}

/// Two pages are overwritten: neither the first nor that of the newest row.
#[tokio::test]
async fn rows_behind_a_damaged_page_are_read_and_those_on_it_are_said() {
    let data = two_thousand_rows().await;
    let path = data.path().join(FILE_NAME);
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    let disk = fs::OpenOptions::new().write(true).open(&path).unwrap();
    for page in [pages / 3, pages / 2] {
        disk.write_all_at(&[0xff; 4096], page * 4096).unwrap();
    }

    let opened = Journal::open(data.path()).unwrap();
    assert!(opened.set_aside.is_none(), "the newest row can be read");
    let (mut after, mut read, mut lost) = (Seq(0), Vec::new(), Vec::new());
    loop {
        let next = opened.journal.read_from(after, 300).unwrap();
        read.extend(next.entries.iter().map(|stored| stored.seq.0));
        lost.extend(next.damaged.iter().map(|damaged| damaged.seq.0));
        if next.upto == after {
            break;
        }
        after = next.upto;
    }
    // At 250 bytes a row a page holds some 16 of them.
    assert!((20..60).contains(&lost.len()), "{} rows lost", lost.len());
    let mut all = [read, lost.clone()].concat();
    all.sort_unstable();
    assert_eq!(all, (1..=2000).collect::<Vec<_>>(), "each is read or lost, and none twice");
    assert_eq!(opened.journal.damaged().into_iter().map(|seq| seq.0).collect::<Vec<_>>(), lost);
    assert_eq!(opened.journal.append(entry("{}")).await.unwrap(), Seq(2001));
}

#[tokio::test]
async fn a_database_of_somebody_else_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    sqlite(data.path()).execute_batch("CREATE TABLE theirs (x)").unwrap();
    let refused = Journal::open(data.path()).unwrap_err();
    assert!(matches!(refused, OpenError::NotAJournal), "{refused:?}");
}
