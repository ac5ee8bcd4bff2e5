//! Rows: identity, elements, removal, order and ids.

use serde_json::{Value, json};
use user_events_core::Attribute;

use super::{accounts, change, events, names, parked, read, with_keys};

fn person(more: Value) -> Value {
    let mut item = json!({ "id": { "S": "u-1" }, "mail": { "S": "ada@example.com" } });
    item.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    item
}

/// A mapping of people with their roles.
fn with_roles(each: &str, role: &str) -> String {
    let text = accounts("", "");
    format!(
        "{text}
      - kind: role-assignment
        each: {each}
        ids: {{ userId: {{ path: id }}, roleId: {role} }}
        attributes: {{ assignedAt: recorded }}
"
    )
}

#[test]
fn an_item_becomes_a_row_and_its_change_that_of_the_row() {
    let mapping = read(&accounts("", ""));
    let item = person(json!({}));
    let inserted = events(&mapping, &change(Value::Null, item.clone()));
    assert_eq!(inserted[0].0, "UserRegistered");
    assert_eq!(inserted[0].1["subject"], "users/u-1");
    assert_eq!(inserted[0].1["data"]["contact"]["email"], "ada@example.com");
    let other = person(json!({ "mail": { "S": "ada@new.example.com" } }));
    assert_eq!(
        names(&mapping, &change(item.clone(), other)),
        ["UserEmailChanged"]
    );
    assert_eq!(names(&mapping, &change(item, Value::Null)), ["UserDeleted"]);
}

#[test]
fn a_change_of_what_no_rule_names_is_no_event() {
    let mapping = read(&accounts("", ""));
    let [old, new] = ["1", "2"].map(|n| person(json!({ "logins": { "N": n }, "odd": { "X": n } })));
    assert_eq!(names(&mapping, &change(old, new)), [""; 0]);
}

#[test]
fn an_item_that_no_rule_matches_is_skipped() {
    let mapping = read(&accounts("attributes: { type: USER }", ""));
    let guard = person(json!({ "type": { "S": "GUARD" } }));
    let record = change(Value::Null, guard);
    let decoded = super::decoded(&mapping, &record).unwrap();
    let publication = crate::support::publication();
    let envelopes =
        user_events_core::pipeline::envelopes(user_events_catalog::CATEGORIES, &decoded, &publication);
    assert!(envelopes.unwrap().is_none());
}

#[test]
fn a_row_appears_when_its_condition_begins_to_hold_and_disappears_with_it() {
    let mapping = read(&accounts("attributes: { type: USER }", ""));
    let [guest, user] = ["GUEST", "USER"].map(|kind| person(json!({ "type": { "S": kind } })));
    assert_eq!(
        names(&mapping, &change(guest.clone(), user.clone())),
        ["UserRegistered"]
    );
    assert_eq!(
        names(&mapping, &change(user.clone(), guest.clone())),
        ["UserDeleted"]
    );
    let silent = accounts("attributes: { type: USER }", "")
        .replace("kind: account", "kind: account\n        removal: ignored");
    assert_eq!(names(&read(&silent), &change(user, guest)), [""; 0]);
}

