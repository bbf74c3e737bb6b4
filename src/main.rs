//! wasmlam.
fn main() {}
