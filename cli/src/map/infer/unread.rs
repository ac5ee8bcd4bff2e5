//! Which attributes of a group no rule reads.

use super::field::Fields;
use super::group::Group;
use super::keys::KeyNames;
use super::words::is_word;

/// The most attributes that a note lists.
const MOST_NAMES: usize = 16;

/// The attributes that no rule reads.
pub(super) fn unread(
    group: &Group<'_>,
    fields: &Fields<'_>,
    keys: &KeyNames,
    used: &[String],
) -> Option<String> {
    let is_used = |name: &str| {
        name == keys.partition
            || keys.sort.as_deref() == Some(name)
            || group.item_type.is_some_and(|(own, _)| own == name)
            || used
                .iter()
                .any(|used| used == name || used.contains(&format!(" {name} ")))
    };
    // A name of one item among many may be a value.
    let often = |count: usize| count * 10 >= group.items.len();
    let names = fields
        .top()
        .filter(|field| often(field.values.len()))
        .map(|field| field.path[0].as_str());
    let names: Vec<&str> = names
        .filter(|name| !is_used(name) && is_word_with_digits(name))
        .collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let listed = names
        .iter()
        .take(MOST_NAMES)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(format!("Not read: {listed}.")),
        (false, more) => Some(format!("Not read: {listed} and {more} more.")),
    }
}

fn is_word_with_digits(name: &str) -> bool {
    is_word(
        name.trim_end_matches(|last: char| last.is_ascii_digit())
            .trim_start_matches('_'),
    )
}
