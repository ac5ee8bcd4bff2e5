//! A segment at work: read a page, make its events, save both, send, and save that.

use tokio_util::sync::CancellationToken;
use user_events_core::{Category, Time};

use crate::backfill::{Backfill, Table};
use crate::checkpoint::Checkpoint;
use crate::edge::source::Page;
use crate::error::RunError;
use crate::events::Making;
use crate::halt::Halt;
use crate::made::Made;
use crate::segment::{Ended, Segment};
use crate::sending::Sending;

/// A segment at work.
///
/// The messages of a page are saved before the first of them is sent. After a kill the same messages are sent again, with
/// the same ids and byte for byte, before the next page is read. So the events of a run are those of its saved pages, and
/// each is counted once.
pub(crate) struct Work<'a> {
    run: &'a Backfill,
    table: &'a Table,
    categories: Vec<&'static Category>,
    segment: &'a Segment,
    stop: &'a CancellationToken,
}

impl<'a> Work<'a> {
    /// Fails when the run does not read the segment's table.
    pub(crate) fn new(
        run: &'a Backfill,
        segment: &'a Segment,
        stop: &'a CancellationToken,
    ) -> Result<Self, RunError> {
        let table = run.tables.iter().find(|table| table.name == segment.table);
        let table = table.ok_or_else(|| RunError::UnknownTable(segment.table.clone()))?;
        let selected = table.categories.iter().copied();
        Ok(Self {
            run,
            table,
            categories: selected
                .filter(|category| run.selection.has_category(category.name))
                .collect(),
            segment,
            stop,
        })
    }

    /// Works to the end of the segment, or until the run is stopped.
    pub(crate) async fn run(&self) -> Result<Ended, RunError> {
        let mut state = self.load().await?;
        match self.pages(&mut state).await {
            Ok(()) => self.run.progress.done(self.segment, &state.counts),
            Err(Halt::Stopped) => {}
            Err(Halt::Failed(error)) => return Err(error),
        }
        Ok(Ended {
            done: state.is_done(),
            counts: state.counts,
        })
    }

    async fn pages(&self, state: &mut Checkpoint) -> Result<(), Halt> {
        self.send(state).await?;
        while !state.read {
            self.go_on()?;
            let (page, read_at) = self.read(state).await?;
            let next = page.next.clone();
            let making = Making {
                run: self.run,
                table: self.table,
                categories: &self.categories,
                stop: self.stop,
            };
            let made = making.events(page, read_at).await?;
            self.go_on()?;
            let counts = made.counts.clone();
            state.read = next.is_none();
            state.next = next;
            self.take(state, made);
            if !self.run.options.dry_run {
                self.save(state).await?;
            }
            self.send(state).await?;
            self.run.progress.page(self.segment, &counts, &state.counts);
        }
        Ok(())
    }

    fn take(&self, state: &mut Checkpoint, made: Made) {
        state.counts += &made.counts;
        for row in &made.unfit {
            self.run.progress.unfit(row);
        }
        state.add_unfit(made.unfit);
        let is_kept = !self.run.options.dry_run && !made.messages.is_empty();
        state.page = is_kept.then_some(made.messages);
    }

    /// Reads the next page, when the rate allows it.
    async fn read(&self, state: &Checkpoint) -> Result<(Page, Time), Halt> {
        let options = &self.run.options;
        // A page larger than the rows of a second would make the rate jump.
        let rows = options.page_rows.min(options.rate.unwrap_or(u32::MAX)).max(1);
        if let Some(at) = self.run.rate.reserve(rows) {
            let waited = self.stop.run_until_cancelled(tokio::time::sleep_until(at)).await;
            if waited.is_none() {
                self.run.rate.give_back(rows);
                return Err(Halt::Stopped);
            }
        }
        // The row is at least as new as the time that its event names.
        let mut read_at = (self.run.clock)();
        let source = &self.table.source;
        let call = || {
            read_at = (self.run.clock)();
            source.page(self.segment, state.next.as_ref(), rows)
        };
        let error = |failure| RunError::Source {
            table: self.segment.table.clone(),
            run: self.run.run.id.to_string(),
            failure,
        };
        let page = self.run.patience.call(self.stop, call, error).await?;
        let read = u32::try_from(page.items.len()).unwrap_or(rows);
        self.run.rate.give_back(rows.saturating_sub(read));
        let read_at = page.read_at.unwrap_or(read_at);
        Ok((page, read_at))
    }

    /// Sends the saved page, if some of it may not have arrived, and saves that it did.
    async fn send(&self, state: &mut Checkpoint) -> Result<(), Halt> {
        let Some(messages) = &state.page else {
            return Ok(());
        };
        self.go_on()?;
        let sending = Sending {
            queue: &*self.run.queue,
            patience: &self.run.patience,
            stop: self.stop,
            run: self.run.run.id.as_str(),
            calls: self.run.options.sends,
        };
        sending.send(messages).await?;
        state.page = None;
        self.save(state).await
    }

    fn go_on(&self) -> Result<(), Halt> {
        if self.stop.is_cancelled() {
            return Err(Halt::Stopped);
        }
        Ok(())
    }

    async fn load(&self) -> Result<Checkpoint, RunError> {
        let (run, selection) = (&self.run.run, &self.run.selection);
        let new = || Checkpoint::new(run, self.segment, selection);
        if self.run.options.dry_run {
            return Ok(new());
        }
        self.run
            .checkpoint(self.segment)
            .await
            .map(|state| state.unwrap_or_else(new))
    }

    async fn save(&self, state: &Checkpoint) -> Result<(), Halt> {
        self.run.save(&self.segment.name(), state, self.stop).await
    }
}
