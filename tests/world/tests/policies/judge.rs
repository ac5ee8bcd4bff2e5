//! Decides a request as AWS does, from the policies of both sides (AWS IAM User Guide, *Policy evaluation logic*).
//!
//! Whether one statement matches is decided by the crate `iam-rs`. This module has the rest: which statements count for
//! whom, policy variables in conditions, and keys and roles whose own policy must agree.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use iam_rs::{
    Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId,
};
use serde_json::{Map, Value, json};

/// Where a statement is declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The template, or the page of the documentation.
    pub(super) file: String,
    /// The resource in it that has the policy.
    pub(super) resource: String,
    /// Its `Sid`, or its number.
    pub(super) statement: String,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}: {}", self.file, self.resource, self.statement)
    }
}

/// A statement without functions of CloudFormation.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) place: Place,
    pub(super) raw: Value,
    /// The beginnings of its actions, in lower case: a statement with others cannot match.
    actions: Vec<String>,
    /// Absent if the statement has policy variables: then it differs from request to request.
    parsed: Option<Arc<PolicyEvaluator>>,
}

impl Statement {
    /// Fails if the judge cannot decide with this statement.
    pub(super) fn new(place: Place, raw: Value) -> Result<Self> {
        let parsed = parse(&raw).with_context(|| place.to_string())?;
        let parsed = Some(parsed).filter(|_| !raw.to_string().contains("${"));
        let actions = listed(&raw["Action"]).into_iter().map(|action| {
            let action = action.as_str().unwrap_or_default().to_lowercase();
            let beginning = action.split(['*', '?']).next();
            beginning.unwrap_or_default().to_owned()
        });
        Ok(Self {
            actions: actions.collect(),
            parsed: parsed.map(Arc::new),
            place,
            raw,
        })
    }

    pub(super) fn denies(&self) -> bool {
        self.raw["Effect"] == "Deny"
    }

    /// Whether it could match a request for this action. `false` is sure.
    pub(super) fn may_be_about(&self, action: &str) -> bool {
        let begins = |beginning: &String| {
            let start = action.get(..beginning.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(beginning))
        };
        self.actions.iter().any(begins)
    }

