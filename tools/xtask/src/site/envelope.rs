//! The page of the envelope.

use std::path::Path;

use anyhow::{Context, Result};
use maud::{Markup, html};
use serde_json::Value;

use super::code::{Code, Content};
use super::content::Site;
use super::fields::bare;
use super::page::Page;

/// The path of its schema.
pub(super) const SCHEMA_PATH: &str = "envelope.json";

impl Site<'_> {
    /// The page of the envelope, the part that all events share.
    ///
    /// Fails if the envelope's schema is missing.
    pub(super) fn envelope(&self) -> Result<Page<'static>> {
        let schema = self.schemas.get(Path::new(SCHEMA_PATH));
        let schema: Value = serde_json::from_str(schema.context("the envelope has no schema")?)?;
        Ok(Page {
            path: "envelope.html",
            title: "Envelope",
            description: "The attributes that every event carries.",
            content: html! {
                h1 { "Envelope" }
                p class="lede" {
                    "Every event is a CloudEvents 1.0 document in structured JSON with these attributes. An optional attribute without a value is "
                    "absent, never " code { "null" } "."
                }
                section class="part" aria-labelledby="attributes" {
                    h2 id="attributes" { "Attributes" }
                    (self.attributes(&schema))
                }
                section class="part" aria-labelledby="schema" {
                    h2 id="schema" { "Schema" }
                    (Code { id: "schema-json", caption: SCHEMA_PATH, file: Some("schemas/envelope.json"), content: Content::Json(&schema) }.render())
                }
            },
        })
    }

    fn attributes(&self, schema: &Value) -> Markup {
        let required = schema["required"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let example = self.catalog.events().next().map(|event| &event.example.envelope);
        html! {
            table role="table" {
                caption { "The attributes of every event" }
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Attribute" }
                        th scope="col" role="columnheader" { "Meaning" }
                    }
                }
                tbody role="rowgroup" {
                    @for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                        tr role="row" id={ "attribute-" (name) } {
                            th scope="row" role="rowheader" {
                                code class="name" { (name) }
                                span class="what" {
                                    @if required.contains(&Value::from(name.as_str())) { "required" } @else { "optional" }
                                }
                            }
                            td role="cell" {
                                p { (self.prose("", &bare(&property["description"]).replace('\n', " "))) }
                                @if let Some(values) = property["enum"].as_array() {
                                    p class="what" { "One of " @for (place, value) in values.iter().enumerate() {
                                        @if place > 0 { ", " }
                                        code { (bare(value)) }
                                    } }
                                }
                                @if let Some(value) = example.and_then(|example| example.get(name)).filter(|value| value.is_string()) {
                                    p class="what" { "Example: " code { (bare(value)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
