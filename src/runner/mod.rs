//! The use cases that every front end calls: a package and settings become a deployment, events become completions.
//!
//! | file | what |
//! |---|---|
//! | `home` | the layout of the cache folder |
//! | `interpreters` | the interpreters of this process, each opened once |
//! | `deployment` | a package and settings become a function that can be invoked; where completions are made |
//! | `images` | functions that are kept between processes |
//! | `pool` | guest threads that outlive a call |
//! | `ordered` | many invocations at once, their results in order |
//! | `measure`, `machine` | driving a measurement, and the machine that it runs on |
//! | `baselines` | results of benchmarks that are kept |
//! | `settings` | settings before it is known of which package |
//! | `hints` | what to do about an init that failed |
//! | `blame` | whose fault an error is |
//! | `events` | where the events of a run come from |
//! | `changes` | changes of files, for `--watch` |
//! | `traffic` | recordings as files, and whose keys sign requests to AWS |
//! | `suite`, `form` | packages run against a suite of cases: as handlers, programs or functions |

mod baselines;
mod blame;
mod changes;
mod deployment;
mod events;
mod form;
mod hints;
mod home;
mod images;
mod interpreters;
mod machine;
mod measure;
mod ordered;
mod pool;
mod settings;
mod suite;
mod traffic;

use std::num::NonZeroUsize;
use std::sync::Arc;

pub use baselines::{BaselineError, BaselineName, PricesError, read_baseline, read_prices, save_baseline};
pub use blame::{Blame, Blamed};
pub use changes::{Changes, WatchError};
pub use deployment::{CpuModel, DeployError, DeployRequest, Deployment, Prepared, Worker};
pub use events::{EventLines, EventSource, Events, EventsError};
pub use hints::hint;
pub use home::{DEFAULT_RUNTIME, Home};
pub use images::{ImageFolder, KeptImage, MAX_KEPT_BYTES};
pub use interpreters::{Observer, Silent};
pub use measure::{MeasureError, MeasureRequest, Measurement, profile, requests};
pub use ordered::in_order;
pub use pool::GuestPool;
pub use settings::{EnvironmentError, FunctionSettings, environment};
pub use suite::{Checked, SuiteEnd, SuiteOptions, SuiteRun, SuiteRunError};
pub use traffic::{NetworkSettings, TrafficError, save_recording, start_recording};

use self::interpreters::Interpreters;
use crate::function::NameError;
use crate::sandbox::{SandboxError, SlotOptions, Variant};

/// What the 32 bits of a guest's addresses reach.
const MOST_MEMORY_MB: u32 = 4096;

/// Guests that run at the same time at most: as many as AWS gives an account.
const MAX_CONCURRENCY: NonZeroUsize = NonZeroUsize::new(1000).expect("not zero");

/// How sandboxes are made, and how long they live.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// When the init runs.
    pub init: Init,
    /// Whether a sandbox serves the next invocation as well, with the globals and the `/tmp` that the last one left.
    pub reuse: bool,
    /// What becomes of their memory.
    pub slot: SlotOptions,
}

/// When a function's init runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Init {
    /// Once; every sandbox starts from the image taken after it.
    #[default]
    Snapshot,
    /// In each sandbox anew, as in a cold start.
    Each,
}

/// Everything that functions need to run: interpreters, images, guest threads. A handle that can be used from any thread;
/// clones share all of it.
#[derive(Clone)]
pub struct Runner {
    interpreters: Arc<Interpreters>,
    pool: Arc<GuestPool>,
}

impl Runner {
    /// A runner with the home that the environment names, which nobody watches.
    pub fn from_environment() -> Self {
        Self::new(Home::from_environment(), Arc::new(Silent), MAX_CONCURRENCY)
    }

    /// A runner with this home, that reports to `observer` and runs at most `concurrency` guests at the same time; nothing is
    /// opened yet.
    pub fn new(home: Home, observer: Arc<dyn Observer>, concurrency: NonZeroUsize) -> Self {
        Self { interpreters: Arc::new(Interpreters::new(home, observer)), pool: Arc::new(GuestPool::new(concurrency)) }
    }

    /// Deploys a package: opens its interpreter, and runs its init or finds the image after it.
    ///
    /// # Errors
    /// When the layers or a setting are not allowed, or the host is at fault. An init that fails is no error: every invocation
    /// of the deployment then ends as the init did, which [`Deployment::failed_init`] says beforehand.
    pub fn deploy(&self, request: DeployRequest) -> Result<Deployment, DeployError> {
        for package in std::iter::once(&request.package).chain(&request.layers) {
            package.warnings.iter().for_each(|warning| self.interpreters.warn(warning));
        }
        if request.config.memory_size.mb() > MOST_MEMORY_MB {
            self.interpreters.warn(&format!(
                "the function has at most {MOST_MEMORY_MB} MB of the {}: WebAssembly's 32-bit memory ends there, and one object at 2 GB; \
                 its CPU share and price are those of {}",
                request.config.memory_size, request.config.memory_size
            ));
        }
        let prepared = self.prepare(&request)?;
        let published = self.pool.run(|| prepared.publish()).map_err(|error| DeployError::Host(error.into()))?;
        let deployment = published.map_err(DeployError::host)?;
        if let Some(warning) = deployment.warning() {
            self.interpreters.warn(warning);
        }
        Ok(deployment)
    }

    /// The first half of [`Runner::deploy`]: everything but the init.
    ///
    /// # Errors
    /// As [`Runner::deploy`].
    pub fn prepare(&self, request: &DeployRequest) -> Result<Prepared, DeployError> {
        request.prepare(&self.interpreters, &self.pool)
    }

    /// Compiles the default interpreter in every variant and boots it, so that no later call has to wait for that.
    ///
    /// # Errors
    /// When there is no interpreter, or the host is at fault.
    pub fn set_up(&self) -> Result<(), DeployError> {
        let runtime = DEFAULT_RUNTIME.parse().map_err(|error: NameError| DeployError::Host(SandboxError::Host(error.to_string())))?;
        for variant in Variant::ALL {
            let interpreter = self.interpreters.open(&runtime, variant)?;
            let prepared = self.pool.run(move || interpreter.prepare()).map_err(|error| DeployError::Host(error.into()))?;
            prepared.map_err(DeployError::host)?;
        }
        Ok(())
    }

    /// Passes a note on to whoever watches.
    pub(crate) fn note(&self, text: &str) {
        self.interpreters.note(text);
    }

    /// Where everything is kept.
    pub fn home(&self) -> &Home {
        self.interpreters.home()
    }

    /// The guest threads.
    pub fn pool(&self) -> &Arc<GuestPool> {
        &self.pool
    }
}
