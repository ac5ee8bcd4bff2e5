//! `UserRegisteredEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::{AccountRow, AccountStatus};
use crate::classes::Contact;
use crate::public;

/// A user signed up: the account row was inserted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserRegisteredEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The account's status at registration.
    #[schemars(extend("x-public" = public::STATE))]
    pub status: Choice<AccountStatus>,
    /// Whether the e-mail address is known to be the user's; absent where the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub email_verified: Option<bool>,
    /// How the user signed up, in the User Service's own words, such as `PASSWORD`; absent where it did not
    /// note it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::KIND))]
    pub registration_method: Option<String>,
    /// The user's locale, a BCP 47 language tag such as `en-GB`; absent where there is none. Nobody checked
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub locale: Option<String>,
    /// When the user signed up.
    #[schemars(extend("x-public" = public::TIME))]
    pub registered_at: Time,
    /// How the person can be reached: `email`, and `phoneNumber` where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserRegisteredEventV1 {
    const TYPE: &'static str = "UserRegisteredEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "A row of an account is inserted, whatever its status.",
        not_published: "An account that is there already is written over, whatever changes in it. A row that did not \
             fit when it was inserted is parked, and no later correction of it is a registration.",
        consumers: "Create what you keep of a user, and let it be there already: an event may come twice, and the \
             events of other categories have an order of their own. Write to the address only once \
             `emailVerified` is `true` or `UserEmailVerifiedEventV1` has come, unless it is to have it \
             verified.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.row;
        change.inserted().then(|| Self {
            user_id: row.user_id.clone(),
            status: row.status.into(),
            email_verified: row.email_verified,
            registration_method: row.registration_method.clone(),
            locale: row.locale.clone(),
            registered_at: change.time(Some(row.created_at)),
            contact: Sensitive::new(row.contact()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.registered_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.contact
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        let new = with(
            AccountRow::sample("user-1"),
            json!({ "createdAt": "2026-03-01T12:00:00Z", "updatedAt": "2026-03-01T12:00:00Z" }),
        );
        SampleChange::inserted("accounts", new).recorded_at("2026-03-01T12:00:00Z")
    }
}
