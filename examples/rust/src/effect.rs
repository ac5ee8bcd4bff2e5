//! The effects of an event. Change this file to build your own subscriber.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use user_events_catalog::account::{UserErasedEventV1, UserRegisteredEventV1};
use user_events_catalog::classes::Contact;
use user_events_consumer::{Event, Failure, Incoming, Opened, UnwrapKey};

/// A row of an outbox or of another table.
type Row = HashMap<String, AttributeValue>;

/// The writes that the event causes, at most 98. This example adds a row to an outbox for every user who registered with
/// an e-mail address. Another process sends the welcome mail from there, because a row can be part of a transaction and a
/// mail cannot.
///
/// When a user is erased, a marker takes the place of the row, so that the copy is deleted. A registration that arrives later
/// does not bring the copy back: as a rule, it cannot be opened any more; and within the minutes in which a reader may still
/// have the user's secret, the condition refuses the row (`effect-refused`, which no retry can mend).
///
/// If the subscriber joins late, a snapshot has an event of every account that there is. Those users registered long ago and
/// get no mail. A subscriber that keeps a copy of the account stores it here: `event.read::<UserAccountSnapshotEventV1>()`.
///
/// Other event types cause no writes, and neither does a registration if `contact` is not granted. If your consumer
/// cannot do without a class, require it: `Consumer::require`.
///
/// Fails when the event does not fit its type, when its token must not be opened, and when KMS does not answer.
pub async fn effects<K: UnwrapKey>(
    incoming: &Incoming<'_, K>,
    table: &str,
) -> Result<Vec<TransactWriteItem>, Failure> {
    let event = incoming.event();
    if event.event_type() == UserErasedEventV1::TYPE {
        let erased: UserErasedEventV1 = event.read()?;
        let mut marker = key(&erased.user_id);
        marker.insert("erasedAt".to_owned(), text(&erased.erased_at.to_string()));
        return put(Put::builder().table_name(table).set_item(Some(marker)));
    }
    if event.event_type() != UserRegisteredEventV1::TYPE {
        return Ok(Vec::new());
    }
    let registered: UserRegisteredEventV1 = event.read()?;
    let contact = incoming.open::<Contact>().await?.and_then(Opened::clear);
    let Some(email) = contact.and_then(|contact| contact.email) else {
        return Ok(Vec::new());
    };
    let mut row = key(&registered.user_id);
    row.insert("userId".to_owned(), text(&registered.user_id));
    row.insert("email".to_owned(), text(&email));
    if let Some(locale) = registered.locale {
        row.insert("locale".to_owned(), text(&locale));
    }
    put(Put::builder()
        .table_name(table)
        .set_item(Some(row))
        .condition_expression("attribute_not_exists(erasedAt)"))
}

/// The key of a user's row, which is found again when the user is erased.
fn key(user_id: &str) -> Row {
    Row::from([
        ("pk".to_owned(), text("OUTBOX")),
        ("sk".to_owned(), text(&format!("WELCOME#{user_id}"))),
    ])
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn put(put: PutBuilder) -> Result<Vec<TransactWriteItem>, Failure> {
    let put = put.build().map_err(Failure::retry)?;
    Ok(vec![TransactWriteItem::builder().put(put).build()])
}
