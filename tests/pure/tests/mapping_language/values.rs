//! Values: every way to make an attribute.

use serde_json::{Value, json};
use user_events_core::Attribute;

use super::{accounts, change, events, names, parked, read, row};

const NOON: &str = "2026-03-01T12:00:00.000Z";

fn person(more: Value) -> Value {
    let mut item = json!({ "id": { "S": "u-1" }, "mail": { "S": "ada@example.com" } });
    item.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    item
}

/// The attribute of the row of a new person, by one line of the mapping.
fn attribute(line: &str, more: Value) -> Option<Attribute> {
    let (name, _) = line.split_once(':').unwrap();
    row(&read(&accounts("", line)), person(more)).get(name).cloned()
}

fn text(text: &str) -> Option<Attribute> {
    Some(Attribute::S(text.to_owned()))
}

#[test]
fn paths_go_into_maps_and_can_hold_dots() {
    let settings = json!({ "settings": { "M": { "locale": { "S": "de-DE" } } }, "a.b": { "S": "fr-FR" } });
    assert_eq!(
        attribute("locale: settings.locale", settings.clone()),
        text("de-DE")
    );
    assert_eq!(
        attribute("locale: { path: settings.locale }", settings.clone()),
        text("de-DE")
    );
    assert_eq!(
        attribute("locale: { path: [a.b] }", settings.clone()),
        text("fr-FR")
    );
    assert_eq!(attribute("locale: settings.language", settings), None);
}

#[test]
fn a_number_is_text_where_text_belongs() {
    assert_eq!(
        attribute("phoneNumber: phone", json!({ "phone": { "N": "4930" } })),
        text("4930")
    );
}

#[test]
fn times_are_read_in_every_form() {
    for (line, value) in [
        (
            "passwordChangedAt: at",
            json!({ "S": "2026-03-01T13:00:00+01:00" }),
        ),
        (
            "passwordChangedAt: { iso: at }",
            json!({ "S": "2026-03-01T12:00:00Z" }),
        ),
        (
            "passwordChangedAt: { isoUtc: at }",
            json!({ "S": "2026-03-01T12:00:00" }),
        ),
        (
            "passwordChangedAt: { epochSeconds: at }",
            json!({ "N": "1772366400" }),
        ),
        (
            "passwordChangedAt: { epochMillis: at }",
            json!({ "N": "1772366400000" }),
        ),
        ("passwordChangedAt: recorded", json!({ "NULL": true })),
    ] {
        assert_eq!(attribute(line, json!({ "at": value })), text(NOON), "{line}");
    }
    let mapping = read(&accounts("", "passwordChangedAt: { epochSeconds: at }"));
    assert_eq!(
        parked(
            &mapping,
            &change(Value::Null, person(json!({ "at": { "S": "yesterday" } })))
        ),
        "rule `account` of the mapping: attribute `passwordChangedAt`: `at` is not a number of seconds since 1970"
    );
}

#[test]
fn presence_is_a_flag() {
    let line = "emailVerified: { present: verified }";
    assert_eq!(attribute(line, json!({})), Some(Attribute::Bool(false)));
    assert_eq!(
        attribute(line, json!({ "verified": { "NULL": true } })),
        Some(Attribute::Bool(false))
    );
    assert_eq!(
        attribute(line, json!({ "verified": { "S": NOON } })),
        Some(Attribute::Bool(true))
    );
}

#[test]
fn a_changed_value_gives_the_time_and_is_never_kept() {
    let mapping = read(&accounts("", "passwordChangedAt: { changed: hash }"));
    let item = |hash: &str| person(json!({ "hash": { "S": hash } }));
    let changed = events(&mapping, &change(item("CANARY-1"), item("CANARY-2")));
    assert_eq!(changed[0].0, "UserPasswordChanged");
    assert_eq!(changed[0].1["data"]["changedAt"], NOON);
    assert!(!format!("{changed:?}").contains("CANARY"));
    assert_eq!(
        names(&mapping, &change(item("CANARY-1"), item("CANARY-1"))),
        [""; 0]
    );
    assert_eq!(
        names(&mapping, &change(Value::Null, item("CANARY-1"))),
        ["UserRegistered"]
    );
}

#[test]
fn the_first_value_that_is_present_counts() {
    let line = "locale: { first: [lang, settings.locale, { value: en }] }";
    assert_eq!(attribute(line, json!({ "lang": { "S": "fr" } })), text("fr"));
    assert_eq!(
        attribute(line, json!({ "settings": { "M": { "locale": { "S": "de" } } } })),
        text("de")
    );
    assert_eq!(attribute(line, json!({})), text("en"));
}

