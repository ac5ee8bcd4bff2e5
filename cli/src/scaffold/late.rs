//! A subscriber that joins late: it gets the state of all rows first, through a queue of its own, and then the changes.

use anyhow::{Result, ensure};

use super::options::SubscriberOptions;

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