#[test]
fn every_element_is_a_row() {
    let set = |roles: &[&str]| person(json!({ "roles": { "SS": roles } }));
    let list = |roles: &[&str]| {
        let roles: Vec<_> = roles.iter().map(|role| json!({ "S": role })).collect();
        person(json!({ "roles": { "L": roles } }))
    };
    let split = |roles: &[&str]| person(json!({ "roles": { "S": roles.join(" , ") } }));
    let maps = |roles: &[&str]| {
        let roles: Vec<_> = roles
            .iter()
            .map(|role| json!({ "M": { "name": { "S": role } } }))
            .collect();
        person(json!({ "roles": { "L": roles } }))
    };
    let map = |roles: &[&str]| {
        let roles = roles
            .iter()
            .map(|role| ((*role).to_owned(), json!({ "BOOL": true })));
        person(json!({ "roles": { "M": roles.collect::<serde_json::Map<_, _>>() } }))
    };
    type Item<'a> = &'a dyn Fn(&[&str]) -> Value;
    let forms: [(&str, &str, Item<'_>); 5] = [
        ("{ set: roles }", "{ element: value }", &set),
        ("{ set: roles }", "{ element: key }", &list),
        ("{ split: roles, by: \",\" }", "{ element: value }", &split),
        ("{ list: roles, id: name }", "{ element: name }", &maps),
        ("{ map: roles }", "{ element: key }", &map),
    ];
    for (each, id, item) in forms {
        let mapping = read(&with_roles(each, id));
        let change = |old: &[&str], new: &[&str]| {
            let events = events(&mapping, &change(item(old), item(new)));
            let role =
                |(name, body): (String, Value)| (name, body["data"]["roleId"].as_str().unwrap().to_owned());
            events.into_iter().map(role).collect::<Vec<_>>()
        };
        let event = |name: &str, role: &str| (name.to_owned(), role.to_owned());
        assert_eq!(
            change(&["a"], &["a", "c", "b"]),
            [event("RoleAssignedToUser", "b"), event("RoleAssignedToUser", "c")],
            "{each}"
        );
        assert_eq!(
            change(&["a", "b"], &["a"]),
            [event("RoleUnassignedFromUser", "b")],
            "{each}"
        );
        assert_eq!(change(&["a", "b"], &["b", "a"]), [], "{each}");
    }
}

#[test]
fn elements_have_ids_of_their_own_and_other_rows_have_those_of_the_native_shape() {
    let mapping = read(&with_roles("{ set: roles }", "{ element: value }"));
    let item = person(json!({ "roles": { "SS": ["a", "b"] } }));
    let events = events(&mapping, &change(Value::Null, item));
    let ids: Vec<_> = events
        .iter()
        .map(|(name, body)| (name.as_str(), body["id"].as_str().unwrap()))
        .collect();
    // The UUIDv5 of `people/<eventID>/<type>` and, for elements, `/<sort key>`, in the namespace of event ids, as another
    // library computes them.
    let expected = [
        ("UserRegistered", "100ce247-1239-5af7-950a-fa1fe40da4a9"),
        ("RoleAssignedToUser", "23699d61-ddb6-5691-9016-49a4b66ebccf"),
        ("RoleAssignedToUser", "ff19a03e-f8cb-5f19-a96d-c4e747358ee5"),
    ];
    assert_eq!(ids, expected);
    let sequences: Vec<_> = events
        .iter()
        .map(|(_, body)| body["sequence"].as_str().unwrap())
        .collect();
    assert!(
        sequences.is_sorted() && sequences[2].ends_with(".0002"),
        "{sequences:?}"
    );
}

#[test]
fn one_lane_holds_a_user_and_members_of_a_group_have_theirs() {
    let text = with_roles("{ set: roles }", "{ path: id }").replace(
        "ids: { userId: { path: id }, roleId: { path: id } }",
        "ids: { userId: { element: value }, roleId: { path: id } }",
    );
    let events = events(
        &read(&text),
        &change(Value::Null, person(json!({ "roles": { "SS": ["x", "y"] } }))),
    );
    let lanes: Vec<_> = events
        .iter()
        .map(|(_, body)| body["partitionkey"].as_str().unwrap())
        .collect();
    assert_eq!(lanes, ["users/u-1", "users/x", "users/y"]);
    assert_ne!(events[1].1["id"], events[2].1["id"]);
}

#[test]
fn a_record_of_more_than_a_thousand_events_is_parked() {
    let mapping = read(&with_roles("{ set: roles }", "{ element: value }"));
    let item = |roles: usize| {
        let roles: Vec<_> = (0..roles).map(|role| format!("r-{role:04}")).collect();
        change(person(json!({})), person(json!({ "roles": { "SS": roles } })))
    };
    assert_eq!(names(&mapping, &item(1_000)).len(), 1_000);
    let decoded = super::decoded(&mapping, &item(1_001)).unwrap();
    let publication = crate::support::publication();
    let refused =
        user_events_core::pipeline::envelopes(user_events_catalog::CATEGORIES, &decoded, &publication);
    assert_eq!(
        refused.unwrap_err().message(),
        "the record would become more than 1000 events"
    );
}

#[test]
fn two_elements_with_one_identifier_are_parked_if_they_differ() {
    let text = with_roles("{ list: roles, id: name }", "{ element: key }").replace(
        "{ assignedAt: recorded }",
        "{ assignedAt: recorded, scope: { element: scope } }",
    );
    let mapping = read(&text);
    let item = |scopes: [&str; 2]| {
        let roles = scopes.map(|scope| json!({ "M": { "name": { "S": "a" }, "scope": { "S": scope } } }));
        change(Value::Null, person(json!({ "roles": { "L": roles } })))
    };
    assert_eq!(
        names(&mapping, &item(["x", "x"])),
        ["UserRegistered", "RoleAssignedToUser"]
    );
    assert_eq!(
        parked(&mapping, &item(["x", "y"])),
        "rule `role-assignment` of the mapping: two rows of the item have the same identifiers and differ"
    );
}

#[test]
fn what_does_not_fit_is_parked_with_the_rule_and_the_attribute() {
    let mapping = read(&accounts("", ""));
    let new = |item: Value| change(Value::Null, item);
    assert_eq!(
        parked(&mapping, &new(person(json!({ "mail": { "BOOL": true } })))),
        "rule `account` of the mapping: attribute `email`: `mail` is not text (S) or a number (N)"
    );
    assert_eq!(
        parked(&mapping, &new(person(json!({ "mail": { "NULL": true } })))),
        "rule `account` of the mapping: account row: required attribute `email` is missing"
    );
    assert_eq!(
        parked(&mapping, &new(json!({ "id": { "B": "eA==" } }))),
        "the key `id` that the mapping names is missing, or is neither a string nor a number"
    );
    let text = accounts("", "").replace("{ path: id }", "{ path: userId }");
    assert_eq!(
        parked(&read(&text), &new(person(json!({})))),
        "rule `account` of the mapping: the identifier `userId` is missing, empty, or neither text nor a number"
    );
    // What was wrong before the change does not matter.
    let wrong = person(json!({ "mail": { "BOOL": true } }));
    assert_eq!(
        names(&mapping, &change(wrong.clone(), person(json!({})))),
        ["UserEmailChanged"]
    );
    assert_eq!(names(&mapping, &change(wrong, Value::Null)), ["UserDeleted"]);
}

#[test]
fn a_removal_by_time_to_live_is_one_of_every_row_also_in_a_replica() {
    let text = accounts("", "").replace(
        "keys: { partition: id }",
        "keys: { partition: id }\n    ttl: until",
    );
    let mapping = read(&text);
    // 2026-02-28, before the record, and 2026-04-01, after it.
    for (until, mode) in [("1772280000", "EXPIRED"), ("1775044800", "HARD")] {
        let removed = change(person(json!({ "until": { "N": until } })), Value::Null);
        assert_eq!(events(&mapping, &removed)[0].1["data"]["mode"], mode);
    }
    let identity = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
    let removed = change(person(json!({})), Value::Null).with("/userIdentity", identity);
    assert_eq!(events(&mapping, &removed)[0].1["data"]["mode"], "EXPIRED");
}

#[test]
fn the_digits_of_a_number_are_an_identifier() {
    let mapping = read(&accounts("partition: \"{user}\"", "").replace("{ path: id }", "\"{user}\""));
    let item = json!({ "id": { "N": "42" }, "mail": { "S": "ada@example.com" } });
    assert_eq!(
        events(&mapping, &change(Value::Null, item))[0].1["subject"],
        "users/42"
    );
}

#[test]
fn an_identifier_with_a_number_sign_stays_whole() {
    let mapping = read(&accounts("", ""));
    let item = json!({ "id": { "S": "a#b%23" }, "mail": { "S": "ada@example.com" } });
    assert_eq!(
        events(&mapping, &change(Value::Null, item))[0].1["data"]["userId"],
        "a#b%23"
    );
}

#[test]
fn templates_take_identifiers_from_both_keys() {
    let text = accounts("partition: \"USER#{u}\", sort: \"#USER#{u}\"", "")
        .replace("{ partition: id }", "{ partition: PK, sort: SK }")
        .replace("{ path: id }", "\"{u}\"");
    let mapping = read(&text);
    let names = |pk: &str, sk: &str| {
        let item = json!({ "PK": { "S": pk }, "SK": { "S": sk }, "mail": { "S": "ada@example.com" } });
        names(&mapping, &with_keys(&["PK", "SK"], Value::Null, item))
    };
    assert_eq!(names("USER#1", "#USER#1"), ["UserRegistered"]);
    for (pk, sk) in [
        ("USER#1", "#USER#2"),
        ("USER#1#X", "#USER#1#X"),
        ("ROLE#1", "#USER#1"),
        ("USER#", "#USER#"),
    ] {
        assert_eq!(names(pk, sk), [""; 0], "{pk} {sk}");
    }
}

#[test]
fn a_table_that_the_mapping_does_not_name_has_the_native_shape() {
    use user_events_testkit::{Record, rows};
    let mapping = read(&accounts("", ""));
    let record = Record::inserted("accounts", &rows::account("user-1"));
    let decoded = super::decoded(&mapping, &record).unwrap();
    assert!(!decoded.is_mapped());
    assert_eq!(names(&mapping, &record), ["UserRegistered"]);
}

#[test]
fn the_last_change_is_believed_if_the_change_moved_it() {
    let text = accounts("", "").replace(
        "        ids:",
        "        lastChange: { at: audit.at, actor: audit.by, actorType: { path: audit.kind } }\n        ids:",
    );
    let mapping = read(&text);
    let item = |mail: &str, at: &str| {
        let audit = json!({ "at": { "S": at }, "by": { "S": "admin-7" }, "kind": { "S": "ADMIN" } });
        person(json!({ "mail": { "S": mail }, "audit": { "M": audit } }))
    };
    let first = "2026-02-01T10:00:00Z";
    let moved = change(
        item("a@example.com", first),
        item("b@example.com", "2026-02-02T10:00:00Z"),
    );
    let moved = events(&mapping, &moved);
    assert_eq!(moved[0].1["initiator"], "admin-7");
    assert_eq!(moved[0].1["time"], "2026-02-02T10:00:00.000Z");
    let stale = events(
        &mapping,
        &change(item("a@example.com", first), item("b@example.com", first)),
    );
    assert_eq!(stale[0].1["initiator"], Value::Null);
    assert_eq!(stale[0].1["time"], "2026-03-01T12:00:00.000Z");
}

#[test]
fn the_version_is_that_of_the_item() {
    let text = accounts("", "").replace("        ids:", "        version: _version\n        ids:");
    let mapping = read(&text);
    let item = |version: &str| person(json!({ "_version": { "N": version } }));
    // A version alone is no change.
    assert_eq!(names(&mapping, &change(item("1"), item("2"))), [""; 0]);
    let decoded = super::decoded(&mapping, &change(Value::Null, item("7"))).unwrap();
    let version = decoded.records()[0].change.image().get("version").cloned();
    assert_eq!(version, Some(Attribute::N("7".into())));
}
