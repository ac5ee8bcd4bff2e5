//! The configuration of a function: environment variables, read once, with all problems reported together.

use std::collections::BTreeMap;
use std::time::Duration;

use user_events_core::{Category, Mapping, Publication};

use crate::environment::{ConfigError, Environment};
use crate::keys::KeyLimits;

/// What a function must know about its deployment.
#[derive(Debug, Clone)]
pub struct Config {
    /// The topic of every category that the function publishes.
    pub topic_arns: BTreeMap<&'static str, String>,
    /// The KMS key that wraps data keys (`SEAL_KEY_ARN`). It can be empty when the events are thin.
    pub seal_key_arn: String,
    /// The parking-lot queue (`PARKED_QUEUE_URL`).
    pub parked_queue_url: String,
    /// How the deployment names itself, and how much its events contain (`EVENT_SOURCE`, `SCHEMA_BASE_URI`, `DETAIL`,
    /// `CALLBACK_BASE_URL`).
    pub publication: Publication,
    /// The most bytes that a topic accepts in one message and in one call (`MAX_MESSAGE_BYTES`).
    pub max_message_bytes: usize,
    /// The most calls that are under way at once (`PUBLISH_CONCURRENCY`).
    pub publish_concurrency: usize,
    /// How long and how often a data key can be used (`DATA_KEY_MAX_AGE_SECONDS`, `DATA_KEY_MAX_MESSAGES`).
    pub key_limits: KeyLimits,
    /// How long before the deadline of the invocation the work stops (`DEADLINE_MARGIN_MS`).
    pub deadline_margin: Duration,
    /// For global tables, the attribute with the region in which a row was written (`ORIGIN_REGION_ATTRIBUTE`): only writes
    /// of the stream's own region are published.
    pub origin_region_attribute: Option<String>,
    /// The region that publishes rows without that attribute (`ORIGIN_REGION_DEFAULT`). `None`: every region does.
    pub origin_region_default: Option<String>,
    /// Whether up to ten consecutive events of a message group go in one call where ten or more wait (`LANE_BATCHING`).
    pub lane_batching: bool,
    /// The most bytes that the parking-lot queue accepts in one message (`PARKED_MAX_BYTES`).
    pub parked_max_bytes: usize,
    /// The bucket of failures, for records that are larger (`FAILURE_BUCKET`).
    pub failure_bucket: Option<String>,
    /// The streams of the deployment, by their ARNs (`STREAM_ARNS`). The redrive function accepts records of their tables
    /// only.
    pub stream_arns: Vec<String>,
    /// The table of persons' keys (`SUBJECT_KEYS_TABLE`). `None`: nobody can be erased.
    pub subject_keys_table: Option<String>,
    /// Whether classes of persons are sealed with their keys, too (`SUBJECT_KEYS`). If the table is only prepared, its
    /// tombstones become events, and nothing else is done with it.
    pub seals_for_persons: bool,
    /// Which items of the tables are which rows (`MAPPING_FILE`). `None`: all rows have the native shape.
    pub mapping: Option<Mapping>,
}

