//! What a record costs in small and in large invocations, while all is well and while a service is not.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use user_events_testkit::{Behaviour, Endpoint, FunctionProcess, Record, Stub, rows};

/// The records of an invocation: the sizes that are compared with the largest.
const SMALLER: [u64; 2] = [100, 1_000];
/// The largest number of records of an invocation.
const LARGEST: u64 = 10_000;
/// Enough records for a figure: small invocations are repeated.
const RECORDS: u64 = 10_000;
/// How often SNS refuses each event while it is unwell.
const REFUSALS: u32 = 3;
/// How long an invocation lasts while SNS is down. The default margin of 1.5 s is part of it.
const OUTAGE_TIMEOUT: Duration = Duration::from_millis(4_500);
const TIMEOUT: Duration = Duration::from_secs(120);
/// How long SNS takes for each call of the hot user.
const CALL: Duration = Duration::from_millis(25);

/// A kind of load.
struct Load {
    name: &'static str,
    /// The record at a place of the stream.
    record: fn(u64) -> Value,
    sns: Behaviour,
    /// How long an invocation may last.
    timeout: Duration,
    /// Whether the function settles every record. If not, an invocation lasts until its deadline, whatever its size, so its
    /// processor time says nothing about a record.
    settles: bool,
}

const LOADS: [Load; 6] = [
    Load {
        name: "distinct users",
        record: distinct_user,
        sns: Behaviour::Plain,
        timeout: TIMEOUT,
        settles: true,
    },
    Load {
        name: "one hot user",
        record: hot_user,
        sns: Behaviour::Plain,
        timeout: TIMEOUT,
        settles: true,
    },
    Load {
        name: "all poison",
        record: poison,
        sns: Behaviour::Plain,
        timeout: TIMEOUT,
        settles: true,
    },
    Load {
        name: "refused calls",
        record: distinct_user,
        sns: Behaviour::Fails("InvalidParameter"),
        timeout: TIMEOUT,
        settles: true,
    },
    Load {
        name: "SNS unwell",
        record: distinct_user,
        sns: Behaviour::RefusesFirst(REFUSALS),
        timeout: TIMEOUT,
        settles: true,
    },
    Load {
        name: "SNS down",
        record: distinct_user,
        sns: Behaviour::Fails("ServiceUnavailable"),
        timeout: OUTAGE_TIMEOUT,
        settles: false,
    },
];

/// What one kind of load cost with one size of invocation.
struct Cost {
    /// Processor time for each record, in microseconds.
    each: f64,
    peak_memory: u64,
    log: usize,
}

/// Measures every kind of load and prints a line for each.
pub(super) fn run(binary: &Path, out: &mut impl Write) -> Result<()> {
    let bytes = distinct_user(1).to_string().len();
    writeln!(
        out,
        "\nrecords of {bytes} bytes, {RECORDS} of them for each figure"
    )?;
    writeln!(
        out,
        "processor time per record (µs), by records an invocation       at most 1.20   at most 64"
    )?;
    writeln!(
        out,
        "                         100     1,000    10,000     10,000 : 100     peak (MB)    log (KB) an invocation"
    )?;
    for load in &LOADS {
        let cost = |size| {
            let cost = load.cost(binary, size);
            cost.with_context(|| format!("{}, {size} records", load.name))
        };
        let large = cost(LARGEST)?;
        let mut figures = vec!["-".to_owned(); SMALLER.len() + 2];
        if load.settles {
            let smaller = SMALLER.map(cost).into_iter().collect::<Result<Vec<_>>>()?;
            let times = smaller
                .iter()
                .chain([&large])
                .map(|cost| format!("{:.1}", cost.each));
            let ratio = smaller
                .first()
                .map(|small| format!("{:.2}", large.each / small.each));
            figures = times.chain(ratio).collect();
        }
        write!(out, "{:<18}", load.name)?;
        for (figure, width) in figures.iter().zip([9, 9, 9, 16]) {
            write!(out, " {figure:>width$}")?;
        }
        writeln!(
            out,
            " {:>13.1} {:>11.1}",
            large.peak_memory as f64 / 1e6,
            large.log as f64 / 1e3,
        )?;
    }
    writeln!(
        out,
        "\nevents of one user in a second, at {} ms a call",
        CALL.as_millis()
    )?;
    for (lane_batching, records) in [("off", 200), ("on", 2_000)] {
        let rate = hot_user_rate(binary, lane_batching, records)?;
        writeln!(out, "LaneBatching={lane_batching:<6} {rate:>9.0}")?;
    }
    writeln!(
        out,
        "on: ten events a call, so nearly 400 on an idle machine; off: nearly 40"
    )?;
    Ok(())
}

/// How many events of one user the function publishes in a second.
fn hot_user_rate(binary: &Path, lane_batching: &str, records: u64) -> Result<f64> {
    let stub = Stub::start_with_timeout(TIMEOUT)?;
    let function = FunctionProcess::start(binary, &stub, &[("LANE_BATCHING", lane_batching)])?;
    stub.invoke(&[distinct_user(0)], TIMEOUT)?;
    stub.behave(Endpoint::Sns, Behaviour::After(CALL));
    let records: Vec<_> = (1..=records).map(hot_user).collect();
    let begun = Instant::now();
    let answer = stub.invoke(&records, TIMEOUT)?;
    let lasted = answer.at.duration_since(begun);
    ensure!(
        stub.published().len() == records.len() + 1,
        "the function answered {}",
        answer.body
    );
    drop(function);
    Ok(records.len() as f64 / lasted.as_secs_f64())
}

impl Load {
    fn cost(&self, binary: &Path, size: u64) -> Result<Cost> {
        let stub = Stub::start_with_timeout(self.timeout)?;
        let function = FunctionProcess::start(binary, &stub, &[])?;
        // The first invocation opens connections and fetches the key.
        stub.invoke(&[distinct_user(0)], self.timeout)?;
        stub.behave(Endpoint::Sns, self.sns);
        let invocations = RECORDS / size;
        let before = function.cpu()?;
        for invocation in 0..invocations {
            let first = 1 + invocation * size;
            let records: Vec<_> = (first..first + size).map(self.record).collect();
            let answer = stub.invoke(&records, self.timeout)?;
            let settled = answer.body == json!({ "batchItemFailures": [] });
            ensure!(
                settled == self.settles && !answer.failed,
                "the function answered {}",
                answer.body
            );
        }
        let cpu = function.cpu()?.saturating_sub(before);
        let peak_memory = function.peak_memory()?;
        let log = function.end()?.len();
        Ok(Cost {
            each: cpu.as_secs_f64() * 1e6 / (invocations * size) as f64,
            peak_memory,
            log: log / invocations as usize,
        })
    }
}

/// The stream record of a new account, of a user of its own.
fn distinct_user(place: u64) -> Value {
    registration(&format!("user-{place}"), place)
}

/// The same, of one user for all records.
fn hot_user(place: u64) -> Value {
    registration("user-1", place)
}

/// A record that no retry can fix.
fn poison(place: u64) -> Value {
    Record::from_json(distinct_user(place))
        .with("/dynamodb/NewImage/email", Value::Null)
        .json()
        .clone()
}

fn registration(user: &str, place: u64) -> Value {
    let row = rows::with(
        rows::account(user),
        json!({ "phoneNumber": null, "phoneVerified": null, "passwordChangedAt": null, "passwordHash": null,
                "locale": null, "statusReason": null, "emailVerified": null, "registrationMethod": null, "version": null, "ttl": null }),
    );
    Record::inserted("accounts", &row).at(place).json().clone()
}
