//! JSON and programs in lines, with the parts of JSON marked.

use std::iter;

use maud::{Markup, PreEscaped, html};
use serde_json::Value;

/// A longer ciphertext is folded.
const FOLDED_FROM: usize = 40;
/// So many characters of a folded ciphertext are shown.
const SHOWN: usize = 7;

/// A line.
pub(super) struct Line {
    /// How far it is indented, in steps of two blanks.
    pub depth: usize,
    /// Its content with the indentation, without the line break.
    pub content: Markup,
}

impl Line {
    /// The style sheet knows no deeper lines.
    pub(super) const DEEPEST: usize = 12;
}

/// The lines of a program.
pub(super) fn lines_of_text(text: &str) -> Vec<Line> {
    let lines = text.trim_end().split('\n');
    lines
        .map(|line| Line {
            depth: (line.len() - line.trim_start().len()) / 2,
            content: html! { (line) },
        })
        .collect()
}

/// The lines of the value in the layout of `serde_json::to_string_pretty`.
pub(super) fn lines_of_json(json: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    write(json, html! {}, "", 0, &mut lines);
    lines
}

/// Writes the value. `before` is what its first line begins with, `after` what its last line ends with.
fn write(json: &Value, before: Markup, after: &str, depth: usize, lines: &mut Vec<Line>) {
    let mut line = |content: Markup| {
        lines.push(Line {
            depth,
            content: html! { (indentation(depth)) (content) },
        });
    };
    let commas = |count: usize| iter::repeat_n(",", count.saturating_sub(1)).chain([""]);
    match json {
        Value::Object(members) if !members.is_empty() => {
            line(html! { (before) "{" });
            for ((name, member), comma) in members.iter().zip(commas(members.len())) {
                let key = html! { span class="key" { (Value::from(name.as_str())) } ": " };
                match member {
                    Value::String(token) if name == "sealed" => lines.push(Line {
                        depth: depth + 1,
                        content: html! { (indentation(depth + 1)) (key) (ciphertext(token)) (comma) },
                    }),
                    _ => write(member, key, comma, depth + 1, lines),
                }
            }
            lines.push(closing("}", after, depth));
        }
        Value::Array(items) if !items.is_empty() => {
            line(html! { (before) "[" });
            for (item, comma) in items.iter().zip(commas(items.len())) {
                write(item, html! {}, comma, depth + 1, lines);
            }
            lines.push(closing("]", after, depth));
        }
        Value::String(_) => line(html! { (before) span class="text" { (json) (after) } }),
        Value::Number(_) => line(html! { (before) span class="number" { (json) } (after) }),
        Value::Bool(_) | Value::Null => line(html! { (before) span class="word" { (json) } (after) }),
        Value::Object(_) | Value::Array(_) => line(html! { (before) (json) (after) }),
    }
}

fn closing(bracket: &str, after: &str, depth: usize) -> Line {
    Line {
        depth,
        content: html! { (indentation(depth)) (bracket) (after) },
    }
}

/// A ciphertext. Nobody reads it, so it is folded to its beginning and length. The summary has no text of its own, so that
/// the text of the element is the JSON alone.
fn ciphertext(token: &str) -> Markup {
    let whole = html! { span class="token" { (Value::from(token)) } };
    let length = token.chars().count();
    if length < FOLDED_FROM {
        return whole;
    }
    let begin: String = token.chars().take(SHOWN).collect();
    html! {
        details class="fold" {
            summary class="token" aria-label={ "Ciphertext of " (length) " characters" }
                data-short={ "\"" (begin) "… (" (length) " characters)\"" } {}
            (whole)
        }
    }
}

fn indentation(depth: usize) -> PreEscaped<String> {
    PreEscaped("  ".repeat(depth))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(lines: &[Line]) -> String {
        let shown: Vec<_> = lines
            .iter()
            .map(|line| line.content.clone().into_string())
            .collect();
        let without_marks = shown
            .join("\n")
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, text)| text).to_owned())
            .collect::<String>();
        without_marks
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
    }

    #[test]
    fn shown_json_has_the_layout_of_serde_json() {
        let token = "e".repeat(FOLDED_FROM);
        let json = json!({
            "text": "a \"quoted\" <b>\u{e9}</b> & more\n", "empty": {}, "none": [],
            "list": [1, -2.5, true, null, { "sealed": "token" }, [], { "sealed": token }],
        });
        let lines = lines_of_json(&json);
        assert_eq!(text(&lines), serde_json::to_string_pretty(&json).unwrap());
        let shown: String = lines
            .iter()
            .map(|line| line.content.clone().into_string())
            .collect();
        assert!(!shown.contains("<b>"));
        assert_eq!(
            shown.matches("<details").count(),
            1,
            "only the long ciphertext is folded"
        );
        assert!(shown.contains("\u{2026} (40 characters)"), "{shown}");
    }

    #[test]
    fn a_line_knows_how_far_it_is_indented() {
        let depths: Vec<_> = lines_of_json(&json!({ "a": { "b": 1 } }))
            .iter()
            .map(|line| line.depth)
            .collect();
        assert_eq!(depths, [0, 1, 2, 1, 0]);
        let depths: Vec<_> = lines_of_text("if a:\n    b\n\nc\n")
            .iter()
            .map(|line| line.depth)
            .collect();
        assert_eq!(depths, [0, 2, 0, 0]);
    }
}
