//! House rules that no compiler knows, over the sources of every crate.

#![expect(clippy::unwrap_used, reason = "a file that can't be read fails the test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Longer than this, a file wants a reason.
const FILE_LINES_MAX: usize = 400;

/// Longer than this, a function wants a reason. Its signature and its braces count, since they are read too.
const FUNCTION_LINES_MAX: usize = 60;

/// Files that are longer, each with its reason. One that shrank is taken off.
const LONG_FILES: &[(&str, &str)] = &[
    ("fuzz/src/lib.rs", "a list: how each kind of event is made of a fuzzer's bytes"),
    ("app/src/live/socket.rs", "the one socket of a page: how it is kept up, and what a wall does meanwhile"),
    ("model/src/wall.rs", "a wall's board is one document: its words, its limits, and what is wrong with it"),
    ("model/src/wire/row.rs", "the rows are one document: the wire's"),
    ("model/tests/oddities.rs", "a list: one short test an oddity"),
    ("model/tests/time.rs", "a list: one test a promise, and the small site where they happen"),
    ("model/tests/story/mod.rs", "one small language: its words and its pictures belong together"),
    ("server/src/access/tests.rs", "a list: one test a promise"),
    ("server/src/config/file.rs", "one shape, and its way into types, read side by side"),
    ("server/src/config/tests.rs", "a list: one test a promise, one row a mistake in the file"),
    ("server/src/ingest/mod.rs", "the one way of a delivery, from headers to answer, in order"),
    ("server/src/journal/mod.rs", "the invariants and the one type that keeps them"),
    ("server/src/live/tests.rs", "a list: one test a promise"),
    ("server/src/serve.rs", "the parts of the process: how each is opened, and in which order"),
    ("server/tests/access.rs", "a list: one test a promise"),
    ("server/tests/feed.rs", "a small client, and a list: one test a promise"),
    ("server/tests/hooks.rs", "a list: one test an answer"),
    ("server/tests/journal.rs", "a list: one test a promise"),
    ("simulator/src/day/tests.rs", "a list: one test a promise, read from the JSON alone"),
    ("simulator/src/event.rs", "every event the PBX posts, in one place to compare with its pages"),
];

/// Functions that are longer, as file and name, each with its reason. One that shrank is taken off.
const LONG_FUNCTIONS: &[(&str, &str)] = &[
    ("fuzz/src/lib.rs said", "a list: one arm a kind of event"),
    ("app/tests/story/mod.rs people", "a list of rows, as data"),
    ("app/tests/story/mod.rs queues", "a list of rows, as data"),
    ("model/src/board/past.rs past_legs", "a leg by its record, and one by its events, side by side"),
    ("model/tests/converge.rs lines", "one arm a kind of happening"),
    ("model/tests/picture/mod.rs event", "one arm an event"),
    ("model/tests/story/mod.rs content", "one arm a verb"),
    ("model/tests/story/mod.rs line", "one arm a table"),
    (
        "server/src/history/tests.rs any_search_over_a_million_calls_answers_in_time",
        "a list of searches, each measured",
    ),
    ("server/src/history/tests.rs call", "a row, as data"),
    ("server/src/web/settings/mod.rs table", "a list: one line an address, and who may ask it"),
    ("server/src/serve.rs serve", "the parts of the process in the order in which they start"),
];

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
    files(&["model", "app", "server", "simulator", "bench", "xtask", "fuzz"], ".rs")
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
    let long = rust().into_iter().map(|source| (source.text.lines().count(), source.path));
    let long = long.filter(|(lines, _)| *lines > FILE_LINES_MAX).collect::<Vec<_>>();
    none(&unreasoned(&long, LONG_FILES));
}

#[test]
fn long_functions_have_a_reason_and_reasons_have_a_long_function() {
    let mut long = Vec::new();
    for source in rust() {
        for (name, lines) in functions(&source.text) {
            if lines > FUNCTION_LINES_MAX {
                long.push((lines, format!("{} {name}", source.path)));
            }
        }
    }
    none(&unreasoned(&long, LONG_FUNCTIONS));
}

/// What is long without a reason, and what has a reason without being long.
fn unreasoned(long: &[(usize, String)], reasons: &[(&str, &str)]) -> Vec<String> {
    let without = long
        .iter()
        .filter(|(_, name)| !reasons.iter().any(|(reasoned, _)| reasoned == name))
        .map(|(lines, name)| format!("{name}: {lines} lines; split it, or give a reason"));
    let idle = reasons
        .iter()
        .filter(|(reasoned, _)| !long.iter().any(|(_, name)| name == reasoned))
        .map(|(reasoned, _)| format!("{reasoned}: not long any more; take its reason off"));
    without.chain(idle).collect()
}

/// Name and lines of every function of a formatted file: rustfmt puts the last brace under the first word.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let is_function = code.strip_prefix("fn ").or_else(|| {
            let (before, after) = code.split_once(" fn ")?;
            before
                .split(' ')
                .all(|word| ["async", "const"].contains(&word) || word.starts_with("pub"))
                .then_some(after)
        });
        let Some(rest) = is_function.filter(|_| !line.ends_with([';', '}'])) else {
            continue;
        };
        let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let last = format!("{indent}}}");
        if let Some(length) = lines[start..].iter().position(|line| *line == last) {
            found.push((name.to_owned(), length + 1));
        }
    }
    found
}

#[test]
fn a_functions_lines_are_counted_from_its_name_to_its_last_brace() {
    let text = "impl X {\n    pub(crate) async fn wide(\n        self,\n    ) {\n        one();\n    }\n}\nfn short() {}\n";
    assert_eq!(functions(text), [("wide".to_owned(), 5)]);
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

/// What the table makes has a rule; hooks and health, which have none to break, are listed with it by hand.
#[test]
fn routes_are_made_by_the_table_that_asks_what_they_need() {
    let makers = ["server/src/web/table.rs", "server/src/ingest/mod.rs"];
    let mut found = Vec::new();
    for source in files(&["server/src"], ".rs") {
        for (number, line) in source.text.lines().enumerate() {
            let routes = [".route(\"", ".nest(", ".route_service("].iter().any(|call| line.contains(call));
            // Those of `operate_listen`, which asks nobody who he is.
            let is_health =
                ["\"/healthz\"", "\"/readyz\"", "\"/metrics\""].iter().any(|path| line.contains(path));
            if routes && !is_health && !makers.contains(&source.path.as_str()) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    none(&found);
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
