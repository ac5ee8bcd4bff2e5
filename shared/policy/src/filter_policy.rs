//! A filter policy: reads it, and judges messages.

use serde_json::Value;

use crate::complexity;
use crate::error::PolicyError;
use crate::judge::{self, Verdict};
use crate::message::Message;
use crate::node::Node;
use crate::scope::Scope;
use crate::sought::Sought;

/// The maximum number of top-level keys (Amazon SNS Developer Guide, *Filter policy constraints*).
const MAX_KEYS: usize = 5;
/// The largest policy, in bytes: 256 KB (the same page).
const MAX_BYTES: usize = 256 * 1024;

/// A valid policy.
#[derive(Debug, Clone)]
pub struct FilterPolicy {
    scope: Scope,
    root: Node,
}

impl FilterPolicy {
    /// Reads a policy.
    ///
    /// Fails when it is not a JSON object, too large or too complex, and when SNS does not know a rule. The error names the key.
    pub fn parse(text: &str, scope: Scope) -> Result<Self, PolicyError> {
        if text.len() > MAX_BYTES {
            return Err(PolicyError::whole(format!(
                "it has more than {MAX_BYTES} bytes; shorten it"
            )));
        }
        // The error of serde_json may quote the text.
        let document: Value = serde_json::from_str(text)
            .map_err(|_| PolicyError::whole("it is not JSON; keys and strings need double quotes"))?;
        let Value::Object(members) = document else {
            return Err(PolicyError::whole(
                "it is not a JSON object, such as {\"eventName\": [\"UserDeleted\"]}",
            ));
        };
        if members.len() > MAX_KEYS {
            let many = members.len();
            return Err(PolicyError::whole(format!(
                "it has {many} keys, and SNS takes {MAX_KEYS}; remove some"
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

    /// The paths of the keys in the policy, each from the top.
    pub fn paths(&self) -> Vec<Vec<&str>> {
        let mut paths = Vec::new();
        self.root
            .collect(&mut Vec::new(), &mut |path, _| paths.push(path.to_vec()));
        paths
    }

    /// What the rules look for, each with the path of its key.
    pub fn sought(&self) -> Vec<(Vec<&str>, Sought<'_>)> {
        let mut sought = Vec::new();
        self.root.collect(&mut Vec::new(), &mut |path, rules| {
            let named = rules.iter().flat_map(Sought::by);
            sought.extend(named.map(|named| (path.to_vec(), named)));
        });
        sought
    }
}
