//! The mapping of a table: from an item's change to the changes of rows.

use std::collections::BTreeSet;

use crate::error::{Code, Error};
use crate::mapping::pair::{Pair, by_keys, next_pair};
use crate::mapping::rule::{Rule, Side, VirtualRow};
use crate::mapping::scope::Unfit;
use crate::stream::attribute::{Attribute, Image};
use crate::stream::change::{Change, Keys, StreamRecord};
use crate::stream::decode::read_last_change;
use crate::stream::expiry::time_had_come;
use crate::stream::item::Item;
use crate::stream::key_names::KeyNames;
use crate::stream::scan::ScannedItem;
use crate::time::Time;

/// The rules of one table, or of the tables with names of one form.
#[derive(Debug, Clone)]
pub struct TableMapping {
    pub(super) pattern: String,
    pub(super) keys: KeyNames,
    pub(super) ttl: Option<String>,
    pub(super) rules: Vec<Rule>,
    /// The names of the attributes that are read.
    pub(super) wanted: BTreeSet<String>,
}

/// What a change of an item becomes.
#[derive(Debug)]
pub(crate) struct MappedChange {
    /// The changes of rows, by their keys.
    pub(crate) records: Vec<StreamRecord>,
    /// Whether a rule matched the item, before or after the change.
    pub(crate) matched: bool,
}

impl TableMapping {
    /// The name of the table, in which `*` is any text.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The name of the partition key.
    pub fn partition_key(&self) -> &str {
        &self.keys.partition
    }

    /// The name of the sort key; `None` when the table has none.
    pub fn sort_key(&self) -> Option<&str> {
        self.keys.sort.as_deref()
    }

    /// The name of the attribute with the time to live, if the mapping names it.
    pub fn ttl(&self) -> Option<&str> {
        self.ttl.as_deref()
    }

