//! The words by which keys, types and attributes are recognised.

/// A name in lower case, letters and digits only.
pub(super) fn normal(name: &str) -> String {
    let kept = name.chars().filter(|letter| letter.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// What items with a label are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    User,
    Profile,
    Address,
    Consent,
    Session,
    Attempt,
    SecondFactor,
    Role,
    Permission,
    Password,
    /// A log-in at another provider.
    LinkedLogin,
    /// A one-time token, for example of a password reset.
    OneTimeToken,
    /// An item that keeps a value unique.
    Guard,
}

/// Labels, as whole words or as the end of one: `AppUser` is a user.
const TOPICS: [(&str, Topic); 52] = [
    ("user", Topic::User),
    ("usr", Topic::User),
    ("customer", Topic::User),
    ("member", Topic::User),
    ("account", Topic::User),
    ("person", Topic::User),
    ("client", Topic::User),
    ("subscriber", Topic::User),
    ("employee", Topic::User),
    ("player", Topic::User),
    ("student", Topic::User),
    ("patient", Topic::User),
    ("principal", Topic::User),
    ("metadata", Topic::User),
    ("meta", Topic::User),
    ("profile", Topic::Profile),
    ("info", Topic::Profile),
    ("detail", Topic::Profile),
    ("address", Topic::Address),
    ("addr", Topic::Address),
    ("consent", Topic::Consent),
    ("optin", Topic::Consent),
    ("session", Topic::Session),
    ("sess", Topic::Session),
    ("attempt", Topic::Attempt),
    ("failedlogin", Topic::Attempt),
    ("loginfailure", Topic::Attempt),
    ("mfa", Topic::SecondFactor),
    ("totp", Topic::SecondFactor),
    ("twofactor", Topic::SecondFactor),
    ("secondfactor", Topic::SecondFactor),
    ("2fa", Topic::SecondFactor),
    ("factor", Topic::SecondFactor),
    ("role", Topic::Role),
    ("membership", Topic::Role),
    ("permission", Topic::Permission),
    ("grant", Topic::Permission),
    ("password", Topic::Password),
    ("credential", Topic::Password),
    ("login", Topic::LinkedLogin),
    ("linkedaccount", Topic::LinkedLogin),
    ("identityprovider", Topic::LinkedLogin),
    ("vt", Topic::OneTimeToken),
    ("verification", Topic::OneTimeToken),
    ("verificationtoken", Topic::OneTimeToken),
    ("passwordreset", Topic::OneTimeToken),
    ("resettoken", Topic::OneTimeToken),
    ("invitation", Topic::OneTimeToken),
    ("email", Topic::Guard),
    ("username", Topic::Guard),
    ("unique", Topic::Guard),
    ("phone", Topic::Guard),
];

/// Endings of type names that say nothing.
const ENDINGS: [&str; 7] = ["entity", "item", "record", "model", "row", "table", "data"];

/// What items with this label are about; `None` for an unknown word. A version at its end does not count.
pub(super) fn topic(label: &str) -> Option<Topic> {
    let mut word = normal(label.trim_end_matches(|last: char| last.is_ascii_digit()));
    for ending in ENDINGS {
        if word.len() > ending.len()
            && let Some(begin) = word.strip_suffix(ending)
        {
            word = begin.to_owned();
        }
    }
    let singular = ["sses", "s"].iter().find_map(|plural| {
        let begin = word.strip_suffix(plural)?;
        Some(if *plural == "sses" {
            format!("{begin}ss")
        } else {
            begin.to_owned()
        })
    });
    [Some(word), singular].into_iter().flatten().find_map(|word| {
        let fits = |name: &&(&str, Topic)| {
            // A short word is no ending: `metadata` does not end in a word of its own.
            word == name.0 || (name.0.len() > 3 && word.ends_with(name.0))
        };
        TOPICS
            .iter()
            .filter(fits)
            .max_by_key(|(name, _)| name.len())
            .map(|(_, topic)| *topic)
    })
}

/// Whether a segment of a key is a word: letters, `_` and `-` only, and short.
pub(super) fn is_word(text: &str) -> bool {
    const LONGEST: usize = 24;
    let letters = |letter: char| letter.is_ascii_alphabetic() || matches!(letter, '_' | '-');
    (2..=LONGEST).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(letters)
}

/// Whether a segment of a key is the name of a service or an entity, as ElectroDB writes it: `$app`, `$user_1`.
pub(super) fn is_entity_name(text: &str) -> bool {
    let name = text.strip_prefix('$').unwrap_or_default();
    is_word(name.trim_end_matches(|last: char| last.is_ascii_digit()))
}

/// Whether a name is that of a token.
pub(super) fn names_a_secret(name: &str) -> bool {
    let name = normal(name);
    ["token", "secret", "apikey", "jwt", "cookie"]
        .iter()
        .any(|part| name.contains(part))
}

/// A name in camelCase, from a label: `ORDER_LINE` is `orderLine`.
pub(super) fn camel(label: &str) -> String {
    let mut name = String::new();
    for (index, word) in label
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .enumerate()
    {
        let shouted = word.chars().all(|letter| !letter.is_lowercase());
        let word = if shouted {
            word.to_lowercase()
        } else {
            word.to_owned()
        };
        let mut letters = word.chars();
        let first = letters.next().map(|first| {
            if index == 0 {
                first.to_ascii_lowercase()
            } else {
                first.to_ascii_uppercase()
            }
        });
        name.extend(first.into_iter().chain(letters));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_recognised_in_any_case_and_number_and_as_the_end_of_a_word() {
        for (label, expected) in [
            ("USER", Some(Topic::User)),
            ("Users", Some(Topic::User)),
            ("my-app-users", Some(Topic::User)),
            ("UserEntity", Some(Topic::User)),
            ("ADDRESSES", Some(Topic::Address)),
            ("UserSession", Some(Topic::Session)),
            ("METADATA", Some(Topic::User)),
            ("CUSTOMEREMAIL", Some(Topic::Guard)),
            ("VT", Some(Topic::OneTimeToken)),
            ("verification-token", Some(Topic::OneTimeToken)),
            ("$user_1", Some(Topic::User)),
            ("ORDER", None),
            ("", None),
        ] {
            assert_eq!(topic(label), expected, "{label}");
        }
    }

    #[test]
    fn a_label_becomes_a_name_in_camel_case() {
        for (label, name) in [
            ("ORDER_LINE", "orderLine"),
            ("Order", "order"),
            ("loginAttempt", "loginAttempt"),
        ] {
            assert_eq!(camel(label), name);
        }
    }
}
