//! Finds the queues and the credentials.

use anyhow::{Result, anyhow, bail};
use clap::Args;
use user_events_local::clients::Clients;

use crate::stack::{Outputs, STACK_OF_THE_DEMO};

const STACK: &str = "user-events-dev";
const HEADING: &str = "Where the queues are";

/// Where the queues are.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The stack with the queues [default: user-events-dev; user-events-demo with --endpoint]
    #[arg(long, global = true, help_heading = HEADING, value_name = "NAME")]
    stack: Option<String>,

    /// Use this parked queue instead of the stack's
    #[arg(long, global = true, help_heading = HEADING, value_name = "URL")]
    parked_queue_url: Option<String>,

    /// Use this redrive queue instead of the stack's
    #[arg(long, global = true, help_heading = HEADING, value_name = "URL")]
    redrive_queue_url: Option<String>,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, global = true, help_heading = HEADING, value_name = "URL")]
    endpoint: Option<String>,
}

/// Which queues a command uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    /// The parked queue alone.
    Parked,
    /// The redrive queue too.
    Both,
}

/// The queues that were found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) parked_url: String,
    /// Present if it is needed.
    pub(super) redrive_url: Option<String>,
    /// Present if it was looked up.
    pub(super) outputs: Option<Outputs>,
    /// Whether it is a local engine: the counts of its queues are exact.
    pub(super) is_local: bool,
}

impl Target {
    /// Finds the queues: by URL if given, otherwise in the outputs of the stack.
    ///
    /// Fails when there are no credentials or no region, when there is no such stack or output, and when both queues are the
    /// same.
    pub(super) async fn find(&self, needed: Needed) -> Result<Found> {
        let Clients {
            sqs, cloudformation, ..
        } = Clients::reach(self.endpoint.as_deref()).await?;
        let is_named =
            self.parked_queue_url.is_some() && (needed == Needed::Parked || self.redrive_queue_url.is_some());
        let outputs = if is_named {
            None
        } else {
            let otherwise = "; or name the queues with --parked-queue-url and --redrive-queue-url";
            Some(Outputs::look_up(&cloudformation, self.stack(), otherwise).await?)
        };
        let url = |named: &Option<String>, output: &str| match (named, &outputs) {
            (Some(url), _) => Ok(url.clone()),
            (None, Some(outputs)) => outputs.get(output).map(str::to_owned),
            (None, None) => Err(anyhow!(
                "no stack was looked up for {output}; name it with --stack"
            )),
        };
        let parked_url = url(&self.parked_queue_url, "ParkedQueueUrl")?;
        let redrive_url = match needed {
            Needed::Parked => None,
            Needed::Both => Some(url(&self.redrive_queue_url, "RedriveQueueUrl")?),
        };
        if redrive_url.as_ref() == Some(&parked_url) {
            bail!(
                "the redrive queue and the parked queue are the same; name another one with --redrive-queue-url"
            );
        }
        Ok(Found {
            sqs,
            parked_url,
            redrive_url,
            outputs,
            is_local: self.endpoint.is_some(),
        })
    }

    fn stack(&self) -> &str {
        match (&self.stack, &self.endpoint) {
            (Some(name), _) => name,
            (None, Some(_)) => STACK_OF_THE_DEMO,
            (None, None) => STACK,
        }
    }
}
