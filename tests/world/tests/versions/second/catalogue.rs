//! A catalog for the tests, one release later: the first version of an event has a sunset, and the second is published
//! beside it.
//!
//! The real catalog has no second version: no schema was released, so first versions may still change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_catalog::account::UserEmailChangedEventV1;
use user_events_catalog::profile::{ConsentRow, UserConsentChangedEventV1};
use user_events_consumer::Upcast;
use user_events_core::{
    Category, Choice, Event, Guide, Registration, RowChange, SampleChange, Seal, Subject, Sunset, Time,
};

pub(super) const CATEGORIES: &[&Category] = &[&ACCOUNT, &PROFILE];

static ACCOUNT: Category = Category {
    name: "account",
    table: "accounts",
    description: "Accounts, with an event that holds a class and has a sunset.",
    events: &[Registration::new::<EmailChangedV1>()],
};
static PROFILE: Category = Category {
    name: "profile",
    table: "profiles",
    description: "Consents in two versions.",
    events: &[
        Registration::new::<ConsentChangedV1>(),
        Registration::new::<UserConsentChangedEventV2>(),
    ],
};

/// Gives an event of the catalog a sunset, and changes nothing else.
macro_rules! with_sunset {
    ($name:ident, $event:ident, $sunset:expr) => {
        #[derive(Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub(super) struct $name(pub(super) $event);

        impl Event for $name {
            const TYPE: &'static str = $event::TYPE;
            type Row = <$event as Event>::Row;
            const GUIDE: Guide = $event::GUIDE;
            const SUNSET: Option<Sunset> = Some($sunset);

            fn derive(change: &RowChange<'_, Self::Row>) -> Option<Self> {
                $event::derive(change).map(Self)
            }

            fn subject(&self) -> Subject<'_> {
                self.0.subject()
            }

            fn time(&self) -> Time {
                self.0.time()
            }

            fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
                self.0.sensitive()
            }

            fn sample_change() -> SampleChange {
                $event::sample_change()
            }
        }
    };
}

with_sunset!(
    ConsentChangedV1,
    UserConsentChangedEventV1,
    Sunset {
        date: "2027-06-30",
        successor: "UserConsentChangedEventV2",
    }
);
with_sunset!(
    EmailChangedV1,
    UserEmailChangedEventV1,
    Sunset {
        date: "2027-12-31",
        successor: "UserEmailChangedEventV2",
    }
);

/// The user decided about a consent. Instead of one flag, it distinguishes a first consent, a consent to another
/// version of the policy, a withdrawal, and a consent that ended because its record was removed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserConsentChangedEventV2 {
    /// The user.
    pub(super) user_id: String,
    /// What the consent is for.
    pub(super) purpose: String,
    /// What was decided.
    pub(super) decision: Choice<Decision>,
    /// The version of the policy that was decided on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy_version: Option<String>,
    /// The version of the policy that was decided on before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_policy_version: Option<String>,
    /// When it was decided.
    pub(super) changed_at: Time,
}

/// What a user decided about a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Decision {
    /// It is given, and was not before.
    Given,
    /// It was given before, and is given to another version of the policy.
    Renewed,
    /// It is not given.
    Refused,
    /// It was given, and is no longer.
    Withdrawn,
    /// Its record was removed.
    Erased,
}

impl Event for UserConsentChangedEventV2 {
    const TYPE: &'static str = "UserConsentChangedEventV2";
    type Row = ConsentRow;
    const GUIDE: Guide = UserConsentChangedEventV1::GUIDE;

    fn derive(change: &RowChange<'_, ConsentRow>) -> Option<Self> {
        // The same changes become events, with more detail.
        let first = UserConsentChangedEventV1::derive(change)?;
        let decision = match (first.granted, change.modified()) {
            _ if change.removed().is_some() => Decision::Erased,
            (true, Some(_)) if !change.differs("granted") => Decision::Renewed,
            (true, _) => Decision::Given,
            (false, Some(_)) if change.differs("granted") => Decision::Withdrawn,
            (false, _) => Decision::Refused,
        };
        Some(Self {
            user_id: first.user_id,
            purpose: first.purpose,
            decision: decision.into(),
            policy_version: first.policy_version,
            previous_policy_version: change
                .modified()
                .and_then(|change| change.old.text("policyVersion"))
                .map(str::to_owned),
            changed_at: first.changed_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.changed_at
    }

    fn sample_change() -> SampleChange {
        UserConsentChangedEventV1::sample_change()
    }
}

impl Upcast<ConsentChangedV1> for UserConsentChangedEventV2 {
    /// The first version does not distinguish a renewal from a first consent, nor a withdrawal from the other ends.
    /// Each becomes the value that obliges a reader to the least.
    fn upcast(ConsentChangedV1(first): ConsentChangedV1) -> Self {
        let decision = if first.granted {
            Decision::Given
        } else {
            Decision::Withdrawn
        };
        Self {
            user_id: first.user_id,
            purpose: first.purpose,
            decision: decision.into(),
            policy_version: first.policy_version,
            previous_policy_version: None,
            changed_at: first.changed_at,
        }
    }
}
