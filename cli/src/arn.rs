//! The ARNs with which a publisher in another account is named.

use anyhow::{Context, Result, ensure};
use user_events_catalog::CATEGORIES;

/// The end of the name of a FIFO topic.
const FIFO: &str = ".fifo";
/// The digits of the id of an account.
const ACCOUNT: usize = 12;

/// The ARN of a topic of user-events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicArn {
    arn: String,
    category: &'static str,
}

/// The ARN of a KMS key, in any account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KmsKey(String);

/// The ARN of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableArn(String);

/// The ARN of the seal key of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyArn(String);

/// The name of the table in the ARN of its stream. `None` if it is no such ARN.
pub(crate) fn table_of_stream(stream_arn: &str) -> Option<&str> {
    let (_, after) = stream_arn.split_once(":table/")?;
    after.split('/').next()
}

impl TopicArn {
    /// Fails when it is not the ARN of a topic, and when its name does not end with a category.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let name = resource(text, "sns").context(
            "it must be the ARN of a topic, such as arn:aws:sns:eu-west-1:111111111111:user-events-prod-account.fifo",
        )?;
        let ending = |category: &str| {
            let stack = name
                .trim_end_matches(FIFO)
                .strip_suffix(category)?
                .strip_suffix('-')?;
            (!stack.is_empty()).then_some(())
        };
        let category = CATEGORIES.iter().find(|category| ending(category.name).is_some());
        let category = category.with_context(|| {
            let names: Vec<_> = CATEGORIES.iter().map(|category| category.name).collect();
            format!(
                "it must be the ARN of a topic of user-events: its name ends with one of the categories {}",
                names.join(", ")
            )
        })?;
        Ok(Self {
            arn: text.to_owned(),
            category: category.name,
        })
    }

    /// The whole ARN.
    pub(crate) fn as_str(&self) -> &str {
        &self.arn
    }

    /// The category of its events.
    pub(crate) fn category(&self) -> &'static str {
        self.category
    }

    /// The region of the topic.
    pub(crate) fn region(&self) -> &str {
        region(&self.arn)
    }

    /// Whether the topic keeps the order of each message group.
    pub(crate) fn is_fifo(&self) -> bool {
        self.arn.ends_with(FIFO)
    }
}

impl KmsKey {
    /// Fails when it is not the ARN of a key.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let id = resource(text, "kms").and_then(|resource| resource.strip_prefix("key/"));
        id.filter(|id| !id.is_empty()).context(
            "it must be the ARN of a key, such as \
             arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-4000-8000-000000000000",
        )?;
        Ok(Self(text.to_owned()))
    }
}

impl TableArn {
    /// Fails when it is not the ARN of a table.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let name = resource(text, "dynamodb").and_then(|resource| resource.strip_prefix("table/"));
        name.filter(|name| !name.is_empty() && !name.contains('/'))
            .context(
                "it must be the ARN of a table, such as \
             arn:aws:dynamodb:eu-west-1:111111111111:table/user-events-prod-subject-keys",
            )?;
        Ok(Self(text.to_owned()))
    }
}

impl From<KmsKey> for String {
    fn from(key: KmsKey) -> Self {
        key.0
    }
}

impl From<TableArn> for String {
    fn from(table: TableArn) -> Self {
        table.0
    }
}

impl KeyArn {
    /// The key of the publisher with this topic.
    ///
    /// Fails when it is not the ARN of a key, and when the key is in another account or region than the topic.
    pub(crate) fn parse(text: &str, topic: &TopicArn) -> Result<Self> {
        KmsKey::parse(text)?;
        ensure!(
            [1, 3, 4]
                .iter()
                .all(|place| part(text, *place) == part(topic.as_str(), *place)),
            "the seal key must be in the account and region of the topic"
        );
        Ok(Self(text.to_owned()))
    }

