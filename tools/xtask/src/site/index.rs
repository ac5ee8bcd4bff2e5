//! The first page: all events.

use maud::{Markup, html};

use super::content::{ASYNCAPI, Site};
use super::list::{events, legend};
use super::page::Page;

impl Site<'_> {
    /// All events by category, which can be searched and narrowed, and the classes of sealed data.
    pub(super) fn index(&self) -> Page<'static> {
        let count = self.catalog.events().count();
        let categories = self.catalog.categories.len();
        Page {
            path: "index.html",
            title: "Events",
            description: "All events that user-events publishes.",
            content: html! {
                h1 { "Events about users" }
                p class="lede" {
                    (events(count)) " in " (categories) " categories, made of the changes of the user tables. Each comes in the same "
                    a href="envelope.html" { "envelope" } ", on the topic of its category. Personal data inside is "
                    a href="classes/index.html" { "sealed by class" } "; all else can be read by every subscriber."
                }
                @if self.has_asyncapi {
                    p { a href=(ASYNCAPI) { "AsyncAPI document" } " with all channels, messages and schemas, for your tools." }
                }
                div class="browse" {
                    (self.filters())
                    div id="event-list" {
                        (legend())
                        @for category in &self.catalog.categories {
                            section class={ "stream category-" (category.name) } aria-labelledby={ "category-" (category.name) } {
                                h2 id={ "category-" (category.name) } {
                                    a href={ "categories/" (category.name) ".html" } { (category.name) }
                                    small { (events(category.events.len())) }
                                }
                                p { (self.prose("", &category.description)) }
                                (self.rail("", &category.events))
                            }
                        }
                        div class="nothing" id="nothing" hidden {
                            p { "No event fits what is searched and ticked." }
                            button type="button" data-reset { "Show all events" }
                        }
                    }
                }
                section aria-labelledby="classes" {
                    h2 id="classes" { "Classes of sealed data" }
                    (self.class_cards(""))
                }
            },
        }
    }

    fn filters(&self) -> Markup {
        let categories = self
            .catalog
            .categories
            .iter()
            .map(|category| category.name.as_str());
        let classes = self.catalog.classes.iter().map(|class| class.name.as_str());
        html! {
            section class="filters needs-js" id="filters" aria-label="Narrow the list" {
                (choices("Category", "category", categories.map(|name| (name, name))))
                (choices("Sealed data", "class", classes.map(|name| (name, name)).chain([("none", "nothing sealed")])))
                p class="found" {
                    span id="found" role="status" {}
                    button type="button" data-reset hidden { "Show all" }
                }
                p class="keys" {
                    kbd { "/" } " searches, " kbd { "↓" } " " kbd { "↑" } " walk through the list, " kbd { "Enter" } " opens."
                }
            }
        }
    }
}

/// Boxes to tick, of which any may be; none is as good as all.
fn choices<'a>(legend: &str, name: &str, values: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            div {
                @for (value, label) in values {
                    span class="choice" {
                        input type="checkbox" id={ (name) "-is-" (value) } name=(name) value=(value);
                        label for={ (name) "-is-" (value) } { (label) }
                    }
                }
            }
        }
    }
}
