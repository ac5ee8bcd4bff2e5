//! Refuses options that together let no event through.

use anyhow::{Result, bail};
use user_events_core::{Registration, subject_from_keys};

use super::options::Options;
use crate::arn::TopicArn;
use crate::names;

/// The most event types that a message suggests.
const MOST_SUGGESTIONS: usize = 3;

/// An event on a topic, with the name of its category.
type Named = (&'static str, &'static Registration);

/// Succeeds if an event of the catalog can pass every option.
///
/// Fails with the first option that lets nothing through, and with the nearest that would.
pub(super) fn check(options: &Options) -> Result<()> {
    let mut categories = options.category.clone();
    categories.extend(options.topic_arn.iter().map(TopicArn::category));
    for wanted in &options.types {
        let found = names::registrations().find(|event| event_type(event) == *wanted);
        let Some((category, _)) = found else {
            bail!(
                "--type: {wanted} is a part of a snapshot, which goes into the queue of one subscriber and on no topic"
            );
        };
        if !categories.is_empty() && !categories.contains(&category) {
            bail!(
                "--type: {wanted} is an event of {category}, and only {} is followed; did you mean --category {category}?",
                categories.join(", ")
            );
        }
    }
    let followed: Vec<Named> = names::registrations()
        .filter(|(category, _)| categories.is_empty() || categories.contains(category))
        .collect();
    let is_chosen = |event: &Named| options.types.is_empty() || options.types.contains(&event_type(event));
    for class in &options.class {
        let has = |(_, registration): &Named| registration.classes().contains(class);
        if !followed.iter().any(|event| is_chosen(event) && has(event)) {
            bail!(
                "--class: none of the chosen events has {class}{}",
                nearest(&followed, has)
            );
        }
    }
    for subject in &options.subject {
        let kind = subject.split('/').next().unwrap_or_default();
        let has = |(_, registration): &Named| is_about(registration, kind);
        if !followed.iter().any(|event| is_chosen(event) && has(event)) {
            bail!(
                "--subject: none of the chosen events is about {kind}{}",
                nearest(&followed, has)
            );
        }
    }
    Ok(())
}

fn event_type((_, registration): &Named) -> &'static str {
    registration.event_type().as_str()
}

/// Whether events of this type have subjects of this kind, such as `users`.
pub(super) fn is_about(registration: &Registration, kind: &str) -> bool {
    if registration.is_from_subject_keys() {
        return kind == "users";
    }
    let mut keys = registration
        .shapes()
        .iter()
        .flat_map(|shape| shape.pk.iter().map(|pk| (*pk, shape.sk)));
    keys.any(|(pk, sk)| {
        let subject = subject_from_keys(&format!("{pk}1"), Some(&format!("{sk}1")));
        subject.is_some_and(|subject| subject.split('/').next() == Some(kind))
    })
}

/// The types among the followed that would pass, otherwise the categories that have some.
fn nearest(followed: &[Named], passes: impl Fn(&Named) -> bool) -> String {
    let mut types: Vec<_> = followed
        .iter()
        .filter(|event| passes(event))
        .map(event_type)
        .collect();
    if !types.is_empty() {
        types.truncate(MOST_SUGGESTIONS);
        return format!("; did you mean --type {}?", types.join(" or "));
    }
    let mut categories: Vec<_> = names::registrations()
        .filter(passes)
        .map(|(category, _)| category)
        .collect();
    categories.dedup();
    format!("; did you mean --category {}?", categories.join(" or "))
}
