//! The commands for authors of subscribers, on the local engine: `trigger`, `send`, `tail --forward-to`, `inbox` and
//! `subscribers`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread::{JoinHandle, spawn};

use anyhow::{Context, Result, ensure};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use serde_json::Value;
use user_events::terminal::Terminal;
use user_events::{inbox, send, subscribers, tail, trigger};
use user_events_consumer::ReceivedEvent;
use user_events_local::clients::Clients;
use user_events_local::clock::now;
use user_events_local::console::Console;
use user_events_local::deploy::{TableSpec, create_table, deploy_template};
use user_events_local::interrupt::Interrupt;
use user_events_local::writes::{Key, KeyAttribute, KeyValue};

use crate::engine::{STACK, shared};
use crate::support::root;
use crate::written::Written;

/// A command line with the endpoint of the engine.
fn line(arguments: &[&str]) -> Vec<String> {
    let endpoint = ["--endpoint", shared().endpoint.as_str()];
    arguments
        .iter()
        .chain(&endpoint)
        .map(|&part| part.to_owned())
        .collect()
}

fn clients() -> Clients {
    Clients::from_endpoint(&shared().endpoint)
}

fn writing_to(written: &Written) -> Console {
    Console::writing_to(written.clone())
}

async fn trigger(arguments: &[&str]) -> Result<String> {
    let written = Written::default();
    let console = writing_to(&written);
    let mut arguments = arguments.to_vec();
    arguments.extend(["--stack", STACK]);
    let options = trigger::Options::read(line(&arguments))?;
    let ended = trigger::run(&options, &console, &console, &mut Terminal::absent()).await?;
    assert_eq!(ended, ExitCode::SUCCESS);
    Ok(written.text())
}

/// A server that accepts one event, with an answer that would reorder the terminal's text. Returns its URL and, at its
/// end, the request.
fn server() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let request = spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut request, mut length) = (String::new(), 0);
        while !request.ends_with("\r\n\r\n") {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            request.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = "HTTP/1.1 202 Accepted\r\ncontent-length: 7\r\n\r\nab\u{202e}cd";
        (&stream).write_all(answer.as_bytes()).unwrap();
        request + &String::from_utf8(body).unwrap()
    });
    (url, request)
}

#[test]
async fn a_triggered_event_is_published_and_forwarded_to_a_local_server() -> Result<()> {
    tokio::task::block_in_place(shared);
    let (url, request) = server();
    let arguments = [
        "--stage",
        "tests",
        "--category",
        "profile",
        "--subject",
        "users/trigger-1",
        "--count",
        "1",
    ];
    let options = tail::Options::read(line(&[&arguments[..], &["--forward-to", &url]].concat()))?;
    let (out, progress) = (Written::default(), Written::default());
    let (to_out, to_progress) = (writing_to(&out), writing_to(&progress));
    let running =
        tokio::spawn(async move { tail::run(&options, &to_out, &to_progress, &Interrupt::new()).await });
    progress.holds("ready: events of").await?;

    let written = trigger(&["UserAddressAdded", "--user", "trigger-1"]).await?;
    ensure!(written.contains("put     USER#trigger-1 ADDRESS#"), "{written}");
    ensure!(
        written.contains("→ profile UserAddressAddedEventV1  users/trigger-1"),
        "{written}"
    );
    assert_eq!(running.await??, ExitCode::SUCCESS, "{}", progress.text());
    ensure!(
        out.text().contains("→ 202 Accepted ab\\u202ecd\n"),
        "{}",
        out.text()
    );
    let request = request.join().expect("the server ends");
    let (head, body) = request.split_once("\r\n\r\n").context("a head and a body")?;
    ensure!(
        head.to_lowercase()
            .contains("content-type: application/cloudevents+json"),
        "{head}"
    );
    let event = ReceivedEvent::from_message_body(body)?;
    assert_eq!(
        (event.event_type(), event.subject()),
        ("UserAddressAddedEventV1", "users/trigger-1")
    );

    let again = trigger(&["UserAddressAdded", "--user", "trigger-1"])
        .await
        .unwrap_err()
        .to_string();
    ensure!(
        again.contains("the row exists") && again.contains("--user"),
        "{again}"
    );
    let changed = trigger(&["UserAddressUpdated", "--user", "trigger-1"]).await?;
    ensure!(changed.contains("update  USER#trigger-1 ADDRESS#"), "{changed}");
    Ok(())
}

