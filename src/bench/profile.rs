//! Where a handler's operators go: the call tree that the guest's half (`profile.py`) tells, and what is made of it.
//!
//! Operators are counted, not sampled, so the same handler and event give the same profile on every machine. The profiler's
//! own are taken off; [`Profile::overhead`] says how many they were, and [`Profile::told`] how much of the handler is told.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

/// The guest's half, with a place for the handler's name.
const SOURCE: &str = include_str!("profile.py");
/// Whose module this is in the guest.
pub const MODULE: &str = "wasmlam_profile";

/// Calls in one another that are kept. What is deeper is counted in one node with the name [`CUT`].
const MAX_DEPTH: usize = 1000;
/// Depths of all nodes that are kept, added up: a file of stacks has a line with all names above it for each node.
const MAX_STEPS: usize = 1_000_000;
/// Bytes of a name.
const MAX_NAME: usize = 200;
/// What stands for all that is left out at one place.
const CUT: &str = "(more calls)";

/// A profile of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    names: Vec<String>,
    nodes: Vec<Node>,
    events: u64,
    taken_off: u64,
    /// Operators of the call without a profile.
    fuel: u64,
    /// And with it.
    profiled_fuel: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    parent: usize,
    name: usize,
    calls: u64,
    own: u64,
}

#[derive(Deserialize)]
struct Told {
    names: Vec<String>,
    /// Parent, name, calls, own operators; the first is what is above the handler.
    nodes: Vec<(i64, i64, u64, u64)>,
    events: u64,
    taken_off: u64,
}

/// A call tree as far as it is kept: the function's own code has told of it, so neither its depth nor its size is bounded.
struct Tree {
    nodes: Vec<Node>,
    /// Of each node, the one above the handler included.
    depths: Vec<usize>,
    /// The number of [`CUT`] among the names.
    cut: usize,
    /// Below which nodes something is left out, and the node that stands for it.
    marks: HashMap<usize, usize>,
    steps: usize,
}

impl Tree {
    /// Adds a node, or counts it where something is left out; its place.
    fn add(&mut self, node: Node) -> usize {
        let depth = self.depths[node.parent] + 1;
        let is_below_a_cut = node.parent.checked_sub(1).is_some_and(|parent| self.nodes[parent].name == self.cut);
        let place = match self.marks.get(&node.parent) {
            _ if is_below_a_cut => node.parent,
            _ if depth < MAX_DEPTH && self.steps + depth <= MAX_STEPS => return self.push(node, depth),
            Some(mark) => *mark,
            None => {
                let (parent, name) = (node.parent, self.cut);
                let mark = self.push(Node { parent, name, calls: 0, own: 0 }, depth);
                self.marks.insert(parent, mark);
                mark
            }
        };
        let mark = &mut self.nodes[place - 1];
        (mark.calls, mark.own) = (mark.calls.saturating_add(node.calls), mark.own.saturating_add(node.own));
        place
    }

    fn push(&mut self, node: Node, depth: usize) -> usize {
        self.steps += depth;
        self.nodes.push(node);
        self.depths.push(depth);
        self.nodes.len()
    }
}

/// A function in the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfiledFunction<'a> {
    /// Qualified name, file and line.
    pub name: &'a str,
    /// How often it was called.
    pub calls: u64,
    /// Operators of its own.
    pub own: u64,
    /// With those of what it called; a recursion counts once.
    pub total: u64,
}

/// What came from the guest is no call tree.
#[derive(Debug, thiserror::Error)]
#[error("the profile is damaged: {0}")]
pub struct ProfileError(String);

/// The source of the module that profiles this handler.
pub fn source(handler: &str) -> String {
    SOURCE.replace("{{HANDLER}}", handler)
}

impl Profile {
    /// Checks what the guest told: it is the function's own code that ran there. `fuel` is what the call takes without a
    /// profile, `profiled_fuel` with it.
    pub fn read(text: &[u8], fuel: u64, profiled_fuel: u64) -> Result<Self, ProfileError> {
        let told: Told = serde_json::from_slice(text).map_err(|error| ProfileError(error.to_string()))?;
        let mut tree = Tree { nodes: Vec::new(), depths: vec![0], cut: told.names.len(), marks: HashMap::new(), steps: 0 };
        // Where each node that was told of is now.
        let mut places = vec![0];
        for (i, (parent, name, calls, own)) in told.nodes.into_iter().enumerate().skip(1) {
            let parent = usize::try_from(parent).ok().filter(|parent| *parent < i);
            let name = usize::try_from(name).ok().filter(|name| *name < told.names.len());
            let (Some(parent), Some(name)) = (parent, name) else { return Err(ProfileError(format!("node {i}"))) };
            let place = tree.add(Node { parent: places[parent], name, calls, own });
            places.push(place);
        }
        let nodes = tree.nodes;
        let Told { mut names, events, taken_off, .. } = told;
        names.push(CUT.into());
        names.iter_mut().for_each(|name| name.truncate(name.floor_char_boundary(MAX_NAME)));
        Ok(Self { names, nodes, events, taken_off, fuel, profiled_fuel })
    }

