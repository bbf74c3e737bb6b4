//! The Lambda API over HTTP.
mod body;
mod error;
mod event_stream;
mod guard;
mod input;
mod model;
mod route;
mod sigv4;
mod validate;
