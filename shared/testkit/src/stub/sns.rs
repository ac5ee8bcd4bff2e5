//! SNS: `PublishBatch`, in the query protocol (Amazon SNS API Reference, *PublishBatch*).

use std::collections::BTreeMap;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};

use super::behaviour::{Behaviour, Endpoint};
use super::response::{Broken, status_of, xml_response};
use super::state::{Published, State, lock};
use crate::simulator::{Happening, Said, TopicAnswer};

/// Reads a form and answers with XML.
pub(super) async fn publish_batch(
    request: &[u8],
    process: u64,
    state: &Arc<State>,
) -> Result<Response<Full<Bytes>>, Broken> {
    let form: BTreeMap<String, String> = form_urlencoded::parse(request).into_owned().collect();
    if form.get("Action").map(String::as_str) != Some("PublishBatch") {
        lock(&state.calls).other += 1;
        return Ok(xml_response(StatusCode::FORBIDDEN, String::new()));
    }
    lock(&state.calls).publish += 1;
    if let Some(code) = state.failure(Endpoint::Sns).await {
        return Ok(query_error(code));
    }
    let (entries, events) = entries(&form);
    if state.behaviour(Endpoint::Sns) == Behaviour::RefusesEntries {
        let said = vec![Said::Failed { sender_fault: false }; entries.len()];
        return Ok(xml_response(
            StatusCode::OK,
            publish_batch_answer(&entries, &said),
        ));
    }
    let call = state.world.next_call();
    let ids: Vec<_> = events
        .iter()
        .map(|event| event.deduplication_id.clone().unwrap_or_default())
        .collect();
    state.world.note(Happening::Sent {
        call,
        process,
        ids: ids.clone(),
    });
    let treatment = state.world.treatment(&ids);
    let taken = events.into_iter().zip(&ids).zip(&treatment.taken);
    for ((event, id), _) in taken.filter(|(_, taken)| **taken) {
        state.world.note(Happening::Taken {
            call,
            id: id.clone(),
            body: event.body.clone(),
            replay: event.attributes.contains_key("replay"),
        });
        lock(&state.published).push(event);
    }
    match treatment.answer {
        None => std::future::pending().await,
        Some((_, TopicAnswer::Error(None))) => Err(Broken),
        Some((_, TopicAnswer::Error(Some(code)))) => Ok(query_error(code)),
        Some((after, TopicAnswer::Entries(said))) => {
            if treatment.slow {
                tokio::time::sleep(after).await;
            }
            let accepted = ids.iter().zip(&said).filter(|(_, said)| **said == Said::Accepted);
            state.world.note(Happening::Told {
                call,
                process,
                ids: accepted.map(|(id, _)| id.clone()).collect(),
            });
            Ok(xml_response(
                StatusCode::OK,
                publish_batch_answer(&entries, &said),
            ))
        }
    }
}

/// The ids and the events of the entries of a call.
fn entries(form: &BTreeMap<String, String>) -> (Vec<String>, Vec<Published>) {
    let entry = |place: usize| {
        let prefix = format!("PublishBatchRequestEntries.member.{place}");
        let member = |name: &str| form.get(&format!("{prefix}.{name}")).cloned();
        let attribute = |number: usize| {
            let entry = format!("MessageAttributes.entry.{number}");
            Some((
                member(&format!("{entry}.Name"))?,
                member(&format!("{entry}.Value.StringValue"))?,
            ))
        };
        let event = Published {
            body: member("Message").unwrap_or_default(),
            attributes: (1..).map_while(attribute).collect(),
            group: member("MessageGroupId"),
            deduplication_id: member("MessageDeduplicationId"),
        };
        Some((member("Id")?, event))
    };
    (1..).map_while(entry).unzip()
}

fn publish_batch_answer(entries: &[String], said: &[Said]) -> String {
    let (mut accepted, mut failed) = (String::new(), String::new());
    for (id, said) in entries.iter().zip(said) {
        match said {
            Said::Nothing => {}
            Said::Accepted => {
                accepted += &format!("<member><Id>{id}</Id><MessageId>m-{id}</MessageId></member>");
            }
            Said::Failed { sender_fault } => {
                let code = if *sender_fault {
                    "InvalidParameter"
                } else {
                    "InternalFailure"
                };
                failed += &format!(
                    "<member><Id>{id}</Id><Code>{code}</Code><SenderFault>{sender_fault}</SenderFault></member>"
                );
            }
        }
    }
    format!(
        r#"<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful>{accepted}</Successful><Failed>{failed}</Failed></PublishBatchResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishBatchResponse>"#
    )
}

/// The error of a whole call (Amazon SNS API Reference, *PublishBatch*, errors).
fn query_error(code: &str) -> Response<Full<Bytes>> {
    let status = status_of(code);
    let fault = if status.is_client_error() {
        "Sender"
    } else {
        "Receiver"
    };
    let xml = format!(
        r#"<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>{fault}</Type><Code>{code}</Code><Message>injected</Message></Error><RequestId>r</RequestId></ErrorResponse>"#
    );
    xml_response(status, xml)
}
