//! wasmlam.
pub mod function;
