//! Builds the model of the documents from the registry, the only source.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use user_events_catalog::{CATEGORIES, all_registrations, snapshot};
use user_events_core::description::published_example;
use user_events_core::{Publication, Registration};

use super::cause::cause;
use super::model::{
    Attribute, Catalog, CategoryPage, Choice, ClassPage, Disclosure, EventPage, Example, Field, Kind,
};
use crate::schemas;

impl Catalog {
    /// The events that this version publishes.
    ///
    /// Fails if a schema has a structure that the documents cannot describe.
    pub fn read() -> Result<Self> {
        let schemas = schemas::render()?;
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
                let page = event_page(category.name, registration, schema, path);
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
        Ok(Self {
            classes: classes(&pages),
            categories: pages,
        })
    }
}

fn event_page(
    category: &'static str,
    registration: &Registration,
    schema: Value,
    schema_path: String,
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
        cause: cause(&registration.sample_change(), published.record),
        example: Example {
            envelope: published.document,
            attributes: published
                .event
                .attributes
                .iter()
                .map(|attribute| Attribute {
                    name: attribute.name.to_owned(),
                    data_type: attribute.data_type.to_owned(),
                    value: attribute.value.clone(),
                })
                .collect(),
            opened: Value::Object(published.opened.into_iter().collect()),
        },
        filter_policy: json!({ "eventType": [event_type.as_str()] }),
        schema_path,
        schema,
    })
}

/// The fields of an object schema. It may refer to definitions of the whole document.
fn fields(schema: &Value, document: &Value) -> Result<Vec<Field>> {
    let required = schema["required"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let properties = schema["properties"]
        .as_object()
        .context("the schema does not describe an object")?;
    let field = |(name, property): (&String, &Value)| {
        let kind = kind(property)
            .with_context(|| format!("`{name}` has a type that the documents cannot describe"))?;
        let (disclosure, members) = match property["x-class"].as_str() {
            Some(class) => {
                let reference = property["properties"]["sealed"]["contentSchema"]["$ref"].as_str();
                let pointer = reference.unwrap_or_default().trim_start_matches('#');
                let content = document.pointer(pointer).context("a class has no schema")?;
                let mut members = fields(content, document)?;
                for member in &mut members {
                    member.disclosure = Disclosure::Class(class.to_owned());
                }
                (Disclosure::Class(class.to_owned()), members)
            }
            None => (Disclosure::Public(text(property, "x-public")), Vec::new()),
        };
        Ok(Field {
            name: name.clone(),
            meaning: text(property, "description"),
            kind,
            required: required.contains(&Value::from(name.as_str())),
            identifier: property["x-identifier"] == true,
            disclosure,
            example: property["examples"].get(0).cloned(),
            values: values(property),
            members,
        })
    };
    properties.iter().map(field).collect()
}

fn kind(property: &Value) -> Result<Kind> {
    if property["anyOf"].is_array() || property["enum"].is_array() {
        return Ok(Kind::OneOf);
    }
    Ok(match (property["type"].as_str(), property["format"].as_str()) {
        _ if property["x-class"].is_string() => Kind::Sealed,
        (Some("string"), Some("date-time")) => Kind::Time,
        (Some("string"), _) => Kind::Text,
        (Some("boolean"), _) => Kind::Flag,
        (Some("integer"), _) => Kind::Count,
        (Some("array"), _) if property["items"]["type"] == "string" => Kind::Texts,
        (other, _) => bail!("the schema's type is {}", other.unwrap_or("missing")),
    })
}

fn values(property: &Value) -> Vec<Choice> {
    let choices = property["anyOf"].as_array().into_iter().flatten();
    // The last choice of an open enumeration is any other text.
    let known = choices.filter(|choice| choice["const"].is_string());
    let described = known.map(|choice| Choice {
        value: text(choice, "const"),
        meaning: text(choice, "description"),
    });
    let bare = property["enum"].as_array().into_iter().flatten();
    let bare = bare.map(|value| Choice {
        value: value.as_str().unwrap_or_default().to_owned(),
        meaning: String::new(),
    });
    described.chain(bare).collect()
}

/// A string of the schema on one line. Schemas keep the line breaks of the doc comments.
fn text(schema: &Value, name: &str) -> String {
    schema[name].as_str().unwrap_or_default().replace('\n', " ")
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
    use super::super::model::ChangeKind;
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
        assert_eq!((contact.kind, contact.members.len()), (Kind::Sealed, 4));
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

    #[test]
    fn a_type_without_a_description_is_an_error() {
        let schema = json!({ "properties": { "odd": { "type": "object" } } });
        let error = format!("{:#}", fields(&schema, &schema).unwrap_err());
        assert!(error.contains("`odd`"), "{error}");
    }
}
