//! What a caller at a command line gets for an invocation: what belongs on stdout, and what on stderr.

use std::sync::Arc;

use super::{LiveLog, LogType, Platform, document, log_text};
use crate::function::{Completion, Follower, Outcome};

/// What a caller asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerForm {
    /// The result, and nothing if there is none; the log and the error beside it.
    Result,
    /// Nothing but the log and the error: the caller does not wait for the result.
    Nothing,
    /// One line of JSON without the log, which is beside it.
    Line,
    /// One document with everything in it.
    Document,
}

impl AnswerForm {
    /// The form for a caller who wants JSON or not, for one of many events or for the only one, and who may not want the result.
    pub fn of(as_json: bool, is_one_of_many: bool, discards_result: bool) -> Self {
        match (as_json, is_one_of_many, discards_result) {
            (true, ..) => Self::Document,
            (false, true, _) => Self::Line,
            (false, false, true) => Self::Nothing,
            (false, false, false) => Self::Result,
        }
    }
}

/// An invocation's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// What was asked for, with a line end; a result is here byte for byte.
    pub result: Vec<u8>,
    /// What is left to show of the log, and the error document of a call without a result.
    pub log: String,
}

impl Answer {
    /// The answer in this form. Of a log that was shown as it came, the rest; and of an invocation that was ended because the
    /// program is, nothing else: it did not run into its timeout.
    pub fn new(
        completion: &Completion,
        platform: &Platform,
        form: AnswerForm,
        log_type: LogType,
        (live, is_stopping): (Option<&LiveLog>, bool),
    ) -> Self {
        if is_stopping && matches!(completion.outcome, Outcome::TimedOut(_)) {
            return Self { result: Vec::new(), log: live.map_or_else(String::new, |live| live.end(completion)) };
        }
        let line = |text: String| [text.into_bytes(), b"\n".to_vec()].concat();
        if form == AnswerForm::Document {
            return Self { result: line(document(completion, platform, log_type)), log: String::new() };
        }
        let mut log = live.map_or_else(|| log_text(completion, platform, log_type), |live| live.end(completion));
        let result = match (form, &completion.outcome) {
            (AnswerForm::Line | AnswerForm::Document, _) => line(document(completion, platform, LogType::None)),
            (AnswerForm::Result, Outcome::Returned(result)) => [result, &b"\n"[..]].concat(),
            (AnswerForm::Result | AnswerForm::Nothing, outcome) => {
                // The error document is what a caller would receive, but it is not a result.
                if let Some(error) = outcome.error(&completion.request_id) {
                    log.push_str(error.json());
                    log.push('\n');
                }
                Vec::new()
            }
        };
        Self { result, log }
    }
}

/// Makes the answers of one command, and remembers what is to be known of them at its end.
#[derive(Debug)]
pub struct Answers {
    platform: Platform,
    form: AnswerForm,
    log_type: LogType,
    /// What was shown while the one invocation ran.
    live: Option<Arc<LiveLog>>,
    failed: Option<Outcome>,
    /// Sandboxes that ended, and those of them whose memory was compared with its image.
    sandboxes: u64,
    verified: u64,
}

impl Answers {
    /// For invocations of a function, in this form.
    pub fn new(platform: Platform, form: AnswerForm, log_type: LogType) -> Self {
        Self { platform, form, log_type, live: None, failed: None, sandboxes: 0, verified: 0 }
    }

    /// Somebody who follows the one invocation of a command and shows its log as it comes; what is shown is left out of the
    /// answer. `None` where the log is not shown, or where it is a part of the document.
    pub fn follower(&mut self, show: impl Fn(&str) + Send + Sync + 'static) -> Option<Follower> {
        self.live =
            (self.form != AnswerForm::Document && self.log_type == LogType::All).then(|| Arc::new(LiveLog::new(self.platform.clone())));
        let live = Arc::clone(self.live.as_ref()?);
        Some(Follower::new(move |seen| show(&live.next(seen))))
    }

    /// The answer of an invocation; `is_stopping` says that the program is about to end.
    pub fn next(&mut self, completion: &Completion, is_stopping: bool) -> Answer {
        if let Some(reset) = completion.usage.reset {
            self.sandboxes += 1;
            self.verified += u64::from(reset.verified);
        }
        if self.failed.is_none() && completion.outcome.result().is_none() {
            self.failed = Some(completion.outcome.clone());
        }
        Answer::new(completion, &self.platform, self.form, self.log_type, (self.live.as_deref(), is_stopping))
    }

    /// How the first invocation ended that did not return a result.
    pub fn failed(&self) -> Option<&Outcome> {
        self.failed.as_ref()
    }

    /// What became of the memory of the sandboxes, as a line for the reader.
    pub fn resets(&self) -> String {
        format!(
            "verify-reset: the memory of {} of {} ended sandboxes was compared with its image, without a difference; that of the \
             others was thrown away",
            self.verified, self.sandboxes
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::{completion, platform};
    use super::*;

    #[test]
    fn a_result_is_on_stdout_and_everything_else_beside_it() {
        let answer = |outcome: Outcome, form| Answer::new(&completion(outcome), &platform(), form, LogType::None, (None, false));
        let returned = || Outcome::Returned(b"\xff".to_vec());
        assert_eq!(answer(returned(), AnswerForm::Result), Answer { result: b"\xff\n".to_vec(), log: String::new() });
        assert_eq!(answer(returned(), AnswerForm::Nothing), Answer::default());
        for form in [AnswerForm::Result, AnswerForm::Nothing] {
            let failed = answer(Outcome::Exited(3), form);
            assert!(failed.result.is_empty() && failed.log.starts_with("{\"errorType\"") && failed.log.ends_with("}\n"), "{failed:?}");
        }
        let timeout = completion(Outcome::TimedOut("1".parse().expect("in bounds")));
        for (is_stopping, is_empty) in [(true, true), (false, false)] {
            let answer = Answer::new(&timeout, &platform(), AnswerForm::Line, LogType::None, (None, is_stopping));
            assert_eq!(answer.result.is_empty(), is_empty, "one that the program ended has no result");
        }
        for form in [AnswerForm::Line, AnswerForm::Document] {
            let failed = answer(Outcome::Exited(3), form);
            let document: serde_json::Value = serde_json::from_slice(&failed.result).expect("JSON");
            assert_eq!((document["status"].as_str(), failed.log.as_str()), (Some("exited"), ""));
        }
    }
}
