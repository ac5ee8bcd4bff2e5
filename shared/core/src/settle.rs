//! Settlement: which records are done with, and which one Lambda must deliver again.

/// The state of every record of an invocation.
#[derive(Debug)]
pub struct Settlement {
    /// The steps that each record still waits for.
    open_steps: Vec<usize>,
}

impl Settlement {
    /// All records, none of them settled, each with the number of steps it waits for.
    pub fn new(open_steps: Vec<usize>) -> Self {
        Self { open_steps }
    }

    /// One event of the record was accepted.
    pub fn accepted(&mut self, record: usize) {
        if let Some(open) = self.open_steps.get_mut(record) {
            *open = open.saturating_sub(1);
        }
    }

    /// The record was parked whole.
    pub fn parked(&mut self, record: usize) {
        if let Some(open) = self.open_steps.get_mut(record) {
            *open = 0;
        }
    }

    /// The records that are not settled, in the order of the invocation.
    pub fn unsettled(&self) -> impl Iterator<Item = usize> {
        self.open_steps.iter().enumerate().filter(|(_, open)| **open > 0).map(|(record, _)| record)
    }

    /// The sequence number that the batch response names: the lowest of the unsettled records'. Lambda
    /// checkpoints before it and delivers everything from it again (AWS Lambda Developer Guide, *Configuring
    /// partial batch response with DynamoDB*).
    ///
    /// `Ok(None)` when all is settled. Fails when an unsettled record has no sequence number: the response
    /// cannot name it, so the invocation must fail as a whole.
    pub fn first_unsettled<'a>(&self, sequence_numbers: &'a [Option<String>]) -> Result<Option<&'a str>, Unnameable> {
        let mut first: Option<&str> = None;
        for record in self.unsettled() {
            let number = sequence_numbers.get(record).and_then(Option::as_deref).ok_or(Unnameable)?;
            if first.is_none_or(|lowest| is_lower(number, lowest)) {
                first = Some(number);
            }
        }
        Ok(first)
    }
}

/// An unsettled record has no sequence number that a batch response could name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unnameable;

/// Sequence numbers are decimals of different lengths: compared as numbers, never as plain text.
fn is_lower(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    (a.len(), a) < (b.len(), b)
}
