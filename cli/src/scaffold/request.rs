//! The options, checked against the catalog.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use user_events_catalog::CATEGORIES;
use user_events_core::Category;
use user_events_local::clients::REGION;

use super::files::Language;
use super::late::Late;
use super::options::{Kind, SubscriberOptions};
use super::subject_keys::SubjectKeys;
use crate::arn::{KeyArn, TopicArn};
use crate::{names, parameter};

/// A valid request for a subscriber.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its language.
    pub language: Language,
    /// Its name.
    pub name: String,
    /// The publisher.
    pub(super) publisher: Publisher,
    /// Where the publisher keeps the keys of persons, as far as the options say.
    pub(super) subject_keys: Option<SubjectKeys>,
    /// Who may send it the state of all rows, if it joins late.
    pub(super) late: Option<Late>,
    /// The category.
    pub category: &'static str,
    /// The event types; empty for all.
    pub events: Vec<String>,
    /// The classes to open.
    pub classes: Vec<String>,
    /// The type of its queue.
    pub queue: Kind,
    /// The type of the topic.
    pub topic: Kind,
}

/// How the publisher is found.
#[derive(Debug, Clone)]
pub(super) enum Publisher {
    /// It is in the same account, with this stage.
    Stage(String),
    /// It may be in another account.
    Topic {
        arn: TopicArn,
        /// The key with which personal data is encrypted; absent if no class is opened.
        seal_key: Option<KeyArn>,
    },
}

const MAX_NAME: usize = 40;

impl Request {
    /// Checks the options.
    ///
    /// Fails when the name or an ARN is not valid, when a category, event type or class is not in the catalog, when no chosen event has a
    /// class, and for a FIFO queue behind a standard topic.
    pub fn new(options: &SubscriberOptions) -> Result<Self> {
        check_name(&options.name)?;
        let publisher = Publisher::new(options)?;
        let (category, topic) = match &publisher {
            Publisher::Stage(_) => (options.category.as_str(), options.topic),
            Publisher::Topic { arn, .. } if arn.is_fifo() => (arn.category(), Kind::Fifo),
            Publisher::Topic { arn, .. } => (arn.category(), Kind::Standard),
        };
        let Some(category) = CATEGORIES.iter().find(|known| known.name == category) else {
            let known: Vec<_> = CATEGORIES.iter().map(|category| category.name).collect();
            bail!(
                "--category: no such category; the categories are {}",
                known.join(", ")
            );
        };
        let events = events(category, &options.events)?;
        let chosen = category.events.iter().filter(|event| {
            events.is_empty() || events.iter().any(|wanted| wanted == event.event_type().as_str())
        });
        let sealed: BTreeSet<_> = chosen.flat_map(|event| event.classes()).collect();
        if let Some(place) = options
            .classes
            .iter()
            .position(|class| !sealed.contains(class.as_str()))
        {
            let sealed: Vec<_> = sealed.into_iter().collect();
            bail!(
                "--classes: number {} is sealed in none of the chosen events; {}",
                place + 1,
                match sealed.as_slice() {
                    [] => "they have no sealed classes, so omit --classes".to_owned(),
                    sealed => format!("they have {}", sealed.join(", ")),
                }
            );
        }
        ensure!(
            options.queue == Kind::Standard || topic == Kind::Fifo,
            "a standard topic delivers to standard queues only; add --queue standard"
        );
        Ok(Self {
            language: options.language,
            name: options.name.clone(),
            publisher,
            subject_keys: SubjectKeys::named(options)?,
            late: Late::named(options)?,
            category: category.name,
            events,
            classes: options.classes.clone(),
            queue: options.queue,
            topic,
        })
    }

    /// The region of the deployment, if it is known.
    pub(super) fn region(&self) -> Option<&str> {
        match &self.publisher {
            Publisher::Stage(_) => None,
            Publisher::Topic { arn, .. } => Some(arn.region()),
        }
    }

    /// Where to deploy it.
    pub(super) fn destination(&self) -> String {
        match self.region() {
            None => "into the account and region of the publisher".to_owned(),
            Some(region) => {
                format!("into your account, in {region}, after the publisher allowed your account")
            }
        }
    }

