//! What exists natively only. A browser cannot do it, so that it does not exist there.

use std::fmt::Display;
use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use tokio::runtime::Handle;

use crate::builder::Builder;
use crate::error::{Error, SyntaxError};
use crate::message::Message;
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

    /// Bytes that may wait to be sent; 1 GiB if nothing is said. More fail the connection.
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
