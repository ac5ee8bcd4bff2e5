//! A table from its export in S3.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_s3::Client;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use user_events_core::Time;

use super::export_file::{Place, Reader, item};
use super::manifest::{ExportFolder, Manifest};
use crate::edge::failure::Failure;
use crate::edge::source::{Page, Position, Source};
use crate::segment::Segment;

/// The items of a full export in DynamoDB JSON (Amazon DynamoDB Developer Guide, *DynamoDB table export output format*). Each
/// segment has some of its files.
#[derive(Clone)]
pub struct Export {
    client: Client,
    bucket: String,
    table: String,
    taken_at: Time,
    items: u64,
    files: Arc<[String]>,
    /// The files that are being read, by segment. A page goes on in one if it left off where the last page ended.
    open: Arc<Mutex<BTreeMap<Segment, Reader>>>,
}

impl Export {
    /// Reads the manifests of an export.
    ///
    /// Fails when they cannot be read, when the export is no full one in DynamoDB JSON, and when it was taken before `not_before`:
    /// changes between that time and the subscription of the live queue would be lost.
    pub async fn open(client: Client, at: &ExportFolder, not_before: Time) -> Result<Self, Failure> {
        let manifest = Manifest::read(&client, at, not_before).await?;
        Ok(Self {
            client,
            bucket: at.bucket.clone(),
            table: manifest.table,
            taken_at: manifest.taken_at,
            items: manifest.items,
            files: manifest.files.into(),
            open: Arc::default(),
        })
    }

    /// The name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// How many items the export has.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// How many segments it can have at most: one for each file.
    pub fn max_segments(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX).max(1)
    }

    async fn read(&self, segment: &Segment, after: Option<&Position>, rows: u32) -> Result<Page, Failure> {
        let mut place = Place::from_position(after)?;
        let mut page = Page {
            read_at: Some(self.taken_at),
            ..Page::default()
        };
        // Files of empty partitions are empty.
        while let Some(file) = self.file(segment, place.file) {
            let mut reader = self.reader(segment, file, place).await?;
            while page.items.len() as u64 + page.unreadable < u64::from(rows) {
                let Some(line) = reader.next().await? else { break };
                match item(&line) {
                    Some(item) => page.items.push(item),
                    None => page.unreadable += 1,
                }
            }
            if page.items.len() as u64 + page.unreadable >= u64::from(rows) {
                place = reader.place;
                self.lock().insert(segment.clone(), reader);
                page.next = Some(place.position());
                return Ok(page);
            }
            place = Place {
                file: place.file + 1,
                line: 0,
            };
        }
        Ok(page)
    }

    /// The file at this place among those of the segment.
    fn file(&self, segment: &Segment, place: usize) -> Option<&str> {
        let own = self.files.iter().skip(segment.segment as usize);
        own.step_by(segment.of.max(1) as usize)
            .nth(place)
            .map(String::as_str)
    }

    /// A reader at this place: the one that the last page left there, or a new one, which passes over the lines before it.
    async fn reader(&self, segment: &Segment, file: &str, place: Place) -> Result<Reader, Failure> {
        let left = self.lock().remove(segment);
        if let Some(reader) = left.filter(|reader| reader.place == place) {
            return Ok(reader);
        }
        Reader::open(&self.client, &self.bucket, file, place).await
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Segment, Reader>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Export {
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>> {
        self.read(segment, after, rows).boxed()
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("table", &self.table)
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}
