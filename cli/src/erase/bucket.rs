//! The failure bucket: its objects in all their versions.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use user_events_local::failure::explained;

/// The version of an object that was written while the bucket kept no versions (Amazon S3 User Guide, *Working with objects
/// in a versioning-suspended bucket*).
const NO_VERSION: &str = "null";

/// The metadata of an object that is written only to keep a version, and deleted at once. A run that finds it as the current
/// object deletes it.
const REVIVED: &str = "user-events-revived";

/// The failure bucket.
#[derive(Debug)]
pub(super) struct Bucket<'a> {
    pub(super) client: &'a Client,
    pub(super) name: &'a str,
}

/// The versions of an object.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// The ids of the versions, oldest first. The last one is the current object, unless `is_deleted`.
    pub(super) ids: Vec<String>,
    /// Whether somebody deleted the object, so that only versions are left.
    pub(super) is_deleted: bool,
}

/// One version of an object.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) text: Vec<u8>,
    etag: Option<String>,
    content_type: Option<String>,
    metadata: HashMap<String, String>,
}

impl Object {
    /// Whether an erasure wrote it only to keep a version, and had no time to delete it.
    pub(super) fn is_revived(&self) -> bool {
        self.metadata.contains_key(REVIVED)
    }
}

impl Bucket<'_> {
    /// All objects by key, with those that were deleted and still have versions.
    ///
    /// Fails when the bucket cannot be listed.
    pub(super) async fn objects(&self) -> Result<BTreeMap<String, Versions>> {
        let mut objects: BTreeMap<String, Versions> = BTreeMap::new();
        let (mut key, mut version) = (None, None);
        loop {
            let page = self
                .client
                .list_object_versions()
                .bucket(self.name)
                .set_key_marker(key)
                .set_version_id_marker(version)
                .send()
                .await
                .map_err(|error| self.refused("could not be listed", "s3:ListBucketVersions", &error))?;
            // Newest first (Amazon S3 API Reference, ListObjectVersions).
            for listed in page.versions.unwrap_or_default() {
                let (Some(key), Some(id)) = (listed.key, listed.version_id) else {
                    continue;
                };
                objects.entry(key).or_default().ids.insert(0, id);
            }
            for marker in page.delete_markers.unwrap_or_default() {
                if let (Some(key), Some(true)) = (marker.key, marker.is_latest) {
                    objects.entry(key).or_default().is_deleted = true;
                }
            }
            if page.is_truncated != Some(true) {
                objects.retain(|_, versions| !versions.ids.is_empty());
                return Ok(objects);
            }
            (key, version) = (page.next_key_marker, page.next_version_id_marker);
        }
    }

    /// A version of an object. `None` if it is gone.
    ///
    /// Fails when it cannot be read.
    pub(super) async fn read(&self, key: &str, version: &str) -> Result<Option<Object>> {
        let get = self.client.get_object().bucket(self.name).key(key);
        let answer = get.version_id(version).send().await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if matches!(error.code(), Some("NoSuchKey" | "NoSuchVersion")) => return Ok(None),
            Err(error) => {
                let permission = "s3:GetObject and s3:GetObjectVersion";
                return Err(self.refused("has an object that could not be read", permission, &error));
            }
        };
        let bytes = answer.body.collect().await;
        let bytes = bytes.with_context(|| format!("an object of the bucket {} broke off", self.name))?;
        Ok(Some(Object {
            text: bytes.to_vec(),
            etag: answer.e_tag,
            content_type: answer.content_type,
            metadata: answer.metadata.unwrap_or_default(),
        }))
    }

    /// Whether there is a current object with that key.
    ///
    /// Fails when S3 does not tell: without `s3:ListBucket` it refuses instead of saying that there is none.
    pub(super) async fn has(&self, key: &str) -> Result<bool> {
        match self.client.head_object().bucket(self.name).key(key).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(false),
            Err(error) => {
                let permission = "s3:GetObject and s3:ListBucket";
                Err(self.refused("has an object that could not be looked up", permission, &error))
            }
        }
    }

    /// Writes an object again, with another text. `is_current` says whether it is the current object, and else that there
    /// must be none. Returns the new version; `None` if somebody else was quicker, and nothing was written.
    ///
    /// Fails when S3 refuses.
    pub(super) async fn rewrite(
        &self,
        key: &str,
        object: &Object,
        text: String,
        is_current: bool,
    ) -> Result<Option<String>> {
        let mut metadata = object.metadata.clone();
        if !is_current {
            metadata.insert(REVIVED.to_owned(), "true".to_owned());
        }
        let mut put = self
            .client
            .put_object()
            .bucket(self.name)
            .key(key)
            .set_content_type(object.content_type.clone())
            .set_metadata(Some(metadata).filter(|metadata| !metadata.is_empty()))
            .body(text.into_bytes().into());
        put = if is_current {
            put.set_if_match(object.etag.clone())
        } else {
            put.if_none_match("*")
        };
        match put.send().await {
            Ok(answer) => Ok(Some(answer.version_id.unwrap_or_else(|| NO_VERSION.to_owned()))),
            Err(error)
                if matches!(
                    error.code(),
                    Some("PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey")
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.refused(
                "has an object that could not be rewritten",
                "s3:PutObject",
                &error,
            )),
        }
    }

    /// Deletes a version for good.
    ///
    /// Fails when S3 refuses.
    pub(super) async fn delete_version(&self, key: &str, version: &str) -> Result<()> {
        let delete = self.client.delete_object().bucket(self.name).key(key);
        let deleted = delete.version_id(version).send().await;
        deleted.map(drop).map_err(|error| {
            let permission = "s3:DeleteObject and s3:DeleteObjectVersion";
            self.refused("has an object that could not be deleted", permission, &error)
        })
    }

    /// Deletes the current object, and keeps its versions.
    ///
    /// Fails when S3 refuses.
    pub(super) async fn delete(&self, key: &str) -> Result<()> {
        let deleted = self
            .client
            .delete_object()
            .bucket(self.name)
            .key(key)
            .send()
            .await;
        deleted.map(drop).map_err(|error| {
            self.refused(
                "has an object that could not be deleted",
                "s3:DeleteObject",
                &error,
            )
        })
    }

    fn refused<E, R>(&self, what: &str, permission: &str, error: &SdkError<E, R>) -> anyhow::Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        explained(
            format_args!("the failure bucket {} {what}", self.name),
            &format!(
                "{permission} on it, and kms:Decrypt and kms:GenerateDataKey with the key that encrypts it"
            ),
            error,
        )
    }
}
