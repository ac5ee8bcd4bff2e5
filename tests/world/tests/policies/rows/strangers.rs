//! Everybody else in the account, administrators included: nobody publishes, feeds the queues or reads records in clear.
//! Operators do what their work needs.

use super::super::settings::{CATEGORIES, CLASSES};
use super::super::table::{Table, When, always, class, context, in_plaintext, when};
use super::actions::KEY;
use super::documented;

/// Actions that a policy of a topic, queue or bucket reserves.
const RESERVED_OF_QUEUE: [&str; 6] = [
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:PurgeQueue",
    "sqs:StartMessageMoveTask",
];
const READ: [&str; 4] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:StartMessageMoveTask",
];

pub(super) fn rows(table: &mut Table) {
    table.setting("plain");
    publish(
        table,
        &["administrator", "operations", "operator", "role without grants"],
    );
    subscribe(table);
    queues(
        table,
        "operator",
        &["operations", "administrator", "newsletter consumer"],
    );
    bucket(
        table,
        "operator",
        &["operations", "administrator", "newsletter consumer"],
    );
    documented::operator(table, "operator");
    administrator(table);
    seal_key(table);
    table.setting("accounts, guarded");
    publish(table, &["administrator", "operations"]);
    // The deployment names the role of its operators itself.
    queues(table, "operations", &["administrator", "shipping consumer"]);
    bucket(table, "operations", &["administrator", "shipping consumer"]);
    // The policy of the queue lets operators purge it. The role that the stack creates has no grant for that.
    for queue in ["parked queue", "redrive queue"] {
        table.allow("operations", "sqs:PurgeQueue", queue, always());
        for action in READ {
            table.allow("operations", action, queue, always());
        }
    }
    guarded_seal_key(table);
}

fn publish(table: &mut Table, who: &[&str]) {
    for who in who {
        for category in CATEGORIES {
            let topic = format!("{category} topic");
            table.deny(who, "sns:Publish", &topic, always());
            table.deny(who, "sns:Publish", &topic, in_plaintext());
        }
    }
}

fn subscribing(protocol: &str, endpoint: &str) -> When {
    when(&[("sns:Protocol", protocol), ("sns:Endpoint", endpoint)])
}

/// Who has `sns:Subscribe` from IAM may subscribe a queue of the account, and nothing else.
fn subscribe(table: &mut Table) {
    let who = "administrator";
    let subscribe = "sns:Subscribe";
    for category in CATEGORIES {
        let topic = format!("{category} topic");
        let queue = "arn:aws:sqs:eu-west-1:111111111111:any";
        table.allow(who, subscribe, &topic, subscribing("sqs", queue));
        table.deny(
            "role without grants",
            subscribe,
            &topic,
            subscribing("sqs", queue),
        );
        let mut plaintext = subscribing("sqs", queue);
        plaintext.extend(in_plaintext());
        table.deny(who, subscribe, &topic, plaintext);
        for (protocol, endpoint) in [
            ("sqs", "arn:aws:sqs:eu-west-1:222222222222:theirs"),
            ("sqs", "arn:aws:sqs:eu-west-1:999999999999:111111111111"),
            ("lambda", "arn:aws:lambda:eu-west-1:111111111111:function:any"),
            (
                "firehose",
                "arn:aws:firehose:eu-west-1:111111111111:deliverystream/any",
            ),
            ("https", "https://example.com/:sqs:eu-west-1:111111111111:any"),
            ("http", "http://example.com/"),
            ("email", "somebody@example.com"),
            ("email-json", "somebody@example.com"),
            ("sms", "+1-555-0100"),
            (
                "application",
                "arn:aws:sns:eu-west-1:111111111111:endpoint/APNS/any/1",
            ),
            // What only looks like a queue of the account.
            ("https", "arn:aws:sqs:eu-west-1:111111111111:any"),
        ] {
            table.deny(who, subscribe, &topic, subscribing(protocol, endpoint));
        }
    }
}

fn queues(table: &mut Table, operator: &str, others: &[&str]) {
    for who in others {
        for queue in ["parked queue", "redrive queue"] {
            table.only(who, &[], &RESERVED_OF_QUEUE, queue, &always());
        }
    }
    for action in READ {
        table.expect(true, operator, action, "parked queue", always());
        table.deny(operator, action, "parked queue", in_plaintext());
    }
    // Only functions and the bucket put something there.
    table.deny(operator, "sqs:SendMessage", "parked queue", always());
    table.allow(operator, "sqs:SendMessage", "redrive queue", always());
    table.deny(operator, "sqs:SendMessage", "redrive queue", in_plaintext());
}

