//! The pages of the classes of sealed data.

use maud::{Markup, html};
use serde_json::json;

use super::code::Code;
use super::content::Site;
use super::event::trail;
use super::list::events;
use super::page::Page;
use user_events::catalog::model::ClassPage;

const ROOT: &str = "../";

impl Site<'_> {
    /// What sealing is, and all classes.
    pub(super) fn classes(&self) -> Page<'static> {
        Page {
            path: "classes/index.html",
            title: "Sealed data",
            description: "The classes of personal data, and who may open them.",
            content: html! {
                h1 { "Sealed data" }
                p class="lede" {
                    "Personal data leaves encrypted only. It is grouped in classes; a subscriber is granted a class as a whole or not at all, and "
                    "can use the rest of an event without."
                }
                section class="part" aria-labelledby="classes" {
                    h2 id="classes" { "The classes" }
                    (self.class_cards(ROOT))
                }
                section class="part" aria-labelledby="opening" {
                    h2 id="opening" { "How to open a class" }
                    p {
                        "Each class that is present is one member of " code { "data" } ", named after the class, with " code { "sealed" } ", "
                        code { "dataKey" } " and " code { "keyArn" } "."
                    }
                    ol class="steps" {
                        li {
                            "Read the header of the token in " code { "sealed" } ", a JWE in compact form. Compare its " code { "kid" } " with "
                            code { "<id of the event>/<name of the member>" } ", and refuse another one."
                        }
                        li {
                            "Refuse any " code { "alg" } " but " code { "dir" } ", any " code { "enc" } " but " code { "A256GCM" }
                            ", and a header with " code { "zip" } "."
                        }
                        li {
                            "Let KMS decrypt " code { "dataKey" } ", from base64, under " code { "keyArn" } " with the encryption context "
                            code { r#"{"app": "user-events", "class": "<name of the member>"}"# } ". Where it denies access the class is not "
                            "granted: use the rest of the event."
                        }
                        li { "Decrypt the token with that key; any JOSE library does. It holds a JSON object: ignore members that you do not know." }
                    }
                }
            },
        }
    }

    /// A class.
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
                nav aria-label="Where this is" {
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
                    h2 id="fields" { "What it holds" }
                    (self.fields(ROOT, "Any of these; what there is no value for is absent", &class.members))
                }
                section class="part" aria-labelledby="who" {
                    h2 id="who" { "Who may open it" }
                    p {
                        "A role that has this statement: KMS refuses the others. The publisher's own role seals and cannot open. The stack "
                        code { "infra/subscriber.yaml" } " writes it for whoever names " code { (class.name) } " in its parameter " code { "Classes" }
                        "; CloudTrail records who used it."
                    }
                    (Code { id: "statement-json", caption: "Statement of the reader's role", file: None, json: &statement }.render())
                    p { a href="index.html#opening" { "How to open a class, step by step" } }
                }
                section class="part" aria-labelledby="events" {
                    h2 id="events" { (events(class.events.len())) " may hold it" }
                    (self.rail(ROOT, carriers))
                }
            },
        }
    }

    /// The classes, each with a sentence.
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

    /// A category.
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
                        h2 id="events" { (events(category.events.len())) }
                        p { "In the order in which one change publishes them, where it is several." }
                        (self.rail(ROOT, &category.events))
                    }
                    section class="part" aria-labelledby="topic" {
                        h2 id="topic" { "The topic" }
                        p {
                            code { "<stack>-" (category.name) ".fifo" } " carries these events and no others. Its ARN is in the parameter store as "
                            code { "/user-events/<stage>/topic/" (category.name) } ". Without a filter policy a subscription receives all of them; "
                            "behind a queue that several topics feed, this attribute distinguishes them."
                        }
                        (Code { id: "filter-json", caption: "Filter policy", file: None, json: &filter }.render())
                    }
                }
            },
        }
    }
}
