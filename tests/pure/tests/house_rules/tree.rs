//! The repository's files in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::root;

/// The text files of the repository, by their paths.
pub(super) struct Tree(pub(super) BTreeMap<String, String>);

impl Tree {
    /// Reads every text file that belongs to the repository.
    pub(super) fn read() -> Self {
        let mut texts = BTreeMap::new();
        let mut folders = vec![root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .unwrap_or_default();
                if path.is_dir() && !["target", "node_modules", ".git", ".engine", ".aws-sam"].contains(&name)
                {
                    folders.push(path);
                } else if let Ok(text) = fs::read_to_string(&path) {
                    let path = path
                        .strip_prefix(root())
                        .unwrap()
                        .to_string_lossy()
                        .replace('\\', "/");
                    texts.insert(path, text);
                }
            }
        }
        Self(texts)
    }

    pub(super) fn text(&self, path: &str) -> &str {
        self.0.get(path).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn matching(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().filter(move |(path, _)| wanted(path))
    }

    /// The category folders of the catalog.
    pub(super) fn categories(&self) -> BTreeSet<String> {
        let inside = |path: &String| {
            path.strip_prefix("shared/catalog/src/")?
                .strip_suffix("/mod.rs")
                .map(str::to_owned)
        };
        self.0.keys().filter_map(inside).collect()
    }
}
