//! `wasmlam sample-event`: an event as one of AWS's services sends it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::Args;

use super::{Failure, exit};
use crate::samples::{self, SampleError};

const EXAMPLES: &str = "\
Examples:
  wasmlam sample-event                              # every service, kind and parameter
  wasmlam sample-event s3 put --set bucket=photos --set 'key=a b.jpg'
  wasmlam sample-event sqs > event.json
  wasmlam sample-event apigateway http | wasmlam run app.py --event -";

/// What was typed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SampleArgs {
    /// The service, such as s3 or apigateway; without it everything there is gets listed
    service: Option<String>,
    /// The kind of event; without it the service's first one
    kind: Option<String>,
    /// A parameter of the event and what it is to be
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    parameters: Vec<(String, String)>,
    /// On one line, as --events wants it
    #[arg(long)]
    compact: bool,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("'{text}' is not NAME=VALUE, such as bucket=photos"))?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) fn run(arguments: &SampleArgs) -> Result<u8, Failure> {
    let usage = |error: SampleError| Failure::new(exit::USAGE, error);
    let text = match &arguments.service {
        None => list(),
        Some(service) => {
            let parameters: BTreeMap<_, _> = arguments.parameters.iter().cloned().collect();
            let event = samples::render(service, arguments.kind.as_deref(), &parameters).map_err(usage)?;
            if arguments.compact { format!("{event}\n") } else { format!("{event:#}\n") }
        }
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(exit::OK)
}

fn list() -> String {
    let mut out = String::new();
    for service in samples::services() {
        out += &format!("{}: {}\n", service.name, service.about);
        for (name, kind) in service.kinds() {
            out += &format!("  {name}: {}\n", kind.about);
            let parameters = kind.parameters.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
            out += &format!("    {}\n", parameters.collect::<Vec<_>>().join("  "));
        }
    }
    out
}
