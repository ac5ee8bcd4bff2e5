//! Every call of an AWS API in the code has a decision of the table that grants it, to everybody who runs the code.
//!
//! The calls are found in the source: in Rust by the names of the operations of the linked SDKs, in Python and TypeScript
//! by the clients. A file with a call, of which nobody said who runs it, fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::rows::table;
use crate::support::root;

/// The functions that seal. The access function has no class.
const SEALING: &[&str] = &[
    "account function",
    "profile function",
    "authentication function",
    "single-table function",
    "redrive function",
    "backfill function",
    "documented backfill",
];
const FUNCTIONS: &[&str] = &[
    "account function",
    "profile function",
    "authentication function",
    "access function",
    "single-table function",
    "redrive function",
];
/// Who sends the state of all rows. Both seal as the functions do.
const BACKFILLS: &[&str] = &["backfill function", "documented backfill"];
const CONSUMERS: &[&str] = &["newsletter consumer", "documented subscriber"];
const OPERATORS: &[&str] = &["operator", "documented operator"];
const ERASERS: &[&str] = &["eraser", "documented eraser"];
const READER: &[&str] = &["documented reader"];
const MAPPER: &[&str] = &["documented mapping author"];
const BACKFILLERS: &[&str] = &["documented backfill"];

/// Who runs the code of a file or folder. The first that fits counts.
const RUNNERS: &[(&str, &[&str])] = &[
    ("shared/aws/src/bucket.rs", &["redrive function"]),
    ("shared/aws/src/kms.rs", SEALING),
    ("shared/aws/src/subject_table.rs", SEALING),
    ("shared/aws/src/", FUNCTIONS),
    ("shared/backfill/src/aws/bucket.rs", &["backfill function"]),
    ("shared/backfill/src/aws/object.rs", &["backfill function"]),
    ("shared/backfill/src/", BACKFILLS),
    ("shared/consumer/src/inbox/dynamodb/lanes.rs", READER),
    ("shared/consumer/src/", CONSUMERS),
    ("packages/", CONSUMERS),
    ("infra/canary.yaml", &["canary"]),
    (
        "cli/src/parked/depth.rs",
        &["operator", "documented operator", "eraser", "documented eraser"],
    ),
    ("cli/src/parked/", OPERATORS),
    ("cli/src/erase/", ERASERS),
    (
        "cli/src/stack.rs",
        &[
            "operator",
            "documented operator",
            "documented reader",
            "eraser",
            "documented eraser",
        ],
    ),
    ("cli/src/parameter.rs", READER),
    ("cli/src/backfill/", BACKFILLERS),
    ("cli/src/replay/", READER),
    ("cli/src/subscribers/", READER),
    ("cli/src/tail/", READER),
    ("cli/src/inbox/", READER),
    ("cli/src/send/", READER),
    ("shared/local/src/subscribe/", READER),
    ("cli/src/map/", MAPPER),
    // Works on a local engine only, and refuses every other endpoint: nobody needs a grant for it.
    ("cli/src/playground/", &[]),
    ("shared/local/src/writes/", MAPPER),
];

/// The folders with code that calls AWS. `shared/local` deploys to local engines only, but for what the commands use.
const SOURCES: [&str; 10] = [
    "shared/aws/src",
    "shared/backfill/src",
    "shared/consumer/src",
    "shared/local/src/subscribe",
    "shared/local/src/writes",
    "functions",
    "cli/src",
    "packages/python/src",
    "packages/typescript/src",
    // With its code in Python.
    "infra/canary.yaml",
];

/// Operations whose permission has another name (AWS Service Authorization Reference).
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("sns:PublishBatch", &["sns:Publish"]),
    ("sqs:SendMessageBatch", &["sqs:SendMessage"]),
    ("sqs:DeleteMessageBatch", &["sqs:DeleteMessage"]),
    (
        "sqs:ChangeMessageVisibilityBatch",
        &["sqs:ChangeMessageVisibility"],
    ),
    ("s3:HeadObject", &["s3:GetObject", "s3:ListBucket"]),
    ("s3:ListObjectsV2", &["s3:ListBucket"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:DeleteObject", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ("s3:DeleteObjects", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    (
        "dynamodb:TransactWriteItems",
        &[
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:ConditionCheckItem",
        ],
    ),
];

