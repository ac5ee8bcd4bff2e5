//! Plants a weakening in each statement, one at a time (mutation testing). A decision of the table must change.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value, json};

use super::cloud::{Cloud, INVENTED};
use super::judge::Place;
use super::table::{Row, Table, broken};

type Change = Box<dyn Fn(&Value) -> Option<Value>>;

/// A change of a statement, and what it is.
struct Weakening {
    what: String,
    change: Change,
}

/// Weakenings that change no decision, with the reason. Each entry must excuse one.
const HARMLESS: &[Harmless] = &[
    Harmless {
        at: "infra/messaging.yaml: *TopicPolicy: FunctionsPublish",
        what: &["dropped", "for everybody", "without the principal *"],
        because: "the functions' own policies grant it as well, and NobodyElsePublishes keeps all others out",
    },
    Harmless {
        at: "infra/*: Permissions: Publish",
        what: &["without the action \"sns:Publish\""],
        because: "the policies of the topics grant it as well",
    },
    Harmless {
        at: "infra/messaging.yaml: *TopicPolicy: AccountsSubscribe",
        what: &["without the principal \"111111111111\""],
        because: "in the own account, IAM alone is enough",
    },
    Harmless {
        at: "infra/messaging.yaml: *TopicPolicy: NobodyElseSubscribes",
        what: &["dropped"],
        because: "nobody else is allowed to, either; it keeps the policy narrow if a statement is added",
    },
    Harmless {
        at: "infra/*: *QueuePolicy: Only*",
        what: &["without the condition Null aws:PrincipalArn"],
        because: "no service of AWS is allowed here; the condition keeps the deny away from what SQS itself moves",
    },
    Harmless {
        at: "infra/parking.yaml: RedriveQueuePolicy: OnlyFunctionOperatorsAndErasersRead",
        what: &[
            "without \"arn:aws:iam::111111111111:role/users-Roles-OperatorRole\" in the condition ArnNotLike aws:PrincipalArn",
        ],
        because: "the operator's role that the stack creates has no grant to read the redrive queue; others may",
    },
    Harmless {
        at: "infra/subscriber.yaml: ReadQueue: DecryptQueue",
        what: &["dropped"],
        because: "SetAside: EncryptDeadLetters grants it as well, on the same key",
    },
    Harmless {
        at: "infra/subscriber.yaml: SetAside: EncryptDeadLetters",
        what: &["without the action \"kms:Decrypt\""],
        because: "ReadQueue: DecryptQueue grants it as well, on the same key",
    },
    Harmless {
        at: "infra/backfill.yaml: Permissions: *Snapshot",
        what: &["without the resource \"arn:aws:*:eu-west-1:111111111111:*"],
        because: "in the own account, the policies of the snapshot queue and of its key grant it as well",
    },
    Harmless {
        at: "docs/permissions.md: deployer: KeysOfTheStack",
        what: &["on every resource"],
        because: "the condition names the keys of the stack",
    },
];

/// Weakenings that change no decision.
struct Harmless {
    /// The place; `*` matches any text.
    at: &'static str,
    /// The weakenings; `*` matches any text.
    what: &'static [&'static str],
    because: &'static str,
}

impl Harmless {
    fn excuses(&self, place: &Place, what: &str) -> bool {
        like(&place.to_string(), self.at) && self.what.iter().any(|pattern| like(what, pattern))
    }
}

/// Whether a text is like a pattern, in which `*` matches any text.
fn like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((beginning, rest)) => {
            let Some(after) = text.strip_prefix(beginning) else {
                return false;
            };
            let mut ends = after.char_indices().map(|(at, _)| at).chain([after.len()]);
            ends.any(|at| like(&after[at..], rest))
        }
    }
}

/// The weakenings that no row notices, and the entries of [`HARMLESS`] that excuse nothing.
pub(super) fn unnoticed(clouds: &BTreeMap<&'static str, Cloud>, table: &Table) -> Result<Vec<String>> {
    let mut places: BTreeMap<Place, Vec<(&'static str, Value)>> = BTreeMap::new();
    for (setting, cloud) in clouds {
        for statement in cloud.statements().filter(|one| one.place.file != INVENTED) {
            let found = places.entry(statement.place.clone()).or_default();
            let known = found
                .iter()
                .any(|(other, raw)| other == setting && *raw == statement.raw);
            if !known {
                found.push((setting, statement.raw.clone()));
            }
        }
    }
    let mut missed = Vec::new();
    let mut harmless = BTreeSet::new();
    for (place, found) in &places {
        let attached = found.iter().any(|(_, raw)| raw.get("Principal").is_some());
        let examples: Vec<_> = found.iter().map(|(_, raw)| raw).collect();
        let settings: BTreeSet<_> = found.iter().map(|(setting, _)| *setting).collect();
        let concerned: Vec<_> = settings
            .into_iter()
            .map(|setting| concerned(place, setting, &clouds[setting], table))
            .collect();
        let all = weakenings(&examples, attached).into_iter();
        // A deployer may do nearly everything to the stack. Its actions are those of the handlers of CloudFormation, which
        // are not judged one by one.
        let whole = |one: &Weakening| ["dropped", "on every resource"].contains(&one.what.as_str());
        for weakening in all.filter(|one| place.resource != "deployer" || whole(one)) {
            let noticed = is_noticed(place, &weakening, &concerned)?;
            let excuse = HARMLESS
                .iter()
                .position(|one| one.excuses(place, &weakening.what));
            match excuse {
                None if !noticed => missed.push(format!("{place}: {}", weakening.what)),
                Some(excuse) if !noticed => {
                    harmless.insert(excuse);
                }
                _ => {}
            }
        }
    }
    for (index, one) in HARMLESS.iter().enumerate() {
        if !harmless.contains(&index) {
            missed.push(format!(
                "{}: nothing is harmless here because {}",
                one.at, one.because
            ));
        }
    }
    Ok(missed)
}

/// A deployment with a statement, and the rows that the statement can decide.
struct Concerned<'a> {
    setting: &'static str,
    cloud: &'a Cloud,
    rows: Vec<&'a Row>,
}

