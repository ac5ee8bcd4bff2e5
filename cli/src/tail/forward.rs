//! Posts events to a server on this machine, as CloudEvents in structured mode (CloudEvents HTTP Protocol Binding 1.0.2,
//! section 3.2).

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};

const MEDIA_TYPE: &str = "application/cloudevents+json";
const HTTP_PORT: u16 = 80;
/// A server that needs longer than this for one event does not answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// As much of an answer is read.
const MAX_ANSWER_BYTES: usize = 1_024;

/// A server on this machine.
#[derive(Debug)]
pub(super) struct Forward {
    url: Uri,
    /// Tried one after the other: `localhost` has two.
    addresses: Vec<SocketAddr>,
}

/// The answer of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// The beginning of the body. What is not UTF-8 is replaced.
    pub(super) beginning: String,
}

impl Forward {
    /// Resolves the address of the server once, so that no later answer of a name server leads elsewhere.
    ///
    /// Fails when the URL is no HTTP URL, and when its host is not this machine.
    pub(super) async fn new(url: &Uri) -> Result<Self> {
        let host = url.host().unwrap_or_default();
        if url.scheme_str() != Some("http") || host.is_empty() {
            bail!("--forward-to takes a URL that begins with http://, such as http://127.0.0.1:8080/events");
        }
        let port = url.port_u16().unwrap_or(HTTP_PORT);
        // An IPv6 address has brackets in a URL (RFC 3986, section 3.2.2), but not in a lookup.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let found = lookup_host((name, port)).await;
        let addresses: Vec<_> = found
            .with_context(|| format!("--forward-to: the host {host} cannot be resolved"))?
            .collect();
        if addresses.is_empty() || !addresses.iter().all(|address| address.ip().is_loopback()) {
            bail!(
                "--forward-to: {host} is not this machine, and events hold data about persons; forward to 127.0.0.1, and \
                 reach another machine through a tunnel"
            );
        }
        Ok(Self {
            url: url.clone(),
            addresses,
        })
    }

    /// Posts an event, a JSON document.
    ///
    /// Fails when the server does not answer.
    pub(super) async fn post(&self, event: String) -> Result<Answer> {
        match tokio::time::timeout(PATIENCE, self.exchange(event)).await {
            Ok(answer) => answer,
            Err(_) => bail!("no answer within {} seconds", PATIENCE.as_secs()),
        }
    }

    async fn exchange(&self, event: String) -> Result<Answer> {
        let stream = TcpStream::connect(self.addresses.as_slice()).await;
        let stream = stream.context("no server answers there; start it, or check the port")?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.url.authority().map_or("", |authority| authority.as_str());
        let request = Request::post(path)
            .header(HOST, authority)
            .header(CONTENT_TYPE, MEDIA_TYPE)
            .body(Full::new(Bytes::from(event)))?;
        let answer = async {
            let response = sender.send_request(request).await?;
            Answer::read(response).await
        };
        // The connection has to be driven while the answer is read.
        tokio::select! {
            answer = answer => answer.context("the server did not answer in HTTP"),
            Err(error) = connection => Err(error).context("the connection broke"),
        }
    }
}

impl Answer {
    async fn read(mut response: Response<Incoming>) -> Result<Self> {
        let mut bytes = Vec::new();
        while bytes.len() < MAX_ANSWER_BYTES
            && let Some(frame) = response.frame().await
        {
            if let Some(data) = frame?.data_ref() {
                bytes.extend_from_slice(data);
            }
        }
        bytes.truncate(MAX_ANSWER_BYTES);
        Ok(Self {
            status: response.status(),
            beginning: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread::{JoinHandle, spawn};

    use super::*;

    /// A server that answers one request with this text. Returns its port and, at its end, the request.
    fn server(answer: &'static str) -> (u16, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let request = spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            (&stream).write_all(answer.as_bytes()).unwrap();
            head + &String::from_utf8(body).unwrap()
        });
        (port, request)
    }

    async fn post(url: &str) -> Result<Answer> {
        Forward::new(&url.parse().unwrap())
            .await?
            .post("{\"a\":1}".to_owned())
            .await
    }

    #[tokio::test]
    async fn the_document_is_posted_and_the_answer_is_returned() {
        let (port, request) = server("HTTP/1.1 418 I'm a teapot\r\ncontent-length: 5\r\n\r\nshort");
        let answer = post(&format!("http://localhost:{port}/events?a=1"))
            .await
            .unwrap();
        assert_eq!(
            answer,
            Answer {
                status: StatusCode::IM_A_TEAPOT,
                beginning: "short".to_owned()
            }
        );
        let request = request.join().unwrap().to_lowercase();
        assert!(request.starts_with("post /events?a=1 http/1.1\r\n"), "{request}");
        assert!(
            request.contains("content-type: application/cloudevents+json\r\n"),
            "{request}"
        );
        assert!(
            request.contains(&format!("host: localhost:{port}\r\n")),
            "{request}"
        );
        assert!(request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
    }

    #[tokio::test]
    async fn only_the_beginning_of_a_long_answer_is_read() {
        let long = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n".to_owned()
            + &"x".repeat(2 * MAX_ANSWER_BYTES);
        let (port, request) = server(Box::leak(long.into_boxed_str()));
        let answer = post(&format!("http://127.0.0.1:{port}")).await.unwrap();
        assert_eq!(answer.beginning.len(), MAX_ANSWER_BYTES);
        assert!(request.join().unwrap().starts_with("POST / HTTP/1.1"));
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_in_http_is_a_failure() {
        let (port, request) = server("hello\r\n\r\n");
        let error = format!(
            "{:#}",
            post(&format!("http://127.0.0.1:{port}")).await.unwrap_err()
        );
        assert!(error.contains("HTTP") || error.contains("broke"), "{error}");
        request.join().unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = format!("{:#}", post(&format!("http://{closed}")).await.unwrap_err());
        assert!(error.contains("no server answers there"), "{error}");
    }

    #[tokio::test]
    async fn events_go_to_this_machine_only() {
        for url in ["http://192.0.2.1/", "http://[2001:db8::1]:80/", "http://0.0.0.0/"] {
            let error = Forward::new(&url.parse().unwrap()).await.unwrap_err().to_string();
            assert!(error.contains("not this machine"), "{error}");
        }
        for url in ["https://127.0.0.1/", "/events", "127.0.0.1:80"] {
            let error = Forward::new(&url.parse().unwrap()).await.unwrap_err().to_string();
            assert!(error.contains("http://"), "{error}");
        }
        for url in ["http://127.0.0.1", "http://[::1]:8080/", "http://127.9.9.9:1/a"] {
            Forward::new(&url.parse().unwrap()).await.unwrap();
        }
    }
}
