//! JSON and programs to read and copy.

use maud::{Markup, html};
use serde_json::Value;

use super::json::{Line, lines_of_json, lines_of_text};

/// Text with a caption and a copy button.
pub(super) struct Code<'a> {
    /// Unique on its page.
    pub id: &'a str,
    /// A short label.
    pub caption: &'a str,
    /// The site's file with the same JSON, if there is one.
    pub file: Option<&'a str>,
    /// The text to show.
    pub content: Content<'a>,
}

/// What is shown.
pub(super) enum Content<'a> {
    Json(&'a Value),
    /// A program, or anything else in lines.
    Text(&'a str),
}

impl Code<'_> {
    /// The figure. It is as high as its text; a line that is wrapped keeps its indentation.
    pub(super) fn render(&self) -> Markup {
        let lines = match self.content {
            Content::Json(json) => lines_of_json(json),
            Content::Text(text) => lines_of_text(text),
        };
        html! {
            figure class="code" {
                figcaption {
                    span { (self.caption) }
                    @if let Some(file) = self.file {
                        a href=(file) { "Raw file" span class="unseen" { " of: " (self.caption) } }
                    }
                    (copy_button(self.id, self.caption))
                }
                div class="lines" id=(self.id) translate="no" {
                    @for line in &lines { (shown(line)) }
                }
            }
        }
    }
}

fn shown(line: &Line) -> Markup {
    html! { div class={ "line in-" (line.depth.min(Line::DEEPEST)) } { (line.content) "\n" } }
}

/// A button that copies the element with the ID.
pub(super) fn copy_button(id: &str, what: &str) -> Markup {
    html! {
        button class="needs-js" type="button" data-copy=(id) {
            span { "Copy" }
            span class="unseen" { ": " (what) }
        }
    }
}
