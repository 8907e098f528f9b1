//! What the disk itself does: an append of 4 KiB and an fdatasync, again and again, in the server's folder.
//!
//! One after another shows what the disk can do. At a pace it is slower: each time something that slept must be woken.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::{fault::Fault, latency::Latencies};

/// What one append writes: a page of a WAL.
const APPEND: [u8; 4096] = [0x5a; 4096];

/// Appends and syncs for that long, `every` so often; zero for one after another.
pub fn measure(folder: &Path, lasting: Duration, every: Duration) -> Result<Latencies, Fault> {
    let path = folder.join("disk");
    let failed = || Fault::system(format!("writing {}", path.display()));
    let mut file = File::create(&path).map_err(failed())?;
    let mut latencies = Latencies::new();
    let started = Instant::now();
    let mut due = started;
    while started.elapsed() < lasting {
        due += every;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let before = Instant::now();
        file.write_all(&APPEND).map_err(failed())?;
        // fdatasync.
        file.sync_data().map_err(failed())?;
        latencies.add(before.elapsed());
    }
    std::fs::remove_file(&path).map_err(failed())?;
    Ok(latencies)
}
