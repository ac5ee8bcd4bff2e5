//! Thin events (event notifications): identifiers, times and a URL to ask, and no personal data.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use user_events_catalog::account;
use user_events_consumer::{ReadError, ReceivedEvent};
use user_events_core::description::{Example, published_example};
use user_events_core::{Registration, SealedEnvelope, ThinEvent};
use user_events_testkit::{NEVER_READ, PERSONAL, Record, rows};

use crate::registry::validator_of;
use crate::support::{
    all_registrations, assert_golden_files_are_of_registered_events, compare_with_golden, golden,
    golden_message, publication, root, sealed_events, thin_events, thin_publication,
};

fn examples() -> impl Iterator<Item = (&'static str, &'static Registration, Example)> {
    let publication = thin_publication();
    all_registrations().map(move |(category, registration)| {
        let example = published_example(registration, category, &publication);
        (category, registration, example)
    })
}

fn schema(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join("schemas").join(path)).unwrap()).unwrap()
}

fn data(event: &SealedEnvelope) -> Value {
    serde_json::from_str::<Value>(&event.body).unwrap()["data"].take()
}

fn only(record: &Record) -> Value {
    let events = thin_events(record).unwrap();
    assert_eq!(events.len(), 1);
    data(&events[0])
}

fn refusal(record: &Record) -> String {
    thin_events(record).unwrap_err().to_string()
}

#[test]
fn every_thin_example_is_valid_against_its_own_schema_and_the_envelopes() {
    let envelopes = validator_of("envelope.json").unwrap();
    for (category, registration, example) in examples() {
        let path = format!("thin/{category}/{}.json", registration.event_type());
        assert_eq!(
            example.document["dataschema"],
            format!("urn:user-events:schemas/{path}")
        );
        let events = validator_of(&path).unwrap();
        for (validator, instance) in [
            (&events, &example.document["data"]),
            (&envelopes, &example.document),
        ] {
            let errors: Vec<_> = validator
                .iter_errors(instance)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{path}: {errors:?}");
        }
    }
}

#[test]
fn a_thin_event_has_only_identifiers_times_field_names_and_a_callback() {
    for (category, registration, example) in examples() {
        let fat = schema(&format!("{category}/{}.json", registration.event_type()));
        let thin = schema(&format!("thin/{category}/{}.json", registration.event_type()));
        let kept = |(name, property): (&String, &Value)| {
            let told = property["x-identifier"] == true
                || property["format"] == "date-time"
                || name == "changedFields";
            told.then(|| name.clone())
        };
        let mut fields: BTreeSet<_> = fat["properties"]
            .as_object()
            .unwrap()
            .iter()
            .filter_map(kept)
            .collect();
        assert!(
            fields
                .iter()
                .all(|name| fat["properties"][name]["x-class"].is_null())
        );
        fields.extend(["version".to_owned(), "callback".to_owned()]);
        let names = |object: &Value| {
            object
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(
            names(&thin["properties"]),
            fields,
            "{}",
            registration.event_type()
        );
        let mut filled = names(&example.document["data"]);
        filled.insert("version".to_owned());
        assert_eq!(filled, fields, "{}", registration.event_type());
        assert!(
            !thin.to_string().contains("$ref"),
            "no part is in a separate definition"
        );
    }
}

#[test]
fn nothing_is_sealed_in_a_thin_event_and_nothing_says_so() {
    for (_, registration, example) in examples() {
        assert!(example.opened.is_empty(), "{}", registration.event_type());
        let body = &example.event.body;
        assert!(!body.contains("sealed") && !body.contains("dataKey"), "{body}");
        let names: Vec<_> = example
            .event
            .attributes
            .iter()
            .map(|attribute| attribute.name)
            .collect();
        assert_eq!(names, ["eventType", "eventName", "eventVersion", "category"]);
    }
}

#[test]
fn a_thin_event_is_the_fat_one_in_all_but_its_data() {
    for (category, registration, thin) in examples() {
        let mut fat = published_example(registration, category, &publication()).document;
        let mut thin = thin.document;
        for name in ["data", "dataschema"] {
            assert_ne!(fat[name], thin[name], "{} {name}", registration.event_type());
            fat[name] = Value::Null;
            thin[name] = Value::Null;
        }
        assert_eq!(fat, thin, "{}", registration.event_type());
    }
}

#[test]
fn every_thin_event_is_published_as_its_golden_file_says() {
    let mut differences = Vec::new();
    for (category, registration, example) in examples() {
        let text = golden_message(&example.event, &example.document);
        let path = format!("thin/{category}/{}.json", registration.event_type());
        differences.extend(
            compare_with_golden(&path, &text)
                .err()
                .map(|error| error.to_string()),
        );
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn no_golden_file_is_left_over_from_a_thin_event_that_is_gone() {
    assert_golden_files_are_of_registered_events(&golden("thin"));
}

/// The values of the sample rows in attributes that are personal or never read.
fn personal_values() -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    let changes = all_registrations().map(|(_, registration)| registration.sample_change());
    for change in changes {
        for row in [change.old(), change.new_row()].into_iter().flatten() {
            let named = PERSONAL
                .iter()
                .chain(NEVER_READ)
                .filter_map(|name| row[*name].as_str());
            values.extend(named.map(str::to_owned));
        }
    }
    values
}

#[test]
fn no_golden_thin_message_holds_a_personal_value() {
    fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::String(text) => found.push(text),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(members) => members.values().for_each(|member| texts(member, found)),
            _ => {}
        }
    }
    let personal = personal_values();
    assert!(
        personal.contains("ada@example.com") && personal.len() > PERSONAL.len(),
        "{personal:?}"
    );
    for (category, registration) in all_registrations() {
        let path = golden("thin").join(format!("{category}/{}.json", registration.event_type()));
        let message: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut found = Vec::new();
        texts(&message, &mut found);
        for value in &personal {
            // Short ones, such as a region's code, may be part of another word.
            let told = |text: &&&str| **text == value || (value.len() > 3 && text.contains(value.as_str()));
            assert_eq!(
                found.iter().find(told),
                None,
                "{} contains {value}",
                registration.event_type()
            );
        }
    }
}

