//! The table of persons' keys and the ledger of erasures: functions create keys, erasers bury them, consumers read them one
//! by one, and nobody copies or deletes them.

use serde_json::Value;

use super::super::settings::{PARTNERS_SUBSCRIBER, SUBSCRIBERS};
use super::super::table::{Table, When, always, and, via, when};
use super::actions::{KEY, SECRETS, STREAM, TABLE};
use super::documented;

const KEYS: &str = "keys of persons";
const LEDGER: &str = "ledger";
const RESTORED: &str = "restored keys";
const STREAM_OF_KEYS: &str = "stream of keys";
const KEY_OF_KEYS: &str = "key of the keys of persons";

/// What DynamoDB asks of KMS for a caller who writes.
const WRITES: [&str; 6] = [
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:DescribeKey",
];
/// What no policy of a caller allows anybody.
const FORBIDDEN: [&str; 9] = [
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PartiQLSelect",
    "dynamodb:CreateBackup",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:EnableKinesisStreamingDestination",
];
/// What only functions and erasers may do.
const RESERVED: [&str; 4] = [
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
];
const READS: [&str; 2] = ["dynamodb:GetItem", "dynamodb:BatchGetItem"];

pub(super) fn rows(table: &mut Table) {
    table.setting("keys of persons");
    for (name, hears) in [
        ("account", true),
        ("profile", false),
        ("authentication", false),
        ("redrive", false),
    ] {
        function(table, name, hears);
    }
    // Its events have no class.
    let access = "access function";
    for thing in [KEYS, LEDGER] {
        table.only(access, &[], &SECRETS, thing, &always());
    }
    table.only(
        access,
        &["dynamodb:ListStreams"],
        &STREAM,
        STREAM_OF_KEYS,
        &always(),
    );
    table.only(access, &[], &KEY, KEY_OF_KEYS, &via("dynamodb"));
    documented::eraser(table, "eraser");
    eraser(table, "eraser");
    trust(table);
    administrator(table, "administrator");
    for (name, _, _) in SUBSCRIBERS {
        consumer(table, &format!("{name} consumer"), true);
    }
    consumer(table, "documented subscriber", true);
    consumer(table, &format!("{} consumer", PARTNERS_SUBSCRIBER.0), false);
    for who in ["operator", "role without grants", "foreign administrator"] {
        stranger(table, who);
    }
    stranger(table, "partner's administrator");
    table.setting("single table");
    function(table, "single-table", true);
    function(table, "redrive", false);
    table.setting("accounts, guarded");
    eraser(table, "documented eraser");
    named(table);
    accounts(table);
    table.setting("organization");
    organization(table);
    table.setting("plain");
    // Without the parameter there is neither table nor role, and a role of that name gets nothing.
    for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage"] {
        table.deny("documented eraser", action, "redrive queue", always());
    }
    table.deny("documented eraser", "s3:PutObject", "failed record", always());
}

/// A function that seals creates keys and reads them. One of them hears of tombstones.
fn function(table: &mut Table, name: &str, hears: bool) {
    let who = format!("{name} function");
    let uses = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"];
    table.only(&who, &uses, &SECRETS, KEYS, &always());
    table.deny(&who, "dynamodb:DeleteTable", KEYS, always());
    for thing in [LEDGER, RESTORED] {
        table.only(&who, &[], &SECRETS, thing, &always());
    }
    let reads: &[_] = match (hears, name) {
        (true, _) => &STREAM[..4],
        (false, "redrive") => &[],
        // The names of streams are no secret within the account.
        (false, _) => &["dynamodb:ListStreams"],
    };
    table.only(&who, reads, &STREAM, STREAM_OF_KEYS, &always());
    table.only(&who, &WRITES, &KEY, KEY_OF_KEYS, &via("dynamodb"));
    for circumstances in [always(), via("s3")] {
        table.only(&who, &[], &KEY, KEY_OF_KEYS, &circumstances);
    }
}

