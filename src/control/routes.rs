//! Which version a name means, remembered between invocations until something of the function changes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::admission::Demand;
use super::concurrency::{provisioned_of, reserved_total};
use super::name::{FunctionRef, LATEST, no_function};
use super::records::{self, VersionRecord, number_of, version_name};
use super::{ApiError, Control, model, settings};
use crate::function::{Account, FunctionVersion, Qualifier};
use crate::store::Tables;

/// Names that are remembered; beyond it all are forgotten and looked up again.
const MAX_ROUTES: usize = 20_000;

/// What a name stands for when it is invoked.
pub(super) struct Route {
    pub(super) account: Account,
    pub(super) name: String,
    /// As the caller's ARN ends.
    pub(super) qualifier: Option<Qualifier>,
    /// The version, and a second one with its share of the calls.
    first: Target,
    second: Option<(Target, f64)>,
    reserved: Option<u64>,
    unreserved: u64,
}

/// One version.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) number: u64,
    /// `$LATEST` or the number.
    pub(super) version: String,
    /// The deployment's id.
    pub(super) deployment: String,
    pub(super) memory_size: u64,
    pub(super) log_group: String,
    pub(super) is_per_tenant: bool,
    /// Why it cannot run.
    pub(super) failed: Option<String>,
}

impl Route {
    /// The version for one call: `dice` makes a random number below 1, where one is needed.
    pub(super) fn target(&self, dice: impl FnOnce() -> f64) -> &Target {
        match &self.second {
            Some((target, share)) if dice() < *share => target,
            _ => &self.first,
        }
    }

    /// What a call of this version counts for.
    pub(super) fn demand(&self, target: &Target, expected_bytes: Option<u64>) -> Demand {
        Demand {
            account: self.account.clone(),
            function: self.name.clone(),
            reserved: self.reserved,
            unreserved: self.unreserved,
            expected_bytes,
            memory_size: target.memory_size,
        }
    }

    /// Whether its reservation stops it.
    pub(super) fn is_stopped(&self) -> bool {
        self.reserved == Some(0)
    }
}

/// A function by its account and name.
type Key = (Account, String);

/// Routes that were looked up.
#[derive(Default)]
pub(super) struct Routes {
    known: Mutex<Known>,
    /// Grows with every change: a route that was read before one is not remembered after it.
    changes: AtomicU64,
}

#[derive(Default)]
struct Known {
    routes: HashMap<Key, HashMap<String, Arc<Route>>>,
    count: usize,
}

impl Routes {
    fn locked(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, account: &Account, wanted: &FunctionRef) -> Option<Arc<Route>> {
        let key = (account.clone(), wanted.name.clone());
        self.locked().routes.get(&key)?.get(wanted.qualifier.as_deref().unwrap_or_default()).cloned()
    }

    fn remember(&self, route: &Arc<Route>, wanted: &FunctionRef, seen: u64) {
        let mut known = self.locked();
        if self.changes.load(Ordering::SeqCst) != seen {
            return;
        }
        if known.count >= MAX_ROUTES {
            *known = Known::default();
        }
        known.count += 1;
        let of_function = known.routes.entry((route.account.clone(), route.name.clone())).or_default();
        of_function.insert(wanted.qualifier.clone().unwrap_or_default(), Arc::clone(route));
    }

    /// Forgets a function, after something of it changed.
    pub(super) fn forget(&self, account: &Account, name: &str) {
        let mut known = self.locked();
        self.changes.fetch_add(1, Ordering::SeqCst);
        let gone = known.routes.remove(&(account.clone(), name.to_owned())).map_or(0, |routes| routes.len());
        known.count -= gone;
    }

    /// Forgets everything, after something changed that counts for every function.
    pub(super) fn forget_all(&self) {
        let mut known = self.locked();
        self.changes.fetch_add(1, Ordering::SeqCst);
        *known = Known::default();
    }
}

impl Control {
    /// What a name stands for now.
    pub(super) fn route(&self, account: &Account, wanted: &FunctionRef) -> Result<Arc<Route>, ApiError> {
        if let Some(route) = self.0.routes.get(account, wanted) {
            return Ok(route);
        }
        let seen = self.0.routes.changes.load(Ordering::SeqCst);
        let limit = self.0.admission.account_limit();
        let route = Arc::new(self.read(|tables| look_up(tables, account, wanted, limit))?);
        self.0.routes.remember(&route, wanted, seen);
        Ok(route)
    }
}

fn look_up(tables: &dyn Tables, account: &Account, wanted: &FunctionRef, limit: u64) -> Result<Route, ApiError> {
    let missing = || no_function(&wanted.full_arn(account));
    let found = records::find(tables, account, wanted)?.ok_or_else(missing)?;
    let function = records::function(tables, account, &wanted.name)?.ok_or_else(missing)?;
    let second = match found.alias.as_ref().and_then(weight) {
        Some((version, share)) => {
            let number = number_of(&version).ok_or_else(missing)?;
            let record = records::version(tables, account, &wanted.name, number)?.ok_or_else(missing)?;
            Some((target(number, &record)?, share))
        }
        None => None,
    };
    let qualifier = wanted.qualifier.as_deref().map(str::parse).transpose();
    Ok(Route {
        account: account.clone(),
        name: wanted.name.clone(),
        qualifier: qualifier.map_err(|error: crate::function::ValidationError| ApiError::invalid(error.to_string()))?,
        first: target(found.number, &found.record)?,
        second,
        reserved: own_share(tables, account, wanted, function.reserved)?,
        unreserved: limit.saturating_sub(reserved_total(tables, account)?),
    })
}

/// What is left of a function's reservation for this qualifier: what is provisioned for others is theirs.
fn own_share(tables: &dyn Tables, account: &Account, wanted: &FunctionRef, reserved: Option<u64>) -> Result<Option<u64>, ApiError> {
    let Some(reserved) = reserved else { return Ok(None) };
    let provisioned = provisioned_of(tables, account, &wanted.name)?;
    let elsewhere = provisioned.iter().filter(|(qualifier, _)| qualifier != wanted.version_or_alias()).map(|(_, count)| *count);
    Ok(Some(reserved.saturating_sub(elsewhere.sum())))
}

fn weight(alias: &model::AliasConfiguration) -> Option<(String, f64)> {
    alias.routing_config.as_ref()?.additional_version_weights.as_ref()?.iter().next().map(|(version, share)| (version.clone(), *share))
}

fn target(number: u64, record: &VersionRecord) -> Result<Target, ApiError> {
    let configuration = &record.configuration;
    let group = configuration.logging_config.as_ref().and_then(|logging| logging.log_group.clone());
    let state = configuration.state.as_deref();
    Ok(Target {
        number,
        version: version_name(number),
        deployment: record.deployment.clone(),
        memory_size: settings::hosted(configuration)?.memory_size.bytes(),
        log_group: group.unwrap_or_else(|| format!("/aws/lambda/{}", configuration.function_name.as_deref().unwrap_or_default())),
        is_per_tenant: configuration.tenancy_config.is_some(),
        failed: (state == Some("Failed")).then(|| "Failed".to_owned()),
    })
}

/// What the version is called inside a sandbox.
pub(super) fn hosted_version(number: u64) -> FunctionVersion {
    match number {
        0 => FunctionVersion::default(),
        number => FunctionVersion::of_number(number),
    }
}

/// Whether a qualifier means the version that was not published.
pub(super) fn is_latest(qualifier: Option<&str>) -> bool {
    qualifier.is_none_or(|qualifier| qualifier == LATEST)
}
