//! What a browser asks for.

pub mod assets;
