//! How far the archive of a topic reaches back.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata;
use user_events_core::Time;
use user_events_local::failure::explained;

/// The archive of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Archive {
    /// The earliest time from which SNS can replay. `None` if SNS does not say.
    beginning: Option<Time>,
    /// Whether the topic has an archive.
    is_kept: bool,
}

impl Archive {
    /// Reads the attributes of the topic. `None` if the caller may not.
    ///
    /// Fails when there is no such topic, and when SNS does not answer.
    pub(super) async fn read(sns: &Client, topic_arn: &str) -> Result<Option<Self>> {
        let answer = sns.get_topic_attributes().topic_arn(topic_arn).send().await;
        match answer {
            Ok(answer) => Ok(Some(Self::new(&answer.attributes.unwrap_or_default()))),
            Err(error) if error.code() == Some("AuthorizationError") => Ok(None),
            Err(error) => Err(explained(
                format_args!("the topic {topic_arn} could not be read"),
                "sns:GetTopicAttributes on the topic",
                &error,
            )),
        }
    }

    fn new(attributes: &HashMap<String, String>) -> Self {
        let attribute = |name: &str| attributes.get(name).map(String::as_str).unwrap_or_default();
        Self {
            is_kept: !matches!(attribute("ArchivePolicy"), "" | "{}"),
            beginning: Time::parse(attribute("BeginningArchiveTime")),
        }
    }

    /// Fails when the archive does not hold what was published since that time.
    pub(super) fn serves(&self, topic_arn: &str, since: Time) -> Result<()> {
        ensure!(
            self.is_kept,
            "the topic {topic_arn} keeps no archive, so SNS has nothing to replay; the publisher sets ArchiveDays, and then \
             SNS keeps what is published from that time on"
        );
        if let Some(beginning) = self.beginning {
            ensure!(
                beginning <= since,
                "the archive of {topic_arn} begins at {beginning}, after that time; begin there with --since {beginning}, and \
                 bring older state with `user-events backfill`"
            );
        }
        Ok(())
    }
}

/// Checks that the archives of topics hold what was published since that time.
///
/// Fails when one does not, and when its attributes cannot be read.
pub(crate) async fn archives(sns: &Client, topics: &[&str], since: Time) -> Result<()> {
    for topic_arn in topics {
        let archive = Archive::read(sns, topic_arn).await?.with_context(|| {
            format!("you may not read the topic {topic_arn}; you need sns:GetTopicAttributes on it")
        })?;
        archive.serves(topic_arn, since)?;
    }
    Ok(())
}

/// Whether a topic or a queue keeps the order of each message group: its name ends so (Amazon SQS Developer Guide, *FIFO
/// queue names*).
pub(crate) fn is_fifo(arn: &str) -> bool {
    arn.ends_with(".fifo")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(attributes: &[(&str, &str)]) -> Archive {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Archive::new(&attributes.iter().map(pair).collect())
    }

    #[test]
    fn an_archive_serves_from_its_beginning_on_and_not_before() {
        let kept = ("ArchivePolicy", r#"{"MessageRetentionPeriod":"30"}"#);
        let archive_of = |beginning| archive(&[kept, ("BeginningArchiveTime", beginning)]);
        let beginning = Time::parse("2026-03-01T10:00:00Z").unwrap();
        let before = Time::from_millisecond(beginning.as_millisecond() - 1).unwrap();
        let from = archive_of("2026-03-01T10:00:00.000Z");
        assert!(from.serves("arn:t", beginning).is_ok());
        let error = from.serves("arn:t", before).unwrap_err().to_string();
        assert!(error.contains("begins at 2026-03-01T10:00:00.000Z"), "{error}");
        assert!(archive(&[kept]).serves("arn:t", before).is_ok(), "SNS decides");
        for none in [&[][..], &[("ArchivePolicy", "")], &[("ArchivePolicy", "{}")]] {
            let error = archive(none).serves("arn:t", beginning).unwrap_err().to_string();
            assert!(error.contains("ArchiveDays"), "{error}");
        }
    }
}
