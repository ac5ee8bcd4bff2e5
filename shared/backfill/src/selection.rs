//! Which events a run sends.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use user_events_core::{Category, SealedEnvelope};

/// Which events a run sends. It is saved with every checkpoint: a run that goes on must have the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selection {
    /// The names of the categories.
    pub categories: BTreeSet<String>,
    /// The event types; empty: all of the categories.
    pub types: BTreeSet<String>,
    /// The user, as the catalogue's identifiers are: `42`. `None`: all rows.
    pub user: Option<String>,
    /// The filter in the words of whoever wrote it. The filter itself is [`Filter`].
    pub filter: Option<String>,
}

/// Says whether a sealed event is sent.
#[derive(Clone)]
pub struct Filter(pub Arc<dyn Fn(&SealedEnvelope) -> bool + Send + Sync>);

impl Selection {
    /// All events of these categories.
    pub fn of_categories(categories: &[&'static Category]) -> Self {
        Self {
            categories: categories
                .iter()
                .map(|category| category.name.to_owned())
                .collect(),
            ..Self::default()
        }
    }

    /// Whether a category is selected.
    pub(crate) fn has_category(&self, name: &str) -> bool {
        self.categories.contains(name)
    }

    /// Whether events of this type and subject are selected.
    pub(crate) fn has_event(&self, event_type: &str, subject: &str) -> bool {
        let is_user = |user: &String| subject.strip_prefix("users/") == Some(user);
        (self.types.is_empty() || self.types.contains(event_type)) && self.user.as_ref().is_none_or(is_user)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}
