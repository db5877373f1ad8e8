//! TLS as a client of the web does it: rustls, Mozilla's roots, sessions resumed, ALPN `http/1.1`.

mod records;
mod stream;

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;

use crate::cause::Cause;
use crate::error::{Error, SyntaxError};

use super::transport::Transport;
use stream::TlsStream;

/// Whom a `wss:` connection trusts, and how it speaks TLS.
///
/// Sockets that share one configuration (it is cheap to clone) resume each other's TLS sessions.
///
/// ```no_run
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use onesocket::{TlsConfig, WebSocket};
///
/// let authority = std::fs::read("my-authority.pem")?;
/// let tls = TlsConfig::new().root_certificates_pem(&authority)?;
/// let socket = WebSocket::builder("wss://localhost:8443/").tls_config(tls).connect().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct TlsConfig {
    roots: Arc<RootCertStore>,
    given: Option<Arc<ClientConfig>>,
    /// Made on first use, so that a missing provider is an error of the connection and not of the configuration.
    made: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl TlsConfig {
    /// The default configuration: TLS 1.3 and 1.2, Mozilla's roots if the feature `webpki-roots` is on, and the
    /// process-wide crypto provider of rustls if one is installed, else the one that was chosen by feature.
    pub fn new() -> Self {
        TlsConfig::with_roots(default_roots())
    }

    /// Trusts nobody but the roots that are added.
    pub fn without_default_roots() -> Self {
        TlsConfig::with_roots(RootCertStore::empty())
    }

    /// Trusts this root certificate (DER) as well: an authority of your own, or a self-signed server certificate.
    ///
    /// # Errors
    ///
    /// When it is not a certificate.
    pub fn root_certificate_der(self, der: &[u8]) -> Result<Self, SyntaxError> {
        self.add_roots([CertificateDer::from(der)])
    }

    /// Trusts each certificate of this PEM file as well.
    ///
    /// # Errors
    ///
    /// When it holds no certificate, or something that is not one.
    pub fn root_certificates_pem(self, pem: &[u8]) -> Result<Self, SyntaxError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|error| {
                SyntaxError(format!("the root certificates are not PEM: {error}").into())
            })?;
        if certificates.is_empty() {
            return Err(SyntaxError("the PEM file holds no certificate".into()));
        }
        self.add_roots(certificates)
    }

    fn with_roots(roots: RootCertStore) -> Self {
        TlsConfig {
            roots: Arc::new(roots),
            given: None,
            made: Arc::default(),
        }
    }

    fn add_roots<'a>(
        self,
        certificates: impl IntoIterator<Item = CertificateDer<'a>>,
    ) -> Result<Self, SyntaxError> {
        let mut roots = Arc::unwrap_or_clone(self.roots);
        for certificate in certificates {
            roots.add(certificate.into_owned()).map_err(|error| {
                SyntaxError(format!("a root certificate cannot be used: {error}").into())
            })?;
        }
        Ok(TlsConfig::with_roots(roots))
    }

    fn client_config(&self) -> Result<Arc<ClientConfig>, Error> {
        if let Some(config) = self.made.get() {
            return Ok(config.clone());
        }
        let mut config = match &self.given {
            Some(config) => ClientConfig::clone(config),
            None => {
                let provider = provider().ok_or_else(|| Error::from(Cause::TlsMissing))?;
                if self.roots.is_empty() {
                    return Err(Error::from(Cause::TlsMissing));
                }
                ClientConfig::builder_with_provider(provider)
                    .with_safe_default_protocol_versions()
                    .map_err(|error| Error::from(Cause::Tls(Arc::new(error))))?
                    .with_root_certificates(self.roots.clone())
                    .with_no_client_auth()
            }
        };
        // A server that is offered h2 may choose it, and then does not understand the HTTP/1.1 that follows.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(self.made.get_or_init(|| Arc::new(config)).clone())
    }
}

/// Everything that rustls can do: client certificates, a verifier of your own, other versions. ALPN is set to `http/1.1`.
///
/// This is the one place where a crate below 1.0 shows through: a new minor version of rustls is a new one of this crate.
impl From<Arc<ClientConfig>> for TlsConfig {
    fn from(config: Arc<ClientConfig>) -> Self {
        TlsConfig {
            given: Some(config),
            ..TlsConfig::without_default_roots()
        }
    }
}

impl From<ClientConfig> for TlsConfig {
    fn from(config: ClientConfig) -> Self {
        Arc::new(config).into()
    }
}

impl Default for TlsConfig {
    fn default() -> Self {
        TlsConfig::new()
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig")
            .field("roots", &self.roots.len())
            .finish_non_exhaustive()
    }
}

/// The configuration of sockets that were given none; one for all of them, so that they resume each other's sessions.
pub(super) fn default_config() -> &'static TlsConfig {
    static DEFAULT: OnceLock<TlsConfig> = OnceLock::new();
    DEFAULT.get_or_init(TlsConfig::new)
}

/// Does the TLS handshake.
pub(super) async fn connect(
    stream: TcpStream,
    host: &str,
    config: &TlsConfig,
) -> Result<Transport, Error> {
    let config = config.client_config()?;
    let failed = |source| Error::from(Cause::Tls(source));
    // A URL's IPv6 host stands in brackets.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(name.to_owned()).map_err(|error| failed(Arc::new(error)))?;
    let stream = TlsStream::connect(stream, config, name)
        .await
        .map_err(|error| failed(Arc::new(error)))?;
    Ok(Transport::Layered(Box::new(stream)))
}

/// Whether reading or writing failed for a reason of TLS: a server that wants a certificate says so after the handshake.
pub(super) fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
}

fn provider() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default()
        .cloned()
        .or_else(provider_by_feature)
}

/// Post-quantum key exchange decides between the two: only aws-lc-rs has it.
#[cfg(feature = "aws-lc-rs")]
fn provider_by_feature() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
fn provider_by_feature() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
fn provider_by_feature() -> Option<Arc<CryptoProvider>> {
    None
}

#[cfg(feature = "webpki-roots")]
fn default_roots() -> RootCertStore {
    RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned())
}

#[cfg(not(feature = "webpki-roots"))]
fn default_roots() -> RootCertStore {
    RootCertStore::empty()
}
