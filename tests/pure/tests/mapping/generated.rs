//! Generates mappings, and items that mostly fit them.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::properties::generated::attribute;

/// The attributes of an item, in DynamoDB's own types.
pub(super) type Item = Map<String, Value>;

/// The name of the table that every generated mapping is for.
pub(super) const TABLE: &str = "users";

/// Attributes that no generated mapping names.
const UNMAPPED: [&str; 3] = ["other1", "other2", "nested.text1"];

/// A mapping file with one rule or more, each of another kind.
pub(super) fn mapping_text() -> impl Strategy<Value = String> {
    let rules = (
        account(),
        profile(),
        roles(),
        addresses(),
        second_factor(),
        session(),
        any::<[bool; 5]>(),
    );
    rules.prop_map(|(account, profile, roles, addresses, second_factor, session, kept)| {
        let others = [profile, roles, addresses, second_factor, session];
        let others = others.into_iter().zip(kept).filter_map(|(rule, kept)| kept.then_some(rule));
        let rules: String = [account].into_iter().chain(others).collect();
        format!(
            "version: 1\ntables:\n  - table: \"{TABLE}\"\n    keys: {{ partition: PK, sort: SK }}\n    rows:\n{rules}"
        )
    })
}

/// A rule for the items of users.
fn rule(kind: &str, head: &str, ids: &str, attributes: &[(&str, String)]) -> String {
    let attributes: String = attributes
        .iter()
        .map(|(name, value)| format!("          {name}: {value}\n"))
        .collect();
    format!(
        "      - kind: {kind}\n        when: {{ partition: \"USER#{{userId}}\", sort: \"USER#{{userId}}\", attributes: {{ type: USER }} }}\n\
         {head}        ids: {{ userId: \"{{userId}}\"{ids} }}\n        attributes:\n{attributes}"
    )
}

fn account() -> impl Strategy<Value = String> {
    let status = select(vec![
        "{ value: ACTIVE }",
        "[ { when: { flag1: true }, value: SUSPENDED }, { value: ACTIVE } ]",
        "[ { when: { iso1: { after: recorded } }, value: LOCKED }, { from: { first: [status, { value: ACTIVE }] } } ]",
        "{ map: text2, values: { a: ACTIVE, b: LOCKED }, otherwise: DEACTIVATED }",
        "[ { when: { flag1: { not: true }, flag2: { exists: true } }, value: DELETED }, { value: ACTIVE } ]",
    ]);
    let email = select(vec![
        "text1",
        "{ first: [map1.text, text1] }",
        "{ path: [map1, text] }",
    ]);
    // An identifier can be a value that is not encrypted.
    let locale = prop_oneof![4 => text(), 1 => owned(&["{ capture: userId }"])];
    (email, status, time(), time(), flag(), locale, any::<bool>()).prop_map(
        |(email, status, created, updated, verified, locale, password)| {
            let mut attributes = vec![
                ("email", email.to_owned()),
                ("status", status.to_owned()),
                ("createdAt", created),
                ("updatedAt", updated),
                ("emailVerified", verified),
                ("locale", locale),
            ];
            attributes.extend(password.then(|| ("passwordChangedAt", "{ changed: hash }".to_owned())));
            rule("account", "", "", &attributes)
        },
    )
}

fn profile() -> impl Strategy<Value = String> {
    (text(), time(), select(vec!["", "        removal: ignored\n"])).prop_map(|(name, updated, removal)| {
        rule(
            "profile",
            removal,
            "",
            &[("displayName", name), ("updatedAt", updated)],
        )
    })
}

fn roles() -> impl Strategy<Value = String> {
    let each = select(vec!["{ set: set1 }", "{ split: csv1, by: \",\" }"]);
    (each, time()).prop_map(|(each, assigned)| {
        let head = format!("        each: {each}\n");
        rule(
            "role-assignment",
            &head,
            ", roleId: { element: value }",
            &[("assignedAt", assigned)],
        )
    })
}