fn concerned<'a>(place: &Place, setting: &'static str, cloud: &'a Cloud, table: &'a Table) -> Concerned<'a> {
    let (who, things) = cloud.concerned(place);
    let rows = table.rows.iter().filter(|row| {
        row.setting == setting && (who.contains(&row.who.as_str()) || things.contains(&row.thing.as_str()))
    });
    Concerned {
        setting,
        cloud,
        rows: rows.collect(),
    }
}

fn is_noticed(place: &Place, weakening: &Weakening, concerned: &[Concerned<'_>]) -> Result<bool> {
    for Concerned { setting, cloud, rows } in concerned {
        let weak = cloud.with(place, &*weakening.change)?;
        let statements: Vec<_> = cloud.at(place).chain(weak.at(place)).cloned().collect();
        // The decisions about other actions cannot change.
        let may_change = |row: &&&Row| {
            let mut statements = statements.iter();
            statements.any(|statement| statement.may_be_about(&row.does))
        };
        let weak = BTreeMap::from([(*setting, weak)]);
        for row in rows.iter().filter(may_change) {
            if broken(row, &weak)?.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The weakenings of a statement, which may look different in each deployment.
fn weakenings(examples: &[&Value], attached: bool) -> Vec<Weakening> {
    let mut all = vec![Weakening {
        what: "dropped".to_owned(),
        change: Box::new(|_| None),
    }];
    let mut add = |what: String, change: Change| {
        if all.iter().all(|other| other.what != what) {
            all.push(Weakening { what, change });
        }
    };
    for raw in examples {
        for action in listed(&raw["Action"]) {
            if listed(&raw["Action"]).len() > 1 {
                add(format!("without the action {action}"), without("Action", action));
            }
        }
        // A statement of a queue, topic or key is about that one anyway.
        let resources = listed(&raw["Resource"]);
        if resources.len() > 1 {
            for resource in &resources {
                add(
                    format!("without the resource {resource}"),
                    without("Resource", resource.clone()),
                );
            }
        }
        if raw["Effect"] == "Allow" {
            if !attached && raw["Resource"] != "*" {
                add("on every resource".to_owned(), with("Resource", json!("*")));
            }
            let service = listed(&raw["Action"]).into_iter().next();
            let service = service.and_then(|action| Some(action.as_str()?.split_once(':')?.0.to_owned()));
            if let Some(service) = service {
                let every = format!("{service}:*");
                if raw["Action"] != every.as_str() {
                    add("with every action".to_owned(), with("Action", json!(every)));
                }
            }
            if attached && raw["Principal"] != "*" {
                add("for everybody".to_owned(), with("Principal", json!("*")));
            }
            principals(raw, &mut add);
        }
        conditions(raw, &mut add);
    }
    all
}

/// Without each principal of several.
fn principals(raw: &Value, add: &mut impl FnMut(String, Change)) {
    let kinds = raw["Principal"].as_object().into_iter().flatten();
    for (kind, ids) in kinds {
        let ids = listed(ids);
        if ids.len() < 2 {
            continue;
        }
        for id in ids {
            let kind = kind.clone();
            add(
                format!("without the principal {id}"),
                Box::new(move |raw| {
                    let mut raw = raw.clone();
                    let ids = raw["Principal"].get_mut(&kind);
                    ids.into_iter().for_each(|ids| remove(ids, &id));
                    Some(raw)
                }),
            );
        }
    }
}

/// Without each key of the condition, and with each value of several.
fn conditions(raw: &Value, add: &mut impl FnMut(String, Change)) {
    for (operator, keys) in raw["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let (of, which) = (operator.clone(), key.clone());
            add(
                format!("without the condition {operator} {key}"),
                Box::new(move |raw| {
                    let mut raw = raw.clone();
                    let keys = raw["Condition"].get_mut(&of).and_then(Value::as_object_mut);
                    keys.and_then(|keys| keys.shift_remove(&which));
                    Some(raw)
                }),
            );
            if listed(values).len() < 2 {
                continue;
            }
            for value in listed(values) {
                let (of, which) = (operator.clone(), key.clone());
                add(
                    format!("without {value} in the condition {operator} {key}"),
                    Box::new(move |raw| {
                        let mut raw = raw.clone();
                        let values = raw["Condition"]
                            .get_mut(&of)
                            .and_then(|keys| keys.get_mut(&which));
                        values.into_iter().for_each(|values| remove(values, &value));
                        Some(raw)
                    }),
                );
            }
        }
    }
}

fn with(member: &'static str, value: Value) -> Change {
    Box::new(move |raw| {
        let mut raw = raw.clone();
        raw[member] = value.clone();
        Some(raw)
    })
}

fn without(member: &'static str, value: Value) -> Change {
    Box::new(move |raw| {
        let mut raw = raw.clone();
        remove(&mut raw[member], &value);
        Some(raw)
    })
}

fn remove(list: &mut Value, value: &Value) {
    if let Some(items) = list.as_array_mut() {
        items.retain(|item| item != value);
    }
}

fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}
