//! Withdraws the rules of a proposal that a mapping may not have.

use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, Problem, shapes};

use super::proposal::Proposal;

/// Marks every rule with a problem as unusable, so that the proposal can be read. Returns the problems that belong to no rule.
pub(super) fn withdraw_refused(proposal: &mut Proposal) -> Vec<Problem> {
    // Each round withdraws a rule.
    while proposal.rules.iter().any(|rule| rule.unusable.is_none()) {
        let (text, places) = proposal.written();
        let Err(problems) = Mapping::read(&text, &shapes(CATEGORIES)) else {
            return Vec::new();
        };
        let mut withdrawn = false;
        for problem in &problems.0 {
            let place = places.iter().position(|lines| lines.contains(&problem.line));
            if let Some(rule) = place.and_then(|place| proposal.rules.get_mut(place))
                && rule.unusable.is_none()
                && !withdrawn
            {
                rule.unusable = Some(without_line(&problem.message));
                withdrawn = true;
            }
        }
        if !withdrawn {
            return problems.0;
        }
    }
    Vec::new()
}

/// A message without the number of another line, which moves when the rule becomes a comment.
fn without_line(message: &str) -> String {
    match message.split_once(" in line ") {
        Some((before, after)) => {
            let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
            format!("{before} above{after}")
        }
        None => message.to_owned(),
    }
}
