//! The limits of DynamoDB on a transaction (Amazon DynamoDB Developer Guide, *Quotas in Amazon DynamoDB*), checked before
//! anything is sent: DynamoDB reports them as a validation error, which no retry can mend.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::terms::Item;
use crate::inbox::store::Limit;

const MOST_ITEMS: usize = 100;
const MOST_PARTITION_KEY_BYTES: usize = 2_048;
const MOST_SORT_KEY_BYTES: usize = 1_024;
const MOST_ITEM_BYTES: usize = 400 * 1_024;
const MOST_BYTES: usize = 4 * 1_024 * 1_024;
/// What DynamoDB adds to a list or map (Amazon DynamoDB Developer Guide, *DynamoDB item sizes and formats*).
const CONTAINER_BYTES: usize = 3;

/// Checks the items of a transaction. The names of keys are known only for the inbox's own table; of the others, the keys
/// in a `Key` are checked against the limit of a partition key.
pub(super) fn check(table: &str, items: &[TransactWriteItem]) -> Result<(), Limit> {
    if items.len() > MOST_ITEMS {
        return Err(Limit::Items);
    }
    let mut total = 0;
    for (place, item) in items.iter().enumerate() {
        let sent = Sent::from_item(item);
        if sent.table == table {
            let text = |name: &str| {
                let value = sent.key.get(name)?;
                value.as_s().ok().map(String::as_str)
            };
            check_key(
                place,
                text("pk").unwrap_or_default(),
                text("sk").unwrap_or_default(),
            )?;
        } else if sent.key_alone && sent.key.values().any(|key| size(key) > MOST_PARTITION_KEY_BYTES) {
            return Err(Limit::PartitionKey(place));
        }
        let bytes = item_size(sent.key);
        if bytes > MOST_ITEM_BYTES {
            return Err(Limit::ItemSize(place));
        }
        total += bytes + sent.values.map_or(0, item_size);
    }
    if total > MOST_BYTES {
        return Err(Limit::TransactionSize);
    }
    Ok(())
}

/// Checks the key of the item at this place.
pub(super) fn check_key(place: usize, pk: &str, sk: &str) -> Result<(), Limit> {
    if pk.len() > MOST_PARTITION_KEY_BYTES {
        return Err(Limit::PartitionKey(place));
    }
    if sk.len() > MOST_SORT_KEY_BYTES {
        return Err(Limit::SortKey(place));
    }
    Ok(())
}

/// The parts of a transaction's item that count.
struct Sent<'a> {
    table: &'a str,
    /// The key, or for a put the whole item.
    key: &'a Item,
    /// Whether `key` is a key and nothing else.
    key_alone: bool,
    /// The values of an update, which become a part of the item.
    values: Option<&'a Item>,
}

impl<'a> Sent<'a> {
    fn from_item(item: &'a TransactWriteItem) -> Self {
        static EMPTY: std::sync::LazyLock<Item> = std::sync::LazyLock::new(Item::new);
        let key = |table: &'a str, key, values| Self {
            table,
            key,
            key_alone: true,
            values,
        };
        if let Some(put) = item.put() {
            return Self {
                key_alone: false,
                ..key(put.table_name(), put.item(), None)
            };
        }
        if let Some(update) = item.update() {
            return key(
                update.table_name(),
                update.key(),
                update.expression_attribute_values(),
            );
        }
        if let Some(delete) = item.delete() {
            return key(delete.table_name(), delete.key(), None);
        }
        match item.condition_check() {
            Some(check) => key(check.table_name(), check.key(), None),
            None => key("", &EMPTY, None),
        }
    }
}

fn item_size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

/// The bytes of a value (Amazon DynamoDB Developer Guide, *DynamoDB item sizes and formats*).
fn size(value: &AttributeValue) -> usize {
    let contained = |bytes: usize, count: usize| CONTAINER_BYTES + bytes + count;
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number_size(number),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number_size(number)).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        AttributeValue::L(list) => contained(list.iter().map(size).sum(), list.len()),
        AttributeValue::M(map) => contained(item_size(map), map.len()),
        _ => 1,
    }
}

/// A byte for two digits, and one more.
fn number_size(number: &str) -> usize {
    number.len().div_ceil(2) + 1
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{Delete, Put};

    use super::*;

    fn put(table: &str, attributes: &[(&str, String)]) -> TransactWriteItem {
        let item = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), AttributeValue::S(value.clone())));
        let put = Put::builder().table_name(table).set_item(Some(item.collect()));
        TransactWriteItem::builder().put(put.build().unwrap()).build()
    }

    fn of_size(bytes: usize) -> TransactWriteItem {
        put("outbox", &[("pk", "k".repeat(bytes - 2))])
    }

    #[test]
    fn a_transaction_has_a_hundred_items_and_no_more() {
        assert_eq!(check("inbox", &vec![of_size(10); 100]), Ok(()));
        assert_eq!(check("inbox", &vec![of_size(10); 101]), Err(Limit::Items));
    }

    #[test]
    fn keys_are_taken_at_their_limits_and_not_beyond() {
        let row = |pk, sk| put("inbox", &[("pk", "k".repeat(pk)), ("sk", "k".repeat(sk))]);
        assert_eq!(check("inbox", &[row(2_048, 1_024)]), Ok(()));
        assert_eq!(
            check("inbox", &[row(1, 1), row(2_049, 1)]),
            Err(Limit::PartitionKey(1))
        );
        assert_eq!(check("inbox", &[row(1, 1_025)]), Err(Limit::SortKey(0)));
        let delete = |bytes| {
            let key = AttributeValue::S("k".repeat(bytes));
            let delete = Delete::builder().table_name("outbox").key("id", key);
            TransactWriteItem::builder()
                .delete(delete.build().unwrap())
                .build()
        };
        assert_eq!(check("inbox", &[delete(2_048)]), Ok(()));
        assert_eq!(check("inbox", &[delete(2_049)]), Err(Limit::PartitionKey(0)));
    }

    #[test]
    fn sizes_are_taken_at_their_limits_and_not_beyond() {
        assert_eq!(check("inbox", &[of_size(409_600)]), Ok(()));
        assert_eq!(check("inbox", &[of_size(409_601)]), Err(Limit::ItemSize(0)));
        let mut items = vec![of_size(409_600); 10];
        items.push(of_size(98_304));
        assert_eq!(check("inbox", &items), Ok(()));
        items.push(of_size(3));
        assert_eq!(check("inbox", &items), Err(Limit::TransactionSize));
    }

    #[test]
    fn a_value_counts_as_the_guide_says() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let list = AttributeValue::L(vec![text("ab"), AttributeValue::Bool(true)]);
        assert_eq!(size(&list), 3 + 2 + 1 + 2);
        let map = AttributeValue::M(Item::from([("a".to_owned(), text("ä"))]));
        assert_eq!(size(&map), 3 + 1 + 2 + 1);
        assert_eq!(size(&AttributeValue::N("12345".to_owned())), 4);
    }
}
