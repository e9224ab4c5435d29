//! For the bench: an exchange that sends as fast as it can, and a native reader of a feed.

use std::{io, net::Ipv4Addr, time::Instant};

use futures::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{accept_async, tungstenite::Message};

use super::{Feed, FeedConfig};
use crate::{EngineError, Instruments};

/// Messages that are handed to the socket together.
const BATCH: u32 = 64;

/// A server on loopback that speaks as Binance spot does and answers every subscription with trades.
pub struct TradeServer {
    listener: TcpListener,
    port: u16,
}

impl TradeServer {
    /// Takes a free port.
    ///
    /// # Errors
    ///
    /// What the operating system answers.
    pub async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Serves one client after the other, `trades` trades of BTCUSDT each.
    pub async fn serve(self, trades: u32) {
        while let Ok((socket, _)) = self.listener.accept().await {
            // A client that leaves early is no failure.
            let _left = flood(socket, trades).await;
        }
    }
}

async fn flood(
    socket: TcpStream,
    trades: u32,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut socket = accept_async(socket).await?;
    socket.next().await.transpose()?;
    socket.send(Message::text(r#"{"result":null,"id":1}"#)).await?;
    for id in 1..=trades {
        let trade = format!(
            r#"{{"e":"trade","E":1749354825200,"s":"BTCUSDT","t":{id},"p":"10000.19","q":"0.239","T":1749354825200,"m":true,"M":true}}"#
        );
        socket.feed(Message::text(trade)).await?;
        if id % BATCH == 0 {
            socket.flush().await?;
        }
    }
    socket.flush().await?;
    // Until the client leaves.
    while socket.next().await.transpose()?.is_some() {}
    Ok(())
}

/// Opens a feed and reads so many events. Answers the nanoseconds it took.
///
/// # Errors
///
/// Those of [`Feed::open`].
pub async fn native_feed(
    instruments: &Instruments,
    config: FeedConfig,
    events: u32,
) -> Result<f64, EngineError> {
    let start = Instant::now();
    let mut stream = Feed::open(instruments, config).await?.into_stream();
    for _ in 0..events {
        stream.next().await;
    }
    Ok(start.elapsed().as_nanos() as f64)
}
