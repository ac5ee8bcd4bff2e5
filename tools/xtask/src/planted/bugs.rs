//! The bugs: mistakes in public handlers for this job, and likely mistakes in this one.

/// A bug to plant.
pub(crate) struct Bug {
    /// The wrong behaviour, in words.
    pub(crate) name: &'static str,
    /// The file to change.
    pub(crate) file: &'static str,
    /// The original text and its replacement.
    pub(crate) changes: &'static [(&'static str, &'static str)],
}

const HANDLER: &str = "shared/aws/src/handler.rs";
const DRAIN: &str = "shared/aws/src/drain.rs";
const LIMITS: &str = "shared/aws/src/limits.rs";
const TOPIC: &str = "shared/aws/src/topic.rs";
const INVOCATION: &str = "shared/aws/src/invocation.rs";
const LANE: &str = "shared/core/src/publish/lane.rs";
const LANES: &str = "shared/core/src/publish/lanes.rs";
const SETTLE: &str = "shared/core/src/publish/settle.rs";
const ENVELOPE: &str = "shared/core/src/envelope/envelope.rs";

/// Every bug.
pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "the answer's `Failed` is ignored",
        file: TOPIC,
        changes: &[(
            "        id if refused.contains(id) => Outcome::Rejected,\n",
            "        id if answer.failed().iter().any(|entry| entry.id() == id) => Outcome::Accepted,\n",
        )],
    },
    Bug {
        name: "silence about an entry is taken for acceptance",
        file: TOPIC,
        changes: &[(
            "        _ => Outcome::Retryable,\n    };",
            "        id if answer.failed().iter().any(|entry| entry.id() == id) => Outcome::Retryable,\n        _ => Outcome::Accepted,\n    };",
        )],
    },
    Bug {
        name: "a broken connection is taken for acceptance",
        file: TOPIC,
        changes: &[(
            "    } else {\n        Outcome::Retryable\n",
            "    } else {\n        Outcome::Accepted\n",
        )],
    },
    Bug {
        name: "every refused entry is the sender's fault",
        file: TOPIC,
        changes: &[(
            "if failure.sender_fault() {",
            "if failure.sender_fault() || true {",
        )],
    },
    Bug {
        name: "no refused entry is the sender's fault",
        file: TOPIC,
        changes: &[(
            "if failure.sender_fault() {",
            "if failure.sender_fault() && false {",
        )],
    },
    Bug {
        name: "the last unsettled record is reported",
        file: SETTLE,
        changes: &[(
            "|lowest| is_lower(&number, lowest)",
            "|lowest| is_lower(lowest, &number)",
        )],
    },
    Bug {
        name: "sequence numbers are compared as text",
        file: SETTLE,
        changes: &[("(a.len(), a) < (b.len(), b)", "a < b")],
    },
    Bug {
        name: "no unsettled record is reported",
        file: INVOCATION,
        changes: &[(
            "settlement.first_unsettled(sequence_number)?)",
            "settlement.first_unsettled(sequence_number)?.filter(|_| false))",
        )],
    },
    Bug {
        name: "a record is settled by its first event",
        file: SETTLE,
        changes: &[("*open = open.saturating_sub(1);", "*open = 0;")],
    },
    Bug {
        name: "a lane goes on past an event that must be sent again",
        file: LANE,
        changes: &[(
            "self.steps.front().filter(|_| self.under_way == 0)",
            "self.steps.front()",
        )],
    },
    Bug {
        name: "two of a user in a call without lane batching",
        file: LANES,
        changes: &[(
            "self.lane_batching && self.lanes[lane].len() >= MAX_ENTRIES",
            "self.lanes[lane].len() >= 2",
        )],
    },
    Bug {
        name: "a call refused as a whole parks everybody in it",
        file: LANES,
        changes: &[(
            "Outcome::Suspect if !entry.alone =>",
            "Outcome::Suspect if false =>",
        )],
    },
    Bug {
        name: "a parking that failed is taken for done",
        file: DRAIN,
        changes: &[(
            "                    Err(ParkingFailed) => {\n",
            "                    Err(ParkingFailed) => {\n                        self.invocation.parked(&parking, Place::Queue);\n                        if true {\n                            return None;\n                        }\n",
        )],
    },
    Bug {
        name: "a poison record is neither parked nor settled",
        file: INVOCATION,
        changes: &[(
            "self.lanes.push(&lane, record, Step::Park { error, attempts: 0 });",
            "drop((lane, error));",
        )],
    },
    Bug {
        name: "a lane does not wait for a record without a data key",
        file: LANE,
        changes: &[(
            "                Err(NotSealed::KeyMissing(envelope, lock)) => (Step::Seal(envelope), Front::Locked(lock)),\n",
            "                Err(NotSealed::KeyMissing(envelope, lock)) if turn == usize::MAX => (Step::Seal(envelope), Front::Locked(lock)),\n                Err(NotSealed::KeyMissing(envelope, _)) => {\n                    let (turn, step) = (usize::MAX, Step::Seal(envelope));\n                    self.insert(Waiting { turn, record, step });\n                    return Front::Other;\n                }\n",
        )],
    },
    Bug {
        name: "accepted ids are forgotten",
        file: HANDLER,
        changes: &[(
            "if self.remembered().contains(&envelope.uuid()) {",
            "if self.remembered().contains(&envelope.uuid()) && false {",
        )],
    },
    Bug {
        name: "event ids are random",
        file: ENVELOPE,
        changes: &[(
            "Uuid::new_v5(&EVENT_ID_NAMESPACE, name.as_bytes())",
            "Uuid::new_v5(&EVENT_ID_NAMESPACE, &crate::sealing::seal::random_nonce().unwrap_or_default())",
        )],
    },
    Bug {
        name: "the deadline is ignored",
        file: LIMITS,
        changes: &[
            (
                "start_until: before(margin),",
                "start_until: deadline + Duration::from_secs(3_600),",
            ),
            (
                "answer_by: before(margin / ANSWER_SHARE),",
                "answer_by: deadline + Duration::from_secs(3_600),",
            ),
        ],
    },
    Bug {
        name: "only the first event of a change is published",
        file: HANDLER,
        changes: &[(
            "for envelope in envelopes {",
            "for envelope in envelopes.take(1) {",
        )],
    },
];
