//! What exists natively only. A browser cannot do it, so that it does not exist there.

use std::fmt::Display;
use std::net::IpAddr;
#[cfg(feature = "deflate")]
use std::ops::RangeInclusive;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use tokio::runtime::Handle;

use crate::builder::Builder;
use crate::error::{Error, InvalidStateError, SyntaxError};
use crate::message::{Data, Message};
use crate::protocol::handshake::is_own_field;
use crate::websocket::WebSocket;

#[cfg(feature = "tls")]
use crate::backend::TlsConfig;

impl WebSocket {
    /// Receives the next message on a plain thread, which waits. It ends as [`recv`](Self::recv) does.
    ///
    /// Not in a browser, whose threads must not wait.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Self::recv); and inside of an asynchronous runtime, which it would block.
    pub fn recv_blocking(&self) -> Option<Result<Message, Error>> {
        self.socket().recv_blocking()
    }

    /// Sends as [`send`](Self::send) does, but never compresses: for data that is compressed already, an image for example.
    ///
    /// Not in a browser, which compresses as it likes.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn send_uncompressed(&self, data: impl Into<Data>) -> Result<(), InvalidStateError> {
        self.socket().send_uncompressed(data.into())
    }
}

/// # Natively only
impl Builder {
    /// The URL that a relative one is resolved against, as a page's address is in a browser.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.dialing.base_url = Some(url.into());
        self
    }

    /// The `Origin` to send, as a browser sends that of the page. None is sent if nothing is said.
    pub fn origin(self, origin: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(origin.as_ref());
        self.set("the origin", value, |builder, value| {
            builder.dialing.origin = Some(value);
        })
    }

    /// The `Authorization` to send, in place of the user name and password of the URL.
    pub fn authorization(self, value: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(value.as_ref()).map(|mut value| {
            value.set_sensitive(true);
            value
        });
        self.set("the authorization", value, |builder, value| {
            builder.dialing.authorization = Some(value);
        })
    }

    /// A further field of the handshake's request: a cookie, a token, a user agent.
    ///
    /// `Origin` and `Authorization` are set as by their own setters. The fields of the handshake itself cannot be set, and
    /// a value cannot hold a line break: [`open`](Self::open) fails for both.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Display>,
        V: TryInto<HeaderValue, Error: Display>,
    {
        let name = match name.try_into() {
            Ok(name) => name,
            Err(error) => return self.refuse(format!("a header's name cannot be sent: {error}")),
        };
        let what = format!("the value of the header {name}");
        let value = value.try_into();
        match name.as_str() {
            "origin" => self.set(&what, value, |builder, value| {
                builder.dialing.origin = Some(value);
            }),
            "authorization" => self.set(&what, value, |builder, value| {
                builder.dialing.authorization = Some(value);
            }),
            own if is_own_field(own) => {
                self.refuse(format!("the header {name} belongs to the handshake"))
            }
            _ => self.set(&what, value, |builder, value| {
                builder.dialing.headers.push((name, value));
            }),
        }
    }

    /// The addresses of a host name, which is then not looked up.
    pub fn resolve(
        mut self,
        host: impl Into<String>,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Self {
        self.dialing
            .addresses
            .push((host.into(), addresses.into_iter().collect()));
        self
    }

    /// Whom to trust on `wss:`, and how to speak TLS.
    #[cfg(feature = "tls")]
    pub fn tls_config(mut self, config: impl Into<TlsConfig>) -> Self {
        self.dialing.tls = Some(config.into());
        self
    }

    /// Whether the web's list of blocked ports holds; it does if nothing is said, as in browsers.
    pub fn block_ports(mut self, block: bool) -> Self {
        self.dialing.block_ports = block;
        self
    }

    /// Whether sockets that set this connect to one host and port one after the other (RFC 6455 4.1), as in browsers.
    ///
    /// Off if nothing is said: a trusted program may open many sockets at once.
    pub fn one_attempt_per_host(mut self, one: bool) -> Self {
        self.dialing.one_attempt_per_host = one;
        self
    }

    /// Whether `ws:` is refused, as it is for a page that came over https. Off if nothing is said.
    pub fn secure_context(mut self, secure: bool) -> Self {
        self.dialing.secure_context = secure;
        self
    }

    /// The runtime that the socket lives on, whichever one its handles are used in.
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.dialing.runtime = Some(runtime);
        self
    }

    /// How long it may take until the socket is open; 30 seconds if nothing is said.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.options.limits.connect_timeout = limit;
        self
    }

    /// How long the peer may take to answer our Close; 5 seconds if nothing is said.
    pub fn close_timeout(mut self, limit: Duration) -> Self {
        self.options.limits.close_timeout = limit;
        self
    }

    /// How long the peer may take to end the TCP connection when both have closed; 2 seconds if nothing is said.
    pub fn disconnect_timeout(mut self, limit: Duration) -> Self {
        self.options.limits.disconnect_timeout = limit;
        self
    }

    /// Bytes that one received message may have; 64 MiB if nothing is said. A larger one fails the connection with 1009.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.options.limits.max_message_size = bytes;
        self
    }

    /// Fragments that one received message may have; 1,048,576 if nothing is said. More fail the connection with 1009.
    pub fn max_fragments(mut self, fragments: u32) -> Self {
        self.options.limits.max_fragments = fragments;
        self
    }

    /// Bytes that may wait to be sent, with what it costs to hold each message; 1 GiB if nothing is said. More fail the connection.
    pub fn max_unsent(mut self, bytes: usize) -> Self {
        self.options.limits.max_unsent = bytes;
        self
    }

    /// Bytes that the head of the handshake's answer may have; 64 KiB if nothing is said.
    pub fn max_response_size(mut self, bytes: usize) -> Self {
        self.options.limits.max_response_size = bytes;
        self
    }

    /// Fields that the head of the handshake's answer may have; 128 if nothing is said.
    pub fn max_response_fields(mut self, fields: usize) -> Self {
        self.options.limits.max_response_fields = fields;
        self
    }

    fn set<T, E: Display>(
        mut self,
        what: &str,
        value: Result<T, E>,
        set: impl FnOnce(&mut Self, T),
    ) -> Self {
        match value {
            Ok(value) => {
                set(&mut self, value);
                self
            }
            Err(error) => self.refuse(format!("{what} cannot be sent: {error}")),
        }
    }

    fn refuse(mut self, why: String) -> Self {
        self.fault.get_or_insert(SyntaxError(why.into()));
        self
    }
}

