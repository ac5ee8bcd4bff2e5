//! The example of an event.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::code::{Code, Content};
use user_events::catalog::model::Example;

/// The message, the decrypted content of its classes, and its attributes.
pub(super) fn example(example: &Example) -> Markup {
    let opened: Vec<_> = example.opened.as_object().into_iter().flatten().collect();
    html! {
        section class="part" id="example" aria-labelledby="example-title" {
            h2 id="example-title" { "Example" }
            p {
                "A complete message as a subscriber receives it."
                @if !opened.is_empty() { " Its sealed members are encrypted; their decrypted content is shown next to it." }
            }
            div class={ "side" @if !opened.is_empty() { " two" } } {
                (Code {
                    id: "example-json",
                    caption: "The envelope",
                    file: None,
                    content: Content::Json(&example.envelope),
                }.render())
                div {
                    @for (class, content) in opened {
                        (Code {
                            id: &format!("opened-{class}-json"),
                            caption: &format!("{class}, decrypted"),
                            file: None,
                            content: Content::Json(content),
                        }.render())
                    }
                    (Code {
                        id: "attributes-json",
                        caption: "Message attributes",
                        file: None,
                        content: Content::Json(&attributes(example)),
                    }.render())
                }
            }
        }
    }
}

/// The message attributes in the JSON of SNS and SQS.
fn attributes(example: &Example) -> Value {
    let attributes = example.attributes.iter().map(|attribute| {
        let value = json!({ "DataType": attribute.data_type, "StringValue": attribute.value });
        (attribute.name.clone(), value)
    });
    Value::Object(attributes.collect())
}
