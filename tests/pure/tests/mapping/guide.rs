//! The examples of `docs/mapping.md` are mappings.

use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, shapes};

use crate::support::root;

/// Around a list of rules.
const FILE: &str = "version: 1\ntables:\n  - table: t\n    keys: { partition: PK, sort: SK }\n    rows:\n";

/// A rule without a member that an example gives.
const RULE: &[(&str, &str)] = &[
    ("when:", "when: { partition: \"USER#{userId}\" }"),
    ("ids:", "ids: { userId: \"{userId}\" }"),
    (
        "attributes:",
        "attributes: { email: email, status: { value: ACTIVE }, createdAt: recorded, updatedAt: recorded }",
    ),
];

#[test]
fn every_example_of_the_guide_is_a_mapping() {
    let page = std::fs::read_to_string(root().join("docs/mapping.md")).unwrap();
    let blocks = page
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let mut examples = 0;
    for block in blocks {
        let file = file(block);
        if let Err(problems) = Mapping::read(&file, &shapes(CATEGORIES)) {
            panic!("{problems}\n{file}");
        }
        examples += 1;
    }
    assert!(examples >= 8, "{examples} examples");
}

/// The example as a whole file: a file, a list of rules, or members of a rule.
fn file(example: &str) -> String {
    if example.starts_with("version:") && example.contains("tables:") {
        return example.to_owned();
    }
    if example.starts_with("- ") {
        return format!("{FILE}{}", indented(example, "      "));
    }
    let starts = |member: &str| example.lines().any(|line| line.starts_with(member));
    let others = RULE.iter().filter(|(member, _)| !starts(member));
    let others: String = others.map(|(_, text)| format!("{text}\n")).collect();
    let rule = indented(&format!("{example}{others}"), "        ");
    format!("{FILE}      - kind: account\n{rule}")
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect()
}

/// A preset, and the edits that one of its comments proposes: each a text of the file and what to write instead.
type Proposal = (&'static str, &'static [(&'static str, &'static str)]);

const PROPOSALS: &[Proposal] = &[
    (
        "authjs",
        &[(
            "status: { value: ACTIVE }",
            "status:\n            - { when: { banned: true }, value: SUSPENDED }\n            - { value: ACTIVE }",
        )],
    ),
    ("better-auth", &[("\"*user\"", "\"*users\"")]),
    (
        "better-auth",
        &[(
            "accountId }\n    keys: { partition: id }",
            "accountId }\n    keys: { partition: providerId, sort: accountId }",
        )],
    ),
    (
        "better-auth",
        &[
            ("keys: { partition: token }", "keys: { partition: id }"),
            ("partition: \"{token+}\"", "partition: \"{sessionId}\""),
            ("secret: true\n", "\n"),
            ("{ digest: \"{token}\" }", "\"{sessionId}\""),
        ],
    ),
    ("aspnet-identity", &[("method: TOTP", "method: SMS")]),
    (
        "single-table",
        &[("userId: \"{userId}\"", "userId: { path: id }")],
    ),
];

#[test]
fn what_a_comment_of_a_preset_proposes_is_a_mapping() {
    for (preset, edits) in PROPOSALS {
        let mut text = std::fs::read_to_string(root().join(format!("mappings/{preset}.yaml"))).unwrap();
        for (from, to) in *edits {
            assert!(text.contains(from), "{preset} does not have {from:?}");
            text = text.replace(from, to);
        }
        if let Err(problems) = Mapping::read(&text, &shapes(CATEGORIES)) {
            panic!("{problems}\n{text}");
        }
    }
}
