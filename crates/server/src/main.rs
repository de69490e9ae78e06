//! The `gramovar` program.
fn main() {}
