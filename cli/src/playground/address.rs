//! Where the page listens, and which requests it answers: those of itself, in a browser on this machine.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// Everything comes from this address, nothing is framed, and no script is inline (Content Security Policy Level 3).
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

/// The names under which a browser on this machine reaches the page.
#[derive(Debug, Clone)]
pub(super) struct Address {
    port: u16,
}

impl Address {
    /// Listens on the loopback interface only: on the given port, or a free one.
    ///
    /// Fails when the port is taken.
    pub(super) async fn listen(port: Option<u16>) -> Result<(TcpListener, Self)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))
            .await
            .with_context(|| match port {
                Some(port) => {
                    format!("port {port} is taken; name another one, or omit the port for a free one")
                }
                None => "the system has no free port".to_owned(),
            })?;
        let port = listener.local_addr()?.port();
        Ok((listener, Self { port }))
    }

    /// The URL of the page.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port))
    }

    /// Whether the request is for this address. Another `Host` is that of a site that a foreign name server points to this
    /// machine (DNS rebinding).
    fn is_host(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        self.hosts().iter().any(|own| host == Some(own))
    }

    /// Whether the request was made by this page. A browser sends the `Origin` with every `POST` (Fetch Standard, *Origin
    /// header*), so that one without it is not from a page.
    fn is_origin(&self, headers: &HeaderMap) -> bool {
        let origin = headers
            .get(header::ORIGIN)
            .and_then(|origin| origin.to_str().ok());
        let origin = origin.and_then(|origin| origin.strip_prefix("http://"));
        self.hosts().iter().any(|own| origin == Some(own))
    }
}

/// Answers only requests to this address, and writes only for its own page.
pub(super) async fn guard(State(address): State<Address>, request: Request, next: Next) -> Response {
    let refused = |why: &'static str| (StatusCode::FORBIDDEN, why).into_response();
    let headers = request.headers();
    if !address.is_host(headers) {
        return refused("the Host of the request is not this page's address\n");
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !address.is_origin(headers) && (!reads || headers.contains_key(header::ORIGIN)) {
        return refused("the Origin of the request is not this page\n");
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn only_the_own_names_are_hosts_and_origins() {
        let address = Address { port: 8080 };
        for (name, is_own) in [
            ("127.0.0.1:8080", true),
            ("localhost:8080", true),
            ("127.0.0.1:8081", false),
            ("127.0.0.1", false),
            ("localhost.example.com:8080", false),
            ("evil.example.com", false),
        ] {
            assert_eq!(
                address.is_host(&headers(&[(header::HOST, name)])),
                is_own,
                "{name}"
            );
            let origin = format!("http://{name}");
            assert_eq!(
                address.is_origin(&headers(&[(header::ORIGIN, &origin)])),
                is_own,
                "{name}"
            );
        }
        assert!(!address.is_host(&HeaderMap::new()) && !address.is_origin(&HeaderMap::new()));
        assert!(!address.is_origin(&headers(&[(header::ORIGIN, "https://127.0.0.1:8080")])));
        assert!(!address.is_origin(&headers(&[(header::ORIGIN, "null")])));
    }
}
