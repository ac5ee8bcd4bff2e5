//! Publishes the events of every category, for a deployment with all rows in one table.

use user_events_aws::{StartError, run};
use user_events_catalog::CATEGORIES;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    run(CATEGORIES).await
}
