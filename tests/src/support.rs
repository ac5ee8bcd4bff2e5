//! Code that all tests use.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use user_events_catalog::{CATEGORIES, SNAPSHOTS, snapshot};
pub use user_events_catalog::{all_registrations, registrations};
use user_events_core::description::{open_sample_members, sample_key_ring, sample_nonce};
use user_events_core::pipeline::sealed_events as sealed_events_by;
use user_events_core::{Detail, KeyRing, Publication, SealedEnvelope, Thin, known, sample_record};
use user_events_testkit::Record;

/// The root folder of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// The sample data keys of all classes.
pub fn key_ring() -> KeyRing {
    sample_key_ring(&["contact", "identity", "address", "network"])
}

/// A deployment with default names.
pub fn publication() -> Publication {
    Publication::default()
}

/// A deployment that publishes thin events.
pub fn thin_publication() -> Publication {
    Publication {
        detail: Detail::Thin(Thin::new(
            &[CATEGORIES, SNAPSHOTS, &[&snapshot::CATEGORY]].concat(),
            "https://users.example.com",
        )),
        ..publication()
    }
}

/// The sealed events of a record, derived with the whole catalog, with the sample keys and nonce.
pub fn sealed_events(record: &Record) -> Result<Vec<SealedEnvelope>> {
    sealed_events_of(&record.raw())
}

/// The same for a record in JSON.
pub fn sealed_events_of(record: &RawValue) -> Result<Vec<SealedEnvelope>> {
    events_by(&publication(), record)
}

/// The thin events of a record.
pub fn thin_events(record: &Record) -> Result<Vec<SealedEnvelope>> {
    static PUBLICATION: LazyLock<Publication> = LazyLock::new(thin_publication);
    events_by(&PUBLICATION, &record.raw())
}

fn events_by(publication: &Publication, record: &RawValue) -> Result<Vec<SealedEnvelope>> {
    let record = sample_record(record);
    let events = sealed_events_by(
        CATEGORIES,
        None,
        &record,
        publication,
        |_| key_ring(),
        &mut sample_nonce,
    )?;
    Ok(events.unwrap_or_default())
}

/// What a function keeps of a record when it parks it.
pub fn kept(record: &Record) -> Result<Value> {
    let json = record.raw();
    let known = known(CATEGORIES, None, &sample_record(&json), None);
    known.map_or_else(
        || Ok(record.json().clone()),
        |known| Ok(serde_json::from_str(known.get())?),
    )
}

/// The document of a sealed event with every class opened in its place.
pub fn opened(event: &SealedEnvelope) -> Result<Value> {
    let mut document: Value = serde_json::from_str(&event.body)?;
    for (class, content) in open_sample_members(&document["data"], &event.id)? {
        document["data"][class] = content;
    }
    Ok(document)
}

/// The name of a rule, and the function that finds its violations in a subject.
pub type Rule<S> = (&'static str, fn(&S) -> Vec<String>);

/// The violations of all rules, each with the name of its rule.
pub fn broken<S>(rules: &[Rule<S>], subject: &S) -> Vec<String> {
    rules
        .iter()
        .flat_map(|(name, rule)| {
            rule(subject)
                .into_iter()
                .map(move |what| format!("{name}: {what}"))
        })
        .collect()
}

/// A document with another value at this place, and whether there was one before. `null` removes what is there.
///
/// Fails when what the value would be in does not exist.
pub fn replaced(document: &Value, pointer: &str, value: &Value) -> Result<(Value, bool)> {
    let mut document = document.clone();
    let (parent, member) = pointer.rsplit_once('/').context("a pointer begins with /")?;
    let before = match document.pointer_mut(parent) {
        Some(Value::Object(parent)) => match value {
            Value::Null => parent.remove(member),
            value => parent.insert(member.to_owned(), value.clone()),
        },
        Some(Value::Array(parent)) => {
            let item = parent.get_mut(member.parse::<usize>()?);
            let item = item.with_context(|| format!("{pointer} does not exist"))?;
            Some(std::mem::replace(item, value.clone()))
        }
        _ => bail!("{parent} does not exist"),
    };
    Ok((document, before.is_some()))
}

/// The message in the form of a golden file; `body` is parsed.
pub fn golden_message(event: &SealedEnvelope, body: &Value) -> String {
    let attributes: serde_json::Map<_, _> = event
        .attributes
        .iter()
        .map(|one| {
            (
                one.name.to_owned(),
                json!({ "DataType": one.data_type, "StringValue": one.value }),
            )
        })
        .collect();
    let message = json!({
        "MessageGroupId": event.partition_key,
        "MessageDeduplicationId": event.id,
        "MessageAttributes": attributes,
        "Body": body,
    });
    format!("{:#}\n", message)
}

/// Asserts that the golden files in a folder are exactly those of the registered events. The folder has one folder for
/// each category.
pub fn assert_golden_files_are_of_registered_events(folder: &Path) {
    for category in CATEGORIES.iter().chain([&&snapshot::CATEGORY]) {
        let registered: BTreeSet<_> = all_registrations()
            .filter(|(name, _)| *name == category.name)
            .map(|(_, registration)| format!("{}.json", registration.event_type()))
            .collect();
        let files: BTreeSet<_> = std::fs::read_dir(folder.join(category.name))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(files, registered, "{}", category.name);
    }
}

/// Compares a text with a file under `tests/golden`, or writes the file when `GOLDEN=write`.
///
/// If they differ, it fails and names the command that accepts an intended difference.
pub fn compare_with_golden(path: &str, text: &str) -> Result<()> {
    let file = golden(path);
    if std::env::var("GOLDEN").is_ok_and(|mode| mode == "write") {
        std::fs::create_dir_all(file.parent().context("no folder")?)?;
        return Ok(std::fs::write(&file, text)?);
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    anyhow::ensure!(
        expected == text,
        "tests/golden/{path} differs from what is published now; if that is intended, run GOLDEN=write cargo test --test pure golden\n{text}"
    );
    Ok(())
}

/// A file under `tests/golden`.
pub fn golden(path: &str) -> PathBuf {
    root().join("tests/golden").join(path)
}
