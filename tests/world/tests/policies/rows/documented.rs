//! The roles of `docs/permissions.md`: each can do its work, and nothing else.

use super::super::settings::{CATEGORIES, CLASSES, OWN};
use super::super::table::{Table, When, always, class, in_plaintext, via, when};
use super::actions::{BUCKET, KEY, LOG, OBJECT, QUEUE, STACK, STREAM, TABLE, TOPIC, touches_nothing_else};

const MAPPED: [&str; 3] = [
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:DeleteTable",
];
const PARAMETER: [&str; 3] = ["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"];
const SUBSCRIPTION: [&str; 4] = [
    "sns:ListSubscriptions",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
];
const TAIL: [&str; 5] = [
    "sqs:CreateQueue",
    "sqs:TagQueue",
    "sqs:ListQueueTags",
    "sqs:ListQueues",
    "sqs:UntagQueue",
];
const METRICS: [&str; 3] = [
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:PutMetricData",
];

pub(super) fn rows(table: &mut Table) {
    // The deployment that names these two roles as its operators.
    table.setting("accounts, guarded");
    operator(table, "documented operator");
    eraser(table, "documented eraser");
    table.setting("plain");
    not_named(table);
    subscriber(table);
    reader(table);
    mapping_author(table);
    deployer(table);
}

/// An operator, by the documented policy or by the role that the stack creates, can do no more than its work.
pub(super) fn operator(table: &mut Table, who: &str) {
    let parked = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:StartMessageMoveTask",
        "sqs:ListMessageMoveTasks",
        "sqs:CancelMessageMoveTask",
    ];
    table.only(who, &parked, &QUEUE, "parked queue", &always());
    let redrive = ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"];
    table.only(who, &redrive, &QUEUE, "redrive queue", &always());
    table.only(who, &["s3:GetObject"], &OBJECT, "failed record", &always());
    table.only(who, &["s3:ListBucket"], &BUCKET, "failure bucket", &always());
    for service in ["sqs", "s3"] {
        let allowed = ["kms:GenerateDataKey", "kms:Decrypt"];
        table.only(who, &allowed, &KEY, "messaging key", &via(service));
    }
    table.only(who, &[], &OBJECT, "access log of the bucket", &always());
    for category in CATEGORIES {
        table.only(who, &[], &TOPIC, &format!("{category} topic"), &always());
    }
    of_the_stack(table, who);
}

/// An eraser finds and deletes the records of a person, by the documented policy or by the role that the stack creates.
/// `keys` has the rest of its rights.
pub(super) fn eraser(table: &mut Table, who: &str) {
    let deletes = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
    ];
    for queue in ["parked queue", "redrive queue"] {
        table.only(who, &deletes, &QUEUE, queue, &always());
        table.only(who, &[], &QUEUE, queue, &in_plaintext());
    }
    let erases = [
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
    ];
    for object in ["failed record", "stored record"] {
        table.only(who, &erases, &OBJECT, object, &always());
        table.only(who, &[], &OBJECT, object, &in_plaintext());
    }
    let lists = ["s3:ListBucket", "s3:ListBucketVersions"];
    table.only(who, &lists, &BUCKET, "failure bucket", &always());
    for service in ["sqs", "s3"] {
        let allowed = ["kms:GenerateDataKey", "kms:Decrypt"];
        table.only(who, &allowed, &KEY, "messaging key", &via(service));
    }
    of_the_stack(table, who);
}

/// What operator and eraser have in common.
fn of_the_stack(table: &mut Table, who: &str) {
    table.only(
        who,
        &["cloudformation:DescribeStacks"],
        &STACK,
        "stack",
        &always(),
    );
    table.only(who, &[], &BUCKET, "access log bucket", &always());
    for circumstances in [always(), via("sns"), via("dynamodb")] {
        table.only(who, &[], &KEY, "messaging key", &circumstances);
    }
    for name in CLASSES {
        table.only(who, &[], &KEY, "seal key", &class(name));
    }
    touches_nothing_else(table, who);
}

