//! A proposed mapping file, and how it is written.

use std::ops::RangeInclusive;

use super::yaml::{list, map, quoted, text};

/// The longest line of a comment.
const WIDTH: usize = 110;

/// The rules of one table.
#[derive(Debug, Default)]
pub(super) struct Proposal {
    pub(super) table: String,
    pub(super) partition: String,
    pub(super) sort: Option<String>,
    pub(super) ttl: Option<String>,
    /// Comments at the top.
    pub(super) notes: Vec<String>,
    pub(super) rules: Vec<Rule>,
    /// What became no rule.
    pub(super) left_out: Vec<String>,
}

/// One rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Rule {
    pub(super) kind: &'static str,
    /// Comments above the rule.
    pub(super) notes: Vec<String>,
    pub(super) partition: Option<String>,
    pub(super) sort: Option<String>,
    /// Conditions on attributes: a path, and a condition.
    pub(super) conditions: Vec<(String, String)>,
    /// The captures and paths that hold secrets.
    pub(super) secrets: Vec<String>,
    pub(super) each: Option<String>,
    pub(super) removal_ignored: bool,
    pub(super) ids: Vec<Line>,
    pub(super) attributes: Vec<Line>,
    pub(super) last_change: Vec<Line>,
    pub(super) version: Option<String>,
    /// Why the rule cannot be used as it is. It is then written as a comment.
    pub(super) unusable: Option<String>,
}

/// A member with its value.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) value: Value,
    /// A comment above it.
    pub(super) note: Option<String>,
}

/// A value, written.
#[derive(Debug, Clone)]
pub(super) enum Value {
    One(String),
    /// A list with an element per line.
    List(Vec<String>),
}

impl Line {
    pub(super) fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self {
            name,
            value: Value::One(value.into()),
            note: None,
        }
    }

    #[must_use]
    pub(super) fn noted(self, note: impl Into<String>) -> Self {
        Self {
            note: Some(note.into()),
            ..self
        }
    }
}

impl Proposal {
    /// The file.
    pub(super) fn yaml(&self) -> String {
        self.written().0
    }

    /// The file, and for each rule the numbers of its lines.
    pub(super) fn written(&self) -> (String, Vec<RangeInclusive<usize>>) {
        let mut lines = Vec::new();
        for note in &self.notes {
            comment(&mut lines, "", note);
        }
        lines.push("version: 1".to_owned());
        let rules = self.rules.iter().any(|rule| rule.unusable.is_none());
        // A table needs a rule. Without one, the whole entry is a comment.
        let mut entry = vec![
            "tables:".to_owned(),
            format!("  - table: {}", quoted(&self.table)),
        ];
        let mut keys = vec![("partition", text(&self.partition))];
        keys.extend(self.sort.iter().map(|sort| ("sort", text(sort))));
        entry.push(format!("    keys: {}", map(keys)));
        entry.extend(self.ttl.iter().map(|ttl| format!("    ttl: {}", text(ttl))));
        entry.push("    rows:".to_owned());
        let mut places = Vec::new();
        for rule in &self.rules {
            entry.push(String::new());
            let first = lines.len() + entry.len();
            entry.extend(rule.lines());
            places.push(first..=lines.len() + entry.len());
        }
        if rules {
            lines.extend(entry);
        } else {
            lines.extend(entry.into_iter().map(|line| match line {
                line if line.is_empty() || line.trim_start().starts_with('#') => line,
                line => format!("# {line}"),
            }));
        }
        if !self.left_out.is_empty() {
            lines.push(String::new());
            for note in &self.left_out {
                comment(&mut lines, "    ", note);
            }
        }
        lines.push(String::new());
        (lines.join("\n"), places)
    }
}

impl Rule {
    fn lines(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for note in &self.notes {
            comment(&mut notes, "      ", note);
        }
        if let Some(why) = &self.unusable {
            comment(&mut notes, "      ", &format!("NOT USED: {why}"));
        }
        let mut lines = vec![format!("      - kind: {}", self.kind)];
        let mut when = Vec::new();
        when.extend(
            self.partition
                .iter()
                .map(|template| ("partition", quoted(template))),
        );
        when.extend(self.sort.iter().map(|template| ("sort", quoted(template))));
        let conditions = self
            .conditions
            .iter()
            .map(|(path, condition)| (path.as_str(), condition.clone()));
        if !self.conditions.is_empty() {
            when.push(("attributes", map(conditions)));
        }
        if !when.is_empty() {
            lines.push("        when:".to_owned());
            lines.extend(
                when.into_iter()
                    .map(|(name, value)| format!("          {name}: {value}")),
            );
        }
        if !self.secrets.is_empty() {
            lines.push(format!(
                "        secret: {}",
                list(self.secrets.iter().map(|name| text(name)))
            ));
        }
        lines.extend(self.each.iter().map(|each| format!("        each: {each}")));
        if self.removal_ignored {
            lines.push("        removal: ignored".to_owned());
        }
        for (name, members) in [
            ("ids", &self.ids),
            ("attributes", &self.attributes),
            ("lastChange", &self.last_change),
        ] {
            if !members.is_empty() {
                lines.push(format!("        {name}:"));
                members.iter().for_each(|line| line.write(&mut lines));
            }
        }
        lines.extend(self.version.iter().map(|path| format!("        version: {path}")));
        if self.unusable.is_some() {
            lines = lines
                .into_iter()
                .map(|line| format!("      # {}", line.trim_start_matches("      ")))
                .collect();
        }
        notes.extend(lines);
        notes
    }
}

impl Line {
    fn write(&self, lines: &mut Vec<String>) {
        if let Some(note) = &self.note {
            comment(lines, "          ", note);
        }
        match &self.value {
            Value::One(value) => lines.push(format!("          {}: {value}", self.name)),
            Value::List(values) => {
                lines.push(format!("          {}:", self.name));
                lines.extend(values.iter().map(|value| format!("            - {value}")));
            }
        }
    }
}

/// A comment, wrapped.
fn comment(lines: &mut Vec<String>, indent: &str, note: &str) {
    let mut line = format!("{indent}#");
    for word in note.split_whitespace() {
        if line.len() + word.len() + 1 > WIDTH && line.len() > indent.len() + 1 {
            lines.push(std::mem::replace(&mut line, format!("{indent}#")));
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push(line);
}
