//! Writes the pieces of a mapping file.

/// Words that YAML reads as something else than text.
const RESERVED: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// A text as a YAML scalar, in quotes where it needs them.
pub(super) fn text(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if begins && text.chars().all(plain) && !RESERVED.contains(&text.to_lowercase().as_str()) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text in double quotes. JSON's escapes are YAML's (YAML 1.2.2, section 5.7).
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A path as a value: `a.b.c`, or a list of names if one contains a dot.
pub(super) fn path(names: &[String]) -> String {
    match dotted(names) {
        Some(path) => text(&path),
        None => map([("path", list(names.iter().map(|name| text(name))))]),
    }
}

/// A path as a converter's source or a map's key: as [`path`] writes it.
pub(super) fn dotted(names: &[String]) -> Option<String> {
    let simple = names.iter().all(|name| !name.contains('.') && !name.is_empty());
    simple.then(|| names.join("."))
}

/// A map on one line.
pub(super) fn map<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members = members
        .into_iter()
        .map(|(name, value)| format!("{}: {value}", text(name)));
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}

/// A list on one line.
pub(super) fn list(elements: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", elements.into_iter().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_yaml_would_read_as_something_else_is_quoted() {
        for (plain, written) in [
            ("email", "email"),
            ("a.b", "a.b"),
            ("_version", "_version"),
            ("no", "\"no\""),
            ("True", "\"True\""),
            ("1", "\"1\""),
            ("a: b", "\"a: b\""),
            ("", "\"\""),
            ("#USER#{userId}", "\"#USER#{userId}\""),
            ("a\"b\n", "\"a\\\"b\\n\""),
        ] {
            assert_eq!(text(plain), written);
        }
        assert_eq!(path(&["a".to_owned(), "b".to_owned()]), "a.b");
        assert_eq!(path(&["a.b".to_owned()]), "{ path: [\"a.b\"] }".replace('"', ""));
        assert_eq!(map([("iso", "a".to_owned())]), "{ iso: a }");
    }
}
