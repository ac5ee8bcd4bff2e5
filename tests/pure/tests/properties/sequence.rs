//! Time, order and settlement: times follow RFC 3339, places in the stream compare as numbers, and the response names
//! the lowest one that is not settled.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use user_events_core::{Settlement, Time, Unnameable};
use user_events_testkit::{Record, rows};

use super::generated::{odd_time, time};
use crate::support::sealed_events;

/// A sequence number of up to 40 digits, in two halves of up to 20: they compare as the number does.
type Number = (u128, u128);

const MAX_HALF: u128 = 99_999_999_999_999_999_999;

fn number() -> impl Strategy<Value = Number> {
    let half = || prop_oneof![Just(0), 1..1_000_u128, 0..=MAX_HALF];
    (half(), half())
}

/// The number as DynamoDB writes it, or with zeros before it.
fn digits((high, low): Number, zeros: usize) -> String {
    let number = format!("{high}{low:020}");
    let number = match number.trim_start_matches('0') {
        "" => "0",
        significant => significant,
    };
    format!("{}{number}", "0".repeat(zeros.min(40 - number.len())))
}

/// The sequence in the envelope of an event at this place.
fn sequence(number: &str) -> String {
    let record = Record::inserted("accounts", &rows::account("user-1"))
        .with("/dynamodb/SequenceNumber", json!(number));
    let event = sealed_events(&record).unwrap().remove(0);
    let document: Value = serde_json::from_str(&event.body).unwrap();
    document["sequence"].as_str().unwrap().to_owned()
}

/// The outcome of a record.
#[derive(Debug, Clone, Copy)]
enum Done {
    Expected(usize),
    Accepted,
    Parked,
}

fn done() -> impl Strategy<Value = Done> {
    prop_oneof![
        2 => (0..4_usize).prop_map(Done::Expected),
        4 => Just(Done::Accepted),
        1 => Just(Done::Parked),
    ]
}

proptest! {
    #[test]
    fn a_time_that_is_read_is_written_as_rfc_3339_and_read_again(text in prop_oneof![time(), odd_time()]) {
        if let Some(time) = Time::parse(&text) {
            let written = time.to_string();
            let shape: String = written.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            prop_assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{}", text);
            prop_assert_eq!(Time::parse(&written), Some(time));
            prop_assert_eq!(Time::from_millisecond(time.as_millisecond()), Some(time));
        }
    }

    #[test]
    fn every_rfc_3339_time_is_read(text in time()) {
        prop_assert!(Time::parse(&text).is_some(), "{}", text);
    }

    #[test]
    fn the_text_order_of_sequences_is_the_order_of_the_numbers(
        (one, other) in (number(), number()),
        zeros in 0..20_usize,
    ) {
        let (a, b) = (sequence(&digits(one, zeros)), sequence(&digits(other, 0)));
        prop_assert_eq!(a.cmp(&b), one.cmp(&other), "{} and {}", a, b);
        prop_assert!(a.len() == 45 && a.ends_with(".0000"));
    }

    #[test]
    fn the_response_names_the_lowest_number_that_is_not_settled(
        numbers in vec((number(), 0..20_usize), 1..20),
        steps in vec((0..24_usize, done()), 0..80),
        nameless in proptest::option::weighted(0.2, 0..20_usize),
    ) {
        let mut settlement = Settlement::new(numbers.len());
        let mut open = vec![1_usize; numbers.len()];
        for (record, done) in steps {
            match done {
                Done::Expected(events) => settlement.expect(record, events),
                Done::Accepted => settlement.accepted(record),
                Done::Parked => settlement.parked(record),
            }
            // A record that was not delivered is ignored.
            if let Some(open) = open.get_mut(record) {
                *open = match done {
                    Done::Expected(events) => events,
                    Done::Accepted => open.saturating_sub(1),
                    Done::Parked => 0,
                };
            }
        }
        let unsettled: Vec<_> = (0..numbers.len()).filter(|record| open[*record] > 0).collect();
        prop_assert_eq!(settlement.unsettled().collect::<Vec<_>>(), unsettled.clone());
        let named = |record: usize| {
            (Some(record) != nameless).then(|| digits(numbers[record].0, numbers[record].1))
        };
        let first = settlement.first_unsettled(named);
        if nameless.is_some_and(|nameless| unsettled.contains(&nameless)) {
            prop_assert_eq!(first, Err(Unnameable));
        } else {
            let value = |digits: &str| {
                let padded = format!("{digits:0>40}");
                (padded[..20].parse::<u128>().unwrap(), padded[20..].parse::<u128>().unwrap())
            };
            let lowest = unsettled.iter().map(|record| numbers[*record].0).min();
            prop_assert_eq!(first.unwrap().as_deref().map(value), lowest);
        }
    }
}
