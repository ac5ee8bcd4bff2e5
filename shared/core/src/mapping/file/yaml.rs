//! YAML as a tree of nodes with their lines. Anchors, aliases and tags are refused, and depth and size are limited: a file
//! cannot grow when it is read.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::mapping::file::problem::Problems;

/// The largest file, in bytes.
const MAX_BYTES: usize = 256 * 1_024;
const MAX_DEPTH: usize = 24;

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) content: Content,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// A quoted scalar is a text, whatever it looks like.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    /// The members, each with the line of its key.
    Map(Vec<(usize, String, Node)>),
}

impl Node {
    /// A word for the kind of node.
    pub(super) fn kind(&self) -> &'static str {
        match self.content {
            Content::Scalar { .. } => "a scalar",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The members of a map.
    pub(super) fn map(&self) -> Option<&[(usize, String, Node)]> {
        match &self.content {
            Content::Map(members) => Some(members),
            _ => None,
        }
    }

    /// The entries of a list.
    pub(super) fn list(&self) -> Option<&[Node]> {
        match &self.content {
            Content::List(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether it is the plain scalar `true` or `false`, and which.
    pub(super) fn flag(&self) -> Option<bool> {
        match &self.content {
            Content::Scalar { text, quoted: false } => match text.as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Reads the only document of a file. `None` when there are problems.
pub(super) fn read(text: &str, problems: &mut Problems) -> Option<Node> {
    if text.len() > MAX_BYTES {
        problems.add(1, format!("the file has more than {MAX_BYTES} bytes"));
        return None;
    }
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                problems.add(
                    error.marker().line(),
                    format!("this is not YAML: {}", error.info()),
                );
                return None;
            }
        };
        if let Err(refused) = tree.take(event, span) {
            problems.add(span.start.line(), refused);
            return None;
        }
    }
    let Some(root) = tree.root else {
        problems.add(1, "the file is empty; it begins with `version: 1`");
        return None;
    };
    Some(root)
}

/// The tree under construction.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
}

/// A list or a map that is not complete.
struct Open {
    line: usize,
    content: Content,
    /// The key of a map that waits for its value.
    key: Option<(usize, String)>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), &'static str> {
        const NO_TRICKS: &str = "anchors, aliases and tags are not allowed; write the value out";
        let line = span.start.line();
        match event {
            Event::Alias(_) => Err(NO_TRICKS),
            Event::Scalar(_, _, anchor, ref tag) if anchor != 0 || tag.is_some() => Err(NO_TRICKS),
            Event::SequenceStart(anchor, ref tag) | Event::MappingStart(anchor, ref tag)
                if anchor != 0 || tag.is_some() =>
            {
                Err(NO_TRICKS)
            }
            Event::Scalar(text, style, ..) => {
                let content = Content::Scalar {
                    text: text.into_owned(),
                    quoted: style != ScalarStyle::Plain,
                };
                self.add(Node { line, content })
            }
            Event::SequenceStart(..) => self.open(line, Content::List(Vec::new())),
            Event::MappingStart(..) => self.open(line, Content::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { line, content, .. }) => self.add(Node { line, content }),
                None => Ok(()),
            },
            Event::DocumentStart(_) if self.root.is_some() => Err("a mapping is one document"),
            _ => Ok(()),
        }
    }

    fn open(&mut self, line: usize, content: Content) -> Result<(), &'static str> {
        if self.open.len() >= MAX_DEPTH {
            return Err("the file is nested too deeply");
        }
        self.open.push(Open {
            line,
            content,
            key: None,
        });
        Ok(())
    }

    fn add(&mut self, node: Node) -> Result<(), &'static str> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.content, open.key.take()) {
            (Content::List(entries), _) => entries.push(node),
            (Content::Map(members), Some((line, key))) => members.push((line, key, node)),
            (Content::Map(_), None) => match node.content {
                Content::Scalar { text, .. } => open.key = Some((node.line, text)),
                _ => return Err("the key of a member is not a text"),
            },
            (Content::Scalar { .. }, _) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        let mut problems = Problems::default();
        assert_eq!(read(text, &mut problems), None, "{text}");
        problems.0.first().unwrap().to_string()
    }

    #[test]
    fn nodes_know_their_lines() {
        let mut problems = Problems::default();
        let root = read("a: 1\nb:\n  - x\n  - \"true\"\n", &mut problems).unwrap();
        let members = root.map().unwrap();
        assert_eq!((members[0].0, members[0].1.as_str()), (1, "a"));
        let entries = members[1].2.list().unwrap();
        assert_eq!((entries[0].line, entries[0].text()), (3, Some("x")));
        assert_eq!((entries[1].text(), entries[1].flag()), (Some("true"), None));
        assert_eq!(problems.0, []);
    }

    #[test]
    fn a_file_that_grows_when_it_is_read_is_refused() {
        for text in ["a: &x 1", "a: *x", "&x a: 1", "a: !!str 1", "a: &x [1]\nb: *x"] {
            assert!(
                problem(text).contains("YAML") || problem(text).contains("not allowed"),
                "{text}"
            );
        }
        assert!(problem(&"[".repeat(MAX_DEPTH + 1)).contains("nested too deeply"));
        assert!(problem(&"x".repeat(MAX_BYTES + 1)).contains("more than 262144 bytes"));
        assert!(problem("").contains("empty"));
        assert!(problem("a: 1\n---\nb: 1").contains("one document"));
        assert!(problem("? [a]\n: 1").contains("not a text"));
        assert!(problem("a: [").starts_with("line "));
    }
}
