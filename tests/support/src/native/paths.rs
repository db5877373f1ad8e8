//! What the server does on each path.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::frame::{Frame, breach, opcode};
use super::handshake::{Answer, RequestHead};
use super::link::Link;
use super::records::Records;
use super::run;
use super::site::Site;
use super::target::{misuse, number, value};

/// Serves one connection up to its end.
pub(crate) fn serve(link: &mut Link, records: &Records, site: Option<&Site>) -> io::Result<()> {
    let Some(head) = link.read_request()? else {
        return Ok(());
    };
    if !matches!(head.path(), "/seen" | "/go") {
        link.start_record(&head);
    }
    match head.path() {
        "/echo" => {
            open(link, &head)?;
            echo(link)
        }
        "/script" => run::script(link, &head),
        "/flood" => flood(link, &head),
        "/sink" => sink(link, &head),
        "/slow-reader" => slow_reader(link, &head),
        "/headers" => {
            open(link, &head)?;
            link.send(opcode::TEXT, head.raw)?;
            echo(link)
        }
        "/close" => close(link, &head),
        "/auth" => auth(link, head),
        "/redirect" => {
            let to = value(&head.target, "to").unwrap_or_else(|| "/echo".to_owned());
            link.refuse(&Answer::closing(302, "").field("Location", &to))
        }
        "/status" => {
            let code = number(&head.target, "code")?.unwrap_or(503);
            let code = u16::try_from(code).map_err(|_| misuse("code is not a status"))?;
            let body = value(&head.target, "body").unwrap_or_default();
            link.refuse(&Answer::closing(code, body))
        }
        "/seen" => seen(link, &head, records),
        "/go" => go(link, &head, records),
        _ => {
            let file = site.and_then(|site| site.answer(&head));
            link.refuse(&file.unwrap_or_else(|| Answer::closing(404, "no such path")))
        }
    }
}

/// The subprotocol that an open answer names: `?protocol=`, where an empty one is none, or else the first that was offered.
pub(crate) fn chosen_protocol(head: &RequestHead) -> Option<String> {
    let first = || head.protocols().first().map(|&first| first.to_owned());
    value(&head.target, "protocol")
        .map_or_else(first, |protocol| (!protocol.is_empty()).then_some(protocol))
}

/// Answers with the right 101; refuses a request that is not a WebSocket handshake.
fn open(link: &mut Link, head: &RequestHead) -> io::Result<()> {
    check(head)?;
    link.answer(&Answer::open(head, chosen_protocol(head).as_deref()).to_bytes())
}

/// An `InvalidData` error if the request is not a WebSocket handshake.
pub(crate) fn check(head: &RequestHead) -> io::Result<()> {
    match head.faults().as_slice() {
        [] => Ok(()),
        faults => Err(breach(&format!(
            "the request: {} (4.2.1)",
            faults.join(", ")
        ))),
    }
}

/// Sends each message back, then the Close, then ends the connection.
fn echo(link: &mut Link) -> io::Result<()> {
    while let Some(message) = link.read_message(true)? {
        let is_close = message.opcode == opcode::CLOSE;
        link.send(message.opcode, message.payload)?;
        if is_close {
            break;
        }
    }
    link.end()
}

fn flood(link: &mut Link, head: &RequestHead) -> io::Result<()> {
    /// Small frames go out many in a write.
    const WRITE: usize = 64 << 10;

    let messages = number(&head.target, "n")?.unwrap_or(usize::MAX);
    let size = number(&head.target, "size")?.unwrap_or(125);
    let opcode = match value(&head.target, "binary") {
        Some(_) => opcode::BINARY,
        None => opcode::TEXT,
    };
    open(link, head)?;

    let frame = Frame::new(true, 0, opcode, alphabet(size)).to_bytes();
    let per_write = (WRITE / frame.len()).clamp(1, messages.max(1));
    let batch = frame.repeat(per_write);
    for _ in 0..messages / per_write {
        link.send_raw(&batch)?;
    }
    link.send_raw(&frame.repeat(messages % per_write))?;
    close_with(link, 1000, b"")
}

/// `a` to `z` over and over.
pub(crate) fn alphabet(size: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(size).collect()
}

fn sink(link: &mut Link, head: &RequestHead) -> io::Result<()> {
    open(link, head)?;
    let (mut messages, mut bytes) = (0, 0);
    while let Some(message) = link.read_message(true)? {
        match (message.opcode, message.payload.as_slice()) {
            (opcode::CLOSE, _) => {
                link.send(opcode::CLOSE, message.payload)?;
                break;
            }
            (opcode::TEXT, b"report") => {
                let report = format!("messages={messages} bytes={bytes}");
                link.send(opcode::TEXT, report)?;
            }
            (_, payload) => {
                messages += 1;
                bytes += payload.len();
            }
        }
    }
    link.end()
}

fn slow_reader(link: &mut Link, head: &RequestHead) -> io::Result<()> {
    let bytes = number(&head.target, "bytes")?.unwrap_or(1024);
    open(link, head)?;
    let record = link.record().clone();
    link.wire().slow_down(bytes, record);
    echo(link)
}

fn close(link: &mut Link, head: &RequestHead) -> io::Result<()> {
    let code = number(&head.target, "code")?;
    let reason = value(&head.target, "reason").unwrap_or_default();
    open(link, head)?;
    match code {
        None => {
            link.send(opcode::CLOSE, "")?;
            link.wait_for(opcode::CLOSE)?;
            link.end()
        }
        Some(code) => {
            let code = u16::try_from(code).map_err(|_| misuse("code is not a close code"))?;
            close_with(link, code, reason.as_bytes())
        }
    }
}

/// Our Close, the client's, the end of TCP.
fn close_with(link: &mut Link, code: u16, reason: &[u8]) -> io::Result<()> {
    link.send_close(code, reason)?;
    link.wait_for(opcode::CLOSE)?;
    link.end()
}

/// A 401 keeps the connection open, so that a browser can try again on it with the URL's user and password.
fn auth(link: &mut Link, head: RequestHead) -> io::Result<()> {
    let user = value(&head.target, "user").unwrap_or_else(|| "user".to_owned());
    let password = value(&head.target, "password").unwrap_or_else(|| "password".to_owned());
    let expected = format!("Basic {}", BASE64.encode(format!("{user}:{password}")));

    let mut head = head;
    while head.field("Authorization") != Some(&expected) {
        let answer = Answer::closing(401, "who are you?")
            .without("Connection")
            .field("WWW-Authenticate", "Basic realm=\"peers\"");
        link.answer(&answer.to_bytes())?;
        match link.read_request()? {
            Some(next) => {
                link.start_record(&next);
                head = next;
            }
            None => return Ok(()),
        }
    }
    open(link, &head)?;
    echo(link)
}

fn seen(link: &mut Link, head: &RequestHead, records: &Records) -> io::Result<()> {
    open(link, head)?;
    let id = value(&head.target, "id").unwrap_or_default();
    let seen = match value(&head.target, "now") {
        Some(_) => Some(records.now(&id)),
        None => records.wait(&id, |seen| seen.end.is_some()),
    };
    if let Some(seen) = seen {
        link.send(opcode::TEXT, seen.to_string())?;
    }
    close_with(link, 1000, b"")
}

fn go(link: &mut Link, head: &RequestHead, records: &Records) -> io::Result<()> {
    open(link, head)?;
    let times = match value(&head.target, "n").as_deref() {
        Some("all") => u64::MAX,
        _ => number(&head.target, "n")?.unwrap_or(1) as u64,
    };
    records.go(&value(&head.target, "id").unwrap_or_default(), times);
    close_with(link, 1000, b"")
}
