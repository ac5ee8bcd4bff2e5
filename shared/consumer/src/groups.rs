//! Sorts messages into lanes (message groups). The messages of a lane are handled one after the other; different lanes are handled
//! concurrently.

use std::collections::HashMap;

/// The messages by message group, each group in the order of arrival. A message without a group is a lane of its own.
pub(crate) fn lanes<M>(messages: Vec<M>, group: impl Fn(&M) -> Option<String>) -> Vec<Vec<M>> {
    let mut lanes: Vec<Vec<M>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for message in messages {
        let place = match group(&message) {
            None => lanes.len(),
            Some(group) => *places.entry(group).or_insert(lanes.len()),
        };
        match lanes.get_mut(place) {
            Some(lane) => lane.push(message),
            None => lanes.push(vec![message]),
        }
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_one_lane_in_order_and_what_has_no_group_is_its_own() {
        let messages = vec![
            (1, Some("a")),
            (2, None),
            (3, Some("b")),
            (4, Some("a")),
            (5, None),
        ];
        let lanes = lanes(messages, |(_, group)| group.map(str::to_owned));
        let numbers: Vec<Vec<_>> = lanes
            .iter()
            .map(|lane| lane.iter().map(|(number, _)| *number).collect())
            .collect();
        assert_eq!(numbers, [vec![1, 4], vec![2], vec![3], vec![5]]);
    }
}
