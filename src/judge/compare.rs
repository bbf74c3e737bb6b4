//! Two JSON values, and where they differ.
//!
//! The order of members does not matter. Numbers are equal when their values are, so `1`, `1.0` and `1e0` are, as in
//! Python and JavaScript; whole numbers are compared to the last digit however long they are, others as the floats that
//! both languages make of them. `true` is no number and `"1"` neither.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;
use serde_json::{Number, Value};

use super::case::{Tolerance, Unordered};
use super::path::{Path, Step};
use super::shown;
pub(super) use crate::text::cut;

/// Differences that are kept of one comparison.
const MAX_DIFFERENCES: usize = 100;
/// Pairs of elements that are compared where order does not matter: a guest decides how long its result is.
const MAX_PAIRS: usize = 25_000_000;
/// Characters that are kept of one value in a difference.
const MAX_SHOWN: usize = 2000;

/// A place where two values differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where: a path, or in words.
    pub path: String,
    /// JSON, a pattern or a line of text; `None` where nothing should be.
    pub expected: Option<String>,
    /// The same; `None` where nothing is.
    pub got: Option<String>,
}

impl Difference {
    /// Its values are cut where they are long.
    pub(super) fn new(path: impl ToString, expected: Option<String>, got: Option<String>) -> Self {
        Self { path: path.to_string(), expected: expected.map(|text| cut(text, MAX_SHOWN)), got: got.map(|text| cut(text, MAX_SHOWN)) }
    }
}

/// How values are compared.
#[derive(Debug, Default)]
pub(super) struct Rules<'a> {
    /// The value may have more than is expected: members of objects, and elements of arrays after the expected ones.
    pub(super) subset: bool,
    pub(super) tolerance: Tolerance,
    pub(super) unordered: Unordered,
    /// What is not looked at.
    pub(super) skip: Vec<&'a Path>,
}

impl Rules<'_> {
    /// Where `got` is not as expected, the root being called `at`.
    pub(super) fn compare(&self, expected: &Value, got: &Value, at: Path) -> Vec<Difference> {
        let mut comparison = Comparison { rules: self, at: at.0, found: Vec::new() };
        comparison.value(expected, got);
        comparison.found
    }
}

struct Comparison<'a> {
    rules: &'a Rules<'a>,
    at: Vec<Step>,
    found: Vec<Difference>,
}

