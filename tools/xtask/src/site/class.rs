//! The pages of the data classes.

use maud::{Markup, html};
use serde_json::json;

use super::code::{Code, Content};
use super::content::Site;
use super::list::events;
use super::page::{Page, trail};
use user_events::catalog::model::ClassPage;

const ROOT: &str = "../";

impl Site<'_> {
    /// Explains sealing and lists all classes.
    pub(super) fn classes(&self) -> Page<'static> {
        Page {
            path: "classes/index.html",
            title: "Sealed data",
            description: "The data classes of personal data, and who can open them.",
            content: html! {
                h1 { "Sealed data" }
                p class="lede" {
                    "Personal data is only published sealed (encrypted), with one data key per data class. A subscriber is granted a class as a "
                    "whole or not at all. Without a grant it can still use the rest of the event."
                }
                section class="part" aria-labelledby="classes" {
                    h2 id="classes" { "The classes" }
                    (self.class_cards(ROOT))
                }
                section class="part" aria-labelledby="opening" {
                    h2 id="opening" { "How to open a class" }
                    p {
                        "Each class in an event is one member of " code { "data" } ", named after the class. It contains " code { "sealed" } ", "
                        code { "dataKey" } " and " code { "keyArn" } "."
                    }
                    ol class="steps" {
                        li {
                            "Read the header of the token in " code { "sealed" } ", a JWE in compact serialization. Refuse it unless its " code { "kid" } " is "
                            code { "<id of the event>/<name of the member>" } "."
                        }
                        li {
                            "Refuse any " code { "alg" } " other than " code { "dir" } ", any " code { "enc" } " other than " code { "A256GCM" }
                            ", and any header with " code { "zip" } "."
                        }
                        li {
                            "Decode " code { "dataKey" } " from base64 and let KMS decrypt it under " code { "keyArn" } " with the encryption context "
                            code { r#"{"app": "user-events", "class": "<name of the member>"}"# } ". If KMS denies access, you have no grant for the "
                            "class: use the rest of the event."
                        }
                        li { "Decrypt the token with that key, using any JOSE library. The result is a JSON object: ignore members that you do not know." }
                    }
                }
            },
        }
    }

    /// The page of a class.
    pub(super) fn class<'c>(&self, class: &'c ClassPage, path: &'c str) -> Page<'c> {
        let carriers = self
            .catalog
            .events()
            .filter(|event| class.events.contains(&event.event_type));
        let statement = json!({
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": "<the ARN in /user-events/<stage>/seal-key-arn>",
            "Condition": { "StringEquals": {
                "kms:EncryptionContext:app": "user-events",
                "kms:EncryptionContext:class": class.name,
            } },
        });
        Page {
            path,
            title: &class.name,
            description: &class.description,
            content: html! {
                nav aria-label="Breadcrumb" {
                    ol class="trail" {
                        li { a href="../index.html" { "Events" } }
                        li { a href="index.html" { "Sealed data" } }
                        li aria-current="page" { (class.name) }
                    }
                }
                div class="head of-seals" {
                    h1 { (class.name) }
                    p class="lede" { (self.prose(ROOT, &class.description)) }
                    ul class="badges" { li { span class="badge sealed" { "sealed" } } }
                }
                section class="part" aria-labelledby="fields" {
                    h2 id="fields" { "Members" }
                    (self.fields(ROOT, "Members without a value are absent", &class.members))
                }
                section class="part" aria-labelledby="who" {
                    h2 id="who" { "Who can open it" }
                    p {
                        "Only roles with this statement; KMS refuses all others. The publisher's roles can seal but not open. The stack "
                        code { "infra/subscriber.yaml" } " adds the statement if " code { (class.name) } " is in its parameter " code { "Classes" }
                        ". CloudTrail records every use."
                    }
                    (Code { id: "statement-json", caption: "Policy statement of the reader's role", file: None, content: Content::Json(&statement) }.render())
                    p { a href="index.html#opening" { "How to open a class, step by step" } }
                }
                section class="part" aria-labelledby="events" {
                    h2 id="events" { (events(class.events.len())) " with this class" }
                    (self.rail(ROOT, carriers))
                }
            },
        }
    }

    /// One card per class, with its description.
    pub(super) fn class_cards(&self, root: &str) -> Markup {
        html! {
            ul class="cards" {
                @for class in &self.catalog.classes {
                    li {
                        h3 { a href={ (root) "classes/" (class.name) ".html" } { (class.name) } }
                        p { (self.prose(root, &class.description)) }
                        p { "In " (events(class.events.len())) "." }
                    }
                }
            }
        }
    }

    /// The page of a category.
    pub(super) fn category<'c>(
        &self,
        category: &'c user_events::catalog::model::CategoryPage,
        path: &'c str,
    ) -> Page<'c> {
        let filter = json!({ "category": [category.name] });
        Page {
            path,
            title: &category.name,
            description: &category.description,
            content: html! {
                div class={ "category-" (category.name) } {
                    (trail(&category.name, &category.name))
                    div class="head" {
                        h1 { (category.name) }
                        p class="lede" { (self.prose(ROOT, &category.description)) }
                    }
                    section class="part" aria-labelledby="events" {
                        h2 id="events" { (events(category.published().count())) }
                        p { "Listed in the order in which one change publishes them, if it publishes several." }
                        (self.rail(ROOT, category.published()))
                    }
                    section class="part" aria-labelledby="snapshots" {
                        h2 id="snapshots" { "Snapshots" }
                        p { "A backfill sends them to one subscriber that joins late. They are on no topic." }
                        (self.rail(ROOT, category.events.iter().filter(|event| event.is_of_snapshot)))
                    }
                    @if category.published().next().is_some() { section class="part" aria-labelledby="topic" {
                        h2 id="topic" { "Topic" }
                        p {
                            code { "<stack>-" (category.name) ".fifo" } " carries only these events. The SSM parameter "
                            code { "/user-events/<stage>/topic/" (category.name) } " holds its ARN. Without a filter policy a subscription receives all "
                            "of them. If several topics feed one queue, this attribute separates the categories."
                        }
                        (Code { id: "filter-json", caption: "Filter policy", file: None, content: Content::Json(&filter) }.render())
                    } }
                }
            },
        }
    }
}
