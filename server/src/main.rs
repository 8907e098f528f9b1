//! `ringside`: flags and configuration in, exit code out.

fn main() {}
