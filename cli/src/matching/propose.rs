//! `user-events match --propose`: the smallest filter policy for chosen events.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use user_events_core::{Publication, Registration};
use user_events_local::console::{Console, Style};
use user_events_policy::{FilterPolicy, Scope, Verdict};

use super::judged::{Candidate, candidates};
use crate::names::{event, registrations};

/// The events that a policy should let through.
#[derive(Debug)]
pub(super) struct Choice {
    /// Names: every version.
    names: Vec<&'static str>,
    /// Types: this version alone.
    types: Vec<&'static str>,
    /// The events of one of these categories that have one of these classes. An empty list means any.
    categories: Vec<&'static str>,
    classes: Vec<&'static str>,
}

impl Choice {
    /// The events with these names, and those of the categories and with the classes.
    ///
    /// Fails when there is no such event or class, and when nothing is chosen. The error lists or suggests some.
    pub(super) fn new(events: &[String], categories: &[&'static str], classes: &[String]) -> Result<Self> {
        let mut choice = Self {
            names: Vec::new(),
            types: Vec::new(),
            categories: categories.to_vec(),
            classes: classes
                .iter()
                .map(|class| known_class(class))
                .collect::<Result<_>>()?,
        };
        if events.is_empty() && categories.is_empty() && classes.is_empty() {
            bail!(
                "no event is chosen; name events such as --propose UserRegistered,UserDeleted, or add --category or \
                 --class"
            );
        }
        for name in events {
            let (_, registration) = event(name)?;
            let event_type = registration.event_type();
            if !registrations().any(|(_, one)| one.event_type() == event_type) {
                bail!("{name} goes to no topic, so no filter policy is asked about it");
            }
            if has_version(name) {
                choice.types.push(event_type.as_str());
            } else {
                choice.names.push(event_type.name());
            }
        }
        // What is chosen in another way needs no rule of its own.
        let in_group = |chosen: &Choice, fits: &dyn Fn(&Registration) -> bool| {
            let mut fitting = registrations().filter(|(_, one)| fits(one)).peekable();
            fitting.peek().is_some() && fitting.all(|(category, one)| chosen.is_of_group(category, one))
        };
        let names = choice.names.iter().copied();
        let names: BTreeSet<_> = names
            .filter(|name| !in_group(&choice, &|one| one.event_type().name() == *name))
            .collect();
        let types = choice.types.iter().copied();
        let types: BTreeSet<_> = types
            .filter(|event_type| !in_group(&choice, &|one| one.event_type().as_str() == *event_type))
            .filter(|event_type| {
                !registrations().any(|(_, one)| {
                    one.event_type().as_str() == *event_type && names.contains(one.event_type().name())
                })
            })
            .collect();
        choice.names = names.into_iter().collect();
        choice.types = types.into_iter().collect();
        Ok(choice)
    }

    fn has_group(&self) -> bool {
        !self.categories.is_empty() || !self.classes.is_empty()
    }

    fn is_of_group(&self, category: &str, registration: &Registration) -> bool {
        let classes = registration.classes();
        self.has_group()
            && (self.categories.is_empty() || self.categories.contains(&category))
            && (self.classes.is_empty() || self.classes.iter().any(|class| classes.contains(class)))
    }

    /// Whether the event is chosen.
    fn has(&self, candidate: &Candidate) -> bool {
        let event_type = candidate.registration.event_type();
        self.names.contains(&event_type.name())
            || self.types.contains(&event_type.as_str())
            || self.is_of_group(candidate.category, candidate.registration)
    }

    /// The smallest policy that says the choice.
    fn policy(&self, scope: Scope) -> Value {
        let parts = match scope {
            Scope::Attributes => self.parts_of_attributes(),
            Scope::Body => self.parts_of_the_body(),
        };
        match <[Value; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => json!({ "$or": parts }),
        }
    }

    fn parts_of_attributes(&self) -> Vec<Value> {
        let mut parts = Vec::new();
        for (key, values) in [("eventName", &self.names), ("eventType", &self.types)] {
            if !values.is_empty() {
                parts.push(json!({ key: values }));
            }
        }
        if self.has_group() {
            let mut group = Map::new();
            for (key, values) in [("category", &self.categories), ("dataClasses", &self.classes)] {
                if !values.is_empty() {
                    group.insert(key.to_owned(), json!(values));
                }
            }
            parts.push(Value::Object(group));
        }
        parts
    }

    /// The body names neither the category nor the name without its version.
    fn parts_of_the_body(&self) -> Vec<Value> {
        let any_version = |name: &&str| json!({ "prefix": format!("{name}EventV") });
        let mut types: Vec<Value> = self.names.iter().map(any_version).collect();
        types.extend(self.types.iter().map(|event_type| json!(event_type)));
        let mut parts = Vec::new();
        match (self.categories.as_slice(), self.classes.as_slice()) {
            ([], classes) => {
                let has = |class: &&str| json!({ "data": { *class: { "sealed": [{ "exists": true }] } } });
                parts.extend(classes.iter().map(has));
            }
            _ => {
                let group = registrations().filter(|(category, one)| self.is_of_group(category, one));
                let names: BTreeSet<_> = group.map(|(_, one)| one.event_type().name()).collect();
                types.extend(names.iter().map(any_version));
            }
        }
        if !types.is_empty() {
            parts.insert(0, json!({ "type": types }));
        }
        parts
    }
}

/// Prints the policy, and says what it lets through. Succeeds if that is exactly the choice.
///
/// Fails when SNS would refuse the policy.
pub(super) fn run(choice: &Choice, scope: Scope, out: &Console, progress: &Console) -> Result<ExitCode> {
    let text = serde_json::to_string(&choice.policy(scope))?;
    let policy = FilterPolicy::parse(&text, scope)?;
    out.line(&text);
    let all: Vec<_> = candidates(&Publication::default()).collect();
    let through = |candidate: &&Candidate| policy.judge(&candidate.message) == Verdict::Through;
    let types = |wanted: &dyn Fn(&&Candidate) -> bool| -> Vec<&str> {
        let wanted = all.iter().filter(wanted);
        wanted.map(|one| one.registration.event_type().as_str()).collect()
    };
    let chosen = types(&|one| choice.has(one));
    let others = types(&|one| through(one) && !choice.has(one));
    let missed = types(&|one| !through(one) && choice.has(one));
    progress.line(format_args!(
        "FilterPolicyScope {}; lets through {} of {} events: {}",
        scope.attribute_value(),
        chosen.len() - missed.len() + others.len(),
        all.len(),
        chosen.join(", ")
    ));
    let note = |text: String| {
        progress.line(format_args!("{} {text}", progress.paint(Style::Bad, "note:")));
    };
    if !others.is_empty() {
        note(format!(
            "it lets through more than you chose: {}",
            others.join(", ")
        ));
    }
    if !missed.is_empty() {
        note(format!("it keeps out what you chose: {}", missed.join(", ")));
    }
    if !choice.names.is_empty() {
        note(format!(
            "it takes later versions of {0}, too; name the type, such as {0}EventV1, to have one version alone",
            choice.names[0]
        ));
    }
    Ok(if others.is_empty() && missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether the name is of one version: a type, or a name with its version.
fn has_version(name: &str) -> bool {
    let digits = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    digits.len() < name.len() && digits.to_ascii_lowercase().ends_with('v')
}

fn known_class(name: &str) -> Result<&'static str> {
    let known: BTreeSet<_> = registrations()
        .flat_map(|(_, registration)| registration.classes())
        .collect();
    match known.iter().find(|class| class.eq_ignore_ascii_case(name.trim())) {
        Some(class) => Ok(class),
        None => {
            let known: Vec<_> = known.into_iter().collect();
            bail!(
                "there is no such data class; the classes are {}",
                known.join(", ")
            )
        }
    }
}
