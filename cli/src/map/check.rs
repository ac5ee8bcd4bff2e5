//! `user-events map check`: reports the problems of a mapping file, or summarises it.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use user_events_core::{IdentifierOrigin, Mapping, Problems, RuleSummary, TableMapping};
use user_events_local::console::{Console, Style};

use super::plural::counted;
use super::{causes, mapping_file};
use crate::printable::printable;

/// Check a mapping file, and summarise its rules and the events they can cause
///
/// Prints every problem with its line. Without one, prints the rules of each table and warns of identifiers that look like
/// secrets or addresses.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Check {
    /// The mapping file; `-` is standard input
    #[arg(value_name = "FILE")]
    file: String,

    /// Print one JSON object per problem, or one with the summary
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  user-events map check mapping.yaml
  user-events map infer items.json | user-events map check -

Exit status: 0 if the mapping can be used, 1 if it has a problem or cannot be read, 2 for an invalid command line. Warnings do not change it.";

/// Words in the name of an identifier's source, and why the identifier is suspicious.
const SUSPICIOUS: [(&[&str], &str); 2] = [
    (
        &["token", "secret", "jwt", "apikey", "cookie"],
        "looks like a secret, and everybody reads it; write `{digest: …}` around it, and list it in `secret`",
    ),
    (
        &["email", "mail", "phone", "username"],
        "looks like personal data, and everybody reads it; use another identifier (a digest of it can be guessed)",
    ),
];
/// Kinds of which the subject is no user, or the events need no order with the user's others.
const WITHOUT_USER_ORDER: [&str; 3] = ["role", "permission", "attempt"];

