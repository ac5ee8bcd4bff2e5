//! Who may decrypt data keys with the seal key, as far as KMS itself says it.

use anyhow::{Context, Result};
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{GrantListEntry, GrantOperation};
use serde_json::Value;
use user_events_local::failure::explained;

use super::facts::{Decrypts, Notes};
use crate::arn::account;

/// The member of the encryption context with the class.
const CLASS: &str = "class";
const CLASS_CONDITION: &str = "kms:EncryptionContext:class";

/// The principals that the key policy allows, and those that the grants of the key allow. `None` if it cannot be read.
pub(super) async fn decrypts(
    kms: &Client,
    key_arn: &str,
    notes: &mut Notes,
) -> (Option<Vec<Decrypts>>, Option<Vec<Decrypts>>) {
    let policy = notes.known(key_policy(kms, key_arn).await);
    let by_policy = policy.map(|policy| by_policy(&policy, account(key_arn), notes));
    let grants = notes.known(grants(kms, key_arn).await);
    let by_grants = grants.map(|grants| grants.iter().filter_map(by_one_grant).collect());
    (by_policy, by_grants)
}

async fn key_policy(kms: &Client, key_arn: &str) -> Result<String> {
    let answer = kms
        .get_key_policy()
        .key_id(key_arn)
        .policy_name("default")
        .send()
        .await;
    let answer = answer.map_err(|error| {
        explained(
            "the policy of the seal key could not be read",
            "kms:GetKeyPolicy on the seal key",
            &error,
        )
    })?;
    answer.policy.context("the seal key has no policy")
}

async fn grants(kms: &Client, key_arn: &str) -> Result<Vec<GrantListEntry>> {
    let (mut grants, mut marker) = (Vec::new(), None);
    loop {
        let list = kms.list_grants().key_id(key_arn).set_marker(marker);
        let page = list.send().await.map_err(|error| {
            explained(
                "the grants of the seal key could not be listed",
                "kms:ListGrants on the seal key",
                &error,
            )
        })?;
        grants.extend(page.grants.unwrap_or_default());
        marker = page.next_marker.filter(|_| page.truncated);
        if marker.is_none() {
            return Ok(grants);
        }
    }
}

/// The principals that statements of the key policy allow. A statement for the key's own account leaves the decision to IAM.
fn by_policy(policy: &str, account: &str, notes: &mut Notes) -> Vec<Decrypts> {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let mut decrypts = Vec::new();
    for statement in each(&policy["Statement"]) {
        if ["NotAction", "NotPrincipal"]
            .iter()
            .any(|name| !statement[name].is_null())
        {
            notes.add("the key policy of the seal key has NotAction or NotPrincipal, which are not shown");
            continue;
        }
        if !each(&statement["Action"])
            .filter_map(Value::as_str)
            .any(is_decrypt)
        {
            continue;
        }
        if statement["Effect"] != "Allow" {
            notes.add("the key policy of the seal key also denies; who is denied is not shown");
            continue;
        }
        let principals = match &statement["Principal"] {
            Value::Object(by_kind) => by_kind.values().flat_map(each).collect(),
            principal => vec![principal],
        };
        for principal in principals.into_iter().filter_map(Value::as_str) {
            if principal != account && !principal.ends_with(&format!(":iam::{account}:root")) {
                decrypts.push(Decrypts {
                    principal: principal.to_owned(),
                    classes: condition(&statement["Condition"]),
                });
            }
        }
    }
    decrypts
}

/// Whether an action of a policy, which may end in a wildcard, is or has `kms:Decrypt`.
fn is_decrypt(action: &str) -> bool {
    let action = action.to_lowercase();
    match action.strip_suffix('*') {
        Some(beginning) => "kms:decrypt".starts_with(beginning),
        None => action == "kms:decrypt",
    }
}

/// The classes in a condition; `None` if it does not restrict them.
fn condition(condition: &Value) -> Option<Vec<String>> {
    let operators = condition.as_object()?.iter();
    let mut equals = operators.filter(|(operator, _)| operator.contains("StringEquals"));
    let classes = equals.find_map(|(_, keys)| keys.get(CLASS_CONDITION))?;
    Some(
        each(classes)
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    )
}

fn by_one_grant(grant: &GrantListEntry) -> Option<Decrypts> {
    if !grant.operations().contains(&GrantOperation::Decrypt) {
        return None;
    }
    let constraints = grant.constraints();
    let equals = constraints.and_then(|constraints| constraints.encryption_context_equals());
    let subset = constraints.and_then(|constraints| constraints.encryption_context_subset());
    let class = equals.or(subset).and_then(|context| context.get(CLASS));
    Some(Decrypts {
        principal: grant.grantee_principal()?.to_owned(),
        classes: class.map(|class| vec![class.clone()]),
    })
}

/// One value, or each of a list.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    }
    .iter()
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::types::GrantConstraints;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_key_policy_names_principals_and_their_classes() {
        let policy = json!({ "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:root" }, "Action": "kms:*" },
            { "Effect": "Allow", "Principal": { "AWS": ["arn:aws:iam::210987654321:role/a", "arn:aws:iam::210987654321:role/b"] },
              "Action": ["kms:Decrypt", "kms:DescribeKey"],
              "Condition": { "StringEquals": { "kms:EncryptionContext:class": ["contact", "network"] } } },
            { "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::210987654321:root" }, "Action": "kms:Decrypt" },
            { "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt" },
            { "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::210987654321:role/c" }, "Action": "kms:DescribeKey" },
            { "Effect": "Deny", "Principal": "*", "Action": "KMS:De*" },
            { "Effect": "Allow", "NotPrincipal": "*", "Action": "kms:Decrypt" },
        ] });
        let mut notes = Notes::default();
        let found = by_policy(&policy.to_string(), "123456789012", &mut notes);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.principal.as_str(), one.classes.as_deref()))
            .collect();
        let classes = ["contact".to_owned(), "network".to_owned()];
        assert_eq!(
            found,
            [
                ("arn:aws:iam::210987654321:role/a", Some(&classes[..])),
                ("arn:aws:iam::210987654321:role/b", Some(&classes[..])),
                ("arn:aws:iam::210987654321:root", None),
                ("*", None),
            ]
        );
        assert_eq!(notes.iter().count(), 2, "what is not shown is named");
    }

    #[test]
    fn a_grant_to_decrypt_names_its_class() {
        let grant = |operation: GrantOperation| {
            GrantListEntry::builder()
                .grantee_principal("arn:aws:iam::123456789012:role/a")
                .operations(operation)
                .constraints(
                    GrantConstraints::builder()
                        .encryption_context_subset(CLASS, "contact")
                        .build(),
                )
                .build()
        };
        let decrypts = by_one_grant(&grant(GrantOperation::Decrypt)).unwrap();
        assert_eq!(decrypts.classes.as_deref(), Some(&["contact".to_owned()][..]));
        assert_eq!(by_one_grant(&grant(GrantOperation::Encrypt)), None);
    }
}
