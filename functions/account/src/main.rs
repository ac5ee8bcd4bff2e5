//! Publishes the events of the account category.

use user_events_aws::{StartError, run};
use user_events_catalog::account;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    run(&[&account::CATEGORY]).await
}
