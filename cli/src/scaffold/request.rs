//! The options, checked against the catalog.

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};
use user_events_catalog::CATEGORIES;

use super::files::Language;
use super::options::{Kind, SubscriberOptions};

/// A valid request for a subscriber.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its language.
    pub language: Language,
    /// Its name.
    pub name: String,
    /// The publisher's stage.
    pub stage: String,
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

const MAX_NAME: usize = 40;

impl Request {
    /// Checks the options.
    ///
    /// Fails when the name is not valid, when a category, event type or class is not in the catalog, when no chosen event has a
    /// class, and for a FIFO queue behind a standard topic.
    pub fn new(options: &SubscriberOptions) -> Result<Self> {
        check_name(&options.name)?;
        let Some(category) = CATEGORIES
            .iter()
            .find(|category| category.name == options.category)
        else {
            let known: Vec<_> = CATEGORIES.iter().map(|category| category.name).collect();
            bail!(
                "--category: no such category; the categories are {}",
                known.join(", ")
            );
        };
        let known: BTreeSet<_> = category
            .events
            .iter()
            .map(|event| event.event_type().as_str())
            .collect();
        if let Some(place) = options
            .events
            .iter()
            .position(|event| !known.contains(event.as_str()))
        {
            let known: Vec<_> = known.into_iter().collect();
            bail!(
                "--events: number {} is not an event type of {}; its event types are {}",
                place + 1,
                category.name,
                known.join(", ")
            );
        }
        let chosen = category.events.iter().filter(|event| {
            options.events.is_empty()
                || options
                    .events
                    .iter()
                    .any(|wanted| wanted == event.event_type().as_str())
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
            options.queue == Kind::Standard || options.topic == Kind::Fifo,
            "a standard topic delivers to standard queues only; add --queue standard"
        );
        Ok(Self {
            language: options.language,
            name: options.name.clone(),
            stage: options.stage.clone(),
            category: category.name,
            events: options.events.clone(),
            classes: options.classes.clone(),
            queue: options.queue,
            topic: options.topic,
        })
    }

    /// The parameters of the subscriber's template.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let kind = |kind: Kind| match kind {
            Kind::Fifo => "fifo",
            Kind::Standard => "standard",
        };
        vec![
            ("Name", self.name.clone()),
            ("Stage", self.stage.clone()),
            ("Category", self.category.to_owned()),
            ("TopicType", kind(self.topic).to_owned()),
            ("QueueType", kind(self.queue).to_owned()),
            ("EventTypes", self.events.join(",")),
            ("Classes", self.classes.join(",")),
        ]
    }
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
            stage: "dev".to_owned(),
            category: "account".to_owned(),
            events: vec!["UserRegisteredEventV1".to_owned()],
            classes: vec!["contact".to_owned()],
            queue: Kind::Fifo,
            topic: Kind::Fifo,
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
    fn an_unknown_name_is_refused_with_the_names_of_the_catalog() {
        let refused = |change: fn(&mut SubscriberOptions)| request(change).unwrap_err().to_string();
        assert!(refused(|options| options.category = "orders".to_owned()).contains("account"));
        assert!(
            refused(|options| options.events.push("UserRegisterd".to_owned()))
                .contains("UserRegisteredEventV1")
        );
        assert!(refused(|options| options.classes.push("address".to_owned())).contains("they have contact"));
        assert!(
            refused(|options| options.events = vec!["UserDeletedEventV1".to_owned()])
                .contains("omit --classes")
        );
        assert!(refused(|options| options.topic = Kind::Standard).contains("--queue standard"));
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
