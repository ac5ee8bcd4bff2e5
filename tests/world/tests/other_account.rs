//! The stack of a subscriber on the local engine: with a topic of another account, and without event types.
//!
//! The engine takes the access key for the id of the account, and has the accounts apart. Three things it cannot show: it
//! does not enforce IAM and the policies of topics, queues and keys; its CloudFormation looks for the topic of a subscription in
//! the account of the stack only, and makes none without an error, so the test makes it by a call of that account; and its KMS
//! knows the keys of the caller's account only. That a class opens in another account is shown with LocalStack
//! (`localstack/accounts.rs`).

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use user_events::terminal::Terminal;
use user_events::{subscribers, tail, trigger};
use user_events_consumer::ReceivedEvent;
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{Stack, deploy_template};
use user_events_local::interrupt::Interrupt;

use crate::engine::{Played, STACK, shared};
use crate::support::root;
use crate::written::Written;

const SUBSCRIBER: &str = "222222222222";
/// Long polls of two seconds until an event must have arrived.
const POLLS: usize = 15;

fn line(arguments: &[&str]) -> Vec<String> {
    let endpoint = ["--endpoint", shared().endpoint.as_str()];
    let all = arguments.iter().chain(&endpoint);
    all.map(|&part| part.to_owned()).collect()
}

async fn deploy(
    clients: &Clients,
    played: &Played,
    name: &str,
    parameters: &[(&str, &str)],
) -> Result<Stack> {
    let parameters = [&[("Name", name)], parameters].concat();
    let template = root().join("infra/subscriber.yaml");
    let silent = Console::silent();
    deploy_template(clients, &played.endpoint, name, &template, &parameters, &silent).await
}

/// Writes the row that causes the event for this user.
async fn cause(event: &str, user: &str) -> Result<()> {
    let options = trigger::Options::read(line(&[event, "--user", user, "--stack", STACK]))?;
    let silent = Console::silent();
    let ended = trigger::run(&options, &silent, &silent, &mut Terminal::absent()).await?;
    assert_eq!(ended, ExitCode::SUCCESS);
    Ok(())
}

/// Receives until the event of this user arrives. Returns its type.
///
/// Fails when it does not arrive.
async fn arrives(clients: &Clients, queue_url: &str, user: &str) -> Result<String> {
    for _ in 0..POLLS {
        let receive = clients.sqs.receive_message().queue_url(queue_url);
        let receive = receive.max_number_of_messages(10).wait_time_seconds(2);
        for message in receive.send().await?.messages.unwrap_or_default() {
            let event = ReceivedEvent::from_message_body(message.body().unwrap_or_default())?;
            if event.subject() == format!("users/{user}") {
                return Ok(event.event_type().to_owned());
            }
        }
    }
    anyhow::bail!("no event of {user} arrived")
}

/// The condition for a filter compared a joined list with nothing, which the engine does not evaluate: it filtered by an
/// event type without a name, and nothing arrived.
#[test]
async fn a_subscriber_without_event_types_receives_the_events_of_its_category() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let clients = Clients::from_endpoint(&played.endpoint);
    let parameters = [("Stage", "tests"), ("Category", "profile")];
    let stack = deploy(&clients, played, "unfiltered", &parameters).await?;
    cause("UserAddressAdded", "unfiltered-1").await?;
    let event_type = arrives(&clients, stack.output("QueueUrl")?, "unfiltered-1").await?;
    assert_eq!(event_type, "UserAddressAddedEventV1");
    Ok(())
}

