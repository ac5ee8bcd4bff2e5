//! The services of the stub on the wire: well, or with the faults of the plan.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::simulator::{Answer, Happening, KeyConduct, ParkingAnswer, Said};
use crate::stub::{Published, State, json_response, lock};

/// The connection is to be broken in place of an answer.
#[derive(Debug)]
pub(crate) struct Broken;

/// KMS, *GenerateDataKey*.
pub(crate) async fn data_key(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let class = request["EncryptionContext"]["class"].as_str().unwrap_or_default();
    match state.world.key_conduct(class).0 {
        KeyConduct::Denies => return json_error(StatusCode::BAD_REQUEST, "AccessDeniedException"),
        KeyConduct::IsDown => return json_error(StatusCode::INTERNAL_SERVER_ERROR, "KMSInternalException"),
        KeyConduct::IsSilent => return std::future::pending().await,
        KeyConduct::Gives(after) => tokio::time::sleep(after).await,
    }
    let key = user_events_core::description::sample_data_key(class);
    json_response(&json!({
        "KeyId": request["KeyId"],
        "Plaintext": BASE64_STANDARD.encode(key.plaintext.as_slice()),
        "CiphertextBlob": key.wrapped,
    }))
}

/// SQS, *SendMessage*.
pub(crate) async fn park(request: &[u8], state: &State) -> Result<Response<Full<Bytes>>, Broken> {
    #[derive(serde::Deserialize)]
    struct Message<'a> {
        #[serde(borrow)]
        record: &'a serde_json::value::RawValue,
    }
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let message = request["MessageBody"].as_str().unwrap_or_default();
    let record = serde_json::from_str(message).map_or("", |message: Message| message.record.get());
    let conduct = state.world.parking_conduct(record);
    if conduct.takes {
        lock(&state.parked).push(message.to_owned());
        state.world.note(Happening::Parked {
            message: message.to_owned(),
        });
    }
    match conduct.answer {
        ParkingAnswer::IsDown => Ok(json_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable")),
        ParkingAnswer::Breaks => Err(Broken),
        ParkingAnswer::Silence => std::future::pending().await,
        ParkingAnswer::Done => {
            state.world.note(Happening::ParkedTold {
                raw: record.to_owned(),
            });
            Ok(json_response(
                &json!({ "MessageId": "00000000-0000-4000-8000-000000000000" }),
            ))
        }
    }
}

/// SNS speaks the query protocol: a form in, XML out (Amazon SNS API Reference, *PublishBatch*).
pub(crate) async fn query(
    request: &[u8],
    process: u64,
    state: &Arc<State>,
) -> Result<Response<Full<Bytes>>, Broken> {
    let form: BTreeMap<String, String> = form_urlencoded::parse(request).into_owned().collect();
    if form.get("Action").map(String::as_str) != Some("PublishBatch") {
        lock(&state.calls).other += 1;
        return Ok(response(StatusCode::FORBIDDEN, String::new()));
    }
    lock(&state.calls).publish += 1;
    let (entries, events) = entries(&form);
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
        });
        lock(&state.published).push(event);
    }
    match treatment.answer {
        None => std::future::pending().await,
        Some((_, Answer::Error(None))) => Err(Broken),
        Some((_, Answer::Error(Some(code)))) => Ok(query_error(code)),
        Some((after, Answer::Entries(said))) => {
            if treatment.slow {
                tokio::time::sleep(after).await;
            }
            let accepted = ids.iter().zip(&said).filter(|(_, said)| **said == Said::Accepted);
            state.world.note(Happening::Told {
                call,
                process,
                ids: accepted.map(|(id, _)| id.clone()).collect(),
            });
            Ok(response(StatusCode::OK, publish_batch_answer(&entries, &said)))
        }
    }
}

/// The ids of the entries of a call, and the events in them.
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

/// An error of a whole call (Amazon SNS API Reference, *PublishBatch*, errors).
fn query_error(code: &str) -> Response<Full<Bytes>> {
    let status = match code {
        "Throttled" => StatusCode::TOO_MANY_REQUESTS,
        "InvalidParameter" => StatusCode::BAD_REQUEST,
        "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let fault = if status.is_client_error() {
        "Sender"
    } else {
        "Receiver"
    };
    let xml = format!(
        r#"<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>{fault}</Type><Code>{code}</Code><Message>injected</Message></Error><RequestId>r</RequestId></ErrorResponse>"#
    );
    response(status, xml)
}

fn json_error(status: StatusCode, code: &str) -> Response<Full<Bytes>> {
    let mut response = json_response(&json!({ "__type": code, "message": "injected" }));
    *response.status_mut() = status;
    response
}

fn response(status: StatusCode, xml: String) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "text/xml")
        .body(Full::new(Bytes::from(xml)))
        .unwrap_or_default()
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is broken on purpose")
    }
}

impl std::error::Error for Broken {}
