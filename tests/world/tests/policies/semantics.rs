//! What the judge decides, on policies whose result AWS documents. Each case names the page.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::cloud::{Cloud, of_document};
use super::table::{When, always, context, when};

const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/1";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111111111111:queue";
const OWN: &str = "arn:aws:iam::111111111111:role/own";
const OTHER: &str = "arn:aws:iam::222222222222:role/other";

/// Whether somebody is allowed to do something, with a statement of IAM and one of the resource.
fn allowed(who: &str, does: &str, thing: &str, iam: Value, own: Value, when: &When) -> Result<bool> {
    let document = |raw: Value| {
        let statements = if raw.is_null() { json!([]) } else { json!([raw]) };
        json!({ "Version": "2012-10-17", "Statement": statements })
    };
    let mut cloud = Cloud::default();
    for arn in [OWN, OTHER] {
        let identity = of_document("here", "iam", &document(iam.clone()))?;
        cloud.role(arn, arn, identity);
    }
    cloud.service("SNS", "sns.amazonaws.com");
    cloud.name(thing, thing, "111111111111");
    cloud.attach(thing, of_document("here", "own", &document(own))?);
    Ok(cloud.decide(who, does, thing, when)?.allowed)
}

fn allow(principal: Value, action: &str) -> Value {
    json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*" })
}

fn iam(action: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": "*" })
}

/// IAM User Guide, *Policy evaluation for requests within a single account*, and *Cross-account policy evaluation logic*;
/// AWS KMS Developer Guide, *Key policies*.
#[test]
fn both_sides_count_as_aws_says() -> Result<()> {
    let (send, decrypt) = ("sqs:SendMessage", "kms:Decrypt");
    let own_account = || json!({ "AWS": "arn:aws:iam::111111111111:root" });
    let number = || json!({ "AWS": "222222222222" });
    for (name, expected, who, does, thing, by_iam, by_resource) in [
        (
            "one side is enough in one account",
            true,
            OWN,
            send,
            QUEUE,
            iam(send),
            Value::Null,
        ),
        (
            "the other side as well",
            true,
            OWN,
            send,
            QUEUE,
            Value::Null,
            allow(json!({ "AWS": OWN }), send),
        ),
        (
            "an account is no role",
            false,
            OWN,
            send,
            QUEUE,
            Value::Null,
            allow(own_account(), send),
        ),
        (
            "everybody is",
            true,
            OWN,
            send,
            QUEUE,
            Value::Null,
            allow(json!("*"), send),
        ),
        ("no side", false, OWN, send, QUEUE, Value::Null, Value::Null),
        (
            "another account needs both",
            false,
            OTHER,
            send,
            QUEUE,
            iam(send),
            Value::Null,
        ),
        (
            "not the resource alone",
            false,
            OTHER,
            send,
            QUEUE,
            Value::Null,
            allow(json!({ "AWS": OTHER }), send),
        ),
        ("both", true, OTHER, send, QUEUE, iam(send), allow(number(), send)),
        (
            "IAM alone opens no key",
            false,
            OWN,
            decrypt,
            KEY,
            iam(decrypt),
            Value::Null,
        ),
        (
            "the key leaves it to IAM",
            true,
            OWN,
            decrypt,
            KEY,
            iam(decrypt),
            allow(own_account(), "kms:*"),
        ),
        (
            "which grants nothing",
            false,
            OWN,
            decrypt,
            KEY,
            Value::Null,
            allow(own_account(), "kms:*"),
        ),
        (
            "the key names the role",
            true,
            OWN,
            decrypt,
            KEY,
            Value::Null,
            allow(json!({ "AWS": OWN }), decrypt),
        ),
        (
            "the own account is no other one",
            false,
            OTHER,
            decrypt,
            KEY,
            iam(decrypt),
            allow(own_account(), "kms:*"),
        ),
        (
            "a service needs the resource",
            true,
            "SNS",
            send,
            QUEUE,
            Value::Null,
            allow(json!({ "Service": "sns.amazonaws.com" }), send),
        ),
        (
            "and its own name there",
            false,
            "SNS",
            send,
            QUEUE,
            Value::Null,
            allow(json!({ "Service": "s3.amazonaws.com" }), send),
        ),
        (
            "or one of several kinds",
            true,
            "SNS",
            send,
            QUEUE,
            Value::Null,
            allow(json!({ "AWS": OWN, "Service": ["sns.amazonaws.com"] }), send),
        ),
        (
            "a wildcard of actions",
            true,
            OWN,
            "sqs:SendMessageBatch",
            QUEUE,
            iam("sqs:Send*"),
            Value::Null,
        ),
        (
            "which does not reach further",
            false,
            OWN,
            "sqs:ReceiveMessage",
            QUEUE,
            iam("sqs:Send*"),
            Value::Null,
        ),
    ] {
        let decided = allowed(who, does, thing, by_iam, by_resource, &always())?;
        ensure!(decided == expected, "{name}");
    }
    Ok(())
}

