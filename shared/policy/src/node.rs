//! A policy as a tree of keys and rules.

use serde_json::{Map, Value};

use crate::error::PolicyError;
use crate::rule::{self, Rule};
use crate::scope::Scope;

/// The key that joins alternatives.
const OR: &str = "$or";

/// An object must match all members.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    pub(crate) members: Vec<Member>,
}

#[derive(Debug, Clone)]
pub(crate) enum Member {
    /// The value of the key must match one of the rules.
    Rules(String, Vec<Rule>),
    /// The value of the key must be an object that matches the node.
    Nested(String, Node),
    /// The object must match one of these nodes.
    Or(Vec<Node>),
}

impl Node {
    pub(crate) fn read(
        members: &Map<String, Value>,
        path: &mut Vec<String>,
        scope: Scope,
    ) -> Result<Self, PolicyError> {
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
                    return Err(at_fault(
                        "its list is empty, so no message would match; add a rule".to_owned(),
                    ));
                }
                Value::Array(rules) => {
                    let rules = rules.iter().map(Rule::read).collect::<Result<_, _>>();
                    Member::Rules(key.clone(), rules.map_err(at_fault)?)
                }
                Value::Object(_) if scope == Scope::Attributes => {
                    return Err(at_fault(
                        "message attributes have no members; put its rules into a list, or use --scope body \
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

    /// Visits the rules of every key, with its path from the top.
    pub(crate) fn collect<'a>(
        &'a self,
        path: &mut Vec<&'a str>,
        visit: &mut dyn FnMut(&[&'a str], &'a [Rule]),
    ) {
        for member in &self.members {
            match member {
                Member::Rules(key, rules) => {
                    path.push(key);
                    visit(path, rules);
                    path.pop();
                }
                Member::Nested(key, node) => {
                    path.push(key);
                    node.collect(path, visit);
                    path.pop();
                }
                Member::Or(nodes) => nodes.iter().for_each(|node| node.collect(path, visit)),
            }
        }
    }
}

/// The alternatives of a `$or`: a list of at least two objects, none with an operator as a key. Any other `$or` is an
/// ordinary key (Amazon SNS Developer Guide, *AND/OR logic*).
fn alternatives<'a>(key: &str, value: &'a Value) -> Option<Vec<&'a Map<String, Value>>> {
    let list = value.as_array().filter(|list| key == OR && list.len() > 1)?;
    let objects: Vec<_> = list.iter().map(Value::as_object).collect::<Option<_>>()?;
    let plain = |object: &&Map<String, Value>| !object.keys().any(|key| rule::is_reserved(key));
    objects.iter().all(plain).then_some(objects)
}