/// Of an operation that can do several things, what the code of a folder does.
const ONLY: &[(&str, &str, &[&str])] = &[(
    "cli/src/erase/",
    "dynamodb:TransactWriteItems",
    &["dynamodb:PutItem", "dynamodb:UpdateItem"],
)];

/// What Lambda's event source mapping does with the role of a function that reads a stream (AWS Lambda Developer Guide,
/// *Using AWS Lambda with Amazon DynamoDB*, *Retain discarded batches*).
const OF_A_STREAM: [(&str, &str); 8] = [
    ("dynamodb:DescribeStream", "stream"),
    ("dynamodb:GetRecords", "stream"),
    ("dynamodb:GetShardIterator", "stream"),
    ("dynamodb:ListStreams", "stream"),
    ("s3:ListBucket", "failure bucket"),
    ("s3:PutObject", "failed record"),
    ("kms:GenerateDataKey", "messaging key"),
    ("kms:Decrypt", "messaging key"),
];
/// What it does with the role of the redrive function (*Using Lambda with Amazon SQS*).
const OF_A_QUEUE: [(&str, &str); 4] = [
    ("sqs:ReceiveMessage", "redrive queue"),
    ("sqs:DeleteMessage", "redrive queue"),
    ("sqs:GetQueueAttributes", "redrive queue"),
    ("kms:Decrypt", "messaging key"),
];

#[test]
fn every_call_is_granted_to_everybody_who_makes_it() -> Result<()> {
    let calls = calls()?;
    let table = table();
    let mut missing = Vec::new();
    for (file, operations) in &calls {
        let runners = RUNNERS.iter().find(|(prefix, _)| file.starts_with(prefix));
        let Some((_, runners)) = runners else {
            missing.push(format!("{file} calls AWS: say in RUNNERS who runs it"));
            continue;
        };
        for operation in operations {
            let only = ONLY
                .iter()
                .find(|(prefix, name, _)| file.starts_with(prefix) && name == operation);
            let other = OTHER_NAMES.iter().find(|(name, _)| name == operation);
            let other = other.map(|(_, actions)| *actions);
            let actions = only.map(|(_, _, actions)| *actions).or(other);
            let actions = actions.map_or(vec![operation.as_str()], <[_]>::to_vec);
            for (action, who) in actions
                .iter()
                .flat_map(|action| runners.iter().map(move |who| (action, who)))
            {
                let granted = table
                    .rows
                    .iter()
                    .any(|row| row.allowed && row.who == *who && row.does == *action);
                if !granted {
                    missing.push(format!(
                        "{file} calls {operation}: no row allows {action} to the {who}"
                    ));
                }
            }
        }
    }
    ensure!(missing.is_empty(), "\n{}", missing.join("\n"));
    let all: BTreeSet<_> = calls.values().flatten().collect();
    ensure!(
        all.len() >= 30,
        "only {} operations were found: {all:?}",
        all.len()
    );
    Ok(())
}

#[test]
fn everybody_who_runs_code_runs_some() -> Result<()> {
    let calls = calls()?;
    for (prefix, _) in RUNNERS {
        let found = calls.keys().any(|file| file.starts_with(prefix));
        ensure!(found, "no file under {prefix} calls AWS");
    }
    Ok(())
}

#[test]
fn what_lambda_does_with_a_functions_role_is_granted() -> Result<()> {
    let table = table();
    let granted = |who: &str, action: &str, thing: &str| {
        table
            .rows
            .iter()
            .any(|row| row.allowed && row.who == who && row.does == action && row.thing.ends_with(thing))
    };
    for who in FUNCTIONS.iter().filter(|who| **who != "redrive function") {
        for (action, thing) in OF_A_STREAM {
            ensure!(granted(who, action, thing), "{who}: {action} on the {thing}");
        }
    }
    for (action, thing) in OF_A_QUEUE {
        ensure!(
            granted("redrive function", action, thing),
            "{action} on the {thing}"
        );
    }
    Ok(())
}

