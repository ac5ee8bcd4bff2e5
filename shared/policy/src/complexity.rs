//! Limits the complexity of a policy (Amazon SNS Developer Guide, *Filter policy constraints*).

use crate::error::PolicyError;
use crate::node::{Member, Node};

const MAX_COMBINATIONS: usize = 150;

/// Counts the combinations: the product, over all keys, of the number of rules and the depth of the key. The alternatives of
/// a `$or` are added up.
///
/// Fails when the policy has more combinations than SNS takes.
pub(crate) fn check(root: &Node) -> Result<(), PolicyError> {
    let combinations = root.combinations(1, 1);
    if combinations <= MAX_COMBINATIONS {
        Ok(())
    } else {
        Err(PolicyError::whole(format!(
            "it has {combinations} combinations, and SNS takes {MAX_COMBINATIONS}; SNS multiplies, over all keys, the \
             number of values by the depth of the key: use fewer values or fewer levels"
        )))
    }
}

impl Node {
    fn combinations(&self, depth: usize, so_far: usize) -> usize {
        self.members.iter().fold(so_far, |so_far, member| match member {
            Member::Rules(_, rules) => so_far.saturating_mul(rules.len()).saturating_mul(depth),
            Member::Nested(_, node) => node.combinations(depth + 1, so_far),
            Member::Or(nodes) => nodes
                .iter()
                .map(|node| node.combinations(depth, so_far))
                .fold(0, usize::saturating_add),
        })
    }
}
