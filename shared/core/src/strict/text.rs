//! Strings of JSON (RFC 8259, section 7).

use crate::strict::marks::{BLOCK, is_special, marks};

/// The bytes that are copied at once.
const PIECE: usize = 32;
/// A block, and what may be copied behind it.
const WINDOW: usize = BLOCK + PIECE;

/// The value of the rest of a string, and its length with the closing quotation mark. `capacity` is the memory that the
/// value gets at first. `None` when the string is not valid.
pub(super) fn unescape(bytes: &[u8], capacity: usize) -> Option<(Vec<u8>, usize)> {
    let mut value = Vec::with_capacity(capacity + PIECE);
    let mut rest = bytes;
    loop {
        rest = rest.get(take_quotes(&mut value, rest)?..)?;
        let run = rest.iter().position(|byte| is_special(*byte))?;
        value.extend_from_slice(rest.get(..run)?);
        match rest.get(run..)? {
            [b'"', after @ ..] => return Some((value, bytes.len() - after.len())),
            [b'\\', after @ ..] => {
                let character;
                (character, rest) = escape(after)?;
                value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            // A control character.
            _ => return None,
        }
    }
}

/// Reads blocks of characters that stand for themselves, and of quotation marks with their backslashes: most escapes are
/// those, in JSON within JSON. Returns how many bytes were read. It stops before any other escape, and before the end of the
/// string.
#[inline(never)]
fn take_quotes(value: &mut Vec<u8>, bytes: &[u8]) -> Option<usize> {
    let mut read = 0;
    while let Some(window) = bytes.get(read..)?.first_chunk::<WINDOW>() {
        let mut marks = marks(window.first_chunk()?);
        let mut begin = 0;
        while marks != 0 {
            let place = marks.trailing_zeros() as usize;
            append(value, window, begin, place)?;
            if place == BLOCK - 1 || window.get(place..place + 2)? != b"\\\"" {
                begin = place;
                break;
            }
            begin = place + 1;
            // The marks of the backslash and of the quotation mark, which begins the next piece.
            marks &= marks - 1;
            marks &= marks - 1;
        }
        if marks == 0 {
            append(value, window, begin, BLOCK)?;
            read += BLOCK;
        } else {
            read += begin;
            if begin < BLOCK - 1 {
                break;
            }
        }
    }
    Some(read)
}

/// Appends a part of a window, which is at most one block long. Whole pieces are copied, and what is too much is cut off:
/// that is faster than to copy any other number of bytes.
#[inline]
fn append(value: &mut Vec<u8>, window: &[u8; WINDOW], begin: usize, end: usize) -> Option<()> {
    let length = value.len() + end - begin;
    let mut copied = begin;
    while copied < end {
        let piece: &[u8; PIECE] = window.get(copied..)?.first_chunk()?;
        value.extend_from_slice(piece);
        copied += PIECE;
    }
    value.truncate(length);
    Some(())
}

/// The character of the escape after this backslash, and what comes after it. `None` when there is no such escape, and
/// when a surrogate is unpaired.
pub(super) fn escape(bytes: &[u8]) -> Option<(char, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let character = match kind {
        b'"' | b'\\' | b'/' => char::from(*kind),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(rest),
        _ => return None,
    };
    Some((character, rest))
}

/// The character of four hexadecimal digits, or of eight in two escapes: a surrogate pair.
fn unicode(bytes: &[u8]) -> Option<(char, &[u8])> {
    let (first, rest) = code_unit(bytes)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, rest));
    }
    let (second, rest) = code_unit(rest.strip_prefix(b"\\u")?)?;
    let is_pair = (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second);
    let character = 0x1_0000 + (((first & 0x3ff) << 10) | (second & 0x3ff));
    Some((char::from_u32(character).filter(|_| is_pair)?, rest))
}

