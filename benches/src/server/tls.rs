//! TLS for the server, with a certificate that is made at its start.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::Outcome;

/// RFC 8446 5.1: what a TLS record with a handshake begins with. An HTTP request begins with a letter.
const HANDSHAKE: u8 = 22;

pub(super) struct Tls {
    config: Arc<ServerConfig>,
    /// The certificate to be trusted, DER.
    pub(super) authority: Vec<u8>,
}

impl Tls {
    pub(super) fn new() -> Outcome<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let leaf = CertificateParams::new(["127.0.0.1".to_owned()])?.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        // Nobody resumes.
        config.send_tls13_tickets = 0;
        Ok(Tls {
            config: Arc::new(config),
            authority: authority.der().to_vec(),
        })
    }

    pub(super) fn is_begun_on(&self, stream: &TcpStream) -> io::Result<bool> {
        let mut first = [0];
        stream.peek(&mut first)?;
        Ok(first == [HANDSHAKE])
    }

    pub(super) fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
        let session = ServerConnection::new(self.config.clone()).map_err(io::Error::other)?;
        Ok(StreamOwned::new(session, stream))
    }
}

/// RFC 8446 6.1: "Each party MUST send a "close_notify" alert before closing its write side of the connection".
pub(super) fn end(mut stream: StreamOwned<ServerConnection, TcpStream>) -> io::Result<()> {
    stream.conn.send_close_notify();
    stream.flush()
}

/// Sends a flood, and takes everything, in turn: one session cannot be read and written at once.
pub(super) fn duplex(
    stream: StreamOwned<ServerConnection, TcpStream>,
    frame: &[u8],
) -> io::Result<()> {
    let StreamOwned { mut conn, mut sock } = stream;
    sock.set_nonblocking(true)?;
    let frames = frame.repeat((60 << 10) / frame.len() + 1);
    let mut buffer = vec![0; 128 << 10];
    loop {
        let mut idle = true;
        if !conn.wants_write() {
            conn.writer().write_all(&frames)?;
        }
        match conn.write_tls(&mut sock) {
            Ok(_) => idle = false,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        match conn.read_tls(&mut sock) {
            Ok(0) => return Ok(()),
            Ok(_) => {
                conn.process_new_packets().map_err(io::Error::other)?;
                while matches!(conn.reader().read(&mut buffer), Ok(1..)) {}
                idle = false;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if idle {
            std::thread::yield_now();
        }
    }
}
