//! What the disk itself does: an append of 4 KiB and an fdatasync, again and again, in the server's folder.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use crate::{fault::Fault, latency::Latencies};

/// What one append writes: a page of a WAL.
const APPEND: [u8; 4096] = [0x5a; 4096];

/// Appends and syncs for that long.
pub fn measure(folder: &Path, lasting: Duration) -> Result<Latencies, Fault> {
    let path = folder.join("disk");
    let failed = || Fault::system(format!("writing {}", path.display()));
    let mut file = File::create(&path).map_err(failed())?;
    let mut latencies = Latencies::new();
    let started = Instant::now();
    while started.elapsed() < lasting {
        let before = Instant::now();
        file.write_all(&APPEND).map_err(failed())?;
        // fdatasync.
        file.sync_data().map_err(failed())?;
        latencies.add(before.elapsed());
    }
    std::fs::remove_file(&path).map_err(failed())?;
    Ok(latencies)
}
