//! Tests the promises of the commands with queues in memory: no message is lost, and a message that was not redriven is
//! visible again.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::entry::Entry;
use super::examples;
use super::held::Held;
use super::queues::{HOLD, Message, Queues};
use super::redrive::{fits_into_the_hold, hand_over};
use user_events_local::console::Console;
use user_events_local::interrupt::{Interrupt, Interrupted};

/// Queues in memory that can be made to fail.
#[derive(Default)]
struct Memory {
    visible: RefCell<VecDeque<String>>,
    hidden: RefCell<BTreeSet<String>>,
    redrive: RefCell<Vec<String>>,
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
    async fn receive(&self) -> Result<Vec<Message>> {
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
        Ok(())
    }

    async fn delete(&self, receipt: &str) -> Result<()> {
        self.call()?;
        self.hidden.borrow_mut().remove(receipt);
        Ok(())
    }
}

/// Redrives these messages and releases the rest, as the command does. Returns how many were redriven, and the error.
async fn redrive(queues: &Memory, ids: &[&str], interrupt: &Interrupt) -> (usize, Result<()>) {
    let mut held = Held::nothing(queues);
    held.take_all(&Interrupt::new()).await.unwrap();
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
    held.take_all(&Interrupt::new()).await.unwrap_err();
    assert_eq!(held.entries().len(), 2);
    held.release(&Console::silent()).await;
    assert_eq!(queues.visible(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_rate_is_kept() {
    let queues = Memory::with(&["a", "b", "c"]);
    let mut held = Held::nothing(&queues);
    held.take_all(&Interrupt::new()).await.unwrap();
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
