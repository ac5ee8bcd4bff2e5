//! The events of a page: made, checked against deleted and erased users, and sealed.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;
use user_events_aws::Person;
use user_events_catalog::snapshot::{account_key, deleted_user};
use user_events_core::pipeline::{Decoded, decode_scanned, envelopes};
use user_events_core::{
    Attribute, Category, Code, Disposition, Envelope, Error, Image, ScannedItem, SealedEnvelope, Time,
    random_nonce, subject_from_keys,
};

use crate::backfill::{Backfill, Table};
use crate::counts::{Counts, UnfitRow};
use crate::edge::accounts::AccountState;
use crate::edge::queue::Message;
use crate::edge::source::Page;
use crate::error::RunError;
use crate::halt::Halt;

/// Makes the events of pages.
pub(crate) struct Making<'a> {
    pub(crate) run: &'a Backfill,
    pub(crate) table: &'a Table,
    pub(crate) categories: &'a [&'static Category],
    pub(crate) stop: &'a CancellationToken,
}

/// What a page becomes.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) messages: Vec<Message>,
    pub(crate) counts: Counts,
    pub(crate) unfit: Vec<UnfitRow>,
    ids: BTreeSet<String>,
}

/// The events of one item.
struct Item {
    /// What names the item in the report, if it does not fit.
    keys: BTreeMap<String, String>,
    envelopes: Vec<Envelope>,
    /// The users of its rows.
    accounts: Accounts,
    /// Whether its table has the native shape, so that the accounts table knows its users.
    native: bool,
}

/// Users by their subjects: the partition key of each, and what the item's own rows say of the account.
type Accounts = BTreeMap<String, (String, Option<AccountState>)>;

/// The subjects that are persons.
const PERSONS: &str = "users/";

/// How often a data key is asked for.
const KEY_ATTEMPTS: u32 = 8;

