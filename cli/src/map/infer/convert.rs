//! Writes the attributes of a row from the fields that hold them.

use super::columns::{Column, Content, Missing};
use super::field::{Field, Fields, TimeForm};
use super::proposal::{Line, Value};
use super::yaml::{map, path, text};

/// A longer text is no code.
const LONGEST_CODE: usize = 64;

/// Where the fields are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Item,
    /// An element of a list or a map.
    Element,
}

/// The attributes of a row.
#[derive(Debug, Default)]
pub(super) struct Converted {
    pub(super) lines: Vec<Line>,
    pub(super) notes: Vec<String>,
    /// Why the rule cannot be used.
    pub(super) unusable: Option<String>,
    /// The fields at the top of the items that were used.
    pub(super) used: Vec<String>,
}

/// Writes the columns that the fields hold, and something in place of a required one that is missing.
pub(super) fn convert(columns: &[Column], fields: &Fields<'_>, place: Place) -> Converted {
    let mut converted = Converted::default();
    for column in columns {
        let mut line = None;
        for field in fields.find_all(column.names) {
            match value(column, field, place) {
                Ok(value) => {
                    converted.used.push(field.path[0].clone());
                    line = Some(Line {
                        name: column.name,
                        value,
                        note: None,
                    });
                    break;
                }
                Err(why) => converted.notes.push(format!(
                    "`{}` is not used as `{}`: {why}.",
                    field.path.join("."),
                    column.name
                )),
            }
        }
        match (line, column.missing) {
            (Some(line), _) => converted.lines.push(line),
            (None, Missing::Nothing) => {}
            (None, Missing::Recorded(note)) => {
                converted
                    .lines
                    .push(Line::new(column.name, "recorded").noted(note));
            }
            (None, Missing::Constant(value, note)) => {
                converted
                    .lines
                    .push(Line::new(column.name, map([("value", value.to_owned())])).noted(note));
            }
            (None, Missing::Unusable) => {
                let why = format!(
                    "no attribute was recognised as `{}`, which such a row needs",
                    column.name
                );
                converted.unusable.get_or_insert(why);
                converted.lines.push(Line::new(column.name, "ATTRIBUTE"));
            }
        }
    }
    converted
}

fn value(column: &Column, field: &Field<'_>, place: Place) -> Result<Value, String> {
    let source = source(field, place);
    match column.content {
        Content::Text if field.is_all(&["S", "N"]) => Ok(Value::One(source)),
        Content::Text => Err("it is no text".to_owned()),
        Content::Code if field.all_texts(is_code) => Ok(Value::One(source)),
        Content::Code => Err(
            "that is published unencrypted, so it must be a code, and some values have blanks or an @"
                .to_owned(),
        ),
        Content::Count if field.all_whole_numbers() => Ok(Value::One(source)),
        Content::Count => Err("it is no whole number".to_owned()),
        Content::Time => time(field, place).map(Value::One),
        Content::Flag => flag(field, place),
    }
}

/// The source of a value.
pub(super) fn source(field: &Field<'_>, place: Place) -> String {
    match place {
        Place::Item => path(&field.path),
        Place::Element => map([("element", text(&field.path.join(".")))]),
    }
}

/// A time, with its converter.
///
/// Fails when the values are no times of one form.
pub(super) fn time(field: &Field<'_>, place: Place) -> Result<String, String> {
    let source = source(field, place);
    match field.time_form() {
        Some(TimeForm::Iso) => Ok(source),
        Some(TimeForm::IsoWithoutOffset) => Ok(map([("isoUtc", source)])),
        Some(TimeForm::EpochSeconds) => Ok(map([("epochSeconds", source)])),
        Some(TimeForm::EpochMillis) => Ok(map([("epochMillis", source)])),
        None => Err("its values are no times, or of several forms".to_owned()),
    }
}