fn addresses() -> impl Strategy<Value = String> {
    let each = select(vec!["{ map: members1 }", "{ list: list1, id: id }"]);
    (each, time()).prop_map(|(each, updated)| {
        let head = format!("        each: {each}\n");
        let attributes = [
            ("addressType", "{ value: SHIPPING }".to_owned()),
            (
                "countryCode",
                "{ first: [ { element: country }, { value: GB } ] }".to_owned(),
            ),
            ("line1", "{ element: line }".to_owned()),
            ("city", "{ element: city }".to_owned()),
            ("updatedAt", updated),
        ];
        rule("address", &head, ", addressId: { element: key }", &attributes)
    })
}

fn second_factor() -> impl Strategy<Value = String> {
    (flag(), time()).prop_map(|(enabled, updated)| {
        rule(
            "second-factor",
            "",
            ", method: TOTP",
            &[("enabled", enabled), ("updatedAt", updated)],
        )
    })
}

/// A session in the item of the user, with a token that must be digested.
fn session() -> impl Strategy<Value = String> {
    (text(), time()).prop_map(|(method, created)| {
        let attributes = [
            (
                "loginMethod",
                format!("{{ first: [{method}, {{ value: UNKNOWN }}] }}"),
            ),
            ("createdAt", created),
            ("expiresAt", "{ value: \"2099-01-01T00:00:00Z\" }".to_owned()),
        ];
        rule(
            "session",
            "        secret: [token]\n",
            ", sessionId: { digest: { path: token } }",
            &attributes,
        )
    })
}

/// A value that is a time.
fn time() -> impl Strategy<Value = String> {
    owned(&[
        "recorded",
        "iso1",
        "{ iso: iso1 }",
        "{ isoUtc: iso1 }",
        "{ epochSeconds: seconds1 }",
        "{ epochMillis: millis1 }",
        "{ first: [iso2, recorded] }",
    ])
}

/// A value that is a flag.
fn flag() -> impl Strategy<Value = String> {
    owned(&[
        "flag1",
        "{ path: flag2 }",
        "{ present: text2 }",
        "[ { when: { text2: [a, b] }, value: true }, { value: false } ]",
        "{ first: [flag1, { value: false }] }",
    ])
}

/// A value that is a text.
fn text() -> impl Strategy<Value = String> {
    owned(&[
        "text2",
        "map1.text",
        "{ path: [map1, text] }",
        "{ first: [missing, text2] }",
        "{ map: text2, values: { a: one }, otherwise: two }",
    ])
}

fn owned(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(values).prop_map(str::to_owned)
}

/// The item of a user that mostly fits every generated mapping.
pub(super) fn item() -> impl Strategy<Value = Item> {
    edited(Item::from_iter([
        ("PK".to_owned(), json!({ "S": "USER#u-1" })),
        ("SK".to_owned(), json!({ "S": "USER#u-1" })),
        ("type".to_owned(), json!({ "S": "USER" })),
        ("text1".to_owned(), json!({ "S": "ada@example.com" })),
        (
            "map1".to_owned(),
            json!({ "M": { "text": { "S": "bo@example.com" } } }),
        ),
        ("flag1".to_owned(), json!({ "BOOL": false })),
        ("flag2".to_owned(), json!({ "BOOL": true })),
        ("iso1".to_owned(), json!({ "S": "2026-03-01T11:59:59Z" })),
        ("seconds1".to_owned(), json!({ "N": "1772366399.5" })),
        ("millis1".to_owned(), json!({ "N": "1772366399500" })),
        ("text2".to_owned(), json!({ "S": "a" })),
        ("token".to_owned(), json!({ "S": "canary-token" })),
    ]))
}

/// The item after a change of some attributes.
pub(super) fn edited(item: Item) -> impl Strategy<Value = Item> {
    vec(edit(), 0..6).prop_map(move |edits| {
        let mut item = item.clone();
        for (name, value) in edits {
            match value {
                Some(value) => item.insert(name, value),
                None => item.remove(&name),
            };
        }
        item
    })
}

