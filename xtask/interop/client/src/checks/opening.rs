//! Subprotocols, refusals and TLS.

use onesocket::{Stage, TlsConfig, WebSocket};

use super::{Checked, connect, echoes, finish, same, url};
use crate::peers::Peer;

/// The server's choice is told; without one the opening fails, as on the web.
pub(crate) async fn subprotocols(peer: &Peer, port: u16) -> Checked {
    let socket = connect(WebSocket::builder(url(port)).protocols(["zeta", "chat"])).await?;
    same("the subprotocol", socket.protocol(), "chat")?;
    echoes(&socket, "with a subprotocol").await?;
    finish(socket).await?;

    let socket = connect(WebSocket::builder(url(port))).await?;
    same("no subprotocol", socket.protocol(), "")?;
    finish(socket).await?;

    let unknown = WebSocket::builder(url(port)).protocols("zeta").connect();
    match (unknown.await, peer.unknown_subprotocol) {
        (Ok(socket), None) => {
            same("the subprotocol", socket.protocol(), "zeta")?;
            finish(socket).await?;
            Ok("the second is chosen; an unknown one too".to_owned())
        }
        (Ok(socket), Some(_)) => Err(format!("zeta opens, with {:?}", socket.protocol())),
        (Err(error), None) => Err(format!("zeta does not open: {error}")),
        (Err(error), Some(stage)) => {
            same("where zeta fails", &error.stage(), &stage)
                .map_err(|message| format!("{message}: {error}"))?;
            Ok(format!(
                "the second is chosen; an unknown one fails in {stage}"
            ))
        }
    }
}

/// A refusal is told with its status, its fields and its body.
pub(crate) async fn refusals(peer: &Peer, port: u16) -> Checked {
    for status in [401, 403, 404] {
        let refused = WebSocket::connect(format!("{}refuse/{status}", url(port))).await;
        let error = refused.err().ok_or("a refusal opens")?;
        same("the stage", &error.stage(), &Stage::Http)?;
        let response = error.response().ok_or("no response is told")?;
        same("the status", &response.status(), &status)?;
        same("X-Why", &response.header("x-why"), &Some("a test"))?;
        if peer.refuses_with_body {
            let body = String::from_utf8_lossy(response.body());
            same("the body", body.trim(), &format!("refused with {status}"))?;
        }
        let told = error.to_string();
        if !told.contains(&status.to_string()) {
            return Err(format!("the cause does not name {status}: {told}"));
        }
    }
    Ok("401, 403 and 404".to_owned())
}

/// A certificate that was added is trusted, and any other is not.
pub(crate) async fn tls(port: u16, certificate: &str) -> Checked {
    let url = format!("wss://localhost:{port}/");
    let trusting = TlsConfig::without_default_roots().root_certificates_pem(certificate.as_bytes());
    let trusting = trusting.map_err(|error| error.to_string())?;
    let socket = connect(WebSocket::builder(&url).tls_config(trusting)).await?;
    for size in [0, 1, 16 << 10, 64 << 10, 1 << 20] {
        echoes(&socket, vec![7; size]).await?;
    }
    finish(socket).await?;
    match WebSocket::connect(&url).await {
        Ok(_) => Err("a certificate that nobody vouches for is trusted".to_owned()),
        Err(error) => {
            same("the stage", &error.stage(), &Stage::Tls)?;
            Ok("trusted when it was added, and only then".to_owned())
        }
    }
}
