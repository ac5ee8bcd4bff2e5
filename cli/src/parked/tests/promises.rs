//! Tests the promises of the commands with queues in memory: no message is lost, and a message that was not redriven is
//! visible again.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::parked::depth::Depth;
use crate::parked::drawer::{discard, read_all, read_one, redrive as redrive_one};
use crate::parked::entry::Entry;
use crate::parked::examples;
use crate::parked::held::Held;
use crate::parked::outcome::Outcome;
use crate::parked::queues::{HOLD, Message, Queues};
use crate::parked::redrive::{fits_into_the_hold, hand_over};
use crate::parked::waiting::{Fate, Patience, Sent, fates};
use user_events_local::console::{Console, Written};
use user_events_local::interrupt::{Interrupt, Interrupted};

/// Queues in memory that can be made to fail.
#[derive(Default)]
struct Memory {
    visible: RefCell<VecDeque<String>>,
    hidden: RefCell<BTreeSet<String>>,
    redrive: RefCell<Vec<String>>,
    /// The bodies of the messages in the redrive queue.
    bodies: RefCell<Vec<String>>,
    /// No answer comes before this console holds this text.
    slow_until: RefCell<Option<(Written, &'static str)>>,
    /// Messages that are received again although they are hidden, as a standard queue may do.
    twice: RefCell<Vec<String>>,
    answers: Cell<u32>,
    /// The number of the call that fails, counting sends and deletions together.
    fail_at: Cell<Option<usize>>,
    calls: Cell<usize>,
    reading_fails_after: Cell<Option<u32>>,
}

impl Memory {
    fn with(ids: &[&str]) -> Self {
        Self {
            visible: RefCell::new(ids.iter().map(|id| (*id).to_owned()).collect()),
            ..Self::default()
        }
    }

    fn call(&self) -> Result<()> {
        let number = self.calls.get();
        self.calls.set(number + 1);
        if self.fail_at.get() == Some(number) {
            bail!("call {number} fails");
        }
        Ok(())
    }

    fn visible(&self) -> Vec<String> {
        let mut visible: Vec<_> = self.visible.borrow().iter().cloned().collect();
        visible.sort_unstable();
        visible
    }
}

fn message(id: &str) -> Message {
    let body = examples::record(0, "accounts", id, "ACCOUNT");
    Message {
        entry: Entry::new(id, None, &body),
        receipt: id.to_owned(),
        body,
        attributes: HashMap::new(),
    }
}

impl Queues for Memory {
    fn name(&self) -> &'static str {
        "parked queue"
    }

