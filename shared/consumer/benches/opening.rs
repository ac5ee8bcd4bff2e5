//! Measures how long one core takes to read and open an event while the data key is cached.
//!
//! `cargo bench --package user-events-consumer` prints the time per event; 5 µs are 200,000 events a second.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may panic"
)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use futures_util::FutureExt;
use serde_json::{Value, json};
use user_events_catalog::account::UserRegisteredEventV1;
use user_events_catalog::classes::{Address, Contact};
use user_events_catalog::registrations;
use user_events_consumer::{
    Cause, Class, KeyLimits, Opened, Opener, ReceivedEvent, UnwrapKey, Unwrapped, WrappedKey,
};
use user_events_core::Publication;
use user_events_core::description::{published_example, sample_data_key};
use zeroize::Zeroizing;

fn main() {
    divan::main();
}

/// Returns the key of the examples for every wrapped key.
struct SampleKeys;

impl UnwrapKey for SampleKeys {
    async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        let key = sample_data_key(wrapped.class).plaintext;
        Ok(Unwrapped::Key(Zeroizing::new(key.to_vec())))
    }
}

/// The body of an event's example. Its wrapped key is padded to 184 bytes, the length of KMS's wrapped keys.
fn body(event_type: &str, class: &str) -> String {
    let (category, registration) = registrations()
        .find(|(_, registration)| registration.event_type().as_str() == event_type)
        .expect("the event is in the catalogue");
    let mut document = published_example(registration, category, &Publication::default()).document;
    let wrapped = document["data"][class]["dataKey"]
        .as_str()
        .expect("the class is sealed");
    let wrapped = format!("{}{wrapped}", "A".repeat(248 - wrapped.len()));
    document["data"][class]["dataKey"] = Value::from(wrapped);
    document.to_string()
}

/// The notification that SNS wraps around a body if raw delivery is off.
fn wrapped(body: &str) -> String {
    json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:user-events-dev-account.fifo",
        "Message": body,
        "Timestamp": "2026-03-01T12:00:00.000Z",
        "MessageAttributes": { "eventType": { "Type": "String", "Value": "UserRegisteredEventV1" } },
    })
    .to_string()
}

fn opener<C: Class + serde::de::DeserializeOwned>(body: &str) -> Opener<SampleKeys> {
    let opener = Opener::from_source(SampleKeys, [sample_data_key("").key_arn], KeyLimits::default());
    let event = ReceivedEvent::from_message_body(body).unwrap();
    open::<C>(&opener, &event);
    opener
}

/// Opens a class. The key is cached, so the future is ready at once.
fn open<C: Class + serde::de::DeserializeOwned>(opener: &Opener<SampleKeys>, event: &ReceivedEvent) -> C {
    let opened = opener.open::<C>(event).now_or_never().expect("the key is cached");
    opened.unwrap().and_then(Opened::clear).unwrap()
}

fn measure<T>(bencher: Bencher<'_, '_>, mut one: impl FnMut() -> T) {
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench_local(|| drop(black_box(one())));
}

#[divan::bench(sample_count = 1000, sample_size = 50)]
fn contact_body_to_event(bencher: Bencher<'_, '_>) {
    let body = body("UserRegisteredEventV1", "contact");
    measure(bencher, || {
        ReceivedEvent::from_message_body(black_box(&body)).unwrap()
    });
}

#[divan::bench(sample_count = 1000, sample_size = 50)]
fn contact_open_only(bencher: Bencher<'_, '_>) {
    let body = body("UserRegisteredEventV1", "contact");
    let opener = opener::<Contact>(&body);
    let event = ReceivedEvent::from_message_body(&body).unwrap();
    measure(bencher, || open::<Contact>(&opener, black_box(&event)));
}

#[divan::bench(sample_count = 1000, sample_size = 50)]
fn contact_body_to_opened(bencher: Bencher<'_, '_>) {
    let body = body("UserRegisteredEventV1", "contact");
    let opener = opener::<Contact>(&body);
    measure(bencher, || {
        let event = ReceivedEvent::from_message_body(black_box(&body)).unwrap();
        open::<Contact>(&opener, &event)
    });
}

#[divan::bench(sample_count = 1000, sample_size = 50)]
fn contact_body_to_read_and_opened(bencher: Bencher<'_, '_>) {
    let body = body("UserRegisteredEventV1", "contact");
    let opener = opener::<Contact>(&body);
    measure(bencher, || {
        let event = ReceivedEvent::from_message_body(black_box(&body)).unwrap();
        let registered = event.read::<UserRegisteredEventV1>().unwrap();
        (registered, open::<Contact>(&opener, &event))
    });
}

#[divan::bench(sample_count = 1000, sample_size = 50)]
fn contact_wrapped_by_sns_to_opened(bencher: Bencher<'_, '_>) {
    let body = wrapped(&body("UserRegisteredEventV1", "contact"));
    let opener = opener::<Contact>(&body);
    measure(bencher, || {
        let event = ReceivedEvent::from_message_body(black_box(&body)).unwrap();
        open::<Contact>(&opener, &event)
    });
}

#[divan::bench(sample_count = 1000, sample_size = 50)]
fn contact_wrapped_by_sns_to_read_and_opened(bencher: Bencher<'_, '_>) {
    let body = wrapped(&body("UserRegisteredEventV1", "contact"));
    let opener = opener::<Contact>(&body);
    measure(bencher, || {
        let event = ReceivedEvent::from_message_body(black_box(&body)).unwrap();
        let registered = event.read::<UserRegisteredEventV1>().unwrap();
        (registered, open::<Contact>(&opener, &event))
    });
}

#[divan::bench(sample_count = 1000, sample_size = 50)]
fn address_body_to_opened(bencher: Bencher<'_, '_>) {
    let body = body("UserAddressUpdatedEventV1", "address");
    let opener = opener::<Address>(&body);
    measure(bencher, || {
        let event = ReceivedEvent::from_message_body(black_box(&body)).unwrap();
        open::<Address>(&opener, &event)
    });
}
