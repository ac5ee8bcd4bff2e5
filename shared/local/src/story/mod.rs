//! The built-in story of the demo: two users, a role, and what happens to them. Each step lists its expected events by
//! hand, so that the story tests the catalog instead of repeating it. All data is synthetic: example.com, the IP ranges
//! reserved for documentation, 555-01xx numbers.

mod access;
mod account;
mod authentication;
mod profile;
mod teller;

use anyhow::Result;

use teller::Teller;

use crate::expectation::Tables;
use crate::writes::Layout;

pub use teller::Step;

/// The story, with `run` in every identifier, so that it can be played again on the same engine.
///
/// Fails when a step is not a valid write, which a test rules out.
pub fn story(run: &str) -> Result<Vec<Step>> {
    let mut teller = Teller {
        run: run.to_owned(),
        anna: format!("anna-{run}"),
        ben: format!("ben-{run}"),
        editor: format!("editor-{run}"),
        tables: Tables::new(Layout::Native),
        steps: Vec::new(),
    };
    account::registration(&mut teller)?;
    profile::profile(&mut teller)?;
    authentication::sessions(&mut teller)?;
    authentication::credentials(&mut teller)?;
    account::contact(&mut teller)?;
    access::roles(&mut teller)?;
    account::farewell(&mut teller)?;
    Ok(teller.steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::Expected;
    use std::collections::BTreeSet;

    #[test]
    fn the_story_causes_every_event_except_those_that_need_a_time_to_live_or_an_erasure() {
        let story = story("1").unwrap();
        let caused: BTreeSet<_> = story
            .iter()
            .filter_map(|step| match &step.expected {
                Expected::Events(events) => Some(events),
                Expected::Parked(_) => None,
            })
            .flatten()
            .map(|event| event.event_type.as_str())
            .collect();
        let missing: Vec<_> = user_events_catalog::registrations()
            .map(|(_, registration)| registration.event_type().as_str())
            .filter(|event_type| !caused.contains(event_type))
            .collect();
        assert_eq!(missing, ["UserErasedEventV1", "UserSessionExpiredEventV1"]);
    }

    #[test]
    fn every_write_without_an_event_has_its_reason_and_no_other_has_one() {
        let story = story("1").unwrap();
        for step in &story {
            let is_silent = matches!(&step.expected, Expected::Events(events) if events.is_empty());
            assert_eq!(step.silence.is_some(), is_silent, "{}", step.title);
        }
        let reasons: Vec<_> = story.iter().filter_map(|step| step.silence.as_deref()).collect();
        assert_eq!(
            reasons,
            [
                "rows with such keys are not read",
                "only the last login changed",
                "only the password hash changed",
                "the session ended before; removing its row is no second end",
                "the user was deleted before; removing the row is no second deletion",
            ]
        );
    }

    #[test]
    fn the_story_and_the_catalog_agree() {
        let mut tables = Tables::new(Layout::Native);
        for step in story("1").unwrap() {
            assert_eq!(
                tables.apply(&step.write).unwrap(),
                step.expected,
                "{}",
                step.title
            );
        }
    }
}
