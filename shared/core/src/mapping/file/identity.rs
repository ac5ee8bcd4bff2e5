//! Reading identifiers.

use crate::mapping::file::members::Members;
use crate::mapping::file::problem::Problems;
use crate::mapping::file::source::{Offer, named_source};
use crate::mapping::file::yaml::Node;
use crate::mapping::identity::{Identifier, Identity};
use crate::mapping::template::Template;
use crate::stream::shape::RowShape;

/// Reads the identifiers of a kind.
pub(super) fn identity(
    node: &Node,
    shape: &'static RowShape,
    offer: Offer<'_>,
    problems: &mut Problems,
) -> Option<Identity> {
    let known: Vec<_> = [shape.pk_id].into_iter().chain(shape.sk_id).collect();
    let members = Members::read(node, "`ids`", &known, problems)?;
    let mut read = |name: &str| members.get(name).map(|node| identifier(node, offer, problems));
    let partition = read(shape.pk_id);
    let sort = shape.sk_id.map(&mut read);
    // An attempt can be of no known user.
    let optional = shape.pk.len() > 1;
    if partition.is_none() && !optional {
        members.required(shape.pk_id, problems);
    }
    if let (Some(None), Some(name)) = (&sort, shape.sk_id) {
        members.required(name, problems);
    }
    if (partition.is_none() && !optional) || matches!(sort, Some(None)) {
        return None;
    }
    let flat = |read: Option<Option<Identifier>>| match read {
        Some(None) => Err(()),
        Some(identifier) => Ok(identifier),
        None => Ok(None),
    };
    Some(Identity {
        partition: flat(partition).ok()?,
        sort: flat(sort.flatten()).ok()?,
    })
}

/// Reads an identifier: a template, a source, or the digest of one.
fn identifier(node: &Node, offer: Offer<'_>, problems: &mut Problems) -> Option<Identifier> {
    if let Some(text) = node.text() {
        return template(node.line, text, offer, problems);
    }
    match node.map() {
        Some([(_, name, of)]) if name == "digest" => {
            let of = identifier(of, offer, problems)?;
            Some(Identifier::Digest(Box::new(of)))
        }
        Some([(line, name, value)]) if ["path", "element", "capture"].contains(&name.as_str()) => {
            named_source(*line, name, value, offer, problems).map(Identifier::Source)
        }
        _ => {
            problems.add(
                node.line,
                "an identifier is a template of captures in quotes, or a map with `path`, `element` or `digest`",
            );
            None
        }
    }
}

fn template(line: usize, text: &str, offer: Offer<'_>, problems: &mut Problems) -> Option<Identifier> {
    let mut names = offer.captures.to_vec();
    let template = match Template::parse(text, &mut names) {
        Ok(template) => template,
        Err(reason) => {
            problems.add(
                line,
                format!("the template of an identifier is malformed: {reason}"),
            );
            return None;
        }
    };
    for unknown in names.iter().skip(offer.captures.len()) {
        problems.add(line, format!("no template of `when` captures `{unknown}`"));
    }
    Some(Identifier::Template(template))
}
