//! Publishes the events of the authentication category.

use user_events_aws::{StartError, run};
use user_events_catalog::authentication;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    run(&[&authentication::CATEGORY]).await
}