/// The item after a change of attributes that no generated mapping names.
pub(super) fn edited_elsewhere(item: Item) -> impl Strategy<Value = Item> {
    let edit = (select(&UNMAPPED[..]), proptest::option::of(attribute()));
    vec(edit, 1..4).prop_map(move |edits| {
        let mut item = item.clone();
        for (name, value) in edits {
            match value {
                Some(value) => item.insert(name.to_owned(), value),
                None => item.remove(name),
            };
        }
        item
    })
}

/// Another value of one attribute, or its removal.
fn edit() -> impl Strategy<Value = (String, Option<Value>)> {
    const NAMES: &[&str] = &[
        "text1", "text2", "map1", "flag1", "flag2", "iso1", "iso2", "seconds1", "millis1", "status", "hash",
        "set1", "csv1", "members1", "list1", "token", "other1",
    ];
    select(NAMES).prop_flat_map(|name| {
        let value = prop_oneof![
            16 => fitting(name).prop_map(Some),
            2 => Just(None),
            1 => attribute().prop_map(Some),
        ];
        (Just(name.to_owned()), value)
    })
}

/// A value that the rules expect of the attribute.
fn fitting(name: &str) -> BoxedStrategy<Value> {
    let word = || "[a-e]{1,3}";
    match name {
        "flag1" | "flag2" => any::<bool>().prop_map(|flag| json!({ "BOOL": flag })).boxed(),
        "iso1" | "iso2" => "20[0-9]{2}-0[1-9]-1[0-9]T1[0-9]:30:00(\\.[0-9]{1,4})?Z"
            .prop_map(|time| json!({ "S": time }))
            .boxed(),
        "seconds1" => "17[0-9]{8}(\\.[0-9]{1,3})?"
            .prop_map(|seconds| json!({ "N": seconds }))
            .boxed(),
        "millis1" => "17[0-9]{11}".prop_map(|millis| json!({ "N": millis })).boxed(),
        "status" => select(&["ACTIVE", "LOCKED", "DELETED", "NEW_ONE"][..])
            .prop_map(|status| json!({ "S": status }))
            .boxed(),
        "map1" => word()
            .prop_map(|text| json!({ "M": { "text": { "S": text }, "other": { "N": "1" } } }))
            .boxed(),
        "set1" => prop_oneof![
            btree_set(word(), 1..4).prop_map(|set| json!({ "SS": set })),
            btree_set(word(), 0..4).prop_map(|set| {
                let texts: Vec<_> = set.into_iter().map(|text| json!({ "S": text })).collect();
                json!({ "L": texts })
            }),
        ]
        .boxed(),
        "csv1" => btree_set(word(), 0..4)
            .prop_map(|set| json!({ "S": set.into_iter().collect::<Vec<_>>().join(",") }))
            .boxed(),
        "members1" => btree_set(word(), 0..4)
            .prop_flat_map(|keys| {
                keys.into_iter()
                    .map(|key| (Just(key), address()))
                    .collect::<Vec<_>>()
            })
            .prop_map(|members| json!({ "M": Item::from_iter(members) }))
            .boxed(),
        "list1" => btree_set(word(), 0..4)
            .prop_flat_map(|keys| {
                keys.into_iter()
                    .map(|key| (Just(key), address()))
                    .collect::<Vec<_>>()
            })
            .prop_map(|elements| {
                let elements = elements.into_iter().map(|(id, mut address)| {
                    address["M"]["id"] = json!({ "S": id });
                    address
                });
                json!({ "L": elements.collect::<Vec<_>>() })
            })
            .boxed(),
        "other1" => attribute().boxed(),
        _ => word().prop_map(|text| json!({ "S": text })).boxed(),
    }
}

fn address() -> impl Strategy<Value = Value> {
    ("[a-c]{1,2}", "[a-c]{1,2}", any::<bool>()).prop_map(|(line, city, other)| {
        let mut address = json!({ "M": { "line": { "S": line }, "city": { "S": city } } });
        if other {
            address["M"]["other"] = json!({ "S": "canary" });
        }
        address
    })
}
