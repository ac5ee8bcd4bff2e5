//! What `user-events replay` asks of SNS. No local engine replays an archive, so a stub answers as the Amazon SNS API Reference
//! and the Developer Guide say.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread::spawn;

use anyhow::{Context, Result, ensure};
use user_events::replay;
use user_events::terminal::Terminal;
use user_events_local::console::Console;

use crate::written::Written;

const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:user-events-prod-account.fifo";
const QUEUE: &str = "arn:aws:sqs:us-east-1:111111111111:welcome.fifo";
const SINCE: [&str; 4] = ["--subscriber", "welcome", "--since", "2026-03-01T10:00:00Z"];

type Form = BTreeMap<String, String>;
/// What SNS is: the queue of the stack, the attributes of the topic and of the subscription.
#[derive(Debug, Clone)]
struct Sns {
    queue: &'static str,
    topic: Vec<(&'static str, &'static str)>,
    subscription: Vec<(&'static str, &'static str)>,
}

impl Default for Sns {
    fn default() -> Self {
        Self {
            queue: QUEUE,
            topic: vec![
                ("ArchivePolicy", r#"{"MessageRetentionPeriod":"30"}"#),
                ("BeginningArchiveTime", "2026-03-01T09:00:00.000Z"),
            ],
            subscription: Vec::new(),
        }
    }
}

/// A stub on loopback. Returns its URL and the forms that it is sent.
fn stub(sns: Sns) -> (String, Arc<Mutex<Vec<Form>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let forms = Arc::<Mutex<Vec<Form>>>::default();
    let seen = Arc::clone(&forms);
    spawn(move || {
        for stream in listener.incoming().flatten() {
            let form = request(&stream);
            let xml = answer(&sns, &form);
            seen.lock().unwrap().push(form);
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                xml.len()
            );
            drop((&stream).write_all((head + &xml).as_bytes()));
        }
    });
    (url, forms)
}

