//! Lists of events. In the markup a category is a `stream`, and the mark of an event is its `place`.

use maud::{Markup, html};

use super::content::Site;
use super::prose::{first_sentence, type_name};
use user_events::catalog::model::EventPage;

impl Site<'_> {
    /// The events, in the order in which one change publishes them.
    pub(super) fn rail<'e>(&self, root: &str, events: impl IntoIterator<Item = &'e EventPage>) -> Markup {
        html! {
            ol class="rail" {
                @for event in events {
                    li class={ "category-" (event.category) } data-type=(event.event_type) data-category=(event.category) data-classes=(class_words(event)) {
                        span class={ "place" @if !event.classes.is_empty() { " full" } } {}
                        article {
                            a class="type" href={ (root) "events/" (event.event_type) ".html" } { (type_name(&event.event_type)) }
                            p { (self.plain(first_sentence(&event.meaning))) }
                            @if !event.classes.is_empty() || self.is_superseded(event) {
                                ul class="badges" {
                                    @for class in &event.classes {
                                        li { span class="badge sealed" { (class) span class="unseen" { " sealed" } } }
                                    }
                                    @if self.is_superseded(event) { li { span class="badge" { "superseded" } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A text without links, for use inside a link.
    fn plain(&self, text: &str) -> Markup {
        html! {
            @for (place, part) in text.split('`').enumerate() {
                @if place % 2 == 0 { (part) } @else { code { (part) } }
            }
        }
    }

    /// Whether the catalogue has a later version of the event.
    pub(super) fn is_superseded(&self, event: &EventPage) -> bool {
        let version = |event_type: &str| {
            let number = event_type.rsplit_once("EventV").map(|(_, number)| number);
            number.and_then(|number| number.parse::<u32>().ok())
        };
        event
            .versions
            .iter()
            .any(|other| version(other) > version(&event.event_type))
    }
}

/// The legend of the marks in a list.
pub(super) fn legend() -> Markup {
    html! {
        ul class="legend" {
            li { span class="place full" {} "with sealed data" }
            li { span class="place" {} "without sealed data" }
        }
    }
}

/// A count of events, in words.
pub(super) fn events(count: usize) -> String {
    match count {
        1 => "1 event".to_owned(),
        _ => format!("{count} events"),
    }
}

fn class_words(event: &EventPage) -> String {
    if event.classes.is_empty() {
        "none".to_owned()
    } else {
        event.classes.join(" ")
    }
}