/// The policy alone is not enough: the deployment must name the role.
fn not_named(table: &mut Table) {
    for who in ["documented operator", "documented eraser"] {
        for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage"] {
            table.deny(who, action, "parked queue", always());
        }
        table.deny(who, "s3:GetObject", "failed record", always());
    }
    table.deny(
        "documented operator",
        "sqs:SendMessage",
        "redrive queue",
        always(),
    );
}

/// A consumer without the template.
fn subscriber(table: &mut Table) {
    let who = "documented subscriber";
    let settles = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
    ];
    for queue in ["documented queue", "documented snapshot queue"] {
        table.only(who, &settles, &QUEUE, queue, &always());
    }
    let sets_aside = ["sqs:SendMessage"];
    table.only(
        who,
        &sets_aside,
        &QUEUE,
        "documented dead-letter queue",
        &always(),
    );
    let queue = ["kms:Decrypt", "kms:GenerateDataKey"];
    table.only(who, &queue, &KEY, "documented key", &via("sqs"));
    table.only(who, &[], &KEY, "documented key", &always());
    let claims = [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:Query",
    ];
    table.only(who, &claims, &TABLE, "documented inbox", &always());
    opens_contact(table, who);
    touches_nothing_else(table, who);
}

/// The class of the example on the page.
fn opens_contact(table: &mut Table, who: &str) {
    for name in CLASSES {
        let allowed: &[_] = if name == "contact" { &["kms:Decrypt"] } else { &[] };
        // The reader sees who opens; that is not about a class.
        for action in KEY
            .iter()
            .filter(|action| !["kms:GetKeyPolicy", "kms:ListGrants"].contains(action))
        {
            table.expect(allowed.contains(action), who, action, "seal key", class(name));
        }
        let other_app = super::super::table::context(&[("app", "other"), ("class", name)]);
        table.deny(who, "kms:Decrypt", "seal key", other_app);
    }
}

fn reader(table: &mut Table) {
    let who = "documented reader";
    for stack in ["stack", "another stack"] {
        table.only(who, &["cloudformation:DescribeStacks"], &STACK, stack, &always());
    }
    table.only(who, &["ssm:GetParameter"], &PARAMETER, "parameter", &always());
    table.only(who, &[], &PARAMETER, "another parameter", &always());
    let own_queue = when(&[
        ("sns:Protocol", "sqs"),
        (
            "sns:Endpoint",
            &format!("arn:aws:sqs:eu-west-1:{OWN}:user-events-tail-1"),
        ),
    ]);
    let subscribes = [
        "sns:Subscribe",
        "sns:ListSubscriptionsByTopic",
        "sns:GetTopicAttributes",
    ];
    for category in CATEGORIES {
        let topic = format!("{category} topic");
        table.only(who, &subscribes, &TOPIC, &topic, &own_queue);
        table.only(who, &SUBSCRIPTION, &SUBSCRIPTION, &topic, &always());
    }
    table.only(who, &[], &TOPIC, "another topic", &own_queue);
    table.only(who, &SUBSCRIPTION, &SUBSCRIPTION, "another topic", &always());
    let looks = ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"];
    let tails = [
        &looks[..],
        &[
            "sqs:SetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:DeleteQueue",
        ],
    ];
    table.only(who, &tails.concat(), &QUEUE, "tail's queue", &always());
    table.only(who, &TAIL[..4], &TAIL, "tail's queue", &always());
    for queue in ["another queue", "parked queue", "newsletter queue"] {
        table.only(who, &looks, &QUEUE, queue, &always());
        table.only(who, &["sqs:ListQueues"], &TAIL, queue, &always());
    }
    let sends = [&looks[..], &["sqs:SendMessage"]].concat();
    table.only(who, &sends, &QUEUE, "documented queue", &always());
    let queue = ["kms:Decrypt", "kms:GenerateDataKey"];
    table.only(who, &queue, &KEY, "documented key", &via("sqs"));
    table.only(who, &[], &KEY, "documented key", &always());
    table.only(who, &[], &KEY, "another key", &via("sqs"));
    table.only(who, &[], &KEY, "another key", &class("contact"));
    let resets = [
        "dynamodb:Query",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
    ];
    table.only(who, &resets, &TABLE, "documented inbox", &always());
    table.only(who, &[], &TABLE, "another table", &always());
    table.only(
        who,
        &["kms:GetKeyPolicy", "kms:ListGrants"],
        &KEY,
        "seal key",
        &always(),
    );
    // The age of messages. Nobody may invent it: alarms read the same values.
    table.only(who, &METRICS[..1], &METRICS, "metrics", &always());
    opens_contact(table, who);
}

