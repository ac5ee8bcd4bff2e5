//! JSON to read and copy.

use maud::{Markup, html};
use serde_json::Value;

/// JSON with a caption and a copy button.
pub(super) struct Code<'a> {
    /// Unique on its page.
    pub id: &'a str,
    /// A short label.
    pub caption: &'a str,
    /// The site's file with the same JSON, if there is one.
    pub file: Option<&'a str>,
    /// The JSON to show.
    pub json: &'a Value,
}

impl Code<'_> {
    /// The figure.
    pub(super) fn render(&self) -> Markup {
        html! {
            figure class="code" {
                figcaption {
                    span { (self.caption) }
                    @if let Some(file) = self.file {
                        a href=(file) { "Raw file" span class="unseen" { " of: " (self.caption) } }
                    }
                    (copy_button(self.id, self.caption))
                }
                // A scrollable element must be reachable by keyboard.
                pre tabindex="0" role="region" aria-label=(self.caption) { code id=(self.id) { (value(self.json, 0)) } }
            }
        }
    }
}

/// A button that copies the element with the ID.
fn copy_button(id: &str, what: &str) -> Markup {
    html! {
        button class="needs-js" type="button" data-copy=(id) {
            span { "Copy" }
            span class="unseen" { ": " (what) }
        }
    }
}

/// The value in the layout of `serde_json::to_string_pretty`, with its parts marked.
fn value(json: &Value, depth: usize) -> Markup {
    html! {
        @match json {
            Value::Object(members) if !members.is_empty() => {
                "{\n"
                @for (place, (name, member)) in members.iter().enumerate() {
                    @if place > 0 { ",\n" }
                    (indentation(depth + 1))
                    span class="key" { (literal(name)) } ": "
                    @if name == "sealed" && member.is_string() {
                        span class="token" { (member) }
                    } @else {
                        (value(member, depth + 1))
                    }
                }
                "\n" (indentation(depth)) "}"
            }
            Value::Array(items) if !items.is_empty() => {
                "[\n"
                @for (place, item) in items.iter().enumerate() {
                    @if place > 0 { ",\n" }
                    (indentation(depth + 1)) (value(item, depth + 1))
                }
                "\n" (indentation(depth)) "]"
            }
            Value::String(_) => span class="text" { (json) },
            Value::Number(_) => span class="number" { (json) },
            Value::Bool(_) | Value::Null => span class="word" { (json) },
            Value::Object(_) | Value::Array(_) => (json),
        }
    }
}

fn indentation(depth: usize) -> String {
    "  ".repeat(depth)
}

fn literal(text: &str) -> Value {
    Value::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shown_json_has_the_layout_of_serde_json() {
        let json = json!({
            "text": "a \"quoted\" <b>\u{e9}</b> & more\n", "empty": {}, "none": [],
            "list": [1, -2.5, true, null, { "sealed": "token" }, []],
        });
        let shown = value(&json, 0).into_string();
        let without_marks = shown
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
            .collect::<String>();
        let text = without_marks
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&");
        assert_eq!(text, serde_json::to_string_pretty(&json).unwrap());
        assert!(!shown.contains("<b>"));
    }
}
