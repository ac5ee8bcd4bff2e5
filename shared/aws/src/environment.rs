//! Reading environment variables, with all problems gathered.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;
use user_events_core::{Category, Detail, Mapping, Publication, Thin, shapes};

use crate::keys::KeyLimits;

/// All problems of the environment. It names variables, never their values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the environment is not usable: {}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

/// The variables of a function. Reading gathers all problems, and [`Environment::finish`] reports them together.
pub struct Environment<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl<'a> Environment<'a> {
    /// Reads variables with this function.
    pub fn new(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            variable,
            problems: Vec::new(),
        }
    }

    /// What was read.
    ///
    /// Fails with all problems, if there are any.
    pub fn finish<C>(self, read: C) -> Result<C, ConfigError> {
        if self.problems.is_empty() {
            Ok(read)
        } else {
            Err(ConfigError(self.problems))
        }
    }

    /// A variable; `None` when it is absent. An empty variable counts as absent: the template sets optional variables to the empty string.
    pub fn text(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// A variable that must be set; its meaning says to what.
    pub fn required(&mut self, name: &str, meaning: &str) -> String {
        self.text(name).unwrap_or_else(|| {
            self.problems
                .push(format!("{name} is missing: set it to {meaning}"));
            String::new()
        })
    }

    /// A whole number.
    pub fn number<T>(&mut self, name: &str, allowed: RangeInclusive<T>, default: T) -> T
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

    /// `on` or `off`, which is the default.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        match self.text(name).as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(_) => {
                self.problems
                    .push(format!("{name} is neither `on` nor `off`: set it to one of them"));
                false
            }
        }
    }

    /// Texts separated by commas. Empty ones are left out: the template joins optional values.
    pub fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        texts.map(str::to_owned).collect()
    }

    pub(crate) fn topic_arns(&mut self, categories: &[&'static Category]) -> BTreeMap<&'static str, String> {
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

    /// Adds a problem, which names a variable and not its value.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// How the deployment names itself, and how much its events contain: `EVENT_SOURCE`, `SCHEMA_BASE_URI`, `DETAIL` and
    /// `CALLBACK_BASE_URL`.
    pub fn publication(&mut self, categories: &[&'static Category]) -> Publication {
        let standard = Publication::default();
        Publication {
            source: self.text("EVENT_SOURCE").unwrap_or(standard.source),
            schema_base_uri: self.text("SCHEMA_BASE_URI").unwrap_or(standard.schema_base_uri),
            replay: standard.replay,
            detail: self.detail(categories),
        }
    }

    /// How long and how often a data key can be used: `DATA_KEY_MAX_AGE_SECONDS` and `DATA_KEY_MAX_MESSAGES`.
    pub fn key_limits(&mut self) -> KeyLimits {
        KeyLimits {
            max_age: Duration::from_secs(self.number("DATA_KEY_MAX_AGE_SECONDS", 1..=86_400, 300)),
            // Random nonces are safe up to 2^32 messages (NIST SP 800-38D, section 8.3).
            max_messages: self.number("DATA_KEY_MAX_MESSAGES", 1..=4_294_967_296, 1_048_576),
        }
    }

    /// How much the events of these categories contain: `DETAIL` and `CALLBACK_BASE_URL`.
    pub fn detail(&mut self, categories: &[&'static Category]) -> Detail {
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

    /// Whether classes of persons are sealed with their keys, too: `SUBJECT_KEYS` is `on`, which is the default where there
    /// is a table of them.
    pub fn seals_for_persons(&mut self) -> bool {
        let has_table = self.text("SUBJECT_KEYS_TABLE").is_some();
        match self.text("SUBJECT_KEYS").as_deref() {
            None => has_table,
            Some("off" | "prepared") => false,
            Some("on") => {
                if !has_table {
                    let problem =
                        "SUBJECT_KEYS_TABLE is missing: set it to the name of the table of persons' keys";
                    self.problems.push(problem.into());
                }
                has_table
            }
            Some(_) => {
                let problem = "SUBJECT_KEYS is none of `off`, `prepared` and `on`: set it to one of them";
                self.problems.push(problem.into());
                false
            }
        }
    }

    /// The mapping in the file that `MAPPING_FILE` names.
    pub fn mapping(&mut self, categories: &[&'static Category]) -> Option<Mapping> {
        let path = self.text("MAPPING_FILE")?;
        let Ok(text) = std::fs::read_to_string(path) else {
            self.problems.push(
                "MAPPING_FILE names a file that cannot be read: set it to the path of the mapping, or leave it out".into(),
            );
            return None;
        };
        match Mapping::read(&text, &shapes(categories)) {
            Ok(mapping) => Some(mapping),
            Err(problems) => {
                let problems = problems
                    .0
                    .iter()
                    .map(|problem| format!("MAPPING_FILE: {problem}"));
                self.problems.extend(problems);
                None
            }
        }
    }

    /// `SEAL_KEY_ARN`. Thin events seal nothing, so they need no key.
    pub fn seal_key_arn(&mut self, detail: &Detail) -> String {
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
