//! The digest of an event's content, which distinguishes a duplicate from another event under the same id.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::received::ReceivedEvent;

/// The SHA-256, in hexadecimal, of the event's `data`, `sequence`, `source`, `subject` and `type` in the JSON
/// Canonicalization Scheme (RFC 8785). Each sealed class counts as the string `sealed`, because the publisher encrypts
/// an event anew when it publishes it again.
pub(super) fn content(event: &ReceivedEvent) -> String {
    let mut data = event.data().clone();
    for member in data.values_mut() {
        if member.get("sealed").is_some_and(Value::is_string) {
            *member = json!("sealed");
        }
    }
    let content = json!({
        "data": data,
        "sequence": event.sequence(),
        "source": event.source(),
        "subject": event.subject(),
        "type": event.event_type(),
    });
    // It fails for numbers that are not finite; a value of JSON holds none.
    let canonical = serde_json_canonicalizer::to_vec(&content).unwrap_or_default();
    let digest = digest(&SHA256, &canonical);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::received::event_of_type;

    fn content_of(data: &str) -> String {
        content(&event_of_type("UserRegisteredEventV1", data))
    }

    #[test]
    fn the_digest_is_that_of_the_canonical_form() {
        // printf '{"data":{"a":"x","b":10},"sequence":"…","source":"/user-service","subject":"roles/role-1",
        // "type":"UserRegisteredEventV1"}' | sha256sum, without the line break.
        let expected = "4cf8910557c13d874784c0501949e4cc56bbe73da6a40a4640ebb5118243fb6d";
        assert_eq!(content_of(r#"{ "b": 1e1, "a": "\u0078" }"#), expected);
        assert_eq!(content_of(r#"{"a":"x","b":10}"#), expected);
    }

    #[test]
    fn sealing_again_changes_nothing_and_any_other_value_does() {
        let sealed =
            |token: &str| format!(r#"{{"userId":"u","contact":{{"sealed":"{token}","dataKey":"{token}"}}}}"#);
        assert_eq!(content_of(&sealed("one")), content_of(&sealed("two")));
        let other_user = sealed("one").replace("\"u\"", "\"v\"");
        assert_ne!(content_of(&sealed("one")), content_of(&other_user));
        let not_sealed = sealed("one").replace("\"sealed\":\"one\"", "\"sealed\":1");
        assert_ne!(content_of(&sealed("one")), content_of(&not_sealed));
        // The class itself still counts.
        assert_ne!(content_of(&sealed("one")), content_of(r#"{"userId":"u"}"#));
    }
}
