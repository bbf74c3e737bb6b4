//! Where a function may connect to: the rules of `--allow-net` and `--deny-net`, and what they say of an address.
//!
//! Nothing here opens a socket or resolves a name, so the rules can be read and tested by themselves. `sandbox/net` asks them
//! before each look-up and each connection, with the address that is about to be used and not with the name that the guest
//! typed: so it does not matter how an address was spelled, or what a name resolved to a moment before.

//!
//! What passes through a connection that was allowed can be recorded, answered from a recording, and signed for AWS: [`tap`] reads
//! it as HTTP/1.1 ([`http1`]) for [`recording`] and [`aws`].

mod address;
pub mod aws;
pub mod http1;
mod policy;
pub mod recording;
pub mod tap;

pub use self::address::{Range, numeric_address, range_of};
pub use self::policy::{Limits, Policy, Refusal, RuleError, Traffic};
