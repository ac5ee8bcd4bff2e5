//! The members of a map in the file, with the unknown and the missing ones reported.

use crate::mapping::file::problem::Problems;
use crate::mapping::file::yaml::Node;

/// The members of one map.
pub(super) struct Members<'n> {
    pub(super) line: usize,
    what: &'static str,
    members: &'n [(usize, String, Node)],
}

impl<'n> Members<'n> {
    /// The members of the node, which is `what`: a phrase with its article. Those that are not among the known ones are
    /// problems, and so is a name that comes twice.
    pub(super) fn read(
        node: &'n Node,
        what: &'static str,
        known: &[&str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let Some(members) = node.map() else {
            problems.add(node.line, format!("{what} is a map, not {}", node.kind()));
            return None;
        };
        for (place, (line, name, _)) in members.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let known = known.join("`, `");
                problems.add(*line, format!("{what} has no member `{name}`; it has `{known}`"));
            }
            if members.iter().take(place).any(|(_, earlier, _)| earlier == name) {
                problems.add(*line, format!("the member `{name}` comes twice"));
            }
        }
        Some(Self {
            line: node.line,
            what,
            members,
        })
    }

    /// The member with this name.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        let found = self.members.iter().find(|(_, own, _)| own == name);
        found.map(|(_, _, node)| node)
    }

    /// The member with this name; it is a problem if it is missing.
    pub(super) fn required(&self, name: &str, problems: &mut Problems) -> Option<&'n Node> {
        let found = self.get(name);
        if found.is_none() {
            problems.add(self.line, format!("{} needs the member `{name}`", self.what));
        }
        found
    }

    /// The text of a member.
    pub(super) fn text(&self, name: &str, problems: &mut Problems) -> Option<&'n str> {
        let node = self.get(name)?;
        let text = node.text().filter(|text| !text.is_empty());
        if text.is_none() {
            problems.add(node.line, format!("`{name}` is a text, not {}", described(node)));
        }
        text
    }
}

fn described(node: &Node) -> &'static str {
    match node.text() {
        Some(_) => "an empty one",
        None => node.kind(),
    }
}
