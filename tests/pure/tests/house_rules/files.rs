//! Rules for the names and the length of files.

use std::path::Path;

use super::{Broken, Tree};

pub(super) fn names_are_nouns(tree: &Tree) -> Broken {
    tree.matching(|path| path.ends_with(".rs"))
        .filter(|(path, _)| {
            let name = Path::new(path)
                .file_stem()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            ["util", "utils", "helper", "helpers", "manager", "common", "misc"].contains(&name)
        })
        .map(|(path, _)| format!("{path}: name the file after its content"))
        .collect()
}

/// Only the lines before the unit tests count. A file that has only tests has no limit.
pub(super) fn files_are_short(tree: &Tree) -> Broken {
    const MAX_LINES: usize = 250;
    tree.matching(|path| {
        path.ends_with(".rs")
            && !path.starts_with("tests/")
            && !path.ends_with("/tests.rs")
            && !path.contains("/tests/")
    })
    .map(|(path, text)| {
        (
            path,
            text.lines().take_while(|line| *line != "#[cfg(test)]").count(),
        )
    })
    .filter(|(_, lines)| *lines > MAX_LINES)
    .map(|(path, lines)| {
        format!("{path} has {lines} lines before its tests, more than {MAX_LINES}; split it by what it does")
    })
    .collect()
}
