//! The pages of the thin forms (event notifications).

use maud::{Markup, html};

use super::code::{Code, Content};
use super::commands::{commands, commands_for_thin};
use super::content::Site;
use super::example::example;
use super::handlers::handlers;
use super::page::{Page, toc, trail};
use super::prose::{first_sentence, type_name};
use crate::handlers::Handlers;
use user_events::catalog::model::EventPage;

const ROOT: &str = "../";
const PARTS: [(&str, &str); 6] = [
    ("fields", "Fields"),
    ("callback", "Callback"),
    ("example", "Example"),
    ("code", "Code"),
    ("commands", "Commands"),
    ("schema", "Schema"),
];

impl Site<'_> {
    /// Explains thin events and lists them.
    pub(super) fn thin_events(&self) -> Page<'static> {
        Page {
            path: "thin/index.html",
            title: "Thin events",
            description: "Event notifications: what happened to whom and when, and a URL to ask for the rest.",
            content: html! {
                h1 { "Thin events" }
                p class="lede" {
                    "A deployment with " code { "Detail=thin" } " publishes event notifications: what happened to whom and when, and a URL to ask "
                    "for the rest. A thin event has no sealed data. Its type, envelope and order are those of the whole event."
                }
                @for category in &self.catalog.categories {
                    section class={ "part category-" (category.name) } aria-labelledby={ "category-" (category.name) } {
                        h2 id={ "category-" (category.name) } { (category.name) }
                        ul class="plain" {
                            @for event in &category.events {
                                li {
                                    a class="type" href={ (event.event_type) ".html" } { (type_name(&event.event_type)) }
                                    " " (self.prose(ROOT, first_sentence(&event.meaning)))
                                }
                            }
                        }
                    }
                }
            },
        }
    }

    /// The page of the thin form of an event.
    pub(super) fn thin<'e>(&self, event: &'e EventPage, path: &'e str, title: &'e str) -> Page<'e> {
        let thin = &event.thin;
        Page {
            path,
            title,
            description: &event.meaning,
            content: html! {
                div class={ "with-toc category-" (event.category) } {
                    div {
                        (trail(&event.category, &event.event_type))
                        (self.thin_head(event))
                    }
                    (toc(&PARTS))
                    div {
                        section class="part" id="fields" aria-labelledby="fields-title" {
                            h2 id="fields-title" { "Fields" }
                            (self.fields(ROOT, "The fields of data", &thin.fields))
                        }
                        (callback(event))
                        (example(&thin.example))
                        (handlers(&Handlers::thin(event)))
                        (commands(&commands_for_thin(event)))
                        section class="part" id="schema" aria-labelledby="schema-title" {
                            h2 id="schema-title" { "Schema" }
                            (Code {
                                id: "schema-json",
                                caption: &thin.schema_path,
                                file: Some(&format!("../schemas/{}", thin.schema_path)),
                                content: Content::Json(&thin.schema),
                            }.render())
                        }
                    }
                }
            },
        }
    }

    fn thin_head(&self, event: &EventPage) -> Markup {
        html! {
            div class="head" {
                h1 class="type" { (type_name(&event.event_type)) " " small { "thin" } }
                p class="lede" { (self.prose(ROOT, &event.meaning)) }
                ul class="badges" {
                    li { a class="badge category" href={ "../categories/" (event.category) ".html" } { (event.category) } }
                    li { a class="badge" href={ "../events/" (event.event_type) ".html" } { "whole event" } }
                    li { a class="badge" href="index.html" { "what a thin event is" } }
                }
            }
        }
    }
}

fn callback(event: &EventPage) -> Markup {
    html! {
        section class="part" id="callback" aria-labelledby="callback-title" {
            h2 id="callback-title" { "Callback" }
            p {
                "The URL is "
                @for (place, resource) in event.thin.resources.iter().enumerate() {
                    @if place > 0 { ", or if an identifier is absent " }
                    code { (resource) }
                }
                " below the " code { "CallbackBaseUrl" } " of the deployment. If the row has a version, " code { "?atLeastVersion=<n>" }
                " follows: the lowest version that includes the change."
            }
            p {
                "Send " code { "GET" } " with the authentication that the User Service requires. On " code { "409" } ", " code { "425" } " or "
                code { "503" } " ask again later; " code { "404" } " and " code { "410" } " mean that the row was removed. Remember the "
                code { "version" } " of the answer that you applied, and drop an answer with a lower one."
            }
        }
    }
}
