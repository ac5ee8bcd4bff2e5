//! Does what `sam package` does: uploads functions and nested templates to a bucket and refers to them in the template.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use crate::archive;
use crate::build::Function;
use crate::template;

/// The name of the mapping in the stack.
pub(super) const MAPPING: &str = "mapping.yaml";

/// A mapping file of this machine.
pub(super) struct Mapping {
    /// Its absolute path.
    path: PathBuf,
    content: Vec<u8>,
}

impl Mapping {
    /// Fails when the file cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let unreadable = || format!("{} cannot be read", path.display());
        Ok(Self {
            content: std::fs::read(path).with_context(unreadable)?,
            path: path.canonicalize().with_context(unreadable)?,
        })
    }
}

/// What is uploaded, by its key.
#[derive(Default)]
struct Uploaded {
    /// By the name of the function.
    codes: BTreeMap<String, String>,
    /// The layer with the mapping.
    layer: Option<String>,
    /// Where the mapping is on this machine.
    mapping: Option<PathBuf>,
}

/// The bucket of a deployment.
pub(super) struct Packages<'a> {
    s3: &'a Client,
    endpoint: &'a str,
    bucket: &'a str,
}

impl<'a> Packages<'a> {
    pub(super) async fn new(s3: &'a Client, endpoint: &'a str, bucket: &'a str) -> Result<Self> {
        let created = s3.create_bucket().bucket(bucket).send().await;
        if let Err(error) = created {
            let error = error.into_service_error();
            if !error.is_bucket_already_owned_by_you() && !error.is_bucket_already_exists() {
                return Err(error)
                    .with_context(|| format!("bucket {bucket} could not be created at {endpoint}"));
            }
        }
        Ok(Self { s3, endpoint, bucket })
    }

    /// Uploads the functions, the mapping, the nested templates and the template itself. Returns the URL of the template.
    pub(super) async fn upload(
        &self,
        root: &Path,
        functions: &[Function],
        mapping: Option<Mapping>,
    ) -> Result<String> {
        let mut uploaded = Uploaded::default();
        for function in functions {
            let package = archive::zip(function)?;
            let key = key("functions", &function.name, "zip", &package);
            self.put(&key, package).await?;
            uploaded.codes.insert(function.name.clone(), key);
        }
        if let Some(mapping) = mapping {
            let layer = archive::zip_file(MAPPING, &mapping.content)?;
            let key = key("layers", "mapping", "zip", &layer);
            self.put(&key, layer).await?;
            uploaded.layer = Some(key);
            uploaded.mapping = Some(mapping.path);
        }
        self.upload_template(&root.join("template.yaml"), &uploaded).await
    }

    /// Uploads a template without functions. Returns its URL.
    pub(super) async fn upload_without_functions(&self, template: &Path) -> Result<String> {
        self.upload_template(template, &Uploaded::default()).await
    }

    /// Uploads a template, its nested templates first. Returns its URL.
    async fn upload_template(&self, path: &Path, uploaded: &Uploaded) -> Result<String> {
        let mut template = template::load(path)?;
        if let Some(mapping) = &uploaded.mapping {
            name_the_mapping_here(&mut template, mapping);
        }
        for (name, resource) in template["Resources"].as_object_mut().into_iter().flatten() {
            match resource["Type"].as_str() {
                Some("AWS::Serverless::Function") => {
                    let binary = resource["Metadata"]["BuildProperties"]["Binary"]
                        .as_str()
                        .unwrap_or(name);
                    // The condition of a function that is not built is false here, so its key is never read.
                    let key = uploaded
                        .codes
                        .get(binary)
                        .cloned()
                        .unwrap_or_else(|| format!("functions/{binary}-not-built.zip"));
                    resource["Properties"]["CodeUri"] = json!({ "Bucket": self.bucket, "Key": key });
                }
                Some("AWS::Serverless::LayerVersion") => {
                    // Without a mapping the layer's condition is false.
                    let key = uploaded.layer.as_deref().unwrap_or("layers/none.zip");
                    resource["Properties"]["ContentUri"] = json!({ "Bucket": self.bucket, "Key": key });
                }
                Some("AWS::Serverless::Application") => {
                    if let Some(location) = resource["Properties"]["Location"].as_str().filter(is_local) {
                        let nested = path.with_file_name(location);
                        let url = Box::pin(self.upload_template(&nested, uploaded)).await?;
                        resource["Properties"]["Location"] = url.into();
                    }
                }
                _ => {}
            }
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = serde_json::to_vec(&template)?;
        let key = key("templates", &stem, "json", &text);
        self.put(&key, text).await?;
        Ok(format!("{}/{}/{key}", self.endpoint, self.bucket))
    }

    async fn put(&self, key: &str, content: Vec<u8>) -> Result<()> {
        let upload = self
            .s3
            .put_object()
            .bucket(self.bucket)
            .key(key)
            .body(ByteStream::from(content));
        upload
            .send()
            .await
            .with_context(|| format!("{key} could not be uploaded"))?;
        Ok(())
    }
}

/// Gives the functions the path of the mapping on this machine: the default engine runs functions as processes, and does not
/// extract their layers.
fn name_the_mapping_here(template: &mut Value, mapping: &Path) {
    let resources = template["Resources"].as_object_mut();
    for resource in resources.into_iter().flat_map(|resources| resources.values_mut()) {
        if let Some(file) = resource.pointer_mut("/Properties/Environment/Variables/MAPPING_FILE") {
            *file = mapping.to_string_lossy().into();
        }
    }
}

fn is_local(location: &&str) -> bool {
    !location.contains("://")
}

/// An object key that changes with the content, so that an update deploys new content.
fn key(folder: &str, name: &str, extension: &str, content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{folder}/{name}-{:016x}.{extension}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_changes_with_the_content_only() {
        assert_eq!(key("f", "a", "zip", b"1"), key("f", "a", "zip", b"1"));
        assert_ne!(key("f", "a", "zip", b"1"), key("f", "a", "zip", b"2"));
    }

    #[test]
    fn the_mapping_is_named_by_its_path_where_a_function_reads_one() {
        let function =
            |variables: Value| json!({ "Properties": { "Environment": { "Variables": variables } } });
        let mut template = json!({ "Resources": {
            "Reads": function(json!({ "MAPPING_FILE": "/opt/mapping.yaml", "A": "1" })),
            "ReadsNone": function(json!({ "A": "1" })),
        } });
        name_the_mapping_here(&mut template, Path::new("/somewhere/users.yaml"));
        assert_eq!(
            template,
            json!({ "Resources": {
                "Reads": function(json!({ "MAPPING_FILE": "/somewhere/users.yaml", "A": "1" })),
                "ReadsNone": function(json!({ "A": "1" })),
            } })
        );
    }

    #[test]
    fn a_url_is_no_local_template() {
        assert!(is_local(&"infra/tables.yaml"));
        assert!(!is_local(&"https://bucket.example.com/t.json"));
    }
}
