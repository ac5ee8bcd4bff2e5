//! The page of an event.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::code::Code;
use super::content::Site;
use super::page::Page;
use super::prose::type_name;
use user_events::catalog::model::EventPage;

const ROOT: &str = "../";
const PARTS: [(&str, &str); 8] = [
    ("guide", "When, and what to do"),
    ("fields", "Fields"),
    ("example", "Example"),
    ("subscribe", "Subscribe"),
    ("cause", "A change that causes it"),
    ("order", "Order and duplicates"),
    ("schema", "Schema"),
    ("versions", "Versions"),
];

impl Site<'_> {
    /// All there is to know of an event.
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
                    nav class="toc" aria-labelledby="toc" {
                        p id="toc" { "On this page" }
                        ul { @for (id, title) in PARTS { li { a href={ "#" (id) } { (title) } } } }
                    }
                    div {
                        (flow(event))
                        (self.guide(event))
                        section class="part" id="fields" aria-labelledby="fields-title" {
                            h2 id="fields-title" { "Fields" }
                            (self.fields(ROOT, "The fields of data", &event.fields))
                        }
                        (example(event))
                        (subscribe(event))
                        (self.cause(event))
                        (order(event))
                        section class="part" id="schema" aria-labelledby="schema-title" {
                            h2 id="schema-title" { "Schema" }
                            p { "Of " code { "data" } ", in JSON Schema 2020-12. The envelope has " a href="../envelope.html" { "its own" } "." }
                            (Code {
                                id: "schema-json",
                                caption: &event.schema_path,
                                file: Some(&format!("../schemas/{}", event.schema_path)),
                                json: &event.schema,
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
                }
            }
            @if let Some(notice) = event.sunset_notice() {
                div class="notice" role="note" { p { (self.prose(ROOT, &notice)) } }
            }
        }
    }

    fn guide(&self, event: &EventPage) -> Markup {
        let answers = [
            ("Published when", &event.published),
            ("Not published when", &event.not_published),
            ("What to do with it", &event.consumers),
        ];
        html! {
            section class="part" id="guide" aria-labelledby="guide-title" {
                h2 id="guide-title" { "When, and what to do" }
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

    /// The ways to the events before and after in the catalogue.
    fn pager(&self, event: &EventPage) -> Markup {
        let events: Vec<_> = self.catalog.events().collect();
        let place = events
            .iter()
            .position(|other| other.event_type == event.event_type);
        let neighbour = |step: fn(usize) -> Option<usize>| events.get(place.and_then(step)?);
        let neighbours = [
            ("Before in the catalogue", neighbour(|place| place.checked_sub(1))),
            ("Next in the catalogue", neighbour(|place| place.checked_add(1))),
        ];
        html! {
            nav class="pager" aria-label="Neighbours" {
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

/// The breadcrumb of a page: list, category, page.
pub(super) fn trail(category: &str, here: &str) -> Markup {
    html! {
        nav aria-label="Where this is" {
            ol class="trail" {
                li { a href="../index.html" { "Events" } }
                @if category != here { li { a href={ "../categories/" (category) ".html" } { (category) } } }
                li aria-current="page" { (type_name(here)) }
            }
        }
    }
}

/// The way of the event: from the table to the topic.
fn flow(event: &EventPage) -> Markup {
    html! {
        ol class="flow" aria-label="The way of the event" {
            li { div { small { "a change in the table" } code { (event.cause.table) } } }
            li class="here" { div { small { "becomes" } code { (event.name) } } }
            li { div { small { "on the topic" } code { "<stack>-" (event.category) ".fifo" } } }
            li { div { small { "in the lane of" } code { (event.subjects.join(" or ")) } } }
        }
    }
}

fn example(event: &EventPage) -> Markup {
    let opened = event.example.opened.as_object().into_iter().flatten();
    html! {
        section class="part" id="example" aria-labelledby="example-title" {
            h2 id="example-title" { "Example" }
            p {
                "A whole message as a subscriber receives it."
                @if !event.classes.is_empty() { " Sealed members are encrypted; their content is shown beside it." }
            }
            div class={ "side" @if !event.classes.is_empty() { " two" } } {
                (Code { id: "example-json", caption: "The envelope", file: None, json: &event.example.envelope }.render())
                div {
                    @for (class, content) in opened {
                        (Code {
                            id: &format!("opened-{class}-json"),
                            caption: &format!("{class}, opened"),
                            file: None,
                            json: content,
                        }.render())
                    }
                    (Code {
                        id: "attributes-json",
                        caption: "Message attributes",
                        file: None,
                        json: &attributes(event),
                    }.render())
                }
            }
        }
    }
}

/// The message attributes as SNS and SQS write them.
fn attributes(event: &EventPage) -> Value {
    let attributes = event.example.attributes.iter().map(|attribute| {
        let value = json!({ "DataType": attribute.data_type, "StringValue": attribute.value });
        (attribute.name.clone(), value)
    });
    Value::Object(attributes.collect())
}

fn subscribe(event: &EventPage) -> Markup {
    let parameters = json!({
        "Category": event.category,
        "EventTypes": event.event_type,
        "Classes": event.classes.join(","),
    });
    html! {
        section class="part" id="subscribe" aria-labelledby="subscribe-title" {
            h2 id="subscribe-title" { "Subscribe" }
            p {
                "The topic's ARN is in the parameter store as "
                code { "/user-events/<stage>/topic/" (event.category) }
                ". This filter policy of a subscription, with the scope " code { "MessageAttributes" }
                ", lets this event through and no other."
            }
            (Code { id: "filter-json", caption: "Filter policy", file: None, json: &event.filter_policy }.render())
            p {
                "The stack " code { "infra/subscriber.yaml" } " makes queue, subscription, grants and alarms. For this event its parameters are:"
            }
            (Code { id: "parameters-json", caption: "Parameters of the subscriber's stack", file: None, json: &parameters }.render())
        }
    }
}

fn order(event: &EventPage) -> Markup {
    let lane = &event.example.envelope["partitionkey"];
    html! {
        section class="part" id="order" aria-labelledby="order-title" {
            h2 id="order-title" { "Order and duplicates" }
            p {
                "The subject is "
                @for (place, subject) in event.subjects.iter().enumerate() {
                    @if place > 0 { " or " }
                    code { (subject) }
                }
                ". The events of one subject in one category come in the order of the changes: compare their "
                code { "sequence" } " as text. Between subjects and between categories there is no order. The example's lane is "
                code { (super::fields::bare(lane)) } "."
            }
            p {
                "The event may come more than once, with the same " code { "id" } " each time. Remember ids for at least 14 days, the time that "
                "a parked record may wait. An event that is redriven comes late, with the message attribute " code { "replay" } "."
            }
        }
    }
}
