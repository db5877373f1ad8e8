//! TLS, good and bad, with certificates that are made when a server starts.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::Acceptor;
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::wire::Wire;
use crate::seen::End;

/// What kind of TLS a peer speaks. All but the bad certificates chain up to the peer's own `ca_der`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS 1.2 and 1.3, a right certificate for `localhost`, 127.0.0.1 and `[::1]`, ALPN `http/1.1`.
    Good,
    /// The same in TLS 1.2 only.
    Only12,
    /// The same in TLS 1.3 only.
    Only13,
    /// The certificate is its own issuer.
    SelfSigned,
    /// The certificate was valid in the past.
    Expired,
    /// The certificate will be valid in the future.
    NotYetValid,
    /// The certificate is for `elsewhere.example`.
    WrongHost,
    /// ALPN `h2` only: a client that offers other protocols gets an alert, and one that offers `h2` gets it and then HTTP/1.1.
    OnlyH2,
    /// No TLS at all: the client hello is answered with an HTTP 400.
    PlainHttp,
    /// The client hello is read and never answered.
    StallInHandshake,
    /// The client hello is answered with RST.
    ResetInHandshake,
}

/// What the peer has counted of its TLS connections up to now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsCounters {
    /// Handshakes that came to their end.
    pub handshakes: usize,
    /// How many of these resumed an earlier session.
    pub resumed: usize,
    /// Why the other handshakes failed.
    pub failed: Vec<String>,
    /// The ALPN protocols in each client hello, in their order.
    pub alpn: Vec<Vec<String>>,
    /// The server name in each client hello.
    pub server_names: Vec<Option<String>>,
    /// Connections that the client ended with a close_notify.
    pub close_notify: usize,
}

/// The TLS side of one peer.
pub(crate) struct TlsSide {
    variant: Tls,
    ca: CertifiedIssuer<'static, KeyPair>,
    config: Arc<ServerConfig>,
    counters: Mutex<TlsCounters>,
}

impl TlsSide {
    pub(crate) fn new(variant: Tls) -> Arc<TlsSide> {
        let ca = authority();
        let key = KeyPair::generate().expect("the system has randomness");
        let certificate = leaf(variant, &key, &ca);
        Arc::new(TlsSide {
            variant,
            ca,
            config: Arc::new(config(variant, certificate.der().clone(), &key)),
            counters: Mutex::default(),
        })
    }

    pub(crate) fn ca(&self) -> &CertifiedIssuer<'static, KeyPair> {
        &self.ca
    }

    pub(crate) fn counters(&self) -> TlsCounters {
        self.lock().clone()
    }

    /// Shakes hands as the variant says; `None` if that was all.
    pub(crate) fn accept(self: &Arc<Self>, socket: Arc<TcpStream>) -> io::Result<Option<Wire>> {
        if self.variant == Tls::PlainHttp {
            return plain_http(socket).map(|()| None);
        }
        let outcome = self.shake_hands(socket);
        if let Err(error) = &outcome {
            self.lock().failed.push(error.to_string());
        }
        outcome
    }

    pub(crate) fn note_end(&self, end: End) {
        if end == End::CloseNotify {
            self.lock().close_notify += 1;
        }
    }

    fn shake_hands(self: &Arc<Self>, socket: Arc<TcpStream>) -> io::Result<Option<Wire>> {
        let mut stream = &*socket;
        let mut acceptor = Acceptor::default();
        let accepted = loop {
            if acceptor.read_tls(&mut stream)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match acceptor.accept() {
                Ok(Some(accepted)) => break accepted,
                Ok(None) => {}
                Err((error, mut alert)) => {
                    alert.write_all(&mut stream)?;
                    return Err(io::Error::other(error));
                }
            }
        };
        {
            let hello = accepted.client_hello();
            let alpn = hello.alpn().into_iter().flatten();
            let mut counters = self.lock();
            counters
                .server_names
                .push(hello.server_name().map(str::to_owned));
            counters.alpn.push(
                alpn.map(|name| String::from_utf8_lossy(name).into_owned())
                    .collect(),
            );
        }

        match self.variant {
            Tls::StallInHandshake => {
                return io::copy(&mut stream, &mut io::sink()).map(|_| None);
            }
            Tls::ResetInHandshake => {
                return Wire::plain(socket)?.reset_on_drop().map(|()| None);
            }
            _ => {}
        }

        let mut connection =
            accepted
                .into_connection(Arc::clone(&self.config))
                .map_err(|(error, mut alert)| match alert.write_all(&mut stream) {
                    Ok(()) => io::Error::other(error),
                    Err(error) => error,
                })?;
        finish_handshake(&mut connection, stream)?;

        let mut counters = self.lock();
        counters.handshakes += 1;
        if connection.handshake_kind() == Some(HandshakeKind::Resumed) {
            counters.resumed += 1;
        }
        drop(counters);
        Wire::encrypted(Arc::clone(&socket), connection, Arc::clone(self)).map(Some)
    }

    fn lock(&self) -> MutexGuard<'_, TlsCounters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn finish_handshake(connection: &mut ServerConnection, mut stream: &TcpStream) -> io::Result<()> {
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    // The tickets with which the client resumes the session.
    while connection.wants_write() {
        connection.write_tls(&mut stream)?;
    }
    Ok(())
}

fn plain_http(socket: Arc<TcpStream>) -> io::Result<()> {
    let mut wire = Wire::plain(socket)?;
    let _ = wire.read(&mut [0; 1024])?;
    wire.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")?;
    wire.finish()?;
    io::copy(&mut wire, &mut io::sink()).map(drop)
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
        .distinguished_name
        .push(DnType::CommonName, "onesocket tests");
    let key = KeyPair::generate().expect("the system has randomness");
    CertifiedIssuer::self_signed(params, key).expect("the parameters are right")
}

fn leaf(variant: Tls, key: &KeyPair, ca: &CertifiedIssuer<'static, KeyPair>) -> Certificate {
    let names = match variant {
        Tls::WrongHost => &["elsewhere.example"][..],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("the names are right");
    match variant {
        Tls::Expired => {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        Tls::NotYetValid => {
            params.not_before = date_time_ymd(3000, 1, 1);
            params.not_after = date_time_ymd(3001, 1, 1);
        }
        _ => {}
    }
    let certificate = match variant {
        Tls::SelfSigned => params.self_signed(key),
        _ => params.signed_by(key, ca),
    };
    certificate.expect("the parameters are right")
}

fn config(variant: Tls, certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let versions: &[&SupportedProtocolVersion] = match variant {
        Tls::Only12 => &[&TLS12],
        Tls::Only13 => &[&TLS13],
        _ => &[&TLS12, &TLS13],
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    // Named, because a test program may have several providers built in.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("the provider has both versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the key belongs to the certificate");
    config.alpn_protocols = vec![match variant {
        Tls::OnlyH2 => b"h2".to_vec(),
        _ => b"http/1.1".to_vec(),
    }];
    config
}
