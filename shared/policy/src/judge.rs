//! Whether a policy lets a message through.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::node::{Member, Node};
use crate::rule::Rule;

/// Whether a message is let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is delivered.
    Through,
    /// It is not delivered: these keys, as dotted paths, refused it. For alternatives, the keys of all of them.
    Refused(BTreeSet<String>),
}

pub(crate) fn judge(root: &Node, members: &Map<String, Value>) -> Verdict {
    let mut refused = BTreeSet::new();
    if root.holds(Some(members), "", &mut refused) {
        Verdict::Through
    } else {
        Verdict::Refused(refused)
    }
}

impl Node {
    /// Whether every member matches. Adds the keys of those that do not.
    fn holds(
        &self,
        members: Option<&Map<String, Value>>,
        prefix: &str,
        refused: &mut BTreeSet<String>,
    ) -> bool {
        let mut all = true;
        for member in &self.members {
            let value = |key: &str| members.and_then(|members| members.get(key));
            let holds = match member {
                Member::Rules(key, rules) => {
                    let holds = one_holds(rules, value(key));
                    if !holds {
                        refused.insert(format!("{prefix}{key}"));
                    }
                    holds
                }
                Member::Nested(key, node) => {
                    let inner = value(key).and_then(Value::as_object);
                    node.holds(inner, &format!("{prefix}{key}."), refused)
                }
                Member::Or(nodes) => {
                    let mut refused_by_all = BTreeSet::new();
                    let mut holds = |node: &Node| node.holds(members, prefix, &mut refused_by_all);
                    let one = nodes.iter().any(&mut holds);
                    if !one {
                        refused.append(&mut refused_by_all);
                    }
                    one
                }
            };
            all &= holds;
        }
        all
    }
}

/// Whether the value, or an element of a list, matches one of the rules. An object never matches: a policy looks at leaves.
fn one_holds(rules: &[Rule], value: Option<&Value>) -> bool {
    let single;
    let values = match value {
        None | Some(Value::Object(_)) => &[][..],
        Some(Value::Array(elements)) => elements,
        Some(scalar) => {
            single = [scalar.clone()];
            &single
        }
    };
    rules.iter().any(|rule| match rule {
        Rule::Exists(false) => values.is_empty(),
        rule => values.iter().any(|value| rule.holds(value)),
    })
}