    fn matches(&self, request: &IAMRequest) -> Result<bool> {
        if !self.may_be_about(&request.action) {
            return Ok(false);
        }
        let substituted;
        let evaluator = match &self.parsed {
            Some(parsed) => parsed,
            None => {
                let Some(raw) = substitute(&self.raw, &request.context) else {
                    return Ok(false);
                };
                substituted = parse(&raw)?;
                &substituted
            }
        };
        let decision = evaluator
            .evaluate(request)
            .with_context(|| self.place.to_string())?;
        Ok(decision.decision != Decision::NotApplicable)
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// A role, by its ARN.
    Role(String),
    /// A service of AWS, by its name.
    Service(String),
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request<'r, 's> {
    pub(super) caller: &'r Caller,
    /// The statements attached to the caller.
    pub(super) identity: &'s [Statement],
    pub(super) action: &'r str,
    pub(super) resource: &'r str,
    /// The account of the resource.
    pub(super) owner: &'r str,
    /// The statements attached to the resource.
    pub(super) attached: &'s [Statement],
    pub(super) circumstances: &'r BTreeMap<String, Value>,
}

/// A decision and the statements that matched.
#[derive(Debug, Clone)]
pub(super) struct Verdict<'s> {
    pub(super) allowed: bool,
    pub(super) matched: Vec<&'s Statement>,
}

/// Decides a request.
///
/// Fails if a statement or a circumstance is something that the judge does not know.
pub(super) fn decide<'s>(request: &Request<'_, 's>) -> Result<Verdict<'s>> {
    let context = context(request.circumstances)?;
    let resource = Arn::parse(request.resource).context("the resource has no ARN")?;
    let asked_by = |principal| IAMRequest {
        principal,
        action: request.action.to_owned(),
        resource: resource.clone(),
        context: context.clone(),
    };
    let (own, account) = match request.caller {
        Caller::Role(arn) => {
            let account = Arn::parse(arn)?.account_id;
            let root = format!("arn:aws:iam::{account}:root");
            let own = asked_by(Principal::Aws(PrincipalId::String(arn.clone())));
            (
                own,
                Some((account, asked_by(Principal::Aws(PrincipalId::String(root))))),
            )
        }
        Caller::Service(name) => {
            let own = asked_by(Principal::Service(PrincipalId::String(name.clone())));
            (own, None)
        }
    };
    let mut matched = Vec::new();
    let mut by_identity = false;
    for statement in request.identity {
        if statement.matches(&own)? {
            by_identity |= !statement.denies();
            matched.push(statement);
        }
    }
    // A policy of a resource names the caller, or leaves the decision to the IAM of the caller's account.
    let (mut by_resource, mut left_to_account) = (false, false);
    for statement in request.attached {
        let named = statement.matches(&own)?;
        let left = match &account {
            Some((_, root)) if !named => statement.matches(root)?,
            _ => false,
        };
        if named || left {
            by_resource |= named && !statement.denies();
            left_to_account |= left && !statement.denies();
            matched.push(statement);
        }
    }
    let denied = matched.iter().any(|statement| statement.denies());
    // The policy of a key or a role must agree in any case (AWS KMS Developer Guide, *Key policies*; IAM User Guide,
    // *Cross-account policy evaluation logic*).
    let must_agree = ["kms:", "sts:"]
        .iter()
        .any(|service| request.action.starts_with(service));
    let granted = match &account {
        None => by_resource,
        Some((account, _)) if account != request.owner => by_identity && (by_resource || left_to_account),
        Some(_) if must_agree => by_resource || (left_to_account && by_identity),
        Some(_) => by_resource || by_identity,
    };
    Ok(Verdict {
        allowed: granted && !denied,
        matched,
    })
}

/// Keys that `Bool` compares.
const FLAGS: [&str; 3] = [
    "aws:SecureTransport",
    "aws:PrincipalIsAWSService",
    "aws:ViaAWSService",
];

fn context(circumstances: &BTreeMap<String, Value>) -> Result<Context> {
    let mut context = Context::new();
    for (key, value) in circumstances {
        let value = match value {
            Value::String(flag) if FLAGS.contains(&key.as_str()) => ContextValue::Boolean(flag.parse()?),
            Value::String(text) => ContextValue::String(text.clone()),
            Value::Array(items) => {
                let items = items.iter().map(|item| item.as_str().map(str::to_owned));
                ContextValue::StringList(items.collect::<Option<_>>().context("a list of texts")?)
            }
            _ => bail!("{key} is neither text nor list"),
        };
        context.insert(key.clone(), value);
    }
    Ok(context)
}

/// The members of a statement that the judge reads.
const MEMBERS: [&str; 6] = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

fn parse(raw: &Value) -> Result<PolicyEvaluator> {
    let members = raw.as_object().context("a statement is an object")?;
    for name in members.keys() {
        ensure!(MEMBERS.contains(&name.as_str()), "the judge knows no {name}");
    }
    let mut statement = members.clone();
    if let Some(Value::Object(conditions)) = statement.get_mut("Condition") {
        *conditions = normalised(conditions)?;
    }
    // The policy of a role is about that role and names no resource.
    statement.entry("Resource").or_insert_with(|| json!("*"));
    let principal = statement.get("Principal").cloned();
    let statements: Vec<_> = match principal {
        Some(Value::Object(kinds)) if kinds.len() > 1 => {
            let split = kinds.into_iter().map(|(kind, ids)| {
                let mut one = statement.clone();
                one.insert("Principal".to_owned(), json!({ kind: ids }));
                one
            });
            split.collect()
        }
        _ => vec![statement],
    };
    let policy: IAMPolicy =
        serde_json::from_value(json!({ "Version": "2012-10-17", "Statement": statements }))?;
    Ok(PolicyEvaluator::with_policies(vec![policy]))
}

/// Conditions as `iam-rs` expects them.
fn normalised(conditions: &Map<String, Value>) -> Result<Map<String, Value>> {
    let mut all = Map::new();
    for (operator, keys) in conditions {
        let keys = keys.as_object().context("a condition has keys")?;
        let is_flag = keys.keys().any(|key| FLAGS.contains(&key.as_str()));
        let compares_flags = operator.starts_with("Bool") || operator == "Null";
        ensure!(is_flag <= compares_flags, "{operator} compares no flag");
        // ArnEquals and ArnLike behave identically (IAM User Guide, *Amazon Resource Name (ARN) condition operators*).
        let operator = operator
            .replace("ArnEquals", "ArnLike")
            .replace("ArnNotEquals", "ArnNotLike");
        let negated = operator.contains("Not");
        let merged = all.entry(operator).or_insert_with(|| json!({}));
        let merged = merged.as_object_mut().context("a condition has keys")?;
        for (key, value) in keys {
            let other = merged.remove(key);
            // A request value must be like none of both lists, which is one list.
            let value = match other {
                None => value.clone(),
                Some(other) if negated => [listed(&other), listed(value)].concat().into(),
                Some(_) => bail!("{key} is compared twice"),
            };
            merged.insert(key.clone(), value);
        }
    }
    Ok(all)
}

fn listed(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// The statement with its policy variables replaced by their values in the request. `None` if a value is missing: that
/// might make the entire statement invalid (IAM User Guide, *IAM policy elements: Variables and tags*), so nothing may
/// depend on it, no Allow and no Deny.
fn substitute(raw: &Value, context: &Context) -> Option<Value> {
    Some(match raw {
        Value::String(text) => replaced(text, context)?.into(),
        Value::Array(items) => {
            let items = items.iter().map(|item| substitute(item, context));
            Value::Array(items.collect::<Option<_>>()?)
        }
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, member)| Some((name.clone(), substitute(member, context)?)));
            Value::Object(members.collect::<Option<_>>()?)
        }
        plain => plain.clone(),
    })
}

fn replaced(text: &str, context: &Context) -> Option<String> {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (key, after) = after.split_once('}')?;
        done.push_str(before);
        done.push_str(context.get(key)?.as_string()?);
        rest = after;
    }
    done.push_str(rest);
    Some(done)
}
