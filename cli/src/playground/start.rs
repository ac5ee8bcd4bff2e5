//! Starts an engine of its own for the page, with the publisher of this checkout on it.

use anyhow::{Result, ensure};
use user_events_local::build::{self, Profile};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{Deployment, deploy};
use user_events_local::engine::Engine;
use user_events_local::workspace::Workspace;

use crate::parameter::STAGE_OF_THE_DEMO;
use crate::stack::STACK_OF_THE_DEMO;

/// An engine with the stack of the demo. It ends with this value.
///
/// Fails outside a checkout, for another stack, and when the functions cannot be built or deployed.
pub(super) async fn engine(stack: &str, progress: &Console) -> Result<Engine> {
    ensure!(
        stack == STACK_OF_THE_DEMO,
        "--stack: name the engine that has this stack with --endpoint; without it, the page starts an engine with the stack {STACK_OF_THE_DEMO}"
    );
    let workspace = Workspace::find()?;
    let functions = build::functions(&workspace, Profile::Dev, progress)?;
    let engine = Engine::start(&workspace, None, progress)?;
    let clients = Clients::from_endpoint(engine.endpoint());
    let deployment = Deployment {
        stack,
        stage: STAGE_OF_THE_DEMO,
        functions: &functions,
        mapping: None,
        parameters: &[],
    };
    deploy(&workspace, &clients, engine.endpoint(), &deployment, progress).await?;
    Ok(engine)
}
