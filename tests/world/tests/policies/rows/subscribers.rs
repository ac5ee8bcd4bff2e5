//! A subscriber: its queue receives from its topic only, and its consumer opens its classes only.

use super::super::settings::{
    CATEGORIES, CLASSES, FOREIGN, LATE, OTHER_PARTNER, OWN, PARTNERS_SUBSCRIBER, SUBSCRIBERS,
};
use super::super::table::{Table, When, always, and, class, context, in_plaintext, via, when};
use super::actions::{KEY, LOG, OBJECT, QUEUE, TABLE, TOPIC, touches_nothing_else};

const READ: [&str; 5] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:PurgeQueue",
    "sqs:StartMessageMoveTask",
];

pub(super) fn rows(table: &mut Table) {
    for setting in ["plain", "accounts, guarded"] {
        table.setting(setting);
        for (name, category, classes) in SUBSCRIBERS {
            opens(table, name, classes);
            if setting == "plain" {
                queues(table, name, category);
                key(table, name, category);
                rest(table, name);
                operator(table, name);
            }
        }
    }
    // The stack names the role of its operators itself.
    table.setting("accounts, guarded");
    for (name, _, _) in SUBSCRIBERS {
        for what in ["queue", "dead-letter queue", "undelivered queue"] {
            let queue = format!("{name} {what}");
            for action in READ.iter().chain(&["sqs:SendMessage"]) {
                table.allow("operations", action, &queue, always());
                table.deny("administrator", action, &queue, always());
            }
        }
    }
    let (name, category, _) = PARTNERS_SUBSCRIBER;
    queues(table, name, category);
    key(table, name, category);
    rest(table, name);
    operator(table, name);
}

/// The seal key: its classes, by their encryption context, and nothing else.
fn opens(table: &mut Table, name: &str, classes: &[&str]) {
    let who = format!("{name} consumer");
    for one in CLASSES {
        let own = classes.contains(&one);
        let allowed: &[_] = if own { &["kms:Decrypt"] } else { &[] };
        table.only(&who, allowed, &KEY, "seal key", &class(one));
        let other_app = context(&[("app", "other"), ("class", one)]);
        let no_app = context(&[("class", one)]);
        for circumstances in [other_app, no_app] {
            table.deny(&who, "kms:Decrypt", "seal key", circumstances);
        }
    }
    table.only(&who, &[], &KEY, "seal key", &always());
    table.only(&who, &[], &KEY, "seal key", &context(&[("app", "user-events")]));
}

/// The administrator of a subscriber's account, and the topic's ARN.
fn home(name: &str, category: &str) -> (&'static str, String) {
    let administrator = if name == PARTNERS_SUBSCRIBER.0 {
        "partner's administrator"
    } else {
        "administrator"
    };
    let topic = format!("arn:aws:sns:eu-west-1:{OWN}:users-{category}.fifo");
    (administrator, topic)
}

fn from(topic: &str) -> When {
    let account = topic.split(':').nth(4).unwrap_or_default();
    when(&[("aws:SourceArn", topic), ("aws:SourceAccount", account)])
}

fn queues(table: &mut Table, name: &str, category: &str) {
    let (administrator, topic) = home(name, category);
    let consumer = format!("{name} consumer");
    let operator = format!("{name} operator");
    let other_topic = format!("arn:aws:sns:eu-west-1:{OWN}:users-{category}2.fifo");
    let foreign_topic = format!("arn:aws:sns:eu-west-1:{FOREIGN}:users-{category}.fifo");
    let send = "sqs:SendMessage";
    for what in ["queue", "dead-letter queue", "undelivered queue", "source queue"] {
        let queue = format!("{name} {what}");
        // SNS delivers, and sets aside what it could not deliver.
        let receives = ["queue", "undelivered queue"].contains(&what);
        table.expect(receives, "SNS", send, &queue, from(&topic));
        for source in [&other_topic, &foreign_topic] {
            table.deny("SNS", send, &queue, from(source));
        }
        table.deny("SNS", send, &queue, always());
        table.deny("SNS", "sqs:ReceiveMessage", &queue, from(&topic));
        for service in ["S3", "EventBridge", "Lambda"] {
            table.deny(service, send, &queue, from(&topic));
        }
        // Nobody forges events, or takes them away.
        let reserved: &[_] = if what == "source queue" { &[] } else { &READ };
        let another = if name == "statistics" {
            "newsletter consumer"
        } else {
            "statistics consumer"
        };
        for who in [
            administrator,
            "account function",
            "redrive function",
            "foreign administrator",
            "other partner's administrator",
            another,
        ] {
            if who != consumer {
                table.deny(who, send, &queue, always());
                for action in reserved {
                    table.deny(who, action, &queue, always());
                }
            }
        }
        for who in [administrator, consumer.as_str(), operator.as_str()] {
            table.only(who, &[], &QUEUE, &queue, &in_plaintext());
        }
        table.allow(administrator, "sqs:GetQueueAttributes", &queue, always());
    }
    consumer_of(table, name);
}

