//! Events that users keep with a function, to try it with.

use std::collections::BTreeMap;

use super::records::{self, find_or_404, named};
use super::{ApiError, Control, Exception, Scope};
use crate::store::{Setting, Tables};

/// Events of one function. AWS's console keeps as many.
pub const MAX_TEST_EVENTS: usize = 100;
/// Characters of an event's name.
pub const MAX_TEST_EVENT_NAME: usize = 64;
/// Bytes of all events of a function.
const MAX_BYTES: usize = 4 << 20;

/// Events by their names; each is JSON text.
pub type TestEvents = BTreeMap<String, String>;

impl Control {
    /// The events that are kept with a function.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn test_events(&self, scope: &Scope, function_name: &str) -> Result<TestEvents, ApiError> {
        let wanted = named(scope, function_name, None)?;
        self.read(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            kept(tables, scope, &wanted.name)
        })
    }

    /// Keeps an event under a name, in place of the one that had it.
    ///
    /// # Errors
    /// When the event is not JSON, the name is empty or longer than [`MAX_TEST_EVENT_NAME`], or the function has
    /// [`MAX_TEST_EVENTS`] or 4 MiB of events already.
    pub fn put_test_event(&self, scope: &Scope, function_name: &str, event_name: &str, event: &str) -> Result<(), ApiError> {
        let wanted = named(scope, function_name, None)?;
        let invalid = |message: String| Err(ApiError::new(Exception::Validation, message));
        let length = event_name.chars().count();
        if event_name.trim().is_empty() || length > MAX_TEST_EVENT_NAME {
            return invalid(format!("The name of a test event has 1 to {MAX_TEST_EVENT_NAME} characters, this one has {length}."));
        }
        if let Err(error) = serde_json::from_str::<&serde_json::value::RawValue>(event) {
            return Err(ApiError::new(Exception::InvalidRequestContent, format!("The event is not JSON: {error}")));
        }
        self.write(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            let mut events = kept(tables, scope, &wanted.name)?;
            events.insert(event_name.to_owned(), event.to_owned());
            let bytes: usize = events.iter().map(|(name, event)| name.len() + event.len()).sum();
            if events.len() > MAX_TEST_EVENTS || bytes > MAX_BYTES {
                return invalid(format!(
                    "A function keeps up to {MAX_TEST_EVENTS} test events of 4 MiB together, with this one it had {} of {bytes} bytes.",
                    events.len()
                ));
            }
            records::put_setting(tables, &scope.account, Setting::TestEvents, &wanted.name, "", &events)
        })
    }

    /// Removes an event; nothing happens where there is no event of this name.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn delete_test_event(&self, scope: &Scope, function_name: &str, event_name: &str) -> Result<(), ApiError> {
        let wanted = named(scope, function_name, None)?;
        self.write(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            let mut events = kept(tables, scope, &wanted.name)?;
            events.remove(event_name);
            records::put_setting(tables, &scope.account, Setting::TestEvents, &wanted.name, "", &events)
        })
    }
}

fn kept(tables: &dyn Tables, scope: &Scope, name: &str) -> Result<TestEvents, ApiError> {
    Ok(records::setting(tables, &scope.account, Setting::TestEvents, name, "")?.unwrap_or_default())
}
