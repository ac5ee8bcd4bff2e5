//! The identifiers of a row, and its canonical keys.

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::mapping::scope::{Scope, Source, Unfit};
use crate::mapping::template::Template;
use crate::stream::change::Keys;
use crate::stream::identifier::encoded;
use crate::stream::shape::RowShape;

/// What precedes the value of an identifier when it is hashed.
const DIGEST_PREFIX: &[u8] = b"user-events/identifier/v1\n";

/// How an identifier is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identifier {
    Template(Template),
    Source(Source),
    /// The digest of one of the others.
    Digest(Box<Identifier>),
}

/// The identifiers of a rule's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The one in the partition key; `None` only where the shape can do without.
    pub(super) partition: Option<Identifier>,
    /// The one in the sort key; `None` when the shape has none.
    pub(super) sort: Option<Identifier>,
}

impl Identifier {
    /// The identifier; `None` when it is absent, or neither a string nor a number.
    pub(super) fn text(&self, scope: &Scope<'_>) -> Option<String> {
        match self {
            Self::Template(template) => template.fill(scope.captured),
            Self::Source(source) => Some(source.find(scope)?.text()?.to_owned()),
            Self::Digest(of) => Some(digest(&of.text(scope).filter(|text| !text.is_empty())?)),
        }
    }

    /// The template or the source, also of a digest.
    pub(super) fn undigested(&self) -> &Self {
        match self {
            Self::Digest(of) => of.undigested(),
            other => other,
        }
    }

    /// Calls `visit` with its source.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&Source)) {
        if let Self::Source(source) = self.undigested() {
            visit(source);
        }
    }

    /// Whether it comes from an element.
    pub(super) fn is_of_element(&self) -> bool {
        matches!(
            self.undigested(),
            Self::Source(Source::ElementKey | Source::ElementValue | Source::ElementPath(_))
        )
    }

    /// Whether no row can have both.
    fn excludes(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Template(own), Self::Template(others)) if own.excludes(others))
    }
}

impl Identity {
    /// The canonical keys.
    ///
    /// Fails when an identifier is absent, empty or neither a string nor a number.
    pub(super) fn keys(&self, shape: &RowShape, scope: &Scope<'_>) -> Result<Keys, Unfit> {
        let find = |identifier: &Identifier, name: &str| {
            let text = identifier.text(scope).filter(|text| !text.is_empty());
            text.ok_or_else(|| {
                Unfit(format!(
                    "the identifier `{name}` is missing, empty, or neither text nor a number"
                ))
            })
        };
        let sort_name = shape.sk_id.unwrap_or_default();
        let sort = self.sort.as_ref().map(|id| find(id, sort_name)).transpose()?;
        let (prefix, partition) = match &self.partition {
            Some(id) => (shape.pk.first(), find(id, shape.pk_id)?),
            // An attempt of no known user has its own partition.
            None => (shape.pk.get(1), sort.clone().unwrap_or_default()),
        };
        let prefix = prefix.copied().unwrap_or_default();
        Ok(Keys {
            pk: format!("{prefix}{}", encoded(&partition)),
            sk: match sort {
                Some(sort) => format!("{}{}", shape.sk, encoded(&sort)),
                None => shape.sk.to_owned(),
            },
        })
    }

    /// Whether no row can have both.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let differ = |own: &Option<Identifier>, others: &Option<Identifier>| match (own, others) {
            (Some(own), Some(others)) => own.excludes(others),
            (None, None) => false,
            _ => true,
        };
        differ(&self.partition, &other.partition) || differ(&self.sort, &other.sort)
    }
}

/// The identifier that is published in place of a secret: base64url of SHA-256.
fn digest(value: &str) -> String {
    let mut context = Context::new(&SHA256);
    context.update(DIGEST_PREFIX);
    context.update(value.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(context.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf 'user-events/identifier/v1\ntoken-1' | openssl dgst -sha256 -binary | basenc --base64url`.
    #[test]
    fn a_digest_is_what_other_tools_compute() {
        assert_eq!(digest("token-1"), "GjTMHbIsEA9nWnQfC3-jZvoxXAVwSyx4ocgBekFlzoQ");
    }
}
