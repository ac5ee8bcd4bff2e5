//! Publishes the events of every category, for a deployment with all rows in one table, or with tables of any shape and
//! a mapping.

use user_events_aws::{StartError, run_mapped};
use user_events_catalog::CATEGORIES;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    run_mapped(CATEGORIES).await
}
