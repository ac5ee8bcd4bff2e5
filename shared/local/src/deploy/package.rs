//! Does what `sam package` does: uploads functions and nested templates to a bucket and refers to them in the template.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use crate::archive;
use crate::build::Function;
use crate::template;

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

    /// Uploads the functions, the nested templates and the template itself. Returns the URL of the template.
    pub(super) async fn upload(&self, root: &Path, functions: &[Function]) -> Result<String> {
        let mut codes = BTreeMap::new();
        for function in functions {
            let package = archive::zip(function)?;
            let key = key("functions", &function.name, "zip", &package);
            self.put(&key, package).await?;
            codes.insert(function.name.as_str(), key);
        }
        self.upload_template(&root.join("template.yaml"), &codes).await
    }

    /// Uploads a template without functions. Returns its URL.
    pub(super) async fn upload_without_functions(&self, template: &Path) -> Result<String> {
        self.upload_template(template, &BTreeMap::new()).await
    }

    /// Uploads a template, its nested templates first. Returns its URL.
    async fn upload_template(&self, path: &Path, codes: &BTreeMap<&str, String>) -> Result<String> {
        let mut template = template::load(path)?;
        leave_out_metric_math(&mut template);
        for (name, resource) in template["Resources"].as_object_mut().into_iter().flatten() {
            match resource["Type"].as_str() {
                Some("AWS::Serverless::Function") => {
                    let binary = resource["Metadata"]["BuildProperties"]["Binary"]
                        .as_str()
                        .unwrap_or(name);
                    // The condition of a function that is not built is false here, so its key is never read.
                    let key = codes
                        .get(binary)
                        .cloned()
                        .unwrap_or_else(|| format!("functions/{binary}-not-built.zip"));
                    resource["Properties"]["CodeUri"] = json!({ "Bucket": self.bucket, "Key": key });
                }
                Some("AWS::Serverless::Application") => {
                    if let Some(location) = resource["Properties"]["Location"].as_str().filter(is_local) {
                        let nested = path.with_file_name(location);
                        let url = Box::pin(self.upload_template(&nested, codes)).await?;
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

/// Removes the alarms on metric math: the CloudFormation of the default engine refuses them, and with them the stack.
fn leave_out_metric_math(template: &mut Value) {
    if let Some(resources) = template["Resources"].as_object_mut() {
        resources.retain(|_, resource| {
            resource["Type"] != "AWS::CloudWatch::Alarm" || resource["Properties"]["Metrics"].is_null()
        });
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
    fn only_alarms_on_metric_math_are_left_out() {
        let alarm = |properties: Value| json!({ "Type": "AWS::CloudWatch::Alarm", "Properties": properties });
        let plain = alarm(json!({ "MetricName": "Errors" }));
        let math = alarm(json!({ "Metrics": [{ "Id": "a", "Expression": "b" }] }));
        let queue = json!({ "Type": "AWS::SQS::Queue", "Properties": { "Metrics": [] } });
        let mut template = json!({ "Resources": { "Plain": plain, "Math": math, "Queue": queue } });
        leave_out_metric_math(&mut template);
        assert_eq!(
            template,
            json!({ "Resources": { "Plain": plain, "Queue": queue } })
        );
    }

    #[test]
    fn a_url_is_no_local_template() {
        assert!(is_local(&"infra/tables.yaml"));
        assert!(!is_local(&"https://bucket.example.com/t.json"));
    }
}
