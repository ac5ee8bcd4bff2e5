//! Opens the sealed classes of an event.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use user_events_consumer::{Cause, Opened, Opener, ReceivedEvent, UnwrapKey};

use user_events_catalog::all_registrations;

/// An event and the result of opening each of its classes.
#[derive(Debug)]
pub(crate) struct OpenedEvent {
    /// The event.
    pub(crate) event: ReceivedEvent,
    /// Its sealed classes by name.
    pub(crate) classes: BTreeMap<String, Class>,
    /// The example key opened them.
    pub(crate) by_example_key: bool,
}

/// The result of opening a class.
#[derive(Debug, PartialEq)]
pub(crate) enum Class {
    /// The decrypted content.
    Clear(Value),
    /// KMS denied the class to these credentials.
    NotGranted,
    /// The person was erased.
    Erased,
    /// The class was refused, for this reason in a word and in words: do not trust it, and do not retry.
    Refused(&'static str, String),
    /// It could not be opened now, for this reason in a word and in words. A retry may help.
    Failed(&'static str, String),
    /// It was not opened.
    Sealed,
}

/// The names of the classes in the event: all sealed members, and all classes of its type by the catalog. A class of the
/// catalog that is not sealed is refused.
pub(crate) fn class_names(event: &ReceivedEvent) -> BTreeSet<String> {
    let sealed = event.sealed().map(|(name, _)| name.to_owned());
    let known = all_registrations()
        .filter(|(_, registration)| registration.event_type().as_str() == event.event_type());
    let known = known.flat_map(|(_, registration)| registration.classes());
    let present = known.filter(|name| event.data().contains_key(*name));
    sealed.chain(present.map(str::to_owned)).collect()
}

/// Whether a class is in the catalog. Others stay sealed: an event can have any number of made-up classes, and each would
/// cost a request to KMS.
fn is_known(class: &str) -> bool {
    all_registrations().any(|(_, registration)| registration.classes().contains(&class))
}

/// Opens every class separately. Without an opener, all stay sealed.
pub(crate) async fn open<S: UnwrapKey>(opener: Option<&Opener<S>>, event: ReceivedEvent) -> OpenedEvent {
    let mut classes = BTreeMap::new();
    for name in class_names(&event) {
        let class = match opener {
            None => Class::Sealed,
            Some(_) if !is_known(&name) => Class::Sealed,
            Some(opener) => match opener.open_as::<Value>(&event, &name).await {
                Ok(Some(Opened::Clear(content))) => Class::Clear(content),
                Ok(Some(Opened::NotGranted)) => Class::NotGranted,
                Ok(Some(Opened::Erased)) => Class::Erased,
                Ok(None) => continue,
                Err(failure) if failure.may_pass() => {
                    Class::Failed(failure.reason(), in_words(&failure.cause))
                }
                Err(failure) => Class::Refused(failure.reason(), in_words(&failure.cause)),
            },
        };
        classes.insert(name, class);
    }
    OpenedEvent {
        event,
        classes,
        by_example_key: false,
    }
}

fn in_words(cause: &Cause) -> String {
    match cause {
        Cause::Refused(error) => error.to_string(),
        Cause::OtherKey => {
            "its data key is under another KMS key than the seal key; another sender sealed it, or --stage or --seal-key \
             names another deployment"
                .to_owned()
        }
        Cause::NoSubjectKeys => {
            "it needs a person's key; name the table of these with --subject-keys-table, or get ssm:GetParameter on \
             /user-events/<stage>/subject-keys-table-arn"
                .to_owned()
        }
        Cause::SubjectKeyMissing => {
            "the table of persons' keys has neither a key nor a tombstone of this person; check --subject-keys-table"
                .to_owned()
        }
        Cause::Kms(None) => "KMS did not answer; check the network, the region and --endpoint".to_owned(),
        cause => cause.to_string(),
    }
}

impl OpenedEvent {
    /// Whether a class was refused.
    pub(crate) fn is_refused(&self) -> bool {
        self.classes
            .values()
            .any(|class| matches!(class, Class::Refused(..)))
    }

    /// Whether KMS did not answer for a class.
    pub(crate) fn is_failed(&self) -> bool {
        self.classes
            .values()
            .any(|class| matches!(class, Class::Failed(..)))
    }
}

#[cfg(test)]
mod tests {
    use user_events_consumer::{KeyLimits, Unwrapped, WrappedKey};
    use user_events_core::Publication;
    use user_events_core::description::{published_example, sample_data_key};
    use zeroize::Zeroizing;

    use super::*;
    use crate::names;

    /// A fake KMS that unwraps the keys of the examples. It denies one class, and does not answer for another.
    struct Keys {
        denied: &'static str,
        unreachable: &'static str,
    }

    impl UnwrapKey for Keys {
        async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
            match wrapped.class {
                class if class == self.denied => Ok(Unwrapped::NotGranted),
                class if class == self.unreachable => Err(Cause::Kms(None)),
                class => {
                    let key = sample_data_key(class).plaintext;
                    Ok(Unwrapped::Key(Zeroizing::new(key.to_vec())))
                }
            }
        }
    }

    async fn contact(denied: &'static str, unreachable: &'static str, change: impl Fn(&mut Value)) -> Class {
        let (category, registration) = names::event("UserEmailChanged").unwrap();
        let mut document = published_example(registration, category, &Publication::default()).document;
        change(&mut document);
        let event = ReceivedEvent::from_message_body(&document.to_string()).unwrap();
        let opener = Opener::from_source(
            Keys { denied, unreachable },
            [sample_data_key("contact").key_arn],
            KeyLimits::default(),
        );
        open(Some(&opener), event)
            .await
            .classes
            .remove("contact")
            .unwrap()
    }

    #[tokio::test]
    async fn a_class_that_the_catalog_does_not_have_stays_sealed() {
        let (category, registration) = names::event("UserEmailChanged").unwrap();
        let mut document = published_example(registration, category, &Publication::default()).document;
        for number in 0..1_100 {
            document["data"][format!("made{number}")] = document["data"]["contact"].clone();
        }
        let event = ReceivedEvent::from_message_body(&document.to_string()).unwrap();
        let keys = Keys {
            denied: "",
            unreachable: "",
        };
        let opener = Opener::from_source(keys, [sample_data_key("contact").key_arn], KeyLimits::default());
        let classes = open(Some(&opener), event).await.classes;
        assert_eq!(classes["made1099"], Class::Sealed);
        assert!(matches!(classes["contact"], Class::Clear(_)));
    }

    #[tokio::test]
    async fn each_class_is_opened_denied_or_refused_separately() {
        let clear = contact("address", "", |_| {}).await;
        assert!(matches!(clear, Class::Clear(content) if content["email"] == "ada@example.com"));
        assert_eq!(contact("contact", "", |_| {}).await, Class::NotGranted);
        assert!(matches!(
            contact("", "contact", |_| {}).await,
            Class::Failed("kms", _)
        ));
        let other_id =
            |document: &mut Value| document["id"] = Value::from("11111111-1111-5111-8111-111111111111");
        let moved = contact("contact", "contact", other_id).await;
        assert!(
            matches!(moved, Class::Refused("moved", why) if why.contains("another event")),
            "KMS is not asked for the key"
        );
        let unsealed =
            |document: &mut Value| document["data"]["contact"] = serde_json::json!({ "email": "x" });
        assert!(matches!(
            contact("", "", unsealed).await,
            Class::Refused("malformed", _)
        ));
    }
}
