//! A backfill: reads every row and writes none, seals, publishes nothing, and sends into snapshot queues only.

use super::super::settings::{CATEGORIES, CLASSES, LATE, OWN, PARTNERS_SUBSCRIBER};
use super::super::table::{Table, always, and, class, context, in_plaintext, via, when};
use super::actions::{BUCKET, KEY, LOG, OBJECT, QUEUE, SECRETS, TABLE, TOPIC, touches_nothing_else};

const FUNCTION: [&str; 3] = [
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "lambda:DeleteFunction",
];
const MACHINE: [&str; 3] = [
    "states:StartExecution",
    "states:UpdateStateMachine",
    "states:DeleteStateMachine",
];
const EXECUTION: [&str; 4] = [
    "states:DescribeExecution",
    "states:StopExecution",
    "states:RedriveExecution",
    "states:GetExecutionHistory",
];
const EXPORT: [&str; 2] = ["dynamodb:ExportTableToPointInTime", "dynamodb:DescribeExport"];
const STACK: [&str; 3] = [
    "cloudformation:DescribeStacks",
    "cloudformation:UpdateStack",
    "cloudformation:DeleteStack",
];
const LOGS: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
];
/// What is done with the rows of a table.
const ROWS: [&str; 10] = [
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PartiQLInsert",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];
/// Of that, what a backfill does; the last only the command, which says how long it will take.
const READS: [&str; 4] = [
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:DescribeTable",
];
const FOUR: [&str; 4] = ["accounts", "profiles", "authentication", "access"];

/// The function, and somebody who runs the command.
const BOTH: [&str; 2] = ["backfill function", "documented backfill"];

pub(super) fn rows(table: &mut Table) {
    table.setting("plain");
    for who in BOTH {
        tables(table, who, &FOUR, true);
        seals(table, who, &CLASSES);
        reaches_no_other_subscriber(table, who);
        publishes_nothing(table, who);
    }
    function(table);
    // In the own account, the policy of the queue is a grant, too.
    let all = ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"];
    sends(table, "backfill function", LATE, &all);
    sends(table, "documented backfill", LATE, &all);
    sends(table, "documented backfill", "documented", &all[..2]);
    bucket(table);
    machine(table);
    command(table);
    trust(table);
    snapshot_queue(table, LATE, "administrator");
    let who = "backfill function";
    table.setting("single table");
    tables(table, who, &["own"], true);
    persons_keys(table, who);
    table.setting("mapped tables");
    tables(
        table,
        who,
        &["accounts", "profiles", "authentication", "access", "own"],
        false,
    );
    table.setting("thin");
    seals(table, who, &[]);
    table.setting("accounts, guarded");
    sends(table, who, PARTNERS_SUBSCRIBER.0, &["sqs:SendMessage"]);
    snapshot_queue(table, PARTNERS_SUBSCRIBER.0, "partner's administrator");
    for who in BOTH {
        persons_keys(table, who);
    }
    // With keys of persons, the publisher must name the role.
    table.setting("keys of persons");
    table.deny(who, "dynamodb:PutItem", "keys of persons", always());
    table.allow(who, "dynamodb:GetItem", "keys of persons", always());
}

/// Reads the rows of these tables, through their key.
fn tables(table: &mut Table, who: &str, read: &[&str], has_key: bool) {
    let reads = if who == BOTH[0] { &READS[..3] } else { &READS };
    for name in read {
        table.only(who, reads, &ROWS, &format!("{name} table"), &always());
        table.only(
            who,
            &[],
            &["dynamodb:GetRecords"],
            &format!("{name} stream"),
            &always(),
        );
    }
    let decrypts: &[_] = if has_key { &["kms:Decrypt"] } else { &[] };
    table.only(who, decrypts, &KEY, "tables' key", &via("dynamodb"));
    for circumstances in [always(), via("s3")] {
        table.only(who, &[], &KEY, "tables' key", &circumstances);
    }
    touches_nothing_else(table, who);
}

/// As a publishing function: data keys of the classes, and nothing opened.
fn seals(table: &mut Table, who: &str, classes: &[&str]) {
    let key = "seal key";
    for name in CLASSES {
        let own: &[_] = if classes.contains(&name) {
            &["kms:GenerateDataKey"]
        } else {
            &[]
        };
        table.only(who, own, &KEY, key, &class(name));
        let one_more = context(&[("app", "user-events"), ("class", name), ("user", "1")]);
        let other_app = context(&[("app", "other"), ("class", name)]);
        for circumstances in [one_more, other_app] {
            table.deny(who, "kms:GenerateDataKey", key, circumstances);
        }
        table.deny(who, "kms:Decrypt", key, and(class(name), via("sqs")));
    }
    let upper = context(&[("app", "user-events"), ("class", "CONTACT")]);
    for circumstances in [always(), context(&[("app", "user-events")]), upper] {
        table.only(who, &[], &KEY, key, &circumstances);
    }
}

fn publishes_nothing(table: &mut Table, who: &str) {
    for category in CATEGORIES {
        table.only(who, &[], &TOPIC, &format!("{category} topic"), &always());
    }
    for queue in ["parked queue", "redrive queue"] {
        table.only(who, &[], &QUEUE, queue, &always());
    }
    table.only(who, &[], &OBJECT, "failed record", &always());
    table.only(who, &[], &KEY, "messaging key", &via("sqs"));
}

fn reaches_no_other_subscriber(table: &mut Table, who: &str) {
    for queue in [
        "newsletter queue",
        "newsletter dead-letter queue",
        "newsletter undelivered queue",
        "shipping queue",
        "statistics queue",
    ] {
        table.only(who, &[], &QUEUE, queue, &always());
    }
    for thing in ["newsletter inbox", "shipping inbox"] {
        table.only(who, &[], &TABLE, thing, &always());
    }
    table.only(who, &[], &KEY, "shipping key", &via("sqs"));
}

/// Sends into the snapshot queue, encrypted.
fn sends(table: &mut Table, who: &str, name: &str, allowed: &[&str]) {
    let queue = format!("{name} snapshot queue");
    table.only(who, allowed, &QUEUE, &queue, &always());
    let key = format!("{name} key");
    table.only(
        who,
        &["kms:GenerateDataKey", "kms:Decrypt"],
        &KEY,
        &key,
        &via("sqs"),
    );
    for circumstances in [always(), via("dynamodb"), via("s3")] {
        table.only(who, &[], &KEY, &key, &circumstances);
    }
}

/// The snapshot queue from the side of its owner: the publisher's roles and operators send, the consumer receives.
fn snapshot_queue(table: &mut Table, name: &str, administrator: &str) {
    let queue = format!("{name} snapshot queue");
    let (consumer, operator) = (format!("{name} consumer"), format!("{name} operator"));
    let settles = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
    ];
    table.only(&consumer, &settles, &QUEUE, &queue, &always());
    let looks = [
        &settles[..],
        &["sqs:ListDeadLetterSourceQueues", "sqs:SendMessage"],
    ]
    .concat();
    table.only(&operator, &looks, &QUEUE, &queue, &always());
    let reserved = [
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:PurgeQueue",
        "sqs:StartMessageMoveTask",
    ];
    for who in [
        administrator,
        "account function",
        "redrive function",
        "foreign administrator",
        "other partner's administrator",
        "statistics consumer",
    ] {
        for action in reserved {
            table.deny(who, action, &queue, always());
        }
    }
    table.allow(administrator, "sqs:GetQueueAttributes", &queue, always());
    for who in [administrator, &consumer, &operator, BOTH[0]] {
        table.only(who, &[], &QUEUE, &queue, &in_plaintext());
    }
    // No service delivers there, not even the topic.
    let topic = format!("arn:aws:sns:eu-west-1:{OWN}:users-account.fifo");
    let from = when(&[("aws:SourceArn", &topic), ("aws:SourceAccount", OWN)]);
    for service in ["SNS", "S3", "EventBridge", "Lambda"] {
        table.deny(service, "sqs:SendMessage", &queue, from.clone());
    }
    // It encrypts for nobody else.
    for who in ["account function", "foreign administrator", "role without grants"] {
        table.only(who, &[], &KEY, &format!("{name} key"), &via("sqs"));
    }
}

