//! The User Service: it writes to its tables all the time.

use serde_json::{Value, json};
use user_events_core::with;
use user_events_testkit::rows;

use super::tables::{Key, Tables};
use crate::consumer::queue::Random;

const USERS: u64 = 9;
const ROLES: u64 = 3;

/// Writes rows. What it knows is in the tables.
pub(super) struct Writer {
    pub(super) tables: Tables,
    pub(super) random: Random,
    /// The number of writes, which makes values different.
    pub(super) count: u64,
    pub(super) deleted: u64,
    pub(super) removed: u64,
}

impl Writer {
    /// Makes one change, or none if what it would change is not there.
    pub(super) fn write(&mut self) {
        self.count += 1;
        let user = format!("u-{}", self.random.below(USERS));
        let pk = format!("USER#{user}");
        let Some(account) = self.tables.row(&key("accounts", &pk, "ACCOUNT")) else {
            // A user who was removed does not come back.
            if self.tables.partition(&pk).is_empty() && !self.tables.knew(&pk) {
                self.tables.put("accounts", self.stamped(rows::account(&user)));
            }
            return;
        };
        let is_deleted = account["status"] == "DELETED";
        // What was deleted and came back is left alone: events of other tables have no order with those of the account.
        if is_deleted || account["restored"] == true {
            return self.after_deletion(&pk, account, is_deleted);
        }
        match self.random.below(20) {
            0..3 => self.account(account),
            3..6 => self.profile(&user, &pk),
            6..8 => self.address(&user, &pk),
            8 => self.consent(&user, &pk),
            9..13 => self.session(&user, &pk),
            13 => self.factor(&user, &pk),
            14..16 => self.assignment(&user, &pk),
            16..19 => self.role(),
            _ => self.delete(&pk, account),
        }
    }

    fn account(&mut self, account: Value) {
        let flag = |name: &str| account[name] == true;
        let change = match self.random.below(7) {
            0 => json!({ "email": format!("a{}@example.com", self.count), "emailVerified": false }),
            1 => json!({ "emailVerified": !flag("emailVerified") }),
            2 => {
                json!({ "phoneNumber": format!("+1-202-555-01{:02}", self.count % 100), "phoneVerified": false })
            }
            3 => json!({ "phoneVerified": !flag("phoneVerified") }),
            4 => json!({ "locale": format!("en-{}", self.count % 9) }),
            5 => {
                let status = ["ACTIVE", "LOCKED", "SUSPENDED"][self.random.below(3) as usize];
                json!({ "status": status })
            }
            // Bookkeeping is no event.
            _ => json!({ "lastLoginAt": self.time() }),
        };
        let row = self.stamped(with(account, change));
        self.tables.put("accounts", row);
    }

    fn profile(&mut self, user: &str, pk: &str) {
        let profile = key("profiles", pk, "PROFILE");
        match self.tables.row(&profile) {
            Some(_) if self.random.below(6) == 0 => self.remove(&profile, false),
            _ => {
                let change = json!({ "displayName": format!("Ada {}", self.count), "timezone": format!("Etc/GMT+{}", self.count % 12) });
                let row = self.stamped(with(rows::profile(user), change));
                self.tables.put("profiles", row);
            }
        }
    }

    fn address(&mut self, user: &str, pk: &str) {
        let sk = format!("ADDRESS#{}", self.random.below(2));
        let address = key("profiles", pk, &sk);
        if self.tables.row(&address).is_some() && self.random.below(3) == 0 {
            return self.remove(&address, false);
        }
        let change = json!({ "sk": sk, "line1": format!("{} Example Street", self.count), "isDefault": self.random.below(2) == 0 });
        let row = self.stamped(with(rows::address(user), change));
        self.tables.put("profiles", row);
    }

    fn consent(&mut self, user: &str, pk: &str) {
        let granted = self.random.below(2) == 0;
        let change =
            json!({ "pk": pk, "granted": granted, "policyVersion": format!("2026-{:02}", self.count % 12) });
        let row = self.stamped(with(rows::consent(user), change));
        self.tables.put("profiles", row);
    }

    fn session(&mut self, user: &str, pk: &str) {
        let sk = format!("SESSION#{}", self.random.below(3));
        let session = key("authentication", pk, &sk);
        match (self.tables.row(&session), self.random.below(4)) {
            (None, _) => {
                let row = self.stamped(with(rows::session(user), json!({ "sk": sk })));
                self.tables.put("authentication", row);
            }
            (Some(_), 0) => self.remove(&session, true),
            (Some(row), 1) if row.get("endReason").is_none() => {
                let end = json!({ "endReason": "LOGOUT", "endedAt": self.time() });
                self.tables.put("authentication", with(row, end));
            }
            (Some(row), 2) if row.get("endReason").is_none() => {
                let later = format!("2026-03-02T{:02}:00:00Z", self.count % 24);
                self.tables
                    .put("authentication", with(row, json!({ "expiresAt": later })));
            }
            (Some(_), _) => self.remove(&session, false),
        }
    }

