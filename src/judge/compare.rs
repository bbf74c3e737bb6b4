//! Two JSON values, and where they differ.
//!
//! The order of members does not matter. Numbers are equal when their values are, so `1`, `1.0` and `1e0` are, as in
//! Python and JavaScript; whole numbers are compared to the last digit however long they are, others as the floats that
//! both languages make of them. `true` is no number and `"1"` neither.
//!
//! One of the two values is a guest's, so nothing here grows with what it holds: differences are counted and the first ones
//! kept, each step is paid from a [`Budget`].

use std::collections::VecDeque;

use serde::Serialize;

use super::budget::Budget;
use super::case::{Distance, Tolerance, Unordered};
use super::json::{Json, JsonKind, View};
use super::path::{Path, Step};
use super::shown::strings;
pub(super) use crate::text::cut;

/// Differences that are kept of one case.
const MAX_DIFFERENCES: usize = 100;
/// Pairs of elements that are compared where order does not matter and no sorting helps: 5,000 with 5,000.
const MAX_PAIRS: usize = 25_000_000;
/// Characters, and bytes, that are kept of one value in a difference; with the path it has less than 8 KB.
const MAX_SHOWN: usize = 2000;
const MAX_SHOWN_BYTES: usize = 3500;
/// Bytes that are kept of its path.
const MAX_PATH_BYTES: usize = 900;

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
    /// Its texts are cut where they are long.
    pub(super) fn new(path: impl ToString, expected: Option<String>, got: Option<String>) -> Self {
        let cut = |text: String| cut_bytes(cut(text, MAX_SHOWN), MAX_SHOWN_BYTES);
        Self { path: cut_bytes(path.to_string(), MAX_PATH_BYTES), expected: expected.map(cut), got: got.map(cut) }
    }
}

/// The places where a result differs: the first 100, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    kept: Vec<Difference>,
    count: u64,
}

impl Differences {
    /// Counts one, and makes it if it is kept.
    pub(super) fn add(&mut self, make: impl FnOnce() -> Difference) {
        self.count += 1;
        if self.kept.len() < MAX_DIFFERENCES {
            self.kept.push(make());
        }
    }

    /// The first ones, 100 at most.
    pub fn kept(&self) -> &[Difference] {
        &self.kept
    }

    /// How many there are, kept or not.
    pub fn count(&self) -> u64 {
        self.count
    }
}

fn cut_bytes(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push_str("...");
    }
    text
}

/// A value as a difference shows it. Of a long one no more is written than is shown.
pub(super) fn shown(value: View<'_>) -> String {
    let (text, whole) = value.compact(4 * MAX_SHOWN);
    // Room for the number of characters, so that it is not cut in its turn.
    match (whole, text.char_indices().nth(MAX_SHOWN - 40)) {
        (true, _) => text,
        // Its characters are counted as they were written.
        (false, end) => {
            let end = end.map_or(text.len(), |(end, _)| end).min(MAX_SHOWN_BYTES - 40);
            let start = &text[..text.floor_char_boundary(end)];
            format!("{start}... ({} characters)", value.text().chars().count())
        }
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
    /// Adds where `got` is not as expected, the root being called `at`. What is found when the budget ends is not all.
    pub(super) fn compare(&self, expected: View<'_>, got: View<'_>, at: Path, budget: &Budget<'_>, found: &mut Differences) {
        Comparison { rules: self, at: at.0, budget, found: Some(found), differs: false }.value(expected, got);
    }

    /// Refuses what no result could be compared with: an array whose order does not matter, so long that comparing it with
    /// one of the same length would take too many pairs.
    pub(super) fn check(&self, expected: &Json) -> Result<(), String> {
        self.check_below(expected.root(), &mut Vec::new())
    }

    fn check_below(&self, value: View<'_>, at: &mut Vec<Step>) -> Result<(), String> {
        if self.unordered == Unordered::All(false) {
            return Ok(());
        }
        if self.unordered.names(at) && self.canonical_below(at).is_none() {
            let count = value.elements().count();
            if count.saturating_mul(count) > MAX_PAIRS {
                let place = cut_bytes(Path(at.clone()).to_string(), MAX_PATH_BYTES);
                return Err(format!(
                    "{place} has {count} elements, too many to compare without their order: at most {MAX_PAIRS} pairs are, unless \
                     nothing but the order may differ (no tolerance, subset, matches, types or ignore)"
                ));
            }
        }
        let mut below = |step: Step, value: View<'_>| {
            at.push(step);
            let checked = self.check_below(value, at);
            at.pop();
            checked
        };
        value.elements().enumerate().try_for_each(|(i, element)| below(Step::Index(i), element))?;
        value.members().iter().try_for_each(|(key, member)| below(Step::Key(key.to_owned()), member))
    }
}

