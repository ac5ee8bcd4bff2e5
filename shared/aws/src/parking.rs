//! Parking: a record that no retry can mend is set aside whole.

use std::future::Future;
use std::time::SystemTime;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use serde_json::value::RawValue;
use user_events_core::{Error, Time, parked_message};

/// Where records are set aside.
pub trait Parking {
    /// Sets the record aside, with the reason.
    ///
    /// Fails when it could not be handed over; the record is then tried again.
    fn park(&self, record: &RawValue, reason: &Error) -> impl Future<Output = Result<(), ParkingFailed>>;
}

/// The record could not be handed over. The cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParkingFailed;

/// The parked queue.
#[derive(Debug, Clone)]
pub struct SqsParking {
    client: Client,
    queue_url: String,
}

impl SqsParking {
    /// The queue of that URL.
    pub fn new(client: Client, queue_url: String) -> Self {
        Self { client, queue_url }
    }
}

impl Parking for SqsParking {
    async fn park(&self, record: &RawValue, reason: &Error) -> Result<(), ParkingFailed> {
        let message = parked_message(record, reason, now()).map_err(|_| ParkingFailed)?;
        let bytes = message.len();
        match self
            .client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(message)
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(code = error.code(), bytes, "a record could not be parked");
                Err(ParkingFailed)
            }
        }
    }
}

fn now() -> Time {
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let milliseconds = i64::try_from(since_1970.as_millis()).unwrap_or_default();
    // A clock beyond the year 9999 is no clock.
    Time::from_millisecond(milliseconds).unwrap_or(Time::UNIX_EPOCH)
}
