//! Sealing the events of a page.

use tokio_util::sync::CancellationToken;
use user_events_core::{Code, Disposition, Envelope, Error, SealedEnvelope, random_nonce};

use crate::backfill::Backfill;
use crate::error::RunError;
use crate::halt::Halt;

/// How often a data key is asked for.
const KEY_ATTEMPTS: u32 = 8;

/// Seals events of a run.
pub(crate) struct Sealing<'a> {
    pub(crate) run: &'a Backfill,
    pub(crate) stop: &'a CancellationToken,
}

impl Sealing<'_> {
    /// Seals an event. It fails inside when the event can never be sealed, or is too large.
    ///
    /// Fails when there is no data key, and when the run is stopped.
    pub(crate) async fn seal(&self, envelope: Envelope) -> Result<Result<SealedEnvelope, Error>, Halt> {
        let mut attempts = 0;
        let keys = loop {
            if self.stop.is_cancelled() {
                return Err(Halt::Stopped);
            }
            match self.run.keys.ring(envelope.classes()) {
                Ok(keys) => break keys,
                Err(class) if attempts == KEY_ATTEMPTS => {
                    let run = self.run.run.id.to_string();
                    return Err(RunError::NoDataKey { class, run }.into());
                }
                // After a failure it waits by itself.
                Err(class) => drop(self.run.keys.fetch(class).await),
            }
            attempts += 1;
        };
        let event = match envelope.seal(&keys, &mut random_nonce) {
            Ok(event) => event,
            Err(error) if error.disposition() == Disposition::Park => return Ok(Err(error)),
            Err(error) => return Err(RunError::Sealing(error.message().to_owned()).into()),
        };
        if event.bytes() > self.run.options.max_message_bytes {
            let message = format!(
                "an event of category {} is larger than the queue accepts",
                event.category
            );
            return Ok(Err(Error::new(Code::EventTooLarge, message)));
        }
        Ok(Ok(event))
    }
}
