//! The subscriber's stack on a local engine.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use user_events_local::clients::{ACCESS_KEY, Clients, REGION, SECRET_KEY};
use user_events_local::console::Console;
use user_events_local::deploy::{Stack, deploy_template};
use user_events_local::endpoint;

use super::request::{Publisher, Request};
use super::subject_keys::SubjectKeys;
use crate::arn::KeyArn;
use crate::parameter;

/// In place of the seal key of a subscriber that opens nothing, as in the templates of the examples.
const NO_KEY: &str = "none";

/// A deployed subscriber.
pub(super) struct Deployed {
    pub(super) clients: Clients,
    pub(super) topic_arn: String,
    seal_key_arn: String,
    subject_keys: Option<SubjectKeys>,
    endpoint: String,
    stack: Stack,
    pub(super) begun: Instant,
}

impl Deployed {
    /// The environment variables of the program.
    pub(super) fn environment(&self, request: &Request) -> Vec<(&'static str, String)> {
        let output = |name: &str| self.stack.output(name).unwrap_or_default().to_owned();
        let mut environment = vec![
            ("CONSUMER_NAME", request.name.clone()),
            ("INBOX_TABLE", output("InboxTableName")),
            ("SEAL_KEY_ARN", self.seal_key_arn.clone()),
            ("QUEUE_URL", output("QueueUrl")),
            ("DEAD_LETTER_QUEUE_URL", output("DeadLetterQueueUrl")),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ];
        if request.late.is_some() {
            environment.push(("SNAPSHOT_QUEUE_URL", output("SnapshotQueueUrl")));
        }
        if let Some(subject_keys) = &self.subject_keys {
            environment.push(("SUBJECT_KEYS_TABLE", subject_keys.table_arn.clone()));
        }
        environment
    }
}

/// A publisher on a local engine.
pub(super) struct Found {
    clients: Clients,
    endpoint: String,
    topic_arn: String,
    seal_key_arn: String,
    subject_keys: Option<SubjectKeys>,
    begun: Instant,
}

/// Looks the publisher up, before anything is written.
///
/// Fails when no engine answers, and when it has no publisher of that stage.
pub(super) async fn find(request: &Request, endpoint: &str) -> Result<Found> {
    let begun = Instant::now();
    let endpoint = endpoint.trim_end_matches('/');
    endpoint::check(endpoint).await?;
    let clients = Clients::from_endpoint(endpoint);
    let (topic_arn, seal_key_arn) = match &request.publisher {
        Publisher::Stage(stage) => {
            let parameter = async |name: &str| {
                let value = parameter::read(&clients, stage, name).await;
                value.with_context(|| {
                    format!("{endpoint} has no publisher of the stage {stage}; `cargo demo --keep` starts one of the stage demo")
                })
            };
            let topic_arn = parameter(&format!("topic/{}", request.category)).await?;
            (topic_arn, parameter("seal-key-arn").await?)
        }
        Publisher::Topic { arn, seal_key } => {
            let seal_key = seal_key.as_ref().map_or(NO_KEY, KeyArn::as_str);
            (arn.as_str().to_owned(), seal_key.to_owned())
        }
    };
    let subject_keys = match (&request.subject_keys, &request.publisher) {
        (None, Publisher::Stage(stage)) => SubjectKeys::of_stage(&clients, stage).await?,
        (named, _) => named.clone(),
    };
    Ok(Found {
        clients,
        endpoint: endpoint.to_owned(),
        topic_arn,
        seal_key_arn,
        subject_keys,
        begun,
    })
}

/// Deploys the project's `subscriber.yaml` to the engine, as a stack with the name of the subscriber.
///
/// Fails when the engine refuses the stack.
pub(super) async fn deploy(
    request: &Request,
    folder: &Path,
    publisher: Found,
    console: &Console,
) -> Result<Deployed> {
    let Found {
        clients,
        endpoint,
        topic_arn,
        seal_key_arn,
        subject_keys,
        begun,
    } = publisher;
    let request_with_keys = Request {
        subject_keys: subject_keys.clone(),
        ..request.clone()
    };
    let parameters = request_with_keys.parameters();
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let stack = deploy_template(
        &clients,
        &endpoint,
        &request.name,
        &folder.join("subscriber.yaml"),
        &parameters,
        console,
    )
    .await?;
    Ok(Deployed {
        clients,
        topic_arn,
        seal_key_arn,
        subject_keys,
        endpoint,
        stack,
        begun,
    })
}
