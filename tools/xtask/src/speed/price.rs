//! What a million rows cost, by public prices.

use std::io::Write;

use anyhow::Result;

/// US dollars in us-east-1, without free tiers: the price lists of Amazon DynamoDB (on-demand), Amazon SQS, Amazon S3, AWS KMS
/// and AWS Lambda (arm64).
const READS: f64 = 0.125 / 1e6;
const FIFO_REQUESTS: f64 = 0.50 / 1e6;
const KMS_REQUESTS: f64 = 0.03 / 1e4;
const PUTS: f64 = 0.005 / 1e3;
const GB_SECONDS: f64 = 0.000_013_333_4;
const WRITES: f64 = 0.625 / 1e6;
/// SQS bills each begun 64 KB of a request as one request.
const BILLED_BYTES: f64 = 65_536.0;
/// Lambda gives one processor with so many megabytes.
const MEGABYTES: f64 = 1_769.0;
/// Rows in a second of one invocation. The network decides it, not the processor: this one is assumed.
const INVOCATION_RATE: f64 = 1_500.0;
/// A data key is used for so many seconds.
const KEY_SECONDS: f64 = 300.0;
const PAGE: f64 = 500.0;
const ROWS: f64 = 1e6;

/// Prints what a million rows cost, with the arithmetic. Each takes so many read request units, and its message so many bytes.
pub(super) fn print(capacity: f64, bytes: f64, out: &mut impl Write) -> Result<()> {
    let (reads, bytes) = (capacity * ROWS, bytes * ROWS);
    let sends = (ROWS / 10.0).max(bytes / BILLED_BYTES);
    let seconds = ROWS / INVOCATION_RATE;
    let gigabyte_seconds = seconds * MEGABYTES / 1_024.0;
    let keys = (seconds / KEY_SECONDS).ceil();
    let saves = 2.0 * ROWS / PAGE;
    let on_a_machine = reads * READS + sends * FIFO_REQUESTS + keys * KMS_REQUESTS;
    let lines = [
        (
            format!("DynamoDB: {reads:.0} read request units, strongly consistent, 4 KB each"),
            reads * READS,
        ),
        (
            format!(
                "SQS FIFO: {sends:.0} calls with 10 messages of {:.0} bytes",
                bytes / ROWS
            ),
            sends * FIFO_REQUESTS,
        ),
        (
            format!("KMS: {keys:.0} data keys of one class"),
            keys * KMS_REQUESTS,
        ),
        ("from an operator's machine".to_owned(), on_a_machine),
        (
            format!(
                "Lambda: {gigabyte_seconds:.0} GB-seconds, at {INVOCATION_RATE} rows a second of an invocation (assumed)"
            ),
            gigabyte_seconds * GB_SECONDS,
        ),
        (
            format!("S3: {saves:.0} checkpoints, two for each page of {PAGE} rows"),
            saves * PUTS,
        ),
        (
            "as the function".to_owned(),
            on_a_machine + gigabyte_seconds * GB_SECONDS + saves * PUTS,
        ),
    ];
    writeln!(
        out,
        "\na million of these rows, in US dollars at the prices of us-east-1, without free tiers"
    )?;
    for (what, price) in lines {
        writeln!(out, "{price:>10.4}  {what}")?;
    }
    writeln!(
        out,
        "besides, in other tables than that of the accounts: {:.4} for a million users (one read request unit each); with\n\
         SubjectKeys=on: {:.4} for a million persons (one read each), and {:.4} if none of them has a key yet (one write each)",
        ROWS * READS,
        ROWS * READS,
        ROWS * WRITES
    )?;
    Ok(())
}
