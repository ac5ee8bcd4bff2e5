//! How a project says that its subscriber joins late.

use super::request::{Publisher, Request};
use crate::arn;

/// The command with which an operator of the publisher sends the rows.
pub(super) fn command(request: &Request) -> String {
    let queue = match &request.publisher {
        Publisher::Stage(_) => "",
        // The publisher's operator does not see the stack of the subscriber.
        Publisher::Topic { .. } => " --queue <SnapshotQueueUrl>",
    };
    let (name, publisher) = (&request.name, publisher(request));
    format!("user-events backfill --subscriber {name} --stack {publisher}{queue}")
}

/// The part of the project's README about joining late.
pub(super) fn readme(request: &Request) -> String {
    let name = &request.name;
    let parameters = match request.late {
        Some(_) => "`samconfig.toml` has the parameters `Snapshot=on`, `Live=off` and `BackfillRoleArns`",
        None => {
            "Add `\"Snapshot=on\"`, `\"Live=off\"` and `\"BackfillRoleArns=<ARNs>\"` to `parameter_overrides` in `samconfig.toml`"
        }
    };
    let (then, at_last) = match &request.publisher {
        Publisher::Stage(_) => (
            "The command waits until the subscriber has handled them, and sets `Live=on`",
            "Remove `Live=off` from `samconfig.toml`: with it, the next deployment would stop the live queue again."
                .to_owned(),
        ),
        Publisher::Topic { .. } => (
            "The queue is the output `SnapshotQueueUrl` of this stack",
            format!(
                "`user-events inbox snapshot --table {name}-inbox --consumer {name}` says when all are handled. Then deploy \
                 with `Live=on` in place of `Live=off`."
            ),
        ),
    };
    format!(
        "\n## Join late\n\n\
         A subscriber that joins late gets the state of all users first, through a queue of its own, and then the changes, \
         without a gap.\n\n\
         1. {parameters}, which the publisher's team names: the roles that may send into that queue. Deploy. The live queue \
         collects the changes now, and nobody reads it.\n\
         2. The publisher's operator sends the rows. {then}.\n\n   ```sh\n   {}\n   ```\n\n\
         3. {at_last}\n\n\
         `{}` gets a snapshot event for each row, such as `UserAccountSnapshotEventV1`. The row is like this now: store it \
         whole.\n",
        command(request),
        request.language.effect()
    )
}

/// The name of the publisher's stack, from which the names of its topics begin.
fn publisher(request: &Request) -> String {
    match &request.publisher {
        Publisher::Stage(stage) => format!("user-events-{stage}"),
        Publisher::Topic { arn, .. } => {
            let topic = arn::name(arn.as_str()).trim_end_matches(".fifo");
            let ending = format!("-{}", request.category);
            topic.strip_suffix(&ending).unwrap_or(topic).to_owned()
        }
    }
}
