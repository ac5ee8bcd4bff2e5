//! The handlers of an event, one tab for each language.

use maud::{Markup, html};

use super::code::{Code, Content};
use crate::handlers::Handlers;

/// The handlers. Without scripts each is an element that opens; scripts make tabs of them.
pub(super) fn handlers(handlers: &Handlers) -> Markup {
    let languages = [
        ("python", "Python", "subscriber/effect.py", &handlers.python),
        ("typescript", "TypeScript", "src/effect.ts", &handlers.typescript),
        ("rust", "Rust", "src/effect.rs", &handlers.rust),
    ];
    html! {
        section class="part" id="code" aria-labelledby="code-title" {
            h2 id="code-title" { "Code" }
            p {
                "A handler with the consumer library. Its writes and the record that the event was handled are one transaction. The caption "
                "names the file that it replaces in a project of " code { "user-events scaffold" } "."
            }
            div class="tabs" data-tabs="Languages" {
                @for (place, (id, name, file, text)) in languages.into_iter().enumerate() {
                    details open[place == 0] name="language" {
                        summary { (name) }
                        div data-tab=(id) {
                            (Code {
                                id: &format!("handler-{id}"),
                                caption: file,
                                file: None,
                                content: Content::Text(text),
                            }.render())
                        }
                    }
                }
            }
        }
    }
}
