//! What may be set before connecting, natively only; plain data with its defaults.

use std::net::IpAddr;

use http::{HeaderName, HeaderValue};
use tokio::runtime::Handle;

use super::TlsConfig;

#[derive(Clone, Debug)]
pub(crate) struct Dialing {
    /// The URL that relative URLs are resolved against; a page's address in a browser.
    pub(crate) base_url: Option<String>,
    pub(crate) origin: Option<HeaderValue>,
    /// Goes before the user name and password of the URL.
    pub(crate) authorization: Option<HeaderValue>,
    /// The caller's own fields, none of which the handshake has itself.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Host names whose addresses are not looked up.
    pub(crate) addresses: Vec<(String, Vec<IpAddr>)>,
    pub(crate) tls: Option<TlsConfig>,
    pub(crate) block_ports: bool,
    pub(crate) one_attempt_per_host: bool,
    pub(crate) secure_context: bool,
    pub(crate) runtime: Option<Handle>,
}

impl Dialing {
    pub(super) fn addresses_of(&self, host: &str) -> Option<&[IpAddr]> {
        let (_, addresses) = self
            .addresses
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(host))?;
        Some(addresses)
    }
}

impl Default for Dialing {
    fn default() -> Self {
        Dialing {
            base_url: None,
            origin: None,
            authorization: None,
            headers: Vec::new(),
            addresses: Vec::new(),
            tls: None,
            block_ports: true,
            one_attempt_per_host: false,
            secure_context: false,
            runtime: None,
        }
    }
}
