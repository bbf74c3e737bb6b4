//! wasmlam.
pub mod cli;
pub mod function;
pub mod package;
pub mod protocol;
pub mod report;
pub mod runner;
pub mod sandbox;
