//! The moe program.
fn main() {}