fn consumer_of(table: &mut Table, name: &str) {
    let consumer = format!("{name} consumer");
    let settles = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
    ];
    let queue = |what: &str| format!("{name} {what}");
    table.only(&consumer, &settles, &QUEUE, &queue("queue"), &always());
    table.only(
        &consumer,
        &["sqs:SendMessage"],
        &QUEUE,
        &queue("dead-letter queue"),
        &always(),
    );
    table.only(&consumer, &[], &QUEUE, &queue("undelivered queue"), &always());
    table.only(&consumer, &[], &QUEUE, &queue("source queue"), &always());
    for (other, _, _) in SUBSCRIBERS {
        if other != name {
            table.only(&consumer, &[], &QUEUE, &format!("{other} queue"), &always());
        }
    }
    touches_nothing_else(table, &consumer);
}

/// The operator that the stack creates: looks, deletes, and moves messages back with the operator's own rights.
fn operator(table: &mut Table, name: &str) {
    let who = format!("{name} operator");
    let looks = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ListDeadLetterSourceQueues",
    ];
    let moves = [
        "sqs:StartMessageMoveTask",
        "sqs:CancelMessageMoveTask",
        "sqs:ListMessageMoveTasks",
    ];
    for what in ["dead-letter queue", "undelivered queue"] {
        let allowed = [&looks[..], &moves].concat();
        table.only(&who, &allowed, &QUEUE, &format!("{name} {what}"), &always());
    }
    let allowed = [&looks[..], &["sqs:SendMessage"]].concat();
    table.only(&who, &allowed, &QUEUE, &format!("{name} queue"), &always());
    table.only(&who, &[], &QUEUE, &format!("{name} source queue"), &always());
    let key = format!("{name} key");
    table.only(
        &who,
        &["kms:Decrypt", "kms:GenerateDataKey"],
        &KEY,
        &key,
        &via("sqs"),
    );
    for circumstances in [always(), via("dynamodb")] {
        table.only(&who, &[], &KEY, &key, &circumstances);
    }
    for (other, _, _) in SUBSCRIBERS {
        if other != name {
            table.only(&who, &[], &QUEUE, &format!("{other} queue"), &always());
        }
    }
    table.only(&who, &[], &TABLE, &format!("{name} inbox"), &always());
    touches_nothing_else(table, &who);
}

/// The subscriber's key: through the services that hold what it encrypts.
fn key(table: &mut Table, name: &str, category: &str) {
    let (_, topic) = home(name, category);
    let consumer = format!("{name} consumer");
    let own = format!("{name} key");
    let queue = ["kms:Decrypt", "kms:GenerateDataKey"];
    table.only(&consumer, &queue, &KEY, &own, &via("sqs"));
    let inbox = [
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:GenerateDataKeyPair",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:DescribeKey",
    ];
    table.only(&consumer, &inbox, &KEY, &own, &via("dynamodb"));
    for circumstances in [always(), via("s3"), via("sns")] {
        table.only(&consumer, &[], &KEY, &own, &circumstances);
    }
    table.only(
        "SNS",
        &[
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:GenerateDataKeyPair",
            "kms:Decrypt",
        ],
        &KEY,
        &own,
        &from(&topic),
    );
    let other_topic = format!("arn:aws:sns:eu-west-1:{OWN}:other");
    let other_account = and(from(&topic), when(&[("aws:SourceAccount", OTHER_PARTNER)]));
    for circumstances in [from(&other_topic), other_account, always()] {
        table.deny("SNS", "kms:Decrypt", &own, circumstances);
    }
    for service in ["S3", "EventBridge"] {
        table.deny(service, "kms:Decrypt", &own, from(&topic));
    }
    for who in ["account function", "foreign administrator", "role without grants"] {
        table.only(who, &[], &KEY, &own, &via("sqs"));
    }
}

/// The inbox and the log are its own; topics and records in clear are not.
fn rest(table: &mut Table, name: &str) {
    let consumer = format!("{name} consumer");
    let mut claims = vec![
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
    ];
    // It counts what it handled of a snapshot.
    if [LATE, PARTNERS_SUBSCRIBER.0].contains(&name) {
        claims.push("dynamodb:Query");
    }
    table.only(&consumer, &claims, &TABLE, &format!("{name} inbox"), &always());
    let writes = ["logs:CreateLogStream", "logs:PutLogEvents"];
    table.only(&consumer, &writes, &LOG, &format!("{name} log"), &always());
    table.only(&consumer, &[], &LOG, "account log", &always());
    table.only(&consumer, &[], &OBJECT, "failed record", &always());
    table.only(&consumer, &[], &TABLE, "accounts table", &always());
    table.only(&consumer, &[], &KEY, "messaging key", &via("sqs"));
    for category in CATEGORIES {
        let own_queue = when(&[
            ("sns:Protocol", "sqs"),
            ("sns:Endpoint", &format!("arn:aws:sqs:eu-west-1:{OWN}:{name}")),
        ]);
        table.only(&consumer, &[], &TOPIC, &format!("{category} topic"), &own_queue);
    }
    for (other, _, _) in SUBSCRIBERS {
        if other != name {
            table.only(&consumer, &[], &TABLE, &format!("{other} inbox"), &always());
            table.only(&consumer, &[], &LOG, &format!("{other} log"), &always());
        }
    }
}
