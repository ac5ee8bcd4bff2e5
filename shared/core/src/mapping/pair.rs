//! Rows before and after a change, matched by their keys.

use std::iter::Peekable;
use std::vec::IntoIter;

use crate::mapping::rule::VirtualRow;
use crate::stream::change::Keys;

/// A row before and after the change.
pub(super) struct Pair<'r> {
    pub(super) old: Option<VirtualRow<'r>>,
    pub(super) new: Option<VirtualRow<'r>>,
}

pub(super) type Sorted<'r> = Peekable<IntoIter<VirtualRow<'r>>>;

/// The next row of two sorted lists.
pub(super) fn next_pair<'r>(old: &mut Sorted<'r>, new: &mut Sorted<'r>) -> Option<Pair<'r>> {
    let order = match (old.peek(), new.peek()) {
        (None, None) => return None,
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (Some(old), Some(new)) => by_keys(&old.keys, &new.keys),
    };
    Some(Pair {
        old: if order.is_le() { old.next() } else { None },
        new: if order.is_ge() { new.next() } else { None },
    })
}

pub(super) fn by_keys(a: &Keys, b: &Keys) -> std::cmp::Ordering {
    (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk))
}
