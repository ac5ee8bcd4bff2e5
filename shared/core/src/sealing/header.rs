//! The protected header of a token. It has one form only, byte for byte.

const START: &str = r#"{"alg":"dir","enc":"A256GCM","kid":""#;
const END: &str = r#""}"#;
/// The most characters of a `kid`.
const MAX_KID: usize = 256;

/// The `kid` of a token: its event and its class.
pub(super) fn key_id(event_id: &str, class: &str) -> String {
    format!("{event_id}/{class}")
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
