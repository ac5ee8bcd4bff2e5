//! The same consumer without Lambda: it polls the queue until it is interrupted. With a snapshot queue, it reads the snapshot
//! to its end first.

use tokio::signal::unix::{SignalKind, signal};
use user_events_consumer::{Incoming, KmsKeys, WorkerSettings};
use welcome_mail::{Settings, effects};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::from_environment()?;
    let consumer = settings.connect().await?;
    let effects = async |incoming: &Incoming<'_, KmsKeys>| effects(incoming, &settings.table).await;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let worker = WorkerSettings::default();
    match settings.queues().await {
        (live, None) => consumer.poll(live, worker, &effects, shutdown).await?,
        (live, Some(snapshot)) => {
            consumer
                .poll_from_snapshot(snapshot, live, worker, &effects, shutdown)
                .await?
        }
    };
    Ok(())
}
