//! The servers, and what is known of each: all that differs between them is written here.

use onesocket::Stage;

use crate::negotiations;

/// What runs a server's program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    Bun,
    Node,
    Python,
}

pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) runner: Runner,
    /// The program, below `servers/`.
    pub(crate) program: &'static str,
    /// Whether it sends messages in fragments when it is told to.
    pub(crate) fragments: bool,
    /// Whether a refusal can have a body.
    pub(crate) refuses_with_body: bool,
    /// Where the opening fails if none of the subprotocols is known to the server; `None` if the library takes one all the same.
    pub(crate) unknown_subprotocol: Option<Stage>,
    /// The code and the reason of the Close frame that answers one with 4001 and `bye`.
    pub(crate) answer_to_close: (u16, &'static str),
    /// That answers one without a code.
    pub(crate) answer_to_empty_close: (u16, &'static str),
    /// What the library then makes of the latter for the server.
    pub(crate) hears_of_empty_close: (u16, &'static str),
    /// The code and the reason of the Close frame that the library sends by itself.
    pub(crate) own_close: (u16, &'static str),
    /// Whether it is tried over TLS too.
    pub(crate) tls: bool,
    /// A table of handshakes about permessage-deflate.
    pub(crate) negotiations: &'static str,
}

pub(crate) const PEERS: [Peer; 6] = [
    Peer {
        name: "ws",
        runner: Runner::Node,
        program: "ws.cjs",
        fragments: true,
        refuses_with_body: true,
        unknown_subprotocol: Some(Stage::Upgrade),
        answer_to_close: (4001, "bye"),
        answer_to_empty_close: (1005, ""),
        hears_of_empty_close: (1005, ""),
        own_close: (1005, ""),
        tls: true,
        negotiations: negotiations::WS,
    },
    Peer {
        name: "websockets",
        runner: Runner::Python,
        program: "websockets_server.py",
        fragments: true,
        refuses_with_body: true,
        unknown_subprotocol: Some(Stage::Upgrade),
        answer_to_close: (4001, "bye"),
        answer_to_empty_close: (1005, ""),
        hears_of_empty_close: (1005, ""),
        own_close: (1000, ""),
        tls: false,
        negotiations: negotiations::WEBSOCKETS,
    },
    Peer {
        name: "aiohttp",
        runner: Runner::Python,
        program: "aiohttp_server.py",
        fragments: false,
        refuses_with_body: true,
        unknown_subprotocol: Some(Stage::Upgrade),
        answer_to_close: (1000, ""),
        answer_to_empty_close: (1000, ""),
        hears_of_empty_close: (1005, ""),
        own_close: (1000, ""),
        tls: false,
        negotiations: negotiations::AIOHTTP,
    },
    Peer {
        name: "tornado",
        runner: Runner::Python,
        program: "tornado_server.py",
        fragments: false,
        refuses_with_body: true,
        unknown_subprotocol: Some(Stage::Upgrade),
        answer_to_close: (4001, ""),
        answer_to_empty_close: (1005, ""),
        hears_of_empty_close: (1005, ""),
        own_close: (1005, ""),
        tls: false,
        negotiations: negotiations::TORNADO,
    },
    Peer {
        name: "bun",
        runner: Runner::Bun,
        program: "bun.cjs",
        fragments: false,
        refuses_with_body: true,
        unknown_subprotocol: None,
        answer_to_close: (4001, "bye"),
        answer_to_empty_close: (1005, ""),
        hears_of_empty_close: (1005, ""),
        own_close: (1000, ""),
        tls: false,
        negotiations: negotiations::BUN,
    },
    Peer {
        name: "websocket",
        runner: Runner::Node,
        program: "websocket.cjs",
        fragments: false,
        refuses_with_body: false,
        unknown_subprotocol: Some(Stage::Upgrade),
        answer_to_close: (1000, ""),
        answer_to_empty_close: (1000, ""),
        hears_of_empty_close: (1006, "Connection dropped by remote peer."),
        own_close: (1000, "Normal connection closure"),
        tls: false,
        negotiations: negotiations::WEBSOCKET,
    },
];
