//! The process: hooks, journal, boards, feed, pages and API.
//!
//! In the order of the data: [`accept`] lets a client in, [`client`] finds out who it is, [`ingest`] takes a delivery and proves who sent it,
//! [`journal`] makes it durable, [`live`] folds it into the board, [`history`] keeps what is over, [`feed`] pushes what changed, [`alerts`] tells a person, [`web`] serves pages and
//! API, [`access`] says who may see them, [`walls`] what their screens show, [`operate`] is for who runs it all. [`serve`] starts them all.

// A page is one type, and nests as deeply as its elements do.
#![recursion_limit = "256"]

pub mod accept;
pub mod access;
pub mod admin;
pub mod alerts;
pub mod certificate;
pub mod client;
pub mod clock;
pub mod config;
pub mod feed;
pub mod folder;
pub mod history;
pub mod ingest;
pub mod journal;
pub mod live;
pub mod operate;
pub mod packed;
pub mod pbx;
pub mod seldom;
pub mod serve;
pub mod settings;
pub mod store;
pub mod walls;
pub mod web;