fn code_unit(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_first_chunk::<4>()?;
    let digit = |number: u32, digit: &u8| Some(number << 4 | char::from(*digit).to_digit(16)?);
    Some((digits.iter().try_fold(0, digit)?, rest))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use crate::strict::{NotStrict, Reader};

    /// The value of a JSON string, read in each way, and before a text of any length. All must give the same.
    fn read(string: &str) -> Result<String, NotStrict> {
        let mut results = Vec::new();
        for rest in [0, 1, 31, 32, 63, 64, 95, 96, 200] {
            let text = format!("{{\"a\":{string}{}}}", " ".repeat(rest));
            for is_long in [false, true] {
                let mut value = Err(NotStrict);
                let mut reader = Reader::new(&text);
                let read = reader.object(|reader, _| {
                    let text = if is_long {
                        reader.long_text()
                    } else {
                        reader.text()
                    };
                    value = text.map(Cow::into_owned);
                    value.as_ref().map(drop).map_err(|error| *error)
                });
                let is_strict = Reader::new(&text).skip().is_ok();
                assert_eq!(read.is_ok(), is_strict, "{text}");
                results.push(read.and(value));
            }
        }
        let first = results.swap_remove(0);
        assert!(results.iter().all(|result| *result == first), "{string}");
        let by_serde: Option<String> = serde_json::from_str(string).ok();
        assert_eq!(first.as_ref().ok(), by_serde.as_ref(), "{string}");
        first
    }

    #[test]
    fn each_escape_has_its_value() {
        for (string, value) in [
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""\u0061\u00e9\u20AC\uffff""#, "a\u{e9}\u{20ac}\u{ffff}"),
            (r#""\ud83d\ude00\uDBFF\uDFFF""#, "\u{1f600}\u{10ffff}"),
            (r#""\u0000""#, "\0"),
            ("\"\u{7f}\u{e9}\u{1f600}\"", "\u{7f}\u{e9}\u{1f600}"),
            (r#""""#, ""),
        ] {
            assert_eq!(read(string).as_deref(), Ok(value), "{string}");
        }
    }

    #[test]
    fn an_escape_has_its_value_at_every_place_of_a_block() {
        for escape in [
            r#"\""#,
            r"\\",
            r"\n",
            r"\u00e9",
            r"\ud83d\ude00",
            r#"\"\""#,
            r#"\\\""#,
        ] {
            for before in 0..200 {
                let plain = "x".repeat(before);
                assert!(read(&format!("\"{plain}{escape}\"")).is_ok());
                assert!(read(&format!("\"{plain}{escape}{escape}{plain}{escape}\"")).is_ok());
            }
        }
    }

    #[test]
    fn other_escapes_unpaired_surrogates_and_control_characters_are_refused_at_every_place() {
        for wrong in [
            r"\x",
            r"\U0061",
            r"\'",
            r"\u006",
            r"\u00g1",
            r"\u+061",
            r"\ud83d",
            r"\ud83dx",
            r"\ud83d\n",
            r"\ud83d\u0061",
            r"\ud83d\ud83d",
            r"\ude00",
            r"\ude00\ud83d",
            "\u{0}",
            "\n",
            "\u{1f}",
        ] {
            for before in [0, 1, 7, 30, 62, 63, 64, 65, 127, 150] {
                let plain = r#"\""#.repeat(before / 2) + &"x".repeat(before % 2);
                assert_eq!(read(&format!("\"{plain}{wrong}\"")), Err(NotStrict), "{wrong}");
                assert_eq!(
                    read(&format!("\"{plain}{wrong}{plain}\"")),
                    Err(NotStrict),
                    "{wrong}"
                );
            }
        }
        for unfinished in [r#"""#, r#""a"#, r#""\"#, r#""\""#, r#""\u12"#] {
            assert_eq!(Reader::new(unfinished).text(), Err(NotStrict), "{unfinished}");
            assert_eq!(Reader::new(unfinished).skip(), Err(NotStrict), "{unfinished}");
        }
    }
}