#[test]
async fn a_subscriber_in_another_account_receives_events_and_is_listed_with_its_account() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let theirs = Clients::of_account(&played.endpoint, SUBSCRIBER);
    let (topic, key) = (&played.outputs["AccountTopicArn"], &played.outputs["SealKeyArn"]);
    let parameters = [
        ("TopicArn", topic.as_str()),
        ("SealKeyArn", key.as_str()),
        ("Classes", "contact"),
        ("EventTypes", "UserRegisteredEventV1"),
    ];
    let stack = deploy(&theirs, played, "foreign", &parameters).await?;
    let queue_arn = stack.output("QueueArn")?;
    ensure!(queue_arn.contains(&format!(":{SUBSCRIBER}:")), "{queue_arn}");
    ensure!(
        !topic.contains(SUBSCRIBER) && !key.contains(SUBSCRIBER),
        "{topic} {key}"
    );
    let ours = Clients::from_endpoint(&played.endpoint);
    ensure!(
        ours.sqs
            .get_queue_url()
            .queue_name("foreign.fifo")
            .send()
            .await
            .is_err(),
        "the queue is not in the account of the publisher"
    );

    // As the stack's resource `Subscription` has it.
    let subscribe = theirs
        .sns
        .subscribe()
        .topic_arn(topic)
        .protocol("sqs")
        .endpoint(queue_arn);
    let filter = json!({ "eventType": ["UserRegisteredEventV1"] });
    let redrive = json!({ "deadLetterTargetArn": stack.output("UndeliveredQueueArn")? });
    subscribe
        .attributes("RawMessageDelivery", "true")
        .attributes("FilterPolicyScope", "MessageAttributes")
        .attributes("FilterPolicy", filter.to_string())
        .attributes("RedrivePolicy", redrive.to_string())
        .send()
        .await?;

    cause("UserRegistered", "foreign-1").await?;
    let event_type = arrives(&theirs, stack.output("QueueUrl")?, "foreign-1").await?;
    assert_eq!(event_type, "UserRegisteredEventV1");

    let (out, progress) = (Written::default(), Written::default());
    let list = async |json: &[&str]| {
        let options = subscribers::Options::read(line(&[&["--stack", STACK], json].concat()))?;
        let (out_to, progress_to) = (
            Console::writing_to(out.clone()),
            Console::writing_to(progress.clone()),
        );
        subscribers::run(&options, &out_to, &progress_to).await
    };
    list(&[]).await?;
    let shown = out.text();
    ensure!(
        shown.contains(&format!("  foreign.fifo of the account {SUBSCRIBER}  sqs")),
        "{shown}"
    );
    ensure!(!shown.contains("of the account 000000000000"), "{shown}");
    list(&["--json"]).await?;
    let text = out.text();
    let mut lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found = lines.rfind(|line| line["endpoint"] == queue_arn);
    let found = found.context("it is not listed")?;
    assert_eq!(found["account"], SUBSCRIBER);
    Ok(())
}

#[test]
async fn a_topic_is_followed_by_its_arn_and_only_in_its_region() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let topic = played.outputs["ProfileTopicArn"].as_str();
    let arguments = [
        "--topic-arn",
        topic,
        "--subject",
        "users/by-arn-1",
        "--count",
        "1",
    ];
    let options = tail::Options::read(line(&arguments))?;
    let (out, progress) = (Written::default(), Written::default());
    let (to_out, to_progress) = (
        Console::writing_to(out.clone()),
        Console::writing_to(progress.clone()),
    );
    let running =
        tokio::spawn(async move { tail::run(&options, &to_out, &to_progress, &Interrupt::new()).await });
    progress.holds("ready: events of profile of arn:aws:sns:").await?;
    cause("UserAddressAdded", "by-arn-1").await?;
    assert_eq!(running.await??, ExitCode::SUCCESS, "{}", progress.text());
    ensure!(out.text().contains("UserAddressAddedEventV1"), "{}", out.text());

    let refused = async |arguments: &[&str]| -> Result<String> {
        let options = tail::Options::read(line(arguments))?;
        let silent = Console::silent();
        let ended = tail::run(&options, &silent, &silent, &Interrupt::new()).await;
        Ok(ended.err().context("it was accepted")?.to_string())
    };
    let elsewhere = topic.replace("us-east-1", "eu-west-1");
    let error = refused(&["--topic-arn", &elsewhere]).await?;
    ensure!(
        error.starts_with("--topic-arn: ") && error.contains("AWS_REGION"),
        "{error}"
    );
    let error = refused(&["--topic-arn", topic, "--open"]).await?;
    ensure!(
        error.starts_with("--open: ") && error.contains("--seal-key"),
        "{error}"
    );
    Ok(())
}
