//! The page of an event.

use maud::{Markup, html};
use serde_json::json;

use super::code::{Code, Content};
use super::commands::{commands, commands_for};
use super::content::Site;
use super::example::example;
use super::handlers::handlers;
use super::page::{Page, toc, trail};
use super::prose::type_name;
use super::snapshot;
use crate::handlers::Handlers;
use user_events::catalog::model::EventPage;

const ROOT: &str = "../";

impl Site<'_> {
    /// The page of an event.
    pub(super) fn event<'e>(&self, event: &'e EventPage, path: &'e str) -> Page<'e> {
        Page {
            path,
            title: &event.event_type,
            description: &event.meaning,
            content: html! {
                div class={ "with-toc category-" (event.category) } {
                    div {
                        (trail(&event.category, &event.event_type))
                        (self.head(event))
                    }
                    (toc(&snapshot::parts(event)))
                    div {
                        (flow(event))
                        (self.guide(event))
                        section class="part" id="fields" aria-labelledby="fields-title" {
                            h2 id="fields-title" { "Fields" }
                            (self.fields(ROOT, "The fields of data", &event.fields))
                        }
                        (example(&event.example))
                        (handlers(&Handlers::new(event)))
                        (commands(&commands_for(event)))
                        (subscribe(event))
                        (self.cause(event))
                        (order(event))
                        section class="part" id="schema" aria-labelledby="schema-title" {
                            h2 id="schema-title" { "Schema" }
                            p { "JSON Schema 2020-12 of " code { "data" } ". The envelope has " a href="../envelope.html" { "its own schema" } "." }
                            (Code {
                                id: "schema-json",
                                caption: &event.schema_path,
                                file: Some(&format!("../schemas/{}", event.schema_path)),
                                content: Content::Json(&event.schema),
                            }.render())
                        }
                        (self.versions(event))
                        (self.pager(event))
                    }
                }
            },
        }
    }

    fn head(&self, event: &EventPage) -> Markup {
        html! {
            div class="head" {
                h1 class="type" { (type_name(&event.event_type)) }
                p class="lede" { (self.prose(ROOT, &event.meaning)) }
                ul class="badges" {
                    li { a class="badge category" href={ "../categories/" (event.category) ".html" } { (event.category) } }
                    @for class in &event.classes {
                        li {
                            a class="badge sealed" href={ "../classes/" (class) ".html" } { (class) span class="unseen" { " sealed" } }
                        }
                    }
                    @if event.classes.is_empty() { li { span class="badge" { "nothing sealed" } } }
                    li { a class="badge" href={ "../thin/" (event.event_type) ".html" } { "thin form" } }
                }
            }
            @if let Some(notice) = event.sunset_notice() {
                div class="notice" role="note" { p { (self.prose(ROOT, &notice)) } }
            }
        }
    }

    fn guide(&self, event: &EventPage) -> Markup {
        let title = snapshot::guide_title(event);
        let (sent, not_sent) = if event.is_of_snapshot {
            ("Sent when", "Not sent when")
        } else {
            ("Published when", "Not published when")
        };
        let answers = [
            (sent, &event.published),
            (not_sent, &event.not_published),
            ("What to do", &event.consumers),
        ];
        html! {
            section class="part" id="guide" aria-labelledby="guide-title" {
                h2 id="guide-title" { (title) }
                dl class="guide" {
                    @for (question, answer) in answers {
                        div {
                            dt { (question) }
                            dd { p { (self.prose(ROOT, answer)) } }
                        }
                    }
                }
            }
        }
    }

    /// Links to the previous and the next event of the catalogue.
    fn pager(&self, event: &EventPage) -> Markup {
        let events: Vec<_> = self.catalog.events().collect();
        let place = events
            .iter()
            .position(|other| other.event_type == event.event_type);
        let neighbour = |step: fn(usize) -> Option<usize>| events.get(place.and_then(step)?);
        let neighbours = [
            ("Previous event", neighbour(|place| place.checked_sub(1))),
            ("Next event", neighbour(|place| place.checked_add(1))),
        ];
        html! {
            nav class="pager" aria-label="Previous and next event" {
                @for (label, neighbour) in neighbours {
                    @if let Some(neighbour) = neighbour {
                        span {
                            small { (label) }
                            a class="type" href={ (neighbour.event_type) ".html" } { (type_name(&neighbour.event_type)) }
                        }
                    }
                }
            }
        }
    }
}

/// The event's path from the table to the topic.
fn flow(event: &EventPage) -> Markup {
    if event.is_of_snapshot {
        return snapshot::flow(event);
    }
    html! {
        ol class="flow" aria-label="From the table to the topic" {
            li { div { small { "a change in the table" } code { (event.cause.table) } } }
            li class="here" { div { small { "becomes" } code { (event.name) } } }
            li { div { small { "on the topic" } code { "<stack>-" (event.category) ".fifo" } } }
            li { div { small { "in the message group" } code { (event.groups.join(" or ")) } } }
        }
    }
}

fn subscribe(event: &EventPage) -> Markup {
    if event.is_of_snapshot {
        return snapshot::receive();
    }
    let parameters = json!({
        "Category": event.category,
        "EventTypes": event.event_type,
        "Classes": event.classes.join(","),
    });
    html! {
        section class="part" id="subscribe" aria-labelledby="subscribe-title" {
            h2 id="subscribe-title" { "Subscribe" }
            p {
                "The SSM parameter "
                code { "/user-events/<stage>/topic/" (event.category) }
                " holds the topic's ARN. This filter policy, with the scope " code { "MessageAttributes" }
                ", accepts only this event."
            }
            (Code { id: "filter-json", caption: "Filter policy", file: None, content: Content::Json(&event.filter_policy) }.render())
            p {
                "The stack " code { "infra/subscriber.yaml" } " creates the queue, the subscription, the grants and the alarms. Its parameters for this event:"
            }
            (Code { id: "parameters-json", caption: "Parameters of the subscriber's stack", file: None, content: Content::Json(&parameters) }.render())
        }
    }
}

fn order(event: &EventPage) -> Markup {
    let lane = &event.example.envelope["partitionkey"];
    if event.is_of_snapshot {
        return snapshot::order(event);
    }
    html! {
        section class="part" id="order" aria-labelledby="order-title" {
            h2 id="order-title" { "Order and duplicates" }
            p {
                "The subject is "
                @for (place, subject) in event.subjects.iter().enumerate() {
                    @if place > 0 { " or " }
                    code { (subject) }
                }
                ". Events of one message group and one category arrive in the order of the changes. To compare two of them, compare "
                code { "sequence" } " as strings. There is no order between message groups or between categories. The example's message group is "
                code { (super::fields::bare(lane)) } "."
            }
            p {
                "The event may arrive more than once, each time with the same " code { "id" } ". Remember IDs for at least 14 days, the time that "
                "a record may wait in the parking-lot queue. A redriven event arrives late, with the message attribute " code { "replay" } "."
            }
        }
    }
}
