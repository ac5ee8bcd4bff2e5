//! Starting the function: settings, clients, then the Lambda runtime.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;
pub use user_events_aws::StartError;
use user_events_aws::{install_log, now};

use super::deployment::{Deployment, Services};
use super::settings::Settings;

/// Runs the function until Lambda stops it.
///
/// Fails when the environment is not usable.
pub async fn run() -> Result<(), StartError> {
    let log = install_log();
    let settings = Settings::read(|name| std::env::var(name).ok()).map_err(StartError::Config)?;
    let deployment = Arc::new(Deployment::new(settings, Services::connect().await));
    let answer = move |event: LambdaEvent<Box<RawValue>>| {
        let (deployment, log) = (Arc::clone(&deployment), log.clone());
        async move {
            let left = left(event.context.deadline);
            let answer = deployment.step(&event.payload, left).boxed().await;
            log.end_invocation();
            answer.map_err(Diagnostic::from)
        }
    };
    lambda_runtime::run(service_fn(answer))
        .await
        .map_err(StartError::Runtime)
}

/// The time until a deadline in milliseconds since 1970.
fn left(deadline: u64) -> Duration {
    let now = u64::try_from(now().as_millisecond()).unwrap_or_default();
    Duration::from_millis(deadline.saturating_sub(now))
}