    /// The publisher, in a sentence of Markdown.
    pub(super) fn publisher_in_words(&self) -> String {
        match &self.publisher {
            Publisher::Stage(stage) => format!("the stage `{stage}`"),
            Publisher::Topic { arn, .. } => format!("the topic `{}`", arn.as_str()),
        }
    }

    /// The parameters of the subscriber's template.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let kind = |kind: Kind| match kind {
            Kind::Fifo => "fifo",
            Kind::Standard => "standard",
        };
        let (stage, category, topic_arn, seal_key) = match &self.publisher {
            Publisher::Stage(stage) => (stage.as_str(), self.category, "", ""),
            Publisher::Topic { arn, seal_key } => {
                ("", "", arn.as_str(), seal_key.as_ref().map_or("", KeyArn::as_str))
            }
        };
        let mut parameters = vec![
            ("Name", self.name.clone()),
            ("Stage", stage.to_owned()),
            ("Category", category.to_owned()),
            ("TopicArn", topic_arn.to_owned()),
            ("SealKeyArn", seal_key.to_owned()),
            ("TopicType", kind(self.topic).to_owned()),
            ("QueueType", kind(self.queue).to_owned()),
            ("EventTypes", self.events.join(",")),
            ("Classes", self.classes.join(",")),
        ];
        parameters.extend(self.subject_keys.iter().flat_map(SubjectKeys::parameters));
        parameters.extend(self.late.iter().flat_map(Late::parameters));
        parameters
    }
}

impl Publisher {
    /// Fails when an ARN is not valid or missing, and when a local engine is in another region.
    fn new(options: &SubscriberOptions) -> Result<Self> {
        let Some(arn) = &options.topic_arn else {
            let stage = parameter::stage(options.stage.as_deref(), options.endpoint.as_deref());
            return Ok(Self::Stage(stage.to_owned()));
        };
        let arn = TopicArn::parse(arn).context("--topic-arn")?;
        ensure!(
            options.endpoint.is_none() || arn.region() == REGION,
            "--topic-arn: local engines are in the region {REGION}, and the topic is in another"
        );
        let seal_key = options.seal_key_arn.as_deref();
        let seal_key = seal_key.map(|key| KeyArn::parse(key, &arn).context("--seal-key-arn"));
        ensure!(
            seal_key.is_some() || options.classes.is_empty(),
            "--classes: with --topic-arn, name the seal key of the publisher with --seal-key-arn"
        );
        Ok(Self::Topic {
            arn,
            seal_key: seal_key.transpose()?,
        })
    }
}

/// The types of the events that are named.
///
/// Fails when there is no such event, and when it is of another category.
fn events(category: &Category, names: &[String]) -> Result<Vec<String>> {
    let mut types: Vec<String> = Vec::new();
    for (place, name) in (1..).zip(names) {
        let (of, registration) = names::event(name).with_context(|| format!("--events: number {place}"))?;
        let event_type = registration.event_type().as_str();
        ensure!(
            !registration.is_of_snapshot(),
            "--events: number {place}, {event_type}, is a part of a snapshot; --late brings snapshots"
        );
        ensure!(
            of == category.name,
            "--events: number {place}, {event_type}, is not an event type of {} but of {of}; did you mean --category {of}?",
            category.name
        );
        if types.iter().all(|known| known != event_type) {
            types.push(event_type.to_owned());
        }
    }
    Ok(types)
}