fn request(stream: &TcpStream) -> Form {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let body = String::from_utf8(body).unwrap();
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn answer(sns: &Sns, form: &Form) -> String {
    let action = form["Action"].as_str();
    let attributes = |all: &[(&str, &str)]| {
        let entry = |(name, value): &(&str, &str)| {
            let value = value.replace('"', "&quot;");
            format!("<entry><key>{name}</key><value>{value}</value></entry>")
        };
        format!(
            "<Attributes>{}</Attributes>",
            all.iter().map(entry).collect::<String>()
        )
    };
    let result = match action {
        "DescribeStacks" => format!(
            "<Stacks><member><StackName>welcome</StackName><Outputs><member><OutputKey>QueueArn</OutputKey>\
             <OutputValue>{}</OutputValue></member></Outputs></member></Stacks>",
            sns.queue
        ),
        "ListSubscriptions" => format!(
            "<Subscriptions><member><Endpoint>arn:other</Endpoint><TopicArn>{TOPIC}</TopicArn>\
             <SubscriptionArn>{TOPIC}:0</SubscriptionArn></member><member><Endpoint>{}</Endpoint>\
             <TopicArn>{TOPIC}</TopicArn><SubscriptionArn>{TOPIC}:1</SubscriptionArn></member></Subscriptions>",
            sns.queue
        ),
        "GetTopicAttributes" => attributes(&sns.topic),
        "GetSubscriptionAttributes" => attributes(&sns.subscription),
        _ => String::new(),
    };
    format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")
}

/// Runs the command, answers no question, and returns its result, its output and what SNS was told to set.
async fn replay(sns: Sns, arguments: &[&str]) -> (Result<ExitCode>, String, Vec<Form>) {
    let (url, forms) = stub(sns);
    let line = [arguments, &["--endpoint", &url]].concat();
    let options = replay::Options::read(line).unwrap();
    let written = Written::default();
    let console = Console::writing_to(written.clone());
    let ended = replay::run(&options, &console, &console, &mut Terminal::absent()).await;
    let set = forms
        .lock()
        .unwrap()
        .iter()
        .filter(|form| form["Action"] == "SetSubscriptionAttributes")
        .cloned()
        .collect();
    (ended, written.text(), set)
}

#[test]
async fn a_replay_sets_the_policy_of_the_subscribers_own_subscription() -> Result<()> {
    let (ended, text, set) = replay(Sns::default(), &SINCE).await;
    ensure!(ended? == ExitCode::SUCCESS, "{text}");
    let [form] = set.as_slice() else {
        anyhow::bail!("{set:?}")
    };
    ensure!(form["SubscriptionArn"] == format!("{TOPIC}:1"), "{form:?}");
    ensure!(form["AttributeName"] == "ReplayPolicy", "{form:?}");
    ensure!(
        form["AttributeValue"] == r#"{"PointType":"Timestamp","StartingPoint":"2026-03-01T10:00:00.000Z"}"#,
        "{form:?}"
    );
    Ok(())
}

#[test]
async fn an_end_pauses_the_subscription_so_the_command_asks_first() -> Result<()> {
    let until = [&SINCE[..], &["--until", "2026-03-01T12:00:00Z"]].concat();
    let (ended, _, set) = replay(Sns::default(), &until).await;
    ensure!(ended.is_err_and(|error| error.to_string().contains("--yes")) && set.is_empty());
    let (ended, text, set) = replay(Sns::default(), &[&until[..], &["--yes"]].concat()).await;
    ensure!(ended? == ExitCode::SUCCESS, "{text}");
    ensure!(
        set[0]["AttributeValue"].ends_with(r#""EndingPoint":"2026-03-01T12:00:00.000Z"}"#),
        "{set:?}"
    );
    Ok(())
}

#[test]
async fn what_sns_cannot_replay_is_refused_before_anything_is_set() -> Result<()> {
    let without = Sns {
        topic: Vec::new(),
        ..Sns::default()
    };
    let late = Sns {
        topic: vec![
            ("ArchivePolicy", r#"{"MessageRetentionPeriod":"1"}"#),
            ("BeginningArchiveTime", "2026-03-01T10:00:00.001Z"),
        ],
        ..Sns::default()
    };
    let standard = Sns {
        queue: "arn:aws:sqs:us-east-1:111111111111:welcome",
        ..Sns::default()
    };
    for (sns, part) in [
        (without, "ArchiveDays"),
        (late, "begins at 2026-03-01T10:00:00.001Z"),
        (standard, "no FIFO queue"),
    ] {
        let (ended, _, set) = replay(sns, &SINCE).await;
        let error = ended.err().context(part)?.to_string();
        ensure!(error.contains(part) && set.is_empty(), "{error}");
    }
    let other = [&SINCE[..], &["--category", "profile"]].concat();
    let (ended, _, set) = replay(Sns::default(), &other).await;
    ensure!(ended.is_err() && set.is_empty(), "no subscription to that topic");
    Ok(())
}

#[test]
async fn the_status_is_snss_word_and_a_stop_removes_the_policy() -> Result<()> {
    let policy = r#"{"PointType":"Timestamp","StartingPoint":"2026-03-01T10:00:00.000Z","EndingPoint":"2026-03-01T12:00:00.000Z"}"#;
    let paused = Sns {
        subscription: vec![("ReplayPolicy", policy), ("ReplayStatus", "Completed")],
        ..Sns::default()
    };
    let (ended, text, set) = replay(paused.clone(), &["status", "--subscriber", "welcome"]).await;
    ensure!(ended? == ExitCode::SUCCESS && set.is_empty());
    ensure!(
        text.starts_with(&format!("Completed  {TOPIC}\n"))
            && text.contains("--since 2026-03-01T12:00:00.000Z"),
        "{text}"
    );
    let (ended, text, set) = replay(paused, &["stop", "--subscriber", "welcome", "--yes"]).await;
    ensure!(
        ended? == ExitCode::SUCCESS && set[0]["AttributeValue"] == "{}",
        "{text}"
    );
    ensure!(text.contains("missing since 2026-03-01T12:00:00.000Z"), "{text}");
    let (_, text, set) = replay(Sns::default(), &["stop", "--subscriber", "welcome"]).await;
    ensure!(set.is_empty() && text.contains("no replay"), "{text}");
    Ok(())
}