/// The table of persons' keys, as a function that seals uses it.
fn persons_keys(table: &mut Table, who: &str) {
    let uses = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"];
    table.only(who, &uses, &SECRETS, "keys of persons", &always());
    table.only(who, &[], &SECRETS, "ledger", &always());
    let writes = [
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:DescribeKey",
    ];
    let key = "key of the keys of persons";
    table.only(who, &writes, &KEY, key, &via("dynamodb"));
    table.only(who, &[], &KEY, key, &always());
    table.deny(who, "dynamodb:GetRecords", "stream of keys", always());
}

fn function(table: &mut Table) {
    let who = "backfill function";
    let writes = ["logs:CreateLogStream", "logs:PutLogEvents"];
    table.only(who, &writes, &LOG, "backfill log", &always());
    table.only(who, &[], &LOG, "account log", &always());
    table.only(who, &[], &EXPORT, "accounts table", &always());
    table.only(who, &[], &MACHINE, "backfill machine", &always());
    table.only(who, &[], &FUNCTION, "backfill's function", &always());
}

/// The state of runs, which is sent as it is, and exported rows.
fn bucket(table: &mut Table) {
    let who = "backfill function";
    table.only(
        who,
        &["s3:GetObject", "s3:PutObject"],
        &OBJECT,
        "state of a run",
        &always(),
    );
    table.only(who, &["s3:GetObject"], &OBJECT, "exported rows", &always());
    table.only(who, &["s3:ListBucket"], &BUCKET, "backfill's bucket", &always());
    table.only(
        who,
        &["kms:GenerateDataKey", "kms:Decrypt"],
        &KEY,
        "backfill's key",
        &via("s3"),
    );
    for circumstances in [always(), via("sqs")] {
        table.only(who, &[], &KEY, "backfill's key", &circumstances);
    }
    for who in [
        "administrator",
        "operator",
        "account function",
        "foreign administrator",
    ] {
        for object in ["state of a run", "exported rows"] {
            table.deny(who, "s3:GetObject", object, always());
        }
        table.deny(who, "s3:PutObject", "state of a run", always());
    }
    table.allow("administrator", "s3:ListBucket", "backfill's bucket", always());
    for who in ["administrator", "backfill function", "backfill machine"] {
        table.only(who, &[], &OBJECT, "exported rows", &in_plaintext());
        table.only(who, &[], &BUCKET, "backfill's bucket", &in_plaintext());
    }
    table.deny(
        "administrator",
        "s3:GetObject",
        "access log of exports",
        in_plaintext(),
    );
    table.deny(
        "administrator",
        "s3:ListBucket",
        "access log bucket of exports",
        in_plaintext(),
    );
    let bucket = format!("arn:aws:s3:::user-events-dev-backfill-{OWN}-eu-west-1");
    let from =
        |bucket: &str, account: &str| when(&[("aws:SourceArn", bucket), ("aws:SourceAccount", account)]);
    let (delivery, log) = ("S3's log delivery", "access log of exports");
    table.only(delivery, &["s3:PutObject"], &OBJECT, log, &from(&bucket, OWN));
    for circumstances in [
        from("arn:aws:s3:::another", OWN),
        from(&bucket, "999999999999"),
        always(),
    ] {
        table.deny(delivery, "s3:PutObject", log, circumstances);
    }
    table.deny("S3", "s3:PutObject", log, from(&bucket, OWN));
    table.only("backfill function", &[], &OBJECT, log, &always());
}

