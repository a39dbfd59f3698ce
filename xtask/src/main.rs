//! LTT.
fn main() {}
