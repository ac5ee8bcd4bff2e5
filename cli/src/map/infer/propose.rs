//! Puts a proposal together.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::field::{Fields, TimeForm};
use super::group::{Group, groups};
use super::keys::{self, KeyNames};
use super::kinds::{Holds, holds};
use super::proposal::Proposal;
use super::rules::rules;
use super::shape::Labels;
use super::words::normal;
use crate::map::item::Item;
use crate::map::plural::counted;
use crate::map::source::Sample;

/// Names of a time-to-live attribute, in normal form.
const TTL: [&str; 10] = [
    "ttl",
    "timetolive",
    "expires",
    "expiresat",
    "expireat",
    "expiry",
    "expiration",
    "expirationtime",
    "expdate",
    "deleteat",
];

/// A proposal for a table, from a sample of its items. `keys` are those that the caller named.
///
/// Fails when the keys are not found.
pub(super) fn propose(sample: &Sample, table: Option<&str>, keys: Option<KeyNames>) -> Result<Proposal> {
    let known = sample.table.as_ref().map(|facts| KeyNames {
        partition: facts.partition.clone(),
        sort: facts.sort.clone(),
        guessed: false,
    });
    let keys = known.or(keys).or_else(|| keys::find(&sample.items)).context(
        "the key attributes were not found: none has a usual name or is different in every item; name them with \
         --partition-key and --sort-key",
    )?;
    let labels = Labels::find(&sample.items, &keys);
    let (groups, without_keys) = groups(&sample.items, &keys, &labels);
    let mut groups: Vec<_> = groups
        .into_iter()
        .map(|group| {
            let fields = fields(&group, &keys);
            let holds = holds(&group, &fields, table);
            (group, fields, holds)
        })
        .collect();
    // The users first: their comments are those that a reader needs most.
    groups.sort_by_key(|(_, _, holds)| *holds != Holds::User);
    let mut proposal = Proposal {
        table: table.unwrap_or("*").to_owned(),
        partition: keys.partition.clone(),
        sort: keys.sort.clone(),
        ttl: ttl(sample),
        ..Proposal::default()
    };
    proposal.notes = notes(sample, table, &keys);
    let dedicated: BTreeSet<&str> = groups
        .iter()
        .filter_map(|(_, _, holds)| match holds {
            Holds::Kind(kind) => Some(*kind),
            _ => None,
        })
        .collect();
    for (group, fields, holds) in &groups {
        proposal
            .rules
            .extend(rules(group, fields, holds, &keys, &dedicated));
        let count = group.items.len();
        match holds {
            Holds::Nothing(why) => {
                proposal.left_out.push(format!("No rule for {} ({count} in the sample): {why}.", group.readable()));
            }
            Holds::Unknown => proposal.left_out.push(format!(
                "No rule for {} ({count} in the sample): it was not recognised. Items without a rule become no event.",
                group.readable()
            )),
            Holds::User | Holds::Kind(_) => {}
        }
    }
    if without_keys > 0 {
        let items = counted(without_keys, "item");
        proposal.left_out.push(format!(
            "{items} without such a key, or with a binary one: no rule is possible."
        ));
    }
    Ok(proposal)
}

fn fields<'a>(group: &Group<'a>, keys: &KeyNames) -> Fields<'a> {
    let mut names = group
        .item_type
        .map(|(name, _)| name)
        .into_iter()
        .collect::<Vec<_>>();
    // A key with labels in it is no attribute. One without can be: `id`, or a session's `token`.
    let labelled = |shape: &super::shape::KeyShape| shape.label().is_some();
    if labelled(&group.shape.partition) {
        names.push(&keys.partition);
    }
    if let (Some(name), Some(shape)) = (&keys.sort, &group.shape.sort)
        && labelled(shape)
    {
        names.push(name);
    }
    Fields::new(group.items.iter().map(|item| item.attributes()), &[]).without(&names)
}

/// The time-to-live attribute: what the table says, else one with a usual name that holds epoch seconds.
fn ttl(sample: &Sample) -> Option<String> {
    if let Some(facts) = &sample.table {
        return facts.ttl.clone();
    }
    let all = Fields::new(sample.items.iter().map(Item::attributes), &[]);
    let mut top = all
        .top()
        .filter(|field| TTL.contains(&normal(&field.path[0]).as_str()));
    top.find(|field| field.time_form() == Some(TimeForm::EpochSeconds))
        .map(|field| field.path[0].clone())
}

/// Whether the item is an account of the native shape.
fn is_native(item: &Item) -> bool {
    let key = |name: &str, test: fn(&str) -> bool| item.key(name).is_some_and(test);
    key("pk", |pk| pk.starts_with("USER#")) && key("sk", |sk| sk == "ACCOUNT") && item.get("status").is_some()
}

fn notes(sample: &Sample, table: Option<&str>, keys: &KeyNames) -> Vec<String> {
    let mut notes = vec![format!(
        "A proposal from {}. Read every comment; then run `user-events map check`, `map try` and `map doctor`.",
        counted(sample.items.len(), "item")
    )];
    if table.is_none() {
        notes.push(
            "Nothing says the name of the table: write it in place of \"*\", which is any table.".to_owned(),
        );
    }
    if keys.guessed {
        notes.push(match &keys.sort {
            Some(sort) => format!(
                "The items do not say which attributes are the key. `{}` and `{sort}` look like it.",
                keys.partition
            ),
            None => format!(
                "The items do not say which attribute is the key. `{}` looks like it.",
                keys.partition
            ),
        });
    }
    if sample.table.is_none()
        && let Some(ttl) = ttl(sample)
    {
        notes.push(format!(
            "The items do not say whether the table has a time to live. `{ttl}` looks like its attribute; if it is not, remove \
             the line `ttl`."
        ));
    }
    if sample.items.iter().any(is_native) {
        notes.push(
            "Some items have the native shape of docs/rows.md. A table of which all rows have it needs no mapping.".to_owned(),
        );
    }
    match sample.table.as_ref().map(|facts| facts.view_type.as_deref()) {
        None | Some(Some("NEW_AND_OLD_IMAGES")) => {}
        Some(_) => notes.push(
            "The table has no stream with the view type NEW_AND_OLD_IMAGES. Without one there are no events."
                .to_owned(),
        ),
    }
    notes
}