impl Comparison<'_> {
    fn differ(&mut self, expected: Option<&Value>, got: Option<&Value>) {
        if self.found.len() < MAX_DIFFERENCES {
            let path = Path(self.at.clone());
            let (expected, got) = match (expected, got) {
                (Some(Value::String(expected)), Some(Value::String(got))) => {
                    let (expected, got) = shown::strings(expected, got);
                    (Some(expected), Some(got))
                }
                other => (other.0.map(Value::to_string), other.1.map(Value::to_string)),
            };
            self.found.push(Difference::new(path, expected, got));
        }
    }

    /// Something at a place below this one, unless it is not looked at.
    fn below(&mut self, step: Step, expected: Option<&Value>, got: Option<&Value>) {
        self.at.push(step);
        if !self.rules.skip.iter().any(|path| path.names(&self.at)) {
            match (expected, got) {
                (Some(expected), Some(got)) => self.value(expected, got),
                (None, Some(_)) if self.rules.subset => {}
                _ => self.differ(expected, got),
            }
        }
        self.at.pop();
    }

    fn value(&mut self, expected: &Value, got: &Value) {
        match (expected, got) {
            (Value::Object(expected), Value::Object(got)) => {
                for (key, value) in expected {
                    self.below(Step::Key(key.clone()), Some(value), got.get(key));
                }
                for (key, value) in got.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                    self.below(Step::Key(key.clone()), None, Some(value));
                }
            }
            (Value::Array(expected), Value::Array(got)) => {
                if self.rules.unordered.names(&self.at) {
                    return self.unordered(expected, got);
                }
                for i in 0..expected.len().max(got.len()) {
                    self.below(Step::Index(i), expected.get(i), got.get(i));
                }
            }
            (Value::Number(a), Value::Number(b)) if numbers_equal(a, b) || self.rules.tolerance.allows(a, b) => {}
            _ if expected == got => {}
            _ => self.differ(Some(expected), Some(got)),
        }
    }

    /// Every expected element has a partner of its own, and without `subset` none is left over.
    fn unordered(&mut self, expected: &[Value], got: &[Value]) {
        let (missing, surplus) = match self.rules.canonical_below(&self.at) {
            Some(sorted) => by_sorting(expected, got, sorted),
            None if expected.len().saturating_mul(got.len()) > MAX_PAIRS => {
                let note = |count: usize| Some(format!("{count} elements, too many to compare without their order"));
                return self.found.push(Difference::new(Path(self.at.clone()), note(expected.len()), note(got.len())));
            }
            None => self.by_matching(expected, got),
        };
        for i in missing {
            self.at.push(Step::Any);
            self.differ(Some(&expected[i]), None);
            self.at.pop();
        }
        for i in surplus {
            self.below(Step::Index(i), None, Some(&got[i]));
        }
    }

    /// As many pairs as can be had: a partner that is taken is given up when its other half finds another one. Where
    /// elements are equal in more than one way, taking the first that fits would not do.
    fn by_matching(&self, expected: &[Value], got: &[Value]) -> (Vec<usize>, Vec<usize>) {
        let fitting = |expected: &Value| -> Vec<usize> {
            got.iter().enumerate().filter(|(i, got)| self.element_equal(*i, expected, got)).map(|(i, _)| i).collect()
        };
        let fits: Vec<Vec<usize>> = expected.iter().map(fitting).collect();
        let (mut of_expected, mut of_got) = (vec![None; expected.len()], vec![None; got.len()]);
        for root in 0..expected.len() {
            let mut asked_by: Vec<Option<usize>> = vec![None; got.len()];
            let (mut asking, mut free) = (VecDeque::from([root]), None);
            while let (None, Some(one)) = (free, asking.pop_front()) {
                for &candidate in &fits[one] {
                    if asked_by[candidate].is_none() {
                        asked_by[candidate] = Some(one);
                        match of_got[candidate] {
                            None => free = Some(candidate),
                            Some(other) => asking.push_back(other),
                        }
                    }
                }
            }
            // Back to the root: each takes what it asked for, and what it had becomes the one's before.
            while let Some((at, one)) = free.and_then(|at| Some((at, asked_by[at]?))) {
                of_got[at] = Some(one);
                free = of_expected[one].replace(at);
            }
        }
        (without_partner(&of_expected), without_partner(&of_got))
    }

    fn element_equal(&self, index: usize, expected: &Value, got: &Value) -> bool {
        let mut inner = Comparison { rules: self.rules, at: self.at.clone(), found: Vec::new() };
        inner.below(Step::Index(index), Some(expected), Some(got));
        inner.found.is_empty()
    }
}

impl Rules<'_> {
    /// Whether elements of this array are equal exactly when their canonical texts are; then sorting does it, and the
    /// value is whether arrays inside are to be sorted as well.
    fn canonical_below(&self, at: &[Step]) -> Option<bool> {
        let strict = !self.subset && self.skip.is_empty() && self.tolerance == Tolerance::default();
        match &self.unordered {
            Unordered::All(sorted) => strict.then_some(*sorted),
            Unordered::Paths(paths) => (strict && paths.iter().all(|path| path.0.len() <= at.len())).then_some(false),
        }
    }
}

fn without_partner(partners: &[Option<usize>]) -> Vec<usize> {
    (0..partners.len()).filter(|i| partners[*i].is_none()).collect()
}

/// The elements of both that are in one only, each as often as it is there too often.
fn by_sorting(expected: &[Value], got: &[Value], sorted: bool) -> (Vec<usize>, Vec<usize>) {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, value) in got.iter().enumerate().rev() {
        places.entry(canonical(value, sorted)).or_default().push(i);
    }
    let has_none = |value: &Value| places.get_mut(&canonical(value, sorted)).and_then(Vec::pop).is_none();
    let missing = expected.iter().map(has_none).enumerate().filter(|(_, none)| *none).map(|(i, _)| i).collect();
    let mut surplus: Vec<usize> = places.into_values().flatten().collect();
    surplus.sort_unstable();
    (missing, surplus)
}