struct Comparison<'a> {
    rules: &'a Rules<'a>,
    at: Vec<Step>,
    budget: &'a Budget<'a>,
    /// `None` where only the answer counts: then the first difference ends it.
    found: Option<&'a mut Differences>,
    differs: bool,
}

impl Comparison<'_> {
    fn differ(&mut self, expected: Option<View<'_>>, got: Option<View<'_>>) {
        self.differs = true;
        if let Some(found) = &mut self.found {
            let at = &self.at;
            found.add(|| {
                let short = |view: View<'_>| Some(view.string()?.into_owned()).filter(|text| text.len() <= MAX_SHOWN_BYTES);
                let (expected, got) = match (expected.and_then(short), got.and_then(short)) {
                    (Some(expected), Some(got)) => {
                        let (expected, got) = strings(&expected, &got);
                        (Some(expected), Some(got))
                    }
                    _ => (expected.map(shown), got.map(shown)),
                };
                Difference::new(Path(at.clone()), expected, got)
            });
        }
    }

    /// Whether there is nothing more to find out.
    fn is_over(&self) -> bool {
        self.budget.ended().is_some() || self.differs && self.found.is_none()
    }

    /// Something at a place below this one, unless it is not looked at.
    fn below(&mut self, step: Step, expected: Option<View<'_>>, got: Option<View<'_>>) {
        if self.is_over() || !self.budget.spend(1 + self.rules.skip.len() as u64) {
            return;
        }
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

    fn value(&mut self, expected: View<'_>, got: View<'_>) {
        let kind = expected.kind();
        match (kind, got.kind()) {
            (JsonKind::Object, JsonKind::Object) => {
                let (expected, got) = (expected.members(), got.members());
                if !self.budget.spend((expected.len() + got.len()) as u64) {
                    return;
                }
                for (key, value) in expected.iter() {
                    self.below(Step::Key(key.to_owned()), Some(value), got.get(key));
                }
                for (key, value) in got.iter().filter(|(key, _)| expected.get(key).is_none()) {
                    self.below(Step::Key(key.to_owned()), None, Some(value));
                }
            }
            (JsonKind::Array, JsonKind::Array) => {
                if self.rules.unordered.names(&self.at) {
                    return self.unordered(expected, got);
                }
                let (mut expected, mut got) = (expected.elements(), got.elements());
                for i in 0.. {
                    let (expected, got) = (expected.next(), got.next());
                    if expected.is_none() && got.is_none() || self.is_over() {
                        break;
                    }
                    self.below(Step::Index(i), expected, got);
                }
            }
            (JsonKind::Number, JsonKind::Number) => {
                let (a, b) = (expected.text(), got.text());
                let paid = self.budget.spend_text(a.len() + b.len()) && self.budget.spend(self.rules.tolerance.places.len() as u64);
                if paid && a != b && !numbers_equal(a, b) && !self.rules.tolerance.at(&self.at).allows(a, b) {
                    self.differ(Some(expected), Some(got));
                }
            }
            (JsonKind::String, JsonKind::String) => {
                let paid = self.budget.spend_text(expected.text().len() + got.text().len());
                if paid && expected.text() != got.text() && expected.string() != got.string() {
                    self.differ(Some(expected), Some(got));
                }
            }
            (JsonKind::Null, JsonKind::Null) => {}
            (JsonKind::Boolean, JsonKind::Boolean) if expected.text() == got.text() => {}
            _ => self.differ(Some(expected), Some(got)),
        }
    }

    /// Every expected element has a partner of its own, and without `subset` none is left over.
    fn unordered(&mut self, expected: View<'_>, got: View<'_>) {
        let (expected, got): (Vec<View<'_>>, Vec<View<'_>>) = (expected.elements().collect(), got.elements().collect());
        let (missing, surplus) = match self.rules.canonical_below(&self.at) {
            Some(sorted) => by_sorting(&expected, &got, sorted, self.budget),
            None if expected.len().saturating_mul(got.len()) > MAX_PAIRS => {
                self.differs = true;
                let note = |count: usize| Some(format!("{count} elements, too many to compare without their order"));
                if let Some(found) = &mut self.found {
                    let at = &self.at;
                    found.add(|| Difference::new(Path(at.clone()), note(expected.len()), note(got.len())));
                }
                return;
            }
            None => self.by_matching(&expected, &got),
        };
        for i in missing {
            self.at.push(Step::Any);
            self.differ(Some(expected[i]), None);
            self.at.pop();
        }
        for i in surplus {
            self.below(Step::Index(i), None, Some(got[i]));
        }
    }

    /// As many pairs as can be had: a partner that is taken is given up when its other half finds another one. Where
    /// elements are equal in more than one way, taking the first that fits would not do.
    fn by_matching(&self, expected: &[View<'_>], got: &[View<'_>]) -> (Vec<usize>, Vec<usize>) {
        let mut fits = Fits {
            comparison: self,
            expected,
            got,
            known: Bits::new(expected.len() * got.len()),
            equal: Bits::new(expected.len() * got.len()),
        };
        let (mut of_expected, mut of_got) = (vec![None; expected.len()], vec![None; got.len()]);
        // Most results have their elements where they are expected, so that one is asked first.
        for i in 0..expected.len().min(got.len()) {
            if fits.ask(i, i) {
                (of_expected[i], of_got[i]) = (Some(i), Some(i));
            }
        }
        for (i, taken) in of_expected.iter_mut().enumerate() {
            if taken.is_none()
                && let Some(j) = (0..got.len()).find(|j| of_got[*j].is_none() && fits.ask(i, *j))
            {
                (*taken, of_got[j]) = (Some(j), Some(i));
            }
        }
        // Who was asked in a search that failed can help nobody any more: no way from there leads to one who is free.
        let mut is_spent = vec![false; got.len()];
        let mut asked_by: Vec<Option<usize>> = vec![None; got.len()];
        for root in 0..expected.len() {
            if of_expected[root].is_some() || self.budget.ended().is_some() {
                continue;
            }
            let (mut asking, mut asked, mut free) = (VecDeque::from([root]), Vec::new(), None);
            'search: while let Some(i) = asking.pop_front() {
                // Passing one by is cheap, but there can be thousands of millions to pass.
                if !self.budget.spend(1 + got.len() as u64 / 16) {
                    break;
                }
                for j in 0..got.len() {
                    if is_spent[j] || asked_by[j].is_some() || !fits.ask(i, j) {
                        continue;
                    }
                    asked_by[j] = Some(i);
                    asked.push(j);
                    match of_got[j] {
                        None => {
                            free = Some(j);
                            break 'search;
                        }
                        Some(other) => asking.push_back(other),
                    }
                }
            }
            asked.iter().for_each(|j| is_spent[*j] |= free.is_none());
            // Back along the way: each takes the one that it asked and gives up the one that it had.
            while let Some(at) = free {
                let Some(one) = asked_by[at] else { break };
                of_got[at] = Some(one);
                free = of_expected[one].replace(at);
            }
            asked.iter().for_each(|j| asked_by[*j] = None);
        }
        (without_partner(&of_expected), without_partner(&of_got))
    }

    fn element_equal(&self, index: usize, expected: View<'_>, got: View<'_>) -> bool {
        let mut inner = Comparison { rules: self.rules, at: self.at.clone(), budget: self.budget, found: None, differs: false };
        inner.below(Step::Index(index), Some(expected), Some(got));
        !inner.differs && self.budget.ended().is_none()
    }
}

