//! Text as part of a command for a shell.

/// A text as one word of a shell, in single quotation marks if it needs them (POSIX, *Shell Command Language*, section 2.2.2).
/// Inside them nothing is special, so a quotation mark of the text is put between two pairs.
pub fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:@,".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_one_word() {
        assert_eq!(word("/a/b-1.log"), "/a/b-1.log");
        assert_eq!(word("/a b/it's; rm -r x"), r"'/a b/it'\''s; rm -r x'");
        assert_eq!(word(r#"{"pk":1}"#), r#"'{"pk":1}'"#);
        assert_eq!(word(""), "''");
    }
}