/// Checks the name by the pattern in the template.
fn check_name(name: &str) -> Result<()> {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ensure!(
        (1..=MAX_NAME).contains(&name.len())
            && name.bytes().all(letters)
            && name.starts_with(|first: char| first.is_ascii_lowercase()),
        "--name: it must begin with a lower-case letter and have at most {MAX_NAME} lower-case letters, digits and hyphens"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(change: impl FnOnce(&mut SubscriberOptions)) -> Result<Request> {
        let mut options = SubscriberOptions {
            language: Language::Python,
            name: "welcome".to_owned(),
            stage: None,
            topic_arn: None,
            seal_key_arn: None,
            subject_keys_table_arn: None,
            subject_keys_key_arn: None,
            category: "account".to_owned(),
            events: vec!["UserRegisteredEventV1".to_owned()],
            classes: vec!["contact".to_owned()],
            queue: Kind::Fifo,
            topic: Kind::Fifo,
            late: false,
            backfill_role_arns: Vec::new(),
            out: None,
            library: None,
            endpoint: None,
            start: false,
            trial: false,
        };
        change(&mut options);
        Request::new(&options)
    }

    #[test]
    fn the_options_become_the_parameters_of_the_template() {
        let parameters = request(|_| {}).unwrap().parameters();
        let classes = parameters.iter().find(|(name, _)| *name == "Classes");
        assert_eq!(classes, Some(&("Classes", "contact".to_owned())));
        assert!(request(|options| options.events.clear()).is_ok(), "all events");
    }

    #[test]
    fn the_table_of_persons_keys_needs_its_key_and_both_are_arns() {
        let table = "arn:aws:dynamodb:eu-west-1:111111111111:table/user-events-prod-subject-keys";
        let named = |table: Option<&str>, key: Option<&str>| {
            request(|options| {
                options.subject_keys_table_arn = table.map(str::to_owned);
                options.subject_keys_key_arn = key.map(str::to_owned);
            })
        };
        let parameters = named(Some(table), Some(KEY)).unwrap().parameters();
        for (name, value) in [("SubjectKeysTableArn", table), ("SubjectKeysKeyArn", KEY)] {
            assert!(parameters.contains(&(name, value.to_owned())), "{name}");
        }
        let none = named(None, None).unwrap().parameters();
        assert!(none.iter().all(|(name, _)| !name.starts_with("SubjectKeys")));
        for (table, key, reason) in [
            (Some(table), None, "need each other"),
            (None, Some(KEY), "need each other"),
            (
                Some("secret"),
                Some(KEY),
                "--subject-keys-table-arn: it must be the ARN of a table",
            ),
            (
                Some(TOPIC),
                Some(KEY),
                "--subject-keys-table-arn: it must be the ARN of a table",
            ),
            (
                Some(table),
                Some("secret"),
                "--subject-keys-key-arn: it must be the ARN of a key",
            ),
        ] {
            let refused = format!("{:#}", named(table, key).unwrap_err());
            assert!(
                refused.contains(reason) && !refused.contains("secret"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_subscriber_that_joins_late_has_a_snapshot_queue() {
        let role = "arn:aws:iam::111111111111:role/operator";
        let late = |roles: &[&str]| {
            request(|options| {
                options.late = true;
                options.backfill_role_arns = roles.iter().map(|role| (*role).to_owned()).collect();
            })
        };
        let parameters = late(&[role, role]).unwrap().parameters();
        for (name, value) in [
            ("Snapshot", "on".to_owned()),
            ("BackfillRoleArns", format!("{role},{role}")),
        ] {
            assert!(parameters.contains(&(name, value)), "{name}");
        }
        let live = request(|_| {}).unwrap().parameters();
        assert!(live.iter().all(|(name, _)| *name != "Snapshot"));
        let refused = late(&[role, "secret"]).unwrap_err().to_string();
        assert!(
            refused.starts_with("--backfill-role-arns: number 2 ") && !refused.contains("secret"),
            "{refused}"
        );
    }

    const TOPIC: &str = "arn:aws:sns:eu-west-1:111111111111:user-events-prod-account.fifo";
    const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/0000-1";

    #[test]
    fn a_topic_of_another_account_takes_the_place_of_stage_and_category() {
        let parameter = |parameters: &[(&'static str, String)], name| {
            let found = parameters.iter().find(|(found, _)| *found == name);
            found.map(|(_, value)| value.clone()).unwrap()
        };
        let given = request(|options| {
            options.topic_arn = Some(TOPIC.to_owned());
            options.seal_key_arn = Some(KEY.to_owned());
        });
        let given = given.unwrap().parameters();
        for (name, value) in [
            ("Stage", ""),
            ("Category", ""),
            ("TopicArn", TOPIC),
            ("SealKeyArn", KEY),
            ("TopicType", "fifo"),
        ] {
            assert_eq!(parameter(&given, name), value, "{name}");
        }
        let standard = request(|options| {
            options.topic_arn = Some(TOPIC.replace("account.fifo", "access"));
            options.queue = Kind::Standard;
            (options.events, options.classes) = (Vec::new(), Vec::new());
        });
        let standard = standard.unwrap();
        assert_eq!(standard.category, "access");
        assert_eq!(parameter(&standard.parameters(), "TopicType"), "standard");
        let own = request(|_| {}).unwrap().parameters();
        assert_eq!(
            (parameter(&own, "Stage"), parameter(&own, "TopicArn")),
            ("dev".to_owned(), String::new())
        );
    }

    #[test]
    fn an_arn_that_does_not_fit_is_refused_with_the_name_of_its_option() {
        let refused = |topic: &str, key: Option<&str>, endpoint: Option<&str>| {
            let refused = request(|options| {
                options.topic_arn = Some(topic.to_owned());
                options.seal_key_arn = key.map(str::to_owned);
                options.endpoint = endpoint.map(str::to_owned);
            });
            format!("{:#}", refused.unwrap_err())
        };
        let elsewhere = KEY.replace("1111", "2222");
        for (error, reason) in [
            (refused("orders", None, None), "--topic-arn: "),
            (refused(TOPIC, Some("orders"), None), "--seal-key-arn: "),
            (refused(TOPIC, Some(&elsewhere), None), "--seal-key-arn: "),
            (refused(TOPIC, None, None), "--classes: "),
            (
                refused(TOPIC, Some(KEY), Some("http://127.0.0.1:4566")),
                "--topic-arn: local engines",
            ),
            (
                refused(&TOPIC.replace("account", "access"), Some(KEY), None),
                "not an event type of access",
            ),
            (
                refused(&TOPIC.replace(".fifo", ""), Some(KEY), None),
                "--queue standard",
            ),
        ] {
            assert!(error.contains(reason) && !error.contains("orders"), "{error}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names_of_the_catalog() {
        let refused = |change: fn(&mut SubscriberOptions)| request(change).unwrap_err().to_string();
        assert!(refused(|options| options.category = "orders".to_owned()).contains("account"));
        assert!(
            refused(|options| options.events.push("UserRegisterd".to_owned())).contains("--events: number 2")
        );
        assert!(refused(|options| options.classes.push("address".to_owned())).contains("they have contact"));
        assert!(
            refused(|options| options.events = vec!["UserDeletedEventV1".to_owned()])
                .contains("omit --classes")
        );
        assert!(refused(|options| options.topic = Kind::Standard).contains("--queue standard"));
    }

    #[test]
    fn events_are_named_as_in_the_other_commands() {
        let named = |names: &[&str]| {
            request(|options| {
                options.events = names.iter().map(|name| (*name).to_owned()).collect();
                options.classes = Vec::new();
            })
        };
        let types = named(&["userregistered", "User-Deleted", "UserRegisteredV1"])
            .unwrap()
            .events;
        assert_eq!(types, ["UserRegisteredEventV1", "UserDeletedEventV1"]);
        for (name, reason) in [
            ("UserRegisterd", "did you mean UserRegisteredEventV1"),
            ("UserLoggedIn", "did you mean --category authentication?"),
            ("UserAccountSnapshot", "--late brings snapshots"),
        ] {
            let refused = format!("{:#}", named(&[name]).unwrap_err());
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn the_stage_is_that_of_the_demo_on_a_local_engine() {
        let stage = |stage: Option<&str>, endpoint: Option<&str>| {
            let request = request(|options| {
                options.stage = stage.map(str::to_owned);
                options.endpoint = endpoint.map(str::to_owned);
            });
            match request.unwrap().publisher {
                Publisher::Stage(stage) => stage,
                Publisher::Topic { .. } => panic!("no topic was named"),
            }
        };
        let endpoint = Some("http://127.0.0.1:4566");
        assert_eq!(stage(None, None), "dev");
        assert_eq!(stage(None, endpoint), "demo");
        assert_eq!(stage(Some("tests"), endpoint), "tests");
    }

    #[test]
    fn a_name_is_refused_exactly_where_the_template_refuses_it() {
        for (name, fits) in [
            ("a", true),
            (&"a".repeat(40), true),
            (&"a".repeat(41), false),
            ("", false),
            ("1a", false),
            ("Welcome", false),
            ("we come", false),
        ] {
            assert_eq!(
                request(|options| options.name = name.to_owned()).is_ok(),
                fits,
                "{name}"
            );
        }
    }
}
