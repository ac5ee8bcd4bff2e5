//! Erases a person from the failure bucket. An object holds the records of a whole invocation, of many people.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::value::RawValue;
use user_events_core::{Coordinates, RawRecord, failed_records};

use super::bucket::{Bucket, Object, Versions};
use super::failed::without;
use super::ledger::Find;
use super::whose::Whose;
use super::work::{Looked, Work};

/// Progress is reported after so many objects.
const REPORT_EVERY: u64 = 200;
/// Objects that are worked on at the same time. Each has up to some megabytes.
const CONCURRENT: usize = 4;

/// A version of an object, and whose its records are.
struct Sorted {
    id: String,
    object: Object,
    records: Vec<(Box<RawValue>, Whose)>,
    /// Whose the object is, if it holds no records that can be read.
    whole: Whose,
}

/// Looks through all versions of all objects.
///
/// Fails when S3 or the ledger refuses, and when the command is interrupted.
pub(super) async fn purge(work: &Work<'_>) -> Result<Looked> {
    let objects = work.bucket.objects().await?;
    let total = objects.len();
    stream::iter(objects)
        .map(async |(key, versions)| {
            work.interrupt.check()?;
            one(work, &key, versions).await
        })
        .buffer_unordered(CONCURRENT)
        .try_fold((Looked::default(), 0), async |(mut all, mut done), one| {
            all += one;
            done += 1;
            if done % REPORT_EVERY == 0 {
                work.progress
                    .line(format_args!("    {done} of {total} objects looked through"));
            }
            Ok((all, done))
        })
        .await
        .map(|(all, _)| all)
}

async fn one(work: &Work<'_>, key: &str, mut versions: Versions) -> Result<Looked> {
    let mut looked = Looked::default();
    let mut sorted = Vec::new();
    for id in std::mem::take(&mut versions.ids) {
        // A version that is gone meanwhile is nobody's.
        if let Some(object) = work.bucket.read(key, &id).await? {
            sorted.push(Sorted::new(work, id, object));
        }
    }
    looked.looked_through = sorted.len() as u64;
    for version in &sorted {
        version.stays().for_each(|whose| looked.count(whose));
    }
    if !sorted.iter().any(Sorted::is_own) {
        return Ok(looked);
    }
    let records: BTreeSet<_> = sorted.iter().flat_map(Sorted::own).collect();
    looked.own = records.len() as u64;
    let has_others = sorted.iter().any(Sorted::has_others);
    if has_others {
        looked.rewritten = 1;
    } else {
        looked.deleted = 1;
    }
    if work.dry_run {
        return Ok(looked);
    }
    let records: Vec<_> = records
        .into_iter()
        .map(|record| format!("{key}/{record}"))
        .collect();
    work.note(Find::Record, &records).await?;
    let find = if has_others {
        Find::Rewritten
    } else {
        Find::Deleted
    };
    work.note(find, &[key.to_owned()]).await?;
    if let Some(current) = sorted.last()
        && current.object.is_revived()
        && !versions.is_deleted
    {
        work.bucket.delete(key).await?;
        versions.is_deleted = true;
    }
    // Newest first: what is current decides about the older ones.
    let mut current = if versions.is_deleted { None } else { sorted.pop() };
    if let Some(version) = &current
        && version.is_own()
        && !replace(work.bucket, key, version, !sorted.is_empty()).await?
    {
        looked.not_seen += 1;
        looked.kept = looked.own;
        return Ok(looked);
    }
    if current.as_ref().is_some_and(|version| !version.has_others()) {
        current = None;
    }
    let (own, mut kept): (Vec<_>, Vec<_>) = sorted.into_iter().partition(Sorted::is_own);
    let is_there = current.is_some();
    kept.extend(current);
    for version in own {
        let is_kept = kept.iter().any(|kept| kept.has_all_others(&version));
        if version.has_others() && !is_kept {
            if is_there {
                // Only the current object can be written, and it is another one.
                looked.shared += 1;
                looked.kept += version.own().count() as u64;
                continue;
            }
            if !revive(work.bucket, key, &version).await? {
                looked.not_seen += 1;
                looked.kept += version.own().count() as u64;
                continue;
            }
        }
        work.bucket.delete_version(key, &version.id).await?;
    }
    Ok(looked)
}

