//! Makes the writes and receives their events.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use user_events_consumer::{Opened, Opener, ReceivedEvent, SubjectKeyTable};

use super::declared::DeclaredData;
use super::differences::{Ledger, Receipt, Verdict};
use super::names::TableNames;
use super::parked;
use super::recording::{Line, Recording};
use super::script::Script;
use super::show;
use super::summary::Outcome;
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::Stack;
use user_events_local::expectation::{Expected, ExpectedEvent};
use user_events_local::story::Step;
use user_events_local::subscribe::{Received, Subscriptions};
use user_events_local::writes::{Layout, perform};

/// The longest pause between expected events.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait for unexpected events at the end.
const QUIET: Duration = Duration::from_millis(1500);

/// A run of writes on a deployed stack.
pub(super) struct Play<'a> {
    clients: &'a Clients,
    stack: &'a Stack,
    tables: &'a TableNames,
    console: &'a Console,
    received: UnboundedReceiver<Received>,
    opener: Opener,
    recording: Option<Recording>,
    parked_before: u64,
    sent: HashMap<usize, Instant>,
    ledger: Ledger,
    declared: DeclaredData,
    outcome: Outcome,
}

impl<'a> Play<'a> {
    pub(super) async fn new(
        clients: &'a Clients,
        stack: &'a Stack,
        tables: &'a TableNames,
        subscriptions: &mut Subscriptions,
        recording: Option<Recording>,
        console: &'a Console,
    ) -> Result<Self> {
        let (sender, received) = unbounded_channel();
        subscriptions.receive(&sender);
        let mut opener = Opener::new(clients.kms.clone(), [stack.output("SealKeyArn")?]);
        if let Some(table) = stack.subject_keys() {
            opener = opener.with_subject_keys(SubjectKeyTable::new(clients.dynamodb.clone(), table));
        }
        Ok(Self {
            parked_before: parked::count(clients, stack).await?,
            opener,
            sent: HashMap::new(),
            ledger: Ledger::default(),
            declared: DeclaredData::default(),
            outcome: Outcome::default(),
            clients,
            stack,
            tables,
            console,
            received,
            recording,
        })
    }

    /// Makes the writes and receives events until all have arrived and no more follow, or until the time is up.
    ///
    /// Fails when a write is refused or the recording cannot be written.
    pub(super) async fn play(mut self, script: Script, layout: Layout<'_>) -> Result<Outcome> {
        let waits = script.waits();
        self.outcome.left_out = script.left_out();
        let steps = script.steps(self.clients, self.tables, layout).await?;
        self.console.step(format_args!("playing {} writes", steps.len()));
        let mut gave_up = false;
        for (number, step) in &steps {
            let number = *number;
            self.write(number, step).await?;
            if waits {
                if !self.wait_for(number).await? {
                    let given_up = format!(
                        "no event arrived for {} seconds: stopped after write {number}; the remaining writes were not made",
                        PATIENCE.as_secs(),
                    );
                    self.outcome.differences.push(given_up);
                    gave_up = true;
                    break;
                }
            } else {
                while let Ok(received) = self.received.try_recv() {
                    self.take(received).await?;
                }
            }
        }
        self.take_the_rest(gave_up).await?;
        self.count_parked().await?;
        self.outcome
            .differences
            .extend(self.ledger.differences().iter().map(ToString::to_string));
        Ok(self.outcome)
    }

    async fn write(&mut self, number: usize, step: &Step) -> Result<()> {
        show::write(self.console, number, step);
        self.outcome.writes += 1;
        match &step.expected {
            Expected::Events(events) if events.is_empty() => self.outcome.without_event += 1,
            Expected::Events(events) => self.ledger.expect(number, events),
            Expected::Parked(_) => self.outcome.to_be_parked += 1,
        }
        self.outcome
            .differences
            .extend(self.declared.declare(number, step));
        let table_name = self.tables.deployed(&step.write.table)?;
        self.sent.insert(number, Instant::now());
        perform(&self.clients.dynamodb, table_name, &step.write)
            .await
            .with_context(|| format!("write {number}"))
    }

    /// Receives until all events of a write have arrived; `false` if they do not.
    async fn wait_for(&mut self, number: usize) -> Result<bool> {
        while self.ledger.is_open(number) {
            match timeout(PATIENCE, self.received.recv()).await {
                Ok(Some(received)) => self.take(received).await?,
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Receives until all events have arrived and no more follow. Does not wait if a step already timed out.
    async fn take_the_rest(&mut self, gave_up: bool) -> Result<()> {
        loop {
            let longest = if self.ledger.open() > 0 && !gave_up {
                PATIENCE
            } else {
                QUIET
            };
            match timeout(longest, self.received.recv()).await {
                Ok(Some(received)) => self.take(received).await?,
                _ => return Ok(()),
            }
        }
    }

    /// Takes in one message: decrypts, records, compares and shows it.
    async fn take(&mut self, received: Received) -> Result<()> {
        let Received {
            category,
            body,
            attributes,
            at,
            ..
        } = received;
        let event = match ReceivedEvent::from_message_body(&body) {
            Ok(event) => event,
            Err(error) => {
                self.outcome.differences.push(format!(
                    "a message in the {category} queue is not an event: {error}"
                ));
                return Ok(());
            }
        };
        let classes = event.sealed().map(|(class, _)| class);
        let opened = match self.opener.open_each(&event, classes).await {
            Ok(opened) => opened,
            Err(error) => {
                let told = format!("{category} {} {}: {error}", event.event_type(), event.subject());
                self.outcome.differences.push(told);
                BTreeMap::new()
            }
        };
        let opened: BTreeMap<String, Value> = opened
            .into_iter()
            .filter_map(|(class, opened)| match opened {
                Opened::Clear(content) => Some((class, content)),
                Opened::NotGranted | Opened::Erased => None,
            })
            .collect();
        if let Some(recording) = &mut self.recording {
            let envelope = event.envelope();
            recording.write(&Line {
                queue: &category,
                attributes: &attributes,
                envelope,
                opened: &opened,
            })?;
        }
        let receipt = Receipt {
            event: ExpectedEvent {
                category,
                event_type: event.event_type().to_owned(),
                subject: event.subject().to_owned(),
            },
            id: event.id().to_owned(),
            sequence: event.sequence().to_owned(),
        };
        self.outcome.count(&receipt.event);
        let verdict = self.ledger.receive(receipt.clone());
        let latency = match verdict {
            Verdict::Of(number) => self.sent.get(&number).map(|sent| at.duration_since(*sent)),
            Verdict::Double | Verdict::Unexpected => None,
        };
        self.outcome.latencies.extend(latency);
        if let Verdict::Of(number) = verdict {
            let differences = self.declared.compare(number, &event, &opened);
            self.outcome.differences.extend(differences);
        }
        show::event(
            self.console,
            &receipt.event.category,
            &event,
            &opened,
            verdict,
            latency,
        );
        Ok(())
    }

    /// Compares the parked queue with the records that must be parked.
    async fn count_parked(&mut self) -> Result<()> {
        let wanted = self.outcome.to_be_parked;
        let found = parked::wait(self.clients, self.stack, self.parked_before, wanted).await?;
        self.outcome.parked = found;
        if found != wanted {
            self.outcome.differences.push(format!(
                "parked: {wanted} records were expected, and {found} were found"
            ));
        }
        Ok(())
    }
}
