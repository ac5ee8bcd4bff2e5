//! The Lambda function. Its event source mapping must set `ReportBatchItemFailures`.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{LambdaEvent, service_fn};
use user_events_consumer::{Deadline, Incoming, KmsKeys};
use welcome_mail::{Settings, effects};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment()?;
    let consumer = settings.connect().await?;
    let effects = async |incoming: &Incoming<'_, KmsKeys>| effects(incoming, &settings.table).await;
    let answer = async |event: LambdaEvent<SqsEvent>| {
        let deadline = Deadline::from_invocation(event.context.deadline);
        Ok::<_, Infallible>(consumer.answer(event.payload, deadline, &effects).await)
    };
    lambda_runtime::run(service_fn(answer)).await
}
