//! The options about the network, which `run`, `test`, `bench` and `serve` have in common.

use anyhow::anyhow;
use clap::Args;

use super::{Failure, exit};
use crate::network::Policy;

/// What may be reached, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The network")]
pub(crate) struct NetworkArgs {
    /// Where functions may connect to: api.example.org:443, *.amazonaws.com:443, 10.1.0.0/16:5432, localhost, or * for every
    /// public address. This machine, private networks and metadata services must be named by their addresses [default: nowhere]
    #[arg(long, value_name = "HOST[:PORT],...")]
    allow_net: Vec<String>,
    /// Where they may not, whatever --allow-net says
    #[arg(long, value_name = "HOST[:PORT],...")]
    deny_net: Vec<String>,
}

impl NetworkArgs {
    /// The rules that they come to.
    pub(crate) fn policy(&self) -> Result<Policy, Failure> {
        Policy::new(&self.allow_net, &self.deny_net).map_err(|error| Failure::new(exit::USAGE, anyhow!(error)))
    }
}
