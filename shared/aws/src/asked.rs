//! Keys that an invocation asks for: each once at a time, persons' keys many together.

use std::collections::BTreeSet;

use user_events_core::Lock;

use crate::invocation::Invocation;
use crate::key_source::KeySource;
use crate::publisher::Publisher;
use crate::subject_key_store::MAX_READ;
use crate::subject_keys::SubjectKeys;

/// The keys with a request under way.
#[derive(Debug, Default)]
pub(crate) struct Asked(BTreeSet<Lock>);

/// A request for keys.
#[derive(Debug)]
pub(crate) enum Request {
    /// For the data key of a class.
    DataKey(&'static str),
    /// For the keys of some persons.
    SubjectKeys(Vec<String>),
}

/// A request that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    request: Request,
    /// Whether the data key is there.
    has_data_key: bool,
}

impl Request {
    /// Makes the request.
    pub(crate) async fn send<T, P, S: KeySource>(self, publisher: &Publisher<T, P, S>) -> Ended {
        let mut has_data_key = false;
        match (&self, &publisher.subject_keys) {
            (Self::DataKey(class), _) => has_data_key = publisher.keys.fetch(class).await.is_ok(),
            (Self::SubjectKeys(persons), Some(keys)) => keys.fetch(persons).await,
            (Self::SubjectKeys(_), None) => {}
        }
        Ended {
            request: self,
            has_data_key,
        }
    }
}

impl Asked {
    /// The requests for all keys that the events of the invocation need and the publisher does not have.
    pub(crate) fn at_first<T, P, S: KeySource>(
        &mut self,
        invocation: &Invocation,
        publisher: &Publisher<T, P, S>,
    ) -> Vec<Request> {
        let classes = invocation.classes().filter(|class| !publisher.keys.has(class));
        let persons = invocation.persons().filter(|person| {
            let keys = publisher.subject_keys.as_ref();
            keys.is_some_and(|keys| keys.get(person).is_none())
        });
        let persons = persons.cloned().map(Lock::SubjectKey);
        self.requests(classes.map(Lock::DataKey).chain(persons))
    }

    /// The requests for the keys that lanes wait for and that are not asked for yet.
    pub(crate) fn next(&mut self, invocation: &mut Invocation) -> Vec<Request> {
        self.requests(std::iter::from_fn(|| invocation.lanes.take_wanted()))
    }

    /// A request has ended: the lanes that wait for its keys go on, or wait for the next request.
    pub(crate) fn ended(&mut self, ended: Ended, invocation: &mut Invocation, keys: Option<&SubjectKeys>) {
        let Ended {
            request,
            has_data_key,
        } = ended;
        let mut settle = |lock: Lock, is_there: bool| {
            self.0.remove(&lock);
            if is_there {
                invocation.lanes.unlock(&lock);
            } else {
                invocation.lanes.want_again(lock);
            }
        };
        match request {
            Request::DataKey(class) => settle(Lock::DataKey(class), has_data_key),
            Request::SubjectKeys(persons) => {
                for person in persons {
                    let is_there = keys.is_some_and(|keys| keys.get(&person).is_some());
                    settle(Lock::SubjectKey(person), is_there);
                }
            }
        }
    }

    fn requests(&mut self, locks: impl Iterator<Item = Lock>) -> Vec<Request> {
        let (mut requests, mut persons) = (Vec::new(), Vec::new());
        for lock in locks {
            if !self.0.insert(lock.clone()) {
                continue;
            }
            match lock {
                Lock::DataKey(class) => requests.push(Request::DataKey(class)),
                Lock::SubjectKey(person) => persons.push(person),
            }
        }
        let reads = persons.chunks(MAX_READ);
        requests.extend(reads.map(|persons| Request::SubjectKeys(persons.to_vec())));
        requests
    }
}
