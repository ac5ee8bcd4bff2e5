//! The copy of a subscriber: what it makes of events, and what the tables say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};
use user_events_catalog::SNAPSHOTS;
use user_events_core::description::{open_sample_members, sample_snapshot};
use user_events_core::{Image, ScannedItem, Time, attributes};

use super::tables::Tables;
use crate::support::publication;

/// A copy. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Copy(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    kept: Kept,
    /// How often each live event had its effect.
    effects: BTreeMap<String, u64>,
    snapshots: u64,
    deleted: BTreeSet<String>,
}

/// What is kept: by kind, subject and further identifier.
pub(super) type Kept = BTreeMap<(&'static str, String, String), Value>;

/// An event with its classes in clear.
pub(super) struct Clear {
    pub(super) id: String,
    pub(super) event_type: String,
    pub(super) subject: String,
    pub(super) data: Map<String, Value>,
}

impl Copy {
    /// The effect of an event.
    pub(super) fn apply(&self, event: &Clear) {
        let mut state = self.0.lock().unwrap();
        match stored(event) {
            Some((key, value)) => {
                state.snapshots += 1;
                state.kept.insert(key, value);
            }
            None => {
                *state.effects.entry(event.id.clone()).or_default() += 1;
                state.change(event);
            }
        }
    }

    pub(super) fn kept(&self) -> Kept {
        without_what_is_off(self.0.lock().unwrap().kept.clone())
    }

    pub(super) fn effects(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap().effects.clone()
    }

    pub(super) fn snapshots(&self) -> u64 {
        self.0.lock().unwrap().snapshots
    }
}

impl State {
    /// A live event.
    fn change(&mut self, event: &Clear) {
        let name = event.event_type.trim_end_matches("EventV1");
        let subject = &event.subject;
        // Events of different topics have no order: what comes of a user after the deletion is of before.
        let is_account = name.starts_with("User") && !name.contains("Address") && !name.contains("Profile");
        if self.deleted.contains(subject) && !is_account {
            return;
        }
        let id = |field: &str| {
            event
                .data
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let key = |kind, id: String| (kind, subject.clone(), id);
        let account = key("account", String::new());
        match name {
            "UserRegistered" | "UserRestored" => {
                self.deleted.remove(subject);
                self.kept.insert(account, fields(event, ACCOUNT));
            }
            "UserDeleted" => {
                self.deleted.insert(subject.clone());
                self.kept.retain(|(_, of, _), _| of != subject);
            }
            "UserProfileUpdated" => drop(
                self.kept
                    .insert(key("profile", String::new()), fields(event, PROFILE)),
            ),
            "UserProfileDeleted" => drop(self.kept.remove(&key("profile", String::new()))),
            "UserAddressAdded" | "UserAddressUpdated" => {
                self.kept
                    .insert(key("address", id("addressId")), fields(event, ADDRESS));
            }
            "UserAddressDeleted" => drop(self.kept.remove(&key("address", id("addressId")))),
            "UserConsentChanged" => {
                self.kept
                    .insert(key("consent", id("purpose")), fields(event, CONSENT));
            }
            "MfaStatusChanged" => drop(
                self.kept
                    .insert(key("factor", id("method")), fields(event, FACTOR)),
            ),
            "UserLoggedIn" => {
                self.kept
                    .insert(key("session", id("sessionId")), fields(event, SESSION));
            }
            "UserSessionExtended" => self.set(
                &key("session", id("sessionId")),
                "expiresAt",
                &event.data["expiresAt"],
            ),
            "UserLoggedOut" | "UserSessionRevoked" | "UserSessionExpired" => {
                self.kept.remove(&key("session", id("sessionId")));
            }
            "RoleCreated" | "RoleUpdated" => {
                self.kept.insert(key("role", String::new()), fields(event, ROLE));
            }
            "RoleDeleted" => drop(self.kept.remove(&key("role", String::new()))),
            "PermissionGrantedToRole" => {
                self.kept.insert(key("permission", id("permission")), json!({}));
            }
            "PermissionRevokedFromRole" => drop(self.kept.remove(&key("permission", id("permission")))),
            "RoleAssignedToUser" => {
                self.kept
                    .insert(key("assignment", id("roleId")), fields(event, ASSIGNMENT));
            }
            "RoleUnassignedFromUser" => drop(self.kept.remove(&key("assignment", id("roleId")))),
            "UserEmailVerified" => self.set(&account, "emailVerified", &json!(true)),
            "UserEmailVerificationWithdrawn" => self.set(&account, "emailVerified", &json!(false)),
            "UserPhoneVerified" => self.set(&account, "phoneVerified", &json!(true)),
            "UserPhoneVerificationWithdrawn" => self.set(&account, "phoneVerified", &json!(false)),
            "UserEmailChanged" => {
                self.set(&account, "emailVerified", of(event, "verified"));
                self.set(&account, "email", of_class(event, "contact", "email"));
            }
            "UserPhoneChanged" => {
                self.set(&account, "phoneVerified", of(event, "verified"));
                self.set(&account, "phoneNumber", of_class(event, "contact", "phoneNumber"));
            }
            "UserLocaleChanged" => self.set(&account, "locale", of(event, "locale")),
            "UserAccountStatusChanged" => self.set(&account, "status", of(event, "status")),
            "UserPasswordChanged" | "SnapshotCompleted" => {}
            other => panic!("{other} is not handled"),
        }
    }

    /// Changes a field of something that is known. What is not known is ignored: it was removed since.
    fn set(&mut self, key: &(&'static str, String, String), field: &str, value: &Value) {
        if let Some(kept) = self.kept.get_mut(key) {
            kept[field] = value.clone();
        }
    }
}

const ACCOUNT: &[&str] = &[
    "status",
    "emailVerified",
    "phoneVerified",
    "locale",
    "contact/email",
    "contact/phoneNumber",
];
const PROFILE: &[&str] = &["preferredLanguage", "timezone", "identity"];
const ADDRESS: &[&str] = &["addressType", "isDefault", "countryCode", "address"];
const CONSENT: &[&str] = &["granted", "policyVersion"];
const FACTOR: &[&str] = &["enabled"];
const SESSION: &[&str] = &["expiresAt"];
const ROLE: &[&str] = &["name", "description", "isSystem"];
const ASSIGNMENT: &[&str] = &["scope", "expiresAt"];

/// What a snapshot event says is there. `None` for a live event.
fn stored(event: &Clear) -> Option<((&'static str, String, String), Value)> {
    let name = event.event_type.strip_suffix("SnapshotEventV1")?;
    let (kind, id, names) = match name {
        "UserAccount" => ("account", "", ACCOUNT),
        "UserProfile" => ("profile", "", PROFILE),
        "UserAddress" => ("address", "addressId", ADDRESS),
        "UserConsent" => ("consent", "purpose", CONSENT),
        "MfaStatus" => ("factor", "method", FACTOR),
        "UserSession" => ("session", "sessionId", SESSION),
        "Role" => ("role", "", ROLE),
        "RolePermission" => ("permission", "permission", &[] as &[&str]),
        "RoleAssignment" => ("assignment", "roleId", ASSIGNMENT),
        other => panic!("{other} is not handled"),
    };
    let id = event.data.get(id).and_then(Value::as_str).unwrap_or_default();
    Some(((kind, event.subject.clone(), id.to_owned()), fields(event, names)))
}

fn fields(event: &Clear, names: &[&str]) -> Value {
    let field = |name: &&str| match name.split_once('/') {
        Some((class, member)) => (member.to_owned(), of_class(event, class, member).clone()),
        None => ((*name).to_owned(), of(event, name).clone()),
    };
    Value::Object(names.iter().map(field).collect())
}

fn of<'a>(event: &'a Clear, name: &str) -> &'a Value {
    event.data.get(name).unwrap_or(&Value::Null)
}

fn of_class<'a>(event: &'a Clear, class: &str, member: &str) -> &'a Value {
    of(event, class).get(member).unwrap_or(&Value::Null)
}