/// Takes the person's records out of the current object, or the object away. Returns false if somebody else changed it.
async fn replace(bucket: &Bucket<'_>, key: &str, version: &Sorted, has_older: bool) -> Result<bool> {
    if version.has_others() {
        let written = bucket
            .rewrite(key, &version.object, version.without_own()?, true)
            .await?;
        return match written {
            None => Ok(false),
            Some(new) => {
                // A bucket without versions has replaced the object.
                if new != version.id {
                    bucket.delete_version(key, &version.id).await?;
                }
                Ok(true)
            }
        };
    }
    if has_older {
        // Otherwise an older version would become the current object again.
        bucket.delete(key).await?;
    }
    bucket.delete_version(key, &version.id).await?;
    Ok(true)
}

/// Writes a version of a deleted object without the person's records, and deletes the object again: it stays deleted, and
/// a version with the records of others stays.
async fn revive(bucket: &Bucket<'_>, key: &str, version: &Sorted) -> Result<bool> {
    let written = bucket
        .rewrite(key, &version.object, version.without_own()?, false)
        .await?;
    if written.is_some() {
        bucket.delete(key).await?;
    }
    Ok(written.is_some())
}

/// Whether the publisher wrote the object, and says that it had a mapping for the table of its record. Lambda says nothing.
fn is_of_mapped_table(object: &str) -> bool {
    #[derive(Deserialize)]
    struct Stored {
        source: Coordinates,
    }
    serde_json::from_str::<Stored>(object).is_ok_and(|stored| stored.source.mapped)
}

impl Sorted {
    fn new(work: &Work<'_>, id: String, object: Object) -> Self {
        let sorting = work.sorting();
        let text = String::from_utf8_lossy(&object.text);
        let (records, whole) = match failed_records(&text) {
            Ok(records) => {
                let mapped = is_of_mapped_table(&text);
                let whose = |record: Box<RawValue>| {
                    let whose = sorting.whose(&RawRecord::read(&record), mapped);
                    (record, whose)
                };
                (records.into_iter().map(whose).collect(), Whose::Others)
            }
            Err(_) => (Vec::new(), sorting.text(&text)),
        };
        Self {
            id,
            object,
            records,
            whole,
        }
    }

    /// What stays and is reported.
    fn stays(&self) -> impl Iterator<Item = Whose> {
        self.records.iter().map(|(_, whose)| *whose).chain([self.whole])
    }

    fn is_own(&self) -> bool {
        self.records.iter().any(|(_, whose)| *whose == Whose::Person)
    }

    /// The identities of the person's records.
    fn own(&self) -> impl Iterator<Item = String> {
        let own = self.records.iter().filter(|(_, whose)| *whose == Whose::Person);
        own.map(|(record, _)| RawRecord::read(record).identity().to_string())
    }

    fn has_others(&self) -> bool {
        self.records.iter().any(|(_, whose)| *whose != Whose::Person)
    }

    /// Whether it has all records of the other version that are not the person's.
    fn has_all_others(&self, other: &Self) -> bool {
        let own: BTreeSet<_> = self.records.iter().map(|(record, _)| record.get()).collect();
        let mut others = other.records.iter().filter(|(_, whose)| *whose != Whose::Person);
        others.all(|(record, _)| own.contains(record.get()))
    }

    fn without_own(&self) -> Result<String> {
        let dropped: Vec<_> = self
            .records
            .iter()
            .map(|(_, whose)| *whose == Whose::Person)
            .collect();
        let Ok(text) = std::str::from_utf8(&self.object.text) else {
            bail!("an object of the failure bucket is not UTF-8; look at it in S3");
        };
        match without(text, &dropped) {
            Ok(text) => Ok(text),
            Err(_) => bail!("an object of the failure bucket changed its form; run the command again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_the_publisher_wrote_says_whether_its_table_is_mapped() {
        let stored = r#"{"source":{"streamArn":"a","mapped":true},"payload":{"Records":[{}]}}"#;
        assert!(is_of_mapped_table(stored));
        for other in [
            r#"{"source":{"streamArn":"a"},"payload":{"Records":[{}]}}"#,
            r#"{"requestContext":{},"payload":"{}"}"#,
        ] {
            assert!(!is_of_mapped_table(other), "{other}");
        }
    }
}
