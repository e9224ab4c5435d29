//! Native twin of live market data, for the bench: the same feed, read in Rust.

use serde::{Deserialize, Serialize};
use tendon_engine::{TradeServer, native_feed};
use tokio_util::sync::CancellationToken;
use ts_rs::TS;

use crate::{
    Failure, Object, Scope, Status,
    diagnostics::Elapsed,
    engine::live::{LiveFeed, feed_request},
};

/// A server of trades to start.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StartTrades {
    /// Trades for each client.
    trades: u32,
}

/// A running server of trades.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartedTrades {
    /// The handle; closing it stops the server.
    server: u64,
    /// Its port on loopback.
    port: u16,
}

/// A feed to read natively.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NativeLive {
    /// The feed.
    feed: LiveFeed,
    /// Events to read.
    events: u32,
}

struct Server(CancellationToken);

impl Object for Server {
    const KIND: &'static str = "server of trades";

    fn close(&self) {
        self.0.cancel();
    }
}

/// `diagnostics.startTrades`: a local exchange that sends as fast as it can.
///
/// # Errors
///
/// `internal` when no port is free.
pub(crate) async fn start(scope: Scope, request: StartTrades) -> Result<StartedTrades, Failure> {
    let server = TradeServer::bind()
        .await
        .map_err(|error| Failure::new(Status::Io, "internal", error.to_string()))?;
    let port = server.port();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    crate::runtime::spawn(async move {
        tokio::select! {
            () = stopped.cancelled() => {}
            () = server.serve(request.trades) => {}
        }
    });
    Ok(StartedTrades { server: scope.insert(std::sync::Arc::new(Server(stop))), port })
}

/// `diagnostics.nativeLive`: opens a feed and reads it without leaving Rust.
///
/// # Errors
///
/// `config_…`, `live_…`.
pub(crate) async fn read(_: Scope, request: NativeLive) -> Result<Elapsed, Failure> {
    let (instruments, config) = feed_request(request.feed)?;
    Ok(Elapsed { nanoseconds: native_feed(&instruments, config, request.events).await? })
}
