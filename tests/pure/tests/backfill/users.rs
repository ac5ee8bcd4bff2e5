//! Users who have no events: the deleted and the erased. And the keys of the others.

use serde_json::{Value, json};
use user_events_backfill::Segment;
use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, shapes};
use user_events_testkit::{TableCall, rows};

use super::setup::{Setup, body, users};

/// Rows of every kind that a user has, of two users.
fn two_users() -> Setup {
    let setup = Setup::new();
    for user in ["user-1", "user-2"] {
        for (table, row) in [
            ("accounts", rows::account(user)),
            (
                "accounts",
                json!({ "pk": format!("USER#{user}"), "sk": "PASSWORD", "passwordChangedAt": "2026-03-01T11:59:59Z" }),
            ),
            ("profiles", rows::profile(user)),
            ("profiles", rows::address(user)),
            ("profiles", rows::consent(user)),
            ("authentication", rows::session(user)),
            ("authentication", rows::mfa(user)),
            ("access", rows::assignment(user)),
        ] {
            setup.table(table).put(&row);
        }
    }
    setup.table("access").put(&rows::role("role-1"));
    setup
}

fn deleted(user: &str) -> Value {
    rows::with(rows::account(user), json!({ "status": "DELETED", "email": null }))
}

#[tokio::test(start_paused = true)]
async fn a_deleted_user_has_no_events_of_any_row() {
    let setup = two_users();
    setup.table("accounts").put(&deleted("user-1"));
    let completed = setup.run_to_the_end().await.unwrap();
    let sent = users(&setup.queue.accepted());
    assert_eq!(
        sent,
        ["roles/role-1".to_owned(), "users/user-2".to_owned()].into()
    );
    assert_eq!(completed.counts.events, 9);
    // Seven rows besides the account, which counts as one.
    assert_eq!(completed.counts.deleted, 8);
    assert_eq!(completed.counts.stateless, 0);
    assert_eq!(completed.counts.without_account, 0);
}

#[tokio::test(start_paused = true)]
async fn a_user_without_an_account_has_events_and_is_counted() {
    let setup = two_users();
    setup.table("accounts").remove("USER#user-1", "ACCOUNT");
    let completed = setup.run_to_the_end().await.unwrap();
    assert!(users(&setup.queue.accepted()).contains("users/user-1"));
    assert_eq!(completed.counts.without_account, 7);
}

#[tokio::test(start_paused = true)]
async fn an_erased_user_has_no_events_whether_keys_seal_or_are_only_prepared() {
    for seals in [true, false] {
        let setup = Setup {
            subject_keys: Some(seals),
            ..two_users()
        };
        setup.persons.erase("users/user-1");
        let completed = setup.run_to_the_end().await.unwrap();
        let sent = users(&setup.queue.accepted());
        assert_eq!(
            sent,
            ["roles/role-1".to_owned(), "users/user-2".to_owned()].into()
        );
        assert_eq!((completed.counts.events, completed.counts.erased), (9, 8));
    }
}

#[tokio::test(start_paused = true)]
async fn classes_are_sealed_with_the_keys_of_persons_and_a_prepared_table_gets_none() {
    let kids = |setup: &Setup| {
        let messages = setup.queue.accepted();
        let sealed = messages.iter().map(body).filter_map(|event| {
            let token = event["data"]["contact"]["sealed"].as_str()?.to_owned();
            Some(token)
        });
        let kid = |token: String| {
            use base64::Engine;
            let header = token.split('.').next().unwrap().to_owned();
            let header = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            header["kid"].as_str().unwrap().split('/').count()
        };
        sealed.map(kid).collect::<Vec<_>>()
    };
    for (seals, parts) in [(true, 3), (false, 2)] {
        let setup = Setup {
            subject_keys: Some(seals),
            segments: Segment::all("accounts", 1),
            ..two_users()
        };
        setup.run_to_the_end().await.unwrap();
        assert_eq!(kids(&setup), [parts, parts]);
        let calls = setup.persons.take_calls();
        let created = calls.iter().filter(|call| **call == TableCall::Create).count();
        assert_eq!(created, if seals { 2 } else { 0 });
    }
}

#[tokio::test(start_paused = true)]
async fn persons_keys_that_are_away_for_a_moment_stop_nothing() {
    let setup = two_users().sealing_for_persons();
    setup.persons.set_down(true);
    let persons = setup.persons.clone();
    let heal = async move {
        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
        persons.set_down(false);
    };
    let (completed, ()) = tokio::join!(setup.run_to_the_end(), heal);
    assert_eq!(completed.unwrap().counts.events, 17);
}

/// One item is the account and the profile of its user.
const MAPPING: &str = r#"
version: 1
tables:
  - table: accounts
    keys: { partition: pk, sort: sk }
    rows:
      - kind: account
        when: { partition: "{userId}" }
        ids: { userId: "{userId}" }
        attributes:
          email: mail
          status:
            - { when: { gone: true }, value: DELETED }
            - { value: ACTIVE }
          createdAt: made
          updatedAt: made
      - kind: profile
        when: { partition: "{userId}" }
        ids: { userId: "{userId}" }
        attributes:
          displayName: name
          updatedAt: made
"#;

#[tokio::test(start_paused = true)]
async fn with_a_mapping_the_item_itself_says_that_its_user_was_deleted() {
    let setup = Setup::new();
    for (user, gone) in [("1", false), ("2", true)] {
        setup.table("accounts").put(&json!({
            "pk": user, "sk": "item", "mail": "ada@example.com", "name": "Ada", "gone": gone, "made": "2026-03-01T11:59:59Z",
        }));
    }
    let mapping = Mapping::read(MAPPING, &shapes(CATEGORIES)).unwrap();
    let mut backfill = setup.clone();
    backfill.mapping = Some(mapping);
    backfill.segments = Segment::all("accounts", 1);
    backfill.single = true;
    let completed = backfill.run_to_the_end().await.unwrap();
    let sent = setup.queue.accepted();
    assert_eq!(users(&sent), ["users/1".to_owned()].into());
    assert_eq!((completed.counts.events, completed.counts.deleted), (2, 1));
    let types: Vec<_> = sent
        .iter()
        .map(|message| body(message)["type"].to_string())
        .collect();
    assert!(
        types[0].contains("UserAccountSnapshot") && types[1].contains("UserProfileSnapshot"),
        "{types:?}"
    );
    // The accounts table of the native layout has nothing to say here.
    assert!(setup.accounts.reads().is_empty());
}
