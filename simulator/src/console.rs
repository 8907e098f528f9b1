//! What a command says to its console, and how it hears that it should end.

use std::io::{self, Write as _};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A line for the console. A console that has gone is no reason to end.
pub fn say(line: &str) {
    let _: io::Result<()> = writeln!(io::stdout(), "pbx-sim: {line}");
}

/// The signals that end the process.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Listens from now on. An error is the system's.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Returns at the next one.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
