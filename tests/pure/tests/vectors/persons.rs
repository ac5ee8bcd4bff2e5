//! Tokens that need the key of a person.

use anyhow::Result;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use user_events_core::{NONCE_BYTES, subject_key_name};

use super::making::{Base, key_of, sealed_under, with_token};

const SALT: &[u8] = b"user-events/subject-key/v1";
const ALGORITHM: &[u8] = b"A256GCM\0";
const SECRET: [u8; 32] = [77; 32];
const OTHER_SECRET: [u8; 32] = [78; 32];
const ERASED_AT: &str = "2026-04-01T12:00:00.000Z";

/// What the vectors are made of.
struct Person<'b> {
    base: &'b Base,
    data_key: Vec<u8>,
    /// The ids of the keys of two persons.
    key_id: String,
    other_key_id: String,
    /// The names of their rows.
    name: String,
    other_name: String,
    kid: String,
    /// The token of the first.
    token: String,
}

pub(super) fn vectors(base: &Base) -> Result<Vec<Value>> {
    let person = Person::new(base)?;
    let mut vectors = person.rows();
    vectors.extend(person.malformed_rows());
    vectors.extend(person.envelopes());
    vectors.extend(person.grants());
    vectors.extend(person.tokens()?);
    vectors.extend(person.keys()?);
    Ok(vectors)
}

impl<'b> Person<'b> {
    fn new(base: &'b Base) -> Result<Self> {
        let key_id = BASE64_URL_SAFE_NO_PAD.encode([9_u8; 16]);
        let data_key = key_of(&base.vector);
        let kid = format!("{}/contact/{key_id}", base.id());
        let token = sealed(base, &kid, &content_key(&data_key, &SECRET, &kid)?)?;
        Ok(Self {
            base,
            data_key,
            key_id,
            other_key_id: BASE64_URL_SAFE_NO_PAD.encode([8_u8; 16]),
            name: subject_key_name("/user-service", "users/user-1"),
            other_name: subject_key_name("/user-service", "users/user-2"),
            kid,
            token,
        })
    }

    fn good(&self) -> Value {
        row(&self.key_id, &SECRET)
    }

    /// A vector with this answer; `rows` are those of the table, if the consumer has one.
    fn vector(&self, what: &str, rows: Option<Value>, answer: Value, token: &str) -> Value {
        let mut vector = with_token(&self.base.vector, token);
        vector["name"] = json!(format!("a token with a person's key, {what}"));
        if let Some(rows) = rows {
            vector["subjectKeys"] = rows;
        }
        if let (Some(members), Value::Object(answer)) = (vector.as_object_mut(), answer) {
            members.shift_remove("opened");
            members.extend(answer);
        }
        vector
    }

    /// A vector with the good token and one row of its person.
    fn with_row(&self, what: &str, row: Value, answer: Value) -> Value {
        self.vector(what, Some(json!({ &self.name: row })), answer, &self.token)
    }

    fn opened(&self) -> Value {
        json!({ "opened": self.base.vector["opened"] })
    }

