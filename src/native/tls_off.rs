//! What stands in for TLS where the feature `tls` is off: nothing can be configured, and `wss:` fails with that cause.

use std::io;

use tokio::net::TcpStream;

use crate::cause::Cause;
use crate::error::Error;

use super::transport::Transport;

/// Cannot be configured without the feature `tls`.
#[derive(Clone, Debug)]
pub(crate) struct TlsConfig;

pub(super) fn default_config() -> &'static TlsConfig {
    &TlsConfig
}

#[expect(clippy::unused_async, reason = "the same call as with TLS")]
pub(super) async fn connect(_: TcpStream, _: &str, _: &TlsConfig) -> Result<Transport, Error> {
    Err(Error::from(Cause::TlsMissing))
}

pub(super) fn is_tls(_: &io::Error) -> bool {
    false
}
