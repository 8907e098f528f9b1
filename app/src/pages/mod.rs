//! What an address shows: one page a file.

pub mod agents;
pub mod calls;
pub mod extensions;
pub mod not_found;
pub mod overview;
pub mod queue;
pub mod queues;