/// The state machine invokes, starts its segments and exports. It reads no row.
fn machine(table: &mut Table) {
    let who = "backfill machine";
    table.only(who, &FUNCTION[..1], &FUNCTION, "backfill's function", &always());
    table.only(who, &[], &FUNCTION, "another function", &always());
    table.only(who, &MACHINE[..1], &MACHINE, "backfill machine", &always());
    table.only(who, &[], &MACHINE, "another machine", &always());
    table.only(
        who,
        &EXECUTION[..3],
        &EXECUTION,
        "segment of a backfill",
        &always(),
    );
    table.only(who, &[], &EXECUTION, "execution of another machine", &always());
    for name in FOUR {
        exports(table, name);
        table.only(who, &[], &ROWS, &format!("{name} table"), &always());
    }
    table.only(who, &[], &EXPORT, "another table", &always());
    table.only(who, &[], &EXPORT, "export of another table", &always());
    table.only(
        who,
        &["s3:PutObject", "s3:PutObjectAcl"],
        &OBJECT,
        "exported rows",
        &always(),
    );
    table.allow(who, "s3:AbortMultipartUpload", "exported rows", always());
    table.only(who, &[], &OBJECT, "state of a run", &always());
    table.only(
        who,
        &["kms:GenerateDataKey", "kms:Decrypt"],
        &KEY,
        "backfill's key",
        &via("s3"),
    );
    table.only(who, &[], &KEY, "backfill's key", &always());
    table.only(who, &LOGS, &LOGS, "another log", &always());
    table.only(who, &[], &QUEUE, &format!("{LATE} snapshot queue"), &always());
    for name in CLASSES {
        table.only(who, &[], &KEY, "seal key", &class(name));
    }
    touches_nothing_else(table, who);
    for (setting, tables) in [
        ("single table", &["own"][..]),
        (
            "mapped tables",
            &["accounts", "profiles", "authentication", "access", "own"],
        ),
    ] {
        table.setting(setting);
        for name in tables {
            exports(table, name);
        }
    }
    table.setting("plain");
}