/// Which elements are equal to which, found out when it is asked.
struct Fits<'a> {
    comparison: &'a Comparison<'a>,
    expected: &'a [View<'a>],
    got: &'a [View<'a>],
    known: Bits,
    equal: Bits,
}

impl Fits<'_> {
    fn ask(&mut self, i: usize, j: usize) -> bool {
        let pair = i * self.got.len() + j;
        if !self.comparison.budget.spend(1) {
            return false;
        }
        if !self.known.get(pair) {
            self.known.set(pair);
            if self.comparison.element_equal(j, self.expected[i], self.got[j]) {
                self.equal.set(pair);
            }
        }
        self.equal.get(pair)
    }
}

/// A bit for each pair: there can be millions.
struct Bits(Vec<u64>);

impl Bits {
    fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }
    fn get(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }
    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
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

/// The canonical texts of elements, one after the other in one text, and in which order they sort.
struct Sorted {
    text: String,
    ends: Vec<u32>,
    order: Vec<u32>,
}

impl Sorted {
    fn new(elements: &[View<'_>], sorted: bool, budget: &Budget<'_>) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::with_capacity(elements.len()));
        for element in elements {
            // What sorting will take is paid here: comparing a text with some twenty others.
            if !budget.spend_text(20 * element.text().len()) {
                break;
            }
            canonical(*element, sorted, &mut text);
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        let mut order: Vec<u32> = (0..).take(ends.len()).collect();
        let part = |i: u32| Self::part(&text, &ends, i);
        order.sort_unstable_by(|a, b| part(*a).cmp(part(*b)).then(a.cmp(b)));
        Self { text, ends, order }
    }

