//! The bugs of a publisher that does not know how to wait: for a service that is down, or for an answer.

use super::bugs::Bug;

const HANDLER: &str = "shared/aws/src/handler.rs";
const ASKED: &str = "shared/aws/src/asked.rs";
const DRAIN: &str = "shared/aws/src/drain.rs";
const PUBLISHER: &str = "shared/aws/src/publisher.rs";
const LIMITS: &str = "shared/aws/src/limits.rs";
const INVOCATION: &str = "shared/aws/src/invocation.rs";
const LANES: &str = "shared/core/src/publish/lanes.rs";

/// Every such bug.
pub(super) const UNWELL: &[Bug] = &[
    Bug {
        name: "KMS is asked for each key before the first call",
        file: DRAIN,
        changes: &[(
            "            waits.push(Either::Left(ask(publisher, request)));\n        }\n        loop {",
            "            let asked = ask(publisher, request).await;\n            self.woken(asked);\n        }\n        loop {",
        )],
    },
    Bug {
        name: "a refusal of KMS ends the attempt",
        file: ASKED,
        changes: &[("                invocation.lanes.want_again(lock);\n", "")],
    },
    Bug {
        name: "a refusal of SQS ends the attempt",
        file: DRAIN,
        changes: &[(
            "                        self.invocation.lanes.park_again(parking);\n                        Some((until, Woken::ParkAgain))\n",
            "                        drop((parking, until));\n                        None\n",
        )],
    },
    Bug {
        name: "parking takes the slots of publishing",
        file: DRAIN,
        changes: &[
            (
                "if self.publishing >= publisher.config.publish_concurrency {",
                "if self.publishing + self.parking >= publisher.config.publish_concurrency {",
            ),
            (
                "if pausing || self.parking >= self.publisher.config.publish_concurrency {",
                "if pausing || self.publishing + self.parking >= self.publisher.config.publish_concurrency {",
            ),
            (
                "                while let Some(batch) = self.next_batch() {\n",
                "                while let Some(parking) = self.next_parking() {\n                    calls.push(Either::Right(park(publisher, self.records, parking)));\n                }\n                while let Some(batch) = self.next_batch() {\n",
            ),
        ],
    },
    Bug {
        name: "a record above the limit of the parked queue is sent to it",
        file: PUBLISHER,
        changes: &[(
            "if message.len() <= self.config.parked_max_bytes {",
            "if message.len() <= self.config.parked_max_bytes || true {",
        )],
    },
    Bug {
        name: "parked records are forgotten",
        file: HANDLER,
        changes: &[(
            "if !self.config.publication.replay && self.remembered().contains(&identity) {",
            "if !self.config.publication.replay && self.remembered().contains(&identity) && false {",
        )],
    },
    Bug {
        name: "calls under way are cut when the time for calls is over",
        file: LIMITS,
        changes: &[(
            "answer_by: before(margin / ANSWER_SHARE),",
            "answer_by: before(margin),",
        )],
    },
    Bug {
        name: "calls start when the time for calls is over",
        file: DRAIN,
        changes: &[
            (
                "let may_start = Instant::now() < self.limits.start_until;",
                "let may_start = Instant::now() < self.limits.answer_by;",
            ),
            (
                "            let until = if may_start {\n                self.limits.start_until\n",
                "            let until = if may_start {\n                self.limits.answer_by\n",
            ),
        ],
    },
    Bug {
        name: "a record that is twice in a batch is sent twice",
        file: INVOCATION,
        changes: &[(
            "        if first == record {\n",
            "        if first == record || true {\n",
        )],
    },
    Bug {
        name: "an event that was overtaken does not say so",
        file: LANES,
        changes: &[("                entry.event.mark_replayed();\n", "")],
    },
];
