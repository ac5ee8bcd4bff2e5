//! Proposals for the tables of usual frameworks.

use super::keys::KeyNames;
use super::propose::propose;
use crate::map::source::{Sample, split};

/// Five users of Auth.js, one with a session, a linked account and a verification token.
const AUTH_JS: &str = r#"
{"pk":"USER#11111111-1111-4111-8111-111111111111","sk":"USER#11111111-1111-4111-8111-111111111111","type":"USER",
 "id":"11111111-1111-4111-8111-111111111111","email":"canary@example.com","name":"Canary Ada","image":null,"emailVerified":null,
 "GSI1PK":"USER#canary@example.com","GSI1SK":"USER#canary@example.com"}
{"pk":"USER#22222222-2222-4222-8222-222222222222","sk":"USER#22222222-2222-4222-8222-222222222222","type":"USER",
 "id":"22222222-2222-4222-8222-222222222222","email":"canary2@example.com","name":"Canary Bob",
 "image":"https://images.example.com/canary.png","emailVerified":"2026-03-01T12:00:00.000Z"}
{"pk":"USER#11111111-1111-4111-8111-111111111111","sk":"SESSION#canary-c3ludGhldGljIHRva2Vu","type":"SESSION",
 "sessionToken":"canary-c3ludGhldGljIHRva2Vu","userId":"11111111-1111-4111-8111-111111111111","expires":1900000000}
{"pk":"USER#11111111-1111-4111-8111-111111111111","sk":"ACCOUNT#canary#777","type":"ACCOUNT","provider":"canary",
 "providerAccountId":"777","access_token":"canary"}
{"pk":"VT#canary@example.com","sk":"VT#canary","type":"VT","expires":1900000000}"#;

/// The users of better-auth: a key without labels, roles in a text.
const BETTER_AUTH: &str = r#"[
{"id":"canary1","name":"Canary Ada","email":"canary@example.com","emailVerified":false,"role":"user,canary","banned":false,
 "banReason":"canary words","createdAt":"2026-03-01T12:00:00.000Z","updatedAt":"2026-03-01T12:00:00.000Z"},
{"id":"canary2","name":"Canary Bob","email":"canary2@example.com","emailVerified":true,"role":"user","banned":true,
 "createdAt":"2026-03-01T12:00:00.000Z","updatedAt":"2026-03-01T12:00:00.000Z"}]"#;

/// A single table with addresses in a map, a guard and another entity.
const SINGLE_TABLE: &str = r#"
{"PK":"CUSTOMER#canary","SK":"CUSTOMER#canary","entity_type":"Customer","name":"Canary","email":"canary@example.com",
 "addresses":{"canary":{"street":"1 Canary Street","city":"Canary","state":"EX"}}}
{"PK":"CUSTOMEREMAIL#canary@example.com","SK":"CUSTOMEREMAIL#canary@example.com","entity_type":"CustomerEmail"}
{"PK":"CUSTOMER#canary","SK":"ORDER#canary7","entity_type":"Order","amount":7}
{"PK":"CUSTOMER#canary2","SK":"ORDER#canary8","entity_type":"Order","amount":8}"#;

const AMPLIFY: &str = r#"
{"id":"33333333-3333-4333-8333-333333333333","__typename":"User","email":"canary@example.com","firstName":"Canary",
 "createdAt":"2026-03-01T12:00:00.000Z","updatedAt":"2026-03-01T12:00:00.000Z","_version":3,
 "_lastChangedAt":1772366400000,"_deleted":true,"_ttl":1900000000}"#;

const ASP_NET: &str = r##"
{"PartitionKey":"USER#canary1","SortKey":"#USER#canary1","Email":"canary@example.com","EmailConfirmed":true,
 "LockoutEnd":"2026-03-01T12:00:00.0000000+00:00","TwoFactorEnabled":false,"AccessFailedCount":0,
 "PasswordHash":"canary","UserName":"canary"}"##;

/// Sessions keyed by their token.
const SESSIONS: &str = r#"
{"sessionToken":"canaryc3ludGhldGljIHRva2VuMQ","userId":"canary1","expiresAt":1900000000000,"ip":"192.0.2.1"}
{"sessionToken":"canaryc3ludGhldGljIHRva2VuMg","userId":"canary2","expiresAt":1900000000000,"ip":"192.0.2.2"}"#;

/// A user keyed by e-mail address.
const BY_ADDRESS: &str =
    r#"{"email":"canary@example.com","name":"Canary","passwd":"canary","roles":["canary"]}"#;

fn proposed(items: &str, table: Option<&str>) -> String {
    let sample = Sample {
        items: split(items).unwrap(),
        table: None,
    };
    propose(&sample, table, None).unwrap().yaml()
}

/// Comments are compared without their line breaks.
fn assert_has(yaml: &str, parts: &[&str]) {
    let yaml = &yaml.replace("\n    # ", " ").replace("\n      # ", " ");
    for part in parts {
        assert!(yaml.contains(part), "{part} is not in\n{yaml}");
    }
}

