//! Publishes the events of the profile category.

use user_events_aws::{StartError, run};
use user_events_catalog::profile;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    run(&[&profile::CATEGORY]).await
}
