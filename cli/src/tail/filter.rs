//! Filters events: by SNS as far as one filter policy can express it, and completely on this side.

use anyhow::Result;
use serde_json::{Map, Value, json};
use user_events_consumer::ReceivedEvent;

use super::contradictions;
use super::options::Options;
use crate::matching;
use user_events_local::subscribe::Received;
use user_events_policy::{FilterPolicy, Message, Scope, Verdict};

/// The filter. SNS may take up to 15 minutes to apply a new filter policy (Amazon SNS Developer Guide, *Subscription filter
/// policies*); until then it may deliver more.
#[derive(Debug)]
pub(super) struct Filter {
    /// The filter policy of the subscription.
    server: Option<(Scope, String)>,
    /// The caller's own policy.
    policy: Option<FilterPolicy>,
    types: Vec<&'static str>,
    subjects: Vec<String>,
    classes: Vec<&'static str>,
}

impl Filter {
    /// Fails when the options together let no event through, and when SNS would refuse the caller's policy.
    pub(super) fn new(options: &Options) -> Result<Self> {
        contradictions::check(options)?;
        let text = options
            .filter_policy
            .as_deref()
            .map(matching::policy_text)
            .transpose()?;
        let policy = text
            .as_deref()
            .map(|text| FilterPolicy::parse(text, options.scope))
            .transpose()?;
        let server = match text {
            Some(text) => Some((options.scope, text)),
            // If it is too complex for SNS, only this side filters.
            None => own(options).filter(|(scope, text)| FilterPolicy::parse(text, *scope).is_ok()),
        };
        Ok(Self {
            server,
            policy,
            types: options.types.clone(),
            subjects: options.subject.clone(),
            classes: options.class.clone(),
        })
    }

    /// The filter policy for the subscription.
    pub(super) fn server(&self) -> Option<&(Scope, String)> {
        self.server.as_ref()
    }

    /// Whether a message is shown. A message that is not an event is always reported.
    pub(super) fn lets_through(&self, message: &Received) -> bool {
        if let Some(policy) = &self.policy
            && policy.judge(&seen(message)) != Verdict::Through
        {
            return false;
        }
        let Ok(event) = ReceivedEvent::from_message_body(&message.body) else {
            return true;
        };
        let classes: Vec<_> = event.sealed().map(|(class, _)| class.to_owned()).collect();
        let is_one_of =
            |found: &str, wanted: &[String]| wanted.is_empty() || wanted.iter().any(|one| one == found);
        (self.types.is_empty() || self.types.contains(&event.event_type()))
            && is_one_of(event.subject(), &self.subjects)
            && (self.classes.is_empty()
                || self
                    .classes
                    .iter()
                    .any(|class| classes.iter().any(|one| one == class)))
    }
}

/// The parts of a message that filter policies can see.
fn seen(message: &Received) -> Message {
    let typed = message.attributes.iter().map(|(name, value)| {
        let data_type = message.data_types.get(name).map_or("", String::as_str);
        (name.as_str(), data_type, value.as_str())
    });
    Message::new(typed, &message.body)
}

/// The policy of the options `--type`, `--subject` and `--class`. The subject is only in the body, and a policy looks either
/// at the attributes or at the body.
fn own(options: &Options) -> Option<(Scope, String)> {
    let mut policy = Map::new();
    let mut key = |name: &str, values: Value| {
        if values.as_array().is_some_and(|values| !values.is_empty()) {
            policy.insert(name.to_owned(), values);
        }
    };
    let scope = if options.subject.is_empty() {
        key("eventType", json!(options.types));
        key("dataClasses", json!(options.class));
        Scope::Attributes
    } else {
        key("type", json!(options.types));
        key("subject", json!(options.subject));
        Scope::Body
    };
    (!policy.is_empty()).then(|| (scope, Value::Object(policy).to_string()))
}
