//! Proposals for the tables of usual frameworks.

use std::collections::BTreeSet;

use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, shapes};

use super::keys::KeyNames;
use super::propose::propose;
use super::refused::withdraw_refused;
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

/// Users of ElectroDB. Their keys hold the names of the service and of attributes.
const ELECTRO_DB: &str = r#"
{"pk":"$app#userid_canary1","sk":"$user_1","__edb_e__":"user","__edb_v__":"1","userId":"canary1",
 "email":"canary@example.com","createdAt":1772366400000}
{"pk":"$app#userid_canary2","sk":"$user_1","__edb_e__":"user","__edb_v__":"1","userId":"canary2",
 "email":"canary2@example.com","createdAt":1772366400000}"#;

/// Users below their tenant, with a map of attributes.
const TENANTS: &str = r#"
{"PK":"TENANT#canary","SK":"USER#1","data":{"email":"canary@example.com","name":{"first":"Canary"},"status":"active"}}
{"PK":"TENANT#canary","SK":"USER#2","data":{"email":"canary2@example.com","name":{"first":"Canary"},"status":"blocked"}}
{"PK":"TENANT#canary3","SK":"USER#2","data":{"email":"canary3@example.com","status":"deleted"}}"#;

/// Rows of the native shape.
const NATIVE: &str = r#"
{"pk":"USER#u-1","sk":"ACCOUNT","email":"ada@example.com","status":"ACTIVE","createdAt":"2026-03-01T12:00:00Z",
 "updatedAt":"2026-03-01T12:00:00Z"}
{"pk":"USER#u-1","sk":"PROFILE","firstName":"Ada","updatedAt":"2026-03-01T12:00:00Z"}
{"pk":"USER#u-1","sk":"ADDRESS#a-1","addressType":"SHIPPING","line1":"1 Example Street","city":"Exampleton","countryCode":"GB",
 "updatedAt":"2026-03-01T12:00:00Z"}
{"pk":"USER#u-1","sk":"CONSENT#MARKETING","granted":true,"updatedAt":"2026-03-01T12:00:00Z"}
{"pk":"USER#u-1","sk":"SESSION#s-1","loginMethod":"PASSWORD","createdAt":"2026-03-01T12:00:00Z",
 "expiresAt":"2026-03-01T20:00:00Z"}
{"pk":"USER#u-1","sk":"ATTEMPT#t-1","failureReason":"MFA_FAILED","attemptedAt":"2026-03-01T12:00:00Z"}
{"pk":"USER#u-1","sk":"MFA#TOTP","enabled":true,"updatedAt":"2026-03-01T12:00:00Z"}
{"pk":"USER#u-1","sk":"ROLE#r-1","assignedAt":"2026-03-01T12:00:00Z"}
{"pk":"ROLE#r-1","sk":"ROLE","name":"Support","createdAt":"2026-03-01T12:00:00Z","updatedAt":"2026-03-01T12:00:00Z"}
{"pk":"ROLE#r-1","sk":"PERMISSION#orders:read","grantedAt":"2026-03-01T12:00:00Z"}"#;

/// A user keyed by e-mail address.
const BY_ADDRESS: &str =
    r#"{"email":"canary@example.com","name":"Canary","passwd":"canary","roles":["canary"]}"#;

fn proposed(items: &str, table: Option<&str>) -> String {
    let sample = Sample {
        items: split(items).unwrap(),
        table: None,
    };
    let mut proposal = propose(&sample, table, None).unwrap();
    assert_eq!(withdraw_refused(&mut proposal), []);
    proposal.yaml()
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
fn the_identifier_of_a_user_of_electro_db_is_the_end_of_a_part_of_the_key() {
    let yaml = proposed(ELECTRO_DB, None);
    assert_has(
        &yaml,
        &[
            "partition: \"$app#userid_{userId}\"",
            "userId: \"{userId}\"",
            "attributes: { __edb_e__: user }",
            "createdAt: { epochMillis: createdAt }",
        ],
    );
}

#[test]
fn what_is_in_a_map_of_the_item_is_found_and_an_identifier_that_repeats_is_not_used() {
    let yaml = proposed(TENANTS, None);
    assert_has(
        &yaml,
        &[
            "partition: \"TENANT#{tenantId}\"",
            "email: data.email",
            "firstName: data.name.first",
            "{ map: data.status, values: { active: ACTIVE, blocked: SUSPENDED, deleted: DELETED } }",
            "NOT USED: the part of the key that looks like the identifier `userId` is the same in several items",
        ],
    );
}

#[test]
fn an_address_as_a_key_gives_no_rule_that_can_be_used() {
    let yaml = proposed(BY_ADDRESS, None);
    assert_has(&yaml, &["NOT USED: the key holds an e-mail address", "# tables:"]);
    let with_id = BY_ADDRESS.replace('{', r#"{"id":"u-7","#);
    let keys = KeyNames {
        partition: "email".to_owned(),
        sort: None,
        guessed: false,
    };
    let sample = Sample {
        items: split(&with_id).unwrap(),
        table: None,
    };
    assert_has(
        &propose(&sample, None, Some(keys)).unwrap().yaml(),
        &["userId: { path: id }", "each: { set: roles }"],
    );
}

#[test]
fn every_proposal_with_a_rule_is_a_mapping_that_can_be_read() {
    for (items, kinds) in [
        (AUTH_JS, &["account", "profile", "session"][..]),
        (BETTER_AUTH, &["account", "profile", "role assignment"]),
        (SINGLE_TABLE, &["account", "profile", "address"]),
        (AMPLIFY, &["account", "profile"]),
        (ASP_NET, &["account", "profile", "second factor"]),
        (SESSIONS, &["session"]),
        (ELECTRO_DB, &["account"]),
        (
            NATIVE,
            &[
                "account",
                "profile",
                "address",
                "consent",
                "session",
                "attempt",
                "second factor",
                "role",
                "permission",
                "role assignment",
            ],
        ),
    ] {
        let yaml = proposed(items, None);
        let mapping = match Mapping::read(&yaml, &shapes(CATEGORIES)) {
            Ok(mapping) => mapping,
            Err(problems) => panic!("{problems}\n{yaml}"),
        };
        let found: BTreeSet<_> = mapping
            .tables()
            .flat_map(|table| table.rules())
            .map(|(_, kind)| kind)
            .collect();
        assert_eq!(found, kinds.iter().copied().collect(), "{yaml}");
    }
}

#[test]
fn a_second_rule_for_the_same_rows_is_withdrawn() {
    let items = r#"{"id":"A#1","type":"User","email":"ada@example.com"}{"id":"USER#1","type":"Customer","email":"b@example.com"}
        {"id":"A#2","type":"User","email":"ada@example.com"}"#;
    let sample = Sample {
        items: split(items).unwrap(),
        table: None,
    };
    let mut proposal = propose(&sample, None, None).unwrap();
    for rule in &mut proposal.rules {
        rule.conditions.clear();
        rule.partition = Some("{userId+}".to_owned());
    }
    let usable = |proposal: &super::proposal::Proposal| {
        proposal
            .rules
            .iter()
            .filter(|rule| rule.unusable.is_none())
            .count()
    };
    let before = usable(&proposal);
    assert_eq!(withdraw_refused(&mut proposal), []);
    assert_eq!((before, usable(&proposal)), (2, 1));
    assert_has(&proposal.yaml(), &["could give the same row"]);
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
