//! Reading a rule.

use crate::mapping::each::Each;
use crate::mapping::file::checks;
use crate::mapping::file::condition::{conditions, is_on_element};
use crate::mapping::file::identity::identity;
use crate::mapping::file::members::Members;
use crate::mapping::file::problem::Problems;
use crate::mapping::file::source::{Offer, path, source};
use crate::mapping::file::value::value;
use crate::mapping::file::yaml::Node;
use crate::mapping::noted::{Noted, at};
use crate::mapping::rule::Rule;
use crate::mapping::template::Template;
use crate::mapping::value::Value;
use crate::stream::key_names::KeyNames;
use crate::stream::shape::{Column, Content, RowShape};

const MEMBERS: [&str; 10] = [
    "kind",
    "name",
    "when",
    "secret",
    "each",
    "removal",
    "ids",
    "attributes",
    "lastChange",
    "version",
];

/// The name of a kind in a mapping: `role-assignment`.
pub(super) fn kind_name(shape: &RowShape) -> String {
    shape.kind.replace(' ', "-")
}

/// Reads a rule of a table with these keys.
pub(super) fn rule(
    node: &Node,
    keys: &KeyNames,
    shapes: &[&'static RowShape],
    problems: &mut Problems,
) -> Option<Rule> {
    let members = Members::read(node, "a rule", &MEMBERS, problems)?;
    let shape = kind(&members, shapes, problems);
    let mut captures = Vec::new();
    let when = match members.get("when") {
        Some(node) => Members::read(node, "`when`", &["partition", "sort", "attributes"], problems),
        None => None,
    };
    let mut template = |name: &str, problems: &mut Problems| {
        let when = when.as_ref()?;
        let text = when.text(name, problems)?;
        match Template::parse(text, &mut captures) {
            Ok(template) => Some(template),
            Err(reason) => {
                let line = when.get(name).map_or(when.line, |node| node.line);
                problems.add(line, format!("the template of `{name}` is malformed: {reason}"));
                None
            }
        }
    };
    let partition = template("partition", problems);
    let sort = template("sort", problems);
    if sort.is_some() && keys.sort.is_none() {
        problems.add(
            node.line,
            "`when` has a template for `sort`, and the table has no sort key in `keys`",
        );
    }
    let each = match members.get("each") {
        Some(node) => Some(each(node, problems)?),
        None => None,
    };
    let offer = Offer {
        captures: &captures,
        has_elements: each.is_some(),
    };
    let all = match when.as_ref().and_then(|when| when.get("attributes")) {
        Some(node) => conditions(node, offer, problems),
        None => Vec::new(),
    };
    let (element_conditions, conditions) = all.into_iter().partition(is_on_element);
    let ids = members.required("ids", problems);
    let identity = ids.and_then(|node| identity(node, shape?, offer, problems));
    let columns = shape.map(|shape| columns(&members, shape, offer, problems));
    let noted = members.get("lastChange").and_then(|node| noted(node, problems));
    let version = members.get("version").and_then(|node| path(node, problems));
    let removal_published = match members.text("removal", problems) {
        None | Some("published") => true,
        Some("ignored") => false,
        Some(_) => {
            problems.add(node.line, "`removal` is `published` or `ignored`");
            true
        }
    };
    let (shape, identity) = (shape?, identity?);
    let rule = Rule {
        name: match members.text("name", problems) {
            Some(name) => name.to_owned(),
            None => kind_name(shape),
        },
        shape,
        partition,
        sort,
        captures,
        conditions,
        each,
        element_conditions,
        identity,
        columns: columns?,
        noted,
        version,
        removal_published,
        has_siblings: false,
    };
    checks::sealed_identifiers(node.line, &rule, keys, problems);
    checks::secrets(members.get("secret"), &rule, keys, problems);
    Some(rule)
}

fn kind(
    members: &Members<'_>,
    shapes: &[&'static RowShape],
    problems: &mut Problems,
) -> Option<&'static RowShape> {
    let node = members.required("kind", problems)?;
    let name = node.text().unwrap_or_default();
    let found = shapes.iter().find(|shape| kind_name(shape) == name);
    if found.is_none() {
        let known: Vec<_> = shapes.iter().map(|shape| kind_name(shape)).collect();
        problems.add(
            node.line,
            format!(
                "there is no kind `{name}`; the kinds are `{}`",
                known.join("`, `")
            ),
        );
    }
    found.copied()
}

fn columns(
    members: &Members<'_>,
    shape: &'static RowShape,
    offer: Offer<'_>,
    problems: &mut Problems,
) -> Vec<(&'static Column, Value)> {
    let mut columns = Vec::new();
    let mut line = members.line;
    if let Some(node) = members.get("attributes") {
        line = node.line;
        let known: Vec<_> = shape.columns.iter().map(|column| column.name).collect();
        if let Some(attributes) = Members::read(node, "`attributes`", &known, problems) {
            for column in shape.columns {
                if let Some(node) = attributes.get(column.name) {
                    let value = value(node, column.content, offer, problems);
                    // A value with a problem is reported once, and not as missing again.
                    columns.push((column, value.unwrap_or(Value::First(Vec::new()))));
                }
            }
        }
    }
    let given = |column: &Column| columns.iter().any(|(own, _)| own.name == column.name);
    for column in shape
        .columns
        .iter()
        .filter(|column| column.required && !given(column))
    {
        let hint = match column.content {
            Content::Time => " If the table does not have it, write `recorded`, the time of the change.",
            Content::Choice(_) => " If all items have the same, write `{value: …}`.",
            _ => "",
        };
        problems.add(
            line,
            format!(
                "the kind `{}` needs the attribute `{}`.{hint}",
                kind_name(shape),
                column.name
            ),
        );
    }
    columns
}

fn each(node: &Node, problems: &mut Problems) -> Option<Each> {
    let members = Members::read(
        node,
        "`each`",
        &["set", "map", "list", "id", "split", "by"],
        problems,
    )?;
    let mut at = |name: &str| members.get(name).and_then(|node| path(node, problems));
    let (set, map, list, id, split) = (at("set"), at("map"), at("list"), at("id"), at("split"));
    let by = members.text("by", problems);
    match (set, map, list, id, split, by) {
        (Some(set), None, None, None, None, None) => Some(Each::Set(set)),
        (None, Some(map), None, None, None, None) => Some(Each::Map(map)),
        (None, None, Some(list), Some(id), None, None) => Some(Each::List(list, id)),
        (None, None, None, None, Some(split), Some(by)) => Some(Each::Split(split, by.to_owned())),
        _ => {
            problems.add(
                node.line,
                "`each` is one of `{set: …}`, `{map: …}`, `{list: …, id: …}` and `{split: …, by: …}`",
            );
            None
        }
    }
}

fn noted(node: &Node, problems: &mut Problems) -> Option<Noted> {
    // It is noted once for an item, whatever its keys and elements.
    let offer = Offer {
        captures: &[],
        has_elements: false,
    };
    let known: Vec<_> = ["at"].into_iter().chain(Noted::TEXTS).collect();
    let members = Members::read(node, "`lastChange`", &known, problems)?;
    let time = members.required("at", problems)?;
    let time = match value(time, Content::Time, offer, problems)? {
        Value::Plain(source) => at(source),
        value => value,
    };
    let text = |name: &'static str| {
        let source = source(members.get(name)?, offer, problems)?;
        Some((name, source))
    };
    let texts = Noted::TEXTS.into_iter().filter_map(text).collect();
    Some(Noted { at: time, texts })
}
