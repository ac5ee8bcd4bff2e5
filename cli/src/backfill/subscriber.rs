//! The subscriber of a backfill: its two queues, its inbox, and whether its live queue is read.

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_dynamodb::Client;
use user_events_local::clients::Clients;

use super::queue::SnapshotQueue;
use crate::inbox::Snapshots;
use crate::stack::Outputs;

const FIFO: &str = ".fifo";
/// The end of the name of a snapshot queue.
const SNAPSHOT: &str = "-snapshot";

/// A subscriber.
#[derive(Debug)]
pub(super) struct Subscriber {
    /// The ARN of the live queue.
    pub(super) queue_arn: String,
    pub(super) snapshot: SnapshotQueue,
    /// Its stack, if it has one in this account.
    pub(super) stack: Option<Outputs>,
}

/// Whether the live queue is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Live {
    /// It is not read yet: the mapping is disabled.
    Off,
    /// It is read.
    On,
    /// The stack does not say: the consumer is no function of it.
    Unknown,
}

/// Where a consumer remembers what it handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inbox {
    pub(super) table: String,
    pub(super) consumer: String,
}

impl Inbox {
    /// The snapshots that the consumer handled.
    pub(super) fn snapshots<'a>(&'a self, client: &'a Client) -> Snapshots<'a> {
        Snapshots {
            client,
            table: &self.table,
            consumer: &self.consumer,
        }
    }
}

impl Subscriber {
    /// Finds the subscriber by its stack, or by its snapshot queue.
    ///
    /// Fails when there is no such stack or queue, and when it has no snapshot queue.
    pub(super) async fn find(clients: &Clients, stack: &str, queue: Option<&str>) -> Result<Self> {
        if let Some(url) = queue {
            let snapshot = SnapshotQueue::read(&clients.sqs, url).await?;
            return Ok(Self {
                queue_arn: live_of(&snapshot.arn)?,
                snapshot,
                stack: None,
            });
        }
        let otherwise = "; or name its snapshot queue with --queue";
        let outputs = Outputs::of_subscriber(&clients.cloudformation, stack, otherwise).await?;
        let output = |name: &str| {
            let value = outputs.output(name).map(str::to_owned);
            value.with_context(|| {
                format!(
                    "stack {stack} has no output {name}; name a stack of a subscriber with --subscriber, and deploy it with \
                     this version's template"
                )
            })
        };
        let queue_arn = output("QueueArn")?;
        let url = outputs.output("SnapshotQueueUrl").filter(|url| !url.is_empty()).ok_or_else(|| {
            anyhow!(
                "stack {stack} has no snapshot queue; deploy it with Snapshot=on and Live=off, and your role in \
                 BackfillRoleArns"
            )
        })?;
        Ok(Self {
            snapshot: SnapshotQueue::read(&clients.sqs, url).await?,
            queue_arn,
            stack: Some(outputs),
        })
    }

    /// Whether the live queue is read.
    pub(super) fn live(&self) -> Live {
        match self.stack.as_ref().and_then(|stack| stack.parameter("Live")) {
            Some("off") => Live::Off,
            Some(_) => Live::On,
            None => Live::Unknown,
        }
    }

    /// The inbox of its consumer, if the stack says where it is.
    pub(super) fn inbox(&self) -> Option<Inbox> {
        let stack = self.stack.as_ref()?;
        let consumer = stack.output("ConsumerName").or_else(|| stack.parameter("Name"))?;
        Some(Inbox {
            table: stack.output("InboxTableName")?.to_owned(),
            consumer: consumer.to_owned(),
        })
    }
}

/// The ARN of the live queue beside a snapshot queue: its name lacks the ending.
fn live_of(snapshot_arn: &str) -> Result<String> {
    let (plain, fifo) = match snapshot_arn.strip_suffix(FIFO) {
        Some(plain) => (plain, FIFO),
        None => (snapshot_arn, ""),
    };
    match plain.strip_suffix(SNAPSHOT) {
        Some(live) => Ok(format!("{live}{fifo}")),
        None => bail!(
            "--queue takes the snapshot queue of a stack of infra/subscriber.yaml, and its name ends with {SNAPSHOT} or \
             {SNAPSHOT}{FIFO}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_queue_has_the_name_of_the_snapshot_queue_without_its_end() {
        let arn = |name: &str| format!("arn:aws:sqs:eu-west-1:222222222222:{name}");
        for (snapshot, live) in [
            ("welcome-snapshot.fifo", "welcome.fifo"),
            ("welcome-snapshot", "welcome"),
            ("my-snapshot-snapshot", "my-snapshot"),
        ] {
            assert_eq!(live_of(&arn(snapshot)).unwrap(), arn(live));
        }
        assert!(live_of(&arn("welcome.fifo")).is_err());
    }

    fn subscriber(outputs: &[(&str, &str)], parameters: &[(&str, &str)]) -> Subscriber {
        Subscriber {
            queue_arn: String::new(),
            snapshot: SnapshotQueue::default(),
            stack: Some(Outputs::of("welcome", outputs, parameters)),
        }
    }

    #[test]
    fn a_stack_says_whether_its_live_queue_is_read_and_where_its_inbox_is() {
        let of_example = subscriber(
            &[("InboxTableName", "t"), ("ConsumerName", "c")],
            &[("Live", "off"), ("Name", "n")],
        );
        let inbox = |table: &str, consumer: &str| {
            Some(Inbox {
                table: table.to_owned(),
                consumer: consumer.to_owned(),
            })
        };
        assert_eq!(
            (of_example.live(), of_example.inbox()),
            (Live::Off, inbox("t", "c"))
        );
        let bare = subscriber(&[("InboxTableName", "t")], &[("Name", "n")]);
        assert_eq!((bare.live(), bare.inbox()), (Live::Unknown, inbox("t", "n")));
        assert_eq!(subscriber(&[], &[("Live", "on")]).live(), Live::On);
        assert_eq!(subscriber(&[], &[("Name", "n")]).inbox(), None);
    }
}