#[test]
fn values_are_translated() {
    let line =
        "registrationMethod: { map: provider, values: { google: SOCIAL, 7: LEGACY }, otherwise: PASSWORD }";
    assert_eq!(
        attribute(line, json!({ "provider": { "S": "google" } })),
        text("SOCIAL")
    );
    for seven in [json!({ "N": "7" }), json!({ "S": "7" })] {
        assert_eq!(attribute(line, json!({ "provider": seven })), text("LEGACY"));
    }
    let flags = "registrationMethod: { map: sso, values: { true: SOCIAL, false: PASSWORD } }";
    assert_eq!(
        attribute(flags, json!({ "sso": { "BOOL": true } })),
        text("SOCIAL")
    );
    assert_eq!(
        attribute(line, json!({ "provider": { "S": "email" } })),
        text("PASSWORD")
    );
    assert_eq!(attribute(line, json!({})), text("PASSWORD"));
    let strict = read(&accounts(
        "",
        "registrationMethod: { map: provider, values: { google: SOCIAL } }",
    ));
    let unknown = change(Value::Null, person(json!({ "provider": { "S": "CANARY" } })));
    assert_eq!(
        parked(&strict, &unknown),
        "rule `account` of the mapping: attribute `registrationMethod`: `provider` is not one of the values that the rule \
         translates; add it or `otherwise`"
    );
    assert_eq!(
        names(&strict, &change(Value::Null, person(json!({})))),
        ["UserRegistered"]
    );
}

#[test]
fn the_status_is_that_of_the_first_rule_that_holds() {
    let text = accounts("", "").replace(
        "status: { value: ACTIVE }",
        "status:
            - { when: { banned: true }, value: SUSPENDED }
            - { when: { lockoutEnd: { after: recorded } }, value: LOCKED }
            - { when: { plan: [TRIAL, FREE], closed: { exists: true } }, value: DEACTIVATED }
            - { when: { state: { exists: true } }, from: state }
            - { value: ACTIVE }",
    );
    let mapping = read(&text);
    let status = |more: Value| row(&mapping, person(more)).text("status").unwrap().to_owned();
    assert_eq!(status(json!({})), "ACTIVE");
    assert_eq!(status(json!({ "banned": { "BOOL": true } })), "SUSPENDED");
    assert_eq!(status(json!({ "banned": { "BOOL": false } })), "ACTIVE");
    assert_eq!(
        status(json!({ "lockoutEnd": { "S": "2026-03-01T12:00:01Z" } })),
        "LOCKED"
    );
    assert_eq!(
        status(json!({ "lockoutEnd": { "S": "2026-03-01T12:00:00Z" } })),
        "ACTIVE"
    );
    assert_eq!(
        status(json!({ "plan": { "S": "FREE" }, "closed": { "N": "1" } })),
        "DEACTIVATED"
    );
    assert_eq!(
        status(json!({ "plan": { "S": "PAID" }, "closed": { "N": "1" } })),
        "ACTIVE"
    );
    assert_eq!(status(json!({ "state": { "S": "ARCHIVED" } })), "ARCHIVED");
    let malformed = change(Value::Null, person(json!({ "lockoutEnd": { "S": "soon" } })));
    assert_eq!(
        parked(&mapping, &malformed),
        "rule `account` of the mapping: attribute `status`: `lockoutEnd` is not an RFC 3339 date-time with an offset"
    );
}

#[test]
fn conditions_on_elements_choose_them_and_their_values() {
    let text = accounts("", "");
    let text = format!(
        "{text}
      - kind: address
        when: {{ attributes: {{ element.deleted: {{ not: true }} }} }}
        each: {{ map: addresses }}
        ids: {{ userId: {{ path: id }}, addressId: {{ element: key }} }}
        attributes:
          addressType: [{{ when: {{ element.billing: true }}, value: BILLING }}, {{ value: SHIPPING }}]
          countryCode: {{ value: US }}
          line1: {{ element: street }}
          city: {{ element: city }}
          updatedAt: recorded
"
    );
    let mapping = read(&text);
    let address = |more: Value| {
        let mut address = json!({ "street": { "S": "1 Example Street" }, "city": { "S": "Exampleton" } });
        address
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "M": address })
    };
    let item = |addresses: Value| person(json!({ "addresses": { "M": addresses } }));
    let added = json!({
        "home": address(json!({})),
        "old": address(json!({ "deleted": { "BOOL": true } })),
        "work": address(json!({ "billing": { "BOOL": true } })),
    });
    let added = events(&mapping, &change(person(json!({})), item(added)));
    let kinds: Vec<_> = added
        .iter()
        .map(|(name, body)| {
            (
                name.as_str(),
                body["data"]["addressId"].as_str().unwrap(),
                body["data"]["addressType"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("UserAddressAdded", "home", "SHIPPING"),
            ("UserAddressAdded", "work", "BILLING")
        ]
    );
}

#[test]
fn a_secret_is_published_as_its_digest() {
    let text = r#"
version: 1
tables:
  - table: people
    keys: { partition: id }
    rows:
      - kind: session
        secret: true
        ids: { userId: { path: owner }, sessionId: { digest: { path: id } } }
        attributes:
          loginMethod: { value: PASSWORD }
          createdAt: recorded
          expiresAt: { epochSeconds: expires }
"#;
    let item = json!({ "id": { "S": "token-1" }, "owner": { "S": "u-1" }, "expires": { "N": "1772380000" } });
    let events = events(&read(text), &change(Value::Null, item));
    assert_eq!(events[0].0, "UserLoggedIn");
    assert_eq!(
        events[0].1["data"]["sessionId"],
        "GjTMHbIsEA9nWnQfC3-jZvoxXAVwSyx4ocgBekFlzoQ"
    );
    assert!(!format!("{events:?}").contains("token-1"));
}
