//! The Lambda function.
pub use user_events_aws::StartError;
/// Runs.
pub async fn run() -> Result<(), StartError> {
    Ok(())
}
