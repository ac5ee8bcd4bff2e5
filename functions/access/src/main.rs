//! Publishes the events of the access category.

use user_events_aws::{StartError, run};
use user_events_catalog::access;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    run(&[&access::CATEGORY]).await
}