impl Making<'_> {
    /// The events of a page.
    ///
    /// Fails when keys or the state of users are not available, and when the run is stopped meanwhile. A row that does not fit
    /// is counted, and fails nothing.
    pub(crate) async fn events(&self, page: Page, read_at: Time) -> Result<Made, Halt> {
        let mut made = Made::default();
        made.counts.rows = page.items.len() as u64 + page.unreadable;
        made.counts.capacity = page.capacity;
        for _ in 0..page.unreadable {
            let error = Error::new(Code::UndecodableRecord, "a line of the export is no item");
            self.set_aside(BTreeMap::new(), &error, &mut made);
        }
        let mut items = Vec::new();
        for image in page.items {
            let keys = self.keys(&image);
            match self.item(image, read_at, &keys) {
                Ok(item) => {
                    if item.envelopes.is_empty() && item.is_deleted() {
                        made.counts.deleted += 1;
                    } else if item.envelopes.is_empty() {
                        made.counts.stateless += 1;
                    }
                    items.push(item);
                }
                Err(error) => self.set_aside(keys, &error, &mut made),
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

    /// An item with the events of its rows.
    fn item(&self, image: Image, read_at: Time, keys: &BTreeMap<String, String>) -> Result<Item, Error> {
        let item = ScannedItem {
            run: self.run.run.id.to_string(),
            table: self.table.name.clone(),
            region: self.table.region.clone(),
            read_at,
            attributes: image,
        };
        let decoded = decode_scanned(self.run.mapping.as_ref(), item)?;
        let events = envelopes(self.categories, &decoded, &self.run.publication)?;
        let envelopes = events.into_iter().flatten().collect::<Result<_, _>>()?;
        Ok(Item {
            keys: keys.clone(),
            envelopes,
            accounts: accounts(&decoded),
            native: !decoded.is_mapped(),
        })
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
        let mut sealed = Vec::with_capacity(item.envelopes.len());
        for envelope in item.envelopes {
            match self.seal_one(envelope).await? {
                Ok(event) => sealed.push(event),
                Err(error) => {
                    self.set_aside(item.keys, &error, made);
                    return Ok(());
                }
            }
        }
        for event in sealed {
            if self.run.filter.as_ref().is_some_and(|filter| !(filter.0)(&event)) {
                made.counts.unwanted += 1;
                continue;
            }
            let name = event.attribute("eventType").unwrap_or_default().to_owned();
            let message = Message::from(event);
            // Two items of a mapped table can be the same row.
            if !made.ids.insert(message.id.clone()) {
                continue;
            }
            made.counts.events += 1;
            made.counts.bytes += message.bytes() as u64;
            *made.counts.by_type.entry(name).or_default() += 1;
            made.messages.push(message);
        }
        Ok(())
    }

    /// Fails inside when the event can never be sealed, or is too large.
    async fn seal_one(&self, envelope: Envelope) -> Result<Result<SealedEnvelope, Error>, Halt> {
        let mut attempts = 0;
        let keys = loop {
            if self.stop.is_cancelled() {
                return Err(Halt::Stopped);
            }
            match self.run.keys.ring(envelope.classes()) {
                Ok(keys) => break keys,
                Err(class) if attempts == KEY_ATTEMPTS => {
                    let run = self.run.run.id.to_string();
                    return Err(RunError::NoDataKey { class, run }.into());
                }
                // After a failure it waits by itself.
                Err(class) => drop(self.run.keys.fetch(class).await),
            }
            attempts += 1;
        };
        let event = match envelope.seal(&keys, &mut random_nonce) {
            Ok(event) => event,
            Err(error) if error.disposition() == Disposition::Park => return Ok(Err(error)),
            Err(error) => return Err(RunError::Sealing(error.message().to_owned()).into()),
        };
        if event.bytes() > self.run.options.max_message_bytes {
            let message = format!(
                "an event of category {} is larger than the queue accepts",
                event.category
            );
            return Ok(Err(Error::new(Code::EventTooLarge, message)));
        }
        Ok(Ok(event))
    }

    fn set_aside(&self, keys: BTreeMap<String, String>, error: &Error, made: &mut Made) {
        let code = error.code().as_str().to_owned();
        *made.counts.unfit.entry(code.clone()).or_default() += 1;
        made.unfit.push(UnfitRow {
            table: self.table.name.clone(),
            keys,
            code,
            reason: error.message().to_owned(),
        });
    }

    /// The item's keys, by name, as far as they are text or numbers.
    fn keys(&self, image: &Image) -> BTreeMap<String, String> {
        let mapped = self
            .run
            .mapping
            .as_ref()
            .and_then(|mapping| mapping.table(&self.table.name));
        let names = match mapped {
            Some(table) => [Some(table.partition_key()), table.sort_key()],
            None => [Some("pk"), Some("sk")],
        };
        let key = |name: &str| match image.get(name)? {
            Attribute::S(text) | Attribute::N(text) => Some((name.to_owned(), text.clone())),
            _ => None,
        };
        names.into_iter().flatten().filter_map(key).collect()
    }
}

fn is_of_person(event: &Envelope) -> bool {
    event.subject().starts_with(PERSONS)
}

/// The users of the item's rows, and what the rows say of their accounts.
fn accounts(decoded: &Decoded) -> Accounts {
    let mut accounts = Accounts::new();
    for record in decoded.records() {
        let keys = &record.keys;
        let Some((account, subject)) = account_key(&keys.pk).zip(subject_from_keys(&keys.pk, None)) else {
            continue;
        };
        let state = if deleted_user(record).is_some() {
            Some(AccountState::Deleted)
        } else {
            (keys.sk == account.sk).then_some(AccountState::Present)
        };
        let (_, known) = accounts.entry(subject).or_insert((account.pk, None));
        *known = state.or(*known);
    }
    accounts
}

impl Item {
    fn is_deleted(&self) -> bool {
        let mut states = self.accounts.values();
        states.any(|(_, state)| *state == Some(AccountState::Deleted))
    }
}
