//! What the doctor finds, and that it never shows a value.

use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, Time, shapes};
use user_events_local::console::Written;

use super::findings::examine;
use super::*;
use crate::map::source::{Sample, TableFacts, split};

const MAPPING: &str = r#"
version: 1
tables:
  - table: sessions
    keys: { partition: pk, sort: sk }
    ttl: expires
    rows:
      - kind: account
        when: { partition: "USER#{userId}", sort: MAIN }
        ids: { userId: "{userId}" }
        attributes: { email: mail, status: { value: ACTIVE }, createdAt: { epochSeconds: born }, updatedAt: recorded }
      - kind: session
        when: { partition: "SESSION#{sessionId}" }
        ids: { userId: { path: owner }, sessionId: "{sessionId}" }
        attributes: { loginMethod: { value: PASSWORD }, createdAt: recorded, expiresAt: { epochSeconds: expires } }
      - kind: second-factor
        name: factors
        when: { partition: "FACTOR#{id}" }
        ids: { userId: { digest: { path: owner } }, method: TOTP }
        attributes: { enabled: { value: true }, updatedAt: recorded }
      - kind: role
        when: { partition: "ROLE#{roleId}" }
        ids: { roleId: "{roleId}" }
        attributes: { name: name, createdAt: recorded, updatedAt: recorded }
"#;

const ITEMS: &str = r#"
{"pk":"USER#canary1","sk":"MAIN","mail":"canary@example.com","born":1772366400}
{"pk":"USER#canary2","sk":"MAIN","mail":"canary@example.com","born":"canary yesterday"}
{"pk":"USER#canary@example.com","sk":"MAIN","mail":"canary@example.com","born":1772366400}
{"pk":"SESSION#canaryc3ludGhldGljIHRva2VuMQ","sk":"x","owner":"canary1","expires":1900000000}
{"pk":"SESSION#canary-2","sk":"x","owner":"canary1","expires":1900000000}
{"pk":"SESSION#canary-2","sk":"y","owner":"canary1","expires":1900000000}
{"pk":"FACTOR#1","sk":"x","owner":"canary@example.com"}
{"pk":"ORDER#canary1","sk":"LINE#1"}
{"pk":"ORDER#canary2","sk":"LINE#1"}"#;

fn found(items: &str, table: Option<TableFacts>) -> (Findings, String) {
    let mapping = Mapping::read(MAPPING, &shapes(CATEGORIES)).unwrap();
    let entry = mapping_file::table(&mapping, None).unwrap();
    let sample = Sample {
        items: split(items).unwrap(),
        table,
    };
    let recorded = Time::parse("2026-03-01T12:00:00Z").unwrap();
    let findings = examine(&mapping, entry, "sessions", &sample, recorded).unwrap();
    let out = Written::default();
    readable(&findings, &Console::writing_to(out.clone()));
    let text = out.text() + &as_json(&findings);
    (findings, text)
}

fn problem<'f>(findings: &'f Findings, part: &str) -> &'f (String, Option<usize>) {
    let found = findings.problems.iter().find(|(what, _)| what.contains(part));
    found.unwrap_or_else(|| panic!("{part} is not in {:?}", findings.problems))
}

#[test]
fn items_are_counted_by_rule_and_those_without_one_by_shape() {
    let (findings, _) = found(ITEMS, None);
    let counts: Vec<_> = findings
        .rules
        .iter()
        .map(|rule| (rule.rule.as_str(), rule.items, rule.rows))
        .collect();
    assert_eq!(
        counts,
        [
            ("account", 3, 3),
            ("session", 3, 3),
            ("factors", 1, 1),
            ("role", 0, 0)
        ]
    );
    assert_eq!(findings.unmatched, [("ORDER#…, LINE#…".to_owned(), 2)].into());
    assert!(
        findings
            .notes
            .iter()
            .any(|note| note.contains("rule `role` matches no item"))
    );
}

#[test]
fn what_would_be_parked_is_counted_with_rule_and_attribute() {
    let (findings, _) = found(ITEMS, None);
    let (what, count) = problem(&findings, "would be parked");
    assert!(what.contains("`account`") && what.contains("`born`"), "{what}");
    assert_eq!(*count, Some(1));
}

#[test]
fn addresses_and_tokens_in_identifiers_and_digests_that_can_be_guessed_are_problems() {
    let (findings, _) = found(ITEMS, None);
    assert!(
        problem(&findings, "looks like an e-mail address")
            .0
            .contains("rule `account`: the identifier `userId`")
    );
    assert!(
        problem(&findings, "looks like a token")
            .0
            .contains("rule `session`: the identifier `sessionId`")
    );
    assert!(
        problem(&findings, "is digested")
            .0
            .contains("rule `factors`: the identifier `userId`")
    );
}

#[test]
fn two_items_with_the_same_row_are_a_problem_and_a_stream_without_order_is_a_note() {
    let (findings, _) = found(ITEMS, None);
    assert_eq!(problem(&findings, "another item of the sample").1, Some(1));
    assert!(
        findings
            .notes
            .iter()
            .any(|note| note.contains("`session`") && note.contains("in no order"))
    );
    assert!(
        !findings
            .notes
            .iter()
            .any(|note| note.contains("`account`") && note.contains("in no order"))
    );
}

#[test]
fn a_mapping_that_contradicts_the_table_is_reported() {
    let facts = |sort: Option<&str>, ttl: Option<&str>, view_type: Option<&str>| TableFacts {
        partition: "pk".to_owned(),
        sort: sort.map(str::to_owned),
        ttl: ttl.map(str::to_owned),
        view_type: view_type.map(str::to_owned),
    };
    let good = r#"{"pk":"ROLE#r-1","sk":"x","name":"Support"}"#;
    let (findings, _) = found(
        good,
        Some(facts(Some("sk"), Some("expires"), Some("NEW_AND_OLD_IMAGES"))),
    );
    assert!(findings.problems.is_empty(), "{:?}", findings.problems);
    let (findings, _) = found(good, Some(facts(None, None, Some("KEYS_ONLY"))));
    assert!(
        problem(&findings, "the keys are `pk` and `sk`")
            .0
            .contains("`pk` alone")
    );
    problem(&findings, "NEW_AND_OLD_IMAGES");
    assert!(
        findings
            .notes
            .iter()
            .any(|note| note.contains("`expires`") && note.contains("off"))
    );
}

#[test]
fn no_value_is_ever_shown() {
    let (_, text) = found(ITEMS, None);
    for value in ["canary", "example.com", "1772366400", "1900000000", "yesterday"] {
        assert!(!text.to_lowercase().contains(value), "{value} is in\n{text}");
    }
}
