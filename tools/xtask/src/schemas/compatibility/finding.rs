//! A change that breaks readers.

use std::fmt;

use super::proof::Readers;

/// One place where a change breaks readers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// The path in the event: `$.contact.sealed→email`. `[*]` is any item; `→` enters the content of a sealed member.
    pub path: String,
    /// The difference.
    pub what: String,
    /// The readers that break.
    pub readers: Vec<Readers>,
    /// How to change the schema without breaking them.
    pub advice: &'static str,
}

impl Break {
    /// The finding when the proof fails, but the walk finds no difference.
    pub(super) fn unproved(readers: Readers, why: String) -> Self {
        Self {
            path: "$".to_owned(),
            what: format!("the proof of compatibility fails: {why}"),
            readers: vec![readers],
            advice: "write the schema in simpler keywords",
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let readers: Vec<_> = self.readers.iter().map(|readers| readers.name()).collect();
        write!(
            f,
            "{}: {}, which breaks {}; {}",
            self.path,
            self.what,
            readers.join(" and "),
            self.advice
        )
    }
}
