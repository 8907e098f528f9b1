//! `pbx-sim`: a stand-in for a PortSIP PBX.

fn main() {}