    fn rows(&self) -> Vec<Value> {
        let mut unpersonal = self.base.vector.clone();
        unpersonal["name"] = json!("a token without a person's key opens where persons have keys");
        unpersonal["subjectKeys"] = json!({ &self.name: self.good() });
        let mut after = self.base.vector.clone();
        after["name"] = json!("a token without a person's key opens also after the person was erased");
        after["subjectKeys"] = json!({ &self.name: tombstone() });
        let joined = subject_key_name("/user-service\nusers", "user-1");
        let other_case: String = self.key_id.chars().map(swapped).collect();
        let beside = json!({ &self.other_name: row(&self.key_id, &[1; 32]), &self.name: self.good() });
        vec![
            self.with_row("opens with both shares", self.good(), self.opened()),
            self.vector(
                "opens beside the rows of others",
                Some(beside),
                self.opened(),
                &self.token,
            ),
            unpersonal,
            after,
            self.with_row("of a person who was erased", tombstone(), erased()),
            self.vector(
                "that is missing",
                Some(json!({ joined: self.good() })),
                missing(),
                &self.token,
            ),
            self.vector("and an empty table", Some(json!({})), missing(), &self.token),
            self.vector(
                "where the consumer has no table",
                None,
                refused("no-subject-keys"),
                &self.token,
            ),
            self.with_row(
                "and another secret",
                row(&self.key_id, &OTHER_SECRET),
                does_not_open(),
            ),
            self.with_row(
                "and a secret of no bytes",
                row(&self.key_id, &[]),
                does_not_open(),
            ),
            self.with_row(
                "and a secret of 31 bytes",
                row(&self.key_id, &[77; 31]),
                does_not_open(),
            ),
            self.with_row(
                "and a secret of 33 bytes",
                row(&self.key_id, &[77; 33]),
                does_not_open(),
            ),
            self.with_row(
                "and a row with another key id",
                row(&self.other_key_id, &SECRET),
                refused("moved"),
            ),
            self.with_row(
                "and a row with its key id in another case",
                row(&other_case, &SECRET),
                refused("moved"),
            ),
        ]
    }

