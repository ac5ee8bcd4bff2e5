//! `user-events validate`: validates messages against the schemas, without printing any value.

mod expected;
mod finding;
mod schemas;
mod show;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::Value;
use user_events_consumer::ReceivedEvent;

use crate::messages::{self, Item};
use crate::open::{Class, KeyOptions, Openers};
use finding::{Finding, Problem};
use schemas::Schemas;
use user_events_local::console::Console;
use user_events_local::interrupt::{INTERRUPTED, Interrupt};

/// Validate events against their JSON Schemas
///
/// Validates envelope and data, formats included, against the schemas of this version. Reports schema, JSON pointer and
/// expectation, never a value. Accepts what `open` accepts: events, SNS notifications, SQS messages and responses, inputs of
/// Lambda functions, one or many.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The files with the messages; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,

    /// Decrypt the classes that you were granted, and validate them too
    #[arg(long)]
    open: bool,

    /// Fail on unknown event types and, with --open, on classes that could not be opened
    #[arg(long)]
    strict: bool,

    /// Print one JSON object per message
    #[arg(long)]
    json: bool,

    /// With --open: the stage of the seal key [default: dev; demo with --endpoint]
    #[arg(long, value_name = "NAME", requires = "open")]
    stage: Option<String>,

    #[command(flatten)]
    keys: KeyOptions,

    /// With --open: use the KMS of a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL", requires = "open")]
    endpoint: Option<String>,
}

const EXAMPLES: &str = "Examples:
  user-events validate event.json
  user-events sample --all | user-events validate --strict --open -
  aws sqs receive-message --queue-url URL | user-events validate - --open
  user-events validate events.ndjson --json

With --open, the events of `user-events sample` need neither credentials nor a region, and the output says that the example key opened them. With --stage, --seal-key or --endpoint they are refused.

Exit status: 0 if all messages are valid, 1 if there is none, or one is invalid, is not an event, or could not be read, 2 for an invalid command line, 130 if interrupted. An unknown event type is reported, and is an error only with --strict; its envelope is validated in any case.";

/// Runs the command. Succeeds if all messages are valid.
///
/// Fails when a file cannot be read, and with `--open` when there are no credentials.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    tokio::select! {
        biased;
        () = interrupt.raised() => Ok(ExitCode::from(INTERRUPTED)),
        done = validate_all(options, out, progress) => done,
    }
}

async fn validate_all(options: &Options, out: &Console, progress: &Console) -> Result<ExitCode> {
    let (stage, endpoint) = (options.stage.as_deref(), options.endpoint.as_deref());
    let mut openers = options.open.then(|| Openers::new(&options.keys, stage, endpoint));
    let schemas = Schemas::from_catalog()?;
    let (mut count, mut bad) = (0, 0);
    for file in &options.files {
        for item in messages::some(Some(file))? {
            let mut finding = validate(&schemas, &item);
            if options.files.len() > 1 {
                finding.place = format!("{file}: {}", finding.place);
            }
            if let Some(openers) = &mut openers {
                opened(&schemas, &item, openers, &mut finding).await?;
            }
            let fits = finding.problems.is_empty() && (!options.strict || finding.notes.is_empty());
            (count, bad) = (count + 1, bad + usize::from(!fits));
            if options.json {
                out.line(show::json(&finding, fits)?)
            } else {
                show::readable(&finding, fits, out)
            }
        }
    }
    progress.line(format_args!(
        "{count} messages: {} fit, {bad} do not",
        count - bad
    ));
    Ok(match bad {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Validates envelope and data.
fn validate(schemas: &Schemas, item: &Item) -> Finding {
    let mut finding = Finding {
        place: item.place.clone(),
        ..Finding::default()
    };
    let Some(event) = item.event() else {
        let expected = "an event in JSON, or an SNS notification of one";
        finding.problems.push(Problem {
            schema: None,
            pointer: String::new(),
            opened_pointer: None,
            expected: match item.broken {
                Some(what) => format!("{expected}; {what}"),
                None => expected.to_owned(),
            },
        });
        return finding;
    };
    finding.problems = schemas.envelope(&event);
    // An invalid type or ID is a value too, so it is not printed.
    let text = |name: &str| {
        let pointer = format!("/{name}");
        let fits = finding.problems.iter().all(|problem| problem.pointer != pointer);
        event[name].as_str().filter(|_| fits).map(str::to_owned)
    };
    (finding.event_type, finding.id) = (text("type"), text("id"));
    match finding
        .event_type
        .as_deref()
        .map(|name| schemas.data(name, &event["data"]))
    {
        Some(Some(problems)) => finding.problems.extend(problems),
        Some(None) => finding
            .notes
            .push("this version does not know the event type; only the envelope was validated".to_owned()),
        None => {}
    }
    finding
}

/// Validates the classes that can be opened. Skips an event that cannot be read: it was reported already.
///
/// Fails when there are no credentials for the event of a deployment.
async fn opened(
    schemas: &Schemas,
    item: &Item,
    openers: &mut Openers<'_>,
    finding: &mut Finding,
) -> Result<()> {
    let Ok(event) = ReceivedEvent::from_message_body(&item.body) else {
        return Ok(());
    };
    let event_type = event.event_type().to_owned();
    let opened = openers.open(event).await?;
    finding.by_example_key = opened.by_example_key;
    for (name, class) in opened.classes {
        match class {
            Class::Clear(content) => {
                finding
                    .problems
                    .extend(schemas.content(&event_type, &name, &content).unwrap_or_default());
            }
            Class::NotGranted => finding
                .notes
                .push(format!("class `{name}` was not granted and not validated")),
            Class::Erased => finding.notes.push(format!(
                "class `{name}` is of a person who was erased; it was not validated"
            )),
            Class::Refused(_, why) => finding.problems.push(Problem {
                schema: None,
                pointer: format!("/data/{name}"),
                opened_pointer: None,
                expected: format!("a token that can be decrypted: {why}"),
            }),
            Class::Failed(_, why) => finding
                .notes
                .push(format!("class `{name}` could not be opened: {why}")),
            Class::Sealed => {}
        }
    }
    Ok(())
}

impl Item {
    /// The event in the body, without what SNS wrapped around it. `None` if it is not JSON.
    fn event(&self) -> Option<Value> {
        let mut document: Value = serde_json::from_str(&self.body).ok()?;
        if document["Type"] == "Notification" {
            document = serde_json::from_str(document["Message"].as_str()?).ok()?;
        }
        Some(document)
    }
}

#[cfg(test)]
mod tests;
