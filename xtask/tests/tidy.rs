//! House rules that no compiler knows, over the sources of every crate.
//!
//! Functions over 60 lines are clippy's (`clippy.toml`); a reason stands beside each exception there.

use std::fs;
use std::path::{Path, PathBuf};

/// Longer than this, a file wants a reason.
const LINES_MAX: usize = 400;

/// Files that are longer, each with its reason. One that shrank is taken off.
const LONG_FILES: &[(&str, &str)] = &[];

/// A drawer for everything says nothing about what is in it.
const DRAWERS: [&str; 6] = ["util", "utils", "helper", "helpers", "common", "misc"];

/// What the model, a pure function compiled for server and browser, must not name.
const IMPURE: [&str; 9] = [
    "tokio",
    "axum",
    "leptos",
    "rand",
    "std::fs",
    "std::net",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::thread",
];

struct Source {
    /// From the project's root.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file below `folders` whose name ends so.
fn files(folders: &[&str], ending: &str) -> Vec<Source> {
    let root = root();
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            if path.is_dir() {
                if !name.ends_with("node_modules") {
                    left.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(!found.is_empty(), "no {ending} in {folders:?}");
    found
}

fn rust() -> Vec<Source> {
    files(&["model", "app", "server", "simulator", "xtask"], ".rs")
}

/// Fails with one line for each thing found.
fn none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_is() {
    none(
        &rust()
            .into_iter()
            .filter(|source| !source.text.starts_with("//! "))
            .map(|source| format!("{}: opens without a `//!` line", source.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn long_files_have_a_reason_and_reasons_have_a_long_file() {
    let long: Vec<Source> =
        rust().into_iter().filter(|source| source.text.lines().count() > LINES_MAX).collect();
    let mut found: Vec<String> = long
        .iter()
        .filter(|source| !LONG_FILES.iter().any(|(path, _)| *path == source.path))
        .map(|source| {
            format!("{}: {} lines; split it, or give a reason", source.path, source.text.lines().count())
        })
        .collect();
    for (path, reason) in LONG_FILES {
        if !long.iter().any(|source| source.path == *path) {
            found.push(format!("{path}: not over {LINES_MAX} lines any more, its reason is off ({reason})"));
        }
    }
    none(&found);
}

#[test]
fn no_module_is_a_drawer_for_everything() {
    none(
        &rust()
            .into_iter()
            .filter(|source| source.path.split(['/', '.']).any(|part| DRAWERS.contains(&part)))
            .map(|source| format!("{}: name it for what is in it", source.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_was_left_to_do() {
    // Written apart, or this file would be found.
    let marks =
        [concat!("to", "do!("), concat!("unimple", "mented!("), concat!("db", "g!("), concat!("TO", "DO")];
    let mut found = Vec::new();
    for source in rust() {
        for (number, line) in source.text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    none(&found);
}

#[test]
fn the_model_names_no_clock_file_socket_runtime_or_face() {
    let mut found = Vec::new();
    for source in files(&["model/src"], ".rs") {
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if IMPURE.iter().any(|name| names(code, name)) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    let manifest = fs::read_to_string(root().join("model/Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
    for line in dependencies.lines() {
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
        if IMPURE.contains(&name) {
            found.push(format!("model/Cargo.toml: {line}"));
        }
    }
    none(&found);
}

/// Whether `code` has `name` as a path or its beginning, not as a part of another word.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let word = |text: Option<char>| text.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !word(code[..at].chars().next_back())
            && !word(code[at + name.len()..].chars().next())
            && (name.contains("::") || code[at + name.len()..].trim_start().starts_with("::"))
    })
}

#[test]
fn a_name_is_found_as_a_path_only() {
    assert!(names("use tokio::sync::mpsc;", "tokio"));
    assert!(names("let at = std::time::SystemTime::now();", "std::time::SystemTime"));
    assert!(!names("let tokio_like = 1;", "tokio"));
    assert!(!names("grand::total()", "rand"));
    assert!(!names("brand new", "rand"));
}

#[test]
fn colours_are_tokens() {
    let mut found = Vec::new();
    for source in files(&["style"], ".css") {
        if source.path == "style/tokens.css" {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let literal = ["rgb(", "rgba(", "hsl(", "oklch(", "oklab(", "color("].iter().any(|form| {
                line.match_indices(form)
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '-'))
            });
            if literal || has_hex_colour(line) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    none(&found);
}

/// `#1a2b3c` after a colon; an id's selector is before one.
fn has_hex_colour(line: &str) -> bool {
    let value = line.split_once(':').map_or("", |(_, value)| value);
    value.match_indices('#').any(|(at, _)| {
        let digits = value[at + 1..].chars().take_while(char::is_ascii_hexdigit).count();
        matches!(digits, 3 | 4 | 6 | 8)
    })
}
