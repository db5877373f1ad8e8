//! The bytes below the protocol: TCP, or TLS over it, as two halves for two locks.

use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::BufMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, Interest, Ready};
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
        not(any(feature = "tls", test)),
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

    /// Whether the peer is known to have ended its direction, and everything before that was read: without the read that would
    /// only say so.
    pub(super) fn is_at_end(&self) -> bool {
        match self {
            ReadHalf::Tcp(half) => {
                let mut context = Context::from_waker(Waker::noop());
                let ready = pin!(half.ready(Interest::READABLE)).poll(&mut context);
                // While something may lie unread, it is `READABLE` too.
                matches!(ready, Poll::Ready(Ok(ready)) if ready == Ready::READ_CLOSED)
            }
            ReadHalf::Layered(_) => false,
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::task::yield_now;

    use super::*;

    /// What a peer sends before it ends its direction, which is known to have come.
    async fn sent(bytes: &[u8]) -> OwnedReadHalf {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) = tokio::join!(
            TcpStream::connect(listener.local_addr().unwrap()),
            listener.accept()
        );
        let (mut theirs, _) = theirs.unwrap();
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        let (half, other) = ours.unwrap().into_split();
        other.forget();
        while !half
            .ready(Interest::READABLE)
            .await
            .unwrap()
            .is_read_closed()
        {
            yield_now().await;
        }
        half
    }

    #[tokio::test]
    async fn the_end_is_not_known_before_what_lies_in_front_of_it() {
        let mut half = ReadHalf::Tcp(sent(b"abc").await);
        // Where a read leaves no room, more may lie there.
        for part in [&b"ab"[..], b"c"] {
            assert!(!half.is_at_end());
            let mut buffer = [0; 2];
            let read = poll_fn(|context| half.poll_read(context, &mut buffer[..])).await;
            assert_eq!(&buffer[..read.unwrap()], part);
        }
        // Now it is, or a read says it: not every system tells beforehand.
        let read = poll_fn(|context| half.poll_read(context, &mut [0; 2][..])).await;
        assert_eq!(read.unwrap(), 0);
    }
}
