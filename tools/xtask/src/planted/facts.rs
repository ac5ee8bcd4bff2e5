//! The bugs of a catalogue with wrong facts: of rows that are erased, expire elsewhere, end twice or come back, and of
//! values that it does not list.

use super::bugs::Bug;

/// Every such bug.
pub(super) const FACTS: &[Bug] = &[
    Bug {
        name: "a row that is erased with its status must still be whole",
        file: "shared/catalog/src/account/rows.rs",
        changes: &[(
            "if status == AccountStatus::Deleted {",
            "if status == AccountStatus::Deleted && row.readable_time(\"no such attribute\").is_some() {",
        )],
    },
    Bug {
        name: "a replicated expiry is a log-out",
        file: "shared/core/src/stream/decode.rs",
        changes: &[(
            "*by_ttl || time_had_come(old.get(\"ttl\"), old, origin.recorded)",
            "*by_ttl || time_had_come(old.get(\"ttl\"), old, origin.recorded) && false",
        )],
    },
    Bug {
        name: "a failed log-in waits in the lane of its user",
        file: "shared/catalog/src/authentication/user_login_failed.rs",
        changes: &[(
            "        Subject::Attempt(&self.attempt_id)\n    }\n\n    fn time",
            "        self.subject()\n    }\n\n    fn time",
        )],
    },
    Bug {
        name: "a session ends a second time",
        file: "shared/catalog/src/authentication/rows.rs",
        changes: &[(
            "row.end_reason.is_some() && old.get(\"endReason\").is_none()",
            "row.end_reason.is_some() && change.differs(\"endReason\") && (true || old.get(\"endReason\").is_none())",
        )],
    },
    Bug {
        name: "a restored user's e-mail address is news of its own",
        file: "shared/catalog/src/account/user_email_changed.rs",
        changes: &[(" && !is_restored(change)", " && (true || !is_restored(change))")],
    },
    Bug {
        name: "a value that the catalogue does not list is poison",
        file: "shared/core/src/stream/choice.rs",
        changes: &[(
            "(short && is_plain_text(text))",
            "(short && is_plain_text(text) && false)",
        )],
    },
    Bug {
        name: "a profile that was erased before it is removed is poison",
        file: "shared/catalog/src/profile/rows.rs",
        changes: &[(
            "        let user_id = row.pk_id()?;\n        Ok(Some(RemovedProfile { user_id }))",
            "        let user_id = row.pk_id()?;\n        drop(row.required_time(\"updatedAt\")?);\n        Ok(Some(RemovedProfile { user_id }))",
        )],
    },
];
