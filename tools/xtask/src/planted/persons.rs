//! The bugs of a publisher with persons' keys. The simulator runs with such keys for each of them.

use super::bugs::Bug;

const DRAIN: &str = "shared/aws/src/drain.rs";
const PUBLISHER: &str = "shared/aws/src/publisher.rs";
const SUBJECT_KEYS: &str = "shared/aws/src/subject_keys.rs";

/// Every such bug.
pub(super) const PERSONS: &[Bug] = &[
    Bug {
        name: "the loser of a race uses its own key",
        file: SUBJECT_KEYS,
        changes: &[(
            "                self.keep(subject, row, asked);\n                true\n",
            "                drop(row);\n                self.keep(subject, SubjectRow::Key(key.into()), asked);\n                true\n",
        )],
    },
    Bug {
        name: "a creation without an answer is taken for one",
        file: SUBJECT_KEYS,
        changes: &[(
            "            Err(TableFailed) => false,\n        }\n    }\n\n    /// Makes a request",
            "            Err(TableFailed) => {\n                self.keep(subject, SubjectRow::Key(key.into()), asked);\n                true\n            }\n        }\n    }\n\n    /// Makes a request",
        )],
    },
    Bug {
        name: "a person's key is used for ever",
        file: SUBJECT_KEYS,
        changes: &[(
            "const MAX_AGE: Duration = Duration::from_secs(300);",
            "const MAX_AGE: Duration = Duration::from_secs(300_000);",
        )],
    },
    Bug {
        name: "an erased person's classes are sealed with the data key alone",
        file: PUBLISHER,
        changes: &[("                    envelope.erase();\n", "")],
    },
    Bug {
        name: "all events wait for the persons' keys of some",
        file: DRAIN,
        changes: &[(
            "            waits.push(Either::Left(ask(publisher, request)));\n        }\n        loop {",
            "            let asked = ask(publisher, request).await;\n            self.woken(asked);\n        }\n        loop {",
        )],
    },
];
