//! `user-events playground` on the local engine: whom it answers, and a session in headless Chromium.

use std::io::Write;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use user_events::playground::{Playground, Site};
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;

use crate::engine::{Played, STACK, shared};
use crate::node;
use crate::tools::{Tool, chromium, require};

/// A page that is served until it ends.
struct Served {
    url: String,
    interrupt: Interrupt,
    serving: tokio::task::JoinHandle<Result<()>>,
}

impl Served {
    async fn begin(played: &Played) -> Result<Self> {
        let interrupt = Interrupt::new();
        let site = Site {
            endpoint: &played.endpoint,
            stack: STACK,
            ..Site::default()
        };
        let playground = Playground::open(site, &interrupt, &Console::silent()).await?;
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
    let said = String::from_utf8_lossy(&output.stdout);
    writeln!(std::io::stdout(), "{said}")?;
    ensure!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let checks = said.lines().filter(|line| line.starts_with("ok ")).count();
    ensure!(checks >= 20, "only {checks} things were looked at:\n{said}");
    Ok(())
}

/// The status of a request with these headers.
async fn status(url: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Result<StatusCode> {
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
    let request = request.body(Full::new(Bytes::from_static(br#"{"table":"accounts"}"#)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    response.into_body().collect().await?;
    Ok(status)
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
        assert_eq!(
            status(&url, method, path, headers).await?,
            *wanted,
            "{method} {path} {headers:?}"
        );
    }
    served.end().await
}
