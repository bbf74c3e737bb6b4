//! What each function tried that no sandbox has, kept with it: each thing once, within a bound.
//!
//! A set in memory knows what is kept already, so that a function which tries the same thing with every call costs the disk one
//! write and no more.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::hosting::Ran;
use super::records::{self, find_or_404, named};
use super::{ApiError, Control, Scope};
use crate::function::{Account, Attempt};
use crate::store::{Setting, Tables};

/// Different attempts that are kept of one function; the first ones stay.
pub const MAX_ATTEMPTS: usize = 100;
/// Functions whose attempts are known in memory; beyond it all are forgotten and read again.
const MAX_FUNCTIONS: usize = 10_000;

/// One thing that a function tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAttempt {
    /// `network`, `file` or `process`.
    pub kind: String,
    /// What it tried, in the guest's own words: at most [`Attempt::MAX_TEXT`] bytes.
    pub what: String,
    /// The version that was the first to try it.
    pub version: String,
    /// When that was, in milliseconds since 1970.
    pub first_ms: u64,
    /// The log stream that has that invocation's log.
    pub log_stream: String,
}

/// Those that are in the store already.
#[derive(Default)]
pub(super) struct SeenAttempts(Mutex<HashMap<(Account, String), HashSet<String>>>);

impl SeenAttempts {
    /// Whether one of these may be new: then the store has to be looked at.
    fn may_be_new(&self, account: &Account, name: &str, attempts: &[Attempt]) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(of_function) = seen.get(&(account.clone(), name.to_owned())) else { return true };
        of_function.len() < MAX_ATTEMPTS && attempts.iter().any(|attempt| !of_function.contains(&attempt.to_string()))
    }

    fn remember(&self, account: &Account, name: &str, kept: &[KeptAttempt]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_FUNCTIONS {
            seen.clear();
        }
        let texts = kept.iter().map(|attempt| format!("{}: {}", attempt.kind, attempt.what)).collect();
        seen.insert((account.clone(), name.to_owned()), texts);
    }

    /// Forgets a function: the store is looked at with its next attempt.
    pub(super) fn forget(&self, account: &Account, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(account.clone(), name.to_owned()));
    }
}

impl Control {
    /// What a function tried that no sandbox has, in the order in which it did so first: up to [`MAX_ATTEMPTS`] different
    /// things.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn attempts(&self, scope: &Scope, function_name: &str) -> Result<Vec<KeptAttempt>, ApiError> {
        let wanted = named(scope, function_name, None)?;
        self.read(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            kept(tables, &scope.account, &wanted.name)
        })
    }

    /// Forgets what a function tried, so that only what it tries from now on is kept.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn forget_attempts(&self, scope: &Scope, function_name: &str) -> Result<(), ApiError> {
        let wanted = named(scope, function_name, None)?;
        self.write(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            Ok(tables.delete_setting(&scope.account, Setting::Attempts, &wanted.name, "").map(drop)?)
        })?;
        self.0.attempts.forget(&scope.account, &wanted.name);
        Ok(())
    }

    /// Keeps what an invocation tried, as far as it is new. Where the store is at fault, nothing is kept.
    pub(super) fn note_attempts(&self, account: &Account, name: &str, version: &str, ran: &Ran) {
        if !self.0.attempts.may_be_new(account, name, &ran.attempts) {
            return;
        }
        let noted = self.write(|tables| {
            // It may have been deleted while it ran.
            if tables.function(account, name)?.is_none() {
                return Ok(None);
            }
            let mut all = kept(tables, account, name)?;
            let before = all.len();
            for attempt in &ran.attempts {
                let (kind, what) = match attempt {
                    Attempt::Network(what) => ("network", what),
                    Attempt::File(what) => ("file", what),
                    Attempt::Process(what) => ("process", what),
                };
                if all.len() < MAX_ATTEMPTS && !all.iter().any(|known| known.kind == kind && known.what == *what) {
                    all.push(KeptAttempt {
                        kind: kind.into(),
                        what: what.clone(),
                        version: version.to_owned(),
                        first_ms: ran.started_ms,
                        log_stream: ran.log_stream.clone(),
                    });
                }
            }
            if all.len() > before {
                records::put_setting(tables, account, Setting::Attempts, name, "", &all)?;
            }
            Ok(Some(all))
        });
        if let Ok(Some(all)) = noted {
            self.0.attempts.remember(account, name, &all);
        }
    }
}

fn kept(tables: &dyn Tables, account: &Account, name: &str) -> Result<Vec<KeptAttempt>, ApiError> {
    Ok(records::setting(tables, account, Setting::Attempts, name, "")?.unwrap_or_default())
}
