//! What tools show of the identifiers of rules: where they come from, and what they are before a digest.

use crate::mapping::identity::Identifier;
use crate::mapping::rule::{Rule, Side};
use crate::mapping::scope::{Scope, Source};
use crate::mapping::table::TableMapping;

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

/// An identifier of a row, before a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierValue {
    /// Its name, such as `userId`.
    pub name: &'static str,
    /// Whether only a digest of it is published.
    pub digested: bool,
    /// What the item holds.
    pub value: String,
}

impl TableMapping {
    /// The identifiers of every rule, in the order of the rules.
    pub fn identifiers(&self) -> impl Iterator<Item = Vec<IdentifierOrigin>> {
        self.rules.iter().map(|rule| {
            let origin = |(name, identifier): (_, &Identifier)| IdentifierOrigin {
                name,
                digested: matches!(identifier, Identifier::Digest(_)),
                from: names(identifier, rule),
                from_partition_key: is_from_partition_key(identifier, rule, self.partition_key()),
            };
            named(rule).map(origin).collect()
        })
    }
}

impl Rule {
    /// The identifiers of the item's rows, before digests. Empty when the rule does not match or the item does not fit.
    pub(super) fn identified(&self, side: &Side<'_>) -> Vec<IdentifierValue> {
        let Some(captured) = self.captured(side) else {
            return Vec::new();
        };
        let scope = side.scope(&captured);
        let values = |scope: &Scope<'_>| {
            let value = |(name, identifier): (&'static str, &Identifier)| {
                Some(IdentifierValue {
                    name,
                    digested: matches!(identifier, Identifier::Digest(_)),
                    value: identifier.undigested().text(scope)?,
                })
            };
            named(self).filter_map(value).collect::<Vec<_>>()
        };
        match &self.each {
            None => values(&scope),
            Some(each) => {
                let elements = each.elements(side.image).unwrap_or_default();
                let mut all = Vec::new();
                for element in &elements {
                    let scope = Scope {
                        element: Some(element),
                        ..scope
                    };
                    let mut conditions = self.element_conditions.iter();
                    if conditions.all(|condition| condition.holds(&scope) == Ok(true)) {
                        all.extend(values(&scope));
                    }
                }
                all
            }
        }
    }
}

/// The identifiers of a rule, with their names.
fn named(rule: &Rule) -> impl Iterator<Item = (&'static str, &Identifier)> {
    let partition = rule
        .identity
        .partition
        .as_ref()
        .map(|identifier| (rule.shape.pk_id, identifier));
    let sort = rule.shape.sk_id.zip(rule.identity.sort.as_ref());
    partition.into_iter().chain(sort)
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
