//! The protected header of a token. It has one form only, byte for byte.

const START: &str = r#"{"alg":"dir","enc":"A256GCM","kid":""#;
const END: &str = r#""}"#;
/// The most characters of a `kid`.
const MAX_KID: usize = 256;

/// The `kid` of a token: its event, its class and, if it has a share of the person's, the name of the person's key.
pub(super) fn kid_of(event_id: &str, class: &str, subject_key_id: Option<&str>) -> String {
    match subject_key_id {
        None => format!("{event_id}/{class}"),
        Some(key_id) => format!("{event_id}/{class}/{key_id}"),
    }
}

/// The header with this `kid`. `None` when the `kid` has characters that readers refuse.
pub(super) fn header(kid: &str) -> Option<String> {
    is_plain(kid).then(|| format!("{START}{kid}{END}"))
}

/// The `kid` in a header. `None` when the header has another form.
pub(super) fn kid(header: &str) -> Option<&str> {
    let kid = header.strip_prefix(START)?.strip_suffix(END)?;
    is_plain(kid).then_some(kid)
}

/// Whether a `kid` can be written as it is: 1 to 256 ASCII letters, digits, hyphens, underscores and slashes.
fn is_plain(kid: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_') | (byte == b'/');
    (1..=MAX_KID).contains(&kid.len()) && kid.bytes().fold(true, |all, byte| all & is_plain(byte))
}