/// A text that two values share exactly when they are equal; with `sorted`, when they are but for the order of arrays.
fn canonical(value: &Value, sorted: bool) -> String {
    match value {
        Value::Number(number) => canonical_number(number),
        Value::Array(elements) => {
            let mut texts: Vec<String> = elements.iter().map(|element| canonical(element, sorted)).collect();
            if sorted {
                texts.sort_unstable();
            }
            format!("[{}]", texts.join(","))
        }
        Value::Object(members) => {
            let text = |(key, value): (&String, &Value)| format!("{}:{}", Value::from(key.as_str()), canonical(value, sorted));
            let mut texts: Vec<String> = members.iter().map(text).collect();
            texts.sort_unstable();
            format!("{{{}}}", texts.join(","))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}

fn numbers_equal(a: &Number, b: &Number) -> bool {
    a == b || canonical_number(a) == canonical_number(b)
}

/// Its digits without zeroes at the ends, and the power of ten of the last one.
fn canonical_number(number: &Number) -> String {
    let text = number.to_string();
    // A fraction or an exponent makes it a float, in Python and elsewhere.
    let float = text.contains(['.', 'e', 'E']).then(|| text.parse::<f64>().ok()).flatten().filter(|float| float.is_finite());
    let text = float.map_or(text, |float| format!("{float:e}"));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return "0".into();
    }
    let scale = i128::try_from(digits.len() - kept.len()).unwrap_or(0) - i128::try_from(fraction.len()).unwrap_or(0);
    match exponent.parse::<i64>() {
        Ok(exponent) => format!("{sign}{kept}e{}", i128::from(exponent) + scale),
        Err(_) => text, // an exponent that nobody can count to
    }
}

impl Tolerance {
    fn allows(&self, expected: &Number, got: &Number) -> bool {
        if *self == Self::default() {
            return false; // whole numbers may differ and be the same float
        }
        match (expected.as_f64(), got.as_f64()) {
            (Some(expected), Some(got)) => {
                let difference = (expected - got).abs();
                difference <= self.abs || difference <= self.rel * expected.abs()
            }
            _ => false,
        }
    }
}

impl Unordered {
    fn names(&self, place: &[Step]) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Paths(paths) => paths.iter().any(|path| path.names(place)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn parse(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    fn paths(rules: &Rules<'_>, expected: &str, got: &str) -> Vec<String> {
        rules.compare(&parse(expected), &parse(got), Path::default()).into_iter().map(|difference| difference.path).collect()
    }

    #[test]
    fn numbers_are_equal_when_their_values_are() {
        for (a, b, equal) in [
            ("1", "1.0", true),
            ("1", "1e0", true),
            ("100", "1E+2", true),
            ("0", "-0.0", true),
            ("0.1", "0.10", true),
            ("0.1", "0.1000000000000000055", true),
            ("0.3", "0.30000000000000004", false),
            ("123456789012345678901234567890", "123456789012345678901234567891", false),
            ("9007199254740993", "9007199254740992", false),
            ("9007199254740993", "9007199254740992.0", false),
            ("1e400", "1e401", false),
            ("1", "-1", false),
            ("1", "true", false),
            ("1", "\"1\"", false),
            ("10", "1", false),
        ] {
            assert_eq!(paths(&Rules::default(), a, b).is_empty(), equal, "{a} {b}");
            assert_eq!(canonical(&parse(a), false) == canonical(&parse(b), false), equal, "{a} {b}");
        }
    }

    #[test]
    fn every_difference_has_its_place() {
        let expected = r#"{"a": 1, "b": [1, 2, {"c": null}], "gone": 1}"#;
        let got = r#"{"b": [1, 3, {"c": false}, 4], "a": 1, "new": {}}"#;
        assert_eq!(paths(&Rules::default(), expected, got), ["$.b[1]", "$.b[2].c", "$.b[3]", "$.gone", "$.new"]);
        let subset = Rules { subset: true, ..Rules::default() };
        assert_eq!(paths(&subset, expected, got), ["$.b[1]", "$.b[2].c", "$.gone"]);
        assert_eq!(paths(&Rules::default(), "{\"k\": 1}", "{\"k\": 1}"), [""; 0]);
        assert_eq!(paths(&Rules::default(), "[]", "{}"), ["$"]);
    }

    #[test]
    fn a_place_can_be_left_out() {
        let path: Path = "$.items[*].id".parse().expect("a path");
        let rules = Rules { skip: vec![&path], ..Rules::default() };
        let expected = r#"{"items": [{"id": 1, "n": 1}, {"n": 2}, {"id": 3, "n": 3}]}"#;
        let got = r#"{"items": [{"id": 7, "n": 1}, {"id": 8, "n": 2}, {"n": 4}]}"#;
        assert_eq!(paths(&rules, expected, got), ["$.items[2].n"]);
    }

    #[test]
    fn floats_may_be_near() {
        let near = |abs, rel| Rules { tolerance: Tolerance { abs, rel }, ..Rules::default() };
        assert!(paths(&near(0.0, 1e-9), "[0.3, 100]", "[0.30000000000000004, 100]").is_empty());
        assert_eq!(paths(&near(0.5, 0.0), "[1, 1, 1]", "[1.5, 1.51, 0.5]"), ["$[1]"]);
        assert_eq!(paths(&near(0.0, 0.1), "[100, 100, 0]", "[110, 111, 0.001]"), ["$[1]", "$[2]"]);
        assert_eq!(paths(&near(1.0, 1.0), "[1]", "[\"1\"]"), ["$[0]"]);
    }

    #[test]
    fn arrays_without_order() {
        let all = Rules { unordered: Unordered::All(true), ..Rules::default() };
        assert!(paths(&all, "[1, [2, 3], {\"a\": [4, 5]}]", "[{\"a\": [5, 4.0]}, 1, [3, 2]]").is_empty());
        assert_eq!(paths(&all, "[1, 1, 2]", "[1, 2, 2]"), ["$[*]", "$[2]"]);
        assert_eq!(paths(&all, "[1]", "[1, 1]"), ["$[1]"]);
        let some = Rules { unordered: Unordered::Paths(vec!["$.a".parse().expect("a path")]), ..Rules::default() };
        assert_eq!(paths(&some, r#"{"a": [1, 2], "b": [1, 2]}"#, r#"{"a": [2, 1], "b": [2, 1]}"#), ["$.b[0]", "$.b[1]"]);
        assert_eq!(paths(&some, r#"{"a": [[1, 2]]}"#, r#"{"a": [[2, 1]]}"#), ["$.a[*]", "$.a[0]"]);
    }

    #[test]
    fn partners_are_given_up_for_others() {
        // 1.0 fits both, 1.4 fits the second only: taking the first that fits would leave 1.4 alone.
        let rules = Rules { unordered: Unordered::All(true), tolerance: Tolerance { abs: 0.5, rel: 0.0 }, ..Rules::default() };
        assert!(paths(&rules, "[1.3, 1.0, 1.7]", "[1.5, 1.2, 0.8]").is_empty());
        let subset = Rules { unordered: Unordered::All(true), subset: true, ..Rules::default() };
        assert!(paths(&subset, r#"[{"a": 1}, {"a": 1, "b": 2}]"#, r#"[{"a": 1, "b": 2}, {"a": 1, "c": 3}, 7]"#).is_empty());
        assert_eq!(paths(&subset, r#"[{"a": 1}, {"b": 2}]"#, r#"[{"a": 1, "b": 2}, {"c": 3}]"#).len(), 1);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let many: Vec<u32> = (0..10_000).collect();
        let found = Rules::default().compare(&json!(many), &json!(["x".repeat(100_000)]), Path::default());
        assert_eq!(found.len(), MAX_DIFFERENCES);
        let got = found[0].got.as_ref().expect("something");
        assert!(got.len() < 2100 && got.ends_with("... (100002 characters)"), "{got}");
        let rules = Rules { unordered: Unordered::All(true), subset: true, ..Rules::default() };
        let found = rules.compare(&json!(many), &json!(many), Path::default());
        assert!(found[0].got.as_ref().is_some_and(|text| text.contains("too many")), "{found:?}");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3..3_i64).prop_map(Value::from),
            (-3..3_i64).prop_map(|n| serde_json::from_str(&format!("{n}.0")).expect("a number")),
            "[ab]{0,1}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[ab]", inner, 0..3).prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn comparing_is_symmetric_and_agrees_with_the_canonical_text(a in value(), b in value()) {
            let rules = Rules::default();
            let equal = rules.compare(&a, &b, Path::default()).is_empty();
            prop_assert_eq!(equal, rules.compare(&b, &a, Path::default()).is_empty());
            prop_assert_eq!(equal, canonical(&a, false) == canonical(&b, false));
            prop_assert!(rules.compare(&a, &a, Path::default()).is_empty());
        }

        #[test]
        fn sorting_and_matching_agree(a in proptest::collection::vec(value(), 0..6), b in proptest::collection::vec(value(), 0..6)) {
            let rules = Rules { unordered: Unordered::All(true), ..Rules::default() };
            let comparison = Comparison { rules: &rules, at: Vec::new(), found: Vec::new() };
            let (missing, surplus) = comparison.by_matching(&a, &b);
            let sorted = by_sorting(&a, &b, true);
            prop_assert_eq!((missing.len(), surplus.len()), (sorted.0.len(), sorted.1.len()));
        }

        #[test]
        fn a_shuffled_array_is_equal(a in proptest::collection::vec(value(), 0..8), turn in 0_usize..8) {
            let mut b = a.clone();
            b.rotate_left(turn.min(a.len()));
            let rules = Rules { unordered: Unordered::All(true), ..Rules::default() };
            prop_assert!(rules.compare(&Value::from(a), &Value::from(b), Path::default()).is_empty());
        }
    }
}
