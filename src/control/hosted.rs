//! Functions that run in this process, through the runner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::hosting::{Deployed, Done, InitFailed, InvocationPlan, Ran, Runtime};
use crate::Runner;
use crate::function::{Completion, FunctionConfig, Invocation, RuntimeName};
use crate::network::Policy;
use crate::package::Package;
use crate::report::{LogType, log_text};
use crate::runner::{CpuModel, DeployRequest, Deployment, Options};
use crate::sandbox::{Interpreter, is_guest_thread};

/// Bytes of a page, of which a sandbox counts those that it wrote.
const PAGE_BYTES: u64 = 4096;

/// Runs functions in sandboxes of this process.
pub struct LocalRuntime {
    runner: Runner,
    options: Options,
    cpu: CpuModel,
    network: Policy,
    digests: Mutex<HashMap<String, String>>,
}

impl LocalRuntime {
    /// On the guest threads of this runner. `options` say whether environments are used again, `network` where functions may
    /// connect to.
    pub fn new(runner: Runner, options: Options, cpu: CpuModel, network: Policy) -> Self {
        Self { runner, options, cpu, network, digests: Mutex::default() }
    }

    /// What a function may reach: all that the server allows, or less if it has the variable for it. Whoever creates functions
    /// sets their variables, so they cannot open more than whoever started the server did.
    fn network_of(&self, config: &FunctionConfig) -> Result<Policy, String> {
        match config.environment.variables().get(NETWORK_VARIABLE) {
            None => Ok(self.network.clone()),
            Some(rules) => {
                let own = Policy::new(&[rules], &[""; 0]).map_err(|error| format!("{NETWORK_VARIABLE}: {error}"))?;
                Ok(own.within(&self.network))
            }
        }
    }
}

/// A function's own rules, as `--allow-net` has them.
const NETWORK_VARIABLE: &str = "WASMLAM_ALLOW_NET";

impl Runtime for LocalRuntime {
    fn deploy(&self, plan: InvocationPlan) -> Result<Arc<dyn Deployed>, String> {
        let package = |name: &str, zip: &Arc<Vec<u8>>| Package::from_zip_bytes(name, zip.to_vec()).map_err(|error| error.to_string());
        let layers = plan.layers.iter().map(|zip| package("layer", zip)).collect::<Result<Vec<_>, _>>()?;
        let network = self.network_of(&plan.config)?;
        let request = DeployRequest {
            network,
            layers,
            version: plan.version,
            account: plan.account,
            cpu: self.cpu,
            options: self.options,
            ..DeployRequest::new(package(plan.config.name.as_str(), &plan.code)?, plan.config)
        };
        let deployment = self.runner.deploy(request).map_err(|error| error.to_string())?;
        Ok(Arc::new(Local(deployment)))
    }

    fn version_digest(&self, runtime: &RuntimeName) -> String {
        let mut digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = digests.entry(runtime.as_str().to_owned()).or_insert_with(|| {
            let files = self.runner.home().interpreter(runtime.as_str());
            let version = Interpreter::info(&files.bundle).map(|info| info.python_version).unwrap_or_default();
            format!("{:x}", Sha256::digest(format!("{} {version}", runtime.as_str())))
        });
        digest.clone()
    }
}

struct Local(Deployment);

impl Deployed for Local {
    fn invoke(&self, invocation: Invocation, done: Done) {
        // The pool drops what it cannot start; then the answer has to come from here.
        let done = Arc::new(Mutex::new(Some(done)));
        let take = |done: &Mutex<Option<Done>>| done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (deployment, later) = (self.0.clone(), Arc::clone(&done));
        let started = self.0.invoke_with(invocation, move |ended| {
            if let Some(done) = take(&later) {
                done(ended.map(|completion| ran(&deployment, completion)).map_err(|error| error.to_string()));
            }
        });
        // Taken only where it did not start: else it is the guest thread's to take.
        if let Err(error) = started
            && let Some(done) = take(&done)
        {
            done(Err(format!("no thread for the function: {error}")));
        }
    }

    fn invoke_here(&self, invocation: Invocation, done: Done) {
        if !is_guest_thread() {
            return self.invoke(invocation, done);
        }
        let ended = self.0.invoke(invocation);
        done(ended.map(|completion| ran(&self.0, completion)).map_err(|error| error.to_string()));
    }

    fn provision(&self) -> Result<(), InitFailed> {
        // Every sandbox starts from the image after the init, which is all that an environment that waits has more.
        self.0.failed_init().map_or(Ok(()), |_| Err(InitFailed))
    }
}

fn ran(deployment: &Deployment, completion: Completion) -> Ran {
    let platform = deployment.platform();
    let written = completion.usage.reset.and_then(|reset| reset.pages_written).or_else(|| deployment.pages_written());
    Ran {
        log: log_text(&completion, platform, LogType::All),
        log_tail: log_text(&completion, platform, LogType::Tail).into_bytes(),
        log_stream: completion.log_stream.as_str().to_owned(),
        started_ms: u64::try_from(completion.started.as_millis()).unwrap_or(u64::MAX),
        duration_ms: u64::try_from(completion.usage.duration.as_millis()).unwrap_or(u64::MAX),
        memory_bytes: written.map_or(completion.usage.max_memory_bytes, |pages| pages * PAGE_BYTES),
        outcome: completion.outcome,
        attempts: completion.attempts,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::function::Environment;

    #[test]
    fn a_function_takes_away_from_what_its_server_allows_and_adds_nothing() {
        let server = Policy::new(&["*.good.test:443,localhost"], &[""; 0]).expect("rules");
        let runtime = LocalRuntime::new(Runner::from_environment(), Options::default(), CpuModel::Full, server);
        let name = |text: &str| text.parse().expect("a name");
        let mut config = FunctionConfig::new(name("f"), "a.b".parse().expect("a handler"), "python3.13".parse().expect("known"));
        let mut with = |rules: Option<&str>| {
            let variables = rules.map(|rules| (NETWORK_VARIABLE.to_owned(), rules.to_owned()));
            config.environment = Environment::new(variables.into_iter().collect()).expect("variables");
            runtime.network_of(&config)
        };
        let (https, local): (SocketAddr, SocketAddr) = (([8, 8, 8, 8], 443).into(), ([127, 0, 0, 1], 80).into());
        let allows = |policy: &Policy| (policy.check(https, &["a.good.test"]).is_ok(), policy.check(local, &["localhost"]).is_ok());
        assert_eq!(allows(&with(None).expect("rules")), (true, true));
        assert_eq!(allows(&with(Some("a.good.test")).expect("rules")), (true, false));
        assert_eq!(allows(&with(Some("*,localhost")).expect("rules")), (true, true));
        let everything = with(Some("*,0.0.0.0/0,10.0.0.0/8")).expect("rules");
        assert!(everything.check(([8, 8, 8, 8], 80).into(), &["evil.test"]).is_err());
        assert!(everything.check(([10, 0, 0, 1], 80).into(), &["a.good.test"]).is_err());
        assert!(with(Some("")).expect("rules").is_closed());
        assert!(with(Some("2130706433")).expect_err("not a rule").contains("WASMLAM_ALLOW_NET: '2130706433'"));
    }
}