/// Without a row a method is off, and a consent is not granted.
fn without_what_is_off(mut kept: Kept) -> Kept {
    kept.retain(|(kind, ..), value| match *kind {
        "factor" => value["enabled"] == true,
        "consent" => value["granted"] == true,
        _ => true,
    });
    kept
}

/// What a copy of the tables must be: the state of every row, except of deleted users.
pub(super) fn expected(tables: &Tables) -> Kept {
    let rows = tables.rows();
    let is_deleted = |pk: &str| {
        let account = rows.get(&("accounts".to_owned(), pk.to_owned(), "ACCOUNT".to_owned()));
        account.is_some_and(|account| account["status"] == "DELETED")
    };
    let mut kept = Kept::new();
    for ((table, pk, _), row) in &rows {
        if is_deleted(pk) {
            continue;
        }
        let json = to_raw_value(&attributes(row)).unwrap();
        let item = ScannedItem {
            run: "expected".to_owned(),
            table: table.clone(),
            region: String::new(),
            read_at: Time::UNIX_EPOCH,
            attributes: Image::from_dynamodb_json(&json).unwrap(),
        };
        for event in sample_snapshot(SNAPSHOTS, item, &publication()).unwrap() {
            let document: Value = serde_json::from_str(&event.body).unwrap();
            let mut data = document["data"].as_object().unwrap().clone();
            data.extend(open_sample_members(&document["data"], &event.id).unwrap());
            kept.extend(stored(&Clear {
                id: event.id,
                event_type: document["type"].as_str().unwrap().to_owned(),
                subject: document["subject"].as_str().unwrap().to_owned(),
                data,
            }));
        }
    }
    without_what_is_off(kept)
}
