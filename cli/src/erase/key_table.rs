//! The table of persons' keys: the state of a person's row, and the tombstone.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Error, Result, anyhow, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use user_events_core::Time;
use user_events_local::clock;
use user_events_local::failure::explained;

use super::ledger::Ledger;
use super::person::Person;

/// Another write of the same row at the same time cancels a transaction (Amazon DynamoDB API Reference,
/// *TransactWriteItems*). It is tried so often.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// The table of persons' keys.
#[derive(Debug)]
pub(super) struct KeyTable<'a> {
    pub(super) client: &'a Client,
    pub(super) name: &'a str,
}

/// The row of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// No row: the person has had no event with personal data since the keys were switched on.
    Absent,
    /// A key: the person is not erased.
    Key,
    /// A tombstone, since this time.
    Tombstone(Time),
}

impl KeyTable<'_> {
    /// The row of the person. Never reads the secret.
    ///
    /// Fails when the table cannot be read.
    pub(super) async fn row(&self, pk: &str) -> Result<Row> {
        let answer = self
            .client
            .get_item()
            .table_name(self.name)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .projection_expression("pk, erasedAt")
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| {
                explained(
                    format_args!("the table of keys {} could not be read", self.name),
                    "dynamodb:GetItem on it and kms:Decrypt with the key that encrypts it",
                    &error,
                )
            })?;
        let Some(row) = answer.item else {
            return Ok(Row::Absent);
        };
        state(&row).ok_or_else(|| not_a_time(self.name, pk))
    }

    /// Puts a tombstone in place of the person's key, and the person into the ledger, in one transaction. The first
    /// `erasedAt` of the two stays. Returns it.
    ///
    /// Fails when a table refuses.
    pub(super) async fn bury(&self, ledger: &Ledger<'_>, person: &Person) -> Result<Time> {
        for _ in 0..ATTEMPTS {
            let pk = person.pk();
            if let Row::Tombstone(erased_at) = self.row(pk).await? {
                ledger.enter(pk, erased_at).await?;
                return Ok(erased_at);
            }
            let now = clock::now();
            let known = ledger.entry(pk).await?.map(|entry| entry.erased_at);
            let erased_at = known.unwrap_or(now);
            if self.write(ledger, person, erased_at, now).await? {
                return Ok(erased_at);
            }
            tokio::time::sleep(PAUSE).await;
        }
        bail!("the row of the person is being written all the time; run the command again")
    }

    /// Returns whether the transaction was accepted. It is not if another one was quicker.
    async fn write(&self, ledger: &Ledger<'_>, person: &Person, erased_at: Time, now: Time) -> Result<bool> {
        let text = |text: String| AttributeValue::S(text);
        let tombstone = Put::builder()
            .table_name(self.name)
            .item("pk", text(person.pk().to_owned()))
            .item("erasedAt", text(erased_at.to_string()))
            .item("subject", text(person.subject().to_owned()))
            .condition_expression("attribute_not_exists(erasedAt)")
            .build()?;
        let entry = Update::builder()
            .table_name(ledger.name)
            .key("pk", text(person.pk().to_owned()))
            .update_expression(
                "SET erasedAt = if_not_exists(erasedAt, :erasedAt), tombstoneAt = :now, complete = :no",
            )
            .expression_attribute_values(":erasedAt", text(erased_at.to_string()))
            .expression_attribute_values(":now", text(now.to_string()))
            .expression_attribute_values(":no", AttributeValue::Bool(false))
            .build()?;
        let written = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(tombstone).build())
            .transact_items(TransactWriteItem::builder().update(entry).build())
            .send()
            .await;
        let error = match written {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        let is_lost = error.as_service_error().is_some_and(is_lost_race);
        if is_lost {
            return Ok(false);
        }
        match error.code() {
            Some("ResourceNotFoundException") => bail!(
                "this account and region have no table {} or no table {}; check --stack, --table, --ledger, AWS_PROFILE \
                 and AWS_REGION",
                self.name,
                ledger.name
            ),
            _ => Err(explained(
                format_args!(
                    "the tombstone could not be written into {} and {}",
                    self.name, ledger.name
                ),
                "dynamodb:PutItem on the table of keys, dynamodb:UpdateItem on the ledger, and kms:Decrypt with the key \
                 that encrypts them",
                &error,
            )),
        }
    }
}

/// What the row of a person is; `None` if its `erasedAt` is not a time.
fn state(row: &HashMap<String, AttributeValue>) -> Option<Row> {
    match row.get("erasedAt") {
        None => Some(Row::Key),
        Some(erased_at) => erased_at
            .as_s()
            .ok()
            .and_then(|text| Time::parse(text))
            .map(Row::Tombstone),
    }
}

fn not_a_time(table: &str, pk: &str) -> Error {
    anyhow!(
        "the row {pk} of the table of keys {table} has an `erasedAt` that is not a time in a string, such as \
         2026-03-01T12:00:00.000Z, so it does not say when the person was erased; set it to the `erasedAt` of the row with \
         the same `pk` in the ledger, or to the current time if the ledger has no such row, and run the command again"
    )
}

/// Whether another write of the rows was quicker.
fn is_lost_race(error: &TransactWriteItemsError) -> bool {
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let mut codes = cancelled
                .cancellation_reasons()
                .iter()
                .filter_map(|reason| reason.code());
            codes.any(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
        }
        error => error.is_transaction_in_progress_exception(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(attributes: &[(&str, AttributeValue)]) -> HashMap<String, AttributeValue> {
        let owned = |(name, value): &(&str, AttributeValue)| ((*name).to_owned(), value.clone());
        attributes.iter().map(owned).collect()
    }

    #[test]
    fn a_row_is_a_key_or_a_tombstone_with_a_time() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let pk = ("pk", text("p"));
        assert_eq!(state(&row(std::slice::from_ref(&pk))), Some(Row::Key));
        let erased_at = Time::from_millisecond(1_772_366_400_000).unwrap();
        let tombstone = row(&[pk.clone(), ("erasedAt", text("2026-03-01T12:00:00.000Z"))]);
        assert_eq!(state(&tombstone), Some(Row::Tombstone(erased_at)));
        for wrong in [
            text("yesterday"),
            text(""),
            AttributeValue::N("1772366400".to_owned()),
            AttributeValue::Null(true),
        ] {
            assert_eq!(
                state(&row(&[pk.clone(), ("erasedAt", wrong.clone())])),
                None,
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn the_error_of_a_wrong_tombstone_names_its_row_and_says_how_to_mend_it() {
        let error = not_a_time("persons", "0123abcd").to_string();
        for part in [
            "0123abcd",
            "persons",
            "`erasedAt`",
            "ledger",
            "2026-03-01T12:00:00.000Z",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
}