    /// Every function, the one with the most operators of its own first.
    pub fn functions(&self) -> Vec<ProfiledFunction<'_>> {
        let mut functions: Vec<ProfiledFunction<'_>> =
            self.names.iter().map(|name| ProfiledFunction { name, calls: 0, own: 0, total: 0 }).collect();
        for (i, (node, total)) in self.nodes.iter().zip(self.totals()).enumerate() {
            let function = &mut functions[node.name];
            function.calls = function.calls.saturating_add(node.calls);
            function.own = function.own.saturating_add(node.own);
            if !self.path(i).skip(1).any(|above| self.nodes[above].name == node.name) {
                function.total = function.total.saturating_add(total);
            }
        }
        functions.retain(|function| function.calls > 0);
        functions.sort_by(|a, b| b.own.cmp(&a.own).then(a.name.cmp(b.name)));
        functions
    }

    /// Operators that the functions take together.
    pub fn told(&self) -> u64 {
        self.nodes.iter().fold(0, |sum, node| sum.saturating_add(node.own))
    }

    /// Operators of the call without a profile: the runtime's, which reads the event and writes the result, included.
    pub fn fuel(&self) -> u64 {
        self.fuel
    }

    /// How many times the operators the call took because of the profile.
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    pub fn overhead(&self) -> f64 {
        self.profiled_fuel as f64 / self.fuel.max(1) as f64
    }

    /// Calls and returns that were seen, and the operators that were taken off for getting to the profiler and back.
    pub fn events(&self) -> (u64, u64) {
        (self.events, self.taken_off)
    }

    /// With those of what is below, for each node. A parent comes before its children.
    fn totals(&self) -> Vec<u64> {
        let mut totals: Vec<u64> = self.nodes.iter().map(|node| node.own).collect();
        for i in (0..self.nodes.len()).rev() {
            if let Some(parent) = self.nodes[i].parent.checked_sub(1) {
                totals[parent] = totals[parent].saturating_add(totals[i]);
            }
        }
        totals
    }

    /// From a node up to the handler.
    fn path(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(node), |node| self.nodes[*node].parent.checked_sub(1))
    }

    fn stack(&self, node: usize) -> Vec<usize> {
        let mut path: Vec<usize> = self.path(node).map(|node| self.nodes[node].name).collect();
        path.reverse();
        path
    }

    /// A line for each stack, names separated by `;`, then its operators: what flamegraph.pl and inferno read.
    pub fn collapsed(&self) -> String {
        let stacks = self.nodes.iter().enumerate().filter(|(_, node)| node.own > 0);
        let line = |(i, node): (usize, &Node)| {
            let names: Vec<String> = self.stack(i).into_iter().map(|name| self.names[name].replace([';', '\n'], ":")).collect();
            format!("{} {}\n", names.join(";"), node.own)
        };
        stacks.map(line).collect()
    }

    /// The file format of speedscope.app: each stack with its operators as weight.
    pub fn speedscope(&self) -> String {
        let stacks: Vec<usize> = (0..self.nodes.len()).filter(|i| self.nodes[*i].own > 0).collect();
        let weights: Vec<u64> = stacks.iter().map(|i| self.nodes[*i].own).collect();
        let frames: Vec<_> = self.names.iter().map(|name| json!({ "name": name })).collect();
        json!({
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "exporter": "wasmlam",
            "shared": { "frames": frames },
            "profiles": [{
                "type": "sampled", "name": "WebAssembly operators", "unit": "none", "startValue": 0,
                "endValue": self.told(),
                "samples": stacks.iter().map(|i| self.stack(*i)).collect::<Vec<_>>(), "weights": weights,
            }],
        })
        .to_string()
    }

    /// For a flame graph: depth, start, operators and name of each box, what lies below a function standing on it.
    pub fn boxes(&self) -> Vec<(usize, u64, u64, &str)> {
        let totals = self.totals();
        let mut boxes = Vec::new();
        // Where the next child of each node begins; index 0 is above the handler.
        let mut next = vec![0_u64; self.nodes.len() + 1];
        let mut depths = vec![0; self.nodes.len() + 1];
        for (i, node) in self.nodes.iter().enumerate() {
            let start = next[node.parent];
            next[node.parent] = start.saturating_add(totals[i]);
            next[i + 1] = start;
            depths[i + 1] = depths[node.parent] + 1;
            boxes.push((depths[node.parent], start, totals[i], self.names[node.name].as_str()));
        }
        boxes
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// handler -> work twice, work -> len; and handler -> handler, a recursion.
    pub(crate) fn sample() -> Profile {
        let text = br#"{"names": ["handler", "work", "len"], "events": 10, "taken_off": 30,
            "nodes": [[-1, -1, 0, 5], [0, 0, 1, 10], [1, 1, 2, 30], [2, 2, 4, 8], [1, 0, 1, 2]]}"#;
        Profile::read(text, 60, 180).expect("a profile")
    }

    #[test]
    fn own_and_total_operators() {
        let profile = sample();
        let function = |name, calls, own, total| ProfiledFunction { name, calls, own, total };
        assert_eq!(profile.functions(), [function("work", 2, 30, 38), function("handler", 2, 12, 50), function("len", 4, 8, 8)]);
        assert_eq!((profile.told(), profile.fuel(), profile.events()), (50, 60, (10, 30)));
        assert!((profile.overhead() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn formats_of_others() {
        let profile = sample();
        assert_eq!(profile.collapsed(), "handler 10\nhandler;work 30\nhandler;work;len 8\nhandler;handler 2\n");
        let speedscope: serde_json::Value = serde_json::from_str(&profile.speedscope()).expect("JSON");
        assert_eq!(speedscope["profiles"][0]["samples"], serde_json::json!([[0], [0, 1], [0, 1, 2], [0, 0]]));
        assert_eq!((&speedscope["profiles"][0]["weights"], &speedscope["profiles"][0]["endValue"]), (&json!([10, 30, 8, 2]), &json!(50)));
        assert_eq!(profile.boxes(), [(0, 0, 50, "handler"), (1, 0, 38, "work"), (2, 0, 8, "len"), (1, 38, 2, "handler")]);
    }

    #[test]
    fn what_is_too_deep_or_too_much_is_cut_with_a_mark() {
        let read = |nodes: Vec<(i64, i64, u64, u64)>| {
            let told = json!({"names": ["f", "x".repeat(5000)], "events": 0, "taken_off": 0, "nodes": nodes});
            Profile::read(told.to_string().as_bytes(), 1, 1).expect("a tree")
        };
        let chain = |length: i64| read(std::iter::once((-1, -1, 0, 0)).chain((0..length).map(|i| (i, i % 2, 1, 1))).collect());
        assert_eq!(chain(999).nodes.len(), 999);
        let deep = chain(120_000);
        assert_eq!((deep.nodes.len(), deep.told()), (1000, 120_000));
        assert_eq!(deep.nodes[999], Node { parent: 999, name: 2, calls: 119_001, own: 119_001 });
        assert!(deep.boxes().len() == 1000 && deep.collapsed().lines().last().is_some_and(|line| line.ends_with("(more calls) 119001")));
        // A comb: each node of a chain has many.
        let comb = (0..900).map(|i| (i, 0, 1, 1)).chain((0..100_000).map(|i| (900 - i % 100, 1, 1, u64::MAX)));
        let comb = read(std::iter::once((-1, -1, 0, 0)).chain(comb).collect());
        assert!(comb.depths().sum::<usize>() <= MAX_STEPS + 100 * MAX_DEPTH, "{}", comb.depths().sum::<usize>());
        assert_eq!(comb.told(), u64::MAX);
    }

    impl Profile {
        fn depths(&self) -> impl Iterator<Item = usize> {
            (0..self.nodes.len()).map(|i| self.path(i).count())
        }
    }

    #[test]
    fn a_tree_that_is_none_is_refused() {
        for nodes in [
            "[[0, 0, 1, 1], [1, 0, 1, 1]]",
            "[[-1, -1, 0, 0], [0, 1, 1, 1]]",
            "[[-1, -1, 0, 0], [-1, 0, 1, 1]]",
            "[[-1, -1, 0, 0], [0, 0, 1, -1]]",
        ] {
            let text = format!(r#"{{"names": ["a"], "events": 0, "taken_off": 0, "nodes": {nodes}}}"#);
            assert!(Profile::read(text.as_bytes(), 1, 1).is_err(), "{nodes}");
        }
        assert!(Profile::read(b"null", 1, 1).is_err());
    }
}
