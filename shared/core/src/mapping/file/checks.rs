//! What a rule must not say, although each of its parts is right.

use crate::mapping::file::problem::Problems;
use crate::mapping::file::yaml::{Content, Node};
use crate::mapping::identity::Identifier;
use crate::mapping::rule::Rule;
use crate::mapping::scope::Source;
use crate::stream::key_names::KeyNames;

/// The places that an identifier or a value comes from: paths as they are written, elements, and for a capture the key.
fn origins(source: &Source, rule: &Rule, keys: &KeyNames) -> Vec<String> {
    match source {
        Source::Capture { place, .. } => capture_origins(*place, rule, keys),
        other => vec![other.to_string()],
    }
}

fn capture_origins(place: usize, rule: &Rule, keys: &KeyNames) -> Vec<String> {
    let name = rule.captures.get(place).cloned().unwrap_or_default();
    let captures = |template: &Option<_>| {
        let template: Option<&crate::mapping::template::Template> = template.as_ref();
        template.is_some_and(|template| template.captures().any(|own| own == place))
    };
    let partition = captures(&rule.partition).then(|| format!("`{}`", keys.partition));
    let sort = keys.sort.as_ref().filter(|_| captures(&rule.sort));
    let sort = sort.map(|sort| format!("`{sort}`"));
    let own = format!("the capture `{name}`");
    [own].into_iter().chain(partition).chain(sort).collect()
}

fn origins_of(identifier: &Identifier, rule: &Rule, keys: &KeyNames) -> Vec<String> {
    match identifier.undigested() {
        Identifier::Template(template) => template
            .captures()
            .flat_map(|place| capture_origins(place, rule, keys))
            .collect(),
        Identifier::Source(source) => origins(source, rule, keys),
        Identifier::Digest(_) => Vec::new(),
    }
}

/// An identifier is published in clear, so it must not come from where an encrypted attribute comes from.
pub(super) fn sealed_identifiers(line: usize, rule: &Rule, keys: &KeyNames, problems: &mut Problems) {
    let identifiers = rule.identity.partition.iter().chain(&rule.identity.sort);
    let published: Vec<_> = identifiers.flat_map(|id| origins_of(id, rule, keys)).collect();
    for (column, value) in rule.columns.iter().filter(|(column, _)| column.class.is_some()) {
        value.visit(&mut |source| {
            if let Some(origin) = origins(source, rule, keys).iter().find(|own| published.contains(own)) {
                let class = column.class.unwrap_or_default();
                problems.add(
                    line,
                    format!(
                        "{origin} is an identifier, which everybody reads, and also `{}`, which is encrypted in the class \
                         `{class}`; use another identifier (a digest of an address can be guessed)",
                        column.name
                    ),
                );
            }
        });
    }
}

/// A secret must be digested.
pub(super) fn secrets(node: Option<&Node>, rule: &Rule, keys: &KeyNames, problems: &mut Problems) {
    let Some(node) = node else { return };
    let own_key = keys.sort.as_ref().unwrap_or(&keys.partition);
    let secret = match &node.content {
        Content::Scalar { .. } if node.flag() == Some(true) => vec![own_key.clone()],
        Content::Scalar { .. } if node.flag() == Some(false) => return,
        Content::Scalar { text, .. } => vec![text.clone()],
        Content::List(names) => names.iter().filter_map(Node::text).map(str::to_owned).collect(),
        Content::Map(_) => {
            problems.add(
                node.line,
                "`secret` is `true`, or the name of a capture or a path, or a list of them",
            );
            return;
        }
    };
    let names = rule.identity.partition.iter().chain(&rule.identity.sort);
    for identifier in names.filter(|identifier| !matches!(identifier, Identifier::Digest(_))) {
        let origins = origins_of(identifier, rule, keys);
        let found = secret.iter().find(|name| {
            let quoted = [
                format!("`{name}`"),
                format!("the capture `{name}`"),
                format!("`{name}` of an element"),
            ];
            origins.iter().any(|origin| quoted.contains(origin))
        });
        if let Some(name) = found {
            problems.add(
                node.line,
                format!("`{name}` is secret, and an identifier that everybody reads; write `{{digest: …}}` around it"),
            );
        }
    }
}

/// Two rules must not be able to give the same row.
pub(super) fn same_rows(lines: &[usize], rules: &[Rule], problems: &mut Problems) {
    for (place, rule) in rules.iter().enumerate() {
        for (other, other_line) in rules.iter().zip(lines).take(place) {
            if rule.shape.kind == other.shape.kind && !exclude(rule, other) {
                let line = lines.get(place).copied().unwrap_or_default();
                problems.add(
                    line,
                    format!(
                        "this rule and the one in line {other_line} could give the same row: both are for the kind `{}`; \
                         add a condition that only one of them fulfils, or another identifier",
                        rule.shape.kind
                    ),
                );
            }
        }
    }
}

fn exclude(rule: &Rule, other: &Rule) -> bool {
    let templates = [(&rule.partition, &other.partition), (&rule.sort, &other.sort)];
    let by_key = templates
        .iter()
        .any(|pair| matches!(pair, (Some(own), Some(others)) if own.excludes(others)));
    let by_condition = rule
        .conditions
        .iter()
        .any(|own| other.conditions.iter().any(|others| own.excludes(others)));
    by_key || by_condition || rule.identity.excludes(&other.identity)
}
