//! Makes the record of a kind of change.

use serde_json::{Value, json};

use super::kinds::{Kind, MAX_MESSAGE_BYTES, PARKED_MAX_BYTES};
use crate::records::Record;
use crate::rows;

/// The one table of all rows: one stream for every category.
pub(super) const TABLE: &str = "users";
/// An hour before the time of every record, in seconds since 1970.
const AN_HOUR_BEFORE: u64 = 1_772_362_800;
/// The one event of every way to delete a user.
const DELETED: &[&str] = &["UserDeletedEventV1"];
/// The events with a sealed class. They are listed here on purpose: the oracle takes nothing from the code under test.
const SEALED: &[&str] = &[
    "UserRegisteredEventV1",
    "UserEmailChangedEventV1",
    "UserEmailVerifiedEventV1",
    "UserPhoneChangedEventV1",
    "UserProfileUpdatedEventV1",
    "UserAddressAddedEventV1",
    "UserLoggedInEventV1",
    "UserLoginFailedEventV1",
];

/// A record of a kind, before it has a place in the stream, and the types of its events.
pub(super) struct Made {
    pub(super) record: Record,
    pub(super) pk: String,
    pub(super) sk: String,
    /// The lane (message group); `None` if the record does not show its subject.
    pub(super) subject: Option<String>,
    pub(super) types: &'static [&'static str],
}

/// Whether events of the type have a sealed class.
pub(super) fn is_sealed(event_type: &str) -> bool {
    SEALED.contains(&event_type)
}

/// What a deletion writes that erases in the same write: no contact data, or a placeholder for the e-mail address.
fn erasure(place: u64) -> Value {
    let email = (place % 2 == 1).then(|| format!("erased-{place}@example.invalid"));
    json!({
        "status": "DELETED", "email": email, "emailVerified": null, "phoneNumber": null, "phoneVerified": null,
        "passwordHash": null, "locale": null,
    })
}

