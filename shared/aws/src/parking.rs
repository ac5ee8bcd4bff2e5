//! Parking: a record that retrying cannot help moves whole to the parking-lot queue.

use std::future::Future;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use user_events_core::{Error, RawRecord, parked_message};

use crate::clock::now;

/// The place where records are parked.
pub trait Parking {
    /// Parks the record with the reason.
    ///
    /// Fails when the record could not be handed over; it is then tried again.
    fn park(&self, record: &RawRecord<'_>, reason: &Error)
    -> impl Future<Output = Result<(), ParkingFailed>>;
}

/// The record could not be handed over. The log has the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParkingFailed;

/// The parking-lot queue in SQS.
#[derive(Debug, Clone)]
pub struct SqsParking {
    client: Client,
    queue_url: String,
}

impl SqsParking {
    /// The queue with this URL.
    pub fn new(client: Client, queue_url: String) -> Self {
        Self { client, queue_url }
    }
}

impl Parking for SqsParking {
    async fn park(&self, record: &RawRecord<'_>, reason: &Error) -> Result<(), ParkingFailed> {
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
