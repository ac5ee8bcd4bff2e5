//! Makes the record of a kind of change.

use serde_json::{Value, json};

use super::kinds::{Kind, TABLE, UNKNOWN_STATUS};
use super::poison::poison;
use crate::records::Record;
use crate::rows;

/// An hour before the time of every record, in seconds since 1970.
const AN_HOUR_BEFORE: u64 = 1_772_362_800;
/// The one event of every way to delete a user.
const DELETED: &[&str] = &["UserDeletedEventV1"];
/// A record of a kind, before it has a place in the stream, and the types of its events.
pub(super) struct Made {
    pub(super) record: Record,
    pub(super) pk: String,
    pub(super) sk: String,
    /// The lane (message group); `None` if the record does not show its subject.
    pub(super) subject: Option<String>,
    pub(super) types: &'static [&'static str],
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
        let modified =
            |old: &Value, changes: Value| Record::modified(TABLE, old, &rows::with(old.clone(), changes));
        let changed = |changes: Value| modified(&account, changes);
        let changed_from = |earlier: Value, changes: Value| {
            let old = rows::with(account.clone(), earlier);
            Record::modified(TABLE, &old, &rows::with(account.clone(), changes))
        };
        let inserted = |row: Value| Record::inserted(TABLE, &row);
        let email = format!("at-{place}@example.com");
        // Every other record of a kind has the other form of the change.
        let odd = place % 2 == 1;
        let not_true = if odd { Value::Null } else { json!(false) };
        let session = rows::with(rows::session(&user), json!({ "sk": format!("SESSION#s{place}") }));
        let expired_session = || {
            let times = json!({
                "createdAt": "2026-03-01T08:00:00Z", "expiresAt": "2026-03-01T11:00:00Z", "ttl": AN_HOUR_BEFORE,
            });
            rows::with(session.clone(), times)
        };
        let end = |reason: &str| json!({ "endReason": reason, "endedAt": "2026-03-01T11:59:59Z" });
        let (record, types): (Record, &'static [&'static str]) = match self {
            Self::Registered => (
                inserted(rows::with(account, json!({ "email": email }))),
                &["UserRegisteredEventV1"],
            ),
            Self::EmailChanged => (changed(json!({ "email": email })), &["UserEmailChangedEventV1"]),
            Self::VerifiedAndActivated => (
                changed(json!({ "emailVerified": true, "status": "ACTIVE" })),
                &["UserEmailVerifiedEventV1", "UserAccountStatusChangedEventV1"],
            ),
            Self::EmailVerificationWithdrawn => (
                changed_from(
                    json!({ "emailVerified": true }),
                    json!({ "emailVerified": not_true }),
                ),
                &["UserEmailVerificationWithdrawnEventV1"],
            ),
            Self::PhoneVerificationWithdrawn => (
                changed_from(
                    json!({ "phoneVerified": true }),
                    json!({ "phoneVerified": not_true }),
                ),
                &["UserPhoneVerificationWithdrawnEventV1"],
            ),
            Self::LocaleChanged => {
                let locale = (!odd).then_some("de-DE");
                (
                    changed(json!({ "locale": locale })),
                    &["UserLocaleChangedEventV1"],
                )
            }
            Self::UnknownValue => (
                changed(json!({ "status": UNKNOWN_STATUS })),
                &["UserAccountStatusChangedEventV1"],
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
                let name = json!({ "displayName": format!("Ada {place}") });
                (
                    modified(&rows::profile(&user), name),
                    &["UserProfileUpdatedEventV1"],
                )
            }
            Self::ProfileDeleted => {
                let whole = rows::profile(&user);
                let erased = json!({ "pk": whole["pk"], "sk": whole["sk"], "updatedAt": 0 });
                (
                    Record::removed(TABLE, if odd { &erased } else { &whole }),
                    &["UserProfileDeletedEventV1"],
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
            Self::SessionExtended => (
                modified(&session, json!({ "expiresAt": "2026-03-01T21:00:00Z" })),
                &["UserSessionExtendedEventV1"],
            ),
            Self::SessionRevoked => (
                modified(&session, end("REVOKED_BY_ADMIN")),
                &["UserSessionRevokedEventV1"],
            ),
            Self::LoggedOut => (Record::removed(TABLE, &session), &["UserLoggedOutEventV1"]),
            Self::SessionExpired => (
                Record::expired(TABLE, &expired_session()),
                &["UserSessionExpiredEventV1"],
            ),
            Self::SessionExpiredElsewhere => (
                Record::removed(TABLE, &expired_session()),
                &["UserSessionExpiredEventV1"],
            ),
            Self::EndedSessionRemoved => (Record::removed(TABLE, &rows::with(session, end("LOGOUT"))), &[]),
            Self::EndedAgain => {
                let revoked = rows::with(session, end("REVOKED_BY_ADMIN"));
                (modified(&revoked, end("LOGOUT")), &[])
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
            Self::Restored => (
                changed_from(
                    erasure(place),
                    json!({ "status": "ACTIVE", "email": email, "emailVerified": true, "phoneVerified": true }),
                ),
                &["UserRestoredEventV1"],
            ),
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
                let description = json!({ "description": format!("number {place}") });
                (modified(&rows::role(&user), description), &["RoleUpdatedEventV1"])
            }
            Self::Bookkeeping => (
                changed(json!({ "updatedAt": "2026-03-01T12:30:00Z", "version": place })),
                &[],
            ),
            Self::Guard => (
                inserted(json!({ "pk": format!("EMAIL#{place}"), "sk": "GUARD" })),
                &[],
            ),
            Self::UnknownAttributeType
            | Self::MissingAttribute
            | Self::WrongAttributeType
            | Self::BinaryAttribute
            | Self::OverlongValue
            | Self::ImplausibleTime
            | Self::WrongViewType
            | Self::TooLarge
            | Self::UnknownEventName
            | Self::UnreadableKeys
            | Self::NoRecord
            | Self::Oversized => (poison(self, account, place), &[]),
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
