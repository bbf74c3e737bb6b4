//! The Lambda API over HTTP.
mod body;
mod error;
mod input;
mod model;
mod route;
mod validate;
