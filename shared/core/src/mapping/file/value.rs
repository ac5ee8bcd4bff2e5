//! Reading the values of attributes.

use crate::mapping::condition::Constant;
use crate::mapping::file::condition::{conditions, constant};
use crate::mapping::file::members::Members;
use crate::mapping::file::problem::Problems;
use crate::mapping::file::source::{Offer, SOURCES, named_source, path, source};
use crate::mapping::file::yaml::{Content as Yaml, Node};
use crate::mapping::moment::Form;
use crate::mapping::scope::Source;
use crate::mapping::value::Value;
use crate::stream::attribute::Attribute;
use crate::stream::shape::Content;
use crate::time::Time;

/// What can be written in place of a path, for help.
const FORMS: &str = "a path, `recorded`, a list of rules, or a map with one of `path`, `element`, `capture`, `iso`, `isoUtc`, \
     `epochSeconds`, `epochMillis`, `present`, `changed`, `first`, `map`, `value`";

/// Reads the value of an attribute with this content.
pub(super) fn value(
    node: &Node,
    content: Content,
    offer: Offer<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    match &node.content {
        Yaml::Scalar { text, .. } if text == "recorded" && is_time(content) => Some(Value::Recorded),
        Yaml::Scalar { .. } => Some(from_source(Source::Path(path(node, problems)?), content)),
        Yaml::List(rules) => rules_of(node.line, rules, content, offer, problems),
        Yaml::Map(members) => {
            let main = members
                .iter()
                .find(|(_, name, _)| !["values", "otherwise"].contains(&name.as_str()));
            let Some((line, name, argument)) = main else {
                problems.add(node.line, format!("a value is {FORMS}"));
                return None;
            };
            converted(node, (*line, name, argument), content, offer, problems)
        }
    }
}

fn is_time(content: Content) -> bool {
    matches!(content, Content::Time)
}

fn from_source(source: Source, content: Content) -> Value {
    if is_time(content) {
        Value::Time(Form::Iso, source)
    } else {
        Value::Plain(source)
    }
}

fn converted(
    node: &Node,
    (line, name, argument): (usize, &str, &Node),
    content: Content,
    offer: Offer<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    let alone: &[&str] = if name == "map" {
        &["map", "values", "otherwise"]
    } else {
        &[name]
    };
    let members = Members::read(node, "the value", alone, problems)?;
    if SOURCES.contains(&name) {
        let source = named_source(line, name, argument, offer, problems)?;
        return Some(from_source(source, content));
    }
    if let Some((_, form)) = Form::NAMES.iter().find(|(known, _)| *known == name) {
        expect(is_time(content), line, name, "a time", problems);
        return Some(Value::Time(*form, source(argument, offer, problems)?));
    }
    match name {
        "present" => {
            expect(matches!(content, Content::Flag), line, name, "a flag", problems);
            Some(Value::Present(source(argument, offer, problems)?))
        }
        "changed" => {
            expect(is_time(content), line, name, "a time", problems);
            Some(Value::Changed(path(argument, problems)?))
        }
        "first" => {
            let Some(values) = argument.list().filter(|values| !values.is_empty()) else {
                problems.add(argument.line, "`first` is a list of values");
                return None;
            };
            let values = values.iter().map(|entry| value(entry, content, offer, problems));
            values
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Option<_>>()
                .map(Value::First)
        }
        "map" => translated(&members, argument, content, offer, problems),
        "value" => Some(Value::Constant(typed(argument, content, problems)?)),
        _ => {
            problems.add(
                line,
                format!("there is no converter `{name}`; a value is {FORMS}"),
            );
            None
        }
    }
}

fn expect(fits: bool, line: usize, name: &str, gives: &str, problems: &mut Problems) {
    if !fits {
        problems.add(line, format!("`{name}` gives {gives}, and the attribute is none"));
    }
}

fn translated(
    members: &Members<'_>,
    argument: &Node,
    content: Content,
    offer: Offer<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    let source = source(argument, offer, problems);
    let values = members.required("values", problems)?;
    let Some(pairs) = values.map() else {
        problems.add(
            values.line,
            "`values` is a map from the table's values to the event's",
        );
        return None;
    };
    let pairs = pairs
        .iter()
        .filter_map(|(_, from, to)| Some((from.clone(), typed(to, content, problems)?)));
    let values = pairs.collect();
    let otherwise = match members.get("otherwise") {
        Some(node) => Some(typed(node, content, problems)?),
        None => None,
    };
    Some(Value::Translated {
        source: source?,
        values,
        otherwise,
    })
}

fn rules_of(
    line: usize,
    rules: &[Node],
    content: Content,
    offer: Offer<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    if rules.is_empty() {
        problems.add(line, "a list of rules has at least one");
        return None;
    }
    let mut read = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        let Some(members) = Members::read(rule, "a rule of a value", &["when", "value", "from"], problems)
        else {
            continue;
        };
        let when = match members.get("when") {
            Some(node) => conditions(node, offer, problems),
            None => Vec::new(),
        };
        if when.is_empty() && place + 1 < rules.len() {
            problems.add(
                rule.line,
                "the rules after one without `when` never hold; put it last",
            );
        }
        let value = match (members.get("value"), members.get("from")) {
            (Some(node), None) => typed(node, content, problems).map(Value::Constant),
            (None, Some(node)) => value(node, content, offer, problems),
            _ => {
                problems.add(
                    rule.line,
                    "a rule has `value`, a constant, or `from`, a value of the item",
                );
                None
            }
        };
        read.extend(value.map(|value| (when, value)));
    }
    Some(Value::Rules(read))
}

/// A constant as an attribute with this content.
fn typed(node: &Node, content: Content, problems: &mut Problems) -> Option<Attribute> {
    let found = constant(node, problems)?;
    let attribute = match (content, found) {
        (Content::Flag, Constant::Flag(flag)) => Some(Attribute::Bool(flag)),
        (Content::Count, Constant::Number(digits)) => {
            digits.parse::<u32>().ok().map(|_| Attribute::N(digits))
        }
        (Content::Time, Constant::Text(text)) => Time::parse(&text).map(|_| Attribute::S(text)),
        (Content::Text | Content::Choice(_), Constant::Text(text) | Constant::Number(text)) => {
            Some(Attribute::S(text))
        }
        _ => None,
    };
    if attribute.is_none() {
        let wanted = match content {
            Content::Text | Content::Choice(_) => "a text",
            Content::Flag => "`true` or `false`",
            Content::Count => "a whole number from 0 to 4294967295",
            Content::Time => "an RFC 3339 date-time with an offset, in quotes",
        };
        problems.add(node.line, format!("the attribute takes {wanted}"));
    }
    attribute
}
