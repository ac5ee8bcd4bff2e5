//! The version of a release: `major.minor.patch`.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Error, Result};

/// The version of a release, and the name of its folder. Versions compare numerically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl FromStr for Version {
    type Err = Error;

    /// Fails unless the text is three numbers, separated by dots and without leading zeros.
    fn from_str(text: &str) -> Result<Self> {
        let read = |text: &str| {
            let mut parts = text.split('.').map(|part| part.parse().ok());
            let version = Self {
                major: parts.next()??,
                minor: parts.next()??,
                patch: parts.next()??,
            };
            (parts.next().is_none() && version.to_string() == text).then_some(version)
        };
        read(text).with_context(|| format!("`{text}` is not a version; write it as 1.2.3"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers_and_have_one_spelling() {
        let version = |text: &str| text.parse::<Version>();
        assert!(version("1.10.0").unwrap() > version("1.9.12").unwrap());
        for wrong in ["1.0", "1.0.0.0", "v1.0.0", "1.0.0-rc.1", "1.00.0", ""] {
            assert!(version(wrong).is_err(), "{wrong}");
        }
    }
}
