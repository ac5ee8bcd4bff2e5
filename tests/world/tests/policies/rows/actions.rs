//! The actions that the rows ask for.

use super::super::settings::CLASSES;
use super::super::table::{Table, always, class, via};

/// The actions of each service that the rows ask for.
pub(super) const TOPIC: [&str; 7] = [
    "sns:Publish",
    "sns:GetTopicAttributes",
    "sns:Subscribe",
    "sns:SetTopicAttributes",
    "sns:AddPermission",
    "sns:DeleteTopic",
    "sns:ListSubscriptionsByTopic",
];
pub(super) const QUEUE: [&str; 14] = [
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:PurgeQueue",
    "sqs:StartMessageMoveTask",
    "sqs:ListMessageMoveTasks",
    "sqs:CancelMessageMoveTask",
    "sqs:ListDeadLetterSourceQueues",
    "sqs:SetQueueAttributes",
    "sqs:AddPermission",
    "sqs:DeleteQueue",
];
pub(super) const OBJECT: [&str; 6] = [
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
];
pub(super) const BUCKET: [&str; 5] = [
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "s3:DeleteBucket",
];
pub(super) const KEY: [&str; 16] = [
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:CreateGrant",
    "kms:ListGrants",
    "kms:RetireGrant",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:PutKeyPolicy",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
];
pub(super) const STREAM: [&str; 5] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "dynamodb:UpdateTable",
];
pub(super) const TABLE: [&str; 8] = [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:DeleteTable",
];
/// What a table of secrets must not let out, or lose.
pub(super) const SECRETS: [&str; 16] = [
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PartiQLSelect",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
    "dynamodb:CreateBackup",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:EnableKinesisStreamingDestination",
];
pub(super) const LOG: [&str; 4] = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:GetLogEvents",
    "logs:DeleteLogStream",
];

pub(super) const STACK: [&str; 3] = [
    "cloudformation:DescribeStacks",
    "cloudformation:UpdateStack",
    "cloudformation:DeleteStack",
];

/// What a role cannot do to things of the account that have nothing to do with it.
pub(super) fn touches_nothing_else(table: &mut Table, who: &str) {
    for (thing, actions) in [
        ("another topic", &TOPIC[..]),
        ("another queue", &QUEUE),
        ("another bucket", &BUCKET),
        ("another object", &OBJECT),
        ("another log", &LOG),
        ("another table", &TABLE),
        ("another stack", &STACK),
    ] {
        table.only(who, &[], actions, thing, &always());
    }
    for service in ["sqs", "sns", "s3", "dynamodb"] {
        table.only(who, &[], &KEY, "another key", &via(service));
    }
    for name in CLASSES {
        table.only(who, &[], &KEY, "another key", &class(name));
    }
}
