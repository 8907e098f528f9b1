//! Why a company's file can't be used.

use std::{io, path::PathBuf};

/// Why a file is no company.
#[derive(Debug, thiserror::Error)]
pub enum CompanyError {
    /// It can't be read.
    #[error("{path}: {why}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Not TOML, or not the shape.
    #[error("line {line}: {why}; `pbx-sim company` prints a file that is right")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A number that two things have.
    #[error("the number {number} is given twice; every extension, queue, group and service needs its own")]
    Twice {
        /// The number.
        number: String,
    },
    /// A number that should be something in the file, and is not.
    #[error("{of} names {number}, which is no {kind} of the file; add it, or correct the number")]
    Unknown {
        /// Who names it.
        of: String,
        /// The number.
        number: String,
        /// What it should be.
        kind: &'static str,
    },
    /// A list that may not be empty.
    #[error("the company has no [[{0}]]; add one")]
    Without(&'static str),
    /// A time of day, or a range, that is none.
    #[error("{0} is not understood; write a time as \"08:00\", a range with its smaller number first")]
    Range(&'static str),
}