async fn messages(clients: &Clients, queue: &str) -> Result<Vec<Message>> {
    let receive = clients
        .sqs
        .receive_message()
        .queue_url(queue)
        .max_number_of_messages(10);
    let answer = receive
        .message_attribute_names("All")
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await?;
    Ok(answer.messages.unwrap_or_default())
}

#[test]
async fn a_sent_event_is_marked_as_a_test_and_ordered_as_a_real_one() -> Result<()> {
    tokio::task::block_in_place(shared);
    let clients = clients();
    let create = clients.sqs.create_queue().queue_name("sent.fifo");
    let queue = create
        .attributes(QueueAttributeName::FifoQueue, "true")
        .send()
        .await?;
    let queue = queue.queue_url.context("no URL")?;
    let written = Written::default();
    let arguments = [
        "UserRegistered",
        "--queue",
        &queue,
        "--user",
        "42",
        "--count",
        "3",
    ];
    send::run(&send::Options::read(line(&arguments))?, &writing_to(&written)).await?;
    assert_eq!(written.text().lines().count(), 3);

    let messages = messages(&clients, &queue).await?;
    let mut sequences = Vec::new();
    for message in &messages {
        let event = ReceivedEvent::from_message_body(message.body().context("no body")?)?;
        ensure!(written.text().contains(event.id()), "{}", written.text());
        let attribute = |name: &str| message.message_attributes()?.get(name)?.string_value();
        assert_eq!(attribute("test"), Some("true"));
        assert_eq!(attribute("eventType"), Some("UserRegisteredEventV1"));
        let system = message.attributes().context("no system attributes")?;
        assert_eq!(system[&MessageSystemAttributeName::MessageGroupId], "users/42");
        assert_eq!(
            system[&MessageSystemAttributeName::MessageDeduplicationId],
            event.id()
        );
        sequences.push(event.sequence().to_owned());
    }
    let mut sorted = sequences.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!((sequences.len(), &sequences), (3, &sorted));

    let arguments = ["UserRegistered", "--queue", &format!("{queue}-missing")];
    let options = send::Options::read(line(&arguments))?;
    let error = send::run(&options, &Console::silent())
        .await
        .unwrap_err()
        .to_string();
    ensure!(error.contains("no queue with that URL"), "{error}");
    Ok(())
}

const TABLE: &str = "welcome-inbox";
const EVENT: &str = "4397c1f5-11bb-5760-a25d-36d85fb56dd6";

fn key(pk: &str, sk: &str) -> Key {
    let attribute = |name: &str, value: &str| KeyAttribute {
        name: name.to_owned(),
        value: KeyValue::Text(value.to_owned()),
    };
    Key {
        partition: attribute("pk", pk),
        sort: Some(attribute("sk", sk)),
    }
}

/// Writes a row of the consumer `welcome`.
async fn put(clients: &Clients, pk: &str, sk: &str, attributes: &[(&str, AttributeValue)]) -> Result<()> {
    let mut item = key(&format!("CONSUMER#welcome#{pk}"), sk).attributes();
    item.extend(
        attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    let put = clients.dynamodb.put_item().table_name(TABLE);
    put.set_item(Some(item)).send().await?;
    Ok(())
}

fn sequence(digit: char) -> (&'static str, AttributeValue) {
    let digits = digit.to_string().repeat(40);
    ("sequence", AttributeValue::S(format!("{digits}.0000")))
}

/// Runs the command. Returns its exit status and its whole output.
async fn inbox(arguments: &[&str], terminal: &mut Terminal) -> Result<(ExitCode, String)> {
    let (verb, rest) = arguments.split_first().context("a verb")?;
    let place = [*verb, "--table", TABLE, "--consumer", "welcome"];
    let options = inbox::Options::read(line(&[&place, rest].concat()))?;
    let written = Written::default();
    let console = writing_to(&written);
    let ended = inbox::run(&options, &console, &console, terminal).await?;
    Ok((ended, written.text()))
}

/// Somebody who answers `y`, but only after the consumer has handled another event.
struct Late(Clients, &'static [u8]);

impl Read for Late {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1.read(buffer)
    }
}

impl BufRead for Late {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        let handled = put(&self.0, "LANE#users/42", "SEQUENCE#account#/user-service", &[]);
        let done = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(handled));
        done.map_err(std::io::Error::other)?;
        Ok(self.1)
    }

    fn consume(&mut self, bytes: usize) {
        self.1.consume(bytes);
    }
}

