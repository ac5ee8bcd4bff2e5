//! The engine: what a run reads and sends, and the segments that work at the same time.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use user_events_aws::Persons;
use user_events_core::{Category, Mapping, Publication, Time};

use crate::class_keys::ClassKeys;
use crate::edge::accounts::Accounts;
use crate::edge::checkpoints::Checkpoints;
use crate::edge::queue::Queue;
use crate::edge::source::Source;
use crate::options::Options;
use crate::patience::Patience;
use crate::progress::{Progress, Quiet};
use crate::rate::Rate;
use crate::run::Run;
use crate::selection::{Filter, Selection};
use crate::users::Users;

/// A table that a run reads.
#[derive(Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// The categories of [`user_events_catalog::SNAPSHOTS`] that a live function publishes of this table.
    pub categories: Vec<&'static Category>,
    /// Reads it.
    pub source: Arc<dyn Source>,
}

/// What a run works with.
pub struct Edges {
    /// The tables.
    pub tables: Vec<Table>,
    /// The snapshot queue of the subscriber.
    pub queue: Arc<dyn Queue>,
    /// Where the run remembers how far it is.
    pub checkpoints: Arc<dyn Checkpoints>,
    /// The data keys.
    pub keys: Arc<dyn ClassKeys>,
    /// The accounts table of the native layout. `None`: only the rows of an item say that its user was deleted.
    pub accounts: Option<Arc<dyn Accounts>>,
    /// The table of persons' keys. `None`: nobody can be erased.
    pub persons: Option<Persons>,
    /// The time of day.
    pub clock: Arc<dyn Fn() -> Time + Send + Sync>,
}

/// A run at work, or one that goes on.
pub struct Backfill {
    pub(crate) run: Run,
    pub(crate) selection: Selection,
    pub(crate) filter: Option<Filter>,
    pub(crate) publication: Publication,
    pub(crate) mapping: Option<Mapping>,
    pub(crate) options: Options,
    pub(crate) progress: Arc<dyn Progress>,
    pub(crate) tables: Vec<Table>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) checkpoints: Arc<dyn Checkpoints>,
    pub(crate) keys: Arc<dyn ClassKeys>,
    pub(crate) users: Users,
    pub(crate) clock: Arc<dyn Fn() -> Time + Send + Sync>,
    pub(crate) rate: Rate,
    pub(crate) patience: Patience,
}

impl Backfill {
    /// A run with its edges. Nothing happens yet.
    pub fn new(
        run: Run,
        selection: Selection,
        publication: Publication,
        mapping: Option<Mapping>,
        edges: Edges,
        options: Options,
    ) -> Self {
        let rate = Rate::new(options.rate);
        let patience = Patience::new(options.seed);
        Self {
            users: Users::new(edges.accounts, edges.persons, run.id.to_string()),
            run,
            selection,
            filter: None,
            publication,
            mapping,
            options,
            progress: Arc::new(Quiet),
            tables: edges.tables,
            queue: edges.queue,
            checkpoints: edges.checkpoints,
            keys: edges.keys,
            clock: edges.clock,
            rate,
            patience,
        }
    }

    /// The same run, which sends only events that the filter lets pass. Say the filter's words in [`Selection::filter`].
    #[must_use]
    pub fn with_filter(self, filter: Filter) -> Self {
        Self {
            filter: Some(filter),
            ..self
        }
    }

    /// The same run, which reports to this listener.
    #[must_use]
    pub fn with_progress(self, progress: Arc<dyn Progress>) -> Self {
        Self { progress, ..self }
    }

    /// The classes of the events that the run can send: the data keys that it needs.
    pub fn classes(&self) -> BTreeSet<&'static str> {
        let categories = self.tables.iter().flat_map(|table| &table.categories);
        let selected = categories.filter(|category| self.selection.has_category(category.name));
        selected
            .flat_map(|category| category.events)
            .flat_map(|event| event.classes())
            .collect()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Edges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edges")
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Backfill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backfill")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