impl Config {
    /// Reads the configuration of a function that publishes these categories. The topic is in `TOPIC_ARN` for one category,
    /// and in `TOPIC_ARN_<CATEGORY>` for each of several.
    ///
    /// Fails with all problems at once.
    pub fn read(
        categories: &[&'static Category],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut environment = Environment::new(&variable);
        let config = Self::from_environment(categories, &mut environment);
        environment.finish(config)
    }

    /// The same, for a function that can read the tables of a mapping: with the mapping in the file that `MAPPING_FILE` names,
    /// if it names one.
    ///
    /// Fails with all problems at once, those of the mapping included.
    pub fn read_mapped(
        categories: &[&'static Category],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut environment = Environment::new(&variable);
        let config = Self::from_environment(categories, &mut environment);
        let config = config.with_mapping(categories, &mut environment);
        environment.finish(config)
    }

    /// Reads the configuration of a function that publishes redriven records of these categories. It must know the
    /// streams of the deployment, and can read the tables of a mapping.
    ///
    /// Fails with all problems at once, those of the mapping included.
    pub fn read_redrive(
        categories: &[&'static Category],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut environment = Environment::new(&variable);
        let meaning = "the ARNs of the deployment's streams, separated by commas";
        environment.required("STREAM_ARNS", meaning);
        let config = Self::from_environment(categories, &mut environment);
        let mut config = config.with_mapping(categories, &mut environment);
        config.publication.replay = true;
        environment.finish(config)
    }

    fn with_mapping(mut self, categories: &[&'static Category], environment: &mut Environment) -> Self {
        let mapping = environment.mapping(categories);
        self.mapping = match &self.origin_region_attribute {
            Some(attribute) => mapping.map(|mapping| mapping.with_attribute(attribute)),
            None => mapping,
        };
        self
    }

    fn from_environment(categories: &[&'static Category], environment: &mut Environment) -> Self {
        let topic_arns = environment.topic_arns(categories);
        let publication = environment.publication(categories);
        Self {
            topic_arns,
            seal_key_arn: environment.seal_key_arn(&publication.detail),
            parked_queue_url: environment
                .required("PARKED_QUEUE_URL", "the URL of the queue of parked records"),
            publication,
            // 1 KiB to 1 MiB (Amazon SNS API Reference, SetTopicAttributes, MaximumMessageSize).
            max_message_bytes: environment.number("MAX_MESSAGE_BYTES", 1_024..=1_048_576, 262_144),
            publish_concurrency: environment.number("PUBLISH_CONCURRENCY", 1..=100, 8),
            key_limits: environment.key_limits(),
            deadline_margin: Duration::from_millis(environment.number(
                "DEADLINE_MARGIN_MS",
                0..=60_000,
                1_500,
            )),
            origin_region_attribute: environment.text("ORIGIN_REGION_ATTRIBUTE"),
            origin_region_default: environment.text("ORIGIN_REGION_DEFAULT"),
            lane_batching: environment.switch("LANE_BATCHING"),
            // At most 1 MiB (Amazon SQS Developer Guide, Amazon SQS message quotas).
            parked_max_bytes: environment.number("PARKED_MAX_BYTES", 1_024..=1_048_576, 1_048_576),
            failure_bucket: environment.text("FAILURE_BUCKET"),
            stream_arns: environment.list("STREAM_ARNS"),
            subject_keys_table: environment.text("SUBJECT_KEYS_TABLE"),
            seals_for_persons: environment.seals_for_persons(),
            mapping: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use user_events_core::Detail;

    use super::*;

    static ACCOUNT: Category = Category {
        name: "account",
        table: "accounts",
        description: "",
        events: &[],
    };
    static ACCESS: Category = Category {
        name: "access",
        table: "access",
        description: "",
        events: &[],
    };

    fn read(categories: &[&'static Category], variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(categories, |name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn all_problems_are_reported_together_without_a_value() {
        let ConfigError(problems) = read(
            &[&ACCOUNT],
            &[
                ("PUBLISH_CONCURRENCY", "lots"),
                ("MAX_MESSAGE_BYTES", "1023"),
                ("DETAIL", "slim"),
            ],
        )
        .unwrap_err();
        let text = problems.join("\n");
        for name in [
            "TOPIC_ARN",
            "SEAL_KEY_ARN",
            "PARKED_QUEUE_URL",
            "PUBLISH_CONCURRENCY",
            "MAX_MESSAGE_BYTES",
            "DETAIL",
        ] {
            assert_eq!(
                problems
                    .iter()
                    .filter(|problem| problem.starts_with(name))
                    .count(),
                1,
                "{name} in {text}"
            );
        }
        assert!(!text.contains("lots") && !text.contains("slim"), "{text}");
    }

    #[test]
    fn the_problems_of_a_mapping_are_reported_with_those_of_the_other_variables() {
        let variable = |name: &str| (name == "MAPPING_FILE").then(|| "/nowhere/mapping.yaml".to_owned());
        for (read, missing) in [
            (Config::read_mapped(&[&ACCOUNT], variable), "TOPIC_ARN"),
            (Config::read_redrive(&[&ACCOUNT], variable), "STREAM_ARNS"),
        ] {
            let ConfigError(problems) = read.unwrap_err();
            for name in [missing, "SEAL_KEY_ARN", "PARKED_QUEUE_URL", "MAPPING_FILE"] {
                let named = problems.iter().filter(|problem| problem.starts_with(name));
                assert_eq!(named.count(), 1, "{name} in {problems:?}");
            }
            assert!(!problems.concat().contains("nowhere"), "{problems:?}");
        }
    }

    #[test]
    fn a_variable_that_is_absent_or_empty_has_its_default() {
        let required = [
            ("TOPIC_ARN", "t"),
            ("SEAL_KEY_ARN", "k"),
            ("PARKED_QUEUE_URL", "q"),
            ("EVENT_SOURCE", ""),
        ];
        let config = read(&[&ACCOUNT], &required).unwrap();
        assert_eq!(config.publication.source, "/user-service");
        assert_eq!(config.max_message_bytes, 262_144);
        assert_eq!(config.key_limits.max_messages, 1_048_576);
        assert_eq!(config.deadline_margin, Duration::from_millis(1_500));
    }

    const REQUIRED: [(&str, &str); 2] = [("TOPIC_ARN", "t"), ("PARKED_QUEUE_URL", "q")];

    fn thin(url: &str) -> Result<Config, ConfigError> {
        let own = [("DETAIL", "thin"), ("CALLBACK_BASE_URL", url)];
        read(&[&ACCOUNT], &[REQUIRED, own].concat())
    }

    #[test]
    fn thin_events_need_a_callback_and_no_key() {
        let config = thin("https://users.example.com").unwrap();
        assert!(matches!(config.publication.detail, Detail::Thin(_)));
        let ConfigError(problems) = thin("").unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("CALLBACK_BASE_URL is missing"));
        let ConfigError(problems) = read(&[&ACCOUNT], &REQUIRED).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("SEAL_KEY_ARN is missing"));
    }

    #[test]
    fn callbacks_are_below_an_https_url_that_ends_in_no_slash() {
        for url in [
            "https://users.example.com",
            "https://users.example.com:8443",
            "https://example.com/users/v1",
            "https://example.com/a%20b/~c",
        ] {
            assert!(thin(url).is_ok(), "{url}");
        }
        for url in [
            "http://users.example.com",
            "users.example.com",
            "https://",
            "https:///users",
            "https://users.example.com/",
            "https://users.example.com/v1/",
            "https://example.com//v1",
            "https://user:secret@example.com",
            "https://example.com:port",
            "https://example.com:0",
            "https://example.com:",
            "https://example.com/?a=b",
            "https://example.com#a",
            "https://example.com/a b",
            "https://exämple.com",
            "https://example.com\\a",
        ] {
            let ConfigError(problems) = thin(url).unwrap_err();
            assert_eq!(problems.len(), 1, "{url}");
            assert!(problems[0].starts_with("CALLBACK_BASE_URL is not"), "{url}");
            assert!(!problems[0].contains("example"), "{url}");
        }
    }

    #[test]
    fn a_table_of_keys_is_used_unless_it_is_only_prepared() {
        let seals = |variables: &[(&str, &str)]| {
            let read = read(
                &[&ACCOUNT],
                &[&REQUIRED[..], &[("SEAL_KEY_ARN", "k")], variables].concat(),
            );
            read.map(|config| config.seals_for_persons)
        };
        let table = ("SUBJECT_KEYS_TABLE", "persons");
        assert_eq!(seals(&[]), Ok(false));
        assert_eq!(seals(&[("SUBJECT_KEYS", "off")]), Ok(false));
        assert_eq!(seals(&[table]), Ok(true));
        assert_eq!(seals(&[table, ("SUBJECT_KEYS", "on")]), Ok(true));
        assert_eq!(seals(&[table, ("SUBJECT_KEYS", "prepared")]), Ok(false));
        for variables in [
            &[("SUBJECT_KEYS", "on")][..],
            &[table, ("SUBJECT_KEYS", "sometimes")],
        ] {
            let ConfigError(problems) = seals(variables).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].starts_with("SUBJECT_KEYS") && !problems[0].contains("sometimes"));
        }
    }

    #[test]
    fn a_callback_url_does_not_matter_when_events_are_fat() {
        let own = [("SEAL_KEY_ARN", "k"), ("CALLBACK_BASE_URL", "nonsense")];
        let config = read(&[&ACCOUNT], &[REQUIRED, own].concat()).unwrap();
        assert!(matches!(config.publication.detail, Detail::Fat));
    }

    #[test]
    fn several_categories_have_a_topic_each() {
        let required = [
            ("TOPIC_ARN_ACCOUNT", "a"),
            ("TOPIC_ARN_ACCESS", "b"),
            ("SEAL_KEY_ARN", "k"),
            ("PARKED_QUEUE_URL", "q"),
        ];
        let config = read(&[&ACCOUNT, &ACCESS], &required).unwrap();
        assert_eq!(config.topic_arns["account"], "a");
        assert_eq!(config.topic_arns["access"], "b");
    }
}
