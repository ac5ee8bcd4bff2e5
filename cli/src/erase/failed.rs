//! An object of the failure bucket, and the same without the records of a person.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use user_events_core::NotParked;

/// The members of a JSON object, in their order, each as it was written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

/// The object without the records at these places. Everything else stays, byte for byte where it is a value.
///
/// Fails when it is not an object of the failure bucket.
pub(super) fn without(object: &str, dropped: &[bool]) -> Result<String, NotParked> {
    let report: Members<'_> = serde_json::from_str(object).map_err(|_| NotParked)?;
    report.with("payload", |payload| {
        match serde_json::from_str::<String>(payload.get()) {
            Ok(text) => serde_json::to_string(&event_without(&text, dropped)?).map_err(|_| NotParked),
            Err(_) => event_without(payload.get(), dropped),
        }
    })
}

fn event_without(event: &str, dropped: &[bool]) -> Result<String, NotParked> {
    let event: Members<'_> = serde_json::from_str(event).map_err(|_| NotParked)?;
    event.with("Records", |records| {
        let records: Vec<&RawValue> = serde_json::from_str(records.get()).map_err(|_| NotParked)?;
        if records.len() != dropped.len() {
            return Err(NotParked);
        }
        let kept = records.iter().zip(dropped).filter(|(_, dropped)| !**dropped);
        let kept: Vec<_> = kept.map(|(record, _)| record.get()).collect();
        Ok(format!("[{}]", kept.join(",")))
    })
}

impl Members<'_> {
    /// The object with another value of a member.
    fn with(
        &self,
        name: &str,
        change: impl Fn(&RawValue) -> Result<String, NotParked>,
    ) -> Result<String, NotParked> {
        let member = |(own, value): &(String, &RawValue)| {
            let value = if own == name {
                change(value)?
            } else {
                value.get().to_owned()
            };
            let own = serde_json::to_string(own).map_err(|_| NotParked)?;
            Ok(format!("{own}:{value}"))
        };
        let members = self.0.iter().map(member).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("{{{}}}", members.join(",")))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(InOrder).map(Members)
    }
}

#[cfg(test)]
mod tests {
    use user_events_core::failed_records;

    use super::*;

    const RECORDS: [&str; 3] = [r#"{ "a" : 1.0 }"#, r#"{"b":"\u0041\""}"#, r#"{"c":[1, 2]}"#];

    #[test]
    fn the_other_records_and_members_stay_byte_for_byte_in_either_form() {
        let event = format!(r#"{{"x":0,"Records":[{}]}}"#, RECORDS.join(", "));
        let text = serde_json::to_string(&event).unwrap();
        for payload in [event.as_str(), text.as_str()] {
            let object = format!(
                r#"{{"version":"1.0","payload":{payload},"DDBStreamBatchInfo":{{ "batchSize": 3 }}}}"#
            );
            let left = without(&object, &[false, true, false]).unwrap();
            let records = failed_records(&left).unwrap();
            let records: Vec<_> = records.iter().map(|record| record.get()).collect();
            assert_eq!(records, [RECORDS[0], RECORDS[2]]);
            assert!(left.starts_with(r#"{"version":"1.0","payload":"#), "{left}");
            assert!(
                left.ends_with(r#","DDBStreamBatchInfo":{ "batchSize": 3 }}"#),
                "{left}"
            );
            assert!(left.contains(r#"x":0"#) || left.contains(r#"x\":0"#), "{left}");
        }
    }

    #[test]
    fn another_document_is_refused() {
        for other in [
            "",
            "[]",
            "7",
            r#"{"payload":7}"#,
            r#"{"payload":{"Records":[1,2]}}"#,
        ] {
            assert!(without(other, &[true]).is_err(), "{other}");
        }
        assert!(without(r#"{"other":1}"#, &[]).is_ok_and(|same| same == r#"{"other":1}"#));
    }
}
