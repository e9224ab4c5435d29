//! Where a connection goes: to the exchange itself, or to an endpoint in its place.

use std::sync::Arc;

use futures::{Stream, StreamExt, stream};
use url::{ParseError, Url};

use crate::EngineError;

tokio::task_local! {
    /// The crates ask for an address without saying for which feed, so it belongs to the task that asks.
    static ENDPOINT: Option<Endpoint>;
}

/// A server that takes the place of the exchanges' own hosts: a proxy, or a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Arc<Url>);

impl Endpoint {
    /// Reads `ws://host:port` or `wss://host:port`, with a path in front of the exchange's own if there is one.
    ///
    /// # Errors
    ///
    /// `config_endpoint`.
    pub fn parse(text: &str) -> Result<Self, EngineError> {
        let refuse = |why: &str| {
            let message = format!("must be such as \"ws://127.0.0.1:8080\": {why}");
            EngineError::config("config_endpoint", "endpoint", message)
        };
        let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        match url.scheme() {
            "ws" | "wss" if plain => Ok(Self(Arc::new(url))),
            "ws" | "wss" => Err(refuse("only a host, a port and a path may be given")),
            other => Err(refuse(&format!("the scheme is {other:?}"))),
        }
    }

    /// `own` with scheme, host and port of this endpoint.
    fn replace(&self, own: &Url) -> Url {
        let mut url = (*self.0).clone();
        let path = format!("{}{}", self.0.path().trim_end_matches('/'), own.path());
        url.set_path(&path);
        url.set_query(own.query());
        url
    }
}

/// Where the running task connects instead of to `own`.
pub(super) fn socket_url(own: Url) -> Url {
    match endpoint() {
        Some(endpoint) => endpoint.replace(&own),
        None => own,
    }
}

/// Where the running task asks by HTTP instead of at `own`; `None` without an endpoint.
pub(super) fn http_url(own: &str) -> Option<Result<Url, ParseError>> {
    let endpoint = endpoint()?;
    Some(Url::parse(own).map(|own| {
        let mut url = endpoint.replace(&own);
        // Both are among the schemes that a URL may change between.
        let _allowed = url.set_scheme(if url.scheme() == "ws" { "http" } else { "https" });
        url
    }))
}

fn endpoint() -> Option<Endpoint> {
    ENDPOINT.try_with(Clone::clone).ok().flatten()
}

/// Runs `work` with this endpoint.
pub(super) async fn through<F: Future>(endpoint: Option<Endpoint>, work: F) -> F::Output {
    ENDPOINT.scope(endpoint, work).await
}

/// `inner`, polled with this endpoint by whatever task polls it.
pub(super) fn stream_through<S>(
    endpoint: Option<Endpoint>,
    mut inner: S,
) -> impl Stream<Item = S::Item> + Send + use<S>
where
    S: Stream + Send + Unpin,
{
    stream::poll_fn(move |context| {
        ENDPOINT.sync_scope(endpoint.clone(), || inner.poll_next_unpin(context))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(endpoint: &str, own: &str) -> String {
        Endpoint::parse(endpoint).unwrap().replace(&Url::parse(own).unwrap()).to_string()
    }

    #[test]
    fn an_endpoint_keeps_the_path_of_the_exchange() {
        assert_eq!(
            replaced("ws://127.0.0.1:80/", "wss://stream.binance.com:9443/ws"),
            "ws://127.0.0.1/ws"
        );
        assert_eq!(
            replaced("wss://proxy.test:1/kraken/", "wss://ws.kraken.com/"),
            "wss://proxy.test:1/kraken/"
        );
    }

    #[tokio::test]
    async fn requests_go_to_the_same_endpoint() {
        let own = "https://api.binance.com/api/v3/depth";
        assert!(http_url(own).is_none());
        for (endpoint, expected) in [
            ("ws://127.0.0.1:9", "http://127.0.0.1:9/api/v3/depth"),
            ("wss://127.0.0.1:9", "https://127.0.0.1:9/api/v3/depth"),
        ] {
            let url = through(Some(Endpoint::parse(endpoint).unwrap()), async { http_url(own) });
            assert_eq!(url.await.unwrap().unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for bad in
            ["", "127.0.0.1:80", "http://a", "ws://u@a", "ws://u:p@a", "ws://a?b", "ws://a#b"]
        {
            assert_eq!(Endpoint::parse(bad).unwrap_err().code(), "config_endpoint", "{bad}");
        }
    }
}
