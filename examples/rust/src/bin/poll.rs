//! The same consumer without Lambda: it polls the queue until it is interrupted.

use aws_config::BehaviorVersion;
use tokio::signal::unix::{SignalKind, signal};
use user_events_consumer::{SqsQueue, Worker, WorkerSettings};
use welcome_mail::{Consumer, Settings, start_log};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    start_log();
    let consumer = Consumer::connect(&Settings::from_environment()?).await?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&config), Settings::queue_url()?);
    let worker = Worker::new(
        queue,
        async |event| consumer.handle(event).await,
        WorkerSettings::default(),
    )?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let worked = worker
        .run(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await;
    tracing::info!(?worked, "ended");
    Ok(())
}