#[test]
fn a_table_of_auth_js_becomes_users_profiles_and_sessions_with_digests() {
    let yaml = proposed(AUTH_JS, Some("next-auth"));
    assert_has(
        &yaml,
        &[
            "- table: \"next-auth\"",
            "keys: { partition: pk, sort: sk }",
            "ttl: expires",
            "attributes: { type: USER }",
            "emailVerified: { present: emailVerified }",
            "createdAt: recorded",
            "sort: \"SESSION#{token}\"",
            "secret: [token]",
            "sessionId: { digest: \"{token}\" }",
            "expiresAt: { epochSeconds: expires }",
            "(type ACCOUNT) (1 in the sample): it looks like a log-in at another provider",
            "(type VT) (1 in the sample): it looks like a token that is used once",
        ],
    );
}

#[test]
fn a_table_of_better_auth_becomes_users_and_one_role_per_word() {
    let yaml = proposed(BETTER_AUTH, Some("user"));
    assert_has(
        &yaml,
        &[
            "keys: { partition: id }",
            "partition: \"{userId}\"",
            "- { when: { banned: true }, value: SUSPENDED }",
            "each: { split: role, by: \",\" }",
            "roleId: { element: value }",
            "`banReason` is not used as `statusReason`",
        ],
    );
}

#[test]
fn a_single_table_becomes_customers_with_addresses_and_leaves_the_rest() {
    let yaml = proposed(SINGLE_TABLE, None);
    assert_has(
        &yaml,
        &[
            "partition: \"CUSTOMER#{userId}\"",
            "attributes: { entity_type: Customer }",
            "each: { map: addresses }",
            "addressId: { element: key }",
            "region: { element: state }",
            "countryCode: { value: ZZ }",
            "a guard that keeps a value unique",
            "ORDER#… (entity_type Order) (2 in the sample): it was not recognised",
        ],
    );
}

#[test]
fn a_soft_deletion_is_a_status_and_the_parts_of_the_item_are_no_news_of_their_own() {
    let yaml = proposed(AMPLIFY, None);
    assert_has(
        &yaml,
        &[
            "ttl: _ttl",
            "- { when: { _deleted: true }, value: DELETED }",
            "version: _version",
            "- kind: profile",
            "removal: ignored",
        ],
    );
}

#[test]
fn a_lockout_a_hash_and_a_second_factor_are_seen_in_a_user_of_asp_net() {
    let yaml = proposed(ASP_NET, None);
    assert_has(
        &yaml,
        &[
            "sort: \"#USER#{userId}\"",
            "{ when: { LockoutEnd: { after: recorded } }, value: LOCKED }",
            "passwordChangedAt: { changed: PasswordHash }",
            "- kind: second-factor",
            "enabled: TwoFactorEnabled",
            "Not read: `AccessFailedCount`",
        ],
    );
}

#[test]
fn sessions_keyed_by_their_token_are_digested_and_have_no_order() {
    let yaml = proposed(SESSIONS, Some("sessions"));
    assert_has(
        &yaml,
        &[
            "partition: \"{token}\"",
            "sessionId: { digest: \"{token}\" }",
            "userId: { path: userId }",
            "expiresAt: { epochMillis: expiresAt }",
            "the events of one user are in no order",
        ],
    );
}

#[test]
fn an_address_as_a_key_is_pointed_out() {
    assert_has(
        &proposed(BY_ADDRESS, None),
        &[
            "WARNING: this looks like an e-mail address",
            "each: { set: roles }",
        ],
    );
}

#[test]
fn no_proposal_has_a_value_of_an_item() {
    for items in [
        AUTH_JS,
        BETTER_AUTH,
        SINGLE_TABLE,
        AMPLIFY,
        ASP_NET,
        SESSIONS,
        BY_ADDRESS,
    ] {
        let yaml = proposed(items, None).to_lowercase();
        for value in [
            "canary",
            "example.com",
            "1111",
            "3333",
            "192.0.2",
            "c3ludg",
            "2026-03",
        ] {
            assert!(!yaml.contains(value), "{value} is in\n{yaml}");
        }
    }
}

#[test]
fn items_of_an_unknown_kind_give_no_rule_and_the_entry_is_a_comment() {
    let yaml = proposed(
        r#"{"pk":"ORDER#1","sk":"LINE#1"}{"pk":"ORDER#2","sk":"LINE#1"}"#,
        None,
    );
    assert_has(
        &yaml,
        &["# tables:", "No rule for ORDER#…, LINE#… (2 in the sample)"],
    );
    assert!(!yaml.contains("\ntables:"), "{yaml}");
}

#[test]
fn keys_that_the_caller_names_are_used_and_keys_that_nobody_knows_are_an_error() {
    let keys = KeyNames {
        partition: "b".to_owned(),
        sort: None,
        guessed: false,
    };
    let sample = Sample {
        items: split(r#"{"a":"1","b":"USER#1","email":"ada@example.com"}"#).unwrap(),
        table: None,
    };
    let yaml = propose(&sample, None, Some(keys)).unwrap().yaml();
    assert_has(&yaml, &["keys: { partition: b }", "partition: \"USER#{userId}\""]);
    let same = Sample {
        items: split(r#"{"a":"1"}{"a":"1"}"#).unwrap(),
        table: None,
    };
    let error = propose(&same, None, None).unwrap_err().to_string();
    assert!(error.contains("--partition-key"), "{error}");
}
