//! A stream of bytes over TLS: rustls has the session, the records lie here.
//!
//! Through rustls' unbuffered interface: its own buffers take a record with each read, keep a page for each connection, and hand
//! encrypted records over in a piece of memory each. Here a system call moves four records, and an idle connection holds none.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use rustls::ClientConfig;
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, EncryptError, UnbufferedStatus, WriteTraffic};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::records::Records;

/// How much is encrypted at once: four records of what RFC 8446 5.1 allows, "2^14 bytes".
const PLAIN: usize = 4 << 14;

/// How much is copied at once. glibc copies more than 2 KiB with `rep movsb`, which AMD's Zen 3 and 4 do at a thirtieth of the speed
/// where the target lies up to 31 bytes behind the source within a page; and records fill whole pages, so that all of them would.
const PIECE: usize = 1 << 10;

pub(super) struct TlsStream {
    socket: TcpStream,
    session: UnbufferedClientConnection,
    received: Records,
    sealed: Records,
    /// Decrypted, and more than the reader had room for.
    plain: BytesMut,
    /// The peer's close_notify has come.
    ended: bool,
    /// What the session has failed with; it is not asked again.
    failed: Option<rustls::Error>,
}

/// What the session is run for.
enum Job<'a, 'b> {
    /// Decrypts until the reader has no more room, or no whole record is left.
    Read(&'a mut ReadBuf<'b>),
    Write(&'a [u8]),
    CloseNotify,
}

impl TlsStream {
    /// Does the handshake.
    pub(super) async fn connect(
        socket: TcpStream,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> io::Result<Self> {
        let mut stream = TlsStream {
            socket,
            session: UnbufferedClientConnection::new(config, name).map_err(failure)?,
            received: Records::received(),
            sealed: Records::sealed(),
            plain: BytesMut::new(),
            ended: false,
            failed: None,
        };
        std::future::poll_fn(|context| stream.poll_handshake(context)).await?;
        Ok(stream)
    }

    fn poll_handshake(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.run(context, Job::Read(&mut ReadBuf::new(&mut [])))?;
            ready!(self.poll_drain(context))?;
            if !self.session.is_handshaking() {
                self.received.release();
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_receive(context))?;
        }
    }

    /// Runs the session; answers how much was written.
    fn run(&mut self, context: &mut Context<'_>, job: Job<'_, '_>) -> io::Result<usize> {
        if let Some(error) = &self.failed {
            return Err(failure(error.clone()));
        }
        let result = self.advance(job);
        if self.failed.is_some() {
            self.seal_alert();
            // Nobody writes any more: what the socket does not take now is lost.
            let _ = self.poll_drain(context);
        }
        result
    }

    /// RFC 8446 6.2: "Whenever an implementation encounters a fatal error condition, it SHOULD send an appropriate fatal alert".
    fn seal_alert(&mut self) {
        if self.session.wants_write()
            && let Ok(ConnectionState::EncodeTlsData(mut alert)) = self
                .session
                .process_tls_records(self.received.filled())
                .state
            && let Ok(count) = alert.encode(self.sealed.space())
        {
            self.sealed.fill(count);
        }
    }

