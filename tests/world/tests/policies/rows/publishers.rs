//! The functions: each publishes to its topics and seals its classes. None opens anything.

use super::super::settings::{CATEGORIES, CLASSES};
use super::super::table::{Table, When, always, and, class, context, in_plaintext, via, when};
use super::actions::{BUCKET, KEY, LOG, OBJECT, QUEUE, STREAM, TABLE, TOPIC, touches_nothing_else};

/// A function: the categories of its topics, its classes, and the streams that it reads.
struct Function {
    name: &'static str,
    categories: &'static [&'static str],
    classes: &'static [&'static str],
    streams: &'static [&'static str],
}

const REDRIVE: Function = Function {
    name: "redrive",
    categories: &CATEGORIES,
    classes: &CLASSES,
    streams: &[],
};

const FUNCTIONS: [Function; 5] = [
    Function {
        name: "account",
        categories: &["account"],
        classes: &["contact"],
        streams: &["accounts"],
    },
    Function {
        name: "profile",
        categories: &["profile"],
        classes: &["identity", "address"],
        streams: &["profiles"],
    },
    Function {
        name: "authentication",
        categories: &["authentication"],
        classes: &["network"],
        streams: &["authentication"],
    },
    Function {
        name: "access",
        categories: &["access"],
        classes: &[],
        streams: &["access"],
    },
    REDRIVE,
];

const TABLES: [&str; 4] = ["accounts", "profiles", "authentication", "access"];

pub(super) fn rows(table: &mut Table) {
    table.setting("plain");
    for function in &FUNCTIONS {
        all(table, function);
        streams(table, function, &TABLES, true);
    }
    table.setting("accounts, guarded");
    for function in &FUNCTIONS {
        seals(table, function);
    }
    // One function for all categories, which seals every class.
    for (setting, streams_read, has_key) in [
        ("single table", &["own"][..], true),
        (
            "mapped tables",
            &["accounts", "profiles", "authentication", "access", "own"][..],
            false,
        ),
    ] {
        table.setting(setting);
        let function = Function {
            name: "single-table",
            streams: streams_read,
            ..REDRIVE
        };
        all(table, &function);
        let tables = ["accounts", "profiles", "authentication", "access", "own"];
        streams(table, &function, &tables, has_key);
        all(table, &REDRIVE);
    }
    // Thin events need no key.
    table.setting("thin");
    for function in &FUNCTIONS {
        let thin = Function {
            classes: &[],
            ..*function
        };
        seals(table, &thin);
    }
}

fn all(table: &mut Table, function: &Function) {
    topics(table, function);
    seals(table, function);
    queues(table, function);
    bucket(table, function);
    messaging_key(table, function);
    log(table, function);
    touches_nothing_else(table, &who(function));
}

fn who(function: &Function) -> String {
    format!("{} function", function.name)
}

fn topics(table: &mut Table, function: &Function) {
    let who = who(function);
    for category in CATEGORIES {
        let topic = format!("{category} topic");
        let allowed: &[_] = if function.categories.contains(&category) {
            &["sns:Publish", "sns:GetTopicAttributes"]
        } else {
            &[]
        };
        let own_queue = when(&[
            ("sns:Protocol", "sqs"),
            ("sns:Endpoint", "arn:aws:sqs:eu-west-1:111111111111:any"),
        ]);
        table.only(&who, allowed, &TOPIC, &topic, &always());
        table.deny(&who, "sns:Subscribe", &topic, own_queue);
        table.deny(&who, "sns:Publish", &topic, in_plaintext());
    }
}

/// The seal key: data keys of the own classes, and nothing else.
fn seals(table: &mut Table, function: &Function) {
    let who = who(function);
    let key = "seal key";
    for name in CLASSES {
        let own = function.classes.contains(&name);
        let allowed: &[_] = if own { &["kms:GenerateDataKey"] } else { &[] };
        table.only(&who, allowed, &KEY, key, &class(name));
        let one_more = context(&[("app", "user-events"), ("class", name), ("user", "1")]);
        let other_app = context(&[("app", "other"), ("class", name)]);
        let no_app = context(&[("class", name)]);
        for circumstances in [one_more, other_app, no_app] {
            table.deny(&who, "kms:GenerateDataKey", key, circumstances);
        }
        for service in ["sns", "sqs", "s3", "dynamodb", "lambda"] {
            table.deny(&who, "kms:Decrypt", key, and(class(name), via(service)));
        }
    }
    let no_class = context(&[("app", "user-events")]);
    let upper = context(&[("app", "user-events"), ("class", "CONTACT")]);
    for circumstances in [always(), no_class, upper] {
        table.only(&who, &[], &KEY, key, &circumstances);
    }
}

