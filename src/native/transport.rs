//! The bytes below the protocol: TCP, or TLS over it, as two halves for two locks.

use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::BufMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::lock::lock;

/// A stream of bytes that TLS, or a proxy one day, can be.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// What dialling results in.
pub(super) enum Transport {
    Tcp(TcpStream),
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "only TLS is a layer so far")
    )]
    Layered(Box<dyn Stream>),
}

/// One session serves both directions of TLS, so its halves share a lock below the connection's two.
type Shared = Arc<Mutex<Box<dyn Stream>>>;

pub(super) enum ReadHalf {
    Tcp(OwnedReadHalf),
    Layered(Shared),
}

pub(super) enum WriteHalf {
    Tcp(OwnedWriteHalf),
    Layered(Shared),
}

impl Transport {
    pub(super) fn into_split(self) -> (ReadHalf, WriteHalf) {
        match self {
            Transport::Tcp(stream) => {
                let (read, write) = stream.into_split();
                (ReadHalf::Tcp(read), WriteHalf::Tcp(write))
            }
            Transport::Layered(stream) => {
                let shared = Arc::new(Mutex::new(stream));
                (
                    ReadHalf::Layered(shared.clone()),
                    WriteHalf::Layered(shared),
                )
            }
        }
    }

    /// Both directions at once, for the opening handshake.
    pub(super) fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Transport::Tcp(stream) => stream,
            Transport::Layered(stream) => stream,
        }
    }
}

impl ReadHalf {
    /// Pending if a read would be; ready says only that it may not.
    #[inline]
    pub(super) fn poll_ready(&self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            ReadHalf::Tcp(half) => half.as_ref().poll_read_ready(context).map(drop),
            // TLS may hold what has arrived.
            ReadHalf::Layered(_) => Poll::Ready(()),
        }
    }

    /// Appends what has arrived to the buffer, at most as much as it has room for; 0 is the peer's end.
    #[inline]
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        mut buffer: impl BufMut,
    ) -> Poll<io::Result<usize>> {
        // `read_buf` is stateless between polls, and the safe way to read into memory that was not zeroed.
        match self {
            ReadHalf::Tcp(half) => pin!(half.read_buf(&mut buffer)).poll(context),
            ReadHalf::Layered(shared) => pin!(lock(shared).read_buf(&mut buffer)).poll(context),
        }
    }
}

impl WriteHalf {
    #[inline]
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            WriteHalf::Tcp(half) => Pin::new(half).poll_write(context, bytes),
            WriteHalf::Layered(shared) => Pin::new(&mut *lock(shared)).poll_write(context, bytes),
        }
    }

    /// Hands what TLS still holds to the system. TCP holds nothing.
    #[inline]
    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            WriteHalf::Tcp(_) => Poll::Ready(Ok(())),
            WriteHalf::Layered(shared) => Pin::new(&mut *lock(shared)).poll_flush(context),
        }
    }

    /// Lets go of a connection whose other half goes too. Dropped, this one would first end TCP's direction by itself.
    pub(super) fn leave(self) {
        if let WriteHalf::Tcp(half) = self {
            half.forget();
        }
    }

    /// Says what has to be said before both halves go: RFC 8446 6.1, "Each party MUST send a "close_notify" alert before
    /// closing its write side of the connection". TCP says the rest.
    pub(super) fn poll_close_notify(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            WriteHalf::Tcp(_) => Poll::Ready(Ok(())),
            WriteHalf::Layered(_) => self.poll_shutdown(context),
        }
    }

    /// Says that nothing more will come: TLS's close_notify, TCP's FIN.
    pub(super) fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            WriteHalf::Tcp(half) => Pin::new(half).poll_shutdown(context),
            WriteHalf::Layered(shared) => Pin::new(&mut *lock(shared)).poll_shutdown(context),
        }
    }
}