    /// The whole ARN.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The region in an ARN; empty if it has none.
pub(crate) fn region(arn: &str) -> &str {
    part(arn, 3)
}

/// The id of the account in an ARN; empty if it has none.
pub(crate) fn account(arn: &str) -> &str {
    part(arn, 4)
}

/// The last part of an ARN: the name of a topic, a queue or a function.
pub(crate) fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// A part of an ARN: `arn:partition:service:region:account:resource`.
fn part(arn: &str, place: usize) -> &str {
    arn.split(':').nth(place).unwrap_or_default()
}

/// The resource, if it is an ARN of this service with a region and an account.
fn resource<'a>(arn: &'a str, service: &str) -> Option<&'a str> {
    let letters = |text: &str, also: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || also.contains(letter))
    };
    let mut parts = arn.splitn(6, ':');
    let is_one = parts.next() == Some("arn")
        && parts.next()?.starts_with("aws")
        && parts.next() == Some(service)
        && letters(parts.next()?, "-")
        && parts
            .next()
            .is_some_and(|id| id.len() == ACCOUNT && id.bytes().all(|digit| digit.is_ascii_digit()));
    parts
        .next()
        .filter(|resource| is_one && letters(resource, "-_./"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_of_a_topic_has_a_region_a_category_and_a_type() {
        for (arn, region, category, is_fifo) in [
            (
                "arn:aws:sns:eu-west-1:111111111111:user-events-prod-account.fifo",
                "eu-west-1",
                "account",
                true,
            ),
            (
                "arn:aws-us-gov:sns:us-gov-west-1:111111111111:u-access",
                "us-gov-west-1",
                "access",
                false,
            ),
            (
                "arn:aws-cn:sns:cn-north-1:111111111111:a-profile-authentication.fifo",
                "cn-north-1",
                "authentication",
                true,
            ),
        ] {
            let topic = TopicArn::parse(arn).unwrap();
            assert_eq!((topic.as_str(), account(arn)), (arn, "111111111111"));
            assert_eq!(
                (topic.region(), topic.category(), topic.is_fifo()),
                (region, category, is_fifo)
            );
        }
    }

    #[test]
    fn what_is_no_topic_of_user_events_is_refused_without_being_quoted() {
        for (wrong, reason) in [
            ("", "ARN of a topic"),
            ("user-events-secret-account.fifo", "ARN of a topic"),
            (
                "arn:aws:sqs:eu-west-1:111111111111:secret-account",
                "ARN of a topic",
            ),
            (
                "arn:gcp:sns:eu-west-1:111111111111:secret-account",
                "ARN of a topic",
            ),
            ("arn:aws:sns::111111111111:secret-account", "ARN of a topic"),
            (
                "arn:aws:sns:eu-west-1:11111111111:secret-account",
                "ARN of a topic",
            ),
            (
                "arn:aws:sns:eu-west-1:1111111111111:secret-account",
                "ARN of a topic",
            ),
            (
                "arn:aws:sns:eu-west-1:111111111111:secret-account:more",
                "ARN of a topic",
            ),
            (
                "arn:aws:sns:eu-west-1:111111111111:secret-orders.fifo",
                "categories account",
            ),
            (
                "arn:aws:sns:eu-west-1:111111111111:account.fifo",
                "categories account",
            ),
            (
                "arn:aws:sns:eu-west-1:111111111111:secretaccount",
                "categories account",
            ),
        ] {
            let error = TopicArn::parse(wrong).unwrap_err().to_string();
            assert!(
                error.contains(reason) && !error.contains("secret"),
                "{wrong}: {error}"
            );
        }
    }

    #[test]
    fn a_key_is_in_the_account_and_region_of_the_topic() {
        let topic = TopicArn::parse("arn:aws:sns:eu-west-1:111111111111:u-account.fifo").unwrap();
        let arn = "arn:aws:kms:eu-west-1:111111111111:key/0000-1";
        assert_eq!(KeyArn::parse(arn, &topic).unwrap().as_str(), arn);
        for (wrong, reason) in [
            (
                "arn:aws:kms:eu-west-1:222222222222:key/0000-1",
                "account and region",
            ),
            (
                "arn:aws:kms:eu-west-2:111111111111:key/0000-1",
                "account and region",
            ),
            (
                "arn:aws-cn:kms:eu-west-1:111111111111:key/0000-1",
                "account and region",
            ),
            ("arn:aws:kms:eu-west-1:111111111111:alias/seal", "ARN of a key"),
            ("arn:aws:kms:eu-west-1:111111111111:key/", "ARN of a key"),
            ("0000-1", "ARN of a key"),
        ] {
            let error = KeyArn::parse(wrong, &topic).unwrap_err().to_string();
            assert!(error.contains(reason), "{wrong}: {error}");
        }
    }
}