/// # Natively only: compression
///
/// What is asked for here stands in the offer of permessage-deflate (RFC 7692). A server may decline the offer as a whole; then
/// nothing is compressed. See [`WebSocket::permessage_deflate`] for what was agreed on.
#[cfg(feature = "deflate")]
impl Builder {
    /// Whether permessage-deflate is offered; it is if nothing is said, as in browsers.
    pub fn compression(mut self, compression: bool) -> Self {
        self.dialing.deflate.offered = compression;
        self
    }

    /// From 1, the quickest, to 9, the smallest; 3 if nothing is said.
    pub fn compression_level(self, level: u8) -> Self {
        self.within("the compression level", level, 1..=9, |builder, level| {
            builder.dialing.deflate.level = level;
        })
    }

    /// Bytes from which on a message is compressed; 256 if nothing is said, as a small message gains little.
    pub fn min_compressed_size(mut self, bytes: usize) -> Self {
        self.dialing.deflate.minimum_size = bytes;
        self
    }

    /// Whether the server has to compress each message by itself. It then needs more bytes, and both sides keep no state between
    /// messages. A server that takes the offer and ignores this fails the handshake.
    pub fn server_no_context_takeover(mut self, demanded: bool) -> Self {
        self.dialing.deflate.offer.server_no_context_takeover = demanded;
        self
    }

    /// Whether this side compresses each message by itself. It then needs more bytes, and both sides keep no state between
    /// messages.
    pub fn client_no_context_takeover(mut self, wanted: bool) -> Self {
        self.dialing.deflate.offer.client_no_context_takeover = wanted;
        self
    }

    /// The base-2 logarithm of the largest window with which the server may compress, 8 to 15; 15 if nothing is said.
    ///
    /// A server that takes the offer and ignores this fails the handshake.
    pub fn server_max_window_bits(self, bits: u8) -> Self {
        let what = "server_max_window_bits";
        self.within(what, bits, 8..=15, |builder, bits| {
            builder.dialing.deflate.offer.server_max_window_bits = bits;
        })
    }

    /// The base-2 logarithm of the largest window with which this side compresses, 8 to 15; 15 if nothing is said. At 8, nothing
    /// that is sent is compressed.
    ///
    /// The server may ask for a smaller one, but not after `None`, which does not offer it the choice.
    pub fn client_max_window_bits(mut self, bits: impl Into<Option<u8>>) -> Self {
        let what = "client_max_window_bits";
        match bits.into() {
            None => {
                self.dialing.deflate.offer.client_max_window_bits = None;
                self
            }
            Some(bits) => self.within(what, bits, 8..=15, |builder, bits| {
                builder.dialing.deflate.offer.client_max_window_bits = Some(bits);
            }),
        }
    }

    fn within(
        mut self,
        what: &str,
        value: u8,
        allowed: RangeInclusive<u8>,
        set: impl FnOnce(&mut Self, u8),
    ) -> Self {
        if allowed.contains(&value) {
            set(&mut self, value);
            return self;
        }
        let (least, most) = allowed.into_inner();
        self.refuse(format!("{what} is {value}, not from {least} to {most}"))
    }
}
