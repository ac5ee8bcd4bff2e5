//! Requests under way: callers that need the same answer at the same time share one request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The requests under way, by name.
pub(super) struct Flights<T>(Mutex<Open<T>>);

type Open<T> = HashMap<String, Arc<Flight<T>>>;

/// A request under way. All callers that wait for the lock share its answer, even a failure. Otherwise a thousand
/// waiting callers would call an unavailable service one after the other.
struct Flight<T> {
    finished: AtomicU64,
    last: tokio::sync::Mutex<Option<T>>,
}

impl<T: Clone> Flights<T> {
    /// Waits for the request of this name that is under way; makes it if there is none. `kept` looks for an answer that
    /// an earlier request has left.
    pub(super) async fn share(
        &self,
        name: String,
        kept: impl Fn() -> Option<T>,
        request: impl Future<Output = T>,
    ) -> T {
        let boarded = Boarded::new(&self.0, name);
        let seen = boarded.flight.finished.load(Ordering::Acquire);
        let mut last = boarded.flight.last.lock().await;
        if boarded.flight.finished.load(Ordering::Acquire) > seen
            && let Some(answer) = last.as_ref()
        {
            return answer.clone();
        }
        // An earlier request may have finished before this caller joined.
        if let Some(answer) = kept() {
            return answer;
        }
        let answer = request.await;
        *last = Some(answer.clone());
        boarded.flight.finished.fetch_add(1, Ordering::Release);
        answer
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self {
            finished: AtomicU64::new(0),
            last: tokio::sync::Mutex::default(),
        }
    }
}

/// A caller's place in a request. The last caller to leave removes the request, also when it was cancelled.
struct Boarded<'a, T> {
    flights: &'a Mutex<Open<T>>,
    name: String,
    flight: Arc<Flight<T>>,
}

impl<'a, T> Boarded<'a, T> {
    fn new(flights: &'a Mutex<Open<T>>, name: String) -> Self {
        let flight = Arc::clone(lock(flights).entry(name.clone()).or_default());
        Self {
            flights,
            name,
            flight,
        }
    }
}

impl<T> Drop for Boarded<'_, T> {
    fn drop(&mut self) {
        let mut flights = lock(self.flights);
        // The map's reference and this one: no other caller waits, and none can join while the lock is held.
        if Arc::strong_count(&self.flight) <= 2 {
            flights.remove(&self.name);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
