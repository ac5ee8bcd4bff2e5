//! `user-events erase verify`: tries to open everything of an erased person.

use std::process::ExitCode;

use anyhow::Result;
use user_events_consumer::{Opener, SubjectKeyTable};
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

use super::ending::exit;
use super::key_table::{KeyTable, Row};
use super::opened::Checked;
use super::options::Verify;
use super::person::Person;
use super::place::Found;
use crate::messages;
use crate::parked::{Held, Queues, SqsQueues};

const OTHERWISE: &str = "name the seal key with --seal-key, or the stack with --stack";

/// Runs the command.
///
/// Fails when the messages cannot be read, and when the tables or the seal key cannot be found.
pub(super) async fn run(
    options: &Verify,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let found = options.place.find(options.seal_key.is_empty()).await?;
    let person = Person::new(&found.source, &options.user);
    let table = KeyTable {
        client: &found.clients.dynamodb,
        name: &found.table,
    };
    let is_erased = matches!(table.row(person.pk()).await?, Row::Tombstone(_));
    let opener = opener(options, &found)?;
    let mut checked = Checked::default();
    for file in &options.messages {
        for item in messages::split(&messages::read(Some(file))?) {
            interrupt.check()?;
            checked.check(&person, &found.source, &opener, &item.body).await;
        }
    }
    for url in &options.queue {
        let queue = SqsQueues::of(found.clients.sqs.clone(), "queue", url.clone());
        let mut held = Held::nothing(&queue);
        let looked = look(&mut held, &mut checked, interrupt, progress).await;
        let bodies: Vec<_> = held
            .entries()
            .iter()
            .filter_map(|entry| held.get(&entry.message_id).map(|message| message.body.clone()))
            .collect();
        held.release(progress).await;
        looked?;
        for body in bodies {
            interrupt.check()?;
            checked.check(&person, &found.source, &opener, &body).await;
        }
    }
    show(options.json, is_erased, &checked, out)?;
    Ok(if checked.is_readable() {
        ExitCode::FAILURE
    } else {
        exit(is_erased && checked.is_proved())
    })
}

/// Receives what the queue shows, and counts what it does not.
async fn look(
    held: &mut Held<'_, SqsQueues>,
    checked: &mut Checked,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<()> {
    let before = held.queues().parked_depth().await?;
    held.take_all(interrupt, progress).await?;
    let after = held.queues().parked_depth().await?;
    let seen = held.entries().len() as u64;
    checked.not_seen += before
        .hidden
        .max((after.visible + after.hidden).saturating_sub(seen));
    Ok(())
}

fn opener(options: &Verify, found: &Found) -> Result<Opener> {
    let seal_keys = match (options.seal_key.as_slice(), &found.outputs) {
        ([], Some(outputs)) => vec![outputs.get("SealKeyArn")?.to_owned()],
        ([], None) => anyhow::bail!("no seal key is known; {OTHERWISE}"),
        (named, _) => named.to_vec(),
    };
    let table = SubjectKeyTable::new(found.clients.dynamodb.clone(), &found.table);
    Ok(Opener::new(found.clients.kms.clone(), seal_keys).with_subject_keys(table))
}

fn show(json: bool, is_erased: bool, checked: &Checked, out: &Console) -> Result<()> {
    if json {
        let mut line = serde_json::to_value(checked)?;
        line["tombstone"] = is_erased.into();
        line["proved"] = (is_erased && checked.is_proved()).into();
        out.line(line);
        return Ok(());
    }
    let tombstone = if is_erased {
        "there"
    } else {
        "missing: this user was not erased"
    };
    out.line(format_args!("tombstone: {tombstone}"));
    out.line(format_args!(
        "{} messages: {} events of the person, {} of others, {} no events, {} not seen",
        checked.messages, checked.events, checked.of_others, checked.not_events, checked.not_seen
    ));
    out.line(format_args!(
        "{} encrypted classes of the person: {} unreadable because the person was erased",
        checked.classes, checked.erased
    ));
    for (reason, count) in &checked.readable {
        out.line(format_args!(
            "    {} {count}: {reason}",
            out.paint(Style::Bad, "READABLE")
        ));
    }
    for (reason, count) in &checked.not_proved {
        out.line(format_args!(
            "    {} {count}: {reason}",
            out.paint(Style::Bad, "not proved")
        ));
    }
    out.line(if checked.is_readable() {
        out.paint(Style::Bad, "something of the person can be read")
    } else if is_erased && checked.is_proved() {
        out.paint(Style::Good, "nothing of the person opens")
    } else {
        out.paint(Style::Bad, "not proved")
    });
    Ok(())
}
