//! Opens the examples of the catalogue with the key that seals them.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::json;
use user_events_catalog::classes::{Address, Contact};
use user_events_catalog::{CATEGORIES, registrations};
use user_events_core::Publication;
use user_events_core::description::{published_example, sample_data_key};
use zeroize::Zeroizing;

use super::*;

/// Returns the key of the examples for every class except `address`, which is not granted.
#[derive(Default)]
struct SampleKeys {
    asked: Arc<AtomicU64>,
}

impl UnwrapKey for SampleKeys {
    async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(match wrapped.class {
            "address" => Unwrapped::NotGranted,
            class => Unwrapped::Key(Zeroizing::new(sample_data_key(class).plaintext.to_vec())),
        })
    }
}

fn opener() -> (Opener<SampleKeys>, Arc<AtomicU64>) {
    let source = SampleKeys::default();
    let asked = Arc::clone(&source.asked);
    (
        Opener::from_source(source, [sample_data_key("").key_arn], KeyLimits::default()),
        asked,
    )
}

/// The published example of an event type.
fn example(event_type: &str) -> Value {
    let (category, registration) = registrations()
        .find(|(_, registration)| registration.event_type().as_str() == event_type)
        .unwrap();
    published_example(registration, category, &Publication::default()).document
}

fn received(document: &Value) -> ReceivedEvent {
    ReceivedEvent::from_message_body(&document.to_string()).unwrap()
}

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

#[test]
fn every_example_opens_to_what_was_sealed_in_it() {
    let (opener, asked) = opener();
    for category in CATEGORIES {
        for registration in category.events {
            let published = published_example(registration, category.name, &Publication::default());
            let event = ReceivedEvent::from_message_body(&published.event.body).unwrap();
            let opened = now(opener.open_each(&event, published.opened.keys())).unwrap();
            assert_eq!(opened.len(), published.opened.len());
            for (class, content) in opened {
                let expected = match class.as_str() {
                    "address" => Opened::NotGranted,
                    class => Opened::Clear(published.opened[class].clone()),
                };
                assert!(content == expected, "{}: {class}", registration.event_type());
            }
        }
    }
    assert_eq!(asked.load(Ordering::Relaxed), 4, "once for each class");
}

#[test]
fn a_class_is_opened_as_its_type_and_a_missing_or_denied_one_is_not_a_failure() {
    let (opener, _) = opener();
    let registered = received(&example("UserRegisteredEventV1"));
    let contact = now(opener.open::<Contact>(&registered)).unwrap();
    let contact = contact.and_then(Opened::clear).unwrap();
    assert_eq!(contact.email.as_deref(), Some("ada@example.com"));
    assert_eq!(now(opener.open::<Address>(&registered)).unwrap(), None);
    let address = received(&example("UserAddressAddedEventV1"));
    let not_granted = now(opener.open::<Address>(&address)).unwrap();
    assert_eq!(not_granted, Some(Opened::NotGranted));
}

#[test]
fn a_token_in_the_wrong_place_is_refused_before_a_key_is_asked_for() {
    let (opener, asked) = opener();
    let mut moved = example("UserRegisteredEventV1");
    moved["id"] = json!("11111111-1111-5111-8111-111111111111");
    let mut renamed = example("UserRegisteredEventV1");
    renamed["data"]["network"] = renamed["data"]["contact"].take();
    for (document, class) in [(moved, "contact"), (renamed, "network")] {
        let failure = now(opener.open_as::<Value>(&received(&document), class)).unwrap_err();
        assert_eq!(failure.cause, Cause::Refused(OpenError::OtherEventOrClass));
        assert!(!failure.may_pass());
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_class_that_is_not_sealed_or_was_tampered_with_or_does_not_fit_is_a_failure() {
    #[derive(Debug, Deserialize)]
    struct Misfit {
        #[allow(dead_code, reason = "the test only needs the type of the field")]
        email: u64,
    }

    let (opener, _) = opener();
    let mut clear = example("UserRegisteredEventV1");
    clear["data"]["contact"] = json!({ "email": "ada@example.com" });
    let failure = now(opener.open::<Contact>(&received(&clear))).unwrap_err();
    assert_eq!(failure.cause, Cause::Refused(OpenError::Malformed));

    let mut tampered = example("UserRegisteredEventV1");
    let token = tampered["data"]["contact"]["sealed"].as_str().unwrap();
    let (rest, tag) = token.rsplit_once('.').unwrap();
    let other = if tag.starts_with('A') { "B" } else { "A" };
    tampered["data"]["contact"]["sealed"] = json!(format!("{rest}.{other}{}", &tag[1..]));
    let failure = now(opener.open::<Contact>(&received(&tampered))).unwrap_err();
    assert_eq!(failure.cause, Cause::Refused(OpenError::DoesNotOpen));

    let registered = received(&example("UserRegisteredEventV1"));
    let failure = now(opener.open_as::<Misfit>(&registered, "contact")).unwrap_err();
    assert_eq!(failure.cause, Cause::DoesNotFit);
    assert!(!failure.to_string().contains("ada"));
}

#[test]
fn only_the_classes_that_were_asked_for_cause_requests() {
    let (opener, asked) = opener();
    let mut many = example("UserRegisteredEventV1");
    for number in 0..1_100 {
        let mut class = many["data"]["contact"].clone();
        class["dataKey"] = json!(BASE64_STANDARD.encode(format!("made-up key {number}")));
        many["data"][format!("made{number}")] = class;
    }
    assert!(now(opener.open::<Contact>(&received(&many))).unwrap().is_some());
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_data_key_under_another_kms_key_is_refused_before_kms_is_asked() {
    let (opener, asked) = opener();
    let mut forged = example("UserRegisteredEventV1");
    forged["data"]["contact"]["keyArn"] = json!("arn:aws:kms:eu-west-1:210987654321:key/1");
    let failure = now(opener.open::<Contact>(&received(&forged))).unwrap_err();
    assert_eq!((failure.reason(), failure.may_pass()), ("other-key", false));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_required_class_that_is_denied_is_a_failure_that_may_pass() {
    let (opener, _) = opener();
    let opener = opener.require::<Address>();
    let address = received(&example("UserAddressAddedEventV1"));
    let failure = now(opener.open::<Address>(&address)).unwrap_err();
    assert_eq!(
        (failure.cause.clone(), failure.may_pass()),
        (Cause::NotGranted, true)
    );
}

#[test]
fn nothing_that_was_opened_is_printed() {
    let opened = Opened::Clear(json!({ "email": "ada@example.com" }));
    assert_eq!(format!("{opened:?}"), "Clear([sensitive])");
}
