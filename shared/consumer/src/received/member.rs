//! Reads single values: a string, or a sealed class. Any other value is checked and dropped.

use std::borrow::Cow;

use user_events_core::strict::{Kind, NotStrict, Reader};

/// A value that should be a string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Member<'a> {
    Text(Cow<'a, str>),
    /// There is no such member, or it is `null`.
    #[default]
    Absent,
    /// A number, a boolean, an array or an object.
    Other,
}

/// A sealed class: the token, the wrapped data key and the ARN of the KMS key.
pub(super) struct Sealed<'a> {
    pub(super) sealed: Cow<'a, str>,
    pub(super) data_key: Cow<'a, str>,
    pub(super) key_arn: Cow<'a, str>,
}

impl<'a> Member<'a> {
    /// Reads the next value.
    #[inline]
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, NotStrict> {
        match reader.kind() {
            Some(Kind::Text) => match reader.plain_text() {
                Some(text) => Ok(Self::Text(Cow::Borrowed(text))),
                None => reader.text().map(Self::Text),
            },
            Some(Kind::Null) => reader.skip().map(|()| Self::Absent),
            _ => reader.skip().map(|()| Self::Other),
        }
    }

    /// Reads the next value, which is most of the text if it is a string.
    pub(super) fn read_long(reader: &mut Reader<'a>) -> Result<Self, NotStrict> {
        match reader.kind() {
            Some(Kind::Text) => reader.long_text().map(Self::Text),
            _ => Self::read(reader),
        }
    }
}

impl<'a> Sealed<'a> {
    /// Reads the next value. `None` if it is not in the form of a sealed class.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, NotStrict> {
        if reader.kind() != Some(Kind::Object) {
            return reader.skip().map(|()| None);
        }
        let [mut sealed, mut data_key, mut key_arn] = [Member::Absent, Member::Absent, Member::Absent];
        reader.object(|reader, name| {
            let member = match name {
                "sealed" => &mut sealed,
                "dataKey" => &mut data_key,
                "keyArn" => &mut key_arn,
                _ => return reader.skip(),
            };
            *member = Member::read(reader)?;
            Ok(())
        })?;
        Ok(match (sealed, data_key, key_arn) {
            (Member::Text(sealed), Member::Text(data_key), Member::Text(key_arn)) => Some(Self {
                sealed,
                data_key,
                key_arn,
            }),
            _ => None,
        })
    }
}
