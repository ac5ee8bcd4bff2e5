//! Whether an engine answers at an endpoint, checked before anything is written.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use tokio::net::TcpStream;

/// A local engine accepts a connection within this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Succeeds if something accepts connections at the endpoint, a URL such as `http://127.0.0.1:4566`.
///
/// Fails when it is no such URL, and when nothing accepts one.
pub async fn check(endpoint: &str) -> Result<()> {
    let address = address(endpoint).with_context(|| {
        format!("--endpoint: {endpoint} is not the URL of a local engine, such as http://127.0.0.1:4566")
    })?;
    let why = match tokio::time::timeout(PATIENCE, TcpStream::connect(&address)).await {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            anyhow!("connection refused")
        }
        Ok(Err(error)) => anyhow!(error),
        Err(_) => anyhow!("no answer within {} seconds", PATIENCE.as_secs()),
    };
    bail!(
        "no engine answers at {endpoint} ({why}); start one with `cargo demo --keep`, which prints its URL, and name that with \
         --endpoint"
    )
}

/// Host and port of the URL.
fn address(endpoint: &str) -> Option<String> {
    let (scheme, rest) = endpoint.split_once("://")?;
    let port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = rest.split('/').next().filter(|authority| !authority.is_empty())?;
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    Some(if has_port {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_those_of_the_url() {
        for (endpoint, expected) in [
            ("http://127.0.0.1:4566", Some("127.0.0.1:4566")),
            ("http://localhost", Some("localhost:80")),
            ("https://[::1]/path", Some("[::1]:443")),
            ("http://[::1]:4566/", Some("[::1]:4566")),
            ("127.0.0.1:4566", None),
            ("ftp://127.0.0.1", None),
            ("http://", None),
        ] {
            assert_eq!(address(endpoint).as_deref(), expected, "{endpoint}");
        }
    }

    #[tokio::test]
    async fn a_dead_endpoint_is_reported_as_dead_with_the_cure() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        check(&endpoint).await.unwrap();
        drop(listener);
        let error = check(&endpoint).await.unwrap_err().to_string();
        assert!(
            error.contains("connection refused")
                && error.contains("cargo demo --keep")
                && error.contains(&endpoint),
            "{error}"
        );
        let error = format!("{:#}", check("127.0.0.1").await.unwrap_err());
        assert!(error.contains("http://127.0.0.1:4566"), "{error}");
    }
}
