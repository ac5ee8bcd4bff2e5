//! How the clients of the functions call a service: the time limit of an attempt, and the retries.

use std::future::Future;
use std::time::Duration;

/// The conduct of a client.
pub(super) struct Client {
    /// How long it waits for the answer to one attempt.
    limit: Duration,
    /// Its pauses before it tries again; none if it does not.
    pauses: &'static [Duration],
}

/// The result of one attempt.
pub(super) enum Attempt<T> {
    /// The service did what it was asked for.
    Done(T),
    /// The service refused, and the client does not try again.
    Refused,
    /// The service throttles, is down, or the connection broke: the client tries again if it has retries.
    MayPass,
}

/// The time limit of one attempt of the functions' clients.
const LIMIT: Duration = Duration::from_secs(5);
/// The clients do not try again: the publisher does.
const NO_RETRIES: &[Duration] = &[];

impl Client {
    /// The client of SNS.
    pub(super) const TOPIC: Self = Self {
        limit: LIMIT,
        pauses: NO_RETRIES,
    };
    /// The client of KMS.
    pub(super) const KEYS: Self = Self {
        limit: LIMIT,
        pauses: NO_RETRIES,
    };
    /// The client of SQS.
    pub(super) const PARKING: Self = Self {
        limit: LIMIT,
        pauses: NO_RETRIES,
    };

    /// Makes a call, with retries. `None` if the service did not do what it was asked for, as far as the client knows.
    pub(super) async fn call<T, F>(&self, mut attempt: impl FnMut() -> F) -> Option<T>
    where
        F: Future<Output = Attempt<T>>,
    {
        let mut pauses = self.pauses.iter();
        loop {
            match tokio::time::timeout(self.limit, attempt()).await {
                Ok(Attempt::Done(answer)) => return Some(answer),
                Ok(Attempt::Refused) => return None,
                Ok(Attempt::MayPass) | Err(_) => tokio::time::sleep(*pauses.next()?).await,
            }
        }
    }
}
