//! What tools show of a mapping: which rules match an item, and why the others do not.

use crate::mapping::identified::IdentifierValue;
use crate::mapping::rule::{Rule, Side, VirtualRow};
use crate::mapping::table::TableMapping;
use crate::stream::attribute::{Attribute, Image};
use crate::time::Time;

/// What a rule makes of an item.
#[derive(Debug)]
pub struct Applied<'r> {
    rule: &'r Rule,
    /// The rows; or why there are none.
    pub result: Result<Vec<VirtualRow<'r>>, Refusal>,
    /// The identifiers of the rows, before digests.
    pub identifiers: Vec<IdentifierValue>,
}

/// Why a rule makes no row of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The item is none of the rule's; the reason says which part of `when` does not hold.
    NoMatch(String),
    /// The item is one of the rule's, and does not fit. A record with it is parked.
    Unfit(String),
}

impl Applied<'_> {
    /// The name of the rule.
    pub fn rule(&self) -> &str {
        &self.rule.name
    }

    /// The kind of its rows.
    pub fn kind(&self) -> &'static str {
        self.rule.shape.kind
    }
}

impl TableMapping {
    /// What every rule makes of an item. `before` is the item before the change, if it is the new image of a changed one.
    pub fn apply<'r>(&'r self, item: &Image, before: Option<&Image>, recorded: Time) -> Vec<Applied<'r>> {
        let key = |name: &str| match item.get(name) {
            Some(Attribute::S(text) | Attribute::N(text)) => text.as_str(),
            _ => "",
        };
        let side = Side {
            partition: key(&self.keys.partition),
            sort: self.keys.sort.as_deref().map_or("", key),
            image: item,
            before,
            recorded,
        };
        let apply = |rule: &'r Rule| {
            let mut rows = Vec::new();
            let result = match rule.mismatch(&side) {
                Ok(Some(reason)) => Err(Refusal::NoMatch(reason)),
                Ok(None) => match rule.rows(&side, &mut rows) {
                    Ok(_) => Ok(rows),
                    Err(unfit) => Err(Refusal::Unfit(unfit.0)),
                },
                Err(unfit) => Err(Refusal::Unfit(unfit.0)),
            };
            let identifiers = match result {
                Ok(_) => rule.identified(&side),
                Err(_) => Vec::new(),
            };
            Applied {
                rule,
                result,
                identifiers,
            }
        };
        self.rules.iter().map(apply).collect()
    }

    /// The names of the rules, each with the kind of its rows.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.rules
            .iter()
            .map(|rule| (rule.name.as_str(), rule.shape.kind))
    }

    /// The names of the attributes that are read.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(String::as_str)
    }
}
