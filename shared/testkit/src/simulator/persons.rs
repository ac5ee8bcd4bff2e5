//! The table of persons' keys of a run: its rows, its ledger, what happens to them, and how publishers see them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use user_events_aws::{SubjectKeyStore, SubjectRow, SubjectRows, TableFailed};
use user_events_core::{SubjectKey, subject_key_name};

use super::fault::{Fault, Manner, Service};
use super::history::Happening;
use super::scenario::{Persons, Restore};
use super::services::{Seen, within_limit};
use super::world::World;
use crate::random::number_of;

/// How long the table takes for a step without a fault.
const SOON: Duration = Duration::from_millis(3);
/// The `source` of the events of a run.
const SOURCE: &str = "/user-service";

impl World {
    fn write(&self, name: &str, row: Option<SubjectRow>) {
        let key = match &row {
            Some(SubjectRow::Key(key)) => Some(Arc::clone(key)),
            _ => None,
        };
        self.table().write(name, row, self.now());
        self.note(Happening::PersonsKey {
            name: name.to_owned(),
            key,
        });
    }

    /// Writes the row if there is none with this name. Returns the row that is there then.
    fn create(&self, name: &str, row: SubjectRow) -> SubjectRow {
        let there = self.table().rows.get(name).cloned();
        there.unwrap_or_else(|| {
            self.write(name, Some(row.clone()));
            row
        })
    }

    /// Makes the row a tombstone, and notes that in the ledger.
    fn bury(&self, name: &str) {
        self.table().ledger.insert(name.to_owned());
        self.write(name, Some(SubjectRow::Erased));
    }

    /// Does what happens to the table in the run, each at its time.
    pub(super) async fn persons(&self, persons: &Persons) {
        let erasures = persons.erasures.iter().map(|(at, user)| async move {
            tokio::time::sleep_until(self.instant(*at)).await;
            let name = subject_key_name(SOURCE, &format!("users/u{user}"));
            self.note(Happening::Erased { name: name.clone() });
            self.bury(&name);
        });
        let restore = async {
            if let Some(restore) = &persons.restore {
                self.restore(restore).await;
            }
        };
        futures_util::future::join(futures_util::future::join_all(erasures), restore).await;
    }

    async fn restore(&self, restore: &Restore) {
        tokio::time::sleep_until(self.instant(restore.backup)).await;
        let backup = self.table().rows.clone();
        self.table().backup = backup.clone();
        tokio::time::sleep_until(self.instant(restore.lost)).await;
        for name in backup.keys() {
            self.write(name, None);
        }
        tokio::time::sleep_until(self.instant(restore.back)).await;
        // The ledger first: nothing brings back a key of a person who was erased.
        let ledger = self.table().ledger.clone();
        for name in &ledger {
            self.write(name, Some(SubjectRow::Erased));
            tokio::time::sleep(SOON).await;
        }
        for (name, row) in backup {
            self.create(&name, row);
            tokio::time::sleep(SOON).await;
        }
    }
}

/// How the table treats a request.
enum Conduct {
    Fails,
    /// It never answers, and may have done what it was asked for.
    IsSilent {
        is_done: bool,
    },
    /// It does what it was asked for, and the connection breaks.
    Breaks,
    Answers {
        after: Duration,
        is_stale: bool,
    },
}

impl Seen {
    fn conduct(&self, target: u64) -> Conduct {
        let world = &self.world;
        let target = world.attempt(target);
        match world.outage(Service::SubjectKeys) {
            Some(Manner::Refuses | Manner::Throttles) => return Conduct::Fails,
            Some(Manner::Silent) => return Conduct::IsSilent { is_done: false },
            None => {}
        }
        if world.strikes(Fault::TableFails, target) {
            Conduct::Fails
        } else if world.strikes(Fault::TableNoAnswer, target) {
            Conduct::IsSilent {
                is_done: target & 1 == 0,
            }
        } else if world.strikes(Fault::TableDisconnects, target) {
            Conduct::Breaks
        } else {
            let is_slow = world.strikes(Fault::TableSlow, target);
            Conduct::Answers {
                after: if is_slow { world.slow(target) } else { SOON },
                is_stale: world.strikes(Fault::TableStale, target),
            }
        }
    }
}

impl SubjectKeyStore for Seen {
    fn read<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<SubjectRows, TableFailed>> {
        let answer = async move {
            let target = names.first().map(|name| number_of(name)).unwrap_or_default();
            tokio::time::sleep(SOON).await;
            let conduct = self.conduct(target);
            let (after, is_stale) = match conduct {
                Conduct::Fails | Conduct::Breaks => return None,
                Conduct::IsSilent { .. } => return std::future::pending().await,
                Conduct::Answers { after, is_stale } => (after, is_stale),
            };
            let now = self.world.now();
            let rows = {
                let table = self.world.table();
                let row = |name: &String| match is_stale {
                    true => table.stale(name, now),
                    false => table.rows.get(name).cloned(),
                };
                let found = names.iter().filter_map(|name| Some((name.clone(), row(name)?)));
                SubjectRows {
                    found: found.collect(),
                    ..SubjectRows::default()
                }
            };
            tokio::time::sleep(after).await;
            Some(rows)
        };
        async move { within_limit(answer).await.ok_or(TableFailed) }.boxed()
    }

    fn create<'a>(
        &'a self,
        name: &'a str,
        key: &'a SubjectKey,
    ) -> BoxFuture<'a, Result<SubjectRow, TableFailed>> {
        let answer = async move {
            tokio::time::sleep(SOON).await;
            let conduct = self.conduct(number_of(name) ^ 1);
            let create = || self.world.create(name, SubjectRow::Key(Arc::new(key.clone())));
            match conduct {
                Conduct::Fails => None,
                Conduct::IsSilent { is_done } => {
                    if is_done {
                        create();
                    }
                    std::future::pending().await
                }
                Conduct::Breaks => {
                    create();
                    None
                }
                Conduct::Answers { after, .. } => {
                    let row = create();
                    tokio::time::sleep(after).await;
                    Some(row)
                }
            }
        };
        async move { within_limit(answer).await.ok_or(TableFailed) }.boxed()
    }
}
