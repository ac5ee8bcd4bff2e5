//! Follows topics through temporary queues.

use anyhow::Result;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;
use user_events_local::subscribe::{Received, Removal, Subscriptions};

use super::queues;
use user_events_policy::Scope;

/// Temporary queues, each subscribed to a topic, and the messages that arrive in them.
pub(crate) struct Following {
    clients: Clients,
    subscriptions: Subscriptions,
    messages: UnboundedReceiver<Received>,
    beat: Interval,
}

impl Following {
    /// Subscribes a queue to each topic, with this filter policy, and begins to receive.
    ///
    /// Fails when AWS refuses a call and when it is interrupted; then it has removed what it created.
    pub(crate) async fn begin(
        clients: &Clients,
        topics: &[(&'static str, String)],
        filter: Option<&(Scope, String)>,
        interrupt: &Interrupt,
        progress: &Console,
    ) -> Result<Self> {
        let mut subscriptions = Subscriptions::new(clients);
        let made = queues::subscribe(topics, filter, &mut subscriptions, interrupt).await;
        if let Err(error) = made {
            queues::report(&subscriptions.remove().await, progress);
            return Err(error);
        }
        let (sender, messages) = unbounded_channel();
        subscriptions.receive(&sender);
        let period = queues::HEARTBEAT;
        let mut beat = interval_at(Instant::now() + period, period);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            clients: clients.clone(),
            subscriptions,
            messages,
            beat,
        })
    }

    /// Says which queues there are, and by what SNS filters.
    pub(crate) fn describe(&self, filter: Option<&(Scope, String)>, progress: &Console) {
        let queues = self
            .subscriptions
            .all()
            .iter()
            .map(|made| made.queue_name.as_str());
        let queues = queues.collect::<Vec<_>>().join(", ");
        let faint = |text: String| progress.line(progress.paint(Style::Faint, text));
        faint(format!(
            "    through queues of its own, removed at the end: {queues}"
        ));
        if let Some((scope, policy)) = filter {
            faint(format!(
                "    SNS filters by {}: {policy}",
                scope.attribute_value()
            ));
        }
    }

    /// Waits for the next message, and meanwhile marks the queues as in use.
    ///
    /// Fails when a queue cannot be received from.
    pub(crate) async fn next(&mut self, progress: &Console) -> Result<Received> {
        loop {
            tokio::select! {
                biased;
                _ = self.beat.tick() => queues::say_alive(&self.clients, &self.subscriptions, progress).await,
                Some(message) = self.messages.recv() => return Ok(message),
                error = self.subscriptions.failed() => return Err(error),
            }
        }
    }

    /// Removes the queues with their subscriptions.
    pub(crate) async fn end(self) -> Removal {
        self.subscriptions.remove().await
    }
}