#[test]
fn the_list_of_personal_attributes_is_that_of_the_classes() {
    let mut fields = BTreeSet::new();
    for (category, registration) in all_registrations() {
        let schema = schema(&format!("{category}/{}.json", registration.event_type()));
        let classes = schema["$defs"].as_object().into_iter().flatten();
        for (_, class) in classes {
            fields.extend(class["properties"].as_object().unwrap().keys().cloned());
        }
    }
    // The previous value of an attribute has a separate field.
    fields.retain(|name| !name.starts_with("previous"));
    assert_eq!(fields, PERSONAL.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn no_event_has_a_field_that_only_thin_ones_have() {
    for (category, registration) in all_registrations() {
        let properties = &schema(&format!("{category}/{}.json", registration.event_type()))["properties"];
        for name in ["version", "callback"] {
            assert!(properties[name].is_null(), "{} {name}", registration.event_type());
        }
        let fat = published_example(registration, category, &publication()).document;
        assert_eq!(
            ThinEvent::read(&fat["data"]),
            None,
            "{}",
            registration.event_type()
        );
    }
}

#[test]
fn a_thin_event_is_never_taken_for_a_fat_one() {
    // Its thin data would be valid for the type, because its only class is optional.
    let registration = account::CATEGORY
        .events
        .iter()
        .find(|event| event.event_type().name() == "UserEmailVerified");
    let example = published_example(registration.unwrap(), "account", &thin_publication());
    let received = ReceivedEvent::from_message_body(&example.event.body).unwrap();
    let wanted = "UserEmailVerifiedEventV1";
    let refusal = received.read::<account::UserEmailVerifiedEventV1>().unwrap_err();
    assert_eq!(refusal, ReadError::Thin { wanted });
    let read = ThinEvent::read(&Value::Object(received.data().clone())).unwrap();
    assert!(
        read.callback
            .starts_with("https://users.example.com/users/user-1?atLeastVersion=")
    );
    let fat = published_example(registration.unwrap(), "account", &publication());
    let received = ReceivedEvent::from_message_body(&fat.event.body).unwrap();
    assert!(received.read::<account::UserEmailVerifiedEventV1>().is_ok());
}

#[test]
fn the_identifiers_of_a_callback_are_the_events_own() {
    for (category, registration) in all_registrations() {
        let schema = schema(&format!("thin/{category}/{}.json", registration.event_type()));
        let required = schema["required"].as_array().unwrap();
        for (place, resource) in registration.resources().iter().enumerate() {
            let last = place + 1 == registration.resources().len();
            for name in resource.split(['{', '}']).skip(1).step_by(2) {
                let property = &schema["properties"][name];
                assert_eq!(
                    property["x-identifier"],
                    true,
                    "{} {resource}",
                    registration.event_type()
                );
                assert!(
                    !last || required.contains(&json!(name)),
                    "{}: every identifier of {resource} must be there",
                    registration.event_type()
                );
            }
        }
        assert!(
            !registration.resources().is_empty(),
            "{}",
            registration.event_type()
        );
    }
}

#[test]
fn every_kind_of_row_has_its_resource() {
    let callbacks: BTreeSet<_> = rows::all()
        .into_iter()
        .map(|(table, row)| {
            only(&Record::inserted(table, &row))["callback"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let expected = [
        "/attempts/attempt-1",
        "/roles/role-1",
        "/roles/role-1/permissions/orders%3Aread",
        "/users/user-1/addresses/address-1",
        "/users/user-1/attempts/attempt-1",
        "/users/user-1/consents/MARKETING_EMAIL",
        "/users/user-1/mfa/TOTP",
        "/users/user-1/profile?atLeastVersion=1",
        "/users/user-1/roles/role-1",
        "/users/user-1/sessions/session-1",
        "/users/user-1?atLeastVersion=1",
    ];
    let expected: BTreeSet<_> = expected
        .iter()
        .map(|path| format!("https://users.example.com{path}"))
        .collect();
    assert_eq!(callbacks, expected);
}

#[test]
fn the_version_is_the_rows_and_the_callback_asks_for_it() {
    let old = rows::account("user-1");
    let new = rows::with(old.clone(), json!({ "status": "ACTIVE", "version": 41 }));
    let changed = only(&Record::modified("accounts", &old, &new));
    assert_eq!(changed["version"], 41);
    assert_eq!(
        changed["callback"],
        "https://users.example.com/users/user-1?atLeastVersion=41"
    );
    let read = ThinEvent::read(&changed).unwrap();
    assert_eq!((read.version, read.text("userId")), (Some(41), Some("user-1")));
    assert_eq!(read.text("changedAt"), changed["changedAt"].as_str());
}

#[test]
fn a_removal_asks_for_more_than_the_version_that_the_row_had_last() {
    let old = rows::with(rows::account("user-1"), json!({ "version": 41 }));
    for record in [
        Record::removed("accounts", &old),
        Record::expired("accounts", &old),
    ] {
        let removed = only(&record);
        assert_eq!(removed["version"], 41);
        assert_eq!(
            removed["callback"],
            "https://users.example.com/users/user-1?atLeastVersion=42"
        );
    }
}

#[test]
fn a_row_without_a_version_is_asked_for_as_it_is() {
    let row = rows::with(rows::account("user-1"), json!({ "version": null }));
    let event = only(&Record::inserted("accounts", &row));
    assert_eq!(event["callback"], "https://users.example.com/users/user-1");
    assert_eq!(event.get("version"), None);
}

#[test]
fn an_invalid_version_parks_the_record_only_where_events_are_thin() {
    let inserted = |version: Value| {
        Record::inserted("accounts", &rows::account("user-1")).with("/dynamodb/NewImage/version", version)
    };
    for version in [
        json!({ "S": "1" }),
        json!({ "N": "-1" }),
        json!({ "N": "1.5" }),
        json!({ "N": "9007199254740992" }),
    ] {
        let record = inserted(version);
        assert!(refusal(&record).contains("attribute `version` is not a whole number"));
        assert_eq!(
            sealed_events(&record).unwrap().len(),
            1,
            "a fat event does not contain it"
        );
    }
    assert_eq!(
        only(&inserted(json!({ "N": "9007199254740991" })))["version"],
        9_007_199_254_740_991_u64
    );
    assert_eq!(only(&inserted(json!({ "N": "0" })))["version"], 0);
}

#[test]
fn a_deletion_needs_no_valid_version() {
    let old = rows::account("user-1");
    let deleted = |version: Value| {
        let record = Record::modified(
            "accounts",
            &old,
            &json!({ "pk": "USER#user-1", "sk": "ACCOUNT", "status": "DELETED" }),
        );
        record.with("/dynamodb/NewImage/version", version)
    };
    for version in [
        json!({ "S": "erased" }),
        json!({ "N": "-1" }),
        json!({ "N": "9007199254740992" }),
    ] {
        let event = only(&deleted(version));
        assert_eq!(event.get("version"), None, "it counts as absent");
        assert_eq!(event["callback"], "https://users.example.com/users/user-1");
    }
    let whole = only(&deleted(json!({ "N": "7" })));
    assert_eq!(whole["version"], 7);
    assert_eq!(
        whole["callback"],
        "https://users.example.com/users/user-1?atLeastVersion=7"
    );
    let restored = Record::modified(
        "accounts",
        &rows::with(old.clone(), json!({ "status": "DELETED" })),
        &old,
    )
    .with("/dynamodb/NewImage/version", json!({ "S": "1" }));
    assert!(refusal(&restored).contains("attribute `version` is not a whole number"));
}

#[test]
fn an_identifier_is_one_segment_of_the_callback_whatever_it_holds() {
    for (id, segment) in [
        ("a/b?c#d&e=f", "a%2Fb%3Fc%23d%26e%3Df"),
        ("a b+c%d", "a%20b%2Bc%25d"),
        ("é\u{1F600}\"\\", "%C3%A9%F0%9F%98%80%22%5C"),
        ("az-AZ.0_9~", "az-AZ.0_9~"),
        ("...", "..."),
    ] {
        // In a key, the sign `#` is written `%23`.
        let pk = format!("USER#{}", id.replace('#', "%23"));
        let row = rows::with(rows::mfa("user-1"), json!({ "pk": pk }));
        let event = only(&Record::inserted("authentication", &row));
        assert_eq!(event["userId"], id);
        assert_eq!(
            event["callback"],
            format!("https://users.example.com/users/{segment}/mfa/TOTP")
        );
    }
}

#[test]
fn an_identifier_that_clients_resolve_away_parks_the_record() {
    for id in [".", ".."] {
        let row = rows::with(rows::mfa("user-1"), json!({ "pk": format!("USER#{id}") }));
        let record = Record::inserted("authentication", &row);
        assert_eq!(
            refusal(&record),
            "row-does-not-fit: identifier `userId` is a dot segment, which no URL can carry"
        );
        assert_eq!(sealed_events(&record).unwrap().len(), 1);
    }
}
