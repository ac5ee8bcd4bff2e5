//! The roles of `docs/permissions.md`: each JSON block is a policy, named by the heading above it.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::cloud::{Cloud, of_document};
use crate::support::root;

const PAGE: &str = "docs/permissions.md";

/// The placeholders of the page, and what they are in the deployments of the tests. A subscriber without the template is
/// called `documented` here.
const PLACEHOLDERS: [(&str, &str); 10] = [
    ("<region>", "eu-west-1"),
    ("<stack>", "users"),
    ("<stage>", "dev"),
    ("<name>", "documented"),
    ("<subject-keys-key-id>", "users-SubjectKeyTables-Key"),
    ("<table>", "mapped"),
    ("<messaging-key-id>", "users-Messaging-MessagingKey"),
    ("<seal-key-id>", "users-Messaging-SealKey"),
    ("<queue-key-id>", "documented"),
    ("<tables-key-id>", "users-Tables-Key"),
];

/// The policies of the page, with the headings above them in lower case.
///
/// Fails if one is no JSON or has an unknown placeholder.
fn policies(account: &str) -> Result<Vec<(String, Value)>> {
    let page = fs::read_to_string(root().join(PAGE)).context(PAGE)?;
    let mut policies = Vec::new();
    let mut heading = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text.to_lowercase();
        }
        if line == "```json" {
            let mut block: String = lines.by_ref().take_while(|line| *line != "```").collect();
            let accounts = ["<account>", "<publisher-account>"].map(|name| (name, account));
            for (placeholder, value) in PLACEHOLDERS.into_iter().chain(accounts) {
                block = block.replace(placeholder, value);
            }
            let within = || format!("{PAGE}: {heading}");
            ensure!(!block.contains('<'), "{}: an unknown placeholder", within());
            let policy = serde_json::from_str(&block).with_context(within)?;
            policies.push((heading.clone(), policy));
        }
    }
    ensure!(!policies.is_empty(), "{PAGE} has no policy");
    Ok(policies)
}

/// Adds a role of this account for each policy, such as `documented operator`, and what its policy names.
pub(super) fn roles(cloud: &mut Cloud, account: &str) -> Result<()> {
    for (heading, policy) in policies(account)? {
        // The deployment `accounts` names every role under these paths.
        let path = match heading.as_str() {
            "operator" => "operators/",
            "eraser" => "erasers/",
            "backfill" => "backfillers/",
            _ => "",
        };
        let name = heading.replace(' ', "-");
        let arn = format!("arn:aws:iam::{account}:role/{path}documented-{name}");
        let statements = of_document(PAGE, &heading, &policy)?;
        cloud.role(&format!("documented {heading}"), &arn, statements);
    }
    for (name, service, resource) in [
        ("documented queue", "sqs", "documented.fifo"),
        ("documented dead-letter queue", "sqs", "documented-dlq.fifo"),
        ("documented snapshot queue", "sqs", "documented-snapshot.fifo"),
        ("documented stack", "cloudformation", "stack/documented/1"),
        ("documented key", "kms", "key/documented"),
        ("documented inbox", "dynamodb", "table/documented-inbox"),
        ("tail's queue", "sqs", "user-events-tail-1"),
        ("parameter", "ssm", "parameter/user-events/dev/topic/account"),
        ("another parameter", "ssm", "parameter/another"),
        ("mapped table", "dynamodb", "table/mapped"),
        ("layer", "lambda", "layer:users-mapping"),
        ("event source mapping", "lambda", "event-source-mapping:1"),
        ("alarm", "cloudwatch", "alarm:users-parked-depth"),
        ("metrics", "cloudwatch", "metrics"),
    ] {
        cloud.name(
            name,
            &format!("arn:aws:{service}:eu-west-1:{account}:{resource}"),
            account,
        );
    }
    cloud.iam_decides("documented key")
}
