//! Instants, as events write them: RFC 3339, in UTC, to the millisecond.

use std::borrow::Cow;
use std::fmt;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::strict::with_text;

/// An instant, to the millisecond, written as RFC 3339 in UTC: `2026-03-01T12:00:00.000Z`.
///
/// It covers the years of RFC 3339, 0000 to 9999, to the last second: many systems write `9999-12-31T23:59:59Z` for
/// "never".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(DateTime);

/// DynamoDB Streams became available on 2015-07-14, so no record is older.
const EARLIEST_RECORD_SECOND: i64 = 1_436_832_000;
/// 2100-01-01. A later number is no time in seconds: milliseconds sent by mistake would be the year 55840.
const LATEST_RECORD_SECOND: i64 = 4_102_444_800;

impl Time {
    /// 1970-01-01T00:00:00.000Z.
    pub const UNIX_EPOCH: Self = Self(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));

    /// Reads an RFC 3339 date-time with its offset (RFC 3339, section 5.6), and the ISO 8601 forms that are equally
    /// unambiguous. A fraction of a second may have any number of digits; those beyond milliseconds are cut off. `None`
    /// for anything else, such as an offset of 24 hours or more.
    pub fn parse(text: &str) -> Option<Self> {
        const DAY_SECONDS: i32 = 86_400;
        if let Some(time) = usual(text) {
            return Some(time);
        }
        let text = with_nanoseconds_at_most(text);
        let pieces = Pieces::parse(&*text).ok()?;
        let local = pieces.date().to_datetime(pieces.time()?);
        let ahead_of_utc = pieces.to_numeric_offset()?.seconds();
        // The library takes offsets of up to 25:59:59.
        if ahead_of_utc.abs() >= DAY_SECONDS {
            return None;
        }
        let local = local.duration_since(Self::UNIX_EPOCH.0);
        let utc = local.checked_sub(SignedDuration::from_secs(ahead_of_utc.into()))?;
        Self::from_millisecond(utc.as_millis().try_into().ok()?)
    }

    /// Reads the `ApproximateCreationDateTime` of a stream record: seconds since 1970, which some local engines send
    /// with a fraction.
    ///
    /// `None` when it is not a number, is earlier than DynamoDB Streams, or is later than the year 2099.
    pub fn from_record_seconds(json_number: &str) -> Option<Self> {
        let seconds = json_number.parse::<f64>().ok()?;
        if !(EARLIEST_RECORD_SECOND as f64..LATEST_RECORD_SECOND as f64).contains(&seconds) {
            return None;
        }
        Self::from_millisecond((seconds * 1_000.0).round() as i64)
    }

    /// The instant this many milliseconds after 1970-01-01T00:00:00Z. `None` outside the years 0 to 9999.
    pub fn from_millisecond(milliseconds: i64) -> Option<Self> {
        let since = SignedDuration::from_millis(milliseconds);
        let instant = Self::UNIX_EPOCH.0.checked_add(since).ok()?;
        (instant.year() >= 0).then_some(Self(instant))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_millisecond(self) -> i64 {
        let since = self.0.duration_since(Self::UNIX_EPOCH.0);
        // No overflow: the years 0000 to 9999 are 3 * 10^14 milliseconds.
        since.as_millis() as i64
    }
}

/// The instant of a text in the form that events have, `2026-03-01T12:00:00.000Z`. Most texts have it, and it is read in
/// a tenth of the time. `None` for any other text, and for a leap second.
fn usual(text: &str) -> Option<Time> {
    let text: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b'.',
        f0,
        f1,
        f2,
        b'Z',
    ] = *text
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i32, |number, digit| {
            let is_digit = digit.is_ascii_digit();
            is_digit.then(|| number * 10 + i32::from(digit - b'0'))
        })
    };
    let two = |tens, ones| i8::try_from(number(&[tens, ones])?).ok();
    let year = i16::try_from(number(&[y0, y1, y2, y3])?).ok()?;
    let nanosecond = number(&[f0, f1, f2])? * 1_000_000;
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(n0, n1)?, two(s0, s1)?);
    DateTime::new(year, month, day, hour, minute, second, nanosecond)
        .ok()
        .map(Time)
}

