//! The certificate as a page to read, in Markdown.

use super::certificate::{Certificate, Store, StoreKind};

/// The page.
pub(super) fn page(certificate: &Certificate) -> String {
    let Certificate { publisher, .. } = certificate;
    let verdict = match (certificate.complete, certificate.repeat_after) {
        (true, None) => "**Complete.** Nothing of the person that can be read was left in the stores below.".to_owned(),
        (true, Some(after)) => format!(
            "**Complete at the time of this run.** Records that were written before the erasure can still fail to be \
             published until {after}. Run the command once more after that, for the final certificate."
        ),
        (false, _) => {
            "**Not complete.** Something remains or was not seen; see *Remaining* below. Run the command again.".to_owned()
        }
    };
    let mut lines = vec![
        "# Certificate of erasure".to_owned(),
        String::new(),
        verdict,
        String::new(),
        "| | |".to_owned(),
        "| --- | --- |".to_owned(),
        row(&["Person, as a pseudonym", &format!("`{}`", certificate.pk)]),
        row(&["Publisher", &cell(publisher.stack.as_deref().unwrap_or("-"))]),
        row(&["Stage", &cell(publisher.stage.as_deref().unwrap_or("-"))]),
        row(&["Source of the events", &cell(&publisher.source)]),
        row(&["Erased at", &certificate.erased_at.to_string()]),
        row(&["Key deleted at", &certificate.tombstone_at.to_string()]),
        row(&["Run ended at", &certificate.run_at.to_string()]),
        row(&["Command", &format!("user-events {}", certificate.command_version)]),
        String::new(),
        "## What was found and deleted".to_owned(),
        String::new(),
        row(&[
            "Store",
            "Looked through",
            "Found",
            "Deleted",
            "Objects deleted",
            "Objects rewritten",
        ]),
        "| --- | --- | --- | --- | --- | --- |".to_owned(),
    ];
    lines.extend(certificate.stores.iter().map(found));
    lines.extend(
        [
            "",
            "*Looked through* is of the last run; the others are of all runs.",
            "",
        ]
        .map(str::to_owned),
    );
    lines.extend(["## Remaining", ""].map(str::to_owned));
    lines.push(row(&["Store", "Holds others too", "Unclear", "Not seen"]));
    lines.push("| --- | --- | --- | --- |".to_owned());
    lines.extend(certificate.stores.iter().map(remaining));
    lines.extend(["", "## What became unreadable", ""].map(str::to_owned));
    lines.extend(
        certificate
            .unreadable
            .iter()
            .map(|copies| format!("- {}: {}.", copies.copies, copies.reason)),
    );
    lines.extend(["", "## When the last traces are gone", ""].map(str::to_owned));
    lines.extend(
        certificate
            .moments
            .iter()
            .map(|moment| format!("- {}: {}.", moment.at, moment.what)),
    );
    lines.extend(["", "## What was not reached, and whose duty it is", ""].map(str::to_owned));
    lines.extend(
        certificate
            .not_reached
            .iter()
            .map(|one| format!("- {}. Duty: {}.", one.what, one.duty)),
    );
    lines.push(String::new());
    lines.join("\n")
}

fn found(store: &Store) -> String {
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    row(&[
        name(store.store),
        &store.looked_through.to_string(),
        &store.found.to_string(),
        &store.deleted.to_string(),
        &number(store.objects_deleted),
        &number(store.objects_rewritten),
    ])
}

fn remaining(store: &Store) -> String {
    let remaining = store.remaining;
    row(&[
        name(store.store),
        &remaining.holds_others_too.to_string(),
        &remaining.unclear.to_string(),
        &remaining.not_seen.to_string(),
    ])
}

/// The name of a store, for people.
pub(super) fn name(store: StoreKind) -> &'static str {
    match store {
        StoreKind::FailureBucket => "failure bucket",
        StoreKind::RedriveQueue => "redrive queue",
        StoreKind::ParkedQueue => "parked queue",
    }
}

fn row(cells: &[&str]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// A text that cannot end its cell.
fn cell(text: &str) -> String {
    crate::printable::printable(text).replace('|', "\\|")
}