    async fn receive(&self) -> Result<Vec<Message>> {
        let slow_until = self.slow_until.borrow_mut().take();
        if let Some((console, text)) = slow_until {
            while !console.text().contains(text) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        self.answers.set(self.answers.get() + 1);
        if self
            .reading_fails_after
            .get()
            .is_some_and(|after| self.answers.get() > after)
        {
            bail!("the queue cannot be read");
        }
        // Every other answer is empty, as a standard queue may answer.
        if self.answers.get().is_multiple_of(2) {
            return Ok(self.twice.borrow().iter().map(|id| message(id)).collect());
        }
        let mut visible = self.visible.borrow_mut();
        let count = visible.len().min(2);
        let received: Vec<_> = visible.drain(..count).collect();
        self.hidden.borrow_mut().extend(received.iter().cloned());
        Ok(received.iter().map(|id| message(id)).collect())
    }

    async fn hide(&self, receipts: &[String], time: Duration) -> Result<()> {
        assert!(time.is_zero() || time == HOLD);
        if time.is_zero() {
            let mut hidden = self.hidden.borrow_mut();
            let released = receipts.iter().filter(|receipt| hidden.remove(*receipt));
            self.visible.borrow_mut().extend(released.cloned());
        }
        Ok(())
    }

    async fn hand_over(&self, message: &Message) -> Result<()> {
        self.call()?;
        self.redrive.borrow_mut().push(message.entry.message_id.clone());
        self.bodies.borrow_mut().push(message.body.clone());
        Ok(())
    }

    async fn delete(&self, receipt: &str) -> Result<()> {
        self.call()?;
        self.hidden.borrow_mut().remove(receipt);
        Ok(())
    }

    async fn parked_depth(&self) -> Result<Depth> {
        Ok(Depth {
            visible: self.visible.borrow().len() as u64,
            hidden: self.hidden.borrow().len() as u64,
            visibility_seconds: 0,
        })
    }

    async fn redrive_depth(&self) -> Result<Depth> {
        Ok(Depth {
            visible: self.redrive.borrow().len() as u64,
            hidden: 0,
            visibility_seconds: 0,
        })
    }
}

/// Redrives these messages and releases the rest, as the command does. Returns how many were redriven, and the error.
async fn redrive(queues: &Memory, ids: &[&str], interrupt: &Interrupt) -> (usize, Result<()>) {
    let mut held = Held::nothing(queues);
    held.take_all(&Interrupt::new(), &Console::silent())
        .await
        .unwrap();
    let selected: Vec<_> = held
        .entries()
        .into_iter()
        .filter(|entry| ids.contains(&entry.message_id.as_str()))
        .collect();
    held.release_others(&selected, &Console::silent()).await;
    let done = hand_over(&mut held, &selected, None, interrupt, &Console::silent()).await;
    held.release(&Console::silent()).await;
    done
}

#[tokio::test]
async fn selected_messages_are_redriven_and_deleted_and_the_rest_is_visible_again() {
    let queues = Memory::with(&["a", "b", "c", "d", "e"]);
    queues.twice.borrow_mut().push("a".to_owned());
    let (count, done) = redrive(&queues, &["b", "d"], &Interrupt::new()).await;
    done.unwrap();
    assert_eq!(
        (count, queues.redrive.borrow().as_slice()),
        (2, &["b".to_owned(), "d".to_owned()][..])
    );
    assert_eq!(queues.visible(), ["a", "c", "e"]);
    assert!(queues.hidden.borrow().is_empty());
}

#[tokio::test]
async fn after_any_failed_call_every_message_is_in_a_queue_and_none_is_hidden() {
    let ids = ["a", "b", "c"];
    for fail_at in 0..2 * ids.len() {
        let queues = Memory::with(&ids);
        queues.fail_at.set(Some(fail_at));
        let (count, done) = redrive(&queues, &ids, &Interrupt::new()).await;
        let error = format!("{:#}", done.unwrap_err());
        assert_eq!(count, fail_at / 2);
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for id in queues
            .visible()
            .into_iter()
            .chain(queues.redrive.borrow().iter().cloned())
        {
            *copies.entry(id).or_default() += 1;
        }
        let deletion_failed = fail_at % 2 == 1;
        assert_eq!(copies.len(), ids.len(), "none is lost");
        assert_eq!(
            copies.values().sum::<usize>(),
            ids.len() + usize::from(deletion_failed)
        );
        assert_eq!(
            error.contains("twice, with the same IDs"),
            deletion_failed,
            "{error}"
        );
        assert!(queues.hidden.borrow().is_empty());
    }
}

#[tokio::test]
async fn an_interruption_stops_between_two_messages() {
    let queues = Memory::with(&["a", "b"]);
    let interrupt = Interrupt::new();
    interrupt.raise();
    let (count, done) = redrive(&queues, &["a", "b"], &interrupt).await;
    assert!(count == 0 && done.unwrap_err().is::<Interrupted>());
    assert_eq!(queues.visible(), ["a", "b"]);
}

#[tokio::test]
async fn messages_read_before_an_error_are_visible_again() {
    let queues = Memory::with(&["a", "b", "c"]);
    queues.reading_fails_after.set(Some(1));
    let mut held = Held::nothing(&queues);
    held.take_all(&Interrupt::new(), &Console::silent())
        .await
        .unwrap_err();
    assert_eq!(held.entries().len(), 2);
    held.release(&Console::silent()).await;
    assert_eq!(queues.visible(), ["a", "b", "c"]);
}

#[tokio::test]
async fn reading_ends_at_once_when_the_named_messages_are_found_and_a_short_prefix_reads_all() {
    let ids = [
        "aaaaaaaa-1",
        "bbbbbbbb-2",
        "cccccccc-3",
        "dddddddd-4",
        "eeeeeeee-5",
    ];
    let silent = Console::silent();
    for (wanted, answers) in [
        (&["BBBBBBBB"][..], 1),
        (&["aaaaaaaa-1", "cccccccc"], 3),
        (&["bbbbbbb"], 8),
        (&["ffffffff"], 8),
    ] {
        let queues = Memory::with(&ids);
        let mut held = Held::nothing(&queues);
        let wanted: Vec<_> = wanted.iter().map(|id| (*id).to_owned()).collect();
        held.take(&wanted, &Interrupt::new(), &silent).await.unwrap();
        assert_eq!(queues.answers.get(), answers, "{wanted:?}");
        held.release(&silent).await;
        assert_eq!(queues.visible(), ids);
    }
}

#[tokio::test]
async fn reading_says_how_far_it_is_while_an_answer_is_awaited() {
    let queues = Memory::with(&["a", "b"]);
    let written = Written::default();
    *queues.slow_until.borrow_mut() = Some((written.clone(), "reading the parked queue: 0 messages so far"));
    let console = Console::writing_to(written.clone());
    let read = read_all(&queues, &Interrupt::new(), &console).await.unwrap();
    assert_eq!(
        (read.len(), queues.visible()),
        (2, vec!["a".to_owned(), "b".to_owned()])
    );
    let first = written.text().lines().next().unwrap().to_owned();
    assert_eq!(first, "==> reading the parked queue");
}

#[tokio::test]
async fn a_mended_message_replaces_the_parked_one_only_after_it_was_accepted() {
    let silent = Console::silent();
    for fail_at in [None, Some(0), Some(1)] {
        let queues = Memory::with(&["aaaaaaaa-1", "bbbbbbbb-2"]);
        let seen = read_one(&queues, "bbbbbbbb", &Interrupt::new(), &silent)
            .await
            .unwrap();
        assert_eq!(
            queues.visible(),
            ["aaaaaaaa-1", "bbbbbbbb-2"],
            "nobody waits while a person thinks"
        );
        queues.fail_at.set(fail_at);
        let body = "mended".to_owned();
        let done = redrive_one(&queues, &seen, Some(body), &Interrupt::new(), &silent).await;
        assert_eq!(done.is_err(), fail_at.is_some());
        let sent = usize::from(fail_at != Some(0));
        assert_eq!(queues.bodies.borrow().as_slice(), vec!["mended".to_owned(); sent]);
        let left = if fail_at.is_none() {
            &["aaaaaaaa-1"][..]
        } else {
            &["aaaaaaaa-1", "bbbbbbbb-2"]
        };
        assert_eq!(queues.visible(), left, "{fail_at:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_another_one_by_now_is_neither_redriven_nor_discarded() {
    let silent = Console::silent();
    let queues = Memory::with(&["aaaaaaaa-1"]);
    let mut seen = read_one(&queues, "aaaaaaaa", &Interrupt::new(), &silent)
        .await
        .unwrap();
    seen.body.push(' ');
    let interrupt = Interrupt::new();
    for error in [
        redrive_one(&queues, &seen, None, &interrupt, &silent)
            .await
            .unwrap_err(),
        discard(&queues, &seen, &interrupt, &silent).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("another one than before"), "{error}");
    }
    assert_eq!((queues.visible().len(), queues.redrive.borrow().len()), (1, 0));
    seen.body.pop();
    discard(&queues, &seen, &interrupt, &silent).await.unwrap();
    assert!(queues.visible().is_empty() && queues.hidden.borrow().is_empty());
}

#[tokio::test]
async fn a_wait_ends_when_the_redrive_queue_is_empty_or_at_its_limit() {
    let silent = Console::silent();
    for (limit, still_there, expected) in [
        (3_600, false, Fate::Published),
        (0, true, Fate::Unknown("it may still be in the redrive queue")),
    ] {
        let queues = Memory::with(&[]);
        if still_there {
            queues.redrive.borrow_mut().push("a".to_owned());
        }
        let sent = [Sent {
            message: message("a"),
            foretold: Outcome::Published {
                events: Vec::new(),
                note: None,
            },
        }];
        let patience = Patience {
            limit: Duration::from_secs(limit),
            believed_after: Duration::ZERO,
        };
        let none = HashSet::new();
        let fates = fates(&queues, &sent, &none, patience, &Interrupt::new(), &silent).await;
        assert_eq!(fates.unwrap(), [expected]);
    }
}

#[tokio::test]
async fn a_rate_is_kept() {
    let queues = Memory::with(&["a", "b", "c"]);
    let mut held = Held::nothing(&queues);
    held.take_all(&Interrupt::new(), &Console::silent())
        .await
        .unwrap();
    let (entries, begun) = (held.entries(), Instant::now());
    let rate = NonZeroU32::new(20);
    let (count, _) = hand_over(&mut held, &entries, rate, &Interrupt::new(), &Console::silent()).await;
    assert_eq!(count, 3);
    assert!(
        begun.elapsed() >= Duration::from_millis(95),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_rate_that_takes_longer_than_messages_can_be_hidden_is_refused() {
    let one = NonZeroU32::new(1);
    assert!(fits_into_the_hold(39_600, one).is_ok());
    let error = fits_into_the_hold(39_601, one).unwrap_err().to_string();
    assert!(error.contains("--rate") && error.contains("12 hours"), "{error}");
    assert!(fits_into_the_hold(1_000_000, None).is_ok());
}