#[test]
async fn the_inbox_of_a_consumer_is_shown_and_a_message_group_is_reset() -> Result<()> {
    tokio::task::block_in_place(shared);
    let clients = clients();
    let keys = key("pk", "sk");
    create_table(
        &clients.dynamodb,
        &TableSpec {
            name: TABLE,
            key: &keys,
        },
    )
    .await?;
    let lane = ["LANE#users/42", "SEQUENCE#account#/user-service"];
    let ttl = ("ttl", AttributeValue::N("1803600000".to_owned()));
    put(&clients, lane[0], lane[1], &[sequence('9'), ttl.clone()]).await?;
    put(
        &clients,
        lane[0],
        "SEQUENCE#profile#/user-service",
        &[sequence('1'), ttl],
    )
    .await?;
    put(&clients, "LANE#users/43", lane[1], &[sequence('1')]).await?;
    let state = ("state", AttributeValue::S("COMPLETED".to_owned()));
    let content = ("content", AttributeValue::S("ab\u{202e}cd".to_owned()));
    let completed = ("completedAt", AttributeValue::N("1796000000000".to_owned()));
    put(
        &clients,
        &format!("EVENT#{EVENT}"),
        "INBOX",
        &[state, content, completed],
    )
    .await?;

    let nobody = &mut Terminal::absent();
    let (_, shown) = inbox(&["show", "--subject", "users/42"], nobody).await?;
    let nines = "9".repeat(40);
    ensure!(
        shown.contains(&format!(
            "sequence {nines}.0000  expires 2027-02-26T00:00:00.000Z"
        )),
        "{shown}"
    );
    ensure!(
        shown.contains("account  /user-service") && shown.contains("profile  /user-service"),
        "{shown}"
    );
    let (_, shown) = inbox(&["show", "--id", EVENT, "--json"], nobody).await?;
    let event: Value = serde_json::from_str(&shown)?;
    assert_eq!(
        (&event["state"], &event["leaseUntil"]),
        (&Value::from("COMPLETED"), &Value::Null)
    );
    assert_eq!(event["completedAt"], "2026-11-30T00:53:20.000Z");
    ensure!(shown.contains(r"ab\u202ecd"), "{shown}");

    let error = inbox(&["reset", "--user", "42"], nobody)
        .await
        .unwrap_err()
        .to_string();
    ensure!(error.contains("--yes"), "{error}");
    let (ended, said) = inbox(&["reset", "--user", "42"], &mut Terminal::answering(&b"n\n"[..])).await?;
    ensure!(
        ended == ExitCode::FAILURE && said.contains("nothing was deleted"),
        "{said}"
    );
    let late = Late(clients.clone(), b"y\n");
    let (ended, said) = inbox(&["reset", "--user", "42"], &mut Terminal::answering(late)).await?;
    ensure!(
        ended == ExitCode::FAILURE && said.contains("1 of 2 rows deleted"),
        "{said}"
    );
    ensure!(said.contains("kept: the row of account has changed"), "{said}");
    let (ended, said) = inbox(&["reset", "--user", "42", "--yes"], nobody).await?;
    ensure!(
        ended == ExitCode::SUCCESS && said.contains("1 of 1 rows deleted"),
        "{said}"
    );

    let error = inbox(&["show", "--user", "42"], nobody)
        .await
        .unwrap_err()
        .to_string();
    ensure!(error.contains("no row of users/42"), "{error}");
    for others in [&["show", "--id", EVENT][..], &["show", "--user", "43"]] {
        inbox(others, nobody).await?;
    }
    Ok(())
}

/// Makes a queue without a dead-letter queue, and subscribes it.
async fn subscribe_queue(clients: &Clients, name: &str, topic_arn: &str) -> Result<()> {
    let create = clients.sqs.create_queue().queue_name(name);
    let created = create
        .attributes(QueueAttributeName::FifoQueue, "true")
        .send()
        .await?;
    let attributes = clients
        .sqs
        .get_queue_attributes()
        .set_queue_url(created.queue_url)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await?;
    let arn = attributes
        .attributes
        .and_then(|mut all| all.remove(&QueueAttributeName::QueueArn));
    let subscribe = clients.sns.subscribe().topic_arn(topic_arn).protocol("sqs");
    subscribe.set_endpoint(arn).send().await?;
    Ok(())
}

