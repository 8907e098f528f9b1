//! The configuration: TOML, environment and flags, checked before anything starts.

mod endpoint;

pub use endpoint::{Algorithm, Auth, Credentials, Endpoint, EventKind, Secret};
