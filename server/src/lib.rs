//! The process: hooks, journal, boards, feed, pages and API.
//!
//! In the order of the data: [`ingest`] takes a delivery and proves who sent it, [`journal`] makes it durable, `live` folds
//! it into the board, `feed` pushes what changed, `web` serves pages and API.

pub mod clock;
pub mod config;
pub mod folder;
pub mod ingest;
pub mod journal;
pub mod store;
pub mod web;