/// The text with at most nine digits of a fraction, which is what the library reads. RFC 3339, section 5.6, allows any
/// number.
fn with_nanoseconds_at_most(text: &str) -> Cow<'_, str> {
    const NANOSECOND_DIGITS: usize = 9;
    let Some((whole, fraction)) = text.split_once(['.', ',']) else {
        return Cow::Borrowed(text);
    };
    let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = fraction.len() - rest.len();
    match (text.get(..whole.len() + 1), fraction.get(..NANOSECOND_DIGITS)) {
        (Some(begin), Some(kept)) if digits > NANOSECOND_DIGITS => Cow::Owned(format!("{begin}{kept}{rest}")),
        _ => Cow::Borrowed(text),
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}Z", self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        with_text(deserializer, "not an RFC 3339 date-time", Self::parse)
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_with_milliseconds() {
        let time = Time::parse("2026-03-01T13:00:00.1239+01:00").unwrap();
        assert_eq!(time.to_string(), "2026-03-01T12:00:00.123Z");
    }

    #[test]
    fn the_usual_form_is_read_like_all_others() {
        for text in [
            "2026-03-01T12:00:00.000Z",
            "0000-01-01T00:00:00.000Z",
            "9999-12-31T23:59:59.999Z",
            "2024-02-29T01:02:03.456Z",
            "2026-02-29T00:00:00.000Z",
            "2026-00-01T00:00:00.000Z",
            "2026-13-01T00:00:00.000Z",
            "2026-03-00T00:00:00.000Z",
            "2026-03-01T24:00:00.000Z",
            "2026-03-01T23:60:00.000Z",
            "2016-12-31T23:59:60.999Z",
            "2026-03-01T12:00:61.000Z",
            "2026-03-01T12:00:00.0a0Z",
            "-026-03-01T12:00:00.000Z",
            "+026-03-01T12:00:00.000Z",
        ] {
            // One digit more is another form.
            let longer = text.replace('Z', "0Z");
            assert_eq!(Time::parse(text), Time::parse(&longer), "{text}");
        }
        let time = Time::parse("2024-02-29T01:02:03.456Z").map(Time::as_millisecond);
        assert_eq!(time, Some(1_709_168_523_456));
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        assert_eq!(Time::parse("2026-03-01T13:00:00"), None);
        assert_eq!(Time::parse("2026-03-01"), None);
    }

    #[test]
    fn a_time_is_read_from_the_first_year_to_the_last_and_no_further() {
        for (text, written) in [
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            // Many systems write it for "never".
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31T23:59:59+12:00", "9999-12-31T11:59:59.000Z"),
        ] {
            let time = Time::parse(text).unwrap();
            assert_eq!(time.to_string(), written);
            assert_eq!(Time::from_millisecond(time.as_millisecond()), Some(time));
        }
        for text in [
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "-000001-12-31T23:59:59Z",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
        assert_eq!(Time::from_millisecond(i64::MIN), None);
        assert_eq!(Time::from_millisecond(i64::MAX), None);
    }

    #[test]
    fn an_offset_has_hours_up_to_23_and_minutes_up_to_59() {
        for (offset, utc) in [
            ("+23:59", "2026-02-28T12:01:00.000Z"),
            ("-23:59", "2026-03-02T11:59:00.000Z"),
        ] {
            let time = Time::parse(&format!("2026-03-01T12:00:00{offset}"));
            assert_eq!(time.unwrap().to_string(), utc);
        }
        for offset in [
            "+24:00", "-24:00", "+25:00", "-25:59", "+23:60", "+01:60", "+99:00",
        ] {
            assert_eq!(
                Time::parse(&format!("2026-03-01T12:00:00{offset}")),
                None,
                "{offset}"
            );
        }
    }

    #[test]
    fn a_fraction_of_any_length_is_cut_to_milliseconds() {
        for digits in 1..40 {
            let fraction = "1239999999".repeat(4);
            let text = format!("2026-03-01T12:00:00.{}+00:00", &fraction[..digits]);
            let written = Time::parse(&text).unwrap().to_string();
            let milliseconds = format!("{:0<3}", &fraction[..digits.min(3)]);
            assert_eq!(written, format!("2026-03-01T12:00:00.{milliseconds}Z"), "{text}");
        }
        let never = format!("9999-12-31T23:59:59.{}Z", "9".repeat(1_000));
        assert_eq!(
            Time::parse(&never).unwrap().to_string(),
            "9999-12-31T23:59:59.999Z"
        );
        for text in [
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00.1234567891Z",
            "2026-03-01.1234567891T12:00:00Z",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }

    #[test]
    fn record_seconds_may_carry_a_fraction() {
        assert_eq!(
            Time::from_record_seconds("1772366400.25").unwrap().to_string(),
            "2026-03-01T12:00:00.250Z"
        );
    }

    #[test]
    fn record_seconds_are_plausible_up_to_the_last_second_and_no_further() {
        assert!(Time::from_record_seconds("4102444799").is_some());
        for implausible in ["0", "1436831999", "4102444800", "1772366400000", "NaN", "soon"] {
            assert_eq!(Time::from_record_seconds(implausible), None, "{implausible}");
        }
        assert!(Time::from_record_seconds("1436832000").is_some());
    }
}
