//! How the clients of the functions call a service: with a time limit.

use std::future::Future;
use std::time::Duration;

/// The conduct of a client. The functions' clients do not try again: the publisher does.
pub(super) struct Client {
    /// How long it waits for an answer.
    limit: Duration,
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

/// The time limit of a call of the functions' clients.
const LIMIT: Duration = Duration::from_secs(5);

impl Client {
    /// The client of SNS.
    pub(super) const TOPIC: Self = Self { limit: LIMIT };
    /// The client of KMS.
    pub(super) const KEYS: Self = Self { limit: LIMIT };
    /// The client of SQS.
    pub(super) const PARKING: Self = Self { limit: LIMIT };

    /// Makes a call. `None` if the service did not do what it was asked for, as far as the client knows.
    pub(super) async fn call<T, F>(&self, attempt: impl FnOnce() -> F) -> Option<T>
    where
        F: Future<Output = Attempt<T>>,
    {
        match tokio::time::timeout(self.limit, attempt()).await {
            Ok(Attempt::Done(answer)) => Some(answer),
            Ok(Attempt::Refused | Attempt::MayPass) | Err(_) => None,
        }
    }
}
