//! What tools show of the identifiers of rows: what they are before a digest.

use crate::mapping::condition::unmet;
use crate::mapping::identity::Identifier;
use crate::mapping::rule::{Rule, Side};
use crate::mapping::scope::Scope;

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
                    if unmet(&self.element_conditions, &scope) == Ok(None) {
                        all.extend(values(&scope));
                    }
                }
                all
            }
        }
    }
}

/// The identifiers of a rule, with their names.
pub(super) fn named(rule: &Rule) -> impl Iterator<Item = (&'static str, &Identifier)> {
    let partition = rule
        .identity
        .partition
        .as_ref()
        .map(|identifier| (rule.shape.pk_id, identifier));
    let sort = rule.shape.sk_id.zip(rule.identity.sort.as_ref());
    partition.into_iter().chain(sort)
}