/// Exports the table, and looks at its exports.
fn exports(table: &mut Table, name: &str) {
    let who = "backfill machine";
    table.only(who, &EXPORT[..1], &EXPORT, &format!("{name} table"), &always());
    table.only(
        who,
        &EXPORT[1..],
        &EXPORT,
        &format!("export of {name}"),
        &always(),
    );
}

/// The command looks at the two stacks, and switches the live queue on.
fn command(table: &mut Table) {
    let who = "documented backfill";
    table.only(who, &STACK[..1], &STACK, "stack", &always());
    table.only(who, &STACK[..2], &STACK, "documented stack", &always());
    table.only(who, &[], &STACK, "another stack", &always());
    table.only(who, &[], &TABLE, "documented inbox", &always());
    table.only(who, &[], &QUEUE, "documented queue", &always());
    // The policy of the queue names another's role.
    for object in ["state of a run", "exported rows"] {
        table.only(who, &[], &OBJECT, object, &always());
    }
}

fn trust(table: &mut Table) {
    let assume = "sts:AssumeRole";
    let (role, machine) = ("backfill's role", "backfill machine's role");
    table.allow("Lambda", assume, role, always());
    table.deny("Lambda", "sts:TagSession", role, always());
    let own = when(&[("aws:SourceAccount", OWN)]);
    table.allow("Step Functions", assume, machine, own.clone());
    table.deny(
        "Step Functions",
        assume,
        machine,
        when(&[("aws:SourceAccount", "999999999999")]),
    );
    table.deny("Step Functions", "sts:TagSession", machine, own.clone());
    table.deny("Lambda", assume, machine, own);
    for who in ["EC2", "administrator", "foreign administrator"] {
        table.deny(who, assume, role, always());
        table.deny(who, assume, machine, always());
    }
}