fn flag(field: &Field<'_>, place: Place) -> Result<Value, String> {
    if field.is_all(&["BOOL"]) {
        return Ok(Value::One(source(field, place)));
    }
    let Some(path) = super::yaml::dotted(&field.path).filter(|_| place == Place::Item) else {
        return Err("it is no boolean".to_owned());
    };
    let when = |value: &str| {
        Ok(Value::List(vec![
            map([
                ("when", map([(path.as_str(), value.to_owned())])),
                ("value", "true".to_owned()),
            ]),
            map([("value", "false".to_owned())]),
        ]))
    };
    let all = |values: &[&str]| {
        !field.different().is_empty() && field.different().iter().all(|value| values.contains(value))
    };
    if all(&["0", "1"]) && field.is_all(&["N"]) {
        when("1")
    } else if all(&["true", "false"]) {
        when("\"true\"")
    } else if field.time_form().is_some() {
        Ok(Value::One(map([("present", source(field, place))])))
    } else {
        Err("it is neither a boolean nor a time".to_owned())
    }
}

/// A constant for each known word among the values, and one for all others.
pub(super) fn mapped(
    field: &Field<'_>,
    words: &[(&str, &str)],
    otherwise: Option<&str>,
    place: Place,
) -> String {
    let known = |value: &&str| {
        let normal = super::words::normal(value);
        words
            .iter()
            .find(|(word, _)| *word == normal)
            .map(|(_, constant)| *constant)
    };
    let different = field.different();
    let values = different
        .iter()
        .filter_map(|value| Some((*value, text(known(value)?))));
    let mut members = vec![("map", source(field, place)), ("values", map(values))];
    members.extend(otherwise.map(|constant| ("otherwise", text(constant))));
    map(members)
}

fn is_code(value: &str) -> bool {
    value.len() <= LONGEST_CODE && !value.contains(|letter: char| letter.is_whitespace() || letter == '@')
}

impl Field<'_> {
    fn all_whole_numbers(&self) -> bool {
        self.is_all(&["N"]) && self.texts().all(|digits| digits.parse::<u32>().is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::infer::columns::ACCOUNT;
    use crate::map::item::Item;
    use crate::map::source::split;

    fn lines(text: &str) -> (Vec<(String, String)>, Converted) {
        let items = split(text).unwrap();
        let fields = Fields::new(items.iter().map(Item::attributes), &[]);
        let converted = convert(ACCOUNT, &fields, Place::Item);
        let lines = converted.lines.iter().map(|line| {
            let value = match &line.value {
                Value::One(value) => value.clone(),
                Value::List(values) => values.join(" | "),
            };
            (line.name.to_owned(), value)
        });
        (lines.collect(), converted)
    }

    fn value(text: &str, name: &str) -> Option<String> {
        lines(text)
            .0
            .into_iter()
            .find(|line| line.0 == name)
            .map(|line| line.1)
    }

    #[test]
    fn the_converter_follows_the_values() {
        for (item, name, expected) in [
            (
                r#"{"created":1772366400}"#,
                "createdAt",
                "{ epochSeconds: created }",
            ),
            (
                r#"{"created":1772366400000}"#,
                "createdAt",
                "{ epochMillis: created }",
            ),
            (
                r#"{"created":"2026-03-01T12:00:00"}"#,
                "createdAt",
                "{ isoUtc: created }",
            ),
            (r#"{"created":"2026-03-01T12:00:00Z"}"#, "createdAt", "created"),
            (r#"{"created":"yesterday"}"#, "createdAt", "recorded"),
            (r#"{"EmailConfirmed":true}"#, "emailVerified", "EmailConfirmed"),
            (
                r#"{"emailVerified":"2026-03-01T12:00:00Z"}"#,
                "emailVerified",
                "{ present: emailVerified }",
            ),
            (
                r#"{"verified":1}{"verified":0}"#,
                "emailVerified",
                "{ when: { verified: 1 }, value: true } | { value: false }",
            ),
            (r#"{"phone":12025550100}"#, "phoneNumber", "phone"),
            (r#"{"banReason":"SPAM"}"#, "statusReason", "banReason"),
        ] {
            assert_eq!(value(item, name).as_deref(), Some(expected), "{item}");
        }
        assert_eq!(value(r#"{"banReason":"Ada wrote spam"}"#, "statusReason"), None);
    }

    #[test]
    fn an_account_without_an_address_is_unusable_and_the_reason_has_no_value() {
        let (_, converted) = lines(r#"{"banReason":"Ada wrote spam","created":"yesterday"}"#);
        assert!(converted.unusable.unwrap().contains("`email`"));
        let notes = converted.notes.join(" ");
        assert!(
            notes.contains("`banReason`") && !notes.contains("Ada") && !notes.contains("yesterday"),
            "{notes}"
        );
    }
}
