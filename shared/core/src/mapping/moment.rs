//! The forms in which tables hold times.

use crate::mapping::scope::{Found, Source, Unfit};
use crate::stream::attribute::Attribute;
use crate::time::Time;

/// A form of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// RFC 3339, with an offset.
    Iso,
    /// The same, in UTC if it has no offset.
    IsoUtc,
    /// Seconds since 1970, also with a fraction.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMillis,
}

impl Form {
    /// The name of the form in a mapping.
    pub(super) const NAMES: [(&'static str, Self); 4] = [
        ("iso", Self::Iso),
        ("isoUtc", Self::IsoUtc),
        ("epochSeconds", Self::EpochSeconds),
        ("epochMillis", Self::EpochMillis),
    ];

    /// Reads the time at the source. `None` when it is absent or an empty string.
    pub(super) fn read(self, source: &Source, found: Option<Found<'_>>) -> Result<Option<Time>, Unfit> {
        let Some(found) = found else { return Ok(None) };
        let unfit = || source.is_not(self.wanted());
        let text = found.text().ok_or_else(unfit)?;
        if text.is_empty() {
            return Ok(None);
        }
        let number = matches!(found, Found::Attribute(Attribute::N(_)));
        let time = match self {
            Self::Iso if !number => Time::parse(text),
            Self::IsoUtc if !number => Time::parse(text).or_else(|| Time::parse(&format!("{text}Z"))),
            Self::Iso | Self::IsoUtc => None,
            Self::EpochSeconds => since_1970(text, 1_000.0),
            Self::EpochMillis => since_1970(text, 1.0),
        };
        time.map(Some).ok_or_else(unfit)
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Iso => "an RFC 3339 date-time with an offset",
            Self::IsoUtc => "an RFC 3339 date-time",
            Self::EpochSeconds => "a number of seconds since 1970",
            Self::EpochMillis => "a number of milliseconds since 1970",
        }
    }
}

fn since_1970(text: &str, milliseconds: f64) -> Option<Time> {
    let number: f64 = text.parse().ok()?;
    let rounded = (number * milliseconds).round();
    // A number that is not finite, or is too large, becomes one that is no time.
    Time::from_millisecond(rounded.is_finite().then_some(rounded as i64)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: Form, attribute: &Attribute) -> Option<String> {
        let found = Some(Found::Attribute(attribute));
        let time = form.read(&Source::ElementValue, found).ok()?;
        time.map(|time| time.to_string())
    }

    #[test]
    fn every_form_is_read() {
        let text = |text: &str| Attribute::S(text.into());
        let number = |text: &str| Attribute::N(text.into());
        let noon = Some("2026-03-01T12:00:00.000Z".to_owned());
        assert_eq!(read(Form::Iso, &text("2026-03-01T13:00:00+01:00")), noon);
        assert_eq!(read(Form::Iso, &text("2026-03-01T12:00:00")), None);
        assert_eq!(read(Form::IsoUtc, &text("2026-03-01T12:00:00")), noon);
        assert_eq!(read(Form::IsoUtc, &text("2026-03-01 12:00:00")), noon);
        assert_eq!(read(Form::EpochSeconds, &number("1772366400")), noon);
        assert_eq!(
            read(Form::EpochSeconds, &number("1772366400.25")).as_deref(),
            Some("2026-03-01T12:00:00.250Z")
        );
        assert_eq!(read(Form::EpochMillis, &number("1772366400000")), noon);
        assert_eq!(read(Form::EpochMillis, &text("1772366400000")), noon);
        assert_eq!(read(Form::EpochSeconds, &number("1772366400000")), None);
        for nonsense in ["NaN", "inf", "1e400", "-1e300", "soon"] {
            assert_eq!(read(Form::EpochSeconds, &text(nonsense)), None, "{nonsense}");
        }
        assert_eq!(read(Form::Iso, &number("2026")), None);
        assert_eq!(read(Form::EpochMillis, &Attribute::Bool(true)), None);
    }
}
