//! Finds the tables, the queues, the bucket and the mapping.

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use user_events_core::Mapping;
use user_events_local::clients::Clients;

use crate::map::mapping_file;
use crate::stack::{Outputs, STACK_OF_THE_DEMO};

const HEADING: &str = "Where the tables and queues are";
const OTHERWISE: &str =
    "; or name everything with --table, --ledger, --source, --parked-queue, --redrive-queue and --bucket";

/// Where the keys of persons are.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The stack of the publisher [default with --endpoint: user-events-demo]
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    stack: Option<String>,

    /// Use this table of persons' keys instead of the stack's
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    table: Option<String>,

    /// Use this ledger of erased persons instead of the stack's
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    ledger: Option<String>,

    /// The source of the events, instead of the stack's parameter EventSource
    #[arg(long, help_heading = HEADING, value_name = "SOURCE")]
    source: Option<String>,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, help_heading = HEADING, value_name = "URL")]
    endpoint: Option<String>,
}

/// Where records are that could not be published.
#[derive(Debug, Args)]
pub(super) struct Stores {
    /// Use this parked queue instead of the stack's
    #[arg(long, help_heading = HEADING, value_name = "URL")]
    parked_queue: Option<String>,

    /// Use this redrive queue instead of the stack's
    #[arg(long, help_heading = HEADING, value_name = "URL")]
    redrive_queue: Option<String>,

    /// Use this failure bucket instead of the stack's
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    bucket: Option<String>,

    /// The mapping file of the deployment; needed if it has one
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    mapping: Option<String>,
}

/// The tables that were found.
pub(super) struct Found {
    pub(super) clients: Clients,
    /// The table of persons' keys.
    pub(super) table: String,
    pub(super) ledger: String,
    pub(super) source: String,
    /// The stack, if it was looked up.
    pub(super) outputs: Option<Outputs>,
    pub(super) stack: Option<String>,
}

/// The stores that were found.
pub(super) struct FoundStores {
    pub(super) parked_url: String,
    pub(super) redrive_url: String,
    pub(super) bucket: String,
    pub(super) mapping: Option<Mapping>,
}

impl Place {
    /// Finds the tables by name if given, otherwise by the stack. `more` says that more is needed of the stack.
    ///
    /// Fails when there are no credentials or no region, when there is no such stack, and when it has no keys of persons.
    pub(super) async fn find(&self, more: bool) -> Result<Found> {
        let clients = Clients::reach(self.endpoint.as_deref()).await?;
        let is_named = self.table.is_some() && self.ledger.is_some() && self.source.is_some();
        let stack = match (&self.stack, &self.endpoint) {
            (Some(stack), _) => Some(stack.clone()),
            _ if is_named && !more => None,
            (None, Some(_)) => Some(STACK_OF_THE_DEMO.to_owned()),
            (None, None) => bail!("name the stack of the publisher with --stack{OTHERWISE}"),
        };
        let outputs = match &stack {
            Some(stack) if more || !is_named => {
                Some(Outputs::look_up(&clients.cloudformation, stack, OTHERWISE).await?)
            }
            _ => None,
        };
        if let (Some(outputs), Some(stack), None) = (&outputs, &stack, &self.table) {
            ensure!(
                matches!(outputs.parameter("SubjectKeys"), Some("on" | "prepared")),
                "stack {stack} has no keys of persons, so there is none to delete; deploy it with SubjectKeys=on. Events \
                 that were published before can still be opened: docs/erasure.md says what to do about them"
            );
        }
        let named = |given: &Option<String>, end: &str| match (given, &stack) {
            (Some(name), _) => Ok(name.clone()),
            (None, Some(stack)) => Ok(format!("{stack}-{end}")),
            (None, None) => bail!("name the stack of the publisher with --stack{OTHERWISE}"),
        };
        let source = match (&self.source, &outputs) {
            (Some(source), _) => source.clone(),
            (None, outputs) => outputs
                .as_ref()
                .and_then(|outputs| outputs.parameter("EventSource"))
                .context(
                    "the stack has no parameter EventSource; name the source of the events with --source",
                )?
                .to_owned(),
        };
        Ok(Found {
            table: named(&self.table, "subject-keys")?,
            ledger: named(&self.ledger, "erasures")?,
            source,
            clients,
            outputs,
            stack,
        })
    }
}

impl Stores {
    /// Whether one of them has to be looked up.
    pub(super) fn need_stack(&self) -> bool {
        self.parked_queue.is_none() || self.redrive_queue.is_none() || self.bucket.is_none()
    }

    /// Finds the stores by name if given, otherwise in the outputs of the stack.
    ///
    /// Fails when one is not found, when both queues are the same, and when the stack has a mapping and none is given.
    pub(super) fn find(&self, found: &Found) -> Result<FoundStores> {
        let outputs = found.outputs.as_ref();
        if let Some(file) = outputs.and_then(|outputs| outputs.parameter("Mapping"))
            && !file.is_empty()
            && self.mapping.is_none()
        {
            bail!(
                "the stack has a mapping, without which nobody can tell whose records of the mapped tables are; name its \
                 file with --mapping"
            );
        }
        let one = |given: &Option<String>, output: &str| match (given, outputs) {
            (Some(name), _) => Ok(name.clone()),
            (None, Some(outputs)) => outputs.get(output).map(str::to_owned),
            (None, None) => bail!("name the stack of the publisher with --stack{OTHERWISE}"),
        };
        let stores = FoundStores {
            parked_url: one(&self.parked_queue, "ParkedQueueUrl")?,
            redrive_url: one(&self.redrive_queue, "RedriveQueueUrl")?,
            bucket: one(&self.bucket, "FailureBucketName")?,
            mapping: self.mapping.as_deref().map(mapping_file::usable).transpose()?,
        };
        ensure!(
            stores.parked_url != stores.redrive_url,
            "the redrive queue and the parked queue are the same; name another one with --redrive-queue"
        );
        Ok(stores)
    }
}