impl Kind {
    /// The record of this kind at a place in the stream.
    pub(super) fn make(self, user: u64, place: u64) -> Made {
        let user = format!("u{user}");
        let account = rows::account(&user);
        let changed =
            |changes: Value| Record::modified(TABLE, &account, &rows::with(account.clone(), changes));
        let inserted = |row: Value| Record::inserted(TABLE, &row);
        let bad = |changes: Value| inserted(rows::with(account.clone(), changes));
        let email = format!("at-{place}@example.com");
        let session = rows::with(rows::session(&user), json!({ "sk": format!("SESSION#s{place}") }));
        let expired_session = || {
            let times = json!({
                "createdAt": "2026-03-01T08:00:00Z", "expiresAt": "2026-03-01T11:00:00Z", "ttl": AN_HOUR_BEFORE,
            });
            rows::with(session.clone(), times)
        };
        let (record, types): (Record, &'static [&'static str]) = match self {
            Self::Registered => (bad(json!({ "email": email })), &["UserRegisteredEventV1"]),
            Self::EmailChanged => (changed(json!({ "email": email })), &["UserEmailChangedEventV1"]),
            Self::VerifiedAndActivated => (
                changed(json!({ "emailVerified": true, "status": "ACTIVE" })),
                &["UserEmailVerifiedEventV1", "UserAccountStatusChangedEventV1"],
            ),
            Self::PhonePasswordAndStatus => (
                changed(json!({
                    "phoneNumber": format!("+1-303-555-{place:04}"), "status": "LOCKED",
                    "passwordChangedAt": "2026-03-01T12:30:00Z",
                })),
                &[
                    "UserPhoneChangedEventV1",
                    "UserPasswordChangedEventV1",
                    "UserAccountStatusChangedEventV1",
                ],
            ),
            Self::ProfileUpdated => {
                let old = rows::profile(&user);
                let new = rows::with(old.clone(), json!({ "displayName": format!("Ada {place}") }));
                (
                    Record::modified(TABLE, &old, &new),
                    &["UserProfileUpdatedEventV1"],
                )
            }
            Self::AddressAdded => (
                inserted(rows::with(
                    rows::address(&user),
                    json!({ "sk": format!("ADDRESS#a{place}") }),
                )),
                &["UserAddressAddedEventV1"],
            ),
            Self::ConsentChanged => (inserted(rows::consent(&user)), &["UserConsentChangedEventV1"]),
            Self::LoggedIn => (inserted(session), &["UserLoggedInEventV1"]),
            Self::LoginFailed => (
                inserted(rows::with(
                    rows::attempt(&format!("UNKNOWN#{place}")),
                    json!({ "sk": format!("ATTEMPT#t{place}") }),
                )),
                &["UserLoginFailedEventV1"],
            ),
            Self::KnownLoginFailed => (
                inserted(rows::with(
                    rows::attempt(&format!("USER#{user}")),
                    json!({ "sk": format!("ATTEMPT#t{place}") }),
                )),
                &["UserLoginFailedEventV1"],
            ),
            Self::SessionRevoked => {
                let end = json!({ "endReason": "REVOKED_BY_ADMIN", "endedAt": "2026-03-01T11:59:59Z" });
                (
                    Record::modified(TABLE, &session, &rows::with(session.clone(), end)),
                    &["UserSessionRevokedEventV1"],
                )
            }
            Self::LoggedOut => (Record::removed(TABLE, &session), &["UserLoggedOutEventV1"]),
            Self::SessionExpired => (
                Record::expired(TABLE, &expired_session()),
                &["UserSessionExpiredEventV1"],
            ),
            Self::SessionExpiredElsewhere => (
                Record::removed(TABLE, &expired_session()),
                &["UserSessionExpiredEventV1"],
            ),
            Self::EndedSessionRemoved => {
                let end = json!({ "endReason": "LOGOUT", "endedAt": "2026-03-01T11:59:59Z" });
                (Record::removed(TABLE, &rows::with(session, end)), &[])
            }
            Self::EndedAgain => {
                let revoked = json!({ "endReason": "REVOKED_BY_ADMIN", "endedAt": "2026-03-01T11:59:59Z" });
                let old = rows::with(session, revoked);
                let new = rows::with(old.clone(), json!({ "endReason": "LOGOUT" }));
                (Record::modified(TABLE, &old, &new), &[])
            }
            Self::RoleUnassigned => (
                Record::removed(TABLE, &rows::assignment(&user)),
                &["RoleUnassignedFromUserEventV1"],
            ),
            Self::AddressDeleted => {
                let address = rows::with(rows::address(&user), json!({ "sk": format!("ADDRESS#a{place}") }));
                (Record::removed(TABLE, &address), &["UserAddressDeletedEventV1"])
            }
            Self::SoftDeleted => (changed(json!({ "status": "DELETED" })), DELETED),
            Self::Erased => (changed(erasure(place)), DELETED),
            Self::AccountRemoved => (Record::removed(TABLE, &account), DELETED),
            Self::AccountExpired => (
                Record::expired(TABLE, &rows::with(account, json!({ "ttl": AN_HOUR_BEFORE }))),
                DELETED,
            ),
            Self::Purged => {
                let erased = rows::with(
                    rows::with(account, erasure(place)),
                    json!({ "ttl": AN_HOUR_BEFORE }),
                );
                (Record::expired(TABLE, &erased), &[])
            }
            Self::FactorEnabled => (inserted(rows::mfa(&user)), &["MfaStatusChangedEventV1"]),
            Self::RoleAssigned => (inserted(rows::assignment(&user)), &["RoleAssignedToUserEventV1"]),
            Self::RoleUpdated => {
                let old = rows::role(&user);
                let new = rows::with(old.clone(), json!({ "description": format!("number {place}") }));
                (Record::modified(TABLE, &old, &new), &["RoleUpdatedEventV1"])
            }
            Self::Bookkeeping => (
                changed(json!({ "updatedAt": "2026-03-01T12:30:00Z", "version": place })),
                &[],
            ),
            Self::Guard => (
                inserted(json!({ "pk": format!("EMAIL#{place}"), "sk": "GUARD" })),
                &[],
            ),
            Self::UnknownAttributeType => (
                bad(json!({})).with("/dynamodb/NewImage/email", json!({ "X": "?" })),
                &[],
            ),
            Self::MissingAttribute => (bad(json!({ "email": null })), &[]),
            Self::WrongAttributeType => (bad(json!({ "emailVerified": "yes" })), &[]),
            Self::BinaryAttribute => (
                bad(json!({})).with("/dynamodb/NewImage/email", json!({ "B": "AAAA" })),
                &[],
            ),
            Self::UnknownValue => (bad(json!({ "status": "?".repeat(129) })), &[]),
            Self::ImplausibleTime => (
                bad(json!({})).with("/dynamodb/ApproximateCreationDateTime", json!(0)),
                &[],
            ),
            Self::WrongViewType => (
                bad(json!({})).with("/dynamodb/StreamViewType", json!("NEW_IMAGE")),
                &[],
            ),
            Self::TooLarge => (bad(json!({ "email": "x".repeat(MAX_MESSAGE_BYTES) })), &[]),
            Self::UnknownEventName => (bad(json!({})).with("/eventName", json!("UPSERT")), &[]),
            Self::UnreadableKeys => (bad(json!({})).with("/dynamodb/Keys/pk", json!({ "N": "1" })), &[]),
            Self::Oversized => {
                // Escaped, each character takes two bytes, and both images have them.
                let large = rows::with(account, json!({ "notes": "\"".repeat(PARKED_MAX_BYTES / 3) }));
                let wrong = json!({ "emailVerified": "yes", "version": place });
                (
                    Record::modified(TABLE, &large, &rows::with(large.clone(), wrong)),
                    &[],
                )
            }
            Self::NoRecord => (Record::from_json(json!({ "odd": place })), &[]),
        };
        let key = |name: &str| {
            let key = record.json().pointer(&format!("/dynamodb/Keys/{name}/S"));
            key.and_then(Value::as_str).unwrap_or("?").to_owned()
        };
        let (pk, sk) = (key("pk"), key("sk"));
        let subject = match self {
            Self::UnreadableKeys | Self::NoRecord | Self::Guard => None,
            Self::LoginFailed | Self::KnownLoginFailed => Some(format!("attempts/t{place}")),
            Self::RoleUpdated => Some(format!("roles/{user}")),
            _ => Some(format!("users/{user}")),
        };
        Made {
            record,
            pk,
            sk,
            subject,
            types,
        }
    }
}
