//! What happens to a user in the native shape. All data is synthetic: example.com, addresses and numbers for documentation.

use anyhow::{Context, Result, ensure};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};
use user_events_local::clock::now;
use user_events_local::writes::{Key, KeyAttribute, KeyValue, Layout, plain_item, read};

use crate::playground::place::Place;
use crate::playground::preset::{Preset, Proposal};
use crate::playground::rows;

/// A change of the account of a user.
type Edit = fn(&mut Map<String, Value>, &Chosen);

/// What a preset writes.
enum Content {
    /// A new row: the table and the row without its partition key.
    New(&'static str, fn(&Chosen) -> Value),
    /// The account, changed.
    Account(Edit),
    /// No account any more.
    Removal,
}

/// What is chosen anew for each proposal.
struct Chosen {
    user: String,
    now: String,
    random: String,
}

/// Each preset: its ID, its label, what to expect, and what it writes.
const PRESETS: [(&str, &str, &str, Content); 8] = [
    (
        "register",
        "Register",
        "a new account: one event",
        Content::New("accounts", account),
    ),
    (
        "verify",
        "Verify the e-mail",
        "verified and active: two events of one write",
        Content::Account(verify),
    ),
    (
        "email",
        "Change the e-mail",
        "another address, not verified yet: one event",
        Content::Account(change_email),
    ),
    (
        "rehash",
        "Re-hash the password",
        "the same password, hashed again: no event",
        Content::Account(rehash),
    ),
    (
        "address",
        "Add an address",
        "a row of another table: one event",
        Content::New("profiles", address),
    ),
    (
        "login",
        "Log in",
        "a session: one event with the class network",
        Content::New("authentication", session),
    ),
    (
        "drop-email",
        "Drop the required e-mail",
        "a row that does not fit: parked",
        Content::Account(drop_email),
    ),
    (
        "delete",
        "Delete",
        "the account is removed: one event",
        Content::Removal,
    ),
];

pub(super) fn all() -> Vec<Preset> {
    let preset = |(id, title, hint, _): &(&str, &str, &str, Content)| Preset {
        id: (*id).to_owned(),
        title: (*title).to_owned(),
        hint: (*hint).to_owned(),
    };
    PRESETS.iter().map(preset).collect()
}

/// The write of a preset for a user. `None` if there is no such preset.
///
/// Fails when the ID of the user cannot be one, when the account cannot be read, and when the preset needs an account that
/// does not exist.
pub(super) async fn propose(id: &str, user: &str, place: &Place) -> Result<Option<Proposal>> {
    let Some((_, _, _, content)) = PRESETS.iter().find(|(own, ..)| *own == id) else {
        return Ok(None);
    };
    let user = user.trim();
    ensure!(
        !user.is_empty(),
        "user: it is empty; give the user an ID, such as anna"
    );
    let chosen = Chosen {
        user: user.to_owned(),
        now: now().to_string(),
        random: format!("{:06x}", fastrand::u32(..1 << 24)),
    };
    let (table, action, row) = match content {
        Content::New(table, row) => (*table, "put", row(&chosen)),
        Content::Removal => (
            "accounts",
            "delete",
            Value::Object(existing(&chosen, place).await?),
        ),
        Content::Account(edit) => {
            let mut row = existing(&chosen, place).await?;
            edit(&mut row, &chosen);
            ("accounts", "put", Value::Object(row))
        }
    };
    let item = plain_item(&to_raw_value(&row)?).map_err(|misfits| anyhow::anyhow!(misfits.join("; ")))?;
    Ok(Some(Proposal {
        table: table.to_owned(),
        action,
        row: rows::text(Layout::Native, table, &item),
        note: None,
    }))
}

/// The account of the user.
async fn existing(chosen: &Chosen, place: &Place) -> Result<Map<String, Value>> {
    let part = |name: &str, value: String| KeyAttribute {
        name: name.to_owned(),
        value: KeyValue::Text(value),
    };
    let key = Key {
        partition: part("pk", chosen.pk()),
        sort: Some(part("sk", "ACCOUNT".to_owned())),
    };
    let row = read(&place.clients.dynamodb, place.deployed("accounts")?, &key).await?;
    let row = row.context("this user has no account; choose “Register” first, and make that write")?;
    Ok(serde_json::from_str(&rows::text(
        Layout::Native,
        "accounts",
        &row,
    ))?)
}

impl Chosen {
    fn pk(&self) -> String {
        format!("USER#{}", self.user)
    }
}

fn account(chosen: &Chosen) -> Value {
    json!({
        "pk": chosen.pk(), "sk": "ACCOUNT", "email": format!("{}@example.com", chosen.random), "emailVerified": false,
        "passwordHash": "$argon2id$v=19$not-a-real-hash", "status": "PENDING_VERIFICATION",
        "registrationMethod": "PASSWORD", "locale": "en-GB", "createdAt": chosen.now, "updatedAt": chosen.now,
    })
}

fn address(chosen: &Chosen) -> Value {
    json!({
        "pk": chosen.pk(), "sk": format!("ADDRESS#{}", chosen.random), "addressType": "SHIPPING", "isDefault": true,
        "label": "Home", "recipientName": "Ada Example", "line1": "1 Example Street", "city": "Exampleton",
        "postalCode": "EX1 1EX", "countryCode": "GB", "updatedAt": chosen.now,
    })
}

fn session(chosen: &Chosen) -> Value {
    json!({
        "pk": chosen.pk(), "sk": format!("SESSION#{}", chosen.random), "loginMethod": "PASSWORD", "mfaUsed": false,
        "ipAddress": "192.0.2.10", "userAgent": "ExampleBrowser/1.0", "deviceId": "device-1",
        "createdAt": chosen.now, "expiresAt": "2036-01-01T00:00:00Z",
    })
}

fn verify(row: &mut Map<String, Value>, chosen: &Chosen) {
    set(
        row,
        &[
            ("emailVerified", json!(true)),
            ("status", json!("ACTIVE")),
            ("updatedAt", json!(chosen.now)),
        ],
    );
}

fn change_email(row: &mut Map<String, Value>, chosen: &Chosen) {
    let email = format!("{}@example.com", chosen.random);
    set(
        row,
        &[
            ("email", json!(email)),
            ("emailVerified", json!(false)),
            ("updatedAt", json!(chosen.now)),
        ],
    );
}

fn rehash(row: &mut Map<String, Value>, chosen: &Chosen) {
    set(
        row,
        &[(
            "passwordHash",
            json!(format!("$argon2id$v=19$not-a-real-hash-{}", chosen.random)),
        )],
    );
}

fn drop_email(row: &mut Map<String, Value>, _: &Chosen) {
    row.remove("email");
}

fn set(row: &mut Map<String, Value>, members: &[(&str, Value)]) {
    row.extend(
        members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
}

#[cfg(test)]
mod tests {
    use user_events_local::expectation::{Expected, Tables};
    use user_events_local::writes::parse_line;

    use super::*;

    fn expected(tables: &mut Tables<'_>, table: &str, action: &str, row: &Value) -> Vec<String> {
        let line = json!({ "table": table, action: row }).to_string();
        let write = parse_line(&line, Layout::Native).unwrap().write;
        match tables.apply(&write).unwrap() {
            Expected::Events(events) => events.into_iter().map(|event| event.event_type).collect(),
            Expected::Parked(_) => vec!["parked".to_owned()],
        }
    }

    #[test]
    fn every_preset_becomes_what_its_hint_says() {
        let mut tables = Tables::new(Layout::Native);
        let mut row = Map::new();
        for (id, _, hint, content) in &PRESETS {
            let chosen = Chosen {
                user: "1".to_owned(),
                now: "2026-03-01T12:00:00Z".to_owned(),
                random: id.to_string(),
            };
            let events = match content {
                Content::New(table, new) => {
                    let new = new(&chosen);
                    if *table == "accounts" {
                        row = new.as_object().unwrap().clone();
                    }
                    expected(&mut tables, table, "put", &new)
                }
                Content::Account(edit) => {
                    edit(&mut row, &chosen);
                    expected(&mut tables, "accounts", "put", &Value::Object(row.clone()))
                }
                Content::Removal => expected(
                    &mut tables,
                    "accounts",
                    "delete",
                    &json!({ "pk": "USER#1", "sk": "ACCOUNT" }),
                ),
            };
            let told = match events.as_slice() {
                [] => "no event",
                [one] if one == "parked" => "parked",
                [_] => "one event",
                _ => "two events",
            };
            assert!(hint.contains(told), "{id}: {hint}: {events:?}");
        }
    }
}