fn queues(table: &mut Table, function: &Function) {
    let who = who(function);
    table.only(&who, &["sqs:SendMessage"], &QUEUE, "parked queue", &always());
    table.only(&who, &[], &QUEUE, "parked queue", &in_plaintext());
    let reads: &[_] = if function.name == "redrive" {
        &[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:GetQueueAttributes",
        ]
    } else {
        &[]
    };
    table.only(&who, reads, &QUEUE, "redrive queue", &always());
    table.only(&who, &[], &QUEUE, "redrive queue", &in_plaintext());
}

/// Lambda writes failed records with the function's role; the function itself stores records that are too large.
fn bucket(table: &mut Table, function: &Function) {
    let who = who(function);
    let (failed, stored): (&[_], &[_]) = if function.name == "redrive" {
        (&["s3:GetObject"], &["s3:GetObject", "s3:PutObject"])
    } else {
        (&["s3:PutObject"], &["s3:PutObject"])
    };
    table.only(&who, failed, &OBJECT, "failed record", &always());
    table.only(&who, stored, &OBJECT, "stored record", &always());
    table.only(&who, &["s3:ListBucket"], &BUCKET, "failure bucket", &always());
    table.only(&who, &[], &OBJECT, "stored record", &in_plaintext());
    table.only(&who, &[], &BUCKET, "failure bucket", &in_plaintext());
    table.only(&who, &[], &OBJECT, "access log of the bucket", &always());
    table.only(&who, &[], &BUCKET, "access log bucket", &always());
}

/// The messaging key: through the services that hold what it encrypts, and never directly.
fn messaging_key(table: &mut Table, function: &Function) {
    let who = who(function);
    let key = "messaging key";
    for service in ["sns", "sqs", "s3"] {
        let allowed = ["kms:GenerateDataKey", "kms:Decrypt"];
        table.only(&who, &allowed, &KEY, key, &via(service));
    }
    for service in ["dynamodb", "lambda", "secretsmanager"] {
        table.only(&who, &[], &KEY, key, &via(service));
    }
    table.only(&who, &[], &KEY, key, &always());
    let elsewhere = when(&[("kms:ViaService", "sns.us-east-1.amazonaws.com")]);
    table.only(&who, &[], &KEY, key, &elsewhere);
}

fn log(table: &mut Table, function: &Function) {
    let who = who(function);
    let own = format!("{} log", function.name);
    let writes = ["logs:CreateLogStream", "logs:PutLogEvents"];
    table.only(&who, &writes, &LOG, &own, &always());
    let other = if function.name == "redrive" {
        return;
    } else {
        "redrive log"
    };
    table.only(&who, &[], &LOG, other, &always());
}

/// The streams of the own tables, through the key that encrypts the tables, and no item.
fn streams(table: &mut Table, function: &Function, tables: &[&str], has_key: bool) {
    let who = who(function);
    let reads_any = !function.streams.is_empty();
    for name in tables {
        let allowed: &[_] = if function.streams.contains(name) {
            &STREAM[..4]
        } else if reads_any {
            // The names of streams are no secret within the account.
            &["dynamodb:ListStreams"]
        } else {
            &[]
        };
        table.only(&who, allowed, &STREAM, &format!("{name} stream"), &always());
        table.only(&who, &[], &TABLE, &format!("{name} table"), &always());
    }
    let decrypts: &[_] = if has_key && reads_any {
        &["kms:Decrypt"]
    } else {
        &[]
    };
    let key = "tables' key";
    table.only(&who, decrypts, &KEY, key, &via("dynamodb"));
    let others: [When; 2] = [always(), via("s3")];
    for circumstances in others {
        table.only(&who, &[], &KEY, key, &circumstances);
    }
}
