//! A parked message with another image of its row.

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value, json};
use user_events_core::{Attribute, Parked};

use crate::printable::printable;

/// An image of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The row after the change.
    New,
    /// The row before it.
    Old,
}

/// An image: the attributes in DynamoDB's JSON.
pub(crate) type ImageJson = Map<String, Value>;

impl Side {
    fn member(self) -> &'static str {
        match self {
            Self::New => "NewImage",
            Self::Old => "OldImage",
        }
    }
}

/// The image of the record in this message.
///
/// Fails when the message is no parked record, or its record has no such image.
pub(crate) fn image(body: &str, side: Side) -> Result<ImageJson> {
    let message = record_message(body)?;
    let image = &message["record"]["dynamodb"][side.member()];
    image.as_object().cloned().ok_or_else(|| {
        let other = match side {
            Side::New => "; a removal has only the image before it: --old mends that",
            Side::Old => "",
        };
        anyhow!("the record has no {} to mend{other}", side.member())
    })
}

/// The same message with this image. Everything else stays: the place in the stream, and so the ids and the sequence of the
/// events; and the time at which the record was parked.
///
/// Fails when the message is no parked record, when an attribute has no type of DynamoDB, and when the image names another
/// row than the record.
pub(crate) fn mended(body: &str, side: Side, image: &ImageJson) -> Result<String> {
    let mut message = record_message(body)?;
    for (name, value) in image {
        if !is_attribute(value) {
            bail!(
                "attribute `{}` has no type of DynamoDB; write it like {{\"S\": \"…\"}}",
                printable(name)
            );
        }
    }
    let stream = &mut message["record"]["dynamodb"];
    let keys = stream["Keys"].as_object().cloned().unwrap_or_default();
    for (name, key) in &keys {
        let now = image.get(name);
        if now != Some(key) && now != stream[side.member()].get(name) {
            bail!(
                "the key attribute `{}` cannot be changed: the events would be of another row",
                printable(name)
            );
        }
    }
    *stream
        .get_mut(side.member())
        .context("the record has no such image")? = Value::Object(image.clone());
    // SQS refuses some characters that JSON allows; escaped, they are the same text.
    Ok(printable(&serde_json::to_string(&message)?))
}

/// Changes attributes of an image: `settings` are the new values by name, `removed` the names of those to remove. A value is
/// DynamoDB's JSON, such as `{"N": "7"}`; or else a text, which gets the type that the attribute has, a new one a string.
///
/// Fails when an attribute needs JSON, and when one to remove does not exist.
pub(crate) fn edited(
    mut image: ImageJson,
    settings: &[(String, String)],
    removed: &[String],
) -> Result<ImageJson> {
    for (name, text) in settings {
        let value = attribute(name, image.get(name), text)?;
        image.insert(name.clone(), value);
    }
    for name in removed {
        if image.shift_remove(name).is_none() {
            bail!("the image has no attribute `{}` to remove", printable(name));
        }
    }
    Ok(image)
}

/// An image from JSON.
///
/// Fails when it is no JSON object. The error names the place.
pub(crate) fn read(text: &str) -> Result<ImageJson> {
    // The texts of these errors can quote values.
    match serde_json::from_str(text) {
        Ok(Value::Object(image)) => Ok(image),
        Ok(_) => {
            bail!("the image must be a JSON object of attributes, such as {{\"email\": {{\"S\": \"…\"}}}}")
        }
        Err(error) => bail!(
            "the image is not JSON: look at line {}, column {}",
            error.line(),
            error.column()
        ),
    }
}

fn attribute(name: &str, before: Option<&Value>, text: &str) -> Result<Value> {
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str::<Value>(text)
        && is_attribute(&value)
    {
        return Ok(value);
    }
    let before = before.and_then(|value| serde_json::from_value::<Attribute>(value.clone()).ok());
    let name = printable(name);
    match before {
        None | Some(Attribute::S(_) | Attribute::Null(_)) => Ok(json!({ "S": text })),
        Some(Attribute::N(_)) => Ok(json!({ "N": text })),
        Some(Attribute::Bool(_)) => match text {
            "true" => Ok(json!({ "BOOL": true })),
            "false" => Ok(json!({ "BOOL": false })),
            _ => bail!(
                "attribute `{name}` is a boolean: set it to true or false, or to JSON such as {{\"S\": \"…\"}}"
            ),
        },
        Some(other) => bail!(
            "attribute `{name}` has the type {0}: set it to JSON such as {{\"{0}\": …}}",
            other.type_name()
        ),
    }
}