    fn part<'t>(text: &'t str, ends: &[u32], i: u32) -> &'t str {
        let i = i as usize;
        let start = i.checked_sub(1).map_or(0, |before| ends[before]);
        &text[start as usize..ends[i] as usize]
    }

    fn get(&self, place: usize) -> Option<(&str, usize)> {
        let i = *self.order.get(place)?;
        Some((Self::part(&self.text, &self.ends, i), i as usize))
    }
}

/// The elements of both that are in one only, each as often as it is there too often.
fn by_sorting(expected: &[View<'_>], got: &[View<'_>], sorted: bool, budget: &Budget<'_>) -> (Vec<usize>, Vec<usize>) {
    let (left, right) = (Sorted::new(expected, sorted, budget), Sorted::new(got, sorted, budget));
    let (mut missing, mut surplus) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    loop {
        let order = match (left.get(i), right.get(j)) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        if order.is_lt() {
            missing.extend(left.get(i).map(|(_, at)| at));
        } else if order.is_gt() {
            surplus.extend(right.get(j).map(|(_, at)| at));
        }
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
    }
    missing.sort_unstable();
    surplus.sort_unstable();
    (missing, surplus)
}

/// Adds a text that two values share exactly when they are equal; with `sorted`, when they are but for the order of arrays.
fn canonical(value: View<'_>, sorted: bool, out: &mut String) {
    let listed = |out: &mut String, texts: &[String], brackets: [char; 2]| {
        out.push(brackets[0]);
        for (i, text) in texts.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            out.push_str(text);
        }
        out.push(brackets[1]);
    };
    match value.kind() {
        JsonKind::Number => out.push_str(&canonical_number(value.text())),
        JsonKind::Array if sorted => {
            let mut texts: Vec<String> = value.elements().map(|element| canonical_of(element, sorted)).collect();
            texts.sort_unstable();
            listed(out, &texts, ['[', ']']);
        }
        JsonKind::Array => {
            out.push('[');
            for (i, element) in value.elements().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                canonical(element, sorted, out);
            }
            out.push(']');
        }
        JsonKind::Object => {
            let members = value.members();
            let text = |(key, value): (&str, View<'_>)| format!("{}:{}", serde_json::Value::from(key), canonical_of(value, sorted));
            let mut texts: Vec<String> = members.iter().map(text).collect();
            texts.sort_unstable();
            listed(out, &texts, ['{', '}']);
        }
        JsonKind::Null | JsonKind::Boolean | JsonKind::String => out.push_str(&value.compact(usize::MAX).0),
    }
}

fn canonical_of(value: View<'_>, sorted: bool) -> String {
    let mut text = String::new();
    canonical(value, sorted, &mut text);
    text
}

fn numbers_equal(a: &str, b: &str) -> bool {
    a == b || canonical_number(a) == canonical_number(b)
}

