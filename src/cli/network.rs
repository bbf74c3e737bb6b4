//! The options about the network, which `run`, `test`, `bench` and `serve` have in common.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use clap::Args;

use super::{Failure, note};
use crate::network::Policy;
use crate::network::recording::Recorder;
use crate::runner::{NetworkSettings, save_recording, start_recording};

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
    /// Connections and look-ups of an invocation [default: 10000]
    #[arg(long, value_name = "N")]
    net_connections: Option<NonZeroU64>,
    /// MB that an invocation may send, and as many that it may receive [default: 16384]
    #[arg(long, value_name = "MB")]
    net_bytes: Option<NonZeroU64>,
    /// Keep every HTTP exchange in this file, its secrets taken out, for --replay
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Answer every HTTP request from this recording, without a network
    #[arg(long, value_name = "FILE", conflicts_with_all = ["allow_net", "deny_net", "record", "sign_aws"])]
    replay: Option<PathBuf>,
    /// Sign requests to AWS outside of the sandbox, with the keys of the environment or of this profile, which functions never see
    #[arg(long, value_name = "PROFILE", num_args = 0..=1, require_equals = true, default_missing_value = "", requires = "allow_aws")]
    sign_aws: Option<String>,
    /// What may be asked of AWS then: s3:GetObject, dynamodb:*, s3:List*, or * for everything
    #[arg(long, value_name = "SERVICE:OPERATION,...", requires = "sign_aws")]
    allow_aws: Vec<String>,
}

/// What is being recorded, and where to.
static RECORDING: OnceLock<(PathBuf, Arc<Recorder>)> = OnceLock::new();

impl NetworkArgs {
    /// The rules that they come to. Endpoints in the place of AWS are those of this process and `endpoints`.
    pub(crate) fn policy(&self, endpoints: impl Iterator<Item = String>) -> Result<Policy, Failure> {
        let record = self.record.as_ref().map(|path| Ok::<_, Failure>((path.clone(), start_recording(path)?))).transpose()?;
        let settings = NetworkSettings {
            allow: self.allow_net.clone(),
            deny: self.deny_net.clone(),
            connections: self.net_connections,
            megabytes: self.net_bytes,
            replay: self.replay.clone(),
            recorder: record.map(|record| Arc::clone(&RECORDING.get_or_init(|| record).1)),
            sign: self.sign_aws.clone(),
            allow_aws: self.allow_aws.clone(),
            endpoints: endpoints.chain(std::env::var("AWS_ENDPOINT_URL").ok()).collect(),
        };
        Ok(settings.policy()?)
    }
}

/// Writes what was recorded.
pub(crate) fn finish() -> Result<(), Failure> {
    let Some((path, recorder)) = RECORDING.get() else { return Ok(()) };
    let (count, notes) = save_recording(recorder, path)?;
    notes.iter().for_each(|text| note(&format!("warning: {text}")));
    note(&format!("recorded {count} exchanges in {}", path.display()));
    Ok(())
}
