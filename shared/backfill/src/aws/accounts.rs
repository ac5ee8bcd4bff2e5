//! The accounts table of the native layout.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use user_events_catalog::account_key;

use super::attribute::Row;
use super::refusal::failure;
use crate::edge::accounts::{AccountState, Accounts};
use crate::edge::failure::{Cause, Failure};

/// The accounts table of the native layout, which can be the single table.
#[derive(Debug, Clone)]
pub struct AccountsTable {
    client: Client,
    table: String,
}

impl AccountsTable {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    async fn read(&self, users: &[String]) -> Result<BTreeMap<String, AccountState>, Failure> {
        let keys = users.iter().filter_map(|user| account_key(user)).map(|account| {
            Row::from([
                ("pk".to_owned(), AttributeValue::S(account.pk)),
                ("sk".to_owned(), AttributeValue::S(account.sk.to_owned())),
            ])
        });
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys.collect()))
            .projection_expression("pk, #status")
            .expression_attribute_names("#status", "status")
            .consistent_read(true)
            .build()
            .map_err(|_| Failure::new(Cause::Final, "no account was asked for"))?;
        let request = self.client.batch_get_item().request_items(&self.table, wanted);
        let answer = request.send().await;
        let answer = answer.map_err(|error| failure(error.code(), "a read of the accounts table"))?;
        let unread = answer.unprocessed_keys.into_iter().flat_map(HashMap::into_values);
        let unread: BTreeSet<_> = unread
            .flat_map(|left| left.keys)
            .filter_map(|key| text(&key, "pk"))
            .collect();
        let found = answer
            .responses
            .into_iter()
            .flat_map(HashMap::into_values)
            .flatten();
        let found: BTreeMap<_, _> = found
            .filter_map(|row| Some((text(&row, "pk")?, state(&row))))
            .collect();
        let read = users.iter().filter(|user| !unread.contains(*user));
        let state = |user: &String| found.get(user).copied().unwrap_or(AccountState::Absent);
        Ok(read.map(|user| (user.clone(), state(user))).collect())
    }
}

impl Accounts for AccountsTable {
    fn states<'a>(
        &'a self,
        users: &'a [String],
    ) -> BoxFuture<'a, Result<BTreeMap<String, AccountState>, Failure>> {
        self.read(users).boxed()
    }
}

fn text(row: &Row, name: &str) -> Option<String> {
    row.get(name)?.as_s().ok().cloned()
}

fn state(account: &Row) -> AccountState {
    if text(account, "status").as_deref() == Some("DELETED") {
        AccountState::Deleted
    } else {
        AccountState::Present
    }
}
