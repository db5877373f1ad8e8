//! From the command line to an open socket, or to lines that say what failed and what to do.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use onesocket::{Builder, Error, Response, Stage, TlsConfig, WebSocket};

use crate::arguments::Arguments;
use crate::{show, status};

/// Why there is no open socket.
pub(crate) struct Failure {
    /// The exit status.
    pub(crate) status: u8,
    /// For standard error.
    pub(crate) lines: Vec<String>,
}

/// Connects; with the socket comes how long it took.
pub(crate) async fn connect(arguments: &Arguments) -> Result<(WebSocket, Duration), Failure> {
    let builder = builder(arguments).map_err(|line| Failure {
        status: status::USAGE,
        lines: vec![line],
    })?;
    let start = Instant::now();
    match builder.connect().await {
        Ok(socket) => Ok((socket, start.elapsed())),
        Err(error) => Err(failure(&error, arguments.verbose)),
    }
}

fn builder(arguments: &Arguments) -> Result<Builder, String> {
    let mut builder = WebSocket::builder(&arguments.url)
        .protocols(&arguments.subprotocols)
        .block_ports(arguments.block_ports);
    for (name, value) in &arguments.headers {
        builder = builder.header(name, value);
    }
    if let Some(origin) = &arguments.origin {
        builder = builder.origin(origin);
    }
    if let Some(pair) = &arguments.basic {
        builder = builder.authorization(format!("Basic {}", BASE64.encode(pair)));
    }
    if let Some(path) = &arguments.ca {
        let refused = |why: String| format!("--ca {}: {why}", path.display());
        let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        let tls = TlsConfig::new()
            .root_certificates_pem(&pem)
            .map_err(|error| refused(error.to_string()))?;
        builder = builder.tls_config(tls);
    }
    for (host, address) in &arguments.resolve {
        builder = builder.resolve(host, [*address]);
    }
    if let Some(limit) = arguments.connect_timeout {
        builder = builder.connect_timeout(limit);
    }
    if let Some(limit) = arguments.close_timeout {
        builder = builder.close_timeout(limit);
    }
    if let Some(bytes) = arguments.max_message {
        builder = builder.max_message_size(bytes);
    }
    Ok(builder)
}

fn failure(error: &Error, verbose: bool) -> Failure {
    let stage = error.stage();
    let mut lines = vec![match stage {
        Stage::Call => error.to_string(),
        // The error's own words name the stage.
        _ => format!("could not connect: {error}"),
    }];
    lines.extend(advice(error, verbose).map(str::to_owned));
    if let Some(response) = error.response().filter(|_| verbose) {
        lines.extend(refusal(response));
    }
    Failure {
        status: match stage {
            Stage::Call => status::USAGE,
            _ => status::NOT_OPEN,
        },
        lines,
    }
}

/// What the user may try next.
fn advice(error: &Error, verbose: bool) -> Option<&'static str> {
    match (error.stage(), error.response().map(Response::status)) {
        (Stage::Policy, _) => Some("browsers refuse this port; --no-block-ports allows it"),
        (Stage::Tls, _) => Some("an authority of your own is trusted with --ca FILE"),
        (_, Some(401)) => Some("--basic USER:PASSWORD or -H 'Authorization: …' says who you are"),
        (_, Some(300..=399)) => {
            Some("redirects are not followed: give the URL it leads to (-v shows it)")
        }
        (_, Some(_)) if !verbose => Some("-v shows what the server said"),
        _ => None,
    }
}

/// An HTTP answer, as it came.
fn refusal(response: &Response) -> impl Iterator<Item = String> {
    let fields = response.headers().map(|(name, value)| {
        let value = String::from_utf8_lossy(value);
        format!("  {name}: {}", show::visible(&value))
    });
    let body = String::from_utf8_lossy(response.body());
    let body: Vec<String> = body
        .lines()
        .map(|line| format!("  | {}", show::visible(line)))
        .collect();
    fields.chain(body)
}
