//! Reads the subjects of events: `users/42`.

use strsim::levenshtein;

/// The kinds of subjects of the events on topics.
const KINDS: [&str; 3] = ["users", "roles", "attempts"];
/// A kind at a larger edit distance is not suggested.
const FARTHEST: usize = 2;

/// Reads a subject: a kind, a slash and an identifier.
///
/// Fails when it has no such form, so that no event can be about it. The error suggests the nearest that has.
pub(super) fn read(text: &str) -> Result<String, String> {
    let (kind, id) = match text.split_once(['/', '#']) {
        Some((kind, id)) if !kind.is_empty() && !id.is_empty() => (kind, id),
        _ => {
            let id = text.trim_matches(['/', '#']);
            let id = if id.is_empty() || KINDS.contains(&id) {
                "42"
            } else {
                id
            };
            return Err(format!(
                "a subject is a kind and an identifier; did you mean users/{id}?"
            ));
        }
    };
    if KINDS.contains(&kind) && text[kind.len()..].starts_with('/') {
        return Ok(text.to_owned());
    }
    let near = |known: &&&str| levenshtein(&kind.to_lowercase(), known);
    let nearest = KINDS
        .iter()
        .min_by_key(near)
        .filter(|known| near(known) <= FARTHEST);
    Err(match nearest {
        Some(nearest) => format!("no event is about such a subject; did you mean {nearest}/{id}?"),
        None => format!(
            "no event is about such a subject; it begins with {}/",
            KINDS.join("/, ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names;
    use crate::tail::contradictions::is_about;

    #[test]
    fn a_subject_that_no_event_can_have_is_answered_with_the_nearest() {
        for (text, nearest) in [
            ("42", "did you mean users/42?"),
            ("users/", "did you mean users/42?"),
            ("user/42", "did you mean users/42?"),
            ("USER#42", "did you mean users/42?"),
            ("role/editor", "did you mean roles/editor?"),
            ("orders/42", "users/, roles/, attempts/"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(nearest), "{text}: {error}");
        }
        assert_eq!(read("users/a/b#c").as_deref(), Ok("users/a/b#c"));
    }

    #[test]
    fn the_kinds_are_those_of_the_catalog() {
        for (_, registration) in names::registrations() {
            let event_type = registration.event_type();
            assert!(
                KINDS.iter().any(|kind| is_about(registration, kind)),
                "{event_type}"
            );
        }
        for kind in KINDS {
            let mut all = names::registrations();
            assert!(
                all.any(|(_, registration)| is_about(registration, kind)),
                "{kind}"
            );
        }
    }
}
