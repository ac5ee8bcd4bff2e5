//! Reads items from a text.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::map::item::Item;

/// The items in a text of one or several JSON documents, one per line or not: items, the output of `aws dynamodb scan`,
/// `query` or `get-item` (`Items`, `Item`), the lines of an export to S3 (`Item`), and arrays of all these.
///
/// Fails when the text is not JSON, or a document is not an item. The error names the place, never a value.
pub(in crate::map) fn split(text: &str) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for document in Deserializer::from_str(text).into_iter::<&RawValue>() {
        match document {
            Ok(document) => take(document, &mut items)?,
            Err(error) => bail!(
                "the items are not JSON from line {}, column {} on; write one JSON object per item",
                error.line(),
                error.column()
            ),
        }
    }
    Ok(items)
}

/// The only item in a text.
///
/// Fails when there is another number of items, and as [`split`] does.
pub(in crate::map) fn one(text: &str) -> Result<Item> {
    let mut items = split(text)?;
    match (items.pop(), items.is_empty()) {
        (Some(item), true) => Ok(item),
        (None, _) => bail!("there is no item; write one JSON object"),
        (Some(_), false) => bail!("there are {} items; write one", items.len() + 1),
    }
}

fn take(document: &RawValue, items: &mut Vec<Item>) -> Result<()> {
    match document.get().as_bytes().first() {
        Some(b'[') => {
            let documents: Vec<&RawValue> = serde_json::from_str(document.get()).unwrap_or_default();
            documents
                .into_iter()
                .try_for_each(|document| take(document, items))
        }
        _ => {
            if let Some(inner) = wrapped(document) {
                return take(inner, items);
            }
            let place = items.len() + 1;
            match Item::read(document) {
                Ok(item) => items.push(item),
                Err(why) => bail!("item {place}: {why}"),
            }
            Ok(())
        }
    }
}

/// What a tool wrapped: a list in `Items`, an object in `Item`.
fn wrapped(document: &RawValue) -> Option<&RawValue> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(document.get()).ok()?;
    let member = |name: &str, first: u8| {
        let inner = members.get(name).copied()?;
        (inner.get().as_bytes().first() == Some(&first)).then_some(inner)
    };
    // An item can have an attribute with the name `Items`: then it has others, which no tool writes.
    let of_a_tool = |name: &String| {
        [
            "Items",
            "Item",
            "Count",
            "ScannedCount",
            "ConsumedCapacity",
            "LastEvaluatedKey",
            "NextToken",
        ]
        .contains(&name.as_str())
    };
    if !members.keys().all(of_a_tool) {
        return None;
    }
    member("Items", b'[').or_else(|| member("Item", b'{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_in_every_form_that_tools_save() {
        for text in [
            r#"{"id":"1"}{"id":"2"}"#,
            "{\"id\":\"1\"}\n\n{\"id\":{\"S\":\"2\"}}\n",
            r#"[{"id":"1"},{"id":"2"}]"#,
            r#"{"Items":[{"id":{"S":"1"}},{"id":{"S":"2"}}],"Count":2,"ScannedCount":2,"ConsumedCapacity":null}"#,
            "{\"Item\":{\"id\":{\"S\":\"1\"}}}\n{\"Item\":{\"id\":{\"S\":\"2\"}}}",
        ] {
            let items = split(text).unwrap();
            let ids: Vec<_> = items.iter().filter_map(|item| item.key("id")).collect();
            assert_eq!(ids, ["1", "2"], "{text}");
        }
        assert!(split("").unwrap().is_empty());
        assert_eq!(split(r#"{"id":"1","Items":[]}"#).unwrap().len(), 1);
    }

    #[test]
    fn what_is_no_item_is_named_by_its_place() {
        for (text, part) in [
            ("{\"id\":\"1\"}\n{\"secret\"", "line 2"),
            (r#"[{"id":"1"},"secret"]"#, "item 2"),
            ("secret", "line 1"),
        ] {
            let error = split(text).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("secret"), "{error}");
        }
        assert!(one(r#"{"a":1}"#).is_ok());
        assert!(one(r#"{"a":1}{"a":2}"#).is_err() && one("").is_err());
    }
}
