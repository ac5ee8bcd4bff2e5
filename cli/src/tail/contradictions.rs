//! Refuses options that together let no event through.

use anyhow::{Result, bail};

use super::options::Options;
use crate::arn::TopicArn;
use crate::catalog::model::{Catalog, EventPage};

/// The most event types that a message suggests.
const MOST_SUGGESTIONS: usize = 3;

/// Succeeds if an event of the catalog can pass every option.
///
/// Fails with the first option that lets nothing through, and with the nearest that would.
pub(super) fn check(options: &Options) -> Result<()> {
    let catalog = Catalog::read()?;
    let mut categories = options.category.clone();
    categories.extend(options.topic_arn.iter().map(TopicArn::category));
    let on_topics: Vec<_> = catalog.events().filter(|event| !event.is_of_snapshot).collect();
    for wanted in &options.types {
        let Some(event) = on_topics.iter().find(|event| event.event_type == *wanted) else {
            bail!(
                "--type: {wanted} is a part of a snapshot, which goes into the queue of one subscriber and on no topic"
            );
        };
        if !categories.is_empty() && !categories.contains(&event.category.as_str()) {
            let category = &event.category;
            bail!(
                "--type: {wanted} is an event of {category}, and only {} is followed; did you mean --category {category}?",
                categories.join(", ")
            );
        }
    }
    let followed: Vec<_> = on_topics
        .into_iter()
        .filter(|event| categories.is_empty() || categories.contains(&event.category.as_str()))
        .collect();
    let typed =
        |event: &EventPage| options.types.is_empty() || options.types.contains(&event.event_type.as_str());
    for class in &options.class {
        let has = |event: &EventPage| event.classes.iter().any(|one| one == class);
        if !followed.iter().any(|event| typed(event) && has(event)) {
            bail!(
                "--class: none of the chosen events has {class}{}",
                nearest(&catalog, &followed, has)
            );
        }
    }
    for subject in &options.subject {
        let kind = subject.split('/').next().unwrap_or_default();
        let has = |event: &EventPage| {
            event
                .subjects
                .iter()
                .any(|form| form.split('/').next() == Some(kind))
        };
        if !followed.iter().any(|event| typed(event) && has(event)) {
            bail!(
                "--subject: none of the chosen events is about {kind}{}",
                nearest(&catalog, &followed, has)
            );
        }
    }
    Ok(())
}

/// The types among the followed that would pass, otherwise the categories that have some.
fn nearest(catalog: &Catalog, followed: &[&EventPage], passes: impl Fn(&EventPage) -> bool) -> String {
    let mut types: Vec<_> = followed
        .iter()
        .filter(|event| passes(event))
        .map(|event| event.event_type.as_str())
        .collect();
    if !types.is_empty() {
        types.truncate(MOST_SUGGESTIONS);
        return format!("; did you mean --type {}?", types.join(" or "));
    }
    let mut categories: Vec<_> = catalog
        .events()
        .filter(|event| !event.is_of_snapshot && passes(event))
        .map(|event| event.category.as_str())
        .collect();
    categories.dedup();
    format!("; did you mean --category {}?", categories.join(" or "))
}
