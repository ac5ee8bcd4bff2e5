//! SNS filter policies: read and refused as SNS does, and judged against a message (Amazon SNS Developer Guide,
//! *Amazon SNS subscription filter policies*).

mod complexity;
mod judge;
mod message;
mod numeric;
mod rule;

use std::fmt;

use clap::ValueEnum;
use serde_json::{Map, Value};

pub use judge::Verdict;
pub use message::Message;
use rule::Rule;

/// The keys that a policy may have at its top (Amazon SNS Developer Guide, *Filter policy constraints*).
const MAX_KEYS: usize = 5;
/// The largest policy, in bytes: 256 KB (the same page).
const MAX_BYTES: usize = 256 * 1024;
/// The key that joins alternatives.
const OR: &str = "$or";

/// What a policy looks at: the subscription's `FilterPolicyScope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Scope {
    /// The message attributes (`MessageAttributes`).
    #[default]
    #[value(alias = "MessageAttributes")]
    Attributes,
    /// The body, which must be a JSON object (`MessageBody`).
    #[value(alias = "MessageBody")]
    Body,
}

/// A policy that SNS takes.
#[derive(Debug, Clone)]
pub struct FilterPolicy {
    scope: Scope,
    root: Node,
}

/// All members of an object of the policy must hold.
#[derive(Debug, Clone, Default)]
struct Node {
    members: Vec<Member>,
}

#[derive(Debug, Clone)]
enum Member {
    /// One of the rules must hold of what stands at the key.
    Rules(String, Vec<Rule>),
    /// What stands at the key must be an object of which all of this holds.
    Nested(String, Node),
    /// One of these must hold in this very place.
    Or(Vec<Node>),
}

/// Why SNS refuses a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The key that is at fault, from the top; empty where it is the policy as a whole.
    path: Vec<String>,
    what: String,
}

impl Scope {
    /// The value of a subscription's `FilterPolicyScope`.
    pub fn attribute_value(self) -> &'static str {
        match self {
            Self::Attributes => "MessageAttributes",
            Self::Body => "MessageBody",
        }
    }
}

impl FilterPolicy {
    /// Reads a policy.
    ///
    /// Fails when it is no JSON object, when it is too large or too complex, and when a key's rules are none that SNS
    /// knows; the error names the key.
    pub fn parse(text: &str, scope: Scope) -> Result<Self, PolicyError> {
        if text.len() > MAX_BYTES {
            return Err(PolicyError::whole(format!("it has more than {MAX_BYTES} bytes")));
        }
        // The error of serde_json would quote the text.
        let document: Value = serde_json::from_str(text)
            .map_err(|_| PolicyError::whole("it is not JSON; keys and texts stand in double quotes"))?;
        let Value::Object(members) = document else {
            return Err(PolicyError::whole("it is not a JSON object"));
        };
        if members.len() > MAX_KEYS {
            let many = members.len();
            return Err(PolicyError::whole(format!(
                "it has {many} keys, and SNS takes {MAX_KEYS}"
            )));
        }
        let root = Node::read(&members, &mut Vec::new(), scope)?;
        complexity::check(&root)?;
        Ok(Self { scope, root })
    }

    /// Whether the message is delivered to a subscription with this policy.
    pub fn judge(&self, message: &Message) -> Verdict {
        judge::judge(&self.root, message.seen_by(self.scope))
    }

    /// The keys that the policy asks for, each from the top.
    pub fn paths(&self) -> Vec<Vec<&str>> {
        let mut paths = Vec::new();
        self.root.collect(&mut Vec::new(), &mut paths);
        paths
    }
}

impl Node {
    fn read(members: &Map<String, Value>, path: &mut Vec<String>, scope: Scope) -> Result<Self, PolicyError> {
        let mut node = Self::default();
        for (key, value) in members {
            if let Some(alternatives) = alternatives(key, value) {
                let read = |object| Self::read(object, path, scope);
                let nodes = alternatives.into_iter().map(read).collect::<Result<_, _>>()?;
                node.members.push(Member::Or(nodes));
                continue;
            }
            path.push(key.clone());
            let at_fault = |what: String| PolicyError {
                path: path.clone(),
                what,
            };
            let member = match value {
                Value::Array(rules) if rules.is_empty() => {
                    return Err(at_fault("its list is empty; nothing would ever fit".to_owned()));
                }
                Value::Array(rules) => {
                    let rules = rules.iter().map(Rule::read).collect::<Result<_, _>>();
                    Member::Rules(key.clone(), rules.map_err(at_fault)?)
                }
                Value::Object(_) if scope == Scope::Attributes => {
                    return Err(at_fault(
                        "message attributes have nothing inside; put its rules into a list, or use --scope body \
                         (FilterPolicyScope MessageBody)"
                            .to_owned(),
                    ));
                }
                Value::Object(inner) => Member::Nested(key.clone(), Self::read(inner, path, scope)?),
                _ => {
                    return Err(at_fault(
                        "its value must be a list of rules, such as [\"…\"]".to_owned(),
                    ));
                }
            };
            path.pop();
            node.members.push(member);
        }
        Ok(node)
    }

    fn collect<'a>(&'a self, path: &mut Vec<&'a str>, paths: &mut Vec<Vec<&'a str>>) {
        for member in &self.members {
            match member {
                Member::Rules(key, _) => {
                    path.push(key);
                    paths.push(path.clone());
                    path.pop();
                }
                Member::Nested(key, node) => {
                    path.push(key);
                    node.collect(path, paths);
                    path.pop();
                }
                Member::Or(nodes) => nodes.iter().for_each(|node| node.collect(path, paths)),
            }
        }
    }
}

/// The alternatives of a `$or`: a list of at least two objects, none of which has an operator for a key. Whatever else
/// is called `$or` is a key like any other (Amazon SNS Developer Guide, *AND/OR logic*).
fn alternatives<'a>(key: &str, value: &'a Value) -> Option<Vec<&'a Map<String, Value>>> {
    let list = value.as_array().filter(|list| key == OR && list.len() > 1)?;
    let objects: Vec<_> = list.iter().map(Value::as_object).collect::<Option<_>>()?;
    let plain = |object: &&Map<String, Value>| !object.keys().any(|key| rule::is_reserved(key));
    objects.iter().all(plain).then_some(objects)
}

impl PolicyError {
    fn whole(what: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            what: what.into(),
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SNS refuses this filter policy: ")?;
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path.join("."))?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for PolicyError {}

#[cfg(test)]
mod tests;
