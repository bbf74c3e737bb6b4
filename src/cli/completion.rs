//! `wasmlam completion` and `wasmlam man`: what shells and man know about the command line.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure, exit, print, usage};

const EXAMPLES: &str = include_str!("help/completion.txt").trim_ascii_end();

/// What was typed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionArgs {
    /// The shell
    shell: Shell,
}

/// What was typed.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// A folder for the pages of the program and of each command; without it the program's own goes to stdout
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

pub(crate) fn completion(arguments: &CompletionArgs) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "wasmlam", &mut script);
    print(&script)?;
    Ok(exit::OK)
}

pub(crate) fn man(arguments: &ManArgs) -> Result<u8, Failure> {
    let Some(folder) = &arguments.into else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        print(&page)?;
        return Ok(exit::OK);
    };
    let write = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    write.with_context(|| format!("cannot write to {}", folder.display())).map_err(usage)?;
    Ok(exit::OK)
}
