//! A PBX that never was: a company's day, told in a PortSIP PBX's words and by its rules of delivery.
//!
//! In the order of an event's life: `company` (who works there), `day` (what happens), `call` (a call's books), `event`
//! (its JSON, in the words of a `dialect`), `fault` (what goes wrong on the way), `delivery` (all that is under way),
//! `retry` (the PBX's rules), `post` (one request and its proof); `config` and `target` say where to, `setup` which company.
//! `truth` is what is true at a moment, for tests to compare a board with.
//!
//! Who asks the PBX itself is answered by `rest` and `wsi`, which share it by an `exchange` and a socket of `interfaces`.
//!
//! Besides the day there are `load`, `record`, `replay` and `hostile`: one module a command. `recording` and `scan` read
//! what came, `clock` and `console` are the process's.

#![expect(clippy::similar_names, reason = "caller and callee, seed and speed are the words of the field")]

pub mod call;
pub mod clock;
pub mod company;
pub mod config;
pub mod console;
pub mod day;
pub mod delivery;
pub mod dialect;
pub mod event;
pub mod exchange;
pub mod fault;
pub mod hostile;
pub mod interfaces;
pub mod load;
pub mod post;
pub mod record;
pub mod recording;
pub mod replay;
pub mod rest;
pub mod retry;
pub mod scan;
pub mod setup;
pub mod target;
pub mod truth;
pub mod wsi;
