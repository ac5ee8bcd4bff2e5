//! Text that SNS, SQS and CloudEvents accept.

use std::borrow::Cow;

/// The same JSON document in characters that SQS accepts: #x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF
/// (Amazon SQS API Reference, *SendMessage*).
///
/// `serde_json` escapes control characters but writes U+FFFE and U+FFFF as they are, and SQS would refuse the whole
/// message. JSON allows both only inside strings, so escaping them does not change the document.
pub(crate) fn acceptable_json(json: String) -> String {
    if json.contains(['\u{FFFE}', '\u{FFFF}']) {
        json.replace('\u{FFFE}', "\\ufffe").replace('\u{FFFF}', "\\uffff")
    } else {
        json
    }
}

/// Whether a text can be a CloudEvents attribute: it has no control characters and no noncharacters (CloudEvents 1.0.2,
/// *Type System*, `String`).
pub(crate) fn is_plain_text(text: &str) -> bool {
    let noncharacter = |c: char| matches!(c as u32, 0xFDD0..=0xFDEF) || (c as u32) & 0xFFFE == 0xFFFE;
    !text.chars().any(|c| c.is_control() || noncharacter(c))
}

/// The message group id for a text: the text itself if SNS accepts it (1 to 128 ASCII letters, digits and
/// punctuation: Amazon SNS API Reference, *Publish*), otherwise its SHA-256 in hexadecimal.
pub(crate) fn group_id(text: &str) -> Cow<'_, str> {
    const MAX_CHARACTERS: usize = 128;
    if !text.is_empty() && text.len() <= MAX_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    Cow::Owned(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_sqs_refuses_are_escaped_and_the_document_stays_the_same() {
        let text = "a\u{FFFE}b\u{FFFF}c\u{1}";
        let json = acceptable_json(serde_json::to_string(text).unwrap());
        assert!(!json.contains(['\u{FFFE}', '\u{FFFF}', '\u{1}']));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn a_group_id_is_the_text_up_to_128_characters_and_its_digest_beyond() {
        let longest = "x".repeat(128);
        assert_eq!(group_id(&longest), longest);
        assert_eq!(group_id(&"x".repeat(129)).len(), 64);
    }

    #[test]
    fn a_group_id_with_blanks_or_other_alphabets_is_a_digest() {
        assert_eq!(group_id("users/a b").len(), 64);
        assert_eq!(
            group_id("users/é"),
            "8c9bb4bf7f7fc6e7a85c66ad2d3624662e0ac815e3e6958bd574d342d5afaca4",
        );
    }
}
