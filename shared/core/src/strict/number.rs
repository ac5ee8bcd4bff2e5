//! Numbers of JSON.

/// A number without an exponent and with at most this many characters is far below the largest 64-bit float, which has
/// 309 digits.
const SURELY_FITS: usize = 300;

/// The length of the number at the begin of the text. `None` when there is none, and when it is beyond a 64-bit float.
pub(super) fn length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let unsigned = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let mut rest = match unsigned.split_first()? {
        (b'0', rest) => rest,
        (b'1'..=b'9', _) => digits(unsigned)?,
        _ => return None,
    };
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = digits(fraction)?;
    }
    let mut has_exponent = false;
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        has_exponent = true;
        rest = digits(
            exponent
                .strip_prefix(b"+")
                .or(exponent.strip_prefix(b"-"))
                .unwrap_or(exponent),
        )?;
    }
    let length = bytes.len() - rest.len();
    let fits = !has_exponent && length <= SURELY_FITS || fits_a_float(text.get(..length)?);
    fits.then_some(length)
}

/// What comes after one or more digits.
fn digits(bytes: &[u8]) -> Option<&[u8]> {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.get(count..).filter(|_| count > 0)
}

/// Whether a number fits by exact rounding, and by that of the parser that reads it later, which is less exact.
fn fits_a_float(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(f64::is_finite) && serde_json::from_str::<f64>(number).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_form_of_json_and_fits_a_float() {
        let largest = "1.7976931348623157e308";
        let (long, too_long) = ("9".repeat(308), "9".repeat(400));
        for number in [
            "0", "-0", "10", "-1.50", "0.1", "1e5", "1E+5", "2e-5", "0e999", "1e-999", largest, &long,
        ] {
            assert_eq!(length(number), Some(number.len()), "{number}");
            assert_eq!(length(&format!("{number},")), Some(number.len()), "{number}");
        }
        assert_eq!(length("01"), Some(1), "a second number after the first");
        for text in [
            "", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "-a", "NaN", "Infinity", "1e400", "-1e309",
            &too_long,
        ] {
            assert_eq!(length(text), None, "{text}");
        }
    }
}
