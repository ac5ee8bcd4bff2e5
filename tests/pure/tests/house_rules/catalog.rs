//! The catalog: one file per event, one function and one schema folder per category.

use std::collections::BTreeSet;

use super::{Broken, Tree};

pub(super) fn one_file_per_event(tree: &Tree) -> Broken {
    let mut broken = Vec::new();
    for category in tree.categories() {
        let folder = format!("shared/catalog/src/{category}/");
        let registered: BTreeSet<_> = tree
            .text(&format!("{folder}mod.rs"))
            .lines()
            .filter_map(|line| {
                let (_, event) = line.trim().strip_suffix(',')?.split_once("::")?;
                event.contains("EventV").then(|| event.to_owned())
            })
            .collect();
        let mut declared = BTreeSet::new();
        for (path, text) in tree.matching(|path| path.starts_with(&folder) && !path.ends_with("/mod.rs")) {
            let events: Vec<_> = text
                .lines()
                .filter_map(|line| line.strip_prefix("impl Event for "))
                .collect();
            match events.as_slice() {
                [event] => {
                    declared.insert(event.trim_end_matches(" {").to_owned());
                }
                [] if path.ends_with("rows.rs") || path.ends_with("/values.rs") => {}
                _ => broken.push(format!("{path} must hold exactly one event")),
            }
        }
        let difference = registered.symmetric_difference(&declared);
        broken.extend(
            difference.map(|event| format!("{event}: one file and one line in {folder}mod.rs, both")),
        );
    }
    broken
}

pub(super) fn functions_and_categories_agree(tree: &Tree) -> Broken {
    tree.categories()
        .into_iter()
        .flat_map(|category| {
            // Its events are on no topic: the function that reads the tables sends them.
            let function = match category.as_str() {
                "snapshot" => "backfill",
                of_its_own => of_its_own,
            };
            [
                format!("functions/{function}/src/main.rs"),
                format!("schemas/{category}/"),
            ]
        })
        .filter(|wanted| !tree.0.keys().any(|path| path.starts_with(wanted)))
        .map(|wanted| {
            format!(
                "{wanted} is missing; a category needs a folder in the catalog, a function and a folder of schemas"
            )
        })
        .collect()
}
