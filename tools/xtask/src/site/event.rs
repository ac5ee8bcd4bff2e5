//! The page of an event.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::code::Code;
use super::content::Site;
use super::page::Page;
use super::prose::type_name;
use user_events::catalog::model::EventPage;

const ROOT: &str = "../";

/// The parts of a page, by their ids.
fn parts(event: &EventPage) -> [(&'static str, &'static str); 8] {
    let (guide, subscribe, cause) = if event.is_of_snapshot {
        ("When it is sent, and what to do", "Receive", "Example row")
    } else {
        (
            "When it is published, and what to do",
            "Subscribe",
            "Example change",
        )
    };
    [
        ("guide", guide),
        ("fields", "Fields"),
        ("example", "Example"),
        ("subscribe", subscribe),
        ("cause", cause),
        ("order", "Order and duplicates"),
        ("schema", "Schema"),
        ("versions", "Versions"),
    ]
}

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
                    nav class="toc" aria-labelledby="toc" {
                        p id="toc" { "On this page" }
                        ul { @for (id, title) in parts(event) { li { a href={ "#" (id) } { (title) } } } }
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
                            p { "JSON Schema 2020-12 of " code { "data" } ". The envelope has " a href="../envelope.html" { "its own schema" } "." }
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
        let [(_, title), ..] = parts(event);
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

/// The breadcrumb of a page: the list, the category, the page itself.
pub(super) fn trail(category: &str, here: &str) -> Markup {
    html! {
        nav aria-label="Breadcrumb" {
            ol class="trail" {
                li { a href="../index.html" { "Events" } }
                @if category != here { li { a href={ "../categories/" (category) ".html" } { (category) } } }
                li aria-current="page" { (type_name(here)) }
            }
        }
    }
}

/// The event's path from the table to the topic.
fn flow(event: &EventPage) -> Markup {
    if event.is_of_snapshot {
        return html! {
            ol class="flow" aria-label="From the table to the snapshot queue" {
                li { div { small { "a row of the table" } code { (event.cause.table) } } }
                li class="here" { div { small { "becomes" } code { (event.name) } } }
                li { div { small { "in the snapshot queue" } code { "<subscriber>-snapshot.fifo" } } }
                li { div { small { "in the message group" } code { (event.groups.join(" or ")) } } }
            }
        };
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

fn example(event: &EventPage) -> Markup {
    let opened = event.example.opened.as_object().into_iter().flatten();
    html! {
        section class="part" id="example" aria-labelledby="example-title" {
            h2 id="example-title" { "Example" }
            p {
                "A complete message as a subscriber receives it."
                @if !event.classes.is_empty() { " Its sealed members are encrypted; their decrypted content is shown next to it." }
            }
            div class={ "side" @if !event.classes.is_empty() { " two" } } {
                (Code { id: "example-json", caption: "The envelope", file: None, json: &event.example.envelope }.render())
                div {
                    @for (class, content) in opened {
                        (Code {
                            id: &format!("opened-{class}-json"),
                            caption: &format!("{class}, decrypted"),
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

/// The message attributes in the JSON of SNS and SQS.
fn attributes(event: &EventPage) -> Value {
    let attributes = event.example.attributes.iter().map(|attribute| {
        let value = json!({ "DataType": attribute.data_type, "StringValue": attribute.value });
        (attribute.name.clone(), value)
    });
    Value::Object(attributes.collect())
}

fn subscribe(event: &EventPage) -> Markup {
    if event.is_of_snapshot {
        return html! {
            section class="part" id="subscribe" aria-labelledby="subscribe-title" {
                h2 id="subscribe-title" { "Receive" }
                p {
                    "The event is on no topic. A subscriber that joins late has a snapshot queue (" code { "Snapshot=on" } " of "
                    code { "infra/subscriber.yaml" } "), and the operator of the publisher sends the state of all rows into it: "
                    code { "user-events backfill --subscriber <stack> --stack <publisher>" } "."
                }
            }
        };
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
            (Code { id: "filter-json", caption: "Filter policy", file: None, json: &event.filter_policy }.render())
            p {
                "The stack " code { "infra/subscriber.yaml" } " creates the queue, the subscription, the grants and the alarms. Its parameters for this event:"
            }
            (Code { id: "parameters-json", caption: "Parameters of the subscriber's stack", file: None, json: &parameters }.render())
        }
    }
}

fn order(event: &EventPage) -> Markup {
    let lane = &event.example.envelope["partitionkey"];
    if event.is_of_snapshot {
        return html! {
            section class="part" id="order" aria-labelledby="order-title" {
                h2 id="order-title" { "Order and duplicates" }
                p {
                    "The events of a snapshot have no order among each other. All of them come before all changes: their "
                    code { "sequence" } " is zero. Handle the snapshot queue to its end, and then the live queue."
                }
                p {
                    "The event may arrive more than once, each time with the same " code { "id" } ", which is made of the run, the table "
                    "and the keys of the row. The example's message group is " code { (super::fields::bare(lane)) } "."
                }
            }
        };
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
