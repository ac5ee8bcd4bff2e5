//! The expected outcome of every record of a scenario.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::history::{Expected, Truth};
use super::kinds::TABLE;
use super::making::Made;
use super::scenario::{Planned, Scenario, Verdict};
use crate::random::{mix, number_of};

/// The namespace of event ids (RFC 9562, section 5.5). It is repeated here on purpose: ids are part of the contract.
const EVENT_ID_NAMESPACE: Uuid = Uuid::from_u128(0xa62167451fb4520a8c77c6ff53b640c1);
/// The events with a sealed class. They are listed here on purpose: the oracle takes nothing from the code under test.
const SEALED: &[&str] = &[
    "UserRegisteredEventV1",
    "UserEmailChangedEventV1",
    "UserEmailVerifiedEventV1",
    "UserEmailVerificationWithdrawnEventV1",
    "UserPhoneVerificationWithdrawnEventV1",
    "UserRestoredEventV1",
    "UserPhoneChangedEventV1",
    "UserProfileUpdatedEventV1",
    "UserAddressAddedEventV1",
    "UserLoggedInEventV1",
    "UserLoginFailedEventV1",
];

impl Scenario {
    /// The events that the topic always refuses, by event id.
    pub fn verdicts(&self) -> BTreeMap<String, Verdict> {
        let of_record = |planned: &Planned| {
            let verdict = planned.verdict?;
            let events = truth(planned, self).0.events;
            // The last event of the record: those before it were published already.
            events.last().map(|event| (event.id.clone(), verdict))
        };
        self.records.iter().filter_map(of_record).collect()
    }

    /// The records as the stream delivers them, each with the number of its reader. A scenario has as many readers as
    /// shards times `ParallelizationFactor`.
    pub fn stream(&self) -> Vec<(Truth, usize)> {
        self.records.iter().map(|planned| truth(planned, self)).collect()
    }
}

fn truth(planned: &Planned, scenario: &Scenario) -> (Truth, usize) {
    let Made {
        record,
        pk,
        sk,
        subject,
        types,
    } = planned.kind.make(planned.user, planned.place);
    // Numbers of 21 to 38 digits that get one digit longer in the middle of the run.
    let digits = 21 + u32::try_from(scenario.seed % 17).unwrap_or_default();
    let middle = scenario.size as u128 / 2 * 100;
    let sequence_number =
        (10_u128.pow(digits) - middle + u128::from(planned.place) * 100 + u128::from(planned.user % 100))
            .to_string();
    let event_id = format!("{:032x}", mix(&[scenario.seed, planned.place]));
    let record = record
        .with("/dynamodb/SequenceNumber", json!(sequence_number))
        .with("/eventID", json!(event_id));
    let shard = number_of(&pk) % scenario.shards as u64;
    let factor = scenario.mapping.parallelization_factor as u64;
    let part = number_of(&format!("{pk}|{sk}")) % factor;
    let event = |event_type: &&'static str| Expected {
        id: Uuid::new_v5(
            &EVENT_ID_NAMESPACE,
            format!("{TABLE}/{event_id}/{event_type}").as_bytes(),
        )
        .to_string(),
        event_type,
        sealed: is_sealed(event_type),
    };
    let truth = Truth {
        raw: record.json().to_string(),
        sequence_number,
        arrival: planned.arrival,
        about: format!("{:?} of u{}", planned.kind, planned.user),
        group: subject.clone(),
        lane: subject.map(|subject| match factor {
            1 => subject,
            _ => format!("{subject} {sk}"),
        }),
        events: types.iter().map(event).collect(),
        parks: planned.verdict.is_some() || planned.kind.is_poison(),
    };
    (truth, usize::try_from(shard * factor + part).unwrap_or_default())
}

/// Whether events of the type have a sealed class.
fn is_sealed(event_type: &str) -> bool {
    SEALED.contains(&event_type)
}