/// Its digits without zeroes at the ends, and the power of ten of the last one.
fn canonical_number(text: &str) -> String {
    // A fraction or an exponent makes it a float, in Python and elsewhere.
    let float = text.contains(['.', 'e', 'E']).then(|| text.parse::<f64>().ok()).flatten().filter(|float| float.is_finite());
    let text = float.map_or_else(|| text.to_owned(), |float| format!("{float:e}"));
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

/// A number as a float; `None` when none is that large.
pub(super) fn float(text: &str) -> Option<f64> {
    text.parse().ok().filter(|float: &f64| float.is_finite())
}

impl Tolerance {
    /// The distance that is allowed at a place: that of the first path that names it, or else the one that is for all.
    fn at(&self, place: &[Step]) -> Distance {
        self.places.iter().find(|(path, _)| path.names(place)).map_or(self.everywhere, |(_, distance)| *distance)
    }
}

impl Distance {
    fn allows(&self, expected: &str, got: &str) -> bool {
        if *self == Self::default() {
            return false; // whole numbers may differ and be the same float
        }
        match (float(expected), float(got)) {
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

    fn parse(text: &str) -> Json {
        Json::parse(text.as_bytes()).expect("JSON")
    }

    fn compare(rules: &Rules<'_>, expected: &Json, got: &Json) -> Differences {
        let (budget, mut found) = (Budget::new(None), Differences::default());
        rules.compare(expected.root(), got.root(), Path::default(), &budget, &mut found);
        assert_eq!(budget.ended(), None);
        found
    }

    fn paths(rules: &Rules<'_>, expected: &str, got: &str) -> Vec<String> {
        compare(rules, &parse(expected), &parse(got)).kept.into_iter().map(|difference| difference.path).collect()
    }

    fn of(value: &serde_json::Value) -> Json {
        parse(&value.to_string())
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
            assert_eq!(canonical_of(parse(a).root(), false) == canonical_of(parse(b).root(), false), equal, "{a} {b}");
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

    fn everywhere(abs: f64, rel: f64) -> Tolerance {
        Tolerance { everywhere: Distance { abs, rel }, ..Tolerance::default() }
    }

    #[test]
    fn places_may_have_a_distance_of_their_own() {
        let tolerance: Tolerance =
            serde_json::from_str(r#"{"abs": 0.5, "$.mean": 1e-6, "$.items[*].x": {"rel": 0.1}}"#).expect("a tolerance");
        let rules = Rules { tolerance, ..Rules::default() };
        let expected = r#"{"mean": 1000000, "n": 1, "items": [{"x": 100, "y": 100}]}"#;
        assert!(paths(&rules, expected, r#"{"mean": 1000000.9, "n": 1.5, "items": [{"x": 110, "y": 100.5}]}"#).is_empty());
        let wrong = r#"{"mean": 1000001.1, "n": 1.51, "items": [{"x": 110.1, "y": 100.6}]}"#;
        assert_eq!(paths(&rules, expected, wrong), ["$.mean", "$.n", "$.items[0].x", "$.items[0].y"]);
        for (text, reason) in [
            ("0.1", "expected a tolerance as"),
            (r#"{"$.a": -1}"#, "the tolerance is -1, but must be 0 or more"),
            (r#"{"abs": "1"}"#, "the tolerance is \"1\", but must be 0 or more"),
            (r#"{"mean": 1}"#, "unknown field `mean`, expected `abs`, `rel`, or a path such as $.mean"),
            (r#"{"$.a": {"absolute": 1}}"#, "unknown field `absolute`, expected `abs` or `rel`"),
            (r#"{"$.[": 1}"#, "$.["),
        ] {
            let error = serde_json::from_str::<Tolerance>(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn floats_may_be_near() {
        let near = |abs, rel| Rules { tolerance: everywhere(abs, rel), ..Rules::default() };
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
        let rules = Rules { unordered: Unordered::All(true), tolerance: everywhere(0.5, 0.0), ..Rules::default() };
        assert!(paths(&rules, "[1.3, 1.0, 1.7]", "[1.5, 1.2, 0.8]").is_empty());
        let subset = Rules { unordered: Unordered::All(true), subset: true, ..Rules::default() };
        assert!(paths(&subset, r#"[{"a": 1}, {"a": 1, "b": 2}]"#, r#"[{"a": 1, "b": 2}, {"a": 1, "c": 3}, 7]"#).is_empty());
        assert_eq!(paths(&subset, r#"[{"a": 1}, {"b": 2}]"#, r#"[{"a": 1, "b": 2}, {"c": 3}]"#).len(), 1);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_rest_counted() {
        let many: Vec<u32> = (0..10_000).collect();
        let found = compare(&Rules::default(), &of(&json!(many)), &of(&json!(["x".repeat(100_000)])));
        assert_eq!((found.kept().len(), found.count()), (MAX_DIFFERENCES, 10_000));
        let got = found.kept()[0].got.as_ref().expect("something");
        assert!(got.len() < 2100 && got.ends_with("... (100002 characters)"), "{}", &got[got.len() - 100..]);
        let rules = Rules { unordered: Unordered::All(true), subset: true, ..Rules::default() };
        let found = compare(&rules, &of(&json!(many)), &of(&json!(many)));
        assert!(found.kept()[0].got.as_ref().is_some_and(|text| text.contains("too many")), "{found:?}");
        assert!(rules.check(&of(&json!(many))).expect_err("no result can do").starts_with("$ has 10000 elements, too many"));
        assert_eq!(Rules { unordered: Unordered::All(true), ..Rules::default() }.check(&of(&json!(many))), Ok(()), "sorting does it");
        // Long keys, and characters of four bytes.
        let long = json!({"\u{10ffff}".repeat(50_000): "\u{10ffff}".repeat(50_000)});
        for (a, b) in [(json!({}), long.clone()), (long, json!([]))] {
            let found = compare(&Rules::default(), &of(&a), &of(&b));
            let Difference { path, expected, got } = &found.kept()[0];
            let size = path.len() + expected.as_ref().map_or(0, String::len) + got.as_ref().map_or(0, String::len);
            assert!(size < 8192, "{size}");
        }
    }

    #[test]
    fn a_search_without_an_end_is_ended() {
        // Each one of the expected fits each of the first half, so a search that fails goes through all of it.
        let expected = of(&json!(vec![1.0; 3000]));
        let got = of(&json!([vec![json!(1.0); 1500], vec![json!("x"); 1500]].concat()));
        let rules = Rules { unordered: Unordered::All(true), tolerance: everywhere(0.5, 0.0), ..Rules::default() };
        let found = compare(&rules, &expected, &got);
        assert_eq!(found.count(), 3000, "1,500 without a partner on either side");
        let stop = std::sync::atomic::AtomicBool::new(true);
        let (budget, mut found) = (Budget::new(Some(&stop)), Differences::default());
        rules.compare(expected.root(), got.root(), Path::default(), &budget, &mut found);
        assert_eq!(budget.ended(), Some(crate::judge::budget::Ended::Stopped));
    }

    use serde_json::Value;

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
            let (rules, a, b) = (Rules::default(), of(&a), of(&b));
            let equal = compare(&rules, &a, &b).count() == 0;
            prop_assert_eq!(equal, compare(&rules, &b, &a).count() == 0);
            prop_assert_eq!(equal, canonical_of(a.root(), false) == canonical_of(b.root(), false));
            prop_assert_eq!(compare(&rules, &a, &a).count(), 0);
        }

        #[test]
        fn sorting_and_matching_agree(a in proptest::collection::vec(value(), 0..6), b in proptest::collection::vec(value(), 0..6)) {
            let rules = Rules { unordered: Unordered::All(true), ..Rules::default() };
            let (budget, a, b) = (Budget::new(None), of(&a.into()), of(&b.into()));
            let comparison = Comparison { rules: &rules, at: Vec::new(), budget: &budget, found: None, differs: false };
            let (a, b): (Vec<View<'_>>, Vec<View<'_>>) = (a.root().elements().collect(), b.root().elements().collect());
            let (missing, surplus) = comparison.by_matching(&a, &b);
            let sorted = by_sorting(&a, &b, true, &budget);
            prop_assert_eq!((missing.len(), surplus.len()), (sorted.0.len(), sorted.1.len()));
        }

        #[test]
        fn a_shuffled_array_is_equal(a in proptest::collection::vec(value(), 0..8), turn in 0_usize..8) {
            let mut b = a.clone();
            b.rotate_left(turn.min(a.len()));
            let rules = Rules { unordered: Unordered::All(true), ..Rules::default() };
            prop_assert_eq!(compare(&rules, &of(&a.into()), &of(&b.into())).count(), 0);
        }
    }
}
