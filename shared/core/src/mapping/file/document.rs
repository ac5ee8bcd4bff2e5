//! Reading the file of a mapping.

use std::collections::BTreeSet;

use crate::mapping::file::checks;
use crate::mapping::file::members::Members;
use crate::mapping::file::problem::Problems;
use crate::mapping::file::rule::rule;
use crate::mapping::file::yaml::{self, Node};
use crate::mapping::mapping::Mapping;
use crate::mapping::rule::Rule;
use crate::mapping::scope::Source;
use crate::mapping::table::TableMapping;
use crate::stream::key_names::KeyNames;
use crate::stream::shape::RowShape;

const MAX_TABLES: usize = 64;
const MAX_RULES: usize = 1_000;

impl Mapping {
    /// Reads a mapping from the text of its file. `shapes` are the shapes of the rows that rules can give.
    ///
    /// Fails with all problems at once, each with its line.
    pub fn read(text: &str, shapes: &[&'static RowShape]) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mapping = yaml::read(text, &mut problems).map(|root| document(&root, shapes, &mut problems));
        match mapping {
            Some(mapping) if problems.0.is_empty() => Ok(mapping),
            _ => {
                problems.0.sort();
                problems.0.dedup();
                Err(problems)
            }
        }
    }
}

fn document(root: &Node, shapes: &[&'static RowShape], problems: &mut Problems) -> Mapping {
    let mut mapping = Mapping::default();
    let Some(members) = Members::read(root, "the mapping", &["version", "tables"], problems) else {
        return mapping;
    };
    if let Some(version) = members.required("version", problems)
        && version.text() != Some("1")
    {
        problems.add(
            version.line,
            "this version of the publisher reads `version: 1` only",
        );
    }
    let Some(tables) = members.required("tables", problems) else {
        return mapping;
    };
    let entries = tables.list().unwrap_or_default();
    if entries.is_empty() || entries.len() > MAX_TABLES {
        problems.add(
            tables.line,
            format!("`tables` is a list of 1 to {MAX_TABLES} tables"),
        );
        return mapping;
    }
    let mut rules = 0;
    for entry in entries {
        let table = table(entry, shapes, &mut rules, problems);
        if let Some(table) = table {
            let same = |earlier: &TableMapping| earlier.is_for(&table.pattern);
            if mapping.tables.iter().any(same) {
                let pattern = &table.pattern;
                problems.add(
                    entry.line,
                    format!("an earlier entry is for `{pattern}` already, and the first counts"),
                );
            }
            mapping.tables.push(table);
        }
    }
    mapping
}

fn table(
    node: &Node,
    shapes: &[&'static RowShape],
    rules_so_far: &mut usize,
    problems: &mut Problems,
) -> Option<TableMapping> {
    let members = Members::read(node, "a table", &["table", "keys", "ttl", "rows"], problems)?;
    members.required("table", problems);
    let pattern = members.text("table", problems);
    if let Some(pattern) = pattern
        && !pattern
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.-*".contains(c))
    {
        problems.add(node.line, "`table` is the name of a table; `*` is any text");
    }
    let keys = members
        .required("keys", problems)
        .and_then(|node| key_names(node, problems));
    let ttl = members.text("ttl", problems).map(str::to_owned);
    let rows = members.required("rows", problems)?;
    let entries = rows.list().unwrap_or_default();
    if entries.is_empty() {
        problems.add(rows.line, "`rows` is a list of rules, at least one");
    }
    *rules_so_far += entries.len();
    if *rules_so_far > MAX_RULES {
        problems.add(rows.line, format!("a mapping has at most {MAX_RULES} rules"));
        return None;
    }
    let keys = keys?;
    let read = entries
        .iter()
        .filter_map(|entry| Some((entry.line, rule(entry, &keys, shapes, problems)?)));
    let (lines, mut rules): (Vec<_>, Vec<_>) = read.unzip();
    checks::same_rows(&lines, &rules, problems);
    mark_siblings(&mut rules);
    let wanted = wanted(&rules, ttl.as_deref());
    Some(TableMapping {
        pattern: pattern?.to_owned(),
        keys,
        ttl,
        rules,
        wanted,
    })
}

fn key_names(node: &Node, problems: &mut Problems) -> Option<KeyNames> {
    let members = Members::read(node, "`keys`", &["partition", "sort"], problems)?;
    members.required("partition", problems);
    Some(KeyNames {
        partition: members.text("partition", problems)?.to_owned(),
        sort: members.text("sort", problems).map(str::to_owned),
    })
}

/// Rules of one kind could give several rows of an item, which need ids of their own.
fn mark_siblings(rules: &mut [Rule]) {
    let kinds: Vec<_> = rules.iter().map(|rule| rule.shape.kind).collect();
    for rule in rules {
        let kind = rule.shape.kind;
        rule.has_siblings = kinds.iter().filter(|own| **own == kind).count() > 1;
    }
}

/// The names of the attributes that rules read.
fn wanted(rules: &[Rule], ttl: Option<&str>) -> BTreeSet<String> {
    let mut wanted: BTreeSet<_> = ttl.map(str::to_owned).into_iter().collect();
    for rule in rules {
        rule.visit(&mut |source| {
            if let Source::Path(path) = source {
                wanted.insert(path.root().to_owned());
            }
        });
    }
    wanted
}
