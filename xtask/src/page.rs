//! What the browser loads, from source to `target/site`: the app as wasm with its glue, the sheet, `public/`.
//!
//! - `target/wasm` is the wasm build's own target folder: the server's build of the same crates has other
//!   features, and in one folder each would evict the other's.
//! - `target/pkg` holds wasm and glue after wasm-bindgen and wasm-opt, remade when what they come from changed.
//! - `target/site` is replaced as a whole, and only where a byte differs: the server embeds it, and an
//!   untouched folder means an untouched server.
//!
//! Not here: hashes in names and compression. The server's build script does both, from these plain files, so
//! that no compressed form can be older than its original.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::sheet::{self, SheetError};

/// What rustc's wasm target emits; wasm-opt refuses features that it wasn't told of.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What wasm-opt does: what is there twice goes, and what one instruction does is not done by two. Its `-Oz` makes the file 15 %
/// smaller, and 8 % larger as it travels, which is compressed: code that the compiler wrote alike no longer is.
const WASM_PASSES: [&str; 10] = [
    "--duplicate-function-elimination",
    "--remove-unused-module-elements",
    "--remove-unused-names",
    "--remove-unused-brs",
    "--optimize-instructions",
    "--simplify-locals-notee-nostructure",
    "--vacuum",
    "--memory-packing",
    "--strip-target-features",
    "--duplicate-function-elimination",
];

/// The parts of the program, as `app::Part` has them: each is a wasm of its own, with its glue.
const PARTS: [&str; 3] = ["queues", "people", "wall"];

/// Exports that no script of ours calls: Leptos' streams of files. What is exported stays, with all that it calls.
const UNUSED_EXPORTS: &str = "intounderlying";

/// Why the page was not built.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Cargo, or wasm-opt, did not do its work; it has said why.
    #[error("{0} failed; what it said is above")]
    Tool(String),
    /// A tool that could not be started.
    #[error("{tool} could not be started: {source}")]
    Start {
        /// Its name.
        tool: String,
        /// What the system said.
        source: io::Error,
    },
    /// The wasm was not understood by wasm-bindgen.
    #[error("wasm-bindgen: {0}")]
    Bindgen(String),
    /// The style sheets don't join.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Relative path and content of every file below a folder.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Builds the page of the project in `root` into `target/site`.
pub fn build(root: &Path) -> Result<(), PageError> {
    let mut site = Files::new();
    for part in PARTS {
        let raw = compile(root, part)?;
        let package = root.join("target/pkg").join(part);
        bind(root, &raw, &package, part)?;
        let files = read_folder(&package)?.into_iter();
        site.extend(files.map(|(path, bytes)| (Path::new("pkg").join(path), bytes)));
    }
    let style = root.join("style");
    let sheet =
        sheet::inline(&read_text(&style.join("main.css"))?, |file| fs::read_to_string(style.join(file)))?;
    site.insert("main.css".into(), sheet.into_bytes());
    site.extend(read_folder(&root.join("public"))?);

    let folder = root.join("target/site");
    if folder.is_dir() && read_folder(&folder)? == site {
        println!("page: unchanged");
        return Ok(());
    }
    replace(&folder, &site)?;
    println!("page: {} files in target/site", site.len());
    Ok(())
}

/// Compiles a part of the app for the browser, with the toolchain that the set-up chose; the wasm's path.
fn compile(root: &Path, part: &str) -> Result<PathBuf, PageError> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--locked", "--package", "app", "--features", "browser"]);
    cargo.args(["--example", part]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--profile", "wasm", "--target-dir", "target/wasm"]);
    if let Ok(toolchain) = fs::read_to_string(root.join("target/setup/toolchain")) {
        cargo.env("RUSTUP_TOOLCHAIN", toolchain.trim());
    }
    run(&mut cargo)?;
    Ok(root.join(format!("target/wasm/wasm32-unknown-unknown/wasm/examples/{part}.wasm")))
}

