//! What lies below the clients: TCP, with TLS or without, the same for all of them.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufStream, BufWriter, ReadHalf,
    WriteHalf,
};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::{Outcome, handshake};

pub(crate) type Tls = TlsStream<TcpStream>;

/// A connection to the server that no handshake was made on.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static {
    type Reader: AsyncRead + Send + Sync + Unpin + 'static;
    type Writer: AsyncWrite + Send + Sync + Unpin + 'static;

    async fn dial(server: SocketAddr) -> Outcome<Self>
    where
        Self: Sized;

    /// Ends this side, when the other one has ended.
    async fn end(self) -> Outcome<()>;

    /// For a task each.
    fn split(self) -> (Self::Reader, Self::Writer);
}

impl Stream for TcpStream {
    type Reader = OwnedReadHalf;
    type Writer = OwnedWriteHalf;

    async fn dial(server: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// It ends with what is dropped.
    async fn end(self) -> Outcome<()> {
        Ok(())
    }

    fn split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        self.into_split()
    }
}

impl Stream for Tls {
    type Reader = ReadHalf<Self>;
    type Writer = WriteHalf<Self>;

    async fn dial(server: SocketAddr) -> Outcome<Self> {
        let connector = TlsConnector::from(tls_config());
        let name = ServerName::IpAddress(server.ip().into());
        Ok(connector
            .connect(name, TcpStream::dial(server).await?)
            .await?)
    }

    /// RFC 8446 6.1: "Each party MUST send a "close_notify" alert before closing its write side of the connection".
    async fn end(mut self) -> Outcome<()> {
        Ok(self.shutdown().await?)
    }

    fn split(self) -> (ReadHalf<Self>, WriteHalf<Self>) {
        tokio::io::split(self)
    }
}

/// What a client was given in place of the stream: that itself, or a buffer over it.
pub(crate) trait Over: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static {
    type Below: Stream;
    type Reader: AsyncRead + Send + Sync + Unpin + 'static;
    type Writer: AsyncWrite + Send + Sync + Unpin + 'static;

    fn over(stream: Self::Below) -> Self;

    fn into_below(self) -> Self::Below;

    /// For a task each. Nothing may be in the buffer.
    fn split(self) -> (Self::Reader, Self::Writer);
}

impl<S: Stream> Over for S {
    type Below = S;
    type Reader = S::Reader;
    type Writer = S::Writer;

    fn over(stream: S) -> Self {
        stream
    }

    fn into_below(self) -> S {
        self
    }

    fn split(self) -> (S::Reader, S::Writer) {
        Stream::split(self)
    }
}

/// Each way, for clients that have no buffer of their own.
pub(crate) const BUFFER: usize = 64 << 10;

/// The same where little is read at a time, or many connections have one.
pub(crate) const SMALL: usize = 4 << 10;

impl<S: Stream> Over for BufStream<S> {
    type Below = S;
    type Reader = BufReader<S::Reader>;
    type Writer = BufWriter<S::Writer>;

    fn over(stream: S) -> Self {
        BufStream::with_capacity(BUFFER, BUFFER, stream)
    }

    fn into_below(self) -> S {
        self.into_inner()
    }

    fn split(self) -> (Self::Reader, Self::Writer) {
        let (reader, writer) = self.into_below().split();
        (
            BufReader::with_capacity(BUFFER, reader),
            BufWriter::with_capacity(BUFFER, writer),
        )
    }
}

/// Reads on until the other side has ended.
pub(crate) async fn read_to_end(stream: &mut (impl AsyncRead + Unpin)) -> Outcome<()> {
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}

static TLS: OnceLock<Arc<ClientConfig>> = OnceLock::new();

/// What everybody speaks TLS with in this process.
pub(crate) fn tls_config() -> Arc<ClientConfig> {
    TLS.get().expect("the server was asked before").clone()
}

/// Asks the server for the certificate that is to be trusted. Not resumed, each connection is the same work.
pub(crate) async fn learn_tls(server: SocketAddr) -> Outcome<()> {
    let mut certificate = Vec::new();
    let mut stream: TcpStream = handshake::connect(server, "/certificate").await?;
    stream.read_to_end(&mut certificate).await?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    let _ = TLS.set(Arc::new(config));
    Ok(())
}