    /// Goes on until the job is done, or needs records that have not come.
    fn advance(&mut self, mut job: Job<'_, '_>) -> io::Result<usize> {
        loop {
            let UnbufferedStatus {
                mut discard, state, ..
            } = self.session.process_tls_records(self.received.filled());
            let mut result = None;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(failure)?;
                        discard += record.discard;
                        job.take(record.payload, &mut self.plain);
                    }
                    result = job.is_done().then_some(Ok(0));
                }
                Ok(ConnectionState::WriteTraffic(traffic)) => {
                    result = Some(job.seal(traffic, &mut self.sealed));
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    match data.encode(self.sealed.space()) {
                        Ok(count) => self.sealed.fill(count),
                        Err(error) => result = Some(Err(io::Error::other(error))),
                    }
                }
                // It is drained like everything that is sealed.
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => self.ended = true,
                Ok(_) => result = Some(Ok(0)),
                Err(error) => {
                    self.failed = Some(error.clone());
                    result = Some(Err(failure(error)));
                }
            }
            self.received.discard(discard);
            if let Some(result) = result {
                return result;
            }
        }
    }

    /// Reads records from the socket.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = ReadBuf::new(self.received.space());
        if space.remaining() == 0 {
            // All of it is one handshake message, longer than rustls takes.
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a TLS message is too long",
            )));
        }
        let read = Pin::new(&mut self.socket).poll_read(context, &mut space);
        let count = space.filled().len();
        self.received.fill(count);
        self.received.release();
        match read {
            // RFC 8446 6.1: without close_notify, what was received may have been cut.
            Poll::Ready(Ok(())) if count == 0 => {
                Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()))
            }
            read => read,
        }
    }

    /// Hands everything that is sealed to the socket.
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.sealed.is_empty() {
            let count =
                ready!(Pin::new(&mut self.socket).poll_write(context, self.sealed.filled()))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sealed.discard(count);
        }
        self.sealed.release();
        Poll::Ready(Ok(()))
    }
}

impl Job<'_, '_> {
    /// What was decrypted goes to the reader, and the rest of it lies where the next one looks first.
    fn take(&mut self, payload: &[u8], plain: &mut BytesMut) {
        let room = match self {
            Job::Read(buffer) => buffer.remaining(),
            Job::Write(_) | Job::CloseNotify => 0,
        };
        let (now, later) = payload.split_at(room.min(payload.len()));
        if let Job::Read(buffer) = self {
            now.chunks(PIECE).for_each(|piece| buffer.put_slice(piece));
        }
        plain.extend_from_slice(later);
    }

    fn is_done(&self) -> bool {
        matches!(self, Job::Read(buffer) if buffer.remaining() == 0)
    }

    fn seal(
        &self,
        mut traffic: WriteTraffic<'_, ClientConnectionData>,
        sealed: &mut Records,
    ) -> io::Result<usize> {
        let (taken, count) = match self {
            Job::Read(_) => return Ok(0),
            Job::CloseNotify => (0, traffic.queue_close_notify(sealed.space())),
            Job::Write(bytes) => {
                let mut taken = bytes.len().min(PLAIN);
                loop {
                    match traffic.encrypt(&bytes[..taken], sealed.space()) {
                        // Records may have been agreed to be so short that their headers take more room than the bytes.
                        Err(EncryptError::InsufficientSize(_)) if taken > 1 => taken /= 2,
                        count => break (taken, count),
                    }
                }
            }
        };
        sealed.fill(count.map_err(io::Error::other)?);
        Ok(taken)
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        loop {
            let count = self.plain.len().min(buffer.remaining());
            buffer.put_slice(&self.plain[..count]);
            self.plain.advance(count);
            if self.plain.is_empty() {
                self.plain = BytesMut::new();
            }
            let mut result = Ok(0);
            let has_records = !self.received.is_empty() || self.failed.is_some();
            if has_records && buffer.remaining() > 0 && !self.ended {
                result = self.run(context, Job::Read(buffer));
            }
            // What came before a fault is read first.
            if buffer.filled().len() > before || buffer.remaining() == 0 || self.ended {
                self.received.release();
                return Poll::Ready(Ok(()));
            }
            result?;
            ready!(self.poll_receive(context))?;
        }
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_drain(context))?;
        let count = self.run(context, Job::Write(bytes))?;
        match self.poll_drain(context) {
            // It is sealed, and goes with what is written or flushed next.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(count)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_drain(context)
    }

    /// RFC 8446 6.1: "Each party MUST send a "close_notify" alert before closing its write side of the connection".
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(context))?;
        self.run(context, Job::CloseNotify)?;
        ready!(self.poll_drain(context))?;
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// As errors of the connection, in which [`super::is_tls`] finds them again.
fn failure(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
