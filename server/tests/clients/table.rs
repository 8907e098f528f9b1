//! The matrix as people read it: a row a case and method, a column a client.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{self, Write as _},
};

use super::{
    Cell,
    job::{Case, Client, Method, cannot},
    judge, run,
};

/// The width of a row's title.
const TITLE: usize = 32;

/// The cells that were judged.
pub struct Table<'a> {
    rows: &'a [(Case, Method)],
    cells: HashMap<(usize, &'static str), Result<(), String>>,
    names: Vec<String>,
}

impl<'a> Table<'a> {
    /// An empty one.
    pub fn new(rows: &'a [(Case, Method)]) -> Self {
        Self { rows, cells: HashMap::new(), names: vec![] }
    }

    /// Notes what a cell is worth.
    pub fn add(&mut self, cell: &Cell, worth: Result<(), String>) {
        if let Some(form) = judge::encoding(cell).filter(|_| cell.case == Case::Named) {
            self.names.push(format!("{} {} {form}", cell.client.name(), cell.method.name()));
        }
        self.cells.insert((cell.job.row, cell.client.name()), worth);
    }

    /// Whether all are right.
    pub fn is_right(&self) -> bool {
        self.cells.values().all(Result::is_ok)
    }

    /// Prints it, past what the test's runner keeps to itself.
    pub fn print(&self) {
        io::stdout().write_all(self.text().as_bytes()).unwrap();
    }

    fn text(&self) -> String {
        let titles = Client::ALL.map(|client| format!("{} {}", client.name(), run::version(client)));
        let mut text = format!("\n{:TITLE$}", "");
        for title in &titles {
            write!(text, "  {title}").unwrap();
        }
        let mut wrong = String::new();
        for (row, (case, method)) in self.rows.iter().enumerate() {
            let name = format!("{}, {}", case.name(), method.name());
            write!(text, "\n{name:TITLE$}").unwrap();
            for (client, title) in Client::ALL.into_iter().zip(&titles) {
                let mark = match self.cells.get(&(row, client.name())) {
                    None => "–",
                    Some(Ok(())) => "✓",
                    Some(Err(why)) => {
                        writeln!(wrong, "{name}, {}: {why}", client.name()).unwrap();
                        "WRONG"
                    }
                };
                write!(text, "  {mark:width$}", width = title.len()).unwrap();
            }
        }
        text += "\n\n– is what a client can't do:\n";
        for client in Client::ALL {
            let mut reasons: Vec<String> = Vec::new();
            for (case, method) in self.rows {
                if let Some(why) = cannot(client, *case, *method) {
                    let what = if why == cannot(client, Case::Good, *method).unwrap_or_default() {
                        method.name()
                    } else {
                        case.name()
                    };
                    let reason = format!("{what}: {why}");
                    if !reasons.contains(&reason) {
                        reasons.push(reason);
                    }
                }
            }
            if !reasons.is_empty() {
                writeln!(text, "  {}: {}", client.name(), reasons.join("; ")).unwrap();
            }
        }
        writeln!(text, "Names beyond ASCII came as: {}\n", self.names.join(", ")).unwrap();
        text + &wrong
    }
}
