//! The thin forms of the events, as the documents show them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use user_events_catalog::{CATEGORIES, SNAPSHOTS, snapshot};
use user_events_core::description::published_example;
use user_events_core::{Detail, Publication, Registration, Thin};

use super::example::example;
use super::model::ThinForm;
use super::schema_fields::fields;

/// The base URL of the callbacks in examples.
const CALLBACK_BASE_URL: &str = "https://users.example.com";

/// A deployment that publishes thin events.
pub(super) struct ThinForms<'a> {
    schemas: &'a BTreeMap<PathBuf, String>,
    publication: Publication,
}

impl<'a> ThinForms<'a> {
    /// The thin forms of every event. `schemas` are all schemas by their paths.
    pub(super) fn new(schemas: &'a BTreeMap<PathBuf, String>) -> Self {
        let categories = CATEGORIES.iter().chain(SNAPSHOTS);
        let categories: Vec<_> = categories.copied().chain([&snapshot::CATEGORY]).collect();
        Self {
            schemas,
            publication: Publication {
                detail: Detail::Thin(Thin::new(&categories, CALLBACK_BASE_URL)),
                ..Publication::default()
            },
        }
    }

    /// The thin form of the event.
    ///
    /// Fails if its schema is missing or has a structure that the documents cannot describe.
    pub(super) fn form(&self, category: &'static str, registration: &Registration) -> Result<ThinForm> {
        let schema_path = format!("thin/{category}/{}.json", registration.event_type());
        let schema = self
            .schemas
            .get(Path::new(&schema_path))
            .with_context(|| format!("the schema {schema_path} is missing"))?;
        let schema: Value = serde_json::from_str(schema)?;
        let resources = schema["properties"]["callback"]["x-resources"].as_array();
        let resources = resources.into_iter().flatten().filter_map(Value::as_str);
        Ok(ThinForm {
            fields: fields(&schema, &schema)?,
            resources: resources.map(str::to_owned).collect(),
            example: example(published_example(registration, category, &self.publication)),
            schema_path,
            schema,
        })
    }
}
