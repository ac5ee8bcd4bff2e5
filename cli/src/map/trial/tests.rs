//! What the command says of changes, and that it hides personal data.

use serde_json::Value;
use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, shapes};
use user_events_local::console::Written;

use super::outcome::Outcome;
use super::*;

const MAPPING: &str = r#"
version: 1
tables:
  - table: "people-*"
    keys: { partition: PK, sort: SK }
    rows:
      - kind: account
        name: people
        when: { partition: "P#{userId}", sort: MAIN, attributes: { type: PERSON } }
        ids: { userId: "{userId}" }
        attributes:
          email: mail
          status: [{ when: { gone: true }, value: DELETED }, { value: ACTIVE }]
          createdAt: recorded
          updatedAt: recorded
      - kind: profile
        when: { partition: "P#{userId}", sort: MAIN }
        removal: ignored
        ids: { userId: "{userId}" }
        attributes: { displayName: name, updatedAt: recorded }
"#;

const ADA: &str = r#"{"PK":"P#1","SK":"MAIN","type":"PERSON","mail":"canary@example.com","name":"Canary"}"#;

fn outcome_of(old: Option<&str>, new: Option<&str>, by_ttl: bool, show_personal: bool) -> Outcome {
    let mapping = Mapping::read(MAPPING, &shapes(CATEGORIES)).unwrap();
    let table = mapping_file::table(&mapping, None).unwrap();
    let item = |text: Option<&str>| text.map(|text| source::one(text).unwrap());
    let (old, new) = (item(old), item(new));
    let change = ItemChange {
        old: old.as_ref(),
        new: new.as_ref(),
        by_ttl,
        recorded: Time::parse("2026-03-01T12:00:00Z").unwrap(),
    };
    let name = mapping_file::example_name(table);
    outcome::outcome(&mapping, table, &name, &change, show_personal).unwrap()
}

fn text(outcome: &Outcome) -> String {
    let out = Written::default();
    show::readable(outcome, &Console::writing_to(out.clone()));
    out.text() + &show::json(outcome)
}

fn types(outcome: &Outcome) -> Vec<&str> {
    outcome
        .events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect()
}

fn with(from: &str, to: &str) -> String {
    assert!(ADA.contains(from), "{from}");
    ADA.replace(from, to)
}

#[test]
fn an_insertion_shows_rows_and_events_and_hides_personal_data() {
    let outcome = outcome_of(None, Some(ADA), false, false);
    assert_eq!(
        types(&outcome),
        ["UserRegisteredEventV1", "UserProfileUpdatedEventV1"]
    );
    let shown = text(&outcome);
    assert!(
        shown.contains("USER#1, ACCOUNT") && shown.contains("users/1"),
        "{shown}"
    );
    assert!(!shown.to_lowercase().contains("canary"), "{shown}");
    let json: Value = serde_json::from_str(shown.lines().last().unwrap()).unwrap();
    assert_eq!(json["events"][0]["data"]["contact"]["email"], "(hidden)");
    assert_eq!(json["new"]["rows"][0]["attributes"]["email"], "(hidden)");
}

#[test]
fn personal_data_is_shown_if_it_is_wanted() {
    let shown = text(&outcome_of(None, Some(ADA), false, true));
    assert!(
        shown.contains(r#""contact":{"email":"canary@example.com"}"#),
        "{shown}"
    );
    assert!(shown.contains(r#""displayName":"Canary""#), "{shown}");
}

#[test]
fn a_change_names_the_rows_and_the_attributes_that_it_altered() {
    let outcome = outcome_of(Some(ADA), Some(&with("canary@", "canary2@")), false, false);
    assert_eq!(types(&outcome), ["UserEmailChangedEventV1"]);
    let shown = text(&outcome);
    assert!(shown.contains("USER#1, ACCOUNT modified: email\n"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn the_reason_is_given_when_there_is_no_event() {
    for (old, new, reason) in [
        (
            Some(ADA),
            Some(with("}", r#","visits":1}"#)),
            "no rule reads what changed: `visits`",
        ),
        (
            Some(ADA),
            Some(ADA.to_owned()),
            "the rows before and after the change are equal",
        ),
        (
            None,
            Some(with("P#1", "ORDER#1")),
            "no rule makes a row of the item",
        ),
        (
            Some(r#"{"PK":"P#1","SK":"MAIN","name":"Canary"}"#),
            None,
            "their rules say `removal: ignored`",
        ),
        (
            Some(r#"{"PK":"P#1","SK":"MAIN","type":"PERSON","mail":"canary@example.com","gone":true}"#),
            None,
            "the user was deleted before; removing the row is no second deletion",
        ),
    ] {
        let outcome = outcome_of(old, new.as_deref(), false, false);
        assert!(types(&outcome).is_empty(), "{reason}");
        let shown = text(&outcome);
        assert!(
            shown.contains(reason) && !shown.to_lowercase().contains("canary"),
            "{reason}\n{shown}"
        );
    }
}

#[test]
fn a_rule_that_makes_no_row_says_which_condition_does_not_hold() {
    let shown = text(&outcome_of(None, Some(&with("PERSON", "canary")), false, false));
    assert!(
        shown.contains("rule `people`: the condition on `type` does not hold"),
        "{shown}"
    );
    let shown = text(&outcome_of(None, Some(&with("MAIN", "OTHER")), false, false));
    assert!(
        shown.contains("rule `people`: its keys have another form"),
        "{shown}"
    );
}

#[test]
fn a_removal_by_time_to_live_is_an_expiry() {
    let outcome = outcome_of(Some(ADA), None, true, false);
    assert_eq!(types(&outcome), ["UserDeletedEventV1"]);
    assert_eq!(outcome.events[0]["data"]["mode"], "EXPIRED");
    assert!(text(&outcome).contains("USER#1, ACCOUNT expired"));
    assert_eq!(
        outcome_of(Some(ADA), None, false, false).events[0]["data"]["mode"],
        "HARD"
    );
}

#[test]
fn a_record_that_would_be_parked_is_reported_with_rule_and_attribute_and_no_value() {
    let outcome = outcome_of(
        None,
        Some(&with("\"canary@example.com\"", "[\"canary\"]")),
        false,
        false,
    );
    let (code, reason) = outcome.parked.clone().unwrap();
    assert_eq!(code, "row-does-not-fit");
    assert!(
        reason.contains("`people`") && reason.contains("`mail`"),
        "{reason}"
    );
    assert!(!text(&outcome).to_lowercase().contains("canary"));
}

#[test]
fn items_without_the_keys_of_the_mapping_or_with_different_ones_are_refused() {
    let mapping = Mapping::read(MAPPING, &shapes(CATEGORIES)).unwrap();
    let table = mapping_file::table(&mapping, Some("people-7")).unwrap();
    assert!(mapping_file::table(&mapping, Some("orders")).is_err());
    let item = |text: &str| source::one(text).unwrap();
    let (ada, other, none) = (item(ADA), item(&with("P#1", "P#2")), item(r#"{"PK":"P#1"}"#));
    let error = |old, new| {
        let change = ItemChange {
            old,
            new,
            by_ttl: false,
            recorded: Time::UNIX_EPOCH,
        };
        change.record(table, "people-7").unwrap_err().to_string()
    };
    assert!(error(Some(&ada), Some(&other)).contains("different keys `PK`"));
    assert!(error(None, Some(&none)).contains("no key `SK`"));
}
