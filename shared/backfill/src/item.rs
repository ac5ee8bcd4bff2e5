//! One item of a page: its events, and what its rows say of the accounts of their users.

use std::collections::BTreeMap;

use user_events_catalog::{account_key, deleted_user};
use user_events_core::pipeline::{Decoded, decode_scanned, envelopes};
use user_events_core::{
    Attribute, Category, Envelope, Error, Image, Mapping, ScannedItem, Time, subject_from_keys,
};

use crate::backfill::{Backfill, Table};
use crate::edge::accounts::AccountState;

/// The events of one item.
pub(crate) struct Item {
    /// What names the item in the report, if it does not fit.
    pub(crate) keys: BTreeMap<String, String>,
    pub(crate) envelopes: Vec<Envelope>,
    /// The users of its rows.
    pub(crate) accounts: Accounts,
    /// Whether its table has the native shape, so that the accounts table knows its users.
    pub(crate) native: bool,
}

/// Users by their subjects: the partition key of each, and what the item's own rows say of the account.
type Accounts = BTreeMap<String, (String, Option<AccountState>)>;

/// The subjects that are persons.
const PERSONS: &str = "users/";

impl Item {
    /// An item with the events of its rows.
    ///
    /// Fails with what names the item, when one of its rows does not fit.
    pub(crate) fn read(
        run: &Backfill,
        table: &Table,
        categories: &[&'static Category],
        image: Image,
        read_at: Time,
    ) -> Result<Self, (BTreeMap<String, String>, Error)> {
        let keys = keys(run.mapping.as_ref(), table, &image);
        let item = ScannedItem {
            run: run.run.id.to_string(),
            table: table.name.clone(),
            region: table.region.clone(),
            read_at,
            attributes: image,
        };
        let read = decode_scanned(run.mapping.as_ref(), item).and_then(|decoded| {
            let events = envelopes(categories, &decoded, &run.publication)?;
            let envelopes = events.into_iter().flatten().collect::<Result<_, _>>()?;
            Ok((envelopes, accounts(&decoded), !decoded.is_mapped()))
        });
        match read {
            Ok((envelopes, accounts, native)) => Ok(Self {
                keys,
                envelopes,
                accounts,
                native,
            }),
            Err(error) => Err((keys, error)),
        }
    }

    /// Whether the item itself says that a user was deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        let mut states = self.accounts.values();
        states.any(|(_, state)| *state == Some(AccountState::Deleted))
    }
}

/// Whether the event is of a person.
pub(crate) fn is_of_person(event: &Envelope) -> bool {
    event.subject().starts_with(PERSONS)
}

/// The item's keys, by name, as far as they are text or numbers.
fn keys(mapping: Option<&Mapping>, table: &Table, image: &Image) -> BTreeMap<String, String> {
    let mapped = mapping.and_then(|mapping| mapping.table(&table.name));
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