/// A request that names the attributes that it returns.
fn reading(attributes: &[&str]) -> When {
    let attributes: Vec<_> = attributes.iter().map(|name| Value::from(*name)).collect();
    vec![
        ("dynamodb:Attributes".to_owned(), attributes.into()),
        ("dynamodb:Select".to_owned(), "SPECIFIC_ATTRIBUTES".into()),
    ]
}

/// An eraser buries keys and never reads one of the table. What a restore made of the past is apart.
fn eraser(table: &mut Table, who: &str) {
    let get = "dynamodb:GetItem";
    table.allow(who, get, KEYS, reading(&["pk", "erasedAt", "subject"]));
    for secret in ["secret", "keyId"] {
        table.deny(who, get, KEYS, reading(&["pk", "erasedAt", secret]));
    }
    table.deny(who, get, KEYS, when(&[("dynamodb:Select", "ALL_ATTRIBUTES")]));
    let buries = ["dynamodb:PutItem"];
    let returning = |what| when(&[("dynamodb:ReturnValues", what)]);
    for action in SECRETS.iter().filter(|action| **action != get) {
        table.expect(buries.contains(action), who, action, KEYS, always());
        table.expect(buries.contains(action), who, action, KEYS, returning("NONE"));
        table.deny(who, action, KEYS, returning("ALL_OLD"));
    }
    let keeps = [get, "dynamodb:UpdateItem", "dynamodb:Scan"];
    table.only(who, &keeps, &SECRETS, LEDGER, &always());
    table.only(who, &["dynamodb:Scan"], &SECRETS, RESTORED, &always());
    for thing in [KEYS, LEDGER, RESTORED] {
        table.deny(who, "dynamodb:DeleteTable", thing, always());
    }
    table.only(who, &[], &STREAM, STREAM_OF_KEYS, &always());
    table.only(who, &WRITES, &KEY, KEY_OF_KEYS, &via("dynamodb"));
    for circumstances in [always(), via("s3"), via("sqs")] {
        table.only(who, &[], &KEY, KEY_OF_KEYS, &circumstances);
    }
}

fn trust(table: &mut Table) {
    let (assume, role) = ("sts:AssumeRole", "eraser's role");
    table.allow("administrator", assume, role, always());
    table.deny("administrator", "sts:TagSession", role, always());
    for who in [
        "Lambda",
        "role without grants",
        "foreign administrator",
        "operator",
    ] {
        table.deny(who, assume, role, always());
    }
}

/// Whoever may do everything in the account neither copies nor changes the tables' rows.
fn administrator(table: &mut Table, who: &str) {
    for action in FORBIDDEN.iter().chain(&RESERVED) {
        table.deny(who, action, KEYS, always());
    }
    for action in &READS {
        table.allow(who, action, KEYS, always());
    }
    for action in RESERVED.iter().chain(&FORBIDDEN[..3]) {
        table.deny(who, action, LEDGER, always());
    }
    for action in ["dynamodb:GetItem", "dynamodb:Scan"] {
        table.allow(who, action, LEDGER, always());
    }
    table.deny(who, "dynamodb:GetRecords", STREAM_OF_KEYS, always());
    table.allow(who, "dynamodb:DescribeStream", STREAM_OF_KEYS, always());
    table.allow(who, "dynamodb:RestoreTableToPointInTime", KEYS, always());
    table.allow(who, "kms:PutKeyPolicy", KEY_OF_KEYS, always());
}

/// A consumer gets one key after the other: in the account by its own policy, in another one if its account may.
fn consumer(table: &mut Table, who: &str, may: bool) {
    let (reads, decrypts): (&[_], &[_]) = if may {
        (&["dynamodb:GetItem"], &["kms:Decrypt"])
    } else {
        (&[], &[])
    };
    table.only(who, reads, &SECRETS, KEYS, &always());
    table.only(who, decrypts, &KEY, KEY_OF_KEYS, &via("dynamodb"));
    table.only(who, &[], &KEY, KEY_OF_KEYS, &always());
    table.only(who, &[], &KEY, "tables' key", &via("dynamodb"));
    for thing in [LEDGER, RESTORED] {
        table.only(who, &[], &SECRETS, thing, &always());
    }
    table.only(who, &[], &STREAM, STREAM_OF_KEYS, &always());
}

