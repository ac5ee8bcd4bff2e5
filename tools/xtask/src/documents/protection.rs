//! `docs/data-protection.md`: which data leaves the User Service, how it is encrypted, who reads it, how long it is kept.

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
        "For data protection officers: which personal data leaves the User Service in events, in which form, who can read \
         it, and how long it is kept. Every field of every event is either sealed (encrypted with a data key) in a data \
         class, or readable by every subscriber for a reason listed below. A test fails for any other field.\n\n\
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
         Personal data is grouped in data classes. Each class is encrypted inside the event (AES-256-GCM, a JWE as in RFC \
         7516) with a data key of that class only. AWS KMS encrypts the data key under the encryption context \
         `{{\"app\": \"user-events\", \"class\": \"<class>\"}}`. The event carries the encrypted class and the encrypted data \
         key. The publishing functions may generate data keys but not decrypt them, so they cannot read back what they \
         wrote. [sealing.md](sealing.md) has the details.\n\n\
         **Who can open a class:** a role with `kms:Decrypt` on the seal key, under the condition that \
         `kms:EncryptionContext:class` is that class. `infra/subscriber.yaml` grants the classes in its parameter \
         `Classes`, and CloudTrail records the principal and the class of every decryption. All other subscribers receive \
         the event but cannot read the class.\n\n\
         | class | meaning | number of events with it |\n| --- | --- | --- |"
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
         Every subscriber of a category's topic can read these fields without a grant for the seal key. The envelope is \
         readable too, including the subject and the values of the row's `lastChange`: who made the change (`initiator`, \
         `initiatortype`) and which requests caused it (`correlationid`, `causationid`, `traceparent`). Identifiers and \
         codes must reveal nothing about a person; [rows.md](rows.md#advice) asks the User Service to ensure it."
    )?;
    for category in &catalog.categories {
        writeln!(page, "\n### Readable in `{}`\n", category.name)?;
        writeln!(
            page,
            "| event | fields | why every subscriber may read them |\n| --- | --- | --- |"
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
         - Password hashes, tokens and secrets. The publisher never reads them from the rows.\n\
         - The user name typed in a failed login. It may be a password.\n\
         - Row attributes that no event names. The publisher reads an allow-list, so a new attribute cannot leak.\n\
         - Values in logs, metrics and error messages. Those contain field names and types only.\n"
    )
}

fn how_long(page: &mut String, kept: &Retention) -> fmt::Result {
    writeln!(
        page,
        "## How long it is kept\n\n\
         The times come from the project's templates; for a parameter, the table shows its default. \"Rows\" are complete \
         stream records with both images of a row. \"Rows, as far as they are read\" hold the keys and the attributes that \
         the catalogue or the mapping reads, and no other column; a record that cannot be decoded is there whole, and its \
         message says `\"kept\": \"whole\"`. Neither is **sealed**, both are only encrypted at rest with a \
         customer-managed KMS key.\n\n\
         | place | content | kept for |\n| --- | --- | --- |\n\
         | stream of a user table | rows | 24 hours (Amazon DynamoDB Developer Guide, *Change data capture for DynamoDB \
         Streams*) |\n\
         | topic | events | {archive} |\n\
         | subscriber's queue | events | {} |\n\
         | its dead-letter queue | events | {} |\n\
         | its queue of undelivered messages | events | {} |\n\
         | parking-lot queue (parked records) | rows, as far as they are read | {} |\n\
         | redrive queue | rows, as far as they are read | {} |\n\
         | failure bucket, `parked/` | rows, as far as they are read, that are too large for the queue | {} \
         (`FailureRetentionDays`), and {} more as a noncurrent version |\n\
         | failure bucket, other objects | rows: Lambda itself writes the whole records of a batch that it gave up (AWS \
         Lambda Developer Guide, *Retain discarded records for a DynamoDB event source*) | as above |\n\
         | table of persons' keys (`SubjectKeys`) | a secret of each person, or a tombstone with the user's ID and the time \
         of the erasure | the secret until the person is erased, and 7 days more in backups (point-in-time recovery); the \
         tombstone for good |\n\
         | its stream | new secrets and tombstones; the record of an erasure does not hold the secret, but that of its creation \
         does | 24 hours |\n\
         | function logs | names of fields and types, record IDs | {} (`LogRetentionDays`) |\n",
        days(kept.subscriber),
        days(kept.subscriber_dead_letters),
        days(kept.subscriber_undelivered),
        days(kept.parked),
        days(kept.redrive),
        days(kept.failures),
        days(kept.old_failures),
        days(kept.logs),
        archive = match kept.archive {
            0 => "not kept, unless `ArchiveDays` is set".to_owned(),
            archive => format!("{} (`ArchiveDays`)", days(archive)),
        },
    )?;
    writeln!(
        page,
        "A subscriber's own stack may set other times. Subscribers are responsible for the data that they store.\n"
    )
}

fn erasure(page: &mut String) -> fmt::Result {
    writeln!(
        page,
        "## Erasure\n\n\
         - `UserDeletedEventV1` announces to every subscriber of `account` that a user was deleted. Its only \
         personal data is the user's ID. Subscribers then erase their data of the user.\n\
         - `UserProfileDeletedEventV1` announces to every subscriber of `profile` that the row with the name and the other \
         `identity` data was removed, also when the user remains.\n\
         - If the User Service brings a deleted user back, `UserRestoredEventV1` contains the class `contact` again, \
         because subscribers erased it.\n\
         - With `SubjectKeys` on, `user-events erase` deletes the person's secret in the table of persons' keys. Every copy of \
         every sealed class of that person is unreadable from then on, in queues, archives and backups, for readers \
         within 300 seconds ([erasure.md](erasure.md)). What was not sealed stays readable: the user's ID, states and times. \
         `UserErasedEventV1` announces it to every subscriber of `account`, who then deletes the copies that were opened.\n\
         - A published event cannot be recalled. Its sealed classes remain unreadable without a grant. Withdrawing a grant \
         also locks earlier events that the subscriber stored without opening them.\n\
         - Deleting the seal key makes every sealed class ever published unreadable, for all users at once.\n\
         - The parking-lot queue, the redrive queue and the failure bucket hold rows that are not sealed until the times \
         above pass, `user-events erase` deletes the person's, or an operator deletes them \
         ([runbook.md](runbook.md))."
    )
}

fn days(days: u64) -> String {
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
