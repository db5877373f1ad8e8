//! The peers themselves: threads and blocking sockets.

mod conn;
mod frame;
mod handshake;
mod link;
mod paths;
mod peer;
mod records;
mod rules;
mod run;
mod server;
mod site;
mod target;
mod tls;
mod wire;

#[cfg(test)]
mod tests;

pub use conn::Conn;
pub use frame::{Frame, opcode};
pub use handshake::RequestHead;
pub use peer::Peer;
pub use server::Server;
pub use tls::{Tls, TlsCounters};