/// Runs the command. Succeeds if the mapping can be used.
///
/// Fails when the file cannot be read.
pub(super) fn run(options: &Check, out: &Console, progress: &Console) -> Result<ExitCode> {
    match mapping_file::read(&options.file)? {
        Ok(mapping) => {
            if options.json {
                out.line(summary_json(&mapping));
            } else {
                summary(&mapping, out);
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            report(&problems, options, out);
            progress.line(counted(problems.0.len(), "problem"));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn report(problems: &Problems, options: &Check, out: &Console) {
    for problem in &problems.0 {
        out.line(if options.json {
            json!({ "line": problem.line, "problem": problem.message }).to_string()
        } else {
            format!(
                "{}:{}: {}",
                options.file,
                problem.line,
                printable(&problem.message)
            )
        });
    }
}

fn summary(mapping: &Mapping, out: &Console) {
    for table in mapping.tables() {
        out.line(format_args!(
            "{}  {}",
            out.paint(Style::Strong, table.pattern()),
            keys(table)
        ));
        for rule in table.summaries() {
            let (name, kind) = (rule.name, kind_name(rule.kind));
            let name = if name == kind {
                String::new()
            } else {
                format!(" ({name})")
            };
            out.line(format_args!("  {}{name}", out.paint(Style::Name, kind)));
            for line in wrapped(&causes::events(&rule)) {
                out.line(format_args!("    {line}"));
            }
        }
        for warning in warnings(table) {
            out.line(format_args!("  {} {warning}", out.paint(Style::Bad, "warning:")));
        }
    }
}

/// Names on lines of a width that a terminal has.
fn wrapped(names: &[&str]) -> Vec<String> {
    const WIDTH: usize = 100;
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        match lines.last_mut() {
            Some(line) if line.len() + name.len() + 2 <= WIDTH => line.push_str(&format!(", {name}")),
            _ => lines.push((*name).to_owned()),
        }
    }
    lines
}

fn summary_json(mapping: &Mapping) -> Value {
    let table = |table: &TableMapping| {
        let rule = |rule: RuleSummary<'_>| json!({ "rule": rule.name, "kind": kind_name(rule.kind), "events": causes::events(&rule) });
        json!({
            "table": table.pattern(),
            "rules": table.summaries().map(rule).collect::<Vec<_>>(),
            "reads": table.attributes().collect::<Vec<_>>(),
            "warnings": warnings(table),
        })
    };
    json!({ "tables": mapping.tables().map(table).collect::<Vec<_>>() })
}

fn keys(table: &TableMapping) -> String {
    let mut text = match table.sort_key() {
        Some(sort) => format!("keys `{}`, `{sort}`", table.partition_key()),
        None => format!("key `{}`", table.partition_key()),
    };
    if let Some(ttl) = table.ttl() {
        text.push_str(&format!(", time to live `{ttl}`"));
    }
    text
}

/// The name of a kind in a mapping.
pub(super) fn kind_name(kind: &str) -> String {
    kind.replace(' ', "-")
}

/// What a reader should think about, although the mapping can be used.
fn warnings(table: &TableMapping) -> Vec<String> {
    let mut warnings = Vec::new();
    for rule in table.summaries() {
        let identifiers = rule.identifiers.iter();
        warnings.extend(identifiers.filter_map(|identifier| suspicion(rule.name, identifier)));
        warnings.extend(no_order(&rule));
    }
    warnings
}

fn suspicion(rule: &str, identifier: &IdentifierOrigin) -> Option<String> {
    identifier.from.iter().find_map(|source| {
        let plain = source.to_lowercase().replace(['_', '-'], "");
        let named = |(words, _): &&(&[&str], &str)| words.iter().any(|word| plain.contains(word));
        // A digest hides a secret, but not what can be guessed.
        let first = usize::from(identifier.digested);
        let (_, why) = SUSPICIOUS.iter().skip(first).find(named)?;
        let name = identifier.name;
        Some(format!(
            "rule `{rule}`: the identifier `{name}` comes from `{source}`, which {why}"
        ))
    })
}

/// The warning about a rule with events in no order with the user's others.
pub(super) fn no_order(rule: &RuleSummary<'_>) -> Option<String> {
    let user = rule
        .identifiers
        .iter()
        .find(|identifier| identifier.name == "userId")?;
    (!user.from_partition_key && !WITHOUT_USER_ORDER.contains(&rule.kind)).then(|| {
        format!(
            "rule `{}`: the partition key is not the user's identifier; a stream keeps order by item, so the events of \
             one user are in no order",
            rule.name
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use user_events_catalog::CATEGORIES;
    use user_events_core::shapes;
    use user_events_local::console::Written;

    fn mapping(key: &str, ids: &str) -> Mapping {
        let text = format!(
            "version: 1\ntables:\n  - table: sessions\n    keys: {{ partition: {key} }}\n    rows:\n      - kind: session\n        \
             ids: {{ {ids} }}\n        attributes: {{ loginMethod: {{ value: X }}, createdAt: recorded, expiresAt: expires }}\n"
        );
        Mapping::read(&text, &shapes(CATEGORIES)).unwrap()
    }

    fn warned(key: &str, ids: &str) -> Vec<String> {
        warnings(mapping(key, ids).tables().next().unwrap())
    }

    #[test]
    fn an_identifier_named_like_a_secret_or_an_address_is_warned_of() {
        let warned_of = |ids| warned("userId", ids);
        assert!(warned_of("userId: { path: userId }, sessionId: { path: id }").is_empty());
        assert!(
            warned_of("userId: { path: userId }, sessionId: { digest: { path: session_token } }").is_empty()
        );
        let secret = warned_of("userId: { path: userId }, sessionId: { path: session_token }");
        assert!(
            secret[0].contains("`session_token`, which looks like a secret"),
            "{secret:?}"
        );
        let address = warned_of("userId: { digest: { path: Email } }, sessionId: { path: id }");
        assert!(
            address[0].contains("`Email`, which looks like personal data"),
            "{address:?}"
        );
    }

    #[test]
    fn a_partition_key_that_is_not_the_user_is_warned_of() {
        let warned = warned("id", "userId: { path: userId }, sessionId: { path: id }");
        assert!(warned[0].contains("in no order"), "{warned:?}");
    }

    #[test]
    fn the_summary_names_rules_and_events() {
        let out = Written::default();
        summary(
            &mapping("id", "userId: { path: id }, sessionId: { path: sid }"),
            &Console::writing_to(out.clone()),
        );
        let text = out.text();
        assert!(
            text.contains("sessions  key `id`") && text.contains("UserLoggedInEventV1"),
            "{text}"
        );
        let json = summary_json(&mapping("id", "userId: { path: id }, sessionId: { path: sid }"));
        assert_eq!(json["tables"][0]["rules"][0]["kind"], "session");
    }
}
