//! What a mapping costs: the function of all categories, with the rows of `docs/rows.md` and with a mapped table of the
//! same content.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use user_events_local::build::{self, Profile};
use user_events_local::console::Console;
use user_events_local::workspace::Workspace;
use user_events_testkit::{FunctionProcess, Record, Stub, rows};

use super::load::{LIMIT, update};
use super::median::median;
use super::size::zipped_size;

const RECORDS: u64 = 5_000;
const RECORDS_PER_BATCH: usize = 100;
const ROUNDS: usize = 9;
/// A mapped record costs at most this many times as much.
const MAX_RATIO: f64 = 1.10;
/// Reading the mapping delays the first response by at most this.
const MAX_DELAY_MS: f64 = 10.0;
const MAX_ZIP_MB: f64 = 5.0;

/// The rules for the mapped table.
const MAPPING: &str = r##"version: 1
tables:
  - table: users
    keys: { partition: PK, sort: SK }
    rows:
      - kind: account
        when:
          partition: "USER#{userId}"
          sort: "USER#{userId}"
          attributes: { type: USER }
        ids: { userId: "{userId}" }
        attributes:
          email: mail
          emailVerified: mailVerified
          phoneNumber: phone
          phoneVerified: phoneVerified
          passwordChangedAt: { epochSeconds: passwordSet }
          status:
            - { when: { banned: true }, value: SUSPENDED }
            - { when: { lockedUntil: { after: recorded, time: epochSeconds } }, value: LOCKED }
            - { when: { pending: true }, value: PENDING_VERIFICATION }
            - { value: ACTIVE }
          statusReason: reason
          registrationMethod: { map: provider, values: { credentials: PASSWORD, google: SOCIAL } }
          locale: settings.locale
          createdAt: { epochSeconds: created }
          updatedAt: { epochMillis: updated }
"##;

/// The shape of a table's rows.
struct Shape {
    name: &'static str,
    /// The record at a place of the stream.
    record: fn(u64) -> Value,
    /// Whether the function gets the mapping.
    mapped: bool,
}

const SHAPES: [Shape; 2] = [
    Shape {
        name: "rows of docs/rows.md",
        record: update,
        mapped: false,
    },
    Shape {
        name: "mapped table",
        record: mapped,
        mapped: true,
    },
];

/// What the rounds of a shape cost.
#[derive(Default)]
struct Costs {
    /// Processor time for each record, in microseconds.
    each: Vec<f64>,
    /// From the start of the process to the first response, in milliseconds.
    first_response: Vec<f64>,
}

/// Builds the functions that read a mapping with the release profile, and prints what a mapping costs.
///
/// Fails when a function cannot be built, and when one does not publish every record.
pub(super) fn run(workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let functions = build::functions_with_mapping(workspace, Profile::Release, console)?;
    let function = functions.iter().find(|function| function.name == "single-table");
    let binary = &function
        .context("the function of all categories was not built")?
        .binary;
    let file = Mapping::write(workspace)?;
    let mut costs: [Costs; SHAPES.len()] = Default::default();
    // In turn, so that whatever else the machine does falls on both.
    for _ in 0..ROUNDS {
        for (shape, costs) in SHAPES.iter().zip(&mut costs) {
            shape.take(binary, &file, costs).context(shape.name)?;
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{RECORDS} account updates with one sealed class, {RECORDS_PER_BATCH} records a batch, {ROUNDS} rounds"
    )?;
    writeln!(
        out,
        "medians                   processor time per record (µs)   first response after start (ms)"
    )?;
    for (shape, costs) in SHAPES.iter().zip(&costs) {
        let (each, first) = (median(&costs.each), median(&costs.first_response));
        writeln!(out, "{:<24} {each:>31.1} {first:>33.1}", shape.name)?;
    }
    let [native, mapped] = &costs;
    let ratio = median(&mapped.each) / median(&native.each);
    let delay = median(&mapped.first_response) - median(&native.first_response);
    writeln!(out, "{:<24} {ratio:>31.2} {delay:>33.1}", "ratio; difference")?;
    writeln!(out, "{:<24} {MAX_RATIO:>31.2} {MAX_DELAY_MS:>33.1}", "at most")?;
    for function in &functions {
        let size = zipped_size(&function.binary)? as f64 / 1e6;
        let name = format!("{}, deflated (MB)", function.name);
        writeln!(out, "{name:<56} {size:>33.2}   at most {MAX_ZIP_MB:.0}")?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Shape {
    fn take(&self, binary: &Path, file: &Mapping, costs: &mut Costs) -> Result<()> {
        let stub = Stub::start()?;
        let mapping = [("MAPPING_FILE", file.0.as_str())];
        let variables = if self.mapped { mapping.as_slice() } else { &[] };
        let function = FunctionProcess::start(binary, &stub, variables)?;
        // The first invocation has one record. Its duration is what a user waits for after a cold start.
        let answer = stub.invoke(&[(self.record)(RECORDS)], LIMIT)?;
        let first: Duration = answer.at.duration_since(function.started());
        costs.first_response.push(first.as_secs_f64() * 1e3);
        let records: Vec<Value> = (0..RECORDS).map(self.record).collect();
        let before = function.cpu()?;
        for batch in records.chunks(RECORDS_PER_BATCH) {
            let answer = stub.invoke(batch, LIMIT)?;
            ensure!(
                answer.body == json!({ "batchItemFailures": [] }),
                "the function did not settle a batch: {}",
                answer.body
            );
        }
        let cpu = function.cpu()?.saturating_sub(before);
        costs.each.push(cpu.as_secs_f64() * 1e6 / RECORDS as f64);
        ensure!(
            stub.published().len() as u64 == RECORDS + 1,
            "{} events were published, but {} were expected",
            stub.published().len(),
            RECORDS + 1
        );
        drop(function.end()?);
        Ok(())
    }
}

/// The mapping as a file. Dropping it removes the file.
struct Mapping(String);

impl Mapping {
    fn write(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.engine_folder();
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be created", folder.display()))?;
        let path = folder.join(format!("speed-{}.yaml", std::process::id()));
        std::fs::write(&path, MAPPING).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self(path.to_string_lossy().into_owned()))
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // A file that is left over does no harm.
        std::fs::remove_file(&self.0).ok();
    }
}

/// The same change in a table of another shape.
fn mapped(place: u64) -> Value {
    let key = format!("USER#user-{place}");
    let before = json!({
        "PK": key, "SK": key, "type": "USER",
        "mail": "ada@example.com", "mailVerified": false, "phone": "+1-202-555-0100", "phoneVerified": false,
        "passwordHash": "$argon2id$v=19$m=65536,t=3,p=4$c3ludGhldGlj$aGFzaA", "passwordSet": 1_772_366_399,
        "pending": true, "reason": "NEW", "provider": "credentials", "settings": { "locale": "en-GB" },
        "created": 1_772_366_399, "updated": 1_772_366_399_000_u64, "expires": 1_900_000_000,
    });
    let after = rows::with(
        before.clone(),
        json!({ "mail": format!("ada-{place}@example.com"), "updated": 1_772_366_400_000_u64 }),
    );
    Record::modified("users", &before, &after)
        .with(
            "/dynamodb/Keys",
            json!({ "PK": { "S": key }, "SK": { "S": key } }),
        )
        .at(place)
        .json()
        .clone()
}