/// Puts values of the metric that SQS sends to CloudWatch: how many seconds ago, and the age.
async fn put_ages(clients: &Clients, queue: &str, ages: &[(i64, f64)]) -> Result<()> {
    let now = now().as_millisecond() / 1_000;
    let dimension = Dimension::builder().name("QueueName").value(queue).build();
    for (seconds_ago, age) in ages {
        let value = MetricDatum::builder()
            .metric_name("ApproximateAgeOfOldestMessage")
            .dimensions(dimension.clone())
            .timestamp(DateTime::from_secs(now - seconds_ago))
            .value(*age)
            .unit(StandardUnit::Seconds);
        let put = clients.cloudwatch.put_metric_data().namespace("AWS/SQS");
        put.metric_data(value.build()).send().await?;
    }
    Ok(())
}

#[test]
async fn subscribers_are_listed_with_their_filter_classes_and_messages() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let clients = clients();
    let parameters = [
        ("Name", "listed"),
        ("Stage", "tests"),
        ("Category", "profile"),
        ("EventTypes", "UserConsentChangedEventV1,UserRegisteredEventV1"),
        ("Classes", "identity,address"),
    ];
    let template = root().join("infra/subscriber.yaml");
    let silent = Console::silent();
    let stack = deploy_template(
        &clients,
        &played.endpoint,
        "listed",
        &template,
        &parameters,
        &silent,
    )
    .await?;
    let topic_arn = &played.outputs["ProfileTopicArn"];
    let subscribe = clients.sns.subscribe().topic_arn(topic_arn).protocol("email");
    subscribe.endpoint("canary@example.com").send().await?;
    for output in ["QueueUrl", "DeadLetterQueueUrl"] {
        let arguments = ["UserConsentChanged", "--queue", stack.output(output)?];
        send::run(&send::Options::read(line(&arguments))?, &silent).await?;
    }
    subscribe_queue(&clients, "listed-idle.fifo", topic_arn).await?;
    put_ages(&clients, "listed.fifo", &[(120, 7_320.0), (60, 7_380.0)]).await?;

    let run = async |json: &[&str]| -> Result<(String, String)> {
        let (out, progress) = (Written::default(), Written::default());
        let options = subscribers::Options::read(line(&[&["--stack", STACK], json].concat()))?;
        subscribers::run(&options, &writing_to(&out), &writing_to(&progress)).await?;
        Ok((out.text(), progress.text()))
    };
    let (listed, notes) = run(&["--json"]).await?;
    let lines: Vec<Value> = listed
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let of_queue = |name: &str| {
        let is_it = |line: &&Value| line["endpoint"].as_str().is_some_and(|arn| arn.ends_with(name));
        lines.iter().find(is_it).context("it is not listed")
    };
    let found = of_queue(":listed.fifo")?;
    assert_eq!(found["category"], "profile");
    assert_eq!(found["receives"], Value::from(vec!["UserConsentChangedEventV1"]));
    assert_eq!(found["classes"], Value::from(vec!["identity", "address"]));
    assert_eq!(
        (&found["stack"], &found["raw"]),
        (&Value::from("listed"), &Value::from(true))
    );
    ensure!(found["waiting"].as_u64() >= Some(1), "{found}");
    assert_eq!(
        (&found["deadLetters"], &found["undelivered"]),
        (&Value::from(1), &Value::from(0))
    );
    assert_eq!(found["oldestSeconds"], 7_380, "the newest value: {found}");
    let idle = of_queue(":listed-idle.fifo")?;
    assert_eq!(idle["oldestSeconds"], Value::Null, "CloudWatch has no value");
    ensure!(idle.get("oldestSeconds").is_some(), "{idle}");
    ensure!(notes.contains("IAM"), "{notes}");

    let (listed, _) = run(&[]).await?;
    ensure!(
        listed.contains("receives  UserConsentChangedEventV1\n"),
        "{listed}"
    );
    ensure!(
        listed.contains("classes   identity, address, granted by the stack listed\n"),
        "{listed}"
    );
    ensure!(
        listed.contains("oldest 2 h, 1 dead letters, 0 undelivered"),
        "{listed}"
    );
    ensure!(
        listed.contains("0 waiting, 0 in flight, oldest -, no dead-letter queue"),
        "{listed}"
    );
    ensure!(
        listed.contains("a person's address") && !listed.contains("canary"),
        "{listed}"
    );
    Ok(())
}
