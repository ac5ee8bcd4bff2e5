//! The start page: all events.

use maud::{Markup, html};

use super::content::{ASYNCAPI, Site};
use super::list::{events, legend};
use super::page::Page;

impl Site<'_> {
    /// All events by category, with filters, and the data classes.
    pub(super) fn index(&self) -> Page<'static> {
        let count = self
            .catalog
            .events()
            .filter(|event| !event.is_of_snapshot)
            .count();
        let categories = self
            .catalog
            .categories
            .iter()
            .filter(|category| category.published().next().is_some())
            .count();
        Page {
            path: "index.html",
            title: "Events",
            description: "All events that user-events publishes.",
            content: html! {
                h1 { "Events about users" }
                p class="lede" {
                    (events(count)) " in " (categories) " categories, derived from changes in the user tables, and the types of snapshots."
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
                            p { "No event matches the filters." }
                            button type="button" data-reset { "Show all events" }
                        }
                    }
                }
                section class="part" aria-labelledby="common" {
                    h2 id="common" { "What they have in common" }
                    p {
                        "Each event has the same " a href="envelope.html" { "envelope" } " and is published to the topic of its category. Personal data is "
                        a href="classes/index.html" { "sealed (encrypted) by data class" } "; every subscriber can read the rest. Types of snapshots are "
                        "for subscribers that join late. Each type has a " a href="thin/index.html" { "thin form" } ", too: a notification with a URL to ask."
                    }
                    @if self.has_asyncapi {
                        p { a href=(ASYNCAPI) { "AsyncAPI document" } " with all channels, messages and schemas, for tools." }
                    }
                }
                section aria-labelledby="classes" {
                    h2 id="classes" { "Data classes" }
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
            details class="filters needs-js" id="filters" {
                summary { "Filter by category and sealed data" }
                (choices("Category", "category", categories.map(|name| (name, name))))
                (choices("Sealed data", "class", classes.map(|name| (name, name)).chain([("none", "nothing sealed")])))
                p class="found" {
                    span id="found" role="status" {}
                    button type="button" data-reset hidden { "Show all" }
                }
                p class="keys" { kbd { "/" } " search, " kbd { "↓" } " " kbd { "↑" } " choose, " kbd { "Enter" } " open" }
            }
        }
    }
}

/// A group of check boxes. No tick means the same as all ticks.
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
