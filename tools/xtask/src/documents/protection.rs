//! `docs/data-protection.md`: which data leaves, sealed how, for whom, and how long it is kept.

use std::fmt::{self, Write};

use super::markdown::GENERATED;
use super::retention::Retention;
use super::text::{cell, codes};
use user_events::catalog::model::{Catalog, ClassPage, Disclosure, EventPage};

/// The page.
pub(super) fn page(catalog: &Catalog, kept: &Retention) -> Result<String, fmt::Error> {
    let mut page = String::new();
    writeln!(page, "# Data protection\n\n{GENERATED}\n")?;
    writeln!(
        page,
        "For those who answer for personal data: what leaves the User Service in events, in which form, for whom, and how \
         long it is kept. Every field of every event is either sealed in a class, or readable by every subscriber for a \
         reason given here. A test refuses a field that is neither.\n\n\
         - [What is sealed](#what-is-sealed)\n- [What every subscriber reads](#what-every-subscriber-reads)\n\
         - [What is never published](#what-is-never-published)\n- [How long it is kept](#how-long-it-is-kept)\n\
         - [Erasure](#erasure)\n"
    )?;
    sealed(&mut page, catalog)?;
    public(&mut page, catalog)?;
    never(&mut page)?;
    how_long(&mut page, kept)?;
    erasure(&mut page)?;
    Ok(page)
}

fn sealed(page: &mut String, catalog: &Catalog) -> fmt::Result {
    writeln!(
        page,
        "## What is sealed\n\n\
         Personal data is grouped in classes. A class is encrypted inside the event (AES-256-GCM, a JWE by RFC 7516) with a \
         data key of its own class, which AWS KMS encrypted under the encryption context \
         `{{\"app\": \"user-events\", \"class\": \"<class>\"}}`. The event carries both. The functions that publish may \
         make data keys and may decrypt none: they cannot read back what they wrote. [sealing.md](sealing.md) has the \
         whole of it.\n\n\
         **Who can open a class:** a role with `kms:Decrypt` on the seal key under the condition that \
         `kms:EncryptionContext:class` is that class. `infra/subscriber.yaml` grants the classes that its parameter \
         `Classes` names, and CloudTrail notes principal and class of every decryption. All other subscribers receive the \
         event and cannot read the class.\n\n\
         | class | what it is | events that may hold it |\n| --- | --- | --- |"
    )?;
    for class in &catalog.classes {
        writeln!(
            page,
            "| [`{0}`](#{0}) | {1} | {2} |",
            class.name,
            cell(&class.description),
            class.events.len()
        )?;
    }
    writeln!(page)?;
    for class in &catalog.classes {
        write_class(page, class, catalog)?;
    }
    Ok(())
}

fn write_class(page: &mut String, class: &ClassPage, catalog: &Catalog) -> fmt::Result {
    writeln!(page, "### {}\n\n{}\n", class.name, class.description)?;
    writeln!(page, "| member | meaning | example |\n| --- | --- | --- |")?;
    for member in &class.members {
        let example = member.example.as_ref().map(|value| format!("`{value}`"));
        writeln!(
            page,
            "| `{}` | {} | {} |",
            member.name,
            cell(&member.meaning),
            cell(&example.unwrap_or_default())
        )?;
    }
    let carriers = catalog
        .events()
        .filter(|event| class.events.contains(&event.event_type));
    let carriers: Vec<_> = carriers.map(link).collect();
    writeln!(page, "\nIn {}.\n", carriers.join(", "))
}

fn link(event: &EventPage) -> String {
    format!(
        "[`{}`](events/{}.md#{})",
        event.event_type,
        event.category,
        event.event_type.to_lowercase()
    )
}

