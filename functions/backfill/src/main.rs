//! Sends the rows of the tables into the snapshot queue of a subscriber who joins late.

use user_events_backfill::function::{self, StartError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    function::run().await
}
