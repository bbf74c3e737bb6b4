//! The files a guest finds under one of its folders: a read-only tree, shared by every sandbox of a function.
//!
//! Data only. `package` fills trees, `sandbox` shows them to guests; a guest holds numbers of nodes here, never a
//! descriptor or a path of the host.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::sync::{Arc, LazyLock};

/// Number of a node in its tree. The root is [`FileTree::ROOT`].
pub type NodeId = u32;

/// Where a file's bytes are.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory: as it was read, so that a large file is never there twice.
    Bytes(Arc<Vec<u8>>),
    /// A range of a host file that nobody changes: an archive of the interpreter bundle.
    Range {
        /// Opened for reading, shared.
        file: Arc<File>,
        /// First byte.
        offset: u64,
        /// Bytes.
        size: u64,
    },
}

impl Content {
    /// Bytes in the file.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Range { size, .. } => *size,
        }
    }
}

/// A folder, a file or a symbolic link.
#[derive(Debug, Clone)]
pub enum Node {
    /// Names in byte order, so a listing is the same on every machine.
    Folder(BTreeMap<String, NodeId>),
    /// A regular file.
    File(Content),
    /// Its target, as the guest reads it.
    Link(String),
}

/// A tree that is read when somebody first looks into it, or the reason why it cannot be.
pub type LateTree = LazyLock<Result<FileTree, String>, Box<dyn FnOnce() -> Result<FileTree, String> + Send>>;

/// A path that does not fit into the tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A parent of this path is there already and is no folder.
    #[error("'{0}' would lie inside '{1}', which is not a folder")]
    ParentIsNoFolder(String, String),
    /// The path is there already.
    #[error("'{0}' is there twice")]
    Duplicate(String),
}

/// See the module's comment.
#[derive(Debug, Clone)]
pub struct FileTree {
    nodes: Vec<Node>,
    /// Permission bits of files and folders that have others than most.
    modes: BTreeMap<NodeId, u32>,
    /// The folder of the last path that was added: of paths in order, most are not walked from the root.
    last_folder: (String, NodeId),
}

impl Default for FileTree {
    fn default() -> Self {
        Self { nodes: vec![Node::Folder(BTreeMap::new())], modes: BTreeMap::new(), last_folder: (String::new(), Self::ROOT) }
    }
}

impl FileTree {
    /// The folder that the tree is.
    pub const ROOT: NodeId = 0;