fn public(page: &mut String, catalog: &Catalog) -> fmt::Result {
    writeln!(
        page,
        "## What every subscriber reads\n\n\
         A subscriber of a category's topic reads these fields of its events without any grant of the seal key. The \
         envelope around them is readable, too: among it the subject, and what the row's `lastChange` says of who made \
         the change (`initiator`, `initiatortype`) and of the requests behind it (`correlationid`, `causationid`, \
         `traceparent`). Identifiers and codes must tell nothing about a person; [rows.md](rows.md#advice) asks the User \
         Service for it."
    )?;
    for category in &catalog.categories {
        writeln!(page, "\n### Readable in `{}`\n", category.name)?;
        writeln!(
            page,
            "| event | fields | why everybody may read them |\n| --- | --- | --- |"
        )?;
        for event in &category.events {
            let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
            for field in &event.fields {
                let Disclosure::Public(reason) = &field.disclosure else {
                    continue;
                };
                match reasons.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, fields)) => fields.push(field.name.clone()),
                    None => reasons.push((reason, vec![field.name.clone()])),
                }
            }
            for (place, (reason, fields)) in reasons.iter().enumerate() {
                let event = if place == 0 { link(event) } else { String::new() };
                writeln!(page, "| {event} | {} | {} |", codes(fields), cell(reason))?;
            }
        }
    }
    Ok(())
}

fn never(page: &mut String) -> fmt::Result {
    writeln!(
        page,
        "\n## What is never published\n\n\
         - Password hashes, tokens and secrets. They are not read from the rows at all.\n\
         - What was typed as a name in a log-in that failed: it may be a password.\n\
         - Any attribute of a row that no event names. What is read is an allow-list, so a new column cannot leak.\n\
         - Values in logs, metrics and error messages: those name fields and types.\n"
    )
}

fn how_long(page: &mut String, kept: &Retention) -> fmt::Result {
    writeln!(
        page,
        "## How long it is kept\n\n\
         By the project's templates; what a parameter sets is its default. «Rows» are whole stream records with both \
         images of a row: **not sealed**, encrypted at rest like everything else, by a customer key of KMS.\n\n\
         | where | what | how long |\n| --- | --- | --- |\n\
         | stream of a user table | rows | 24 hours (Amazon DynamoDB Developer Guide, *Change data capture for DynamoDB \
         Streams*) |\n\
         | topic | events | {archive} |\n\
         | subscriber's queue | events | {} |\n\
         | its dead-letter queue | events | {} |\n\
         | its queue of undelivered messages | events | {} |\n\
         | parked queue | rows | {} |\n\
         | redrive queue | rows | {} |\n\
         | bucket of failures | rows | {} (`FailureRetentionDays`), and {} more as an older version |\n\
         | logs of the functions | names of fields and types, identifiers of records | {} (`LogRetentionDays`) |\n",
        days(kept.subscriber),
        days(kept.subscriber_dead_letters),
        days(kept.subscriber_undelivered),
        days(kept.parked),
        days(kept.redrive),
        days(kept.failures),
        days(kept.old_failures),
        days(kept.logs),
        archive = match kept.archive {
            0 => "not kept, unless `ArchiveDays` says so".to_owned(),
            archive => format!("{} (`ArchiveDays`)", days(archive)),
        },
    )?;
    writeln!(
        page,
        "A subscriber's own stack may set other times, and what a subscriber stores is the subscriber's to answer for.\n"
    )
}

fn erasure(page: &mut String) -> fmt::Result {
    writeln!(
        page,
        "## Erasure\n\n\
         - `UserDeletedEventV1` informs every subscriber that a user is gone. It holds no personal data. Who keeps data of \
         the user erases it then.\n\
         - Events cannot be called back. What is sealed in them stays sealed for everybody without a grant; to withdraw a \
         grant closes the events that came before, too, for whoever kept them unopened.\n\
         - Deleting the seal key makes every sealed class that was ever published unreadable, for all users at once. \
         There is no key for a single user.\n\
         - Parked rows and the bucket of failures hold rows in clear until their time is over, or until an operator \
         deletes them ([runbook.md](runbook.md))."
    )
}

fn days(days: u64) -> String {
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
