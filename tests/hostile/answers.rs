//! Every oddity of a handshake's answer: those that fail the connection, and those that must not, in every cut.

use onesocket::{Builder, Stage, WebSocket};
use onesocket_test_support::{Frame, opcode};

use crate::client::{ANSWER, Failure, MODES, Mode, live};
use crate::gate::{Delivery, Gate};
use crate::run::{all, run, within};

/// The limits of these tests: small, so that the cuts are few.
const MAX_SIZE: usize = 400;
const MAX_FIELDS: usize = 8;

const START: &str = "HTTP/1.1 101 Switching Protocols\r\n";
const UPGRADE: &str = "Upgrade: websocket\r\n";
const CONNECTION: &str = "Connection: Upgrade\r\n";
const ACCEPT: &str = "Sec-WebSocket-Accept: {accept}\r\n";

#[test]
fn every_fault_of_an_answer_fails_the_connection_with_its_name_however_its_bytes_are_cut() {
    run(async {
        let gate = Gate::open().await;
        let faults = faults();
        let number = faults.len();
        let cases = faults.into_iter().flat_map(|fault| {
            // As long as the real one that stands for it.
            let length = fault.answer.replace("{accept}", &"x".repeat(28)).len();
            let cases = Delivery::all(length).map(move |delivery| (fault.clone(), delivery));
            cases.flat_map(|(fault, delivery)| {
                [Mode::Listeners, Mode::Readers].map(|mode| (fault.clone(), delivery, mode))
            })
        });
        let count = all(cases, 64, |(fault, delivery, mode)| {
            let gate = gate.clone();
            let what = format!("{} ({delivery:?}, {mode:?})", fault.name);
            async move { within(&what, answer_wrongly(&gate, &what, &fault, delivery, mode)).await }
        })
        .await;
        println!("{number} faults of answers, {count} connections");
    });
}

#[test]
fn an_odd_but_right_answer_opens_and_what_came_with_it_follows_however_its_bytes_are_cut() {
    run(async {
        let gate = Gate::open().await;
        let answers = right_answers();
        let number = answers.len();
        let cases = answers.into_iter().flat_map(|(name, answer)| {
            let length =
                answer.replace("{accept}", &"x".repeat(28)).len() + first_and_close().len();
            let cases =
                Delivery::all(length).flat_map(|delivery| MODES.map(|mode| (delivery, mode)));
            let cases = cases.filter(move |(delivery, mode)| {
                matches!(mode, Mode::Listeners | Mode::Readers)
                    || !matches!(delivery, Delivery::Split(at) if at % 32 > 0)
            });
            cases.map(move |(delivery, mode)| (name, answer.clone(), delivery, mode))
        });
        let count = all(cases, 64, |(name, answer, delivery, mode)| {
            let gate = gate.clone();
            let what = format!("{name} ({delivery:?}, {mode:?})");
            async move { within(&what, answer_rightly(&gate, &what, &answer, delivery, mode)).await }
        })
        .await;
        println!("{number} right answers, {count} connections");
    });
}

async fn answer_wrongly(gate: &Gate, what: &str, fault: &Fault, delivery: Delivery, mode: Mode) {
    let (url, visitor) = gate.invite();
    let peer = async {
        let mut visitor = visitor.await;
        let answer = visitor.fill_in(&fault.answer);
        visitor.deliver(&answer, delivery).await;
        visitor.read_to_end().await;
        visitor.wire()
    };
    let builder = limited(&url).protocols(fault.offered);
    let (wire, seen) = tokio::join!(peer, live(builder, mode));
    let failure = Failure {
        stage: fault.stage,
        close_code: None,
        text: fault.text,
    };
    seen.check_failed(what, mode, false, &[], failure);
    // Not a byte is sent to something that is no WebSocket server.
    assert!(wire == ["fin"] || wire == ["reset"], "{what}: {wire:?}");
}

async fn answer_rightly(gate: &Gate, what: &str, answer: &str, delivery: Delivery, mode: Mode) {
    let (url, visitor) = gate.invite();
    let peer = async {
        let mut visitor = visitor.await;
        let answer = visitor.fill_in(answer);
        let bytes = [answer, first_and_close()].concat();
        visitor.deliver(&bytes, delivery).await;
        visitor.read_close().await;
        visitor.end().await;
        visitor.wire()
    };
    let (wire, seen) = tokio::join!(peer, live(limited(&url), mode));
    seen.check_clean(what, mode, &["first"], 3000, "bye");
    seen.check_buffered(what, mode);
    let answered = [&format!("text {ANSWER}"), "close 3000", "fin"];
    let wanted = if mode == Mode::Nobody {
        &answered[1..]
    } else {
        &answered[..]
    };
    assert_eq!(wire, wanted, "{what}");
}

