//! What this consumer does with an event. This is the file to change.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use user_events_catalog::account::UserRegisteredEventV1;
use user_events_catalog::classes::Contact;
use user_events_consumer::{Event, Opened, Opener, ReceivedEvent, UnwrapKey};

use crate::Failure;

/// What an event causes.
#[derive(Debug, Default)]
pub struct Effects {
    /// The writes, 98 at most.
    pub writes: Vec<TransactWriteItem>,
    /// The class that was opened for them.
    pub opened: Option<&'static str>,
    /// The class that this consumer was not granted.
    pub denied: Option<&'static str>,
}

/// The writes that the event causes: for every user who registered with an e-mail address a row in an outbox, out of
/// which something else sends the welcome mail. A mail cannot be part of a transaction, and a row can.
///
/// Other event types cause none. Nor does a registration whose `contact` this consumer was not granted.
///
/// Fails when the event does not fit its type, when its token must not be opened and when KMS cannot be asked.
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
