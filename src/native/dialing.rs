//! What may be set before connecting, natively only; plain data with its defaults.

use std::net::IpAddr;

use http::{HeaderName, HeaderValue};
use tokio::runtime::Handle;

use crate::negotiation::DeflateOffer;

use super::TlsConfig;

#[derive(Clone, Debug)]
pub(crate) struct Dialing {
    /// The URL that relative URLs are resolved against; a page's address in a browser.
    pub(crate) base_url: Option<String>,
    pub(crate) origin: Option<HeaderValue>,
    pub(crate) protocols: Vec<String>,
    /// Goes before the user name and password of the URL.
    pub(crate) authorization: Option<HeaderValue>,
    /// The caller's own fields, none of which the handshake has itself.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Host names whose addresses are not looked up.
    pub(crate) addresses: Vec<(String, Vec<IpAddr>)>,
    pub(crate) tls: Option<TlsConfig>,
    pub(crate) deflate: Deflate,
    pub(crate) block_ports: bool,
    pub(crate) one_attempt_per_host: bool,
    pub(crate) secure_context: bool,
    pub(crate) runtime: Option<Handle>,
}

/// How messages are compressed, if the server agrees.
#[derive(Clone, Debug)]
pub(crate) struct Deflate {
    /// Whether the extension is offered at all.
    pub(crate) offered: bool,
    pub(crate) offer: DeflateOffer,
    /// 1 is the quickest, 9 the smallest.
    pub(crate) level: u8,
    /// Bytes below which a message goes as it is.
    pub(crate) minimum_size: usize,
}

impl Dialing {
    pub(crate) fn offer(&mut self, protocols: Vec<String>) {
        self.protocols = protocols;
    }

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
            protocols: Vec::new(),
            authorization: None,
            headers: Vec::new(),
            addresses: Vec::new(),
            tls: None,
            deflate: Deflate::default(),
            block_ports: true,
            one_attempt_per_host: false,
            secure_context: false,
            runtime: None,
        }
    }
}

impl Default for Deflate {
    /// Both numbers are measured, on JSON. Level 3 leaves a tenth more than level 6, the one of browsers, in two thirds of the time
    /// or less. From 256 bytes on, compressing even a message by itself saves more bytes than a line of 100 Mbit/s carries in
    /// the time that it takes; at 128 it does not.
    fn default() -> Self {
        Deflate {
            offered: cfg!(feature = "deflate"),
            offer: DeflateOffer::default(),
            level: 3,
            minimum_size: 256,
        }
    }
}
