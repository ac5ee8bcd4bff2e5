//! Tampers with an encrypted class as an attacker could, to see what a reader does about it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// What is done to the token of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tampering {
    /// One bit of the ciphertext is flipped.
    Flip,
    /// The class is put into another event.
    Move,
}

/// The event with one bit of the ciphertext of a class flipped. `None` if it has no such class.
///
/// A token is a JWE in compact form: header, encrypted key, nonce, ciphertext and tag, joined by dots (RFC 7516, section 7.1).
pub(super) fn flipped(envelope: &Value, class: &str) -> Option<Value> {
    let mut envelope = envelope.clone();
    let sealed = envelope.get_mut("data")?.get_mut(class)?.get_mut("sealed")?;
    let mut parts: Vec<_> = sealed.as_str()?.split('.').map(str::to_owned).collect();
    let ciphertext = parts.get_mut(3)?;
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&*ciphertext).ok()?;
    *bytes.first_mut()? ^= 1;
    *ciphertext = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    *sealed = Value::from(parts.join("."));
    Some(envelope)
}

/// The event `target` with the class of the event `source`. `None` if the source has no such class, or the target is the same event.
pub(super) fn moved(source: &Value, target: &Value, class: &str) -> Option<Value> {
    let member = source.get("data")?.get(class)?;
    if source.get("id") == target.get("id") {
        return None;
    }
    let mut target = target.clone();
    target
        .get_mut("data")?
        .as_object_mut()?
        .insert(class.to_owned(), member.clone());
    Some(target)
}

#[cfg(test)]
mod tests {
    use user_events_consumer::{Cause, KeyLimits, Opener, ReceivedEvent, UnwrapKey, Unwrapped, WrappedKey};
    use user_events_core::Publication;
    use user_events_core::description::{published_example, sample_data_key};
    use zeroize::Zeroizing;

    use super::*;
    use crate::names;
    use crate::open::{self, Class};

    struct Keys;

    impl UnwrapKey for Keys {
        async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
            let key = sample_data_key(wrapped.class).plaintext;
            Ok(Unwrapped::Key(Zeroizing::new(key.to_vec())))
        }
    }

    fn envelope(name: &str) -> Value {
        let (category, registration) = names::event(name).unwrap();
        published_example(registration, category, &Publication::default()).document
    }

    async fn contact(envelope: &Value) -> Class {
        let event = ReceivedEvent::from_message_body(&envelope.to_string()).unwrap();
        let opener = Opener::from_source(Keys, [sample_data_key("contact").key_arn], KeyLimits::default());
        open::open(Some(&opener), event)
            .await
            .classes
            .remove("contact")
            .unwrap()
    }

    #[tokio::test]
    async fn what_was_tampered_with_is_refused_and_the_original_opens() {
        let (changed, registered) = (envelope("UserEmailChanged"), envelope("UserRegistered"));
        assert!(matches!(contact(&changed).await, Class::Clear(_)));
        let flipped = flipped(&changed, "contact").unwrap();
        assert!(matches!(contact(&flipped).await, Class::Refused(..)));
        let moved = moved(&changed, &registered, "contact").unwrap();
        assert!(matches!(contact(&moved).await, Class::Refused("moved", _)));
    }

    #[test]
    fn a_class_that_the_event_does_not_have_cannot_be_tampered_with() {
        let deleted = envelope("UserDeleted");
        assert_eq!(flipped(&deleted, "contact"), None);
        assert_eq!(moved(&deleted, &envelope("UserRegistered"), "contact"), None);
        let registered = envelope("UserRegistered");
        assert_eq!(moved(&registered, &registered, "contact"), None);
    }
}
