//! `wasmlam sample-event`: an event as one of AWS's services sends it.

use std::collections::BTreeMap;

use clap::Args;

use super::{Failure, exit, pair, print, usage};
use crate::samples;

const EXAMPLES: &str = include_str!("help/sample-event.txt").trim_ascii_end();

/// What was typed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SampleArgs {
    /// The service, such as s3 or apigateway; without it everything there is gets listed
    service: Option<String>,
    /// The kind of event; without it the service's first one
    kind: Option<String>,
    /// A parameter of the event and what it is to be
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair("NAME=VALUE, such as bucket=photos"))]
    parameters: Vec<(String, String)>,
    /// On one line, as --events wants it
    #[arg(long)]
    compact: bool,
}

pub(crate) fn run(arguments: &SampleArgs) -> Result<u8, Failure> {
    let text = match &arguments.service {
        None => samples::list(),
        Some(service) => {
            let parameters: BTreeMap<_, _> = arguments.parameters.iter().cloned().collect();
            let event = samples::render(service, arguments.kind.as_deref(), &parameters).map_err(usage)?;
            if arguments.compact { format!("{event}\n") } else { format!("{event:#}\n") }
        }
    };
    print(text.as_bytes())?;
    Ok(exit::OK)
}
