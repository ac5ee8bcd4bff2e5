//! `user-events playground` on the local engine: whom it answers, and a session in headless Chromium.

use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use user_events::playground::{Location, Playground};
use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, shapes};
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;
use user_events_local::workspace::Workspace;
use xtask::demo;

use crate::engine::{Played, STACK, shared};
use crate::node;
use crate::support::root;
use crate::tools::{Tool, chromium, require};

/// The longest wait for events.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page that is served until it ends.
struct Served {
    url: String,
    interrupt: Interrupt,
    serving: tokio::task::JoinHandle<Result<()>>,
}

impl Served {
    async fn begin(played: &Played) -> Result<Self> {
        Self::at(Location {
            endpoint: &played.endpoint,
            stack: STACK,
            ..Location::default()
        })
        .await
    }

    async fn at(location: Location<'_>) -> Result<Self> {
        let interrupt = Interrupt::new();
        let playground = Playground::open(location, &interrupt, &Console::silent()).await?;
        let (url, raised) = (playground.url(), interrupt.clone());
        let serving = tokio::spawn(async move { playground.serve(&raised, &Console::silent()).await });
        Ok(Self {
            url,
            interrupt,
            serving,
        })
    }

    async fn end(self) -> Result<()> {
        self.interrupt.raise();
        self.serving.await?
    }
}

#[test]
async fn a_session_through_the_whole_playground_in_a_browser() -> Result<()> {
    require(Tool::Chromium);
    let chromium = chromium().context("Chromium is missing")?;
    let scripts = tokio::task::block_in_place(|| node::scripts("site", &["playground.mjs"]))?;
    let played = tokio::task::block_in_place(shared);
    let served = Served::begin(played).await?;
    let mut command = Command::new("node");
    command
        .arg(scripts.join("playground.mjs"))
        .arg(&served.url)
        .arg(&chromium);
    if let Some(folder) = std::env::var_os("SHOTS") {
        command.arg(folder);
    }
    let output: Output = tokio::task::spawn_blocking(move || command.output())
        .await?
        .context("node could not be started")?;
    served.end().await?;
    node::browsed(&output)
}

/// The status and the body of a request with these headers.
async fn request(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Result<(StatusCode, Bytes)> {
    let authority = url.trim_start_matches("http://").trim_end_matches('/');
    let stream = TcpStream::connect(authority).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", authority);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_string())))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

/// What the page gets for a request of its own.
async fn post(url: &str, path: &str, body: &Value) -> Result<Value> {
    let headers = [
        ("content-type", "application/json"),
        ("origin", url.trim_end_matches('/')),
    ];
    let (status, answer) = request(url, "POST", path, &headers, body).await?;
    ensure!(
        status == StatusCode::OK,
        "{path}: {status} {}",
        String::from_utf8_lossy(&answer)
    );
    Ok(serde_json::from_slice(&answer)?)
}

#[test]
async fn the_playground_answers_only_its_own_page_and_leaves_nothing_behind() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let served = Served::begin(played).await?;
    let url = served.url.clone();
    let own = url.trim_end_matches('/').to_owned();
    let json = ("content-type", "application/json");
    let rows = "/api/rows";
    let answers = [
        ("GET", "/", vec![], StatusCode::OK),
        (
            "GET",
            "/",
            vec![("host", "evil.example.com")],
            StatusCode::FORBIDDEN,
        ),
        (
            "GET",
            "/api/stream",
            vec![("origin", "http://evil.example.com")],
            StatusCode::FORBIDDEN,
        ),
        ("POST", rows, vec![json, ("origin", own.as_str())], StatusCode::OK),
        ("POST", rows, vec![json], StatusCode::FORBIDDEN),
        (
            "POST",
            rows,
            vec![json, ("origin", "http://evil.example.com")],
            StatusCode::FORBIDDEN,
        ),
        (
            "POST",
            rows,
            vec![json, ("origin", "null")],
            StatusCode::FORBIDDEN,
        ),
        // Without this type, a browser asks nobody before it sends a request from elsewhere.
        (
            "POST",
            rows,
            vec![("content-type", "text/plain"), ("origin", own.as_str())],
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
    ];
    for (method, path, headers, wanted) in &answers {
        let (status, _) = request(&url, method, path, headers, &json!({ "table": "accounts" })).await?;
        assert_eq!(status, *wanted, "{method} {path} {headers:?}");
    }
    served.end().await
}

#[test]
async fn with_a_mapping_the_presets_are_its_items() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let demo = demo::Options {
        endpoint: Some(played.endpoint.clone()),
        preset: Some("authjs".to_owned()),
        ..demo::Options::default()
    };
    demo::run(&demo, &Workspace::find()?, &Console::silent()).await?;
    let text = std::fs::read_to_string(root().join("mappings/authjs.yaml"))?;
    let cases = root().join("tests/mappings/authjs.json");
    let served = Served::at(Location {
        endpoint: &played.endpoint,
        stack: "user-events-demo-mapped",
        mapping: Some(
            Mapping::read(&text, &shapes(CATEGORIES))
                .map_err(|problems| anyhow::anyhow!("{:?}", problems.0))?,
        ),
        writes: Some(&cases),
        port: None,
    })
    .await?;
    let url = served.url.clone();
    let played: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&cases)?)?;
    let changes =
        |case: &Value| case["old"].is_object() && case["new"].is_object() && case["events"] != json!([]);
    let place = played.iter().position(changes).context("no case changes a row")?;
    let proposed = json!({ "preset": place.to_string(), "user": "" });
    // The demo went on after this case, so the page first proposes the row as it was before.
    let before = post(&url, "/api/propose", &proposed).await?;
    ensure!(
        before["note"]
            .as_str()
            .is_some_and(|note| note.contains("choose the preset again")),
        "{before}"
    );
    post(&url, "/api/write", &before).await?;
    let change = post(&url, "/api/propose", &proposed).await?;
    ensure!(change["note"].is_null() && change["action"] == "put", "{change}");
    let previewed = post(&url, "/api/preview", &change).await?;
    assert_eq!(previewed["verdict"]["kind"], "events", "{previewed}");
    let copy = &previewed["copies"][0];
    ensure!(
        copy["text"]
            .as_str()
            .is_some_and(|text| text.contains("--item '{")),
        "{copy}"
    );
    let made = post(&url, "/api/write", &change).await?;
    let wanted = made["verdict"]["events"].as_array().context("no events")?.len();
    let policy = json!({ "policy": r#"{"eventVersion": [{"numeric": ["=", 1]}]}"#, "scope": "attributes" });
    let arrived = async {
        loop {
            let judged = post(&url, "/api/match", &policy).await?;
            if judged["judged"]
                .as_array()
                .is_some_and(|judged| judged.len() >= wanted)
            {
                return anyhow::Ok(judged);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let judged = tokio::time::timeout(PATIENCE, arrived)
        .await
        .context("the events did not arrive")??;
    ensure!(judged["judged"][0]["through"] == true, "{judged}");
    served.end().await
}
