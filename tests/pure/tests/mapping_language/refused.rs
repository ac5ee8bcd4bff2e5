//! Files that are refused, with every problem, its line and the way to mend it.

use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, shapes};

use super::accounts;

fn problems(text: &str) -> Vec<String> {
    match Mapping::read(text, &shapes(CATEGORIES)) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.0.iter().map(ToString::to_string).collect(),
    }
}

fn refused(text: &str, expected: &str) {
    let problems = problems(text);
    assert!(
        problems.iter().any(|problem| problem.contains(expected)),
        "{expected}: {problems:#?}"
    );
}

#[test]
fn all_problems_are_reported_at_once_with_their_lines() {
    let text = "version: 1
tables:
  - table: people
    keys: { partition: id }
    rows:
      - kind: acount
        ids: { userId: { path: id } }
      - kind: profile
        ids: { user: \"{name}\" }
        attributes:
          firstNam: name
          updatedAt: { epochMinutes: at }
";
    let problems = problems(text);
    let lines: Vec<_> = problems
        .iter()
        .map(|problem| problem.split(':').next().unwrap())
        .collect();
    assert_eq!(
        lines,
        ["line 6", "line 9", "line 9", "line 11", "line 12"],
        "{problems:#?}"
    );
    assert!(problems[0].contains("there is no kind `acount`; the kinds are `account`"));
    assert!(problems[4].contains("there is no converter `epochMinutes`"));
}

#[test]
fn what_a_rule_cannot_say_is_refused() {
    for (text, expected) in [
        (
            accounts("", "nickname: name"),
            "`attributes` has no member `nickname`",
        ),
        (
            accounts("", "emailVerified: { epochSeconds: at }"),
            "`epochSeconds` gives a time",
        ),
        (
            accounts("", "passwordChangedAt: { present: at }"),
            "`present` gives a flag",
        ),
        (
            accounts("", "emailVerified: { value: yes }"),
            "the attribute takes `true` or `false`",
        ),
        (
            accounts("", "locale: { value: [a] }"),
            "a value is a text, a number",
        ),
        (
            accounts("", "locale: { first: [] }"),
            "`first` is a list of values",
        ),
        (accounts("", "locale: { map: a }"), "needs the member `values`"),
        (accounts("", "locale: a..b"), "a path is the name of an attribute"),
        (
            accounts("", "locale: { element: value }"),
            "`element` needs a rule with `each`",
        ),
        (
            accounts("", "locale: { capture: x }"),
            "no template of the rule captures `x`",
        ),
        (accounts("", "locale: []"), "a list of rules has at least one"),
        (
            accounts("", "locale: [{ value: a }, { value: b }]"),
            "never hold; put it last",
        ),
        (
            accounts("", "locale: [{ when: { a: 1 } }]"),
            "a rule has `value`, a constant, or `from`",
        ),
        (
            accounts("partition: \"{a}{b}\"", ""),
            "two captures need a literal between them",
        ),
        (
            accounts("sort: \"{a}\"", ""),
            "the table has no sort key in `keys`",
        ),
        (
            accounts("attributes: { a: { after: now } }", ""),
            "write `after: recorded`",
        ),
        (
            accounts("attributes: { a: { exists: maybe } }", ""),
            "`exists` is `true` or `false`",
        ),
        (
            accounts("attributes: { a: { exists: true, not: 1 } }", ""),
            "a condition is one of",
        ),
        (
            accounts("attributes: { a: [] }", ""),
            "a list of values has at least one",
        ),
        (
            accounts("attributes: { a: null }", ""),
            "write `{exists: false}` for an absent attribute",
        ),
        (
            accounts("", "").replace("version: 1", "version: 2"),
            "reads `version: 1` only",
        ),
        (
            accounts("", "").replace("version: 1", ""),
            "needs the member `version`",
        ),
        (
            accounts("", "").replace("email: mail", "phoneNumber: phone"),
            "needs the attribute `email`",
        ),
        (
            accounts("", "").replace("createdAt: recorded", ""),
            "write `recorded`, the time of the change",
        ),
        (
            accounts("", "").replace("table: people", "table: \"pe ople\""),
            "is the name of a table",
        ),
        (
            accounts("", "").replace("userId: { path: id }", ""),
            "`ids` needs the member `userId`",
        ),
        (
            accounts("", "").replace("{ path: id }", "\"{x}\""),
            "no template of `when` captures `x`",
        ),
        (
            accounts("", "").replace("kind: account", "kind: account\n        each: { set: a, map: b }"),
            "`each` is one of",
        ),
        (
            accounts("", "").replace("kind: account", "kind: account\n        removal: never"),
            "`removal` is `published` or `ignored`",
        ),
        (
            accounts("", "").replace("kind: account", "kind: account\n        kind: account"),
            "the member `kind` comes twice",
        ),
        (
            accounts("", "").replace("{ partition: id }", "{ sort: id }"),
            "needs the member `partition`",
        ),
        ("version: 1\ntables: []".to_owned(), "a list of 1 to 64 tables"),
        ("[]".to_owned(), "the mapping is a map"),
    ] {
        refused(&text, expected);
    }
    assert_eq!(problems(&accounts("", "")), [""; 0]);
}

#[test]
fn an_address_is_no_identifier() {
    let text = accounts("", "");
    for id in ["{ path: mail }", "{ digest: { path: mail } }"] {
        refused(
            &text.replace("{ path: id }", id),
            "`mail` is an identifier, which everybody reads, and also `email`",
        );
    }
    let by_key = accounts("partition: \"MAIL#{mail}\"", "")
        .replace("{ path: id }", "\"{mail}\"")
        .replace("email: mail", "email: id");
    refused(&by_key, "`id` is an identifier");
    let captured = accounts("partition: \"MAIL#{mail}\"", "")
        .replace("{ path: id }", "\"{mail}\"")
        .replace("email: mail", "email: { capture: mail }");
    refused(&captured, "the capture `mail` is an identifier");
}

#[test]
fn a_secret_has_to_be_digested() {
    let text = |secret: &str, id: &str| {
        accounts("partition: \"T#{token}\"", "")
            .replace(
                "kind: account",
                &format!("kind: account\n        secret: {secret}"),
            )
            .replace("{ path: id }", id)
    };
    for secret in ["true", "token", "[token]", "id"] {
        refused(
            &text(secret, "\"{token}\""),
            "is secret, and an identifier that everybody reads",
        );
        assert_eq!(
            problems(&text(secret, "{ digest: \"{token}\" }")),
            [""; 0],
            "{secret}"
        );
    }
    assert_eq!(problems(&text("false", "\"{token}\"")), [""; 0]);
    refused(&text("true", "{ path: id }"), "is secret");
}

#[test]
fn two_rules_that_could_give_the_same_row_are_refused() {
    let two = |first: &str, second: &str| {
        let rule = |when: &str| accounts(when, "").split_once("    rows:\n").unwrap().1.to_owned();
        format!("{}{}", accounts(first, ""), rule(second))
    };
    let expected = "could give the same row";
    refused(&two("", ""), expected);
    refused(
        &two("attributes: { type: A }", "attributes: { kind: B }"),
        expected,
    );
    refused(
        &two("attributes: { type: A }", "attributes: { type: [A, B] }"),
        expected,
    );
    for (first, second) in [
        ("attributes: { type: A }", "attributes: { type: B }"),
        ("attributes: { type: A }", "attributes: { type: { not: A } }"),
        (
            "attributes: { type: A }",
            "attributes: { type: { exists: false } }",
        ),
        ("partition: \"A#{x}\"", "partition: \"B#{x}\""),
    ] {
        assert_eq!(problems(&two(first, second)), [""; 0], "{first}, {second}");
    }
}

#[test]
fn a_table_that_an_earlier_entry_is_for_is_refused() {
    let entry = accounts("", "").split_once("tables:\n").unwrap().1.to_owned();
    let text = format!(
        "{}{entry}",
        accounts("", "").replace("table: people", "table: \"p*\"")
    );
    refused(&text, "an earlier entry is for `people` already");
}

#[test]
fn a_hostile_file_is_refused_or_bounded() {
    refused(&"a: ".repeat(100_000), "bytes");
    refused(
        &format!("version: 1\ntables: {}", "[".repeat(50)),
        "nested too deeply",
    );
    refused("a: &a [1]\nb: [*a, *a]", "not allowed");
    let text = |rules: usize| {
        let rule = |number| {
            format!(
                "  - kind: password\n    when: {{attributes: {{t: {number}}}}}\n    ids: {{userId: {{path: id}}}}\n"
            )
        };
        let head = "version: 1\ntables:\n- table: people\n  keys: {partition: id}\n  rows:\n";
        head.to_owned() + &(0..rules).map(rule).collect::<String>()
    };
    assert_eq!(problems(&text(1_000)), [""; 0]);
    refused(&text(1_001), "a mapping has at most 1000 rules");
}
