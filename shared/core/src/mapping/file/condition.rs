//! Reading conditions.

use crate::mapping::condition::{Condition, Constant, Test};
use crate::mapping::file::members::Members;
use crate::mapping::file::problem::Problems;
use crate::mapping::file::source::Offer;
use crate::mapping::file::yaml::{Content, Node};
use crate::mapping::moment::Form;
use crate::mapping::path::Path;
use crate::mapping::scope::Source;

/// What precedes the path of a condition on an element.
const ELEMENT: &str = "element.";

/// Reads a map of paths and what must be true of them. In a rule with `each`, `element.` begins a path within an element.
pub(super) fn conditions(node: &Node, offer: Offer<'_>, problems: &mut Problems) -> Vec<Condition> {
    let Some(members) = node.map() else {
        problems.add(
            node.line,
            format!("conditions are a map of paths and values, not {}", node.kind()),
        );
        return Vec::new();
    };
    let read = members.iter().filter_map(|(line, name, value)| {
        let source = match name.strip_prefix(ELEMENT).filter(|_| offer.has_elements) {
            Some("key") => Some(Source::ElementKey),
            Some("value") => Some(Source::ElementValue),
            Some(path) => Path::parse(path).map(Source::ElementPath),
            None => Path::parse(name).map(Source::Path),
        };
        if source.is_none() {
            problems.add(*line, "the path of a condition is empty, or has an empty part");
        }
        let test = test(value, problems)?;
        Some(Condition {
            source: source?,
            test,
        })
    });
    read.collect()
}

/// Whether a condition is on an element.
pub(super) fn is_on_element(condition: &Condition) -> bool {
    matches!(
        condition.source,
        Source::ElementKey | Source::ElementValue | Source::ElementPath(_)
    )
}

fn test(node: &Node, problems: &mut Problems) -> Option<Test> {
    match &node.content {
        Content::Scalar { .. } => Some(Test::OneOf(vec![constant(node, problems)?])),
        Content::List(values) if values.is_empty() => {
            problems.add(node.line, "a list of values has at least one");
            None
        }
        Content::List(values) => {
            let values: Option<Vec<_>> = values.iter().map(|value| constant(value, problems)).collect();
            values.map(Test::OneOf)
        }
        Content::Map(_) => test_by_name(node, problems),
    }
}

fn test_by_name(node: &Node, problems: &mut Problems) -> Option<Test> {
    let known = ["exists", "not", "after", "before", "time"];
    let members = Members::read(node, "a condition", &known, problems)?;
    let form = match members.text("time", problems) {
        None => Form::Iso,
        Some(name) => {
            let form = Form::NAMES.iter().find(|(known, _)| *known == name);
            if form.is_none() {
                problems.add(
                    node.line,
                    format!("`{name}` is no form of a time; write `iso`, `isoUtc`, `epochSeconds` or `epochMillis`"),
                );
            }
            form?.1
        }
    };
    let moment = |name: &str, problems: &mut Problems| {
        let node = members.get(name)?;
        if node.text() != Some("recorded") {
            problems.add(
                node.line,
                format!("`{name}` compares with the time of the change: write `{name}: recorded`"),
            );
        }
        Some(())
    };
    let exists = members.get("exists").map(|node| {
        let flag = node.flag();
        if flag.is_none() {
            problems.add(node.line, "`exists` is `true` or `false`");
        }
        Test::Exists(flag.unwrap_or(true))
    });
    let not = match members.get("not") {
        Some(node) => Some(Test::Not(Box::new(test(node, problems)?))),
        None => None,
    };
    let after = moment("after", problems).map(|()| Test::After(form));
    let before = moment("before", problems).map(|()| Test::Before(form));
    let mut tests = [exists, not, after, before].into_iter().flatten();
    match (tests.next(), tests.next()) {
        (Some(test), None) => Some(test),
        _ => {
            problems.add(
                node.line,
                "a condition is one of a value, a list of values, `exists`, `not`, `after` and `before`",
            );
            None
        }
    }
}

/// Reads a value that the file names: a text, a number or a flag.
pub(super) fn constant(node: &Node, problems: &mut Problems) -> Option<Constant> {
    let Content::Scalar { text, quoted } = &node.content else {
        problems.add(
            node.line,
            format!(
                "a value is a text, a number, `true` or `false`, not {}",
                node.kind()
            ),
        );
        return None;
    };
    if let Some(flag) = node.flag() {
        return Some(Constant::Flag(flag));
    }
    if !quoted && ["", "~", "null"].contains(&text.as_str()) {
        problems.add(
            node.line,
            "a value is missing; write `{exists: false}` for an absent attribute",
        );
        return None;
    }
    if !quoted && is_number(text) {
        return Some(Constant::Number(text.clone()));
    }
    Some(Constant::Text(text.clone()))
}

/// Whether a plain scalar is a number (YAML 1.2.2, section 10.2.1).
fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) && text.parse::<f64>().is_ok()
}
