//! The clients, behind one small trait.

mod codec;
mod fastwebsockets;
mod onesocket;
#[cfg(feature = "c-zlib")]
mod ratchet;
mod raw;
#[cfg(feature = "c-zlib")]
mod soketto;
mod tokio_websockets;
mod tungstenite;
mod web_socket;
mod yawc;

use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio::runtime::Builder;

use crate::Outcome;
use crate::measure::Sample;
use crate::process::{self, Program};
use crate::rows::Row;

pub(crate) use tokio_websockets::TokioWebSockets;
pub(crate) use tungstenite::Tungstenite;

/// In the order of the table: the limit, the crate, its peers.
pub(crate) const NAMES: [&str; 11] = [
    RAW,
    CODEC,
    ONESOCKET,
    "tungstenite",
    "tokio-websockets",
    "fastwebsockets",
    "fastwebsockets:buf",
    "web-socket",
    "yawc",
    "soketto",
    "ratchet",
];

/// The same bytes on the wire by tokio alone.
pub(crate) const RAW: &str = "raw";
/// Compression alone.
pub(crate) const CODEC: &str = "codec";
pub(crate) const ONESOCKET: &str = "onesocket";

/// What a client of WebSockets can do.
pub(crate) trait Client: Sized {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self>;

    /// Receives a message, and answers its size.
    async fn receive(&mut self) -> Outcome<usize>;

    /// Takes a binary message to send. The payload is the caller's, and is not changed.
    async fn feed(&mut self, payload: &Bytes) -> Outcome<()>;

    /// Hands everything that was fed to the system.
    async fn flush(&mut self) -> Outcome<()>;

    /// Receives by being called, where the client can.
    async fn listen(&mut self, count: u64, size: usize) -> Outcome<()> {
        for _ in 0..count {
            assert_eq!(self.receive().await?, size);
        }
        Ok(())
    }

    /// Sends without a flush to come, where the client can.
    async fn send(&mut self, payload: &Bytes) -> Outcome<()> {
        self.feed(payload).await
    }

    /// Waits for room after what was [sent](Client::send).
    async fn ready(&mut self) -> Outcome<()> {
        self.flush().await
    }
}

/// Measures one row, in this process.
pub(crate) fn measure(name: &str, row: &Row, count: u64, server: SocketAddr) -> Outcome<Sample> {
    process::settle();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match name {
            RAW => row.measure::<raw::Raw>(server, count).await,
            ONESOCKET => row.measure::<onesocket::Onesocket>(server, count).await,
            "tungstenite" => row.measure::<Tungstenite>(server, count).await,
            "tokio-websockets" => row.measure::<TokioWebSockets>(server, count).await,
            "fastwebsockets" => {
                row.measure::<fastwebsockets::FastWebSockets<TcpStream>>(server, count)
                    .await
            }
            "fastwebsockets:buf" => {
                row.measure::<fastwebsockets::FastWebSockets<BufStream<TcpStream>>>(server, count)
                    .await
            }
            "web-socket" => row.measure::<web_socket::WebSocket>(server, count).await,
            "yawc" => row.measure::<yawc::Yawc>(server, count).await,
            CODEC => row.measure::<codec::Codec>(server, count).await,
            #[cfg(feature = "c-zlib")]
            "soketto" => row.measure::<soketto::Soketto>(server, count).await,
            #[cfg(feature = "c-zlib")]
            "ratchet" => row.measure::<ratchet::Ratchet>(server, count).await,
            _ => Err(unknown(name)),
        }
    })
}

/// Whether a client takes part in a row, at its best.
pub(crate) fn takes_part(name: &str, row: &Row) -> bool {
    match row.deflation {
        None => ![CODEC, "ratchet"].contains(&name),
        Some(deflation) => match name {
            CODEC | ONESOCKET | "yawc" | "ratchet" => true,
            // It has no other settings.
            "soketto" => !deflation.context,
            _ => false,
        },
    }
}

/// The program in which a client lives.
pub(crate) fn program(name: &str) -> Program {
    match name {
        "ratchet" | "soketto" => Program::CZlib,
        _ => Program::Main,
    }
}

pub(crate) fn unknown(name: &str) -> Box<dyn std::error::Error> {
    format!("there is no client {name}; there are {}", NAMES.join(", ")).into()
}
