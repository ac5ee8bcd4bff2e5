//! A table from its export in S3.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use user_events_core::{Image, Time};

use super::refusal::failure;
use crate::edge::failure::{Cause, Failure};
use crate::edge::source::{Page, Position, Source};
use crate::lines::Lines;
use crate::segment::Segment;

/// Where an export is: `s3://bucket/prefix/AWSDynamoDB/<id>/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFolder {
    /// The bucket.
    pub bucket: String,
    /// The folder of the manifests, without a slash at its end.
    pub folder: String,
}

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    table_arn: String,
    export_time: String,
    manifest_files_s3_key: String,
    output_format: String,
    /// Absent in older exports, which are all full.
    export_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataFile {
    item_count: u64,
    data_file_s3_key: String,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "Item", borrow)]
    item: &'a RawValue,
}

/// The place after a line: the file among those of the segment, and how many of its lines were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    file: usize,
    line: u64,
}

/// A file that is being read.
struct Reader {
    place: Place,
    body: ByteStream,
    lines: Lines,
}

impl ExportFolder {
    /// Reads an address. `None` for anything but `s3://bucket/folder`.
    pub fn from_url(url: &str) -> Option<Self> {
        let (bucket, folder) = url.strip_prefix("s3://")?.split_once('/')?;
        let folder = folder.trim_end_matches('/');
        (!bucket.is_empty() && !folder.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            folder: folder.to_owned(),
        })
    }
}

impl Export {
    /// Reads the manifests of an export.
    ///
    /// Fails when they cannot be read, when the export is no full one in DynamoDB JSON, and when it was taken before `not_before`:
    /// changes between that time and the subscription of the live queue would be lost.
    pub async fn open(client: Client, at: &ExportFolder, not_before: Time) -> Result<Self, Failure> {
        let unusable = |message: &str| Failure::new(Cause::Final, message);
        let summary = text(
            &client,
            &at.bucket,
            &format!("{}/manifest-summary.json", at.folder),
        )
        .await?;
        let summary: Summary = serde_json::from_slice(&summary).map_err(|_| {
            unusable("manifest-summary.json of the export lacks a member: export the table again")
        })?;
        let is_full = summary
            .export_type
            .as_deref()
            .is_none_or(|kind| kind == "FULL_EXPORT");
        if summary.output_format != "DYNAMODB_JSON" || !is_full {
            return Err(unusable(
                "the export is no full export in DynamoDB JSON: export the table with ExportType FULL_EXPORT and ExportFormat DYNAMODB_JSON",
            ));
        }
        let taken_at = Time::parse(&summary.export_time)
            .ok_or_else(|| unusable("`exportTime` of the export is no time: export the table again"))?;
        if taken_at < not_before {
            return Err(unusable(
                "the export was taken before the live queue was subscribed, so that changes would be lost: export the table again",
            ));
        }
        let files = text(&client, &at.bucket, &summary.manifest_files_s3_key).await?;
        let files = files.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let files: Result<Vec<DataFile>, _> = files.map(serde_json::from_slice).collect();
        let files = files.map_err(|_| {
            unusable("manifest-files.json of the export lacks a member: export the table again")
        })?;
        let table = summary.table_arn.rsplit_once('/').map_or("", |(_, name)| name);
        Ok(Self {
            client,
            bucket: at.bucket.clone(),
            table: table.to_owned(),
            taken_at,
            items: files.iter().map(|file| file.item_count).sum(),
            files: files.into_iter().map(|file| file.data_file_s3_key).collect(),
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
        let mut place = match after {
            Some(position) => Place::deserialize(&position.0).map_err(|_| {
                Failure::new(
                    Cause::Final,
                    "the position in the checkpoint is none of an export: start a new run",
                )
            })?,
            None => Place::default(),
        };
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
        let mut reader = Reader {
            place: Place {
                file: place.file,
                line: 0,
            },
            body: object(&self.client, &self.bucket, file).await?,
            lines: Lines::default(),
        };
        while reader.place.line < place.line && reader.next().await?.is_some() {}
        Ok(reader)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Segment, Reader>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// The next line; `None` at the end of the file.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            if let Some(line) = self.lines.next() {
                self.place.line += 1;
                return Ok(Some(line));
            }
            let chunk = self.body.try_next().await;
            let chunk = chunk.map_err(|_| failure(None, "a read of the export"))?;
            let Some(chunk) = chunk else {
                return Ok(None);
            };
            self.lines.push(&chunk).map_err(|_| {
                Failure::new(
                    Cause::Final,
                    "a file of the export cannot be decompressed: export the table again",
                )
            })?;
        }
    }
}

impl Place {
    fn position(self) -> Position {
        Position(serde_json::json!({ "file": self.file, "line": self.line }))
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

fn item(line: &[u8]) -> Option<Image> {
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    Image::from_dynamodb_json(line.item)
}

async fn object(client: &Client, bucket: &str, key: &str) -> Result<ByteStream, Failure> {
    let answer = client.get_object().bucket(bucket).key(key).send().await;
    let answer = answer.map_err(|error| failure(error.code(), "a read of the export"))?;
    Ok(answer.body)
}

async fn text(client: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, Failure> {
    let body = object(client, bucket, key).await?.collect().await;
    Ok(body.map_err(|_| failure(None, "a read of the export"))?.to_vec())
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export")
            .field("table", &self.table)
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}
