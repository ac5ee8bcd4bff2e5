//! The effects of an event. Change this file to build your own subscriber.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use user_events_catalog::account::UserRegisteredEventV1;
use user_events_catalog::classes::Contact;
use user_events_consumer::{Event, Opened, Opener, ReceivedEvent, UnwrapKey};

use crate::failure::Failure;

/// The effects of an event.
#[derive(Debug, Default)]
pub struct Effects {
    /// The writes, at most 98.
    pub writes: Vec<TransactWriteItem>,
    /// The class that was opened for the writes.
    pub opened: Option<&'static str>,
    /// The class that is not granted to this consumer.
    pub denied: Option<&'static str>,
}

/// The writes that the event causes. This example adds a row to an outbox for every user who registered with an e-mail
/// address. Another process sends the welcome mail from there, because a row can be part of a transaction and a mail
/// cannot.
///
/// Other event types cause no writes, and neither does a registration if `contact` is not granted.
///
/// Fails when the event does not fit its type, when its token must not be opened, and when KMS does not answer.
pub async fn effects<K: UnwrapKey>(
    event: &ReceivedEvent,
    opener: &Opener<K>,
    table: &str,
) -> Result<Effects, Failure> {
    const CLASS: &str = "contact";
    if event.event_type() != UserRegisteredEventV1::TYPE {
        return Ok(Effects::default());
    }
    let registered: UserRegisteredEventV1 = event.read()?;
    let contact = match opener.open::<Contact>(event).await? {
        None => return Ok(Effects::default()),
        Some(Opened::NotGranted) => {
            return Ok(Effects {
                denied: Some(CLASS),
                ..Effects::default()
            });
        }
        Some(Opened::Clear(contact)) => contact,
    };
    let mut effects = Effects {
        opened: Some(CLASS),
        ..Effects::default()
    };
    if let Some(email) = contact.email {
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
        let put = put.map_err(|_| Failure::Incomplete)?;
        effects.writes.push(TransactWriteItem::builder().put(put).build());
    }
    Ok(effects)
}
