//! Reading where a value comes from.

use crate::mapping::file::problem::Problems;
use crate::mapping::file::yaml::{Content, Node};
use crate::mapping::path::Path;
use crate::mapping::scope::Source;

/// What a rule offers its values: captures, and whether there are elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer<'r> {
    pub(super) captures: &'r [String],
    pub(super) has_elements: bool,
}

/// The members that name a source.
pub(super) const SOURCES: [&str; 3] = ["path", "element", "capture"];

/// Reads a source: a path as text, or a map with `path`, `element` or `capture`.
pub(super) fn source(node: &Node, offer: Offer<'_>, problems: &mut Problems) -> Option<Source> {
    if node.text().is_some() {
        return path(node, problems).map(Source::Path);
    }
    match node.map() {
        Some([(line, name, value)]) => named_source(*line, name, value, offer, problems).or_else(|| {
            if !SOURCES.contains(&name.as_str()) {
                problems.add(
                    *line,
                    format!("`{name}` is no source; write a path, or `path`, `element` or `capture`"),
                );
            }
            None
        }),
        _ => {
            problems.add(
                node.line,
                "a source is a path, or a map with one member: `path`, `element` or `capture`",
            );
            None
        }
    }
}

/// The source with this name. `None` when it is none, or has a problem.
pub(super) fn named_source(
    line: usize,
    name: &str,
    value: &Node,
    offer: Offer<'_>,
    problems: &mut Problems,
) -> Option<Source> {
    match name {
        "path" => path(value, problems).map(Source::Path),
        "element" => {
            if !offer.has_elements {
                problems.add(line, "`element` needs a rule with `each`");
                return None;
            }
            match value.text() {
                Some("key") => Some(Source::ElementKey),
                Some("value") => Some(Source::ElementValue),
                _ => path(value, problems).map(Source::ElementPath),
            }
        }
        "capture" => {
            let name = value.text().unwrap_or_default();
            let place = offer.captures.iter().position(|capture| capture == name);
            if place.is_none() {
                problems.add(value.line, format!("no template of the rule captures `{name}`"));
            }
            Some(Source::Capture {
                place: place?,
                name: name.to_owned(),
            })
        }
        _ => None,
    }
}

/// Reads a path: text with dots, or a list of names.
pub(super) fn path(node: &Node, problems: &mut Problems) -> Option<Path> {
    let path = match &node.content {
        Content::Scalar { text, .. } => Path::parse(text),
        Content::List(names) => {
            let names: Option<Vec<_>> = names.iter().map(|name| name.text().map(str::to_owned)).collect();
            names.and_then(Path::new)
        }
        Content::Map(_) => None,
    };
    if path.is_none() {
        problems.add(
            node.line,
            "a path is the name of an attribute, with dots to go into maps: `settings.locale`; \
             write a list of names if a name holds a dot",
        );
    }
    path
}
