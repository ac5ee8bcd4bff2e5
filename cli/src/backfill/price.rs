//! What a backfill costs, by public prices.

use user_events_backfill::Counts;

/// US dollars for a million requests. The price lists of Amazon DynamoDB (on-demand capacity), Amazon SQS and AWS KMS for
/// us-east-1, without the free tiers.
const READS: f64 = 0.125;
const FIFO_REQUESTS: f64 = 0.50;
const STANDARD_REQUESTS: f64 = 0.40;
const KMS_REQUESTS: f64 = 3.0;
/// The prices, for whoever reads the sum.
pub(super) const PRICES: &str = "prices of us-east-1, without free tiers, per million: $0.125 for read request units, $0.50 for requests to a \
                                 FIFO queue ($0.40 to a standard one), $3.00 for requests to KMS";
/// SQS bills each begun 64 KiB of a request as one (Amazon SQS pricing).
const BILLED_BYTES: u64 = 65_536;
/// The messages of one call.
const BATCH: u64 = 10;
/// The consumer receives each message and deletes it.
const CALLS_OF_A_MESSAGE: u64 = 3;
/// For so long SQS uses a data key of its own, and by default a run one of a class (seconds).
const KEY_SECONDS: u64 = 300;

/// What a run would cost, in US dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Price {
    pub(super) reads: f64,
    pub(super) queue: f64,
    pub(super) keys: f64,
}

impl Price {
    /// The price of a run with these counts, at this rate of rows per second, with so many data classes.
    pub(super) fn new(counts: &Counts, is_fifo: bool, rate: u32, classes: usize) -> Self {
        let batches = counts.events.div_ceil(BATCH);
        let sends = batches.max(counts.bytes.div_ceil(BILLED_BYTES));
        let requests = sends + (CALLS_OF_A_MESSAGE - 1) * batches;
        let queue = if is_fifo { FIFO_REQUESTS } else { STANDARD_REQUESTS };
        let seconds = counts.rows / u64::from(rate.max(1));
        let key_periods = seconds / KEY_SECONDS + 1;
        // One data key of each class, and the queue's own, for the sender and the consumer.
        let key_requests = key_periods * (classes as u64 + 2);
        Self {
            reads: millions(counts.capacity) * READS,
            queue: millions(requests as f64) * queue,
            keys: millions(key_requests as f64) * KMS_REQUESTS,
        }
    }

    /// The sum.
    pub(super) fn sum(self) -> f64 {
        self.reads + self.queue + self.keys
    }
}

fn millions(number: f64) -> f64 {
    number / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_rows_cost_their_reads_their_requests_and_few_keys() {
        let counts = Counts {
            rows: 1_000_000,
            events: 1_000_000,
            bytes: 2_000_000_000,
            capacity: 250_000.0,
            ..Counts::default()
        };
        let price = Price::new(&counts, true, 1_000, 3);
        assert!((price.reads - 0.031_25).abs() < 1e-9, "{price:?}");
        // 100,000 batches are sent (20 KB each), received and deleted.
        assert!((price.queue - 0.15).abs() < 1e-9, "{price:?}");
        assert!((price.keys - 0.000_06).abs() < 1e-9, "{price:?}");
        assert!((price.sum() - 0.181_31).abs() < 1e-9);
        let standard = Price::new(&counts, false, 1_000, 3);
        assert!((standard.queue - 0.12).abs() < 1e-9, "{standard:?}");
    }

    #[test]
    fn large_messages_are_billed_by_64_kib() {
        let counts = Counts {
            events: 10,
            bytes: 10 * BILLED_BYTES + 1,
            ..Counts::default()
        };
        let requests = |counts: &Counts| Price::new(counts, true, 1, 0).queue / FIFO_REQUESTS * 1_000_000.0;
        assert!((requests(&counts) - 13.0).abs() < 1e-6);
        assert!(Price::new(&Counts::default(), true, 1, 0).queue == 0.0);
    }
}
