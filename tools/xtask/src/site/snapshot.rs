//! What the page of an event of a snapshot has in place of a published event's parts.

use maud::{Markup, html};

use user_events::catalog::model::EventPage;

use super::fields::bare;

/// The parts of a page, by their ids.
pub(super) fn parts(event: &EventPage) -> [(&'static str, &'static str); 10] {
    let (subscribe, cause) = if event.is_of_snapshot {
        ("Receive", "Example row")
    } else {
        ("Subscribe", "Example change")
    };
    [
        ("guide", guide_title(event)),
        ("fields", "Fields"),
        ("example", "Example"),
        ("code", "Code"),
        ("commands", "Commands"),
        ("subscribe", subscribe),
        ("cause", cause),
        ("order", "Order and duplicates"),
        ("schema", "Schema"),
        ("versions", "Versions"),
    ]
}

/// The title of the first part.
pub(super) fn guide_title(event: &EventPage) -> &'static str {
    if event.is_of_snapshot {
        "When it is sent, and what to do"
    } else {
        "When it is published, and what to do"
    }
}

/// The event's path from the table to the snapshot queue.
pub(super) fn flow(event: &EventPage) -> Markup {
    html! {
    ol class="flow" aria-label="From the table to the snapshot queue" {
        li { div { small { "a row of the table" } code { (event.cause.table) } } }
        li class="here" { div { small { "becomes" } code { (event.name) } } }
        li { div { small { "in the snapshot queue" } code { "<subscriber>-snapshot.fifo" } } }
        li { div { small { "in the message group" } code { (event.groups.join(" or ")) } } }
    }}
}

pub(super) fn receive() -> Markup {
    html! {
    section class="part" id="subscribe" aria-labelledby="subscribe-title" {
        h2 id="subscribe-title" { "Receive" }
        p {
            "The event is on no topic. A subscriber that joins late has a snapshot queue (" code { "Snapshot=on" } " of "
            code { "infra/subscriber.yaml" } "), and the operator of the publisher sends the state of all rows into it: "
            code { "user-events backfill --subscriber <stack> --stack <publisher>" } "."
        }
    }}
}

pub(super) fn order(event: &EventPage) -> Markup {
    let lane = &event.example.envelope["partitionkey"];
    html! {
    section class="part" id="order" aria-labelledby="order-title" {
        h2 id="order-title" { "Order and duplicates" }
        p {
            "The events of a snapshot have no order among each other. All of them come before all changes: their "
            code { "sequence" } " is zero. Handle the snapshot queue to its end, and then the live queue."
        }
        p {
            "The event may arrive more than once, each time with the same " code { "id" } ", which is made of the run, the table "
            "and the keys of the row. The example's message group is " code { (bare(lane)) } "."
        }
    }}
}
