//! A change that breaks readers.

use std::fmt;

use super::proof::Readers;

/// One place where a change breaks readers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// The place in the event: `$.contact.sealed→email`. `[*]` is any item, `→` goes into what is sealed.
    pub path: String,
    /// What is different.
    pub what: String,
    /// Who cannot read what they get.
    pub readers: Vec<Readers>,
    /// How to have the same without breaking them.
    pub advice: &'static str,
}

impl Break {
    /// No proof was found, and no place where it fails.
    pub(super) fn unproved(readers: Readers, why: String) -> Self {
        Self {
            path: "$".to_owned(),
            what: format!("it is not proved that readers are served: {why}"),
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
