//! Publishes records again that were parked, or that Lambda gave up.

use user_events_aws::{StartError, run_redrive};
use user_events_catalog::CATEGORIES;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    run_redrive(CATEGORIES).await
}
