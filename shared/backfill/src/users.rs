//! What is known of users: who was deleted, who was erased, and the keys of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use tokio_util::sync::CancellationToken;
use user_events_aws::{Person, Persons};

use crate::edge::accounts::{AccountState, Accounts, MAX_ACCOUNTS};
use crate::edge::failure::{Cause, Failure};
use crate::error::RunError;
use crate::halt::Halt;
use crate::patience::Patience;

/// The most accounts that are remembered, in about a megabyte.
const MAX_KEPT: usize = 10_000;

/// What is known of the users of a run.
pub(crate) struct Users {
    accounts: Option<Arc<dyn Accounts>>,
    persons: Option<Persons>,
    /// A state that was read once is good enough: every later change comes from the live queue.
    kept: Mutex<LruCache<String, AccountState>>,
    run: String,
}

impl Users {
    pub(crate) fn new(accounts: Option<Arc<dyn Accounts>>, persons: Option<Persons>, run: String) -> Self {
        Self {
            accounts,
            persons,
            // A bounded cache would reserve its memory at once.
            kept: Mutex::new(LruCache::unbounded()),
            run,
        }
    }

    /// The accounts of the users with these partition keys, except those that cannot be known: the run has no accounts
    /// table. `seen` was read in a page already.
    pub(crate) async fn accounts(
        &self,
        users: BTreeSet<String>,
        mut seen: BTreeMap<String, AccountState>,
        patience: &Patience,
        stop: &CancellationToken,
    ) -> Result<BTreeMap<String, AccountState>, Halt> {
        let Some(accounts) = &self.accounts else {
            return Ok(seen);
        };
        self.keep(&seen);
        let mut unknown: Vec<String> = Vec::new();
        {
            let mut kept = self.lock();
            for user in users {
                match kept.get(&user) {
                    _ if seen.contains_key(&user) => {}
                    Some(state) => drop(seen.insert(user, *state)),
                    None => unknown.push(user),
                }
            }
        }
        let mut failed = 0;
        while !unknown.is_empty() {
            let asked = unknown.get(..MAX_ACCOUNTS).unwrap_or(&unknown);
            let answer = match accounts.states(asked).await {
                Ok(states) if states.is_empty() => Err(Failure::new(
                    Cause::Throttled,
                    "the accounts table answered for no user",
                )),
                answer => answer,
            };
            match answer {
                Ok(states) => {
                    failed = 0;
                    self.keep(&states);
                    unknown.retain(|user| !states.contains_key(user));
                    seen.extend(states);
                }
                Err(failure) => {
                    failed += 1;
                    patience
                        .pause(failed, failure, stop, |failure| self.error(failure))
                        .await?;
                }
            }
        }
        Ok(seen)
    }

    /// What is known of these persons, subjects such as `users/42`. Empty if nobody can be erased.
    pub(crate) async fn persons(
        &self,
        subjects: &[String],
        patience: &Patience,
        stop: &CancellationToken,
    ) -> Result<BTreeMap<String, Person>, Halt> {
        let Some(persons) = &self.persons else {
            return Ok(BTreeMap::new());
        };
        let call = async || {
            let answer = persons.know(subjects).await;
            answer.map_err(|_| Failure::new(Cause::Passing, "the table of persons' keys could not be read"))
        };
        patience.call(stop, call, |failure| self.error(failure)).await
    }

    fn error(&self, failure: Failure) -> RunError {
        RunError::Users {
            run: self.run.clone(),
            failure,
        }
    }

    fn keep(&self, states: &BTreeMap<String, AccountState>) {
        let mut kept = self.lock();
        for (user, state) in states {
            kept.put(user.clone(), *state);
        }
        while kept.len() > MAX_KEPT {
            kept.pop_lru();
        }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<String, AccountState>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