fn bucket(table: &mut Table, operator: &str, others: &[&str]) {
    for object in ["failed record", "stored record"] {
        for who in others {
            for action in ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"] {
                table.deny(who, action, object, always());
            }
        }
        table.allow(operator, "s3:GetObject", object, always());
        table.deny(operator, "s3:GetObject", object, in_plaintext());
        table.deny(operator, "s3:PutObject", object, always());
    }
}

/// What stays with the administrators of the account: they own the policies themselves.
fn administrator(table: &mut Table) {
    let who = "administrator";
    for (action, thing) in [
        ("sns:SetTopicAttributes", "account topic"),
        ("sns:GetTopicAttributes", "account topic"),
        ("sqs:SetQueueAttributes", "parked queue"),
        ("sqs:GetQueueAttributes", "parked queue"),
        ("sqs:SetQueueAttributes", "redrive queue"),
        ("s3:PutBucketPolicy", "failure bucket"),
        ("s3:ListBucket", "failure bucket"),
        ("s3:DeleteObject", "failed record"),
        ("s3:DeleteObjectVersion", "failed record"),
        ("s3:GetObject", "access log of the bucket"),
        ("s3:ListBucket", "access log bucket"),
        ("kms:PutKeyPolicy", "seal key"),
        ("kms:DescribeKey", "seal key"),
        ("kms:ScheduleKeyDeletion", "messaging key"),
        ("kms:DescribeKey", "tables' key"),
        ("dynamodb:GetRecords", "accounts stream"),
    ] {
        table.allow(who, action, thing, always());
        table.deny("role without grants", action, thing, always());
    }
    for (action, thing) in [
        ("sqs:GetQueueAttributes", "parked queue"),
        ("sqs:GetQueueAttributes", "redrive queue"),
        ("s3:ListBucket", "failure bucket"),
        ("s3:DeleteObject", "failed record"),
        ("s3:GetObject", "access log of the bucket"),
        ("s3:ListBucket", "access log bucket"),
    ] {
        table.deny(who, action, thing, in_plaintext());
    }
}

/// Without the guard, IAM of the account alone decides: an administrator opens every class, and nobody without a grant.
fn seal_key(table: &mut Table) {
    for name in CLASSES {
        table.allow("administrator", "kms:Decrypt", "seal key", class(name));
        table.only("role without grants", &[], &KEY, "seal key", &class(name));
    }
}

/// With the guard, a wide policy opens nothing.
fn guarded_seal_key(table: &mut Table) {
    let guarded = [
        "kms:Decrypt",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:CreateGrant",
    ];
    let tag = |value: &str| when(&[("aws:PrincipalTag/user-events-classes", value)]);
    for name in CLASSES {
        for action in guarded {
            table.deny("administrator", action, "seal key", class(name));
            table.deny("operations", action, "seal key", class(name));
            let mut tagged = class(name);
            tagged.extend(tag(&format!(":{name}:")));
            table.allow("administrator", action, "seal key", tagged);
        }
        for wrong in ["", ":", "::", name, &format!(":{name}"), ":contact2:"] {
            let mut tagged = class(name);
            tagged.extend(tag(wrong));
            table.deny("administrator", "kms:Decrypt", "seal key", tagged);
        }
        for other in CLASSES.iter().filter(|other| **other != name) {
            let mut tagged = class(name);
            tagged.extend(tag(&format!(":{other}:")));
            table.deny("administrator", "kms:Decrypt", "seal key", tagged);
        }
        let mut several = class(name);
        several.extend(tag(":contact:identity:address:network:"));
        table.allow("administrator", "kms:Decrypt", "seal key", several);
    }
    // A request without a class, for which the guard has nothing to compare with.
    for action in guarded {
        table.deny("administrator", action, "seal key", always());
        let mut tagged = context(&[("app", "user-events")]);
        tagged.extend(tag(":contact:"));
        table.deny("administrator", action, "seal key", tagged);
    }
    // The guard is about opening. Administration stays.
    for action in ["kms:DescribeKey", "kms:PutKeyPolicy", "kms:GenerateDataKey"] {
        table.allow("administrator", action, "seal key", class("contact"));
    }
}
