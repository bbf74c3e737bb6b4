//! What a caller at a command line gets for an invocation: what belongs on stdout, and what on stderr.

use super::{LiveLog, LogType, Platform, document, log_text};
use crate::function::{Completion, Outcome};

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
