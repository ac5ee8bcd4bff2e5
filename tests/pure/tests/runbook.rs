//! The snippets of the runbook can be pasted: every variable that they read is set on the page.

use std::collections::BTreeSet;
use std::fs;

use crate::support::root;

/// The heading that ends the head of the page. What the head sets, every snippet can read.
const END_OF_THE_HEAD: &str = "## Alarms";

/// The variables that a snippet of the page reads and that neither it nor the head sets before, each with its line.
fn unset(page: &str) -> Vec<String> {
    let mut of_the_head = BTreeSet::new();
    let mut own = BTreeSet::new();
    let (mut in_head, mut in_snippet) = (true, false);
    let mut unset = Vec::new();
    for (number, line) in (1..).zip(page.lines()) {
        in_head &= line != END_OF_THE_HEAD;
        match line.trim() {
            "```sh" => {
                in_snippet = true;
                own.clone_from(&of_the_head);
                continue;
            }
            "```" => {
                in_snippet = false;
                if in_head {
                    of_the_head.clone_from(&own);
                }
                continue;
            }
            _ if !in_snippet => continue,
            _ => {}
        }
        for name in read(line) {
            if !own.contains(&name) {
                unset.push(format!("line {number}: ${name}"));
            }
        }
        own.extend(set(line));
    }
    unset
}

/// The variables that a line of shell reads. Nothing is read inside single quotes.
fn read(line: &str) -> Vec<String> {
    let outside = line.split('\'').step_by(2);
    let after_dollars =
        outside.flat_map(|part| part.split('$').skip(1).map(str::to_owned).collect::<Vec<_>>());
    after_dollars
        .map(|rest| {
            let rest = rest.trim_start_matches('{');
            rest.chars()
                .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                .collect::<String>()
        })
        .filter(|name| name.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        .collect()
}

/// The variables that a line of shell sets: `NAME=…` at its beginning, also after `export`.
fn set(line: &str) -> Vec<String> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let named = |word: &str| {
        let (name, _) = word.split_once('=')?;
        let plain = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
        (!name.is_empty() && name.chars().all(plain)).then(|| name.to_owned())
    };
    line.split_whitespace().map_while(named).collect()
}

#[test]
fn every_variable_of_a_snippet_of_the_runbook_is_set_on_the_page() {
    let page = fs::read_to_string(root().join("docs/runbook.md")).unwrap();
    assert!(page.contains(END_OF_THE_HEAD) && page.matches("```sh").count() > 5);
    let unset = unset(&page);
    assert!(
        unset.is_empty(),
        "set these in the snippet or in the head of docs/runbook.md: {unset:?}"
    );
}

#[test]
fn a_variable_that_is_set_nowhere_later_or_in_another_snippet_is_found() {
    let page = |head: &str, one: &str, other: &str| {
        format!(
            "# Page\n\n```sh\n{head}\n```\n\n{END_OF_THE_HEAD}\n\n```sh\n{one}\n```\n\n```sh\n{other}\n```\n"
        )
    };
    for (head, one, other, expected) in [
        ("A=1", "echo \"$A\"", "B=$A\necho ${B}", &[][..]),
        ("A=1", "echo \"$B\"", "true", &["line 10: $B"]),
        ("A=1", "B=1", "echo $B", &["line 14: $B"]),
        ("A=1", "echo $B\nB=1", "true", &["line 10: $B"]),
        ("export A=1 B=2", "echo $A $B '$C' $(date) $?", "true", &[]),
        ("A=$B", "true", "true", &["line 4: $B"]),
        ("true", "echo a B=1\necho $B", "true", &["line 11: $B"]),
    ] {
        assert_eq!(
            unset(&page(head, one, other)),
            expected,
            "{head} / {one} / {other}"
        );
    }
}
