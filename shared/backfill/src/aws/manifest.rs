//! The manifests of an export: which table, when, and which files.

use aws_sdk_s3::Client;
use serde::Deserialize;
use user_events_core::Time;

use super::object::bytes;
use crate::edge::failure::{Cause, Failure};

/// Where an export is: `s3://bucket/prefix/AWSDynamoDB/<id>/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFolder {
    /// The bucket.
    pub bucket: String,
    /// The folder of the manifests, without a slash at its end.
    pub folder: String,
}

/// What the manifests of an export say.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) table: String,
    pub(super) taken_at: Time,
    pub(super) items: u64,
    pub(super) files: Vec<String>,
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

impl Manifest {
    /// Reads the manifests of an export.
    ///
    /// Fails when they cannot be read, when the export is no full one in DynamoDB JSON, and when it was taken before `not_before`.
    pub(super) async fn read(client: &Client, at: &ExportFolder, not_before: Time) -> Result<Self, Failure> {
        let unusable = |message: &str| Failure::new(Cause::Final, message);
        let summary = bytes(
            client,
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
        let files = bytes(client, &at.bucket, &summary.manifest_files_s3_key).await?;
        let files = files.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let files: Result<Vec<DataFile>, _> = files.map(serde_json::from_slice).collect();
        let files = files.map_err(|_| {
            unusable("manifest-files.json of the export lacks a member: export the table again")
        })?;
        let table = summary.table_arn.rsplit_once('/').map_or("", |(_, name)| name);
        Ok(Self {
            table: table.to_owned(),
            taken_at,
            items: files.iter().map(|file| file.item_count).sum(),
            files: files.into_iter().map(|file| file.data_file_s3_key).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_and_a_folder() {
        let at = |bucket: &str, folder: &str| {
            Some(ExportFolder {
                bucket: bucket.to_owned(),
                folder: folder.to_owned(),
            })
        };
        assert_eq!(
            ExportFolder::from_url("s3://b/AWSDynamoDB/1-a/"),
            at("b", "AWSDynamoDB/1-a")
        );
        assert_eq!(ExportFolder::from_url("s3://b/f"), at("b", "f"));
        for other in ["s3://b", "s3://b/", "s3:///f", "https://b/f", "b/f"] {
            assert_eq!(ExportFolder::from_url(other), None, "{other}");
        }
    }
}
