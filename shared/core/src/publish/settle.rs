//! Settlement: which records are settled (acknowledged), and which one Lambda must deliver again.

use std::collections::BTreeSet;

/// The state of every record of an invocation.
#[derive(Debug)]
pub struct Settlement {
    /// How many steps each record still waits for.
    open_steps: Vec<usize>,
    /// Copies of records, each with the record that it repeats.
    copies: BTreeSet<(usize, usize)>,
}

impl Settlement {
    /// Starts with this many records, all unsettled: the events of each are still unknown.
    pub fn new(records: usize) -> Self {
        Self {
            open_steps: vec![1; records],
            copies: BTreeSet::new(),
        }
    }

    /// The record waits for this many events. Zero settles it.
    pub fn expect(&mut self, record: usize, events: usize) {
        if let Some(open) = self.open_steps.get_mut(record) {
            *open = events;
        }
    }

    /// The topic accepted one event of the record.
    pub fn accepted(&mut self, record: usize) {
        if let Some(open) = self.open_steps.get_mut(record) {
            *open = open.saturating_sub(1);
        }
    }

    /// The whole record was parked, which settles it.
    pub fn parked(&mut self, record: usize) {
        if let Some(open) = self.open_steps.get_mut(record) {
            *open = 0;
        }
    }

    /// The record repeats an earlier one: it is settled when that one is, and its own steps are.
    pub fn repeats(&mut self, copy: usize, record: usize) {
        self.copies.insert((copy, record));
    }

    /// Whether the record is settled.
    pub fn is_settled(&self, record: usize) -> bool {
        let done = |record: usize| self.open_steps.get(record).is_none_or(|open| *open == 0);
        let mut repeated = self.copies.range((record, 0)..(record + 1, 0));
        done(record) && repeated.all(|(_, original)| done(*original))
    }

    /// The records that are not settled, in the order of the invocation.
    pub fn unsettled(&self) -> impl Iterator<Item = usize> {
        (0..self.open_steps.len()).filter(|record| !self.is_settled(*record))
    }

    /// The sequence number for the batch response: the lowest of all unsettled records. Lambda checkpoints before it
    /// and delivers everything from it again (AWS Lambda Developer Guide, *Configuring partial batch response with
    /// DynamoDB*). `Ok(None)` when every record is settled. `sequence_number` is called for unsettled records only.
    ///
    /// Fails when an unsettled record has no sequence number: the response cannot name it, so the whole invocation must
    /// fail.
    pub fn first_unsettled(
        &self,
        sequence_number: impl Fn(usize) -> Option<String>,
    ) -> Result<Option<String>, Unnameable> {
        let mut first: Option<String> = None;
        for record in self.unsettled() {
            let number = sequence_number(record).ok_or(Unnameable)?;
            if first.as_deref().is_none_or(|lowest| is_lower(&number, lowest)) {
                first = Some(number);
            }
        }
        Ok(first)
    }
}

/// An unsettled record has no sequence number, so a batch response cannot name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unnameable;

/// Compares sequence numbers as numbers, not as text: they are decimals of different lengths.
fn is_lower(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    (a.len(), a) < (b.len(), b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(settlement: &Settlement, numbers: &[&str]) -> Result<Option<String>, Unnameable> {
        settlement.first_unsettled(|record| {
            numbers
                .get(record)
                .filter(|n| !n.is_empty())
                .map(|n| (*n).to_owned())
        })
    }

    #[test]
    fn the_lowest_number_is_reported_and_not_the_first_in_text_order() {
        let settlement = Settlement::new(2);
        assert_eq!(first(&settlement, &["1000", "999"]), Ok(Some("999".to_owned())));
        assert_eq!(
            first(&settlement, &["000999", "1000"]),
            Ok(Some("000999".to_owned()))
        );
    }

    #[test]
    fn a_record_is_settled_with_its_last_event_and_not_before() {
        let mut settlement = Settlement::new(2);
        settlement.expect(0, 2);
        settlement.expect(1, 0);
        settlement.accepted(0);
        assert_eq!(first(&settlement, &["1", "2"]), Ok(Some("1".to_owned())));
        settlement.accepted(0);
        assert_eq!(first(&settlement, &["1", "2"]), Ok(None));
    }

    #[test]
    fn a_copy_is_settled_with_the_record_that_it_repeats() {
        let mut settlement = Settlement::new(2);
        settlement.expect(1, 0);
        settlement.repeats(1, 0);
        assert_eq!(settlement.unsettled().collect::<Vec<_>>(), [0, 1]);
        settlement.parked(0);
        assert_eq!(settlement.unsettled().count(), 0);
    }

    #[test]
    fn an_unsettled_record_without_a_number_fails_and_a_settled_one_does_not() {
        let mut settlement = Settlement::new(2);
        assert_eq!(first(&settlement, &["1", ""]), Err(Unnameable));
        settlement.parked(1);
        assert_eq!(first(&settlement, &["1", ""]), Ok(Some("1".to_owned())));
    }
}
