//! What values look like, without saying what they are.

/// Whether a text looks like an e-mail address.
pub(super) fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace)
    })
}

/// Whether a text looks like a JWT (RFC 7519): three parts, of which the first is the beginning of a JSON object.
pub(super) fn is_jwt(text: &str) -> bool {
    text.starts_with("eyJ") && text.split('.').count() == 3
}

/// Whether a text looks like a long random token. A UUID does not: most are identifiers.
pub(super) fn is_token(text: &str) -> bool {
    // 120 bits in base64.
    const SHORTEST: usize = 20;
    let random =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '+' | '/' | '=' | '.');
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    is_jwt(text)
        || (text.len() >= SHORTEST
            && text.chars().all(random)
            && letters * 4 > text.len()
            && !is_uuid(text)
            && !is_ulid(text))
}

/// Whether a text looks like a UUID (RFC 9562).
pub(super) fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-').map(str::len);
    groups.by_ref().take(5).eq([8, 4, 4, 4, 12])
        && groups.next().is_none()
        && text
            .chars()
            .all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}

/// A ULID: 26 letters and digits, which begin with the time.
fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text.starts_with('0')
        && text
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter.is_ascii_uppercase())
}

/// Whether somebody could find the text by trying: it is short, a number or an e-mail address.
pub(super) fn is_guessable(text: &str) -> bool {
    const SHORTEST_SECRET: usize = 16;
    text.chars().count() < SHORTEST_SECRET
        || is_address(text)
        || text
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter == '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_addresses_and_guessable_values_are_told_from_identifiers() {
        for (text, address, token, guessable) in [
            ("ada@example.com", true, false, true),
            ("user-1", false, false, true),
            ("3f1c7f0e-5d0a-4c53-9c4f-6a8b4c1d2e3f", false, false, false),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", false, false, false),
            ("c3ludGhldGljIHRva2VuIG9mIGEgdGVzdA", false, true, false),
            ("eyJhbGciOiJub25lIn0.e30.", false, true, false),
            ("12025550100120255501001202555", false, false, true),
            ("not an address @ all", false, false, false),
        ] {
            assert_eq!(
                (is_address(text), is_token(text), is_guessable(text)),
                (address, token, guessable),
                "{text}"
            );
        }
    }
}
