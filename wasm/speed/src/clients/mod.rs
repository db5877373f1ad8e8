//! The clients, each as its users would have it for speed.

mod ewebsock;
mod gloo_net;
mod onesocket;
mod tokio_tungstenite_wasm;
mod web_sys;
mod ws_stream_wasm;

pub(crate) use self::ewebsock::Ewebsock;
pub(crate) use self::gloo_net::Gloo;
pub(crate) use self::tokio_tungstenite_wasm::Tungstenite;
pub(crate) use self::ws_stream_wasm::WsStream;
