//! fastwebsockets: bare, as it is meant to be used, on a buffered stream, as it has no buffer of its own for sending, and with
//! hyper's upgrade where the handshake counts. Fragments would not be put together.

use std::net::SocketAddr;

use bytes::Bytes;
use fastwebsockets::{
    Frame, OpCode, Payload, Role, WebSocket, WebSocketError, handshake as upgrade,
};
use http_body_util::Empty;
use hyper::Request;
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Client, PER_FLUSH, two_tasks};
use crate::rows::Row;
use crate::stream::{Over, Stream, read_to_end};
use crate::{Outcome, handshake};

pub(crate) struct FastWebSockets<O>(WebSocket<O>);

impl<O: Over> Client for FastWebSockets<O> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let stream = handshake::connect(server, &row.path()).await?;
        let socket = WebSocket::after_handshake(O::over(stream), Role::Client);
        Ok(FastWebSockets(socket))
    }

    async fn receive(&mut self) -> Outcome<usize> {
        receive(&mut self.0).await
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        let frame = Frame::binary(Payload::Borrowed(payload));
        Ok(self.0.write_frame(frame).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.0.flush().await?)
    }

    async fn duplex(self, count: u64, payload: Bytes) -> Outcome<()> {
        let (mut reader, mut writer) = self.0.split(Over::split);
        let receive = async move {
            for _ in 0..count {
                let mut answer =
                    async |_: Frame<'_>| Err::<(), _>(WebSocketError::ConnectionClosed);
                reader.read_frame(&mut answer).await?;
            }
            Ok(())
        };
        let send = async move {
            for done in 1..=count {
                let frame = Frame::binary(Payload::Borrowed(&payload));
                writer.write_frame(frame).await?;
                if done % PER_FLUSH == 0 {
                    writer.flush().await?;
                }
            }
            Ok(writer.flush().await?)
        };
        two_tasks(receive, send).await
    }
}

async fn receive(socket: &mut WebSocket<impl AsyncRead + AsyncWrite + Unpin>) -> Outcome<usize> {
    let frame = socket.read_frame().await?;
    match frame.opcode {
        OpCode::Text | OpCode::Binary => Ok(frame.payload.len()),
        _ => Err("not a message".into()),
    }
}

/// With its own way to shake hands.
pub(crate) struct Upgraded<S> {
    socket: WebSocket<TokioIo<hyper::upgrade::Upgraded>>,
    below: std::marker::PhantomData<S>,
}

impl<S: Stream> Client for Upgraded<S> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let request = Request::builder()
            .uri(row.path())
            .header("Host", server.to_string())
            .header("Upgrade", "websocket")
            .header("Connection", "upgrade")
            .header("Sec-WebSocket-Key", upgrade::generate_key())
            .header("Sec-WebSocket-Version", "13")
            .body(Empty::<Bytes>::new())?;
        let stream = S::dial(server).await?;
        let (mut socket, _) = upgrade::client(&Tasks, request, stream).await?;
        socket.set_auto_close(false);
        Ok(Upgraded {
            socket,
            below: std::marker::PhantomData,
        })
    }

    async fn receive(&mut self) -> Outcome<usize> {
        receive(&mut self.socket).await
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        let frame = Frame::binary(Payload::Borrowed(payload));
        Ok(self.socket.write_frame(frame).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.socket.flush().await?)
    }

    async fn close(mut self) -> Outcome<()> {
        let frame = Frame::close_raw(Payload::Borrowed(&[]));
        self.socket.write_frame(frame).await?;
        self.socket.flush().await?;
        while self.socket.read_frame().await?.opcode != OpCode::Close {}
        let upgraded = self.socket.into_inner().into_inner();
        let below = upgraded.downcast::<TokioIo<S>>();
        let mut below = below.map_err(|_| "not what was dialled")?.io.into_inner();
        read_to_end(&mut below).await?;
        below.end().await
    }

    async fn duplex(self, _: u64, _: Bytes) -> Outcome<()> {
        Err("only to connect".into())
    }
}

/// Where hyper runs a connection until it is upgraded.
struct Tasks;

impl<F> Executor<F> for Tasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}
