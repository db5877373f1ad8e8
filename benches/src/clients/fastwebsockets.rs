//! fastwebsockets without hyper's upgrade: bare, as it is meant to be used, and on a buffered stream, as it has no
//! buffer of its own for sending. Fragments would not be put together.

use std::net::SocketAddr;

use bytes::Bytes;
use fastwebsockets::{Frame, OpCode, Payload, Role, WebSocket};
use tokio::io::{AsyncRead, AsyncWrite, BufStream};
use tokio::net::TcpStream;

use super::Client;
use crate::rows::Row;
use crate::{Outcome, handshake};

const BUFFER: usize = 64 << 10;

pub(crate) struct FastWebSockets<S>(WebSocket<S>);

/// What lies below.
pub(crate) trait Over: AsyncRead + AsyncWrite + Unpin {
    fn over(stream: TcpStream) -> Self;
}

impl Over for TcpStream {
    fn over(stream: TcpStream) -> Self {
        stream
    }
}

impl Over for BufStream<TcpStream> {
    fn over(stream: TcpStream) -> Self {
        BufStream::with_capacity(BUFFER, BUFFER, stream)
    }
}

impl<S: Over> Client for FastWebSockets<S> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let stream = handshake::connect(server, &row.path()).await?;
        let socket = WebSocket::after_handshake(S::over(stream), Role::Client);
        Ok(FastWebSockets(socket))
    }

    async fn receive(&mut self) -> Outcome<usize> {
        let frame = self.0.read_frame().await?;
        match frame.opcode {
            OpCode::Text | OpCode::Binary => Ok(frame.payload.len()),
            _ => Err("not a message".into()),
        }
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        let frame = Frame::binary(Payload::Borrowed(payload));
        Ok(self.0.write_frame(frame).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.0.flush().await?)
    }
}