fn limited(url: &str) -> Builder {
    WebSocket::builder(url)
        .max_response_size(MAX_SIZE)
        .max_response_fields(MAX_FIELDS)
}

/// What comes right behind the answer.
fn first_and_close() -> Vec<u8> {
    let text = Frame::new(true, 0, opcode::TEXT, "first").to_bytes();
    let close = Frame::new(
        true,
        0,
        opcode::CLOSE,
        [&3000u16.to_be_bytes(), &b"bye"[..]].concat(),
    );
    [text, close.to_bytes()].concat()
}

fn right_answers() -> Vec<(&'static str, String)> {
    let fields = format!("{UPGRADE}{CONNECTION}{ACCEPT}");
    vec![
        ("the plain answer", format!("{START}{fields}\r\n")),
        ("no reason phrase", format!("HTTP/1.1 101 \r\n{fields}\r\n")),
        (
            "no space for a reason phrase",
            format!("HTTP/1.1 101\r\n{fields}\r\n"),
        ),
        (
            "another reason phrase",
            format!("HTTP/1.1 101 Web Socket Protocol Handshake\r\n{fields}\r\n"),
        ),
        (
            "bare line feeds",
            format!("{START}{fields}\r\n").replace('\r', ""),
        ),
        (
            "names and values in other cases",
            format!(
                "{START}uPGRADE: WebSocket\r\nCONNECTION: uPGRADE\r\nsec-websocket-accept: {{accept}}\r\n\r\n"
            ),
        ),
        (
            "the token among others",
            format!("{START}{UPGRADE}Connection: keep-alive ,\tUpgrade\r\n{ACCEPT}\r\n"),
        ),
        (
            "the token in a second field",
            format!("{START}{UPGRADE}Connection: keep-alive\r\n{CONNECTION}{ACCEPT}\r\n"),
        ),
        (
            "white space around values",
            format!(
                "{START}Upgrade: \t websocket \r\nConnection:Upgrade\t\r\nSec-WebSocket-Accept:\t {{accept}}  \r\n\r\n"
            ),
        ),
        (
            "other fields, one of them empty",
            format!("{START}Date: now\r\n{fields}X-Empty:\r\nX-Odd: \u{fc}\r\n\r\n"),
        ),
        (
            "as many fields as may be",
            format!("{START}{fields}{}\r\n", "A: b\r\n".repeat(MAX_FIELDS - 3)),
        ),
        (
            "interim answers before it",
            format!(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n{START}{fields}\r\n"
            ),
        ),
    ]
}

#[derive(Clone)]
struct Fault {
    name: &'static str,
    offered: &'static [&'static str],
    answer: String,
    stage: Stage,
    text: &'static str,
}

fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |name, answer: String, text| {
        faults.push(Fault {
            name,
            offered: &[],
            answer,
            stage: Stage::Upgrade,
            text,
        });
    };

    add(
        "an SSH banner",
        "SSH-2.0-OpenSSH_9.6\r\n".into(),
        "not HTTP/1.1; it begins with \"S",
    );
    add(
        "an SMTP greeting",
        "220 mail ESMTP\r\n".into(),
        "not HTTP/1.1",
    );
    add(
        "the preface of HTTP/2",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(),
        "not HTTP/1.1",
    );
    add(
        "the settings of HTTP/2",
        "\0\0\u{6}\u{4}\0\0\0\0\0".into(),
        "not HTTP/1.1",
    );
    add(
        "HTTP/2 in text",
        "HTTP/2 200\r\n\r\n".into(),
        "not HTTP/1.1",
    );
    add(
        "an alert of TLS",
        "\u{15}\u{3}\u{1}\0\u{2}\u{2}F".into(),
        "speaks TLS",
    );
    add(
        "a handshake of TLS",
        "\u{16}\u{3}\u{3}\0\u{1}".into(),
        "speaks TLS",
    );
    add("a web page without a head", "<html>".into(), "not HTTP/1.1");
    add(
        "an empty line first",
        format!("\r\n{START}\r\n"),
        "not HTTP/1.1",
    );
    add(
        "http in small letters",
        "http/1.1 101 ok\r\n\r\n".into(),
        "not HTTP/1.1",
    );
    add("HTTP/1.0", "HTTP/1.0 101 ok\r\n\r\n".into(), "HTTP/1.0");
    add(
        "HTTP/1.2",
        "HTTP/1.2 101 ok\r\n\r\n".into(),
        "version is neither",
    );
    add("no status", "HTTP/1.1\r\n\r\n".into(), "not valid HTTP/1.1");
    add(
        "a status of letters",
        "HTTP/1.1 abc\r\n\r\n".into(),
        "status line is wrong",
    );
    add(
        "a status of two digits",
        "HTTP/1.1 10\r\n\r\n".into(),
        "status line is wrong",
    );
    add(
        "a status of four digits",
        "HTTP/1.1 1011 ok\r\n\r\n".into(),
        "status line is wrong",
    );

    add(
        "a folded field",
        format!("{START}{UPGRADE} more\r\n\r\n"),
        "folded",
    );
    add(
        "a field without a colon",
        format!("{START}{UPGRADE}oops\r\n\r\n"),
        "valid name and a colon",
    );
    add(
        "a field without a name",
        format!("{START}: x\r\n\r\n"),
        "valid name and a colon",
    );
    add(
        "a space before the colon",
        format!("{START}Upgrade : websocket\r\n\r\n"),
        "valid name and a colon",
    );
    add(
        "a NUL in a field",
        format!("{START}X: a\0b\r\n\r\n"),
        "control character",
    );
    add(
        "a bare carriage return in a field",
        format!("{START}X: a\rb\r\n\r\n"),
        "control character",
    );
    add(
        "a terminal's escape in a field",
        format!("{START}X: \u{1b}[2J\r\n\r\n"),
        "X: \\x1b[2J",
    );

    add(
        "no field at all",
        format!("{START}\r\n"),
        "no Upgrade field",
    );
    add(
        "no Upgrade",
        format!("{START}{CONNECTION}{ACCEPT}\r\n"),
        "no Upgrade field",
    );
    add(
        "an empty Upgrade",
        format!("{START}Upgrade:\r\n{CONNECTION}{ACCEPT}\r\n"),
        "Upgrade field is \"\"",
    );
    add(
        "another Upgrade",
        format!("{START}Upgrade: h2c\r\n{CONNECTION}{ACCEPT}\r\n"),
        "Upgrade field is \"h2c\"",
    );
    add(
        "a list of Upgrades",
        format!("{START}Upgrade: websocket, h2c\r\n{CONNECTION}{ACCEPT}\r\n"),
        "Upgrade field is",
    );
    add(
        "two Upgrades",
        format!("{START}{UPGRADE}{UPGRADE}{CONNECTION}{ACCEPT}\r\n"),
        "Upgrade field is",
    );
    add(
        "no Connection",
        format!("{START}{UPGRADE}{ACCEPT}\r\n"),
        "no Connection field",
    );
    add(
        "another Connection",
        format!("{START}{UPGRADE}Connection: close\r\n{ACCEPT}\r\n"),
        "Connection field is \"close\"",
    );
    add(
        "a Connection that contains no such token",
        format!("{START}{UPGRADE}Connection: upgraded, x-upgrade\r\n{ACCEPT}\r\n"),
        "without the token",
    );
    add(
        "no Accept",
        format!("{START}{UPGRADE}{CONNECTION}\r\n"),
        "no Sec-WebSocket-Accept",
    );
    add(
        "the drafts before the RFC",
        format!(
            "{START}{UPGRADE}{CONNECTION}Sec-WebSocket-Origin: x\r\nSec-WebSocket-Location: y\r\n\r\n0123456789abcdef"
        ),
        "pre-standard",
    );
    add(
        "two Accepts",
        format!("{START}{UPGRADE}{CONNECTION}{ACCEPT}{ACCEPT}\r\n"),
        "more than one Sec-WebSocket-Accept",
    );
    add(
        "an empty Accept",
        format!("{START}{UPGRADE}{CONNECTION}Sec-WebSocket-Accept:\r\n\r\n"),
        "has 0 bytes",
    );
    add(
        "a short Accept",
        format!("{START}{UPGRADE}{CONNECTION}Sec-WebSocket-Accept: abc\r\n\r\n"),
        "has 3 bytes",
    );
    add(
        "an Accept and something behind it",
        format!("{START}{UPGRADE}{CONNECTION}Sec-WebSocket-Accept: {{accept}}, x\r\n\r\n"),
        "has 31 bytes",
    );
    add(
        "the Accept of another key",
        format!(
            "{START}{UPGRADE}{CONNECTION}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        ),
        "does not fit the key",
    );
    add(
        "a subprotocol that nobody wants",
        format!("{START}{UPGRADE}{CONNECTION}{ACCEPT}Sec-WebSocket-Protocol: chat\r\n\r\n"),
        "none was offered",
    );
    add(
        "an empty subprotocol",
        format!("{START}{UPGRADE}{CONNECTION}{ACCEPT}Sec-WebSocket-Protocol:\r\n\r\n"),
        "none was offered",
    );
    add(
        "an extension",
        format!(
            "{START}{UPGRADE}{CONNECTION}{ACCEPT}Sec-WebSocket-Extensions: permessage-foo\r\n\r\n"
        ),
        "extension",
    );
    add(
        "an empty extension",
        format!("{START}{UPGRADE}{CONNECTION}{ACCEPT}Sec-WebSocket-Extensions:\r\n\r\n"),
        "empty Sec-WebSocket-Extensions",
    );

    let many = "A: b\r\n".repeat(MAX_FIELDS + 1);
    add(
        "too many fields",
        format!("{START}{many}\r\n"),
        "more fields than the limit of 8",
    );
    let interim = format!(
        "HTTP/1.1 103 Early Hints\r\n{}\r\n",
        "A: b\r\n".repeat(MAX_FIELDS - 2)
    );
    add(
        "too many fields in two answers",
        format!("{interim}{START}{UPGRADE}{CONNECTION}{ACCEPT}\r\n"),
        "more fields than the limit of 8",
    );
    add(
        "a line that is too long",
        format!("{START}X: {}", "x".repeat(MAX_SIZE)),
        "larger than the limit of 400 bytes",
    );
    add(
        "a reason that is too long",
        format!("HTTP/1.1 101 {}", "x".repeat(MAX_SIZE)),
        "larger than the limit of 400 bytes",
    );
    add(
        "interim answers without end",
        "HTTP/1.1 100 Continue\r\n\r\n".repeat(20),
        "larger than the limit of 400 bytes",
    );

    let offers: [(_, _, &[&str], _); 6] = [
        (
            "no subprotocol of two",
            "",
            &["a", "b"],
            "chose none of them",
        ),
        (
            "an empty subprotocol of two",
            "Sec-WebSocket-Protocol:\r\n",
            &["a", "b"],
            "chose none of them",
        ),
        (
            "a subprotocol in another case",
            "Sec-WebSocket-Protocol: A\r\n",
            &["a", "b"],
            "not exactly one of those offered: a, b",
        ),
        (
            "a list of subprotocols",
            "Sec-WebSocket-Protocol: a, b\r\n",
            &["a", "b"],
            "not exactly one of those offered",
        ),
        (
            "two subprotocols",
            "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a\r\n",
            &["a"],
            "more than one Sec-WebSocket-Protocol",
        ),
        (
            "another subprotocol",
            "Sec-WebSocket-Protocol: c\r\n",
            &["a", "b"],
            "the subprotocol \"c\"",
        ),
    ];
    for (name, field, offered, text) in offers {
        faults.push(Fault {
            name,
            offered,
            answer: format!("{START}{UPGRADE}{CONNECTION}{ACCEPT}{field}\r\n"),
            stage: Stage::Upgrade,
            text,
        });
    }

    let refusals = [
        (
            "a web page",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "answered 200 OK, not 101",
        ),
        (
            "nothing to say",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "answered 204",
        ),
        (
            "a redirect",
            "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "answered 302",
        ),
        (
            "a challenge",
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
            "answered 401",
        ),
        (
            "a refusal behind an interim answer",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 403 No\r\nContent-Length: 0\r\n\r\n",
            "answered 403",
        ),
    ];
    for (name, answer, text) in refusals {
        faults.push(Fault {
            name,
            offered: &[],
            answer: answer.into(),
            stage: Stage::Http,
            text,
        });
    }
    faults
}