    /// Whether the table with this name is meant.
    pub(super) fn is_for(&self, table: &str) -> bool {
        let mut parts = self.pattern.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = table.strip_prefix(first) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        for part in parts {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }

    /// The changes of rows, from the change of an item.
    ///
    /// Fails with [`Code::RowDoesNotFit`] when the new item, or an item that was removed, matches a rule and gives no row.
    pub(crate) fn changes(&self, item: &Item) -> Result<MappedChange, Error> {
        let recorded = item.origin.recorded;
        let side = |image, before| Side {
            partition: &item.partition,
            sort: &item.sort,
            image,
            before,
            recorded,
        };
        let (before, after) = (item.change.before(), item.change.after());
        let removed = after.is_none();
        let (mut old, mut new) = (Rows::default(), Rows::default());
        if let Some(image) = before {
            old = self.rows_of(&side(image, None), removed)?;
        }
        if let Some(image) = after {
            new = self.rows_of(&side(image, before), true)?;
        }
        let matched = old.matched || new.matched;
        let mut records = Vec::new();
        let (mut old, mut new) = (old.rows.into_iter().peekable(), new.rows.into_iter().peekable());
        while let Some(pair) = next_pair(&mut old, &mut new) {
            records.extend(self.change(item, pair));
        }
        Ok(MappedChange { records, matched })
    }

    /// The item that a backfill read, and its rows as if they were new, without what was noted about their last change.
    ///
    /// Fails when the item has no keys, and as [`changes`](Self::changes) does.
    pub(crate) fn scanned(&self, item: ScannedItem) -> Result<(Item, MappedChange), Error> {
        let item = item.into_item(&self.keys)?;
        let mut change = self.changes(&item)?;
        for record in &mut change.records {
            (record.last_change, record.last_change_malformed) = (None, false);
        }
        Ok((item, change))
    }

    /// The rows of one side, by their keys. A side that is `strict` has to fit.
    fn rows_of(&self, side: &Side<'_>, strict: bool) -> Result<Rows<'_>, Error> {
        let mut all = Rows::default();
        for rule in &self.rules {
            match rule.rows(side, &mut all.rows) {
                Ok(matched) => all.matched |= matched,
                Err(unfit) if strict => return Err(misfit(rule, &unfit)),
                Err(_) => all.matched = true,
            }
        }
        all.rows.sort_by(|a, b| by_keys(&a.keys, &b.keys));
        let twice = all.rows.windows(2).find_map(|pair| match pair {
            [a, b] if a.keys == b.keys && a.image != b.image => Some(b.rule),
            _ => None,
        });
        if let (Some(rule), true) = (twice, strict) {
            let unfit = Unfit("two rows of the item have the same identifiers and differ".to_owned());
            return Err(misfit(rule, &unfit));
        }
        all.rows.dedup_by(|a, b| a.keys == b.keys);
        Ok(all)
    }

    /// The change of one row. `None` when nothing changed that counts.
    fn change(&self, item: &Item, pair: Pair<'_>) -> Option<StreamRecord> {
        // Most rows of an item are as they were, and need nothing more.
        if let (Some(old), Some(new)) = (&pair.old, &pair.new)
            && old.image == new.image
        {
            return None;
        }
        let named = pair.new.as_ref().or(pair.old.as_ref())?;
        let (rule, keys, mapped) = (named.rule, named.keys.clone(), named.provenance());
        let change = match (pair.old, pair.new) {
            (None, Some(new)) => Change::Inserted {
                new: new.into_image(),
            },
            (Some(old), Some(new)) => Change::Modified {
                old: old.into_image(),
                new: new.into_image(),
            },
            (Some(_), None) if !rule.removal_published => return None,
            (Some(old), None) => {
                let old = old.into_image();
                let by_ttl = self.is_expiry(item, &old);
                Change::Removed { old, by_ttl }
            }
            (None, None) => return None,
        };
        let noted = noted(rule, &item.change, item.origin.recorded);
        let last_change = noted.as_ref().map(read_last_change);
        Some(StreamRecord {
            origin: item.origin.clone(),
            keys,
            last_change_malformed: matches!(last_change, Some(None)),
            last_change: last_change.flatten(),
            change,
            mapped: Some(Box::new(mapped)),
            from_subject_keys: false,
        })
    }

    /// Whether the row disappeared because its item's time to live had passed. An element that is taken out of an item
    /// was removed by a write.
    fn is_expiry(&self, item: &Item, row: &Image) -> bool {
        let Change::Removed { old: image, by_ttl } = &item.change else {
            return false;
        };
        let ttl = self.ttl.as_deref().and_then(|name| image.get(name));
        *by_ttl || time_had_come(ttl, row, item.origin.recorded)
    }

    /// The canonical keys of the first row that can be recognised, for a record that cannot become events. `image` is
    /// the item as far as it can be read.
    pub(crate) fn keys_of(&self, partition: &str, sort: &str, image: &Image) -> Option<Keys> {
        let side = Side {
            partition,
            sort,
            image,
            before: None,
            recorded: Time::UNIX_EPOCH,
        };
        let mut rows = Vec::new();
        for rule in &self.rules {
            // A rule that does not fit gives no row.
            if rule.rows(&side, &mut rows).is_ok()
                && let Some(row) = rows.first()
            {
                return Some(row.keys.clone());
            }
        }
        None
    }
}

/// The rows of one side of a change.
#[derive(Default)]
struct Rows<'r> {
    rows: Vec<VirtualRow<'r>>,
    matched: bool,
}

fn misfit(rule: &Rule, Unfit(reason): &Unfit) -> Error {
    let name = &rule.name;
    Error::new(
        Code::RowDoesNotFit,
        format!("rule `{name}` of the mapping: {reason}"),
    )
}

/// `lastChange` of the rule, if the change of the item moved it.
fn noted(rule: &Rule, change: &Change, recorded: Time) -> Option<Attribute> {
    let noted = rule.noted.as_ref()?;
    let new = noted.read(change.after()?, recorded)?;
    let old = change.before().and_then(|image| noted.read(image, recorded));
    (old.as_ref() != Some(&new)).then_some(new)
}
