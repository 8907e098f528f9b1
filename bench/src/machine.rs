//! The machine and this process, by /proc: what figures depend on.

use std::{fs, path::Path, thread, time::Duration};

use crate::fault::Fault;

/// How /proc counts CPU: USER_HZ, 100 on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Busier than this before the server starts, figures are of two programs.
const QUIET_SHARE: f64 = 0.05;

/// CPU that a process has used so far, in seconds, its threads and the system's work for it together.
pub fn cpu_seconds(process: &str) -> Result<f64, Fault> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).map_err(Fault::system(&path))?;
    cpu_ticks(&text)
        .map(|ticks| ticks as f64 / TICKS_PER_SECOND)
        .ok_or_else(|| Fault::Server(format!("{path} is not as proc(5) says")))
}

/// utime and stime: the 14th and 15th field. The second one, a name in brackets, may hold anything.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// Memory of a process, its part of shared pages counted as a part, in KiB.
pub fn pss_kib(process: &str) -> Result<u64, Fault> {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = fs::read_to_string(&path).map_err(Fault::system(&path))?;
    kib(&text, "Pss:").ok_or_else(|| Fault::Server(format!("{path} is not as proc(5) says")))
}

fn kib(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Nanoseconds that this thread has run.
pub fn thread_nanos() -> Result<u64, Fault> {
    let path = "/proc/thread-self/schedstat";
    let text = fs::read_to_string(path).map_err(Fault::system(path))?;
    let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
    nanos.ok_or_else(|| Fault::Server(format!("{path} is not as proc(5) says")))
}

/// How many files a process may open here.
pub fn files_max() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(u64::MAX)
}

/// How busy the machine is in this second, as a share of all cores.
pub fn busy_share() -> f64 {
    let before = busy_and_all();
    thread::sleep(Duration::from_secs(1));
    let after = busy_and_all();
    let all = after.1.saturating_sub(before.1).max(1);
    after.0.saturating_sub(before.0) as f64 / all as f64
}

/// Whether that is quiet enough.
pub fn is_quiet(busy_share: f64) -> bool {
    busy_share < QUIET_SHARE
}

/// Ticks of all cores, those with work and all.
fn busy_and_all() -> (u64, u64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<u64> =
        text.lines().next().unwrap_or_default().split(' ').filter_map(|tick| tick.parse().ok()).collect();
    let all = ticks.iter().take(8).sum();
    // Idle, and waiting for a disk.
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    (all - idle, all)
}

/// One line about the machine: cores, processor, kernel, file system, limit of files.
pub fn description(folder: &Path) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let info = read("/proc/cpuinfo");
    let model =
        info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    format!(
        "{cores} cores ({}), Linux {}, {} for files, {} open files at most a process",
        model.unwrap_or("unknown"),
        read("/proc/sys/kernel/osrelease").trim(),
        file_system(folder, &read("/proc/mounts")),
        files_max(),
    )
}

/// The type of the file system that a folder is on.
fn file_system(folder: &Path, mounts: &str) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let fields = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let holding = fields.filter(|(place, _)| folder.starts_with(place));
    holding.max_by_key(|(place, _)| place.len()).map_or("unknown".into(), |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_a_strange_name_is_counted_right() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 7 8 20 0 4 0 100 1 2";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("garbage"), None);
    }

    #[test]
    fn memory_is_read_by_its_whole_key() {
        let text =
            "56-7f ---p 00000000 00:00 0    [rollup]\nRss:  5 kB\nPss:      1234 kB\nPss_Dirty:  7 kB\n";
        assert_eq!(kib(text, "Pss:"), Some(1234));
    }

    #[test]
    fn a_folder_is_on_the_innermost_mount() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /nowhere tmpfs rw 0 0\nx /nowhere/in xfs rw 0 0\n";
        assert_eq!(file_system(Path::new("/nowhere/in/side"), mounts), "xfs");
        assert_eq!(file_system(Path::new("/nowhere/inside"), mounts), "tmpfs");
        assert_eq!(file_system(Path::new("/"), mounts), "ext4");
    }
}