    fn malformed_rows(&self) -> Vec<Value> {
        let with = |members: &[(&str, Value)]| {
            let mut row = self.good().as_object().cloned().unwrap_or_default();
            row.extend(
                members
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone())),
            );
            Value::Object(row)
        };
        let without = |member: &str| {
            let mut row = self.good().as_object().cloned().unwrap_or_default();
            row.shift_remove(member);
            Value::Object(row)
        };
        let text = json!({ "S": BASE64_STANDARD.encode(SECRET) });
        let binary = json!({ "B": BASE64_STANDARD.encode([9_u8; 16]) });
        let at = json!({ "S": ERASED_AT });
        vec![
            self.with_row("and a row without a key id", without("keyId"), missing()),
            self.with_row("and a row without a secret", without("secret"), missing()),
            self.with_row("and an empty row", Value::Object(Map::new()), missing()),
            self.with_row(
                "and a secret that is a string",
                with(&[("secret", text)]),
                missing(),
            ),
            self.with_row(
                "and a key id that is a binary",
                with(&[("keyId", binary)]),
                missing(),
            ),
            self.with_row(
                "and a row with an unknown attribute opens",
                with(&[("createdAt", at.clone())]),
                self.opened(),
            ),
            self.with_row(
                "of a person who was erased, in a row that still has the secret",
                with(&[("erasedAt", at)]),
                erased(),
            ),
            self.with_row(
                "of a person who was erased at a time that is no string",
                with(&[("erasedAt", json!({ "NULL": true }))]),
                erased(),
            ),
        ]
    }

    /// The token under another subject or source.
    fn envelopes(&self) -> Vec<Value> {
        let under = |subject: &str, user: &str, mut vector: Value| {
            vector["envelope"]["subject"] = json!(subject);
            vector["envelope"]["data"]["userId"] = json!(user);
            vector
        };
        let other = |what: &str, rows: Value, answer: Value| {
            under(
                "users/user-2",
                "user-2",
                self.vector(what, Some(rows), answer, &self.token),
            )
        };
        let mut vectors = vec![
            other(
                "under the subject of another person",
                json!({ &self.name: self.good(), &self.other_name: row(&self.other_key_id, &OTHER_SECRET) }),
                refused("moved"),
            ),
            other(
                "under the subject of another person whose key has the same id",
                json!({ &self.name: self.good(), &self.other_name: row(&self.key_id, &OTHER_SECRET) }),
                does_not_open(),
            ),
            other(
                "under the subject of a person without a key",
                json!({ &self.name: self.good() }),
                missing(),
            ),
            other(
                "under the subject of another person who was erased",
                json!({ &self.name: self.good(), &self.other_name: tombstone() }),
                erased(),
            ),
        ];
        let mut source = self.with_row("of another source", self.good(), missing());
        source["envelope"]["source"] = json!("/other-service");
        vectors.push(source);
        for subject in ["roles/role-1", "attempts/attempt-1", "Users/user-1", "users"] {
            let name = subject_key_name("/user-service", subject);
            let rows = Some(json!({ name: self.good(), &self.name: self.good() }));
            let what = format!("under the subject {subject}, which is no user's");
            let vector = self.vector(&what, rows, refused("moved"), &self.token);
            vectors.push(under(subject, "user-1", vector));
        }
        let rows = Some(json!({ &self.name: self.good() }));
        let mut user = self.vector(
            "and the user of another subject",
            rows,
            refused("not-an-event"),
            &self.token,
        );
        user["envelope"]["data"]["userId"] = json!("user-2");
        vectors.push(user);
        vectors
    }

    /// What happens while KMS denies the class.
    fn grants(&self) -> Vec<Value> {
        let denied = |what: &str, rows: Value, answer: Value| {
            let what = format!("{what}, while the class is denied");
            let mut vector = self.vector(&what, Some(rows), answer, &self.token);
            vector["denied"] = json!(true);
            vector
        };
        vec![
            denied(
                "of a person who was erased",
                json!({ &self.name: tombstone() }),
                erased(),
            ),
            denied(
                "of a person who is there",
                json!({ &self.name: self.good() }),
                json!({ "notGranted": true }),
            ),
            denied("that is missing", json!({}), missing()),
        ]
    }

    /// Other tokens, in the event and beside the row of the person.
    fn tokens(&self) -> Result<Vec<Value>> {
        let rows = || Some(json!({ &self.name: self.good() }));
        let id = self.base.id();
        let mut vectors = Vec::new();
        for (what, kid) in [
            ("of another person", format!("{id}/contact/{}", self.other_key_id)),
            (
                "of another event",
                format!("00000000-0000-5000-8000-000000000000/contact/{}", self.key_id),
            ),
            ("of another class", format!("{id}/network/{}", self.key_id)),
            ("and a fourth part", format!("{}/x", self.kid)),
            ("and an empty third part", format!("{id}/contact/")),
            (
                "and the id of a key of 15 bytes",
                format!("{id}/contact/{}", BASE64_URL_SAFE_NO_PAD.encode([9_u8; 15])),
            ),
            (
                "and the id of a key of 17 bytes",
                format!("{id}/contact/{}", BASE64_URL_SAFE_NO_PAD.encode([9_u8; 17])),
            ),
            ("and its key id not in its canonical form", {
                let last = if self.kid.ends_with('Q') { 'R' } else { 'x' };
                format!("{}{last}", self.kid.get(..self.kid.len() - 1).unwrap_or_default())
            }),
        ] {
            let key = content_key(&self.data_key, &SECRET, &kid)?;
            vectors.push(self.vector(what, rows(), refused("moved"), &sealed(self.base, &kid, &key)?));
        }
        // The two forms: the header of one before the rest of the other.
        let (header, rest) = self.token.split_once('.').unwrap_or_default();
        let (plain_header, plain_rest) = (&self.base.header, self.base.rest());
        vectors.push(self.vector(
            "of which the third part was stripped",
            rows(),
            does_not_open(),
            &format!("{plain_header}.{rest}"),
        ));
        vectors.push(self.vector(
            "of which the third part was put before a token without",
            rows(),
            does_not_open(),
            &format!("{header}.{plain_rest}"),
        ));
        Ok(vectors)
    }

    /// Tokens under the right header, sealed with a key that is not the one of the construction.
    fn keys(&self) -> Result<Vec<Value>> {
        let (data_key, kid) = (self.data_key.as_slice(), self.kid.as_bytes());
        let place = format!("{}/contact", self.base.id());
        let shares: [&[u8]; 2] = [data_key, &SECRET];
        let mut vectors = Vec::new();
        for (what, key) in [
            ("with the data key alone", data_key.to_vec()),
            ("with the secret alone", SECRET.to_vec()),
            (
                "with the secret of another person",
                derived(SALT, &[data_key, &OTHER_SECRET], &[ALGORITHM, kid])?,
            ),
            (
                "with both shares in the other order",
                derived(SALT, &[&SECRET, data_key], &[ALGORITHM, kid])?,
            ),
            ("without a salt", derived(b"", &shares, &[ALGORITHM, kid])?),
            (
                "with another salt",
                derived(b"user-events/subject-key/v2", &shares, &[ALGORITHM, kid])?,
            ),
            ("without the kid", derived(SALT, &shares, &[ALGORITHM])?),
            (
                "with the kid of two parts in its key",
                derived(SALT, &shares, &[ALGORITHM, place.as_bytes()])?,
            ),
            (
                "for another algorithm",
                derived(SALT, &shares, &[b"A128GCM\0", kid])?,
            ),
            (
                "without the zero byte",
                derived(SALT, &shares, &[b"A256GCM", kid])?,
            ),
        ] {
            let token = sealed(self.base, &self.kid, &key)?;
            let what = format!("but sealed {what}");
            let rows = Some(json!({ &self.name: self.good() }));
            vectors.push(self.vector(&what, rows, does_not_open(), &token));
        }
        let both = derived(SALT, &shares, &[ALGORITHM, kid])?;
        let rows = Some(json!({ &self.name: self.good() }));
        let token = sealed(self.base, &place, &both)?;
        vectors.push(self.vector(
            "sealed with both shares under a kid of two parts",
            rows,
            does_not_open(),
            &token,
        ));
        for length in [0, 16, 31, 33] {
            let what = format!("and a data key of {length} bytes");
            let mut vector = self.with_row(&what, self.good(), does_not_open());
            let mut key = self.data_key.clone();
            key.resize(length, 0);
            vector["key"] = json!(BASE64_STANDARD.encode(key));
            vectors.push(vector);
        }
        Ok(vectors)
    }
}

