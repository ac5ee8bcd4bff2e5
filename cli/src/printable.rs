//! Text from events and rows, made safe for a terminal.

use std::fmt::Write;
use std::ops::RangeInclusive;

/// Characters that are invisible, or reorder the text around them, but are no control characters: the directional
/// formatting characters (Unicode Standard Annex #9, section 2), joiners, separators, annotations and tags.
const INVISIBLE: [RangeInclusive<char>; 8] = [
    '\u{61c}'..='\u{61c}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{2029}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
    '\u{e0000}'..='\u{e007f}',
];

/// The text with control characters and invisible ones escaped as in JSON (RFC 8259, section 7), so that it can neither
/// control a terminal nor look like another text. JSON stays equivalent.
pub fn printable(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_plain(letter) {
            escaped.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                write!(escaped, "\\u{unit:04x}").ok();
            }
        }
    }
    escaped
}

/// As [`printable`], but keeps line feeds: for indented JSON, which has none inside its strings.
pub fn printable_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

fn is_plain(letter: char) -> bool {
    !letter.is_control() && !INVISIBLE.iter().any(|range| range.contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_invisible_ones_are_escaped_and_json_stays_the_same() {
        for letter in [
            '\0',
            '\u{1b}',
            '\u{7f}',
            '\u{9b}',
            '\u{61c}',
            '\u{200b}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{206f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{e0001}',
            '\u{e007f}',
        ] {
            let text = format!("a{letter}b");
            let escaped = printable(&text);
            assert!(escaped.starts_with("a\\u") && escaped.is_ascii(), "{escaped:?}");
            let read: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn visible_text_of_any_language_stays_as_it_is() {
        for text in [
            "Ada",
            "用户",
            "Zoë",
            "שלום",
            "\u{200a}\u{2010}\u{202f}\u{205f}\u{2070}",
            "🙂",
        ] {
            assert_eq!(printable(text), text);
        }
        assert_eq!(printable_lines("{\n  \"a\u{202e}\"\n}"), "{\n  \"a\\u202e\"\n}");
        assert_eq!(printable("a\nb"), "a\\u000ab");
    }
}
