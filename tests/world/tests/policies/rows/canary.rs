//! The canary: writes the rows of its synthetic user, and receives their events.

use serde_json::json;

use super::super::settings::{CATEGORIES, CLASSES, OWN};
use super::super::table::{Table, When, always, class, in_plaintext, via, when};
use super::actions::{KEY, LOG, OBJECT, QUEUE, TABLE, TOPIC, touches_nothing_else};

const FUNCTION: [&str; 4] = [
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "lambda:GetFunction",
    "lambda:DeleteFunction",
];

/// A request for items with these partition keys.
fn keys(keys: &[&str]) -> When {
    vec![("dynamodb:LeadingKeys".to_owned(), json!(keys))]
}

pub(super) fn rows(table: &mut Table) {
    table.setting("plain");
    let who = "canary";
    let own = keys(&["USER#user-events-canary"]);
    table.only(who, &["dynamodb:PutItem"], &TABLE, "profiles table", &own);
    for others in [
        keys(&["USER#user-1"]),
        keys(&["USER#user-events-canary", "USER#user-1"]),
    ] {
        table.only(who, &[], &TABLE, "profiles table", &others);
    }
    table.only(who, &[], &TABLE, "accounts table", &own);
    let uses = [
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:DescribeKey",
    ];
    table.only(who, &uses, &KEY, "tables' key", &via("dynamodb"));
    table.only(who, &[], &KEY, "tables' key", &always());
    let receives = ["sqs:ReceiveMessage", "sqs:DeleteMessage"];
    table.only(who, &receives, &QUEUE, "canary's queue", &always());
    table.only(who, &[], &QUEUE, "canary's queue", &in_plaintext());
    table.only(who, &[], &QUEUE, "parked queue", &always());
    let writes = ["logs:CreateLogStream", "logs:PutLogEvents"];
    table.only(who, &writes, &LOG, "canary's log", &always());
    table.only(who, &[], &OBJECT, "failed record", &always());
    for name in CLASSES {
        table.only(who, &[], &KEY, "seal key", &class(name));
    }
    for category in CATEGORIES {
        table.only(who, &[], &TOPIC, &format!("{category} topic"), &always());
    }
    touches_nothing_else(table, who);
    delivery(table);
    schedule(table);
}

fn delivery(table: &mut Table) {
    let from = |topic: &str| when(&[("aws:SourceArn", &format!("arn:aws:sns:eu-west-1:{OWN}:{topic}"))]);
    let queue = "canary's queue";
    table.only(
        "SNS",
        &["sqs:SendMessage"],
        &QUEUE,
        queue,
        &from("users-profile.fifo"),
    );
    table.deny("SNS", "sqs:SendMessage", queue, from("users-account.fifo"));
    table.deny("SNS", "sqs:SendMessage", queue, always());
    table.deny("S3", "sqs:SendMessage", queue, from("users-profile.fifo"));
    for who in [
        "foreign administrator",
        "partner's administrator",
        "account function",
    ] {
        table.only(who, &[], &QUEUE, queue, &always());
    }
    table.allow("administrator", "sqs:GetQueueAttributes", queue, always());
    table.deny("administrator", "sqs:GetQueueAttributes", queue, in_plaintext());
}

fn schedule(table: &mut Table) {
    let who = "canary's schedule";
    table.only(who, &FUNCTION[..1], &FUNCTION, "canary's function", &always());
    table.only(who, &[], &FUNCTION, "another function", &always());
    touches_nothing_else(table, who);
    let assume = "sts:AssumeRole";
    let own = when(&[("aws:SourceAccount", OWN)]);
    let schedule = "canary's schedule's role";
    table.allow("EventBridge Scheduler", assume, schedule, own.clone());
    let foreign = when(&[("aws:SourceAccount", "999999999999")]);
    table.deny("EventBridge Scheduler", assume, schedule, foreign);
    table.deny("EventBridge Scheduler", "sts:TagSession", schedule, own.clone());
    table.deny("Lambda", assume, schedule, own);
    table.allow("Lambda", assume, "canary's role", always());
    table.deny("Lambda", "sts:TagSession", "canary's role", always());
    for who in ["EC2", "administrator", "foreign administrator"] {
        table.deny(who, assume, "canary's role", always());
        table.deny(who, assume, schedule, always());
    }
}
