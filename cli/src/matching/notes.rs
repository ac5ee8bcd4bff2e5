//! Notes about likely mistakes in a policy: keys and values that no event has.

use std::collections::BTreeSet;

use serde_json::Value;
use strsim::levenshtein;
use user_events_policy::{FilterPolicy, Scope};

use super::judged::Candidate;
use crate::printable::printable;

/// The keys of which the examples of all events hold every value.
const ATTRIBUTES: [&str; 5] = [
    "eventType",
    "eventName",
    "eventVersion",
    "category",
    "dataClasses",
];
const BODY: [&str; 1] = ["type"];
/// So many values are listed.
const MOST_LISTED: usize = 6;

/// The values that no event has, of keys that events have.
pub(super) fn values<'c>(
    policy: &FilterPolicy,
    scope: Scope,
    all: impl Iterator<Item = &'c Candidate>,
) -> Vec<String> {
    let all: Vec<_> = all.collect();
    let complete = match scope {
        Scope::Attributes => &ATTRIBUTES[..],
        Scope::Body => &BODY,
    };
    let unmet = policy.sought().into_iter().filter_map(|(path, sought)| {
        let [key] = path[..] else { return None };
        if !complete.contains(&key) {
            return None;
        }
        let known: Vec<&Value> = all
            .iter()
            .flat_map(|candidate| candidate.message.values(scope, &path))
            .collect();
        if known.iter().any(|value| sought.is(value)) {
            return None;
        }
        let texts: BTreeSet<String> = known.into_iter().map(plain).collect();
        let near = sought.text().and_then(|text| nearest(text, &texts));
        let hint = match near {
            Some(near) => format!("; did you mean `{near}`?"),
            None if texts.len() <= MOST_LISTED => {
                let texts: Vec<_> = texts.iter().map(String::as_str).collect();
                format!("; its values are {}", texts.join(", "))
            }
            None => "; `user-events catalog` lists the events".to_owned(),
        };
        Some(printable(&format!("no event has {sought} in `{key}`{hint}")))
    });
    unmet.collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The known text that is most like this one. `None` if none is like it: at most a third of the letters may differ.
fn nearest<'a>(text: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let distance = |known: &&String| levenshtein(&lower, &known.to_lowercase());
    let near = known.iter().min_by_key(distance)?;
    (distance(&near) * 3 <= lower.chars().count()).then_some(near.as_str())
}

/// The keys that no event has.
pub(super) fn keys(policy: &FilterPolicy, scope: Scope, candidates: &[Candidate]) -> Vec<String> {
    let classes: BTreeSet<_> = candidates
        .iter()
        .flat_map(|candidate| candidate.registration.classes())
        .collect();
    let unknown = policy.paths().into_iter().filter_map(|path| {
        let key = path.join(".");
        if scope == Scope::Body && path.len() > 2 && path[0] == "data" && classes.contains(path[1]) {
            return Some(format!(
                "`{key}` is sealed (encrypted); SNS cannot see inside `{}`",
                path[1]
            ));
        }
        let has = |candidate: &Candidate| candidate.message.has(scope, &path);
        let known = candidates.iter().any(has);
        let rare = scope == Scope::Attributes && key == "replay";
        (!known && !rare).then(|| match scope {
            Scope::Attributes => {
                format!("no event has the message attribute `{key}`; docs/envelope.md lists them")
            }
            Scope::Body => format!(
                "no event's example has `{key}` in its body; `user-events catalog show` lists the fields"
            ),
        })
    });
    unknown.collect()
}
