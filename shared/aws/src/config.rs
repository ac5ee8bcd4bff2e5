//! The configuration of a function: environment variables, read once, with all problems reported together.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;
use user_events_core::{Category, Detail, Publication, Thin};

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
}

/// All problems of the environment. It names variables, never their values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the environment is not usable: {}", .0.join("; "))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Reads the configuration of a function that publishes these categories. The topic is in `TOPIC_ARN` for one category,
    /// and in `TOPIC_ARN_<CATEGORY>` for each of several.
    ///
    /// Fails with all problems at once.
    pub fn read(
        categories: &[&'static Category],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut environment = Environment {
            variable: &variable,
            problems: Vec::new(),
        };
        let topic_arns = environment.topic_arns(categories);
        let detail = environment.detail(categories);
        let standard = Publication::default();
        let config = Self {
            topic_arns,
            seal_key_arn: environment.seal_key_arn(&detail),
            parked_queue_url: environment
                .required("PARKED_QUEUE_URL", "the URL of the queue of parked records"),
            publication: Publication {
                source: environment.text("EVENT_SOURCE").unwrap_or(standard.source),
                schema_base_uri: environment
                    .text("SCHEMA_BASE_URI")
                    .unwrap_or(standard.schema_base_uri),
                replay: standard.replay,
                detail,
            },
            // 1 KiB to 1 MiB (Amazon SNS API Reference, SetTopicAttributes, MaximumMessageSize).
            max_message_bytes: environment.number("MAX_MESSAGE_BYTES", 1_024..=1_048_576, 262_144),
            publish_concurrency: environment.number("PUBLISH_CONCURRENCY", 1..=100, 8),
            key_limits: KeyLimits {
                max_age: Duration::from_secs(environment.number("DATA_KEY_MAX_AGE_SECONDS", 1..=86_400, 300)),
                // Random nonces are safe up to 2^32 messages (NIST SP 800-38D, section 8.3).
                max_messages: environment.number("DATA_KEY_MAX_MESSAGES", 1..=4_294_967_296, 1_048_576),
            },
            deadline_margin: Duration::from_millis(environment.number(
                "DEADLINE_MARGIN_MS",
                0..=60_000,
                1_500,
            )),
            origin_region_attribute: environment.text("ORIGIN_REGION_ATTRIBUTE"),
        };
        if environment.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(environment.problems))
        }
    }
}

struct Environment<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl Environment<'_> {
    /// An empty variable counts as absent: the template sets optional variables to the empty string.
    fn text(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str, meaning: &str) -> String {
        self.text(name).unwrap_or_else(|| {
            self.problems
                .push(format!("{name} is missing: set it to {meaning}"));
            String::new()
        })
    }

    fn number<T>(&mut self, name: &str, allowed: RangeInclusive<T>, default: T) -> T
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let Some(text) = self.text(name) else {
            return default;
        };
        match text.parse().ok().filter(|number| allowed.contains(number)) {
            Some(number) => number,
            None => {
                let (least, most) = (allowed.start(), allowed.end());
                self.problems
                    .push(format!("{name} is not a whole number from {least} to {most}"));
                default
            }
        }
    }

    fn topic_arns(&mut self, categories: &[&'static Category]) -> BTreeMap<&'static str, String> {
        let several = categories.len() > 1;
        let mut arns = BTreeMap::new();
        for category in categories {
            let name = if several {
                format!("TOPIC_ARN_{}", category.name.to_uppercase())
            } else {
                "TOPIC_ARN".to_owned()
            };
            let meaning = format!("the ARN of the SNS topic of the {} events", category.name);
            arns.insert(category.name, self.required(&name, &meaning));
        }
        arns
    }

    fn detail(&mut self, categories: &[&'static Category]) -> Detail {
        match self.text("DETAIL").as_deref() {
            None | Some("fat") => Detail::Fat,
            Some("thin") => {
                let meaning = "the base URL of the callbacks of thin events";
                let url = self.required("CALLBACK_BASE_URL", meaning);
                if !url.is_empty() && !is_callback_base(&url) {
                    self.problems.push(
                        "CALLBACK_BASE_URL is not a plain URL: write `https://`, a host and a path without a slash at \
                         the end, and no user, query or fragment"
                            .into(),
                    );
                }
                Detail::Thin(Thin::new(categories, &url))
            }
            Some(_) => {
                self.problems.push(
                    "DETAIL is neither `fat` nor `thin`: set it to one of them, or leave it out".into(),
                );
                Detail::Fat
            }
        }
    }

    /// Thin events seal nothing, so they need no key.
    fn seal_key_arn(&mut self, detail: &Detail) -> String {
        let name = "SEAL_KEY_ARN";
        match detail {
            Detail::Thin(_) => self.text(name).unwrap_or_default(),
            Detail::Fat => self.required(name, "the ARN of the KMS key that seals personal data"),
        }
    }
}

/// Whether callbacks can be built by appending a path: `https://host`, then optionally a port and path segments, and
/// nothing else. (`http::Uri` is more lenient: it drops a fragment, and accepts a user, an empty port and other
/// characters.)
fn is_callback_base(url: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(a, p)| (a, Some(p)));
    let (host, port) = authority
        .split_once(':')
        .map_or((authority, None), |(h, p)| (h, Some(p)));
    let segments = || path.into_iter().flat_map(|path| path.split('/'));
    !host.is_empty()
        && host.chars().all(plain)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && segments().all(|segment| !segment.is_empty() && segment.chars().all(|c| plain(c) || c == '%'))
}

#[cfg(test)]
mod tests {
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
