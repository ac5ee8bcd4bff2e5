//! What a run read and made, for people or as JSON.

use serde_json::{Value, json};
use user_events_backfill::Counts;
use user_events_local::console::Console;

use super::meter::grouped;
use crate::table;

/// What was read and made, as one JSON object.
pub(super) fn json(counts: &Counts) -> Value {
    json!({
        "rows": counts.rows, "events": counts.events, "bytes": counts.bytes, "byType": counts.by_type,
        "unfit": counts.unfit, "stateless": counts.stateless, "unwanted": counts.unwanted, "deleted": counts.deleted,
        "erased": counts.erased, "withoutAccount": counts.without_account, "readCapacity": counts.capacity,
    })
}

/// Prints what was read and made.
pub(super) fn show(counts: &Counts, out: &Console) {
    out.line(format_args!(
        "{} rows read, {} snapshot events of {} bytes, {} read request units",
        grouped(counts.rows),
        grouped(counts.events),
        grouped(counts.bytes),
        grouped(counts.capacity.ceil() as u64)
    ));
    let types = counts
        .by_type
        .iter()
        .map(|(name, number)| (name.as_str(), *number));
    let rest = [
        ("rows without a state", counts.stateless),
        ("not wanted", counts.unwanted),
        ("of deleted users, not sent", counts.deleted),
        ("of erased users, not sent", counts.erased),
        ("of users without an account, sent", counts.without_account),
    ];
    let unfit = counts
        .unfit
        .iter()
        .map(|(code, number)| (format!("rows that do not fit: {code}"), *number));
    let unfit: Vec<_> = unfit.collect();
    let unfit = unfit.iter().map(|(name, number)| (name.as_str(), *number));
    let lines = types.chain(rest).chain(unfit).filter(|(_, number)| *number > 0);
    for line in table::lines(lines.map(|(name, number)| ["   ".to_owned(), name.to_owned(), grouped(number)]))
    {
        out.line(line);
    }
}
