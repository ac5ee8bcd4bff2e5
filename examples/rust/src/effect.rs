//! The effects of an event. Change this file to build your own subscriber.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use user_events_catalog::account::UserRegisteredEventV1;
use user_events_catalog::classes::Contact;
use user_events_consumer::{Event, Failure, Incoming, Opened, UnwrapKey};

/// The writes that the event causes, at most 98. This example adds a row to an outbox for every user who registered with
/// an e-mail address. Another process sends the welcome mail from there, because a row can be part of a transaction and a
/// mail cannot.
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
    if event.event_type() != UserRegisteredEventV1::TYPE {
        return Ok(Vec::new());
    }
    let registered: UserRegisteredEventV1 = event.read()?;
    let contact = incoming.open::<Contact>().await?.and_then(Opened::clear);
    let Some(email) = contact.and_then(|contact| contact.email) else {
        return Ok(Vec::new());
    };
    let mut row = HashMap::from([
        ("pk".to_owned(), AttributeValue::S("OUTBOX".to_owned())),
        (
            "sk".to_owned(),
            AttributeValue::S(format!("WELCOME#{}", event.id())),
        ),
        ("userId".to_owned(), AttributeValue::S(registered.user_id)),
        ("email".to_owned(), AttributeValue::S(email)),
    ]);
    if let Some(locale) = registered.locale {
        row.insert("locale".to_owned(), AttributeValue::S(locale));
    }
    let put = Put::builder().table_name(table).set_item(Some(row)).build();
    let put = put.map_err(Failure::retry)?;
    Ok(vec![TransactWriteItem::builder().put(put).build()])
}