    /// The node of that number. Numbers come from this tree, so a wrong one is a mistake in the host's own code.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// How many nodes there are, the root included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// The node at a relative path with `/` between names and no `.` or `..` in it; links are not followed.
    pub fn get(&self, path: &str) -> Option<&Node> {
        let mut at = Self::ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            match self.node(at) {
                Node::Folder(entries) => at = *entries.get(name)?,
                Node::File(_) | Node::Link(_) => return None,
            }
        }
        Some(self.node(at))
    }

    /// Gives a file or a folder other permission bits than 0644 and 0755. For the function's user, who is neither the owner
    /// nor of the group, the last digit counts. Nothing happens if there is no such path.
    pub fn set_mode(&mut self, path: &str, mode: u32) {
        let names = path.split('/').filter(|name| !name.is_empty());
        let found = names.into_iter().try_fold(Self::ROOT, |at, name| match self.node(at) {
            Node::Folder(entries) => entries.get(name).copied(),
            Node::File(_) | Node::Link(_) => None,
        });
        if let Some(id) = found {
            self.modes.insert(id, mode);
        }
    }

    /// The permission bits of a node, if they are others than 0644 for a file and 0755 for a folder.
    pub fn mode(&self, id: NodeId) -> Option<u32> {
        self.modes.get(&id).copied()
    }

    /// Whether the function's user may read a file, or list a folder.
    pub fn is_readable(&self, id: NodeId) -> bool {
        self.modes.get(&id).is_none_or(|mode| mode & 0o004 != 0)
    }

    /// Whether the function's user may use what is in a folder.
    pub fn is_searchable(&self, id: NodeId) -> bool {
        self.modes.get(&id).is_none_or(|mode| mode & 0o001 != 0)
    }

    /// The path of a node, relative and with `/` between names. Looks through the whole tree.
    pub fn path_of(&self, id: NodeId) -> Option<String> {
        if id == Self::ROOT {
            return Some(String::new());
        }
        (0..).zip(&self.nodes).find_map(|(folder, node)| match node {
            Node::Folder(entries) => {
                let name = entries.iter().find(|(_, child)| **child == id)?.0;
                let folder = self.path_of(folder)?;
                Some(if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") })
            }
            Node::File(_) | Node::Link(_) => None,
        })
    }

    /// Adds a file or a link, making its folders. The path is relative, clean and not there yet.
    pub fn add(&mut self, path: &str, node: Node) -> Result<(), TreeError> {
        let (folder, name) = self.parent_of(path)?;
        let id = self.push(node);
        if let Node::Folder(entries) = &mut self.nodes[folder as usize]
            && let Entry::Vacant(entry) = entries.entry(name.to_owned())
        {
            entry.insert(id);
            return Ok(());
        }
        self.nodes.pop();
        Err(TreeError::Duplicate(path.to_owned()))
    }

    /// Adds a folder unless it is there.
    pub fn add_folder(&mut self, path: &str) -> Result<(), TreeError> {
        // The parent of a name below it is the folder itself.
        self.parent_of(&format!("{}/x", path.trim_end_matches('/'))).map(drop)
    }

    /// Lays `other` over this tree as Lambda lays layers: its files replace those of the same path.
    pub fn overlay(&mut self, other: &Self) {
        self.last_folder = (String::new(), Self::ROOT); // a file may take its place
        self.overlay_node(Self::ROOT, other, Self::ROOT);
    }

    fn overlay_node(&mut self, to: NodeId, other: &Self, from: NodeId) {
        let Node::Folder(entries) = other.node(from) else { return };
        for (name, &theirs) in entries {
            let Node::Folder(ours) = &self.nodes[to as usize] else { return };
            let existing = ours.get(name).copied();
            let target = match (existing, other.node(theirs)) {
                (Some(id), Node::Folder(_)) if matches!(self.node(id), Node::Folder(_)) => id,
                (_, Node::Folder(_)) => self.push(Node::Folder(BTreeMap::new())),
                (_, leaf) => self.push(leaf.clone()),
            };
            if let Node::Folder(ours) = &mut self.nodes[to as usize] {
                ours.insert(name.clone(), target);
            }
            if let Some(&mode) = other.modes.get(&theirs) {
                self.modes.insert(target, mode);
            }
            self.overlay_node(target, other, theirs);
        }
    }

    /// The folder that holds the path's last name, made where it is missing, and that name.
    fn parent_of<'p>(&mut self, path: &'p str) -> Result<(NodeId, &'p str), TreeError> {
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
        if folder == self.last_folder.0 {
            return Ok((self.last_folder.1, last));
        }
        let names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
        let mut at = Self::ROOT;
        for (depth, name) in names.iter().enumerate() {
            let next = match self.node(at) {
                Node::Folder(entries) => entries.get(*name).copied(),
                Node::File(_) | Node::Link(_) => None,
            };
            at = match next {
                Some(id) => id,
                None => {
                    let id = self.push(Node::Folder(BTreeMap::new()));
                    if let Node::Folder(entries) = &mut self.nodes[at as usize] {
                        entries.insert((*name).to_owned(), id);
                    }
                    id
                }
            };
            if !matches!(self.node(at), Node::Folder(_)) {
                return Err(TreeError::ParentIsNoFolder(path.to_owned(), names[..=depth].join("/")));
            }
        }
        self.last_folder = (folder.to_owned(), at);
        Ok((at, last))
    }

    fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        self.nodes.push(node);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Node {
        Node::File(Content::Bytes(text.as_bytes().to_vec().into()))
    }

    fn text(tree: &FileTree, path: &str) -> Option<String> {
        let Node::File(Content::Bytes(bytes)) = tree.get(path)? else { panic!("{path} is no file in memory") };
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    #[test]
    fn folders_come_with_files() {
        let mut tree = FileTree::default();
        tree.add("a/b/c.py", file("1")).expect("new");
        tree.add_folder("a/empty").expect("new");
        tree.add_folder("a/b").expect("there already, which is fine");
        assert_eq!(text(&tree, "a/b/c.py").as_deref(), Some("1"));
        assert!(matches!(tree.get("a/empty"), Some(Node::Folder(entries)) if entries.is_empty()));
        assert!(tree.get("a/b/c.py/d").is_none());
        assert_eq!(tree.add("a/b/c.py", file("2")), Err(TreeError::Duplicate("a/b/c.py".into())));
        assert_eq!(tree.add("a/b/c.py/d", file("2")), Err(TreeError::ParentIsNoFolder("a/b/c.py/d".into(), "a/b/c.py".into())));
        assert_eq!(text(&tree, "a/b/c.py").as_deref(), Some("1"));
        tree.add("a/b/d.py", file("3")).expect("new");
        tree.add("e.py", file("4")).expect("new");
        assert_eq!((text(&tree, "a/b/d.py").as_deref(), text(&tree, "e.py").as_deref()), (Some("3"), Some("4")));
    }

    #[test]
    fn a_mode_takes_reading_and_is_laid_over_with_its_file() {
        let mut layer = FileTree::default();
        layer.add("python/kit.py", file("1")).expect("new");
        layer.add("shut/x", file("2")).expect("new");
        layer.set_mode("python/kit.py", 0o600);
        layer.set_mode("shut", 0o754);
        layer.set_mode("not/there", 0);
        let mut tree = FileTree::default();
        tree.add("python/own.py", file("3")).expect("new");
        tree.overlay(&layer);
        let id = |path: &str| (0..).take(tree.len()).find(|id| tree.path_of(*id).as_deref() == Some(path)).expect(path);
        assert_eq!((tree.is_readable(id("python/kit.py")), tree.is_readable(id("python/own.py"))), (false, true));
        assert_eq!((tree.is_readable(id("shut")), tree.is_searchable(id("shut"))), (true, false));
    }

    #[test]
    fn later_layers_win() {
        let (mut first, mut second) = (FileTree::default(), FileTree::default());
        first.add("python/one.py", file("1")).expect("new");
        first.add("python/both.py", file("first")).expect("new");
        first.add("file-then-folder", file("x")).expect("new");
        second.add("python/both.py", file("second")).expect("new");
        second.add("python/two.py", file("2")).expect("new");
        second.add("file-then-folder/inside", file("y")).expect("new");
        first.overlay(&second);
        for (path, want) in [("python/one.py", "1"), ("python/both.py", "second"), ("python/two.py", "2"), ("file-then-folder/inside", "y")]
        {
            assert_eq!(text(&first, path).as_deref(), Some(want), "{path}");
        }
        let mut third = FileTree::default();
        third.add("file-then-folder", file("z")).expect("new");
        first.add("file-then-folder/more", file("y")).expect("new");
        first.overlay(&third);
        assert!(first.add("file-then-folder/again", file("y")).is_err(), "it is a file now");
    }
}