    fn factor(&mut self, user: &str, pk: &str) {
        let factor = key("authentication", pk, "MFA#TOTP");
        match self.tables.row(&factor) {
            Some(_) if self.random.below(3) == 0 => self.remove(&factor, false),
            _ => {
                let row = with(rows::mfa(user), json!({ "enabled": self.random.below(2) == 0 }));
                self.tables.put("authentication", self.stamped(row));
            }
        }
    }

    fn assignment(&mut self, user: &str, pk: &str) {
        let sk = format!("ROLE#r-{}", self.random.below(ROLES));
        let assignment = key("access", pk, &sk);
        if self.tables.row(&assignment).is_some() && self.random.below(2) == 0 {
            let by_ttl = self.random.below(2) == 0;
            return self.remove(&assignment, by_ttl);
        }
        let change = json!({ "sk": sk, "scope": format!("shop-{}", self.count % 5) });
        self.tables.put("access", with(rows::assignment(user), change));
    }

    fn role(&mut self) {
        let role = format!("r-{}", self.random.below(ROLES));
        let pk = format!("ROLE#{role}");
        let row = key("access", &pk, "ROLE");
        let permission = key("access", &pk, &format!("PERMISSION#p-{}", self.random.below(2)));
        match (self.tables.row(&row), self.random.below(5)) {
            (Some(_), 0) => {
                for key in self.tables.partition(&pk) {
                    self.remove(&key, false);
                }
            }
            (Some(_), 1..4) if self.tables.row(&permission).is_some() => self.remove(&permission, false),
            (Some(_), 1..4) => {
                let grant = with(rows::permission(&role), json!({ "sk": permission.2 }));
                self.tables.put("access", grant);
            }
            _ => {
                let change = json!({ "name": format!("Role {}", self.count) });
                let row = self.stamped(with(rows::role(&role), change));
                self.tables.put("access", row);
            }
        }
    }

    /// Deletes a user: softly and leaving the other rows, softly after removing them, or wholly.
    fn delete(&mut self, pk: &str, account: Value) {
        // Events of different tables have no order. A deletion that overtakes the user's other events would leave them.
        if self.tables.waits(pk) {
            return;
        }
        self.deleted += 1;
        let how = self.random.below(3);
        if how > 0 {
            for key in self
                .tables
                .partition(pk)
                .into_iter()
                .filter(|key| key.0 != "accounts")
            {
                self.remove(&key, false);
            }
        }
        if how == 2 {
            return self.remove(&key("accounts", pk, "ACCOUNT"), false);
        }
        let change = json!({ "status": "DELETED", "purged": how == 1 });
        let row = self.stamped(with(account, change));
        self.tables.put("accounts", row);
    }

    fn after_deletion(&mut self, pk: &str, account: Value, is_deleted: bool) {
        match self.random.below(4) {
            // The rows that were left are purged one by one.
            0 if is_deleted => {
                let left = self.tables.partition(pk);
                if let Some(key) = left.into_iter().find(|key| key.0 != "accounts") {
                    self.remove(&key, true);
                }
            }
            1 if is_deleted && account["purged"] == true => {
                let row = with(account, json!({ "status": "ACTIVE", "restored": true }));
                let row = self.stamped(row);
                self.tables.put("accounts", row);
            }
            2 if !is_deleted => {
                let row = with(account, json!({ "locale": format!("de-{}", self.count % 9) }));
                let row = self.stamped(row);
                self.tables.put("accounts", row);
            }
            _ => {}
        }
    }

    fn remove(&mut self, key: &Key, by_ttl: bool) {
        if self.tables.row(key).is_some() {
            self.removed += 1;
            self.tables.remove(key, by_ttl);
        }
    }

    fn stamped(&self, row: Value) -> Value {
        with(row, json!({ "updatedAt": self.time() }))
    }

    fn time(&self) -> String {
        format!(
            "2026-03-01T{:02}:{:02}:{:02}Z",
            self.count / 3600 % 24,
            self.count / 60 % 60,
            self.count % 60
        )
    }
}

pub(super) fn key(table: &str, pk: &str, sk: &str) -> Key {
    (table.to_owned(), pk.to_owned(), sk.to_owned())
}