fn mapping_author(table: &mut Table) {
    let who = "documented mapping author";
    table.only(who, &MAPPED[..2], &MAPPED, "mapped table", &always());
    let writes = [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:Scan",
    ];
    table.only(who, &writes, &TABLE, "mapped table", &always());
    for other in ["another table", "accounts table"] {
        table.only(who, &[], &MAPPED, other, &always());
        table.only(who, &[], &TABLE, other, &always());
    }
    touches_nothing_else(table, who);
}

/// A deployer can make and change what the stack has, and touches nothing else. Tests of the handlers of CloudFormation
/// would have to say which calls these are; a few stand for all.
fn deployer(table: &mut Table) {
    let who = "documented deployer";
    let of_the_stack = || when(&[("aws:ResourceTag/aws:cloudformation:stack-name", "users-Messaging")]);
    let everything: [(&str, &str, When); 14] = [
        ("cloudformation:UpdateStack", "stack", always()),
        ("cloudformation:ValidateTemplate", "another stack", always()),
        ("s3:PutBucketPolicy", "failure bucket", always()),
        ("iam:PutRolePolicy", "account function's role", always()),
        ("iam:PassRole", "account function's role", always()),
        ("sns:SetTopicAttributes", "account topic", always()),
        ("sqs:SetQueueAttributes", "parked queue", always()),
        ("dynamodb:UpdateTable", "accounts table", always()),
        ("ssm:PutParameter", "parameter", always()),
        ("lambda:PublishLayerVersion", "layer", always()),
        (
            "lambda:CreateEventSourceMapping",
            "event source mapping",
            always(),
        ),
        ("cloudwatch:PutMetricAlarm", "alarm", always()),
        ("kms:CreateAlias", "another key", always()),
        ("kms:PutKeyPolicy", "seal key", of_the_stack()),
    ];
    for (action, thing, circumstances) in everything {
        table.allow(who, action, thing, circumstances);
    }
    for (action, thing) in [
        ("cloudformation:UpdateStack", "another stack"),
        ("s3:PutBucketPolicy", "another bucket"),
        ("iam:PutRolePolicy", "newsletter consumer's role"),
        ("sns:SetTopicAttributes", "another topic"),
        ("sqs:SetQueueAttributes", "another queue"),
        ("dynamodb:UpdateTable", "another table"),
        ("ssm:PutParameter", "another parameter"),
        ("kms:PutKeyPolicy", "another key"),
        ("kms:PutKeyPolicy", "seal key"),
    ] {
        table.deny(who, action, thing, always());
    }
    // Deploying is not publishing or reading.
    for category in CATEGORIES {
        table.deny(who, "sns:Publish", &format!("{category} topic"), always());
    }
    table.deny(who, "sqs:SendMessage", "redrive queue", always());
    table.deny(who, "sqs:ReceiveMessage", "parked queue", always());
    table.deny(who, "s3:GetObject", "failed record", always());
    table.deny(who, LOG[2], "another log", always());
    // But `dynamodb:*` on the tables of the stack includes their rows.
    table.allow(who, STREAM[1], "accounts stream", always());
}
