//! A subscriber that joins late: it gets the state of all rows first, through a queue of its own, and then the changes.

use anyhow::{Result, ensure};

use super::options::SubscriberOptions;
use super::request::{Publisher, Request};
use crate::arn;

/// The roles that may send into the snapshot queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Late {
    roles: Vec<String>,
}

impl Late {
    /// `None` if the subscriber does not join late.
    ///
    /// Fails when a role is not the ARN of a role.
    pub(super) fn named(options: &SubscriberOptions) -> Result<Option<Self>> {
        for (place, role) in options.backfill_role_arns.iter().enumerate() {
            ensure!(
                is_role(role),
                "--backfill-role-arns: number {} must be the ARN of a role, such as \
                 arn:aws:iam::111111111111:role/user-events-prod-operator",
                place + 1
            );
        }
        Ok(options.late.then(|| Self {
            roles: options.backfill_role_arns.clone(),
        }))
    }

    /// The parameters of the subscriber's template.
    pub(super) fn parameters(&self) -> [(&'static str, String); 2] {
        [
            ("Snapshot", "on".to_owned()),
            ("BackfillRoleArns", self.roles.join(",")),
        ]
    }
}

/// The parameter of the function's template that lets the live queue collect the changes.
pub(super) const LIVE_OFF: (&str, &str) = ("Live", "off");

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
         1. {parameters}: the roles of the publisher's operators, which may send into that queue. Deploy. The live queue \
         collects the changes now, and nobody reads it.\n\
         2. An operator of the publisher sends the rows. {then}.\n\n   ```sh\n   {}\n   ```\n\n\
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

/// Whether the template accepts it as the ARN of a role.
fn is_role(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let is_iam = next() == "arn" && next().starts_with("aws") && next() == "iam" && next().is_empty();
    let account = next();
    let name = next().strip_prefix("role/").unwrap_or_default();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "+=.@_/*-".contains(letter);
    is_iam
        && account.len() == 12
        && account.bytes().all(|digit| digit.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_accepted_exactly_where_the_template_accepts_it() {
        for (role, fits) in [
            ("arn:aws:iam::111111111111:role/a", true),
            ("arn:aws-us-gov:iam::111111111111:role/path/a+=.@_*-", true),
            ("arn:aws:iam::111111111111:role/", false),
            ("arn:aws:iam::11111111111:role/a", false),
            ("arn:aws:iam:eu-west-1:111111111111:role/a", false),
            ("arn:aws:iam::111111111111:user/a", false),
            ("arn:aws:iam::111111111111:role/a,b", false),
            ("arn:aws:iam::111111111111:role/a b", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(is_role(role), fits, "{role}");
        }
    }
}