fn row(key_id: &str, secret: &[u8]) -> Value {
    json!({ "keyId": { "S": key_id }, "secret": { "B": BASE64_STANDARD.encode(secret) } })
}

fn tombstone() -> Value {
    json!({ "erasedAt": { "S": ERASED_AT }, "subject": { "S": "users/user-1" } })
}

fn refused(reason: &str) -> Value {
    json!({ "refused": reason })
}

fn does_not_open() -> Value {
    refused("does-not-open")
}

fn erased() -> Value {
    json!({ "erased": true })
}

fn missing() -> Value {
    json!({ "retry": "subject-key-missing" })
}

fn swapped(letter: char) -> char {
    if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}

/// The content of the base under this `kid` and key.
fn sealed(base: &Base, kid: &str, key: &[u8]) -> Result<String> {
    let header = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#);
    let content = base.vector["opened"].to_string();
    sealed_under(&header, content.as_bytes(), key, [78; NONCE_BYTES])
}

/// The key of both shares.
pub(crate) fn content_key(data_key: &[u8], secret: &[u8], kid: &str) -> Result<Vec<u8>> {
    derived(SALT, &[data_key, secret], &[ALGORITHM, kid.as_bytes()])
}

/// Computed here once more, by the construction in docs/reading.md.
fn derived(salt: &[u8], shares: &[&[u8]], info: &[&[u8]]) -> Result<Vec<u8>> {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = vec![0; 32];
    Salt::new(HKDF_SHA256, salt)
        .extract(&shares.concat())
        .expand(info, Length)
        .and_then(|derived| derived.fill(&mut key))
        .map_err(|_| anyhow::anyhow!("no key was derived"))?;
    Ok(key)
}
