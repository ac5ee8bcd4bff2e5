//! The page.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, html};
use user_events_catalog::registrations;

use super::place::Place;
use super::preset::Preset;

/// The page with these presets. The scripts fill the rest.
pub(super) fn page(place: &Place, presets: &[Preset]) -> Markup {
    let native = place.mapping.is_none();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Playground · user-events" }
                link rel="icon" type="image/svg+xml" href="/assets/icon.svg";
                link rel="stylesheet" href="/assets/tokens.css";
                link rel="stylesheet" href="/assets/playground.css";
                script src="/assets/theme.js" {}
                script src="/assets/main.js" type="module" {}
            }
            body {
                a class="skip" href="#row" { "Skip to the row" }
                (top())
                main {
                    div class="intro" {
                        h1 { "Write a row, see what becomes of it" }
                        p {
                            "Nothing is simulated: the rows are in the tables of the stack " code { (place.stack) }
                            " on the local engine at " code { (place.endpoint) }
                            ", its functions publish the events, and each arrives here through a topic and a queue. All data is synthetic."
                        }
                    }
                    div class="columns" {
                        (row(place, presets, native))
                        (change())
                        (events())
                    }
                    div class="rest" {
                        (timeline())
                        (policy())
                        (parked())
                    }
                }
                p class="unseen" id="announced" role="status" {}
            }
        }
    }
}

fn top() -> Markup {
    html! {
        header class="top" {
            div {
                a class="brand" href="/" {
                    img src="/assets/icon.svg" alt="" width="28" height="28";
                    span { "user-events " span { "playground" } }
                }
                nav aria-label="Sections" {
                    ul {
                        @for (target, name) in [("row", "Row"), ("change", "Change"), ("events", "Events"), ("timeline", "Timeline"), ("policy", "Filter")] {
                            li { a href={ "#" (target) } { (name) } }
                        }
                        li { a href="#parked" { "Parked " span class="count" id="parked-count" { "0" } } }
                    }
                }
                p id="connection" class="connection" role="status" { "connecting" }
                button type="button" id="theme" { span class="unseen" { "Theme: " } span id="theme-name" { "system" } }
            }
        }
    }
}

fn row(place: &Place, presets: &[Preset], native: bool) -> Markup {
    html! {
        section id="row" aria-labelledby="row-title" {
            h2 id="row-title" { "Row" }
            @if native {
                label for="user" { "User" }
                input id="user" value="anna" autocomplete="off" spellcheck="false";
            }
            @if presets.is_empty() {
                p class="quiet" { "No presets: name a file of writes or cases with " code { "--writes" } ", or write an item below." }
            } @else {
                fieldset {
                    legend { @if native { "What happens to the user" } @else { "Items of this mapping" } }
                    div class="presets" {
                        @for preset in presets {
                            button type="button" data-preset=(preset.id) title=(preset.hint) { (preset.title) }
                        }
                    }
                }
            }
            form id="draft" {
                label for="table" { "Table" }
                select id="table" {
                    @for name in place.tables.keys() { option value=(name) { (name) } }
                }
                label for="editor" {
                    "The row as it will be, in " @if native { "plain JSON" } @else { "DynamoDB’s JSON" }
                }
                textarea id="editor" rows="16" spellcheck="false" autocomplete="off" aria-describedby="row-error row-note" { "{}" }
                p id="row-note" class="notice" hidden {}
                p id="row-error" class="wrong" role="alert" {}
                div class="actions" {
                    button type="submit" class="main" id="write" { "Write the row" }
                    button type="button" id="remove" { "Remove the row" }
                }
            }
            details id="existing" {
                summary { "Rows that exist" }
                ul id="existing-rows" class="plain" {}
            }
        }
    }
}

fn change() -> Markup {
    html! {
        section id="change" aria-labelledby="change-title" {
            h2 id="change-title" { "Change" }
            div id="verdict" class="verdict" aria-live="polite" {
                p class="quiet" { "Choose a preset or edit the row: what it would become is shown here, before it is written." }
            }
            table id="attributes" hidden {
                caption { "Before and after" }
                thead { tr { th scope="col" { "attribute" } th scope="col" { "before" } th scope="col" { "after" } } }
                tbody {}
            }
            div id="change-copies" hidden {
                h3 { "Copy as" }
                div class="copies" {}
            }
        }
    }
}

fn events() -> Markup {
    let classes: BTreeSet<_> = registrations()
        .flat_map(|(_, registration)| registration.classes().to_vec())
        .collect();
    html! {
        section id="events" aria-labelledby="events-title" {
            h2 id="events-title" { "Events " span class="count" id="event-count" { "0" } }
            fieldset id="grants" {
                legend { "Read as a subscriber that was granted" }
                div class="switches" {
                    @for class in classes {
                        label class="switch" {
                            input type="checkbox" role="switch" name=(class) checked;
                            span { (class) }
                        }
                    }
                }
                p class="quiet" {
                    "The local engine does not enforce IAM: here the page denies the key itself. On AWS, the key policy does."
                }
            }
            p id="no-event" class="quiet" { "No event has arrived yet." }
            ol id="arrived" class="plain" reversed {}
        }
    }
}

fn timeline() -> Markup {
    html! {
        section id="timeline" aria-labelledby="timeline-title" {
            h2 id="timeline-title" { "Timeline" }
            p class="quiet" {
                "The events of one subject in the order of their " code { "sequence" }
                ", which is that of the changes. Each category has an order of its own."
            }
            label for="subject" { "Subject" }
            select id="subject" {}
            div id="lanes" {}
        }
    }
}

fn policy() -> Markup {
    html! {
        section id="policy" aria-labelledby="policy-title" {
            h2 id="policy-title" { "Filter policy" }
            p class="quiet" { "Marks the events above that SNS would deliver to a subscription with this policy." }
            form id="filter" {
                label for="filter-policy" { "Policy" }
                textarea id="filter-policy" rows="4" spellcheck="false" { "{\"dataClasses\": [\"contact\"]}" }
                label for="scope" { "Scope" }
                select id="scope" {
                    option value="attributes" { "MessageAttributes" }
                    option value="body" { "MessageBody" }
                }
                div class="actions" {
                    button type="submit" class="main" { "Try it" }
                    button type="button" id="filter-off" { "Show all" }
                }
                p id="filter-result" role="status" {}
            }
        }
    }
}

fn parked() -> Markup {
    html! {
        section id="parked" aria-labelledby="parked-title" {
            h2 id="parked-title" { "Parked" }
            p class="quiet" {
                "Records that no retry can fix wait in the parked queue (parking-lot queue). Mend one and redrive it, or discard it."
            }
            div class="actions" { button type="button" id="parked-read" { "Read the queue" } }
            p id="parked-state" role="status" {}
            ul id="parked-list" class="plain" {}
        }
    }
}
