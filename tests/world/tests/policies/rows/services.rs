//! Services of AWS: each from its own resource only. And who may assume the roles.

use super::super::settings::{CATEGORIES, CLASSES, FOREIGN, OWN};
use super::super::table::{Table, When, always, class, when};
use super::actions::{KEY, QUEUE, TOPIC};

const BUCKET: &str = "arn:aws:s3:::user-events-dev-failures-111111111111-eu-west-1";

/// A request of a service on behalf of a resource.
fn from(source: &str, account: &str) -> When {
    when(&[("aws:SourceArn", source), ("aws:SourceAccount", account)])
}

pub(super) fn rows(table: &mut Table) {
    table.setting("plain");
    notices(table);
    keys(table);
    access_log(table);
    topics(table);
    trust(table);
}

/// The bucket announces new objects in the parked queue.
fn notices(table: &mut Table) {
    let own = from(BUCKET, OWN);
    table.only("S3", &["sqs:SendMessage"], &QUEUE, "parked queue", &own);
    table.only("S3", &[], &QUEUE, "redrive queue", &own);
    let other_bucket = from("arn:aws:s3:::another-bucket", OWN);
    // Buckets have no account in their ARN, and their names can be taken over.
    let other_account = from(BUCKET, FOREIGN);
    let unknown = when(&[("aws:SourceAccount", OWN)]);
    let nobody = when(&[("aws:SourceArn", BUCKET)]);
    for circumstances in [other_bucket, other_account, unknown, nobody, always()] {
        table.deny("S3", "sqs:SendMessage", "parked queue", circumstances);
    }
    let topic = "arn:aws:sns:eu-west-1:111111111111:users-account.fifo";
    for queue in ["parked queue", "redrive queue"] {
        for service in ["SNS", "EventBridge", "Lambda", "S3's log delivery"] {
            for source in [BUCKET, topic] {
                table.deny(service, "sqs:SendMessage", queue, from(source, OWN));
            }
            table.deny(service, "sqs:ReceiveMessage", queue, from(BUCKET, OWN));
        }
    }
}

/// The messaging key: the bucket, for its notices. No other service, because the callers' own rights serve there.
fn keys(table: &mut Table) {
    let own = from(BUCKET, OWN);
    table.only(
        "S3",
        &[
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:GenerateDataKeyPair",
            "kms:Decrypt",
        ],
        &KEY,
        "messaging key",
        &own,
    );
    let topic = "arn:aws:sns:eu-west-1:111111111111:users-account.fifo";
    for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
        for circumstances in [
            from("arn:aws:s3:::another-bucket", OWN),
            from(BUCKET, FOREIGN),
            when(&[("aws:SourceAccount", OWN)]),
            when(&[("aws:SourceArn", BUCKET)]),
        ] {
            table.deny("S3", action, "messaging key", circumstances);
        }
        for service in ["SNS", "EventBridge", "Lambda", "S3's log delivery"] {
            table.deny(service, action, "messaging key", from(topic, OWN));
            table.deny(service, action, "messaging key", from(BUCKET, OWN));
        }
        for service in ["S3", "SNS", "EventBridge", "Lambda"] {
            table.deny(service, action, "tables' key", from(BUCKET, OWN));
            for name in CLASSES {
                table.deny(service, action, "seal key", class(name));
            }
        }
    }
}

/// S3 delivers the access log of the bucket.
fn access_log(table: &mut Table) {
    let log = "S3's log delivery";
    table.allow(log, "s3:PutObject", "access log of the bucket", from(BUCKET, OWN));
    table.deny(log, "s3:GetObject", "access log of the bucket", from(BUCKET, OWN));
    table.deny(
        log,
        "s3:DeleteObject",
        "access log of the bucket",
        from(BUCKET, OWN),
    );
    for circumstances in [
        from("arn:aws:s3:::another-bucket", OWN),
        from(BUCKET, FOREIGN),
        when(&[("aws:SourceAccount", OWN)]),
        when(&[("aws:SourceArn", BUCKET)]),
    ] {
        table.deny(log, "s3:PutObject", "access log of the bucket", circumstances);
    }
    for service in ["S3", "SNS", "EventBridge"] {
        table.deny(
            service,
            "s3:PutObject",
            "access log of the bucket",
            from(BUCKET, OWN),
        );
    }
    table.deny(log, "s3:PutObject", "failed record", from(BUCKET, OWN));
}

fn topics(table: &mut Table) {
    for category in CATEGORIES {
        let topic = format!("{category} topic");
        for service in ["S3", "EventBridge", "Lambda"] {
            table.only(service, &[], &TOPIC, &topic, &from(BUCKET, OWN));
        }
    }
}

/// Lambda runs the functions with their roles. Nobody else has them.
fn trust(table: &mut Table) {
    let assume = "sts:AssumeRole";
    // The role of a function that this deployment does not have waits for it.
    for function in [
        "account",
        "profile",
        "authentication",
        "access",
        "redrive",
        "single-table",
    ] {
        let role = format!("{function} function's role");
        table.allow("Lambda", assume, &role, always());
        for who in [
            "EC2",
            "S3",
            "administrator",
            "foreign administrator",
            "redrive function",
            "newsletter consumer",
        ] {
            table.deny(who, assume, &role, always());
        }
        table.deny("Lambda", "sts:TagSession", &role, always());
    }
    table.allow("administrator", assume, "operator's role", always());
    table.deny("administrator", "sts:TagSession", "operator's role", always());
    for who in [
        "Lambda",
        "role without grants",
        "foreign administrator",
        "partner's administrator",
        "account function",
    ] {
        table.deny(who, assume, "operator's role", always());
    }
    for (subscriber, account) in [
        ("newsletter", "administrator"),
        ("partner", "partner's administrator"),
    ] {
        let consumer = format!("{subscriber} consumer's role");
        table.allow("Lambda", assume, &consumer, always());
        table.deny("Lambda", "sts:TagSession", &consumer, always());
        for who in [
            "EC2",
            "administrator",
            "partner's administrator",
            "foreign administrator",
        ] {
            table.deny(who, assume, &consumer, always());
        }
        let operator = format!("{subscriber} operator's role");
        table.allow(account, assume, &operator, always());
        table.deny(account, "sts:TagSession", &operator, always());
        for who in [
            "Lambda",
            "role without grants",
            "partner's role without grants",
            "foreign administrator",
        ] {
            table.deny(who, assume, &operator, always());
        }
    }
}
