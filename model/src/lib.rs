//! The PBX and its board, pure: what a PortSIP PBX says, what follows from it, and how it is shown.
//!
//! In reading order, which is the data's order:
//! - [`id`], [`time`]: the words that everything else is made of.
//! - [`event`]: the PBX's language. Bytes in; events, and problems, out. Nothing is ever refused as a whole.
//! - [`entry`]: what the journal holds, as the fold reads it.
//! - [`board`]: the state of one tenant. `Board::apply(&Entry)` gives the rows that changed.
//! - [`metrics`]: figures of queues and agents, from facts that can be taken back.
//! - [`alert`]: when somebody should know of a value, and what becomes of that.
//! - [`view`]: which of those rows an audience may see, and how much of them.
//! - [`wall`]: what a wall shows of them.
//! - [`wire`]: those rows, and the feed's frames, as server and browser exchange them.
//!
//! Not here: I/O, clocks, randomness, threads, HTTP, Leptos. Time comes with the entry, so that the same entries
//! make the same board on every machine and in the browser.

pub mod alert;
pub mod board;
pub mod entry;
pub mod event;
pub mod id;
pub mod metrics;
mod pairs;
pub mod time;
pub mod view;
pub mod wall;
pub mod wire;
