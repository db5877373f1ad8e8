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
use futures_util::{Sink, SinkExt, Stream as Messages, StreamExt};
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio::runtime::Builder;

use crate::Outcome;
use crate::process::{self, Program};
use crate::rows::{Row, Task};
use crate::stream::{Stream, Tls, learn_tls};

/// In the order of the table: the limits, the crate, its peers.
pub(crate) const NAMES: [&str; 13] = [
    RAW,
    CODEC,
    ONESOCKET,
    "tungstenite",
    "tokio-websockets",
    "tokio-websockets:buf",
    "fastwebsockets",
    "fastwebsockets:buf",
    "fastwebsockets:hyper",
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

/// With [`Client::duplex`], messages between flushes.
const PER_FLUSH: u64 = 16;

/// What a client of WebSockets can do.
pub(crate) trait Client: Sized + 'static {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self>;

    /// Receives a message, and answers its size.
    async fn receive(&mut self) -> Outcome<usize>;

    /// Takes a binary message to send. The payload is the caller's, and is not changed.
    async fn feed(&mut self, payload: &Bytes) -> Outcome<()>;

    /// Hands everything that was fed to the system.
    async fn flush(&mut self) -> Outcome<()>;

    /// Goes in the regular way, for those that connect: sends a Close frame, reads on to the server's and to the end of what it
    /// sends, as RFC 6455 7.1.1 has it, "a client SHOULD wait for the server to close the connection", and ends its own side.
    async fn close(self) -> Outcome<()> {
        Err("it is not measured while it connects".into())
    }

    /// Receives so many messages on one task while it sends so many on another.
    async fn duplex(self, count: u64, payload: Bytes) -> Outcome<()>;

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

/// What is to be done with a client, whichever it is.
pub(crate) trait Visitor {
    type Output;

    async fn visit<C: Client>(self) -> Outcome<Self::Output>;
}

/// Does it, in this process.
pub(crate) fn visit<V: Visitor>(
    name: &str,
    row: &Row,
    server: SocketAddr,
    visitor: V,
) -> Outcome<V::Output> {
    process::settle();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match name {
            CODEC => return visitor.visit::<codec::Codec>().await,
            ONESOCKET => {
                if row.tls {
                    learn_tls(server).await?;
                }
                return visitor.visit::<onesocket::Onesocket>().await;
            }
            _ => {}
        }
        match row.tls {
            true => {
                learn_tls(server).await?;
                visit_over::<Tls, V>(name, visitor).await
            }
            false => visit_over::<TcpStream, V>(name, visitor).await,
        }
    })
}

async fn visit_over<S: Stream, V: Visitor>(name: &str, visitor: V) -> Outcome<V::Output> {
    use fastwebsockets::{FastWebSockets, Upgraded};
    use tokio_websockets::TokioWebSockets;
    match name {
        RAW => visitor.visit::<raw::Raw<S>>().await,
        "tungstenite" => visitor.visit::<tungstenite::Tungstenite<S>>().await,
        "tokio-websockets" => visitor.visit::<TokioWebSockets<S>>().await,
        "tokio-websockets:buf" => visitor.visit::<TokioWebSockets<BufStream<S>>>().await,
        "fastwebsockets" => visitor.visit::<FastWebSockets<S>>().await,
        "fastwebsockets:buf" => visitor.visit::<FastWebSockets<BufStream<S>>>().await,
        "fastwebsockets:hyper" => visitor.visit::<Upgraded<S>>().await,
        "web-socket" => visitor.visit::<web_socket::WebSocket<S>>().await,
        "yawc" => visitor.visit::<yawc::Yawc<S>>().await,
        #[cfg(feature = "c-zlib")]
        "soketto" => visitor.visit::<soketto::Soketto<S>>().await,
        #[cfg(feature = "c-zlib")]
        "ratchet" => visitor.visit::<ratchet::Ratchet<S>>().await,
        _ => Err(unknown(name)),
    }
}

/// Whether a client takes part in a row, at its best.
pub(crate) fn takes_part(name: &str, row: &Row) -> bool {
    match (name, row.task, row.deflation) {
        (CODEC | "ratchet", _, deflation) => deflation.is_some(),
        // It has no other settings.
        ("soketto", _, Some(deflation)) => !deflation.context,
        (ONESOCKET | "yawc", _, _) => true,
        (_, _, Some(_)) => false,
        ("fastwebsockets:hyper", task, _) => matches!(task, Task::Connect { .. }),
        // They leave the handshake to others.
        ("fastwebsockets" | "fastwebsockets:buf" | "web-socket", Task::Connect { .. }, _) => false,
        // Its buffers gain nothing there.
        ("tokio-websockets:buf", Task::Connect { .. }, _) => false,
        _ => true,
    }
}

/// The program in which a client lives.
pub(crate) fn program(name: &str) -> Program {
    match name {
        "ratchet" | "soketto" => Program::CZlib,
        _ => Program::Main,
    }
}

pub(crate) fn unknown(name: &str) -> Box<dyn std::error::Error + Send + Sync> {
    format!("there is no client {name}; there are {}", NAMES.join(", ")).into()
}

/// Runs the two on a task each.
async fn two_tasks(
    receive: impl Future<Output = Outcome<()>> + Send + 'static,
    send: impl Future<Output = Outcome<()>> + Send + 'static,
) -> Outcome<()> {
    let (receive, send) = (tokio::spawn(receive), tokio::spawn(send));
    receive.await??;
    send.await?
}

/// [`Client::duplex`] of clients that are both a stream and a sink.
async fn duplex<T, M, E, F>(socket: T, count: u64, message: F) -> Outcome<()>
where
    T: Messages + Sink<M, Error = E> + Send + 'static,
    M: Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
    F: Fn() -> M + Send + 'static,
{
    let (mut sink, mut stream) = socket.split();
    let receive = async move {
        for _ in 0..count {
            if stream.next().await.is_none() {
                return Err("the server ended".into());
            }
        }
        Ok(())
    };
    let send = async move {
        for done in 1..=count {
            sink.feed(message()).await?;
            if done % PER_FLUSH == 0 {
                sink.flush().await?;
            }
        }
        Ok(sink.flush().await?)
    };
    two_tasks(receive, send).await
}
