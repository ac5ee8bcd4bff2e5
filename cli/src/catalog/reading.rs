//! Builds the model of the documents from the registry, the only source.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use user_events_catalog::{CATEGORIES, all_registrations, snapshot};
use user_events_core::description::published_example;
use user_events_core::{Publication, Registration};

use super::cause::cause;
use super::example::example;
use super::model::{Catalog, CategoryPage, ClassPage, Disclosure, EventPage, Field, ThinForm};
use super::schema_fields::{fields, text};
use super::thin::ThinForms;
use crate::schemas;

impl Catalog {
    /// The events that this version publishes.
    ///
    /// Fails if a schema has a structure that the documents cannot describe.
    pub fn read() -> Result<Self> {
        let schemas = schemas::render()?;
        let thin = ThinForms::new(&schemas);
        let mut pages = Vec::new();
        for category in CATEGORIES.iter().chain([&&snapshot::CATEGORY]) {
            let mut events = Vec::new();
            let of_category = all_registrations().filter(|(name, _)| *name == category.name);
            for (_, registration) in of_category {
                let path = format!("{}/{}.json", category.name, registration.event_type());
                let schema = schemas
                    .get(Path::new(&path))
                    .with_context(|| format!("the schema {path} is missing"))?;
                let schema = serde_json::from_str(schema)?;
                let page = thin
                    .form(category.name, registration)
                    .and_then(|thin| event_page(category.name, registration, schema, path, thin));
                events.push(
                    page.with_context(|| format!("{} cannot be described", registration.event_type()))?,
                );
            }
            pages.push(CategoryPage {
                name: category.name.to_owned(),
                description: category.description.to_owned(),
                events,
            });
        }
        let classes = classes(&pages);
        let events = pages.iter_mut().flat_map(|category| &mut category.events);
        for field in events.flat_map(|event| &mut event.fields) {
            // The example fills every member that the event can carry. A class has more: those of other events.
            field.members.retain(|member| member.example.is_some());
        }
        Ok(Self {
            classes,
            categories: pages,
        })
    }
}

fn event_page(
    category: &'static str,
    registration: &Registration,
    schema: Value,
    schema_path: String,
    thin: ThinForm,
) -> Result<EventPage> {
    let event_type = registration.event_type();
    let guide = registration.guide();
    let published = published_example(registration, category, &Publication::default());
    let fields = fields(&schema, &schema)?;
    let same_name = all_registrations().map(|(_, registration)| registration.event_type());
    Ok(EventPage {
        event_type: event_type.to_string(),
        name: event_type.name().to_owned(),
        version: event_type.version().to_owned(),
        versions: same_name
            .filter(|other| other.name() == event_type.name())
            .map(|other| other.to_string())
            .collect(),
        category: category.to_owned(),
        is_of_snapshot: registration.is_of_snapshot(),
        meaning: text(&schema, "description"),
        published: guide.published.to_owned(),
        not_published: guide.not_published.to_owned(),
        consumers: guide.consumers.to_owned(),
        subjects: forms(&published.document, "subject", &fields),
        groups: forms(&published.document, "partitionkey", &fields),
        classes: registration.classes().into_iter().map(str::to_owned).collect(),
        fields,
        cause: cause(&registration.sample_change(), published.record.clone()),
        example: example(published),
        thin,
        filter_policy: json!({ "eventType": [event_type.as_str()] }),
        schema_path,
        schema,
    })
}

/// The forms of the subject or of the message group, such as `users/<userId>`: the example's with the ID field's name in
/// place of the ID. If that field is optional, the form that replaces it follows.
fn forms(envelope: &Value, attribute: &str, fields: &[Field]) -> Vec<String> {
    let subject = envelope[attribute].as_str().unwrap_or_default();
    let (kind, id) = subject.split_once('/').unwrap_or((subject, ""));
    let mut subjects = Vec::new();
    for field in fields.iter().filter(|field| field.identifier) {
        if subjects.is_empty() && envelope["data"][&field.name] == id {
            subjects.push(format!("{kind}/<{}>", field.name));
            if field.required {
                return subjects;
            }
        } else if let Some(other) = field.name.strip_suffix("Id").filter(|_| field.required) {
            subjects.push(format!("{other}s/<{}>", field.name));
            return subjects;
        }
    }
    subjects
}

fn classes(categories: &[CategoryPage]) -> Vec<ClassPage> {
    let mut classes: BTreeMap<String, ClassPage> = BTreeMap::new();
    for event in categories.iter().flat_map(|category| &category.events) {
        for field in &event.fields {
            let Disclosure::Class(name) = &field.disclosure else {
                continue;
            };
            let class = classes.entry(name.clone()).or_insert_with(|| ClassPage {
                name: name.clone(),
                description: class_description(event, &field.name),
                members: field.members.clone(),
                events: Vec::new(),
            });
            class.events.push(event.event_type.clone());
            for (member, here) in class.members.iter_mut().zip(&field.members) {
                if member.example.is_none() {
                    member.example.clone_from(&here.example);
                }
            }
        }
    }
    classes.into_values().collect()
}

fn class_description(event: &EventPage, member: &str) -> String {
    let reference = &event.schema["properties"][member]["properties"]["sealed"]["contentSchema"]["$ref"];
    let pointer = reference.as_str().unwrap_or_default().trim_start_matches('#');
    event
        .schema
        .pointer(pointer)
        .map(|class| text(class, "description"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::model::{ChangeKind, Kind};
    use super::*;

    fn page(event_type: &str) -> EventPage {
        let catalog = Catalog::read().unwrap();
        catalog
            .events()
            .find(|event| event.event_type == event_type)
            .unwrap()
            .clone()
    }

    #[test]
    fn a_page_describes_what_the_registry_holds() {
        let event = page("UserEmailChangedEventV1");
        assert_eq!(event.subjects, ["users/<userId>"]);
        assert_eq!(event.cause.change, ChangeKind::WrittenOver);
        let differing: Vec<_> = event
            .cause
            .differences
            .iter()
            .map(|one| one.attribute.as_str())
            .collect();
        assert_eq!(differing, ["email", "updatedAt", "version"]);
        assert_eq!(
            event.example.opened["contact"]["previousEmail"],
            "ada@example.org"
        );
        let contact = event.fields.iter().find(|field| field.name == "contact").unwrap();
        assert_eq!(
            (contact.kind, contact.members.len()),
            (Kind::Sealed, 2),
            "only the members that the event carries"
        );
        assert_eq!(
            contact.members[0].disclosure,
            Disclosure::Class("contact".to_owned())
        );
    }

    #[test]
    fn a_failed_log_in_has_two_kinds_of_subject_and_a_message_group_of_its_own() {
        let event = page("UserLoginFailedEventV1");
        assert_eq!(event.subjects, ["users/<userId>", "attempts/<attemptId>"]);
        assert_eq!(event.groups, ["attempts/<attemptId>"]);
        let event = page("PermissionGrantedToRoleEventV1");
        assert_eq!(event.subjects, ["roles/<roleId>"]);
        assert_eq!(event.groups, event.subjects);
    }

    #[test]
    fn a_class_has_its_events_and_an_example_of_each_member() {
        let catalog = Catalog::read().unwrap();
        let names: Vec<_> = catalog.classes.iter().map(|class| class.name.as_str()).collect();
        assert_eq!(names, ["address", "contact", "identity", "network"]);
        assert_eq!(catalog.classes[1].events.len(), 9);
        for class in &catalog.classes {
            assert!(
                class.members.iter().all(|member| member.example.is_some()),
                "{}",
                class.name
            );
        }
    }
}
