//! What the doctor finds in a sample of a table.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::value::to_raw_value;
use user_events_catalog::CATEGORIES;
use user_events_core::description::{sample_key_ring, sample_nonce};
use user_events_core::pipeline::sealed_events;
use user_events_core::{Applied, Mapping, Publication, RawRecord, TableMapping, Time};

use super::suspicion::Suspicion;
use crate::map::check::{kind_name, no_order};
use crate::map::infer::keys::KeyNames;
use crate::map::infer::shape::Labels;
use crate::map::item::Item;
use crate::map::item_change::ItemChange;
use crate::map::plural::counted;
use crate::map::source::{Sample, TableFacts};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) items: usize,
    pub(super) rules: Vec<RuleCount>,
    /// Items that no rule matches, by the shape of their keys.
    pub(super) unmatched: BTreeMap<String, usize>,
    /// What has to be corrected, with the number of items where it has one.
    pub(super) problems: Vec<(String, Option<usize>)>,
    /// What a reader should know.
    pub(super) notes: Vec<String>,
}

/// How often a rule fits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RuleCount {
    pub(super) rule: String,
    pub(super) kind: String,
    pub(super) items: usize,
    pub(super) rows: usize,
}

/// Examines every item of a sample. `name` is the table's.
///
/// Fails when a record cannot be made of an item.
pub(super) fn examine(
    mapping: &Mapping,
    table: &TableMapping,
    name: &str,
    sample: &Sample,
    recorded: Time,
) -> Result<Findings> {
    let rules = table.rules().map(|(rule, kind)| RuleCount {
        rule: rule.to_owned(),
        kind: kind_name(kind),
        items: 0,
        rows: 0,
    });
    let mut findings = Findings {
        items: sample.items.len(),
        rules: rules.collect(),
        ..Findings::default()
    };
    let in_no_order = table.summaries().filter_map(|rule| no_order(&rule));
    findings.notes.extend(in_no_order);
    if let Some(facts) = &sample.table {
        findings.compare(table, facts);
    }
    let keys = KeyNames {
        partition: table.partition_key().to_owned(),
        sort: table.sort_key().map(str::to_owned),
        guessed: false,
    };
    let mut examination = Examination {
        labels: Labels::find(&sample.items, &keys),
        keys,
        parked: BTreeMap::new(),
        identifiers: BTreeMap::new(),
        seen: BTreeSet::new(),
        twice: BTreeMap::new(),
    };
    for item in &sample.items {
        let applied = table.apply(&item.image(), None, recorded);
        examination.count(item, &applied, &mut findings);
        examination.identify(&applied);
        if let Some(why) = parked(mapping, table, name, item, recorded)? {
            *examination.parked.entry(why).or_default() += 1;
        }
    }
    examination.conclude(&mut findings);
    let unused = findings.rules.iter().filter(|rule| rule.items == 0);
    let unused: Vec<_> = unused
        .map(|rule| format!("rule `{}` matches no item of the sample", rule.rule))
        .collect();
    findings.notes.extend(unused);
    Ok(findings)
}

