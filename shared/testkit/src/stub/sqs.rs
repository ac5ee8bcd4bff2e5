//! SQS: `SendMessage` to the parking-lot queue.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::behaviour::Endpoint;
use super::response::{Broken, json_error, json_response};
use super::state::{State, lock};
use crate::simulator::{Happening, ParkingAnswer};

/// The largest message that SQS takes (Amazon SQS Developer Guide, *Amazon SQS message quotas*).
const MAX_MESSAGE_BYTES: usize = 1_048_576;

pub(super) async fn send_message(
    request: &[u8],
    process: u64,
    state: &State,
) -> Result<Response<Full<Bytes>>, Broken> {
    #[derive(serde::Deserialize)]
    struct Message<'a> {
        #[serde(borrow)]
        record: &'a serde_json::value::RawValue,
    }
    if let Some(code) = state.failure(Endpoint::Sqs).await {
        return Ok(json_error(code));
    }
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let message = request["MessageBody"].as_str().unwrap_or_default();
    if message.len() > MAX_MESSAGE_BYTES {
        return Ok(json_error("InvalidParameterValue"));
    }
    let record = serde_json::from_str(message).map_or("", |message: Message| message.record.get());
    let conduct = state.world.parking_conduct(record);
    if conduct.takes {
        lock(&state.parked).push(message.to_owned());
        state.world.note(Happening::Parked {
            process,
            message: message.to_owned(),
        });
    }
    match conduct.answer {
        ParkingAnswer::Denies => Ok(json_error("AccessDenied")),
        ParkingAnswer::Throttles => Ok(json_error("RequestThrottled")),
        ParkingAnswer::IsDown => Ok(json_error("ServiceUnavailable")),
        ParkingAnswer::Breaks => Err(Broken),
        ParkingAnswer::Silence => std::future::pending().await,
        ParkingAnswer::Done => {
            state.world.note(Happening::ParkedTold {
                process,
                raw: record.to_owned(),
            });
            Ok(json_response(
                &json!({ "MessageId": "00000000-0000-4000-8000-000000000000" }),
            ))
        }
    }
}
