//! The Lambda function. Its event source mapping must set `ReportBatchItemFailures`.

use std::convert::Infallible;
use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{LambdaEvent, service_fn};
use user_events_consumer::{Batches, Deadline};
use welcome_mail::{Consumer, Settings, start_log};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let consumer = Arc::new(Consumer::connect(&Settings::from_environment()?).await?);
    let answer = |event: LambdaEvent<SqsEvent>| {
        let consumer = Arc::clone(&consumer);
        async move {
            let deadline = Deadline::from_invocation(event.context.deadline);
            let batches = Batches::new(async |event| consumer.handle(event).await);
            Ok::<_, Infallible>(batches.answer(event.payload, deadline).await)
        }
    };
    lambda_runtime::run(service_fn(answer)).await
}