/// What is known while the items are examined.
struct Examination {
    keys: KeyNames,
    labels: Labels,
    parked: BTreeMap<String, usize>,
    /// The number of values of an identifier that look like something, by rule and what is wrong.
    identifiers: BTreeMap<(String, &'static str, Suspicion), usize>,
    /// The rows that were seen: kind, partition key, sort key.
    seen: BTreeSet<(&'static str, String, String)>,
    twice: BTreeMap<String, usize>,
}

impl Examination {
    fn count(&mut self, item: &Item, applied: &[Applied<'_>], findings: &mut Findings) {
        let mut matched = false;
        for (rule, count) in applied.iter().zip(&mut findings.rules) {
            let Ok(rows) = &rule.result else { continue };
            matched = true;
            count.items += 1;
            count.rows += rows.len();
            for row in rows {
                if !self
                    .seen
                    .insert((row.kind(), row.keys.pk.clone(), row.keys.sk.clone()))
                {
                    *self.twice.entry(rule.rule().to_owned()).or_default() += 1;
                }
            }
        }
        if !matched {
            let shape = self.labels.shape(item, &self.keys);
            let shape = shape.map_or_else(|| "without such keys".to_owned(), |shape| shape.readable());
            *findings.unmatched.entry(shape).or_default() += 1;
        }
    }

    fn identify(&mut self, applied: &[Applied<'_>]) {
        for rule in applied {
            for identifier in &rule.identifiers {
                if let Some(suspicion) = Suspicion::of(identifier) {
                    let place = (rule.rule().to_owned(), identifier.name, suspicion);
                    *self.identifiers.entry(place).or_default() += 1;
                }
            }
        }
    }

    fn conclude(self, findings: &mut Findings) {
        for (why, count) in self.parked {
            findings
                .problems
                .push((format!("would be parked if it were inserted: {why}"), Some(count)));
        }
        for ((rule, name, suspicion), count) in self.identifiers {
            let what = format!("rule `{rule}`: the identifier `{name}` {}", suspicion.text());
            if suspicion.is_problem() {
                findings.problems.push((what, Some(count)));
            } else {
                findings
                    .notes
                    .push(format!("{what} ({})", counted(count, "value")));
            }
        }
        for (rule, count) in self.twice {
            let what =
                format!("rule `{rule}`: another item of the sample gives a row with the same identifiers");
            findings.problems.push((what, Some(count)));
        }
    }
}

/// Why the record of the item's insertion would be parked. It names rules and attributes and no value.
fn parked(
    mapping: &Mapping,
    table: &TableMapping,
    name: &str,
    item: &Item,
    recorded: Time,
) -> Result<Option<String>> {
    let change = ItemChange {
        old: None,
        new: Some(item),
        by_ttl: false,
        recorded,
    };
    // An item without such keys cannot be in the table; the shapes report it.
    let Ok(record) = change.record(table, name) else {
        return Ok(None);
    };
    let record = to_raw_value(&record)?;
    let events = sealed_events(
        CATEGORIES,
        Some(mapping),
        &RawRecord::read(&record),
        &Publication::default(),
        |envelope| sample_key_ring(envelope.classes()),
        &mut sample_nonce,
    );
    Ok(events
        .err()
        .map(|error| format!("{}: {}", error.code().as_str(), error.message())))
}

impl Findings {
    /// Compares what the mapping says of the table with what the table says.
    fn compare(&mut self, table: &TableMapping, facts: &TableFacts) {
        let names = |partition: &str, sort: Option<&str>| match sort {
            Some(sort) => format!("`{partition}` and `{sort}`"),
            None => format!("`{partition}` alone"),
        };
        let own = names(table.partition_key(), table.sort_key());
        let real = names(&facts.partition, facts.sort.as_deref());
        if own != real {
            self.problems.push((
                format!("the mapping says that the keys are {own}, and the table that they are {real}"),
                None,
            ));
        }
        if facts.view_type.as_deref() != Some("NEW_AND_OLD_IMAGES") {
            let what =
                "the table has no stream with the view type NEW_AND_OLD_IMAGES, so nothing can be published";
            self.problems.push((what.to_owned(), None));
        }
        match (table.ttl(), facts.ttl.as_deref()) {
            (own, real) if own == real => {}
            (None, Some(real)) => self.notes.push(format!(
                "the table's time to live is `{real}`, and the mapping does not name it in `ttl`; only a global table needs it"
            )),
            (Some(own), real) => {
                let real = real.map_or_else(|| "off".to_owned(), |real| format!("`{real}`"));
                self.notes.push(format!("the mapping says that the time to live is `{own}`, and the table that it is {real}"));
            }
            (None, None) => {}
        }
    }
}