/// Fills `package` with the glue and the small wasm, unless what it holds was made of the same things.
fn bind(root: &Path, raw: &Path, package: &Path, part: &str) -> Result<(), PageError> {
    let optimizer = Some(root.join("xtask/node_modules/.bin/wasm-opt")).filter(|path| path.exists());
    let made_from = made_from(raw, optimizer.as_deref())?;
    let stamp = package.with_extension("made-from");
    if fs::read_to_string(&stamp).is_ok_and(|held| held == made_from) && package.is_dir() {
        return Ok(());
    }
    remove(&stamp)?;
    remove(package)?;
    Bindgen::new()
        .input_path(raw)
        .web(true)
        .and_then(|bindgen| {
            bindgen.typescript(false).remove_name_section(true).remove_producers_section(true).out_name(part);
            let mut output = bindgen.generate_output()?;
            let exports = &mut output.wasm_mut().exports;
            let mut unused = Vec::new();
            for export in exports.iter().filter(|export| export.name.contains(UNUSED_EXPORTS)) {
                unused.push(export.id());
            }
            for export in unused {
                exports.delete(export);
            }
            output.emit(package)
        })
        .map_err(|error| PageError::Bindgen(format!("{error:#}")))?;
    if let Some(optimizer) = optimizer {
        let wasm = package.join(format!("{part}_bg.wasm"));
        let small = package.join("small.wasm");
        let result = run(Command::new(optimizer)
            .args(WASM_PASSES)
            .args(WASM_FEATURES)
            .arg(&wasm)
            .arg("-o")
            .arg(&small));
        if let Err(error) = result {
            println!("page: {error}; the wasm stays larger, all else is the same");
            // No stamp: the next build tries again.
            return remove(&small);
        }
        fs::rename(&small, &wasm).map_err(at(&wasm))?;
    } else {
        println!("page: without Node the wasm is a little larger; all else is the same");
    }
    write(&stamp, made_from.as_bytes())
}

/// Names everything that wasm and glue depend on: the compiler's output, this program (which has wasm-bindgen
/// in it) and the optimizer.
fn made_from(raw: &Path, optimizer: Option<&Path>) -> Result<String, PageError> {
    let mut hasher = DefaultHasher::new();
    hasher.write(&read(raw)?);
    let program = std::env::current_exe().map_err(at(Path::new("xtask")))?;
    hasher.write(&read(&program)?);
    let optimizer = match optimizer {
        Some(path) => {
            format!("{:?}", fs::canonicalize(path).and_then(fs::metadata).map_err(at(path))?.modified())
        }
        None => "none".to_owned(),
    };
    Ok(format!("{:016x} optimizer {optimizer}", hasher.finish()))
}

/// Makes `folder` hold exactly `files`: written beside it, then renamed, so that no reader meets a half.
fn replace(folder: &Path, files: &Files) -> Result<(), PageError> {
    let (next, last) = (folder.with_extension("next"), folder.with_extension("last"));
    remove(&next)?;
    remove(&last)?;
    for (path, bytes) in files {
        write(&next.join(path), bytes)?;
    }
    if folder.exists() {
        fs::rename(folder, &last).map_err(at(folder))?;
    }
    fs::rename(&next, folder).map_err(at(folder))?;
    remove(&last)
}

fn run(command: &mut Command) -> Result<(), PageError> {
    let tool =
        Path::new(command.get_program()).file_name().unwrap_or(OsStr::new("tool")).display().to_string();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(PageError::Tool(tool)),
        Err(source) => Err(PageError::Start { tool, source }),
    }
}

fn read_folder(folder: &Path) -> Result<Files, PageError> {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).map_err(at(&current))? {
            let path = entry.map_err(at(&current))?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap_or(&path).to_owned(), read(&path)?);
            }
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, PageError> {
    fs::read(path).map_err(at(path))
}

fn read_text(path: &Path) -> Result<String, PageError> {
    fs::read_to_string(path).map_err(at(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PageError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::write(path, bytes).map_err(at(path))
}

/// Removes a file or a whole folder; one that isn't there is no error.
fn remove(path: &Path) -> Result<(), PageError> {
    let result = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// Says which file an error is about.
fn at(path: &Path) -> impl FnOnce(io::Error) -> PageError {
    let path = path.to_owned();
    move |source| PageError::File { path, source }
}
