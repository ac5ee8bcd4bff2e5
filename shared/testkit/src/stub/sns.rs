//! SNS: `PublishBatch`, in the query protocol (Amazon SNS API Reference, *PublishBatch*).

use std::collections::BTreeMap;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};

use super::behaviour::{Behaviour, Endpoint};
use super::response::{Broken, status_of, xml_response};
use super::state::{Published, State, lock};
use crate::simulator::{Happening, Said, TopicAnswer, Treatment};

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
    let behaviour = state.behaviour(Endpoint::Sns);
    if behaviour == Behaviour::RefusesEntries {
        let said = vec![Said::Failed { sender_fault: false }; entries.len()];
        return Ok(xml_response(
            StatusCode::OK,
            publish_batch_answer(&entries, &said),
        ));
    }
    let ids: Vec<_> = events
        .iter()
        .map(|event| event.deduplication_id.clone().unwrap_or_default())
        .collect();
    let early = match behaviour {
        Behaviour::RefusesFirst(times) => lock(&state.attempts).are_early(&ids, times),
        _ => vec![false; ids.len()],
    };
    if early.contains(&true) && !early.contains(&false) {
        return Ok(query_error("ServiceUnavailable"));
    }
    let call = state.world.next_call();
    state.world.note(Happening::Sent {
        call,
        process,
        ids: ids.clone(),
    });
    let mut treatment = state.world.treatment(&ids);
    refuse(&mut treatment, &early);
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

/// Makes the topic refuse these entries, and say that the sender is not at fault.
fn refuse(treatment: &mut Treatment, refused: &[bool]) {
    for (taken, _) in treatment
        .taken
        .iter_mut()
        .zip(refused)
        .filter(|(_, refused)| **refused)
    {
        *taken = false;
    }
    if let Some((_, TopicAnswer::Entries(said))) = &mut treatment.answer {
        for (said, _) in said.iter_mut().zip(refused).filter(|(_, refused)| **refused) {
            *said = Said::Failed { sender_fault: false };
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

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::simulator::Scenario;

    /// The status and the body of the answer to a call with these events.
    async fn answer(state: &Arc<State>, ids: &[&str]) -> (StatusCode, String) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "PublishBatch");
        for (place, id) in (1..).zip(ids) {
            let prefix = format!("PublishBatchRequestEntries.member.{place}");
            form.append_pair(&format!("{prefix}.Id"), id);
            form.append_pair(&format!("{prefix}.MessageDeduplicationId"), id);
        }
        let (head, body) = publish_batch(form.finish().as_bytes(), 1, state)
            .await
            .unwrap()
            .into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn each_event_is_refused_as_often_as_the_behaviour_says_and_accepted_then() {
        let state = Arc::new(State::new(&Scenario::default()));
        lock(&state.behaviours).set(Endpoint::Sns, Behaviour::RefusesFirst(2));
        for _ in 0..2 {
            let (status, _) = answer(&state, &["a", "b"]).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        }
        let (status, body) = answer(&state, &["a", "c"]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("<Id>a</Id><MessageId>"), "{body}");
        assert!(
            body.contains("<Id>c</Id><Code>InternalFailure</Code><SenderFault>false<"),
            "{body}"
        );
        let published = || {
            let published = lock(&state.published);
            let ids = published
                .iter()
                .filter_map(|event| event.deduplication_id.clone());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(published(), ["a"]);
        answer(&state, &["b"]).await;
        answer(&state, &["c"]).await;
        assert_eq!(published(), ["a", "b"], "it is the second attempt of c");
        answer(&state, &["c"]).await;
        assert_eq!(published(), ["a", "b", "c"]);
    }
}
