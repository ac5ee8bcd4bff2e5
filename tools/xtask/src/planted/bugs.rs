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
const TOPIC: &str = "shared/aws/src/topic.rs";
const INVOCATION: &str = "shared/aws/src/invocation.rs";
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
        changes: &[("if sender_fault {", "if sender_fault || true {")],
    },
    Bug {
        name: "no refused entry is the sender's fault",
        file: TOPIC,
        changes: &[("if sender_fault {", "if sender_fault && false {")],
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
        file: LANES,
        changes: &[(
            "Outcome::Retryable => return Some(entry),",
            "Outcome::Retryable => {\n                self.offer(lane);\n                return Some(entry);\n            }",
        )],
    },
    Bug {
        name: "every record has a lane of its own: two of a user in a call",
        file: LANES,
        changes: &[(
            "self.by_name.entry(lane.to_owned())",
            "self.by_name.entry(format!(\"{lane} {record}\"))",
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
        file: INVOCATION,
        changes: &[(
            "        if result.is_ok() {\n            self.report.parked += 1;",
            "        if result.is_ok() || true {\n            self.report.parked += 1;",
        )],
    },
    Bug {
        name: "a poison record is neither parked nor settled",
        file: HANDLER,
        changes: &[(
            "Err(error) => invocation.set_aside(place, raw, error),",
            "Err(_) => {}",
        )],
    },
    Bug {
        name: "a lane does not wait for a record without a data key",
        file: INVOCATION,
        changes: &[(
            "Disposition::Retry => Step::Hold,",
            "Disposition::Retry => return,",
        )],
    },
    Bug {
        name: "accepted ids are forgotten",
        file: HANDLER,
        changes: &[(
            "if self.remembered().contains(envelope.id()) {",
            "if self.remembered().contains(envelope.id()) && false {",
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
        file: HANDLER,
        changes: &[(
            "timeout_at(deadline, ",
            "timeout_at(deadline + Duration::from_secs(3_600), ",
        )],
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
