//! The keys of the rows of an inbox.

/// The key of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

impl RowKey {
    /// The partitions of the events of a run: the digits that an id can begin with.
    pub const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    /// The beginning of the sort keys of lanes.
    pub const LANES: &'static str = "SEQUENCE#";

    /// The row of an event.
    pub fn event(consumer: &str, event_id: &str) -> Self {
        Self {
            pk: format!("CONSUMER#{consumer}#EVENT#{event_id}"),
            sk: "INBOX".to_owned(),
        }
    }

    /// The row of an event of a snapshot, except its marker.
    pub fn snapshot_event(consumer: &str, run: &str, event_id: &str) -> Self {
        let digit = event_id.chars().next().unwrap_or_default();
        Self {
            pk: Self::snapshot_events(consumer, run, digit),
            sk: event_id.to_owned(),
        }
    }

    /// The partition key of all events of a run with an id that begins with this digit.
    pub fn snapshot_events(consumer: &str, run: &str, digit: char) -> String {
        format!("CONSUMER#{consumer}#SNAPSHOT#{run}#{digit}")
    }

    /// The row of the snapshot that the consumer has completed.
    pub fn snapshot(consumer: &str) -> Self {
        Self {
            pk: format!("CONSUMER#{consumer}"),
            sk: "SNAPSHOT".to_owned(),
        }
    }

    /// The row of a lane. Names of consumers and categories contain no `#`, so two lanes never have the same key.
    pub fn lane(consumer: &str, partition_key: &str, category: &str, source: &str) -> Self {
        Self {
            pk: Self::lanes(consumer, partition_key),
            sk: format!("{}{category}#{source}", Self::LANES),
        }
    }

    /// The partition key of all lanes of a partition key, one for each category and source.
    pub fn lanes(consumer: &str, partition_key: &str) -> String {
        format!("CONSUMER#{consumer}#LANE#{partition_key}")
    }

    /// The category and the source in the sort key of a lane. `None` if it is no lane's.
    pub fn category_and_source(sort_key: &str) -> Option<(&str, &str)> {
        sort_key.strip_prefix(Self::LANES)?.split_once('#')
    }
}
