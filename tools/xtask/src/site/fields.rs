//! Tables of fields.

use maud::{Markup, html};
use serde_json::Value;

use super::content::Site;
use user_events::catalog::model::{Disclosure, Field, Kind};

impl Site<'_> {
    /// A table of fields: type, meaning and readers. The members of a sealed class follow their field.
    pub(super) fn fields(&self, root: &str, caption: &str, fields: &[Field]) -> Markup {
        html! {
            table role="table" {
                caption { (caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Field" }
                        th scope="col" role="columnheader" { "Meaning" }
                        th scope="col" role="columnheader" { "Who may read it" }
                    }
                }
                tbody role="rowgroup" {
                    @for field in fields {
                        (self.row(root, field, ""))
                        @for member in &field.members { (self.row(root, member, &field.name)) }
                    }
                }
            }
        }
    }

    /// The row of a field. `within` names the class of a member, and is empty otherwise.
    fn row(&self, root: &str, field: &Field, within: &str) -> Markup {
        let row_class = if !within.is_empty() {
            Some("within")
        } else if matches!(field.kind, Kind::Sealed) {
            Some("class")
        } else {
            None
        };
        html! {
            tr role="row" class=[row_class] {
                th scope="row" role="rowheader" {
                    code class="name" {
                        @if !within.is_empty() { span class="unseen" { (within) "." } }
                        (field.name)
                    }
                    span class="what" { (field.kind_and_need()) }
                }
                td role="cell" {
                    p { (self.prose(root, &field.meaning)) }
                    @if !field.values.is_empty() {
                        dl class="values" {
                            @for choice in &field.values {
                                div {
                                    dt { (choice.value) }
                                    dd { (self.prose(root, &choice.meaning)) }
                                }
                            }
                        }
                    }
                    @if let Some(example) = &field.example {
                        p class="what" { "Example: " code { (bare(example)) } }
                    }
                }
                td role="cell" data-label="Who may read it" { (disclosure(root, field)) }
            }
        }
    }
}

fn disclosure(root: &str, field: &Field) -> Markup {
    html! {
        @match &field.disclosure {
            Disclosure::Public(reason) => {
                span { "every subscriber" }
                span class="what" { (reason) }
            },
            Disclosure::Class(class) if field.kind == Kind::Sealed => {
                a class="badge sealed" href={ (root) "classes/" (class) ".html" } { (class) }
                span class="what" { "subscribers with a grant for the class" }
            },
            Disclosure::Class(class) => span class="what" { "sealed in " (class) },
        }
    }
}

/// The value as text: a string without its quotation marks.
pub(super) fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