fn is_attribute(value: &Value) -> bool {
    let one = value.as_object().is_some_and(|members| members.len() == 1);
    one && serde_json::from_value::<Attribute>(value.clone()).is_ok()
}

fn record_message(body: &str) -> Result<Value> {
    match Parked::read(body) {
        Ok(Parked::Record(_)) => serde_json::from_str(body).map_err(|_| anyhow!("the message is not JSON")),
        _ => bail!("the message is no parked record, so it has no image to mend"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parked::deployment::Deployment;
    use crate::parked::examples;
    use crate::parked::outcome::{Outcome, preview};

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_mended_record_becomes_the_event_with_the_id_and_the_sequence_of_the_original() {
        let ids = |body: &str| match preview(&Deployment::default(), body) {
            Outcome::Published { events, .. } => events
                .into_iter()
                .map(|event| (event.id, event.sequence))
                .collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let broken = examples::account(json!({ "status": null }));
        assert!(matches!(
            preview(&Deployment::default(), &broken),
            Outcome::Parked { .. }
        ));
        let image = edited(
            image(&broken, Side::New).unwrap(),
            &pairs(&[("status", "ACTIVE")]),
            &[],
        )
        .unwrap();
        let mended = mended(&broken, Side::New, &image).unwrap();
        assert_eq!(ids(&mended), ids(&examples::account(json!({}))));
        let (before, after): (Value, Value) = (
            serde_json::from_str(&broken).unwrap(),
            serde_json::from_str(&mended).unwrap(),
        );
        for member in ["parkedAt", "reason", "source"] {
            assert_eq!(before[member], after[member], "{member}");
        }
    }

    #[test]
    fn a_text_gets_the_type_of_the_attribute_and_json_its_own() {
        let image = read(r#"{"n":{"N":"1"},"b":{"BOOL":true},"s":{"S":"a"},"m":{"M":{}}}"#).unwrap();
        let set = |name: &str, text: &str| {
            edited(image.clone(), &pairs(&[(name, text)]), &[]).map(|image| image[name].clone())
        };
        assert_eq!(set("n", "2").unwrap(), json!({ "N": "2" }));
        assert_eq!(set("b", "false").unwrap(), json!({ "BOOL": false }));
        assert_eq!(set("s", "{not json").unwrap(), json!({ "S": "{not json" }));
        assert_eq!(set("new", "2").unwrap(), json!({ "S": "2" }));
        assert_eq!(set("s", r#"{"N":"3"}"#).unwrap(), json!({ "N": "3" }));
        for (name, text, remedy) in [
            ("b", "secret", "true or false"),
            ("m", "secret", "has the type M"),
        ] {
            let error = set(name, text).unwrap_err().to_string();
            assert!(error.contains(remedy) && !error.contains("secret"), "{error}");
        }
        assert!(
            edited(image.clone(), &[], &["m".to_owned()])
                .unwrap()
                .get("m")
                .is_none()
        );
        assert!(edited(image, &[], &["gone".to_owned()]).is_err());
    }

    #[test]
    fn what_is_no_image_of_this_row_is_refused_without_a_value() {
        let body = examples::account(json!({}));
        let own = image(&body, Side::New).unwrap();
        let with = |name: &str, value: Value| {
            let mut image = own.clone();
            image.insert(name.to_owned(), value);
            mended(&body, Side::New, &image).map_err(|error| error.to_string())
        };
        assert!(with("email", json!({ "S": "b@example.com" })).is_ok());
        let error = with("email", json!("secret")).unwrap_err();
        assert!(
            error.contains("`email` has no type") && !error.contains("secret"),
            "{error}"
        );
        let error = with("pk", json!({ "S": "USER#secret" })).unwrap_err();
        assert!(
            error.contains("`pk` cannot be changed") && !error.contains("secret"),
            "{error}"
        );
        for (text, why) in [
            ("[]", "JSON object"),
            ("{\n\"a\": secret}", "line 2"),
            ("", "line 1"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
        assert!(
            image("hello", Side::New)
                .unwrap_err()
                .to_string()
                .contains("no parked record")
        );
        let error = image(&body, Side::Old).unwrap_err().to_string();
        assert!(error.contains("no OldImage"), "{error}");
    }
}