/// Whether a deny under this condition matches a request of the own role, which IAM allows everything.
fn denied(condition: &Value, when: &When) -> Result<bool> {
    let deny = json!({
        "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": condition,
    });
    Ok(!allowed(OWN, "sqs:SendMessage", QUEUE, iam("*"), deny, when)?)
}

/// IAM User Guide, *IAM JSON policy elements: Condition operators*, *Conditions with multiple context keys or values*,
/// *Single-valued vs. multivalued context keys*, and *IAM policy elements: Variables and tags*.
#[test]
fn conditions_match_as_aws_says() -> Result<()> {
    let account = |value: &str| when(&[("aws:SourceAccount", value)]);
    let tagged = |class: &str, tag: &str| {
        let mut all = context(&[("class", class)]);
        all.extend(when(&[("aws:PrincipalTag/classes", tag)]));
        all
    };
    let guard =
        json!({ "StringNotLike": { "aws:PrincipalTag/classes": "*:${kms:EncryptionContext:class}:*" } });
    let only_two = json!({ "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["app", "class"] } });
    let neither = json!({ "StringNotEquals": { "aws:SourceAccount": ["1", "2"] } });
    for (name, expected, condition, when) in [
        (
            "one of several",
            true,
            json!({ "StringEquals": { "aws:SourceAccount": ["1", "2"] } }),
            account("2"),
        ),
        (
            "none of several",
            false,
            json!({ "StringEquals": { "aws:SourceAccount": ["1", "2"] } }),
            account("3"),
        ),
        (
            "a key that is absent",
            false,
            json!({ "StringEquals": { "aws:SourceAccount": "1" } }),
            always(),
        ),
        ("a negated one is a nor", false, neither.clone(), account("2")),
        ("of all values", true, neither.clone(), account("3")),
        ("and holds without the key", true, neither, always()),
        (
            "every operator must hold",
            false,
            json!({ "StringEquals": { "aws:SourceAccount": "1" }, "ArnLike": { "aws:SourceArn": "arn:aws:s3:::a" } }),
            account("1"),
        ),
        (
            "ArnEquals takes wildcards",
            true,
            json!({ "ArnEquals": { "aws:SourceArn": "arn:aws:s3:::a*" } }),
            when(&[("aws:SourceArn", "arn:aws:s3:::ab")]),
        ),
        (
            "Null is absence",
            true,
            json!({ "Null": { "aws:SourceArn": "true" } }),
            always(),
        ),
        (
            "and its opposite",
            false,
            json!({ "Null": { "aws:SourceArn": "false" } }),
            always(),
        ),
        (
            "a flag",
            true,
            json!({ "Bool": { "aws:SecureTransport": "false" } }),
            when(&[("aws:SecureTransport", "false")]),
        ),
        (
            "the other way",
            false,
            json!({ "Bool": { "aws:SecureTransport": "false" } }),
            always(),
        ),
        (
            "all keys are in the list",
            true,
            only_two.clone(),
            context(&[("app", "a"), ("class", "b")]),
        ),
        (
            "one is not",
            false,
            only_two.clone(),
            context(&[("app", "a"), ("user", "b")]),
        ),
        ("no keys are all in the list", true, only_two, always()),
        (
            "a variable is replaced",
            false,
            guard.clone(),
            tagged("contact", ":contact:"),
        ),
        (
            "by the value of the request",
            true,
            guard.clone(),
            tagged("network", ":contact:"),
        ),
        ("no tag", true, guard.clone(), context(&[("class", "contact")])),
        (
            "a statement whose variable has no value is invalid",
            false,
            guard,
            when(&[("aws:PrincipalTag/classes", ":contact:")]),
        ),
        (
            "IfExists holds without the key",
            true,
            json!({ "StringEqualsIfExists": { "aws:SourceAccount": "1" } }),
            always(),
        ),
        (
            "two lists of what it must not be like",
            false,
            json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::1:role/a" }, "ArnNotEquals": { "aws:PrincipalArn": OWN } }),
            always(),
        ),
    ] {
        ensure!(denied(&condition, &when)? == expected, "{name}");
    }
    Ok(())
}

#[test]
fn what_the_judge_does_not_know_is_refused() {
    for statement in [
        json!({ "Effect": "Allow", "NotAction": "sqs:*", "Resource": "*" }),
        json!({ "Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": { "StringMaybe": { "a": "b" } } }),
        json!({ "Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": { "StringEquals": { "aws:SecureTransport": "true" } } }),
        json!({ "Effect": "Perhaps", "Action": "sqs:*", "Resource": "*" }),
    ] {
        let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
        assert!(of_document("here", "own", &document).is_err(), "{document}");
    }
}
