//! Erases a person, step by step. Each step can be repeated.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, ensure};
use user_events_local::clock;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

use super::bucket::Bucket;
use super::certificate::{Certificate, Finding, Publisher, StoreKind, is_complete};
use super::ending::exit;
use super::key_table::{KeyTable, Row};
use super::ledger::{Find, Ledger};
use super::options::Erase;
use super::page;
use super::person::Person;
use super::place::{Found, FoundStores};
use super::work::{Looked, Work};
use super::{failures, queue};
use crate::parked::SqsQueues;

/// The digits of the pseudonym in the name of a certificate.
const NAME_DIGITS: usize = 16;

/// Runs the command.
///
/// Fails when a store cannot be found or used, and when the certificate cannot be written.
pub(super) async fn run(
    options: &Erase,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let id = options.user.as_deref().unwrap_or_default();
    ensure!(!id.is_empty(), "name the user with --user");
    let found = options.place.find(options.stores.need_stack()).await?;
    let stores = options.stores.find(&found)?;
    let person = Person::new(&found.source, id);
    let (json, markdown) = files(options.certificate.as_deref(), person.pk());
    ensure!(
        json != markdown,
        "--certificate names a file that ends in .md, which is the page beside the certificate; name another one"
    );
    let table = KeyTable {
        client: &found.clients.dynamodb,
        name: &found.table,
    };
    let ledger = Ledger {
        client: &found.clients.dynamodb,
        name: &found.ledger,
    };
    if options.dry_run {
        out.line(match table.row(person.pk()).await? {
            Row::Absent => {
                "there is no key: a tombstone would be written, so that none can be made".to_owned()
            }
            Row::Key => "there is a key: a tombstone would replace it".to_owned(),
            Row::Tombstone(erased_at) => format!("erased already at {erased_at}"),
        });
    } else {
        let erased_at = table.bury(&ledger, &person).await?;
        progress.step(format_args!("tombstone written, erased at {erased_at}"));
    }
    let bucket = Bucket {
        client: &found.clients.s3,
        name: &stores.bucket,
    };
    let work = Work {
        person: &person,
        mapping: stores.mapping.as_ref(),
        key_table: &found.table,
        now: clock::now(),
        ledger: &ledger,
        bucket: &bucket,
        dry_run: options.dry_run,
        interrupt,
        progress,
    };
    let findings = look_through(&work, &found, &stores).await?;
    let complete = is_complete(&findings);
    for finding in &findings {
        report(finding, out);
    }
    if options.dry_run {
        out.line("nothing was changed");
        return Ok(exit(complete));
    }
    let run_at = clock::now();
    ledger.end_run(person.pk(), run_at, complete).await?;
    let entry = ledger
        .entry(person.pk())
        .await?
        .context("the ledger has lost the entry of this run; look at the table")?;
    let outputs = found.outputs.as_ref();
    let parameter = |name: &str| outputs.and_then(|outputs| outputs.parameter(name));
    let publisher = Publisher {
        stack: found.stack.clone(),
        stage: parameter("Stage").map(str::to_owned),
        source: found.source.clone(),
    };
    let days = parameter("FailureRetentionDays").and_then(|days| days.parse().ok());
    let certificate = Certificate::new(&entry, publisher, &findings, days, run_at);
    write(
        &json,
        &format!("{}\n", serde_json::to_string_pretty(&certificate)?),
    )?;
    write(&markdown, &page::page(&certificate))?;
    let names = (json.display(), markdown.display());
    out.line(format_args!("certificate: {}, to read: {}", names.0, names.1));
    if let Some(after) = certificate.repeat_after {
        out.line(format_args!(
            "run it once more after {after}: until then, records that were written before can fail to be published"
        ));
    }
    Ok(exit(complete))
}

/// The bucket first: a notice of an object that is gone is deleted from the queues. Then the redrive queue, of which messages
/// move to the parked queue when they fail.
async fn look_through(work: &Work<'_>, found: &Found, stores: &FoundStores) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut add = |kind, place: &str, looked: Looked| {
        work.progress.step(format_args!(
            "{} looked through: {} messages or versions",
            page::name(kind),
            looked.looked_through
        ));
        let place = place.to_owned();
        findings.push(Finding { kind, place, looked });
    };
    work.interrupt.check()?;
    add(
        StoreKind::FailureBucket,
        &stores.bucket,
        failures::purge(work).await?,
    );
    for (kind, name, url, find) in [
        (
            StoreKind::RedriveQueue,
            "redrive queue",
            &stores.redrive_url,
            Find::Redrive,
        ),
        (
            StoreKind::ParkedQueue,
            "parked queue",
            &stores.parked_url,
            Find::Parked,
        ),
    ] {
        work.interrupt.check()?;
        let queue = SqsQueues::of(found.clients.sqs.clone(), name, url.clone());
        add(kind, url, queue::purge(work, &queue, find).await?);
    }
    Ok(findings)
}

/// Says what was found and what remains, and what to do about that.
fn report(finding: &Finding, out: &Console) {
    let (looked, name) = (&finding.looked, page::name(finding.kind));
    let mut parts = vec![format!("{} records of the person", looked.own)];
    if finding.kind == StoreKind::FailureBucket {
        parts.push(format!("{} objects of the person alone", looked.deleted));
        parts.push(format!("{} with records of others, too", looked.rewritten));
    } else {
        parts.push(format!("{} notices of objects that are gone", looked.notices));
    }
    out.line(format_args!(
        "{}: {}",
        out.paint(Style::Strong, name),
        parts.join(", ")
    ));
    let stays = |count: u64, what: &str| {
        if count > 0 {
            out.line(format_args!(
                "    {} {count} {what}",
                out.paint(Style::Bad, "remaining:")
            ));
        }
    };
    stays(
        looked.shared,
        "items hold other people too and stay; take the person out of the item in its table, then redrive the record, or \
         delete it",
    );
    stays(
        looked.unclear,
        "records mention the person, and nobody can tell whose they are; look at them with `user-events parked show`, then \
         delete them, or give the deployment's --mapping",
    );
    stays(
        looked.not_seen,
        &format!(
            "messages or objects were in other hands and not seen: run again after {} seconds",
            looked.again_after_seconds
        ),
    );
}

/// The file of the certificate and the page beside it.
fn files(named: Option<&Path>, pk: &str) -> (PathBuf, PathBuf) {
    let json = match named {
        Some(file) => file.to_owned(),
        None => format!("erasure-{}.json", pk.get(..NAME_DIGITS).unwrap_or(pk)).into(),
    };
    let markdown = json.with_extension("md");
    (json, markdown)
}

/// Writes a file whole or not at all.
fn write(file: &Path, text: &str) -> Result<()> {
    let name = file.file_name().ok_or_else(|| {
        anyhow!(
            "{} names no file; choose another with --certificate",
            file.display()
        )
    })?;
    let mut begun = name.to_owned();
    begun.push(".begun");
    let begun = file.with_file_name(begun);
    std::fs::write(&begun, text)
        .and_then(|()| std::fs::rename(&begun, file))
        .with_context(|| {
            format!(
                "{} cannot be written; the person is erased, so repeat the command with another --certificate",
                file.display()
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_named_after_the_pseudonym_and_has_a_page_beside_it() {
        let pk = "0123456789abcdef0123";
        let names = files(None, pk);
        assert_eq!(
            names,
            (
                "erasure-0123456789abcdef.json".into(),
                "erasure-0123456789abcdef.md".into()
            )
        );
        let names = files(Some(Path::new("a/b.json")), pk);
        assert_eq!(names, ("a/b.json".into(), "a/b.md".into()));
    }
}
