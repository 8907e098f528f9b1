//! Data folders as each release left them: this version opens them, shows what they showed, and takes events.
//!
//! Oracle: what the release itself showed, written down beside its folder.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{
    program::{Folder, Server, stamp, until},
    story::Story,
};

/// The files of a data folder that hold what is not made anew.
const FILES: [&str; 2] = ["journal.db", "ringside.db"];

fn folders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/folders")
}

/// What people see of it, but for what changes by the minute.
fn shown(server: &Server) -> Value {
    let rows = |path: &str| server.json(path)["rows"].clone();
    let mut extensions = rows("/api/v1/extensions?limit=1000");
    for row in extensions.as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("rev");
    }
    let queues = rows("/api/v1/queues");
    let queues = queues.as_array().unwrap().iter().map(|row| json!([row["id"], row["number"], row["name"]]));
    json!({"extensions": extensions, "queues": queues.collect::<Vec<_>>(),
        "calls": rows("/api/v1/history/calls"), "visits": rows("/api/v1/history/queue-visits")})
}

/// Whether all that was shown is; there may be more.
fn holds(now: &Value, then: &Value) -> bool {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            then.iter().all(|(key, value)| now.get(key).is_some_and(|now| holds(now, value)))
        }
        (Value::Array(now), Value::Array(then)) => {
            now.len() == then.len() && now.iter().zip(then).all(|(now, then)| holds(now, then))
        }
        _ => now == then,
    }
}

#[test]
fn the_folder_of_every_release_is_opened_and_shows_what_it_showed() {
    let mut releases = 0;
    for release in fs::read_dir(folders()).unwrap() {
        let release = release.unwrap().path();
        let then: Value = serde_json::from_slice(&fs::read(release.join("shown.json")).unwrap()).unwrap();
        let folder = Folder::new();
        fs::create_dir(&folder.data).unwrap();
        for name in FILES {
            let mut packed = GzDecoder::new(File::open(release.join(format!("{name}.gz"))).unwrap());
            io::copy(&mut packed, &mut File::create(folder.data.join(name)).unwrap()).unwrap();
        }
        let at = then["at"].as_i64().unwrap();
        let mut server = folder.start_at(at + 5000);
        server.wait_until_ready();
        // Another version of the fold tells all anew.
        until("told", || holds(&shown(&server), &then["shown"]).then_some(()));
        server.post(&json!({"event_type": "extension_call", "extension": "777", "call_status": "", "time": (at / 1000).to_string()}));
        server.signal("TERM");
        assert!(server.wait(Duration::from_secs(10)).is_some());
        let server = folder.start_at(at + 10_000);
        server.wait_until_ready();
        let numbers = server.json("/api/v1/extensions?limit=1000")["rows"].as_array().unwrap().clone();
        assert!(numbers.iter().any(|row| row["number"] == "777"), "{}", release.display());
        releases += 1;
    }
    assert!(releases > 0);
}

/// Makes the folder that the test above reads. Run it once for a release; what is released stays as it is.
#[test]
#[ignore = "it writes into the source tree"]
fn write_the_folder_of_a_release() {
    let release = folders().join(env!("CARGO_PKG_VERSION"));
    fs::create_dir_all(&release).unwrap();
    let folder = Folder::new();
    let mut server = folder.start_ready();
    Story::post(&server);
    Story::wait(&server);
    let then = json!({"at": stamp(0).parse::<i64>().unwrap() * 1000, "shown": shown(&server)});
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(10)).is_some());
    for name in FILES {
        // What stands beside it in a WAL comes into it.
        let database = Connection::open(folder.data.join(name)).unwrap();
        database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(database);
        let file = File::create(release.join(format!("{name}.gz"))).unwrap();
        let mut packed = GzEncoder::new(file, Compression::best());
        io::copy(&mut File::open(folder.data.join(name)).unwrap(), &mut packed).unwrap();
        packed.finish().unwrap();
    }
    fs::write(release.join("shown.json"), serde_json::to_vec_pretty(&then).unwrap()).unwrap();
}
