//! Instants as they stand in events: RFC 3339, UTC, milliseconds.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant, to the millisecond, written as RFC 3339 in UTC: `2026-03-01T12:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(Timestamp);

/// DynamoDB Streams became available on 2015-07-14: no record can be older.
const EARLIEST_RECORD_SECOND: i64 = 1_436_832_000;
/// 2100-01-01, the end of what is taken for a second: milliseconds by mistake would be the year 55840.
const LATEST_RECORD_SECOND: i64 = 4_102_444_800;

impl Time {
    /// 1970-01-01T00:00:00.000Z.
    pub const UNIX_EPOCH: Self = Self(Timestamp::UNIX_EPOCH);

    /// Reads an RFC 3339 date-time with its offset (RFC 3339, section 5.6). `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().and_then(Self::to_the_millisecond)
    }

    /// Reads the `ApproximateCreationDateTime` of a stream record: seconds since 1970, which some local
    /// engines send with a fraction. `None` for what is no number, or before DynamoDB Streams existed, or
    /// after the year 2099.
    pub fn from_record_seconds(json_number: &str) -> Option<Self> {
        let seconds = json_number.parse::<f64>().ok()?;
        if !(EARLIEST_RECORD_SECOND as f64..LATEST_RECORD_SECOND as f64).contains(&seconds) {
            return None;
        }
        Self::from_millisecond((seconds * 1_000.0).round() as i64)
    }

    /// The instant that many milliseconds after 1970-01-01T00:00:00Z. `None` beyond the year 9999.
    pub fn from_millisecond(milliseconds: i64) -> Option<Self> {
        Timestamp::from_millisecond(milliseconds).ok().map(Self)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_millisecond(self) -> i64 {
        self.0.as_millisecond()
    }

    fn to_the_millisecond(exact: Timestamp) -> Option<Self> {
        Self::from_millisecond(exact.as_millisecond())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 date-time"))
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
    fn a_time_without_an_offset_is_refused() {
        assert_eq!(Time::parse("2026-03-01T13:00:00"), None);
        assert_eq!(Time::parse("2026-03-01"), None);
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
