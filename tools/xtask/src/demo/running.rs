//! An engine that already runs.

use anyhow::{Context, Result};
use user_events_local::clients::Clients;
use user_events_local::engine::Engine;

/// The running engine at the endpoint.
///
/// Fails when it does not answer.
pub(super) async fn reach(endpoint: &str) -> Result<Engine> {
    let engine = Engine::at(endpoint);
    let answer = Clients::from_endpoint(engine.endpoint())
        .dynamodb
        .list_tables()
        .send()
        .await;
    answer.with_context(|| {
        format!(
            "no AWS API answers at {endpoint}; start an engine there, or omit --endpoint and the demo starts one"
        )
    })?;
    Ok(engine)
}
