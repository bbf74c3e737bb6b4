//! Behaviour of the whole program: each test runs a handler from `tests/handlers/` through the real command.

mod common;

mod attempts;
mod bench;
mod bounds;
mod cli;
mod clients;
mod durability;
mod files;
mod fuzz;
mod hostile;
mod images;
mod judge;
mod layers;
mod limits;
mod linux;
mod modes;
mod network;
mod oracle;
mod outcomes;
mod packages;
mod python;
mod sandbox;
mod serve;
mod threads;
mod traffic;
mod usage;