fn stranger(table: &mut Table, who: &str) {
    for thing in [KEYS, LEDGER, RESTORED] {
        table.only(who, &[], &SECRETS, thing, &always());
        table.only(who, &[], &TABLE, thing, &always());
    }
    table.only(who, &[], &STREAM, STREAM_OF_KEYS, &always());
    for circumstances in [always(), via("dynamodb")] {
        table.only(who, &[], &KEY, KEY_OF_KEYS, &circumstances);
    }
}

/// The roles that the deployment names: an operator reads no key, whatever IAM allows, unless it is an eraser, too.
fn named(table: &mut Table) {
    let (operator, both) = ("operations", "operator who erases");
    for action in READS {
        table.deny(operator, action, KEYS, always());
        table.allow(both, action, KEYS, always());
    }
    for action in RESERVED {
        table.deny(operator, action, KEYS, always());
        table.deny(operator, action, LEDGER, always());
        table.allow(both, action, KEYS, always());
        table.allow(both, action, LEDGER, always());
    }
    for action in FORBIDDEN {
        table.deny(both, action, KEYS, always());
    }
    for action in &FORBIDDEN[..3] {
        table.deny(both, action, LEDGER, always());
    }
    administrator(table, "administrator");
    // An eraser who is no operator moves nothing.
    for queue in ["parked queue", "redrive queue"] {
        for action in ["sqs:PurgeQueue", "sqs:StartMessageMoveTask"] {
            table.deny("documented eraser", action, queue, always());
            table.allow(both, action, queue, always());
        }
    }
}

/// Other accounts get keys one by one if a class names them, through DynamoDB only.
fn reads(table: &mut Table, who: &str, may: bool) {
    let (gets, decrypts): (&[_], &[_]) = if may {
        (&["dynamodb:GetItem"], &["kms:Decrypt"])
    } else {
        (&[], &[])
    };
    table.only(who, gets, &SECRETS, KEYS, &always());
    table.only(who, decrypts, &KEY, KEY_OF_KEYS, &via("dynamodb"));
    for circumstances in [always(), via("s3")] {
        table.only(who, &[], &KEY, KEY_OF_KEYS, &circumstances);
    }
    for thing in [LEDGER, RESTORED] {
        table.only(who, &[], &SECRETS, thing, &always());
    }
    table.only(who, &[], &STREAM, STREAM_OF_KEYS, &always());
}

fn accounts(table: &mut Table) {
    for (who, may) in [
        ("partner's administrator", true),
        ("other partner's administrator", true),
        ("member's administrator", false),
        ("foreign administrator", false),
        // The account may, and this role has no grant there.
        ("partner's role without grants", false),
    ] {
        reads(table, who, may);
    }
    consumer(table, &format!("{} consumer", PARTNERS_SUBSCRIBER.0), true);
}

fn organization(table: &mut Table) {
    for (who, may) in [
        ("partner's administrator", true),
        ("member's administrator", true),
        ("other partner's administrator", false),
        ("foreign administrator", false),
        // The organization is no grant within the own account, and none in others.
        ("role without grants", false),
        ("member's role without grants", false),
    ] {
        reads(table, who, may);
    }
    let elsewhere = when(&[("aws:PrincipalOrgID", "o-anotherorgid")]);
    table.deny(
        "member's administrator",
        "dynamodb:GetItem",
        KEYS,
        elsewhere.clone(),
    );
    table.deny(
        "member's administrator",
        "kms:Decrypt",
        KEY_OF_KEYS,
        and(via("dynamodb"), elsewhere),
    );
}
