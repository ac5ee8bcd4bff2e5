//! The events of a page: made, checked against deleted and erased users, and sealed.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;
use user_events_aws::Person;
use user_events_core::{Category, Code, Error, Time};

use crate::backfill::{Backfill, Table};
use crate::counts::Counts;
use crate::edge::accounts::AccountState;
use crate::edge::source::Page;
use crate::halt::Halt;
use crate::item::{Item, is_of_person};
use crate::made::Made;
use crate::sealing::Sealing;

/// Makes the events of pages.
pub(crate) struct Making<'a> {
    pub(crate) run: &'a Backfill,
    pub(crate) table: &'a Table,
    pub(crate) categories: &'a [&'static Category],
    pub(crate) stop: &'a CancellationToken,
}

impl Making<'_> {
    /// The events of a page.
    ///
    /// Fails when keys or the state of users are not available, and when the run is stopped meanwhile. A row that does not fit
    /// is counted, and fails nothing.
    pub(crate) async fn events(&self, page: Page, read_at: Time) -> Result<Made, Halt> {
        let table = &self.table.name;
        let mut made = Made::default();
        made.counts.rows = page.items.len() as u64 + page.unreadable;
        made.counts.capacity = page.capacity;
        for _ in 0..page.unreadable {
            let error = Error::new(Code::UndecodableRecord, "a line of the export is no item");
            made.set_aside(table, BTreeMap::new(), &error);
        }
        let mut items = Vec::new();
        for image in page.items {
            match Item::read(self.run, self.table, self.categories, image, read_at) {
                Ok(item) if item.envelopes.is_empty() && item.is_deleted() => {
                    made.counts.deleted += 1;
                    items.push(item);
                }
                Ok(item) => {
                    made.counts.stateless += u64::from(item.envelopes.is_empty());
                    items.push(item);
                }
                Err((keys, error)) => made.set_aside(table, keys, &error),
            }
        }
        for item in &mut items {
            self.select(item, &mut made.counts);
        }
        self.without_deleted(&mut items, &mut made.counts).await?;
        self.without_erased(&mut items, &mut made.counts).await?;
        for item in items {
            self.seal(item, &mut made).await?;
        }
        Ok(made)
    }

    fn select(&self, item: &mut Item, counts: &mut Counts) {
        let before = item.envelopes.len();
        let selection = &self.run.selection;
        item.envelopes
            .retain(|event| selection.has_event(event.event_type().as_str(), event.subject()));
        counts.unwanted += (before - item.envelopes.len()) as u64;
    }

    /// Drops the events of users who were deleted.
    async fn without_deleted(&self, items: &mut [Item], counts: &mut Counts) -> Result<(), Halt> {
        let (mut seen, mut asked) = (BTreeMap::new(), BTreeSet::new());
        for item in items.iter().filter(|item| item.native) {
            for (user, state) in item.accounts.values() {
                match state {
                    Some(state) => drop(seen.insert(user.clone(), *state)),
                    None if item.envelopes.is_empty() => {}
                    None => drop(asked.insert(user.clone())),
                }
            }
        }
        let users = &self.run.users;
        let states = users.accounts(asked, seen, &self.run.patience, self.stop).await?;
        for item in items {
            let Item {
                envelopes,
                accounts,
                native,
                ..
            } = item;
            envelopes.retain(|event| {
                let state = match accounts.get(event.subject()) {
                    Some((_, Some(own))) => Some(*own),
                    Some((user, None)) if *native => states.get(user).copied(),
                    _ => None,
                };
                counts.deleted += u64::from(state == Some(AccountState::Deleted));
                counts.without_account += u64::from(state == Some(AccountState::Absent));
                state != Some(AccountState::Deleted)
            });
        }
        Ok(())
    }

    /// Drops the events of persons who were erased, and gives the others their keys.
    async fn without_erased(&self, items: &mut [Item], counts: &mut Counts) -> Result<(), Halt> {
        let events = items.iter().flat_map(|item| &item.envelopes);
        let subjects: BTreeSet<_> = events
            .filter(|event| is_of_person(event))
            .map(|event| event.subject().to_owned())
            .collect();
        if subjects.is_empty() {
            return Ok(());
        }
        let subjects: Vec<_> = subjects.into_iter().collect();
        let persons = self
            .run
            .users
            .persons(&subjects, &self.run.patience, self.stop)
            .await?;
        for item in items {
            item.envelopes
                .retain_mut(|event| match persons.get(event.subject()) {
                    Some(Person::Erased) => {
                        counts.erased += 1;
                        false
                    }
                    Some(Person::Key(key)) => {
                        if event.person().is_some() {
                            event.set_subject_key(key.clone());
                        }
                        true
                    }
                    Some(Person::Known) | None => true,
                });
        }
        Ok(())
    }

    /// Seals the events of an item. If one of them cannot be sealed, none is sent, as a live publisher parks the whole record.
    async fn seal(&self, item: Item, made: &mut Made) -> Result<(), Halt> {
        let sealing = Sealing {
            run: self.run,
            stop: self.stop,
        };
        let mut sealed = Vec::with_capacity(item.envelopes.len());
        for envelope in item.envelopes {
            match sealing.seal(envelope).await? {
                Ok(event) => sealed.push(event),
                Err(error) => {
                    made.set_aside(&self.table.name, item.keys, &error);
                    return Ok(());
                }
            }
        }
        for event in sealed {
            if self.run.filter.as_ref().is_some_and(|filter| !(filter.0)(&event)) {
                made.counts.unwanted += 1;
            } else {
                made.add(event);
            }
        }
        Ok(())
    }
}