#[test]
fn calls_are_found_in_three_languages() -> Result<()> {
    let operations = BTreeMap::from([
        ("publish_batch".to_owned(), "sns".to_owned()),
        ("decrypt".to_owned(), "kms".to_owned()),
    ]);
    for (file, text, found) in [
        (
            "a.rs",
            "self.sns\n    .publish_batch()\n    .send()",
            &["sns:PublishBatch"][..],
        ),
        (
            "a.rs",
            "client.decrypt().send(); publish_batch(x)",
            &["kms:Decrypt"],
        ),
        (
            "a.rs",
            "client.send()\n#[cfg(test)]\nmod tests { a.decrypt() }",
            &[],
        ),
        (
            "a.py",
            "answer = self._kms.decrypt(\n    CiphertextBlob=x)",
            &["kms:Decrypt"],
        ),
        ("a.py", "AESGCM(key).decrypt(nonce)", &[]),
        ("a.ts", "await kms.send(new DecryptCommand({}))", &["kms:Decrypt"]),
    ] {
        let calls: Vec<_> = calls_in(Path::new(file), text, &operations)?
            .into_iter()
            .collect();
        ensure!(calls == found, "{text}: {calls:?}");
    }
    let unknown = calls_in(Path::new("a.ts"), "new SignCommand({})", &operations);
    ensure!(unknown.is_err(), "a command of no linked SDK is accepted");
    Ok(())
}

/// The operations that each file calls, such as `sns:PublishBatch`.
fn calls() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let operations = operations()?;
    let mut calls = BTreeMap::new();
    for source in SOURCES {
        for file in files(&root().join(source))? {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let name = file.strip_prefix(root())?.display().to_string();
            let found = calls_in(&file, &text, &operations).with_context(|| name.clone())?;
            if !found.is_empty() {
                calls.insert(name, found);
            }
        }
    }
    Ok(calls)
}

/// The service of each operation of the linked SDKs, by the operation's name in Rust.
fn operations() -> Result<BTreeMap<String, String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--manifest-path",
        ])
        .arg(root().join("Cargo.toml"))
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let mut operations = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(service) = name.strip_prefix("aws-sdk-") else {
            continue;
        };
        // The credentials' own calls need no permission.
        if ["sso", "ssooidc", "sts"].contains(&service) {
            continue;
        }
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let list = Path::new(manifest).with_file_name("src").join("operation.rs");
        for line in fs::read_to_string(list)?.lines() {
            let operation = line
                .strip_prefix("pub mod ")
                .and_then(|line| line.strip_suffix(';'));
            let other =
                operation.and_then(|operation| operations.insert(operation.to_owned(), service.to_owned()));
            if let (Some(operation), Some(other)) = (operation, other) {
                // Which of the two it is would have to be said where it is called.
                operations.insert(operation.to_owned(), format!("{service} or {other}"));
            }
        }
    }
    ensure!(
        operations.len() > 100,
        "the SDKs list {} operations",
        operations.len()
    );
    Ok(operations)
}

fn calls_in(file: &Path, text: &str, operations: &BTreeMap<String, String>) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let methods = text.split("()").filter_map(|before| before.rsplit('.').next());
            for method in methods {
                if let Some(service) = operations.get(method) {
                    found.insert(permission(service, &camel(method))?);
                }
            }
        }
        Some("py" | "yaml") => {
            for client in ["sqs.", "kms.", "dynamodb."] {
                for after in text.split(client).skip(1) {
                    let method = after.split('(').next().unwrap_or_default();
                    if let Some(service) = operations.get(method) {
                        found.insert(permission(service, &camel(method))?);
                    }
                }
            }
        }
        Some("ts") => {
            for after in text.split("new ").skip(1) {
                let class = after.split('(').next().unwrap_or_default();
                if let Some(command) = class.strip_suffix("Command") {
                    let service = operations.iter().find(|(name, _)| camel(name) == command);
                    let (_, service) = service.with_context(|| format!("no SDK has {command}"))?;
                    found.insert(permission(service, command)?);
                }
            }
        }
        _ => {}
    }
    Ok(found)
}

fn permission(service: &str, operation: &str) -> Result<String> {
    if service.contains(' ') {
        bail!("{operation} is an operation of {service}");
    }
    Ok(format!("{service}:{operation}"))
}

fn camel(snake: &str) -> String {
    let words = snake.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_uppercase())
    });
    words.collect()
}

/// The source files in a folder, without tests; of a file, itself.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() && !["tests", "benches", "node_modules"].contains(&name) {
            all.extend(files(&path)?);
        } else if path.is_file() && name != "tests.rs" {
            all.push(path);
        }
    }
    Ok(all)
}
