//! Texts of the catalogue as markup.

use maud::{Markup, html};

use super::content::Site;

impl Site<'_> {
    /// Renders a text with code in backticks. Links the events that it names.
    pub(super) fn prose(&self, root: &str, text: &str) -> Markup {
        html! {
            @for (place, part) in text.split('`').enumerate() {
                @if place % 2 == 0 {
                    (part)
                } @else if self.catalog.events().any(|event| event.event_type == part) {
                    a href={ (root) "events/" (part) ".html" } { code { (part) } }
                } @else {
                    code { (part) }
                }
            }
        }
    }
}

/// The type of an event, which may break between its words.
pub(super) fn type_name(event_type: &str) -> Markup {
    let (name, suffix) = event_type
        .rfind("EventV")
        .map_or((event_type, ""), |place| event_type.split_at(place));
    html! {
        @for (place, word) in words(name).into_iter().enumerate() {
            @if place > 0 { wbr; }
            (word)
        }
        @if !suffix.is_empty() { wbr; small { (suffix) } }
    }
}

/// The first sentence of a text. A sentence ends with a full stop and a blank.
pub(super) fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}

/// The words of a name in camel case.
pub(super) fn words(name: &str) -> Vec<&str> {
    let starts: Vec<_> = name
        .char_indices()
        .filter(|(place, letter)| *place > 0 && letter.is_uppercase())
        .map(|(place, _)| place)
        .chain([name.len()])
        .collect();
    let mut begin = 0;
    starts
        .into_iter()
        .map(|end| {
            let word = &name[begin..end];
            begin = end;
            word
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_before_its_capitals() {
        assert_eq!(words("UserEmailChanged"), ["User", "Email", "Changed"]);
        assert_eq!(words("countryCode"), ["country", "Code"]);
    }

    #[test]
    fn a_type_reads_as_it_is_in_spite_of_its_marks() {
        let markup = type_name("MfaStatusChangedEventV1").into_string();
        assert_eq!(markup, "Mfa<wbr>Status<wbr>Changed<wbr><small>EventV1</small>");
    }

    #[test]
    fn a_first_sentence_ends_with_its_full_stop() {
        assert_eq!(first_sentence("One of 1.5. Two."), "One of 1.5.");
        assert_eq!(first_sentence("Only one."), "Only one.");
    }
}
