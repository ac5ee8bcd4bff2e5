//! What tools show of a rule: its kind, what it reads, and where its identifiers come from.

use crate::mapping::identified::named;
use crate::mapping::identity::Identifier;
use crate::mapping::rule::Rule;
use crate::mapping::scope::Source;
use crate::mapping::table::TableMapping;

/// A rule in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSummary<'r> {
    /// Its name.
    pub name: &'r str,
    /// The kind of its rows.
    pub kind: &'static str,
    /// The canonical attributes that it gives.
    pub attributes: Vec<&'static str>,
    /// Whether the disappearance of a row is an event.
    pub publishes_removals: bool,
    /// Its identifiers.
    pub identifiers: Vec<IdentifierOrigin>,
}

/// An identifier of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierOrigin {
    /// Its name, such as `userId`.
    pub name: &'static str,
    /// Whether only a digest of it is published.
    pub digested: bool,
    /// The captures and paths that it comes from, by the names that they have in the file.
    pub from: Vec<String>,
    /// Whether it comes from the partition key of the item.
    pub from_partition_key: bool,
}

impl TableMapping {
    /// The rules in short, in their order.
    pub fn summaries(&self) -> impl Iterator<Item = RuleSummary<'_>> {
        self.rules.iter().map(|rule| {
            let origin = |(name, identifier): (_, &Identifier)| IdentifierOrigin {
                name,
                digested: matches!(identifier, Identifier::Digest(_)),
                from: names(identifier, rule),
                from_partition_key: is_from_partition_key(identifier, rule, self.partition_key()),
            };
            RuleSummary {
                name: &rule.name,
                kind: rule.shape.kind,
                attributes: rule.columns.iter().map(|(column, _)| column.name).collect(),
                publishes_removals: rule.removal_published,
                identifiers: named(rule).map(origin).collect(),
            }
        })
    }
}

fn names(identifier: &Identifier, rule: &Rule) -> Vec<String> {
    match identifier.undigested() {
        Identifier::Template(template) => template
            .captures()
            .filter_map(|place| rule.captures.get(place).cloned())
            .collect(),
        Identifier::Source(source) => match source {
            Source::Path(path) | Source::ElementPath(path) => vec![path.to_string()],
            Source::Capture { name, .. } => vec![name.clone()],
            Source::ElementKey | Source::ElementValue => {
                rule.each.iter().map(|each| each.path().to_string()).collect()
            }
        },
        Identifier::Digest(_) => Vec::new(),
    }
}

fn is_from_partition_key(identifier: &Identifier, rule: &Rule, key: &str) -> bool {
    let captured = |place: usize| {
        rule.partition
            .as_ref()
            .is_some_and(|template| template.captures().any(|own| own == place))
    };
    match identifier.undigested() {
        Identifier::Template(template) => template.captures().any(captured),
        Identifier::Source(Source::Capture { place, .. }) => captured(*place),
        Identifier::Source(Source::Path(path)) => path.to_string() == key,
        Identifier::Source(_) | Identifier::Digest(_) => false,
    }
}
