use super::*;

const MAX_SIZE: usize = 1024;
const MAX_FIELDS: usize = 16;

/// The answer of RFC 6455 1.3 to the key of [`key`].
const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    \r\n";

fn key() -> Key {
    Key::new(*b"the sample nonce")
}

type Parsed = Result<Option<(Response, Vec<u8>)>, UpgradeFault>;

/// What the head says, and what is left behind it, after these pieces came one after the other.
fn feed<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    max_size: usize,
    max_fields: usize,
) -> Parsed {
    let mut answer = Answer::new(max_size, max_fields);
    let mut input = Vec::new();
    let mut response = None;
    for piece in pieces {
        input.extend_from_slice(piece);
        if response.is_none() {
            response = answer.parse(&input)?.map(|head| head.response());
        }
    }
    Ok(response.map(|response| (response, input.split_off(answer.length()))))
}

/// Parses the bytes whole, split at every byte and byte by byte, always with the same result.
fn parse_within(bytes: &[u8], max_size: usize, max_fields: usize) -> Parsed {
    let whole = feed([bytes], max_size, max_fields);
    let same = |split: Parsed| match (&whole, &split) {
        // These tell as soon as they can, and show what had come by then.
        (Err(UpgradeFault::NotHttp(_)), Err(UpgradeFault::NotHttp(_)))
        | (Err(UpgradeFault::Tls(_)), Err(UpgradeFault::Tls(_))) => true,
        _ => split == whole,
    };
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        assert!(same(feed([before, after], max_size, max_fields)), "{at}");
    }
    assert!(same(feed(bytes.chunks(1), max_size, max_fields)));
    whole
}

fn parse(bytes: &[u8]) -> Parsed {
    parse_within(bytes, MAX_SIZE, MAX_FIELDS)
}

fn head(bytes: &str) -> Head<'_> {
    let (_, rest) = parse(bytes.as_bytes()).unwrap().expect(bytes);
    assert_eq!(rest, b"", "{bytes}");
    let head = Answer::new(MAX_SIZE, MAX_FIELDS).parse(bytes.as_bytes());
    head.unwrap().expect(bytes)
}

fn check(bytes: &str) -> Result<Agreed, UpgradeFault> {
    head(bytes).check(&key(), &Offer::default())
}

fn excerpt(text: &str) -> Excerpt {
    Excerpt::of(text.as_bytes())
}

#[test]
fn the_answers_that_fit_their_keys_open() {
    assert_eq!(check(GOOD), Ok(Agreed::default()));
    let key = Key::new(0xb91a_2fb1_c663_3689_7fba_66d3_b79b_8a9b_u128.to_be_bytes());
    let answer = GOOD.replace(
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "rLHCkw/SKsO9GAH/ZSFhBATDKrU=",
    );
    assert_eq!(
        head(&answer).check(&key, &Offer::default()),
        Ok(Agreed::default())
    );
}

#[test]
fn an_answer_may_differ_in_what_http_leaves_open() {
    for (part, other) in [
        ("Switching Protocols", "OK"),
        (" Switching Protocols", " "),
        (" Switching Protocols", ""),
        ("\r\n", "\n"),
        ("\r\n\r\n", "\r\n\n"),
        ("Upgrade: websocket", "UPGRADE:WebSocket"),
        ("Upgrade: websocket", "upgrade: \t WEBSOCKET \t "),
        ("Connection: Upgrade", "connection: upgrade"),
        ("Connection: Upgrade", "Connection: keep-alive, Upgrade"),
        ("Connection: Upgrade", "Connection: UPGRADE\t,,close"),
        (
            "Connection: Upgrade",
            "Connection: close\r\nConnection: Upgrade",
        ),
        (
            "Connection: Upgrade",
            "Connection: Upgrade\r\nX: y\r\nConnection: close",
        ),
        ("Accept: s3p", "Accept:\t  s3p"),
        ("xOo=", "xOo= \t"),
        ("Sec-WebSocket-Accept", "sec-websocket-accept"),
        ("Upgrade: w", "Server: \u{fc}ml\r\nEmpty:\r\nUpgrade: w"),
        ("Upgrade: w", "Content-Length: 5\r\nUpgrade: w"),
    ] {
        let answer = GOOD.replacen(part, other, 1);
        assert_ne!(answer, GOOD);
        assert_eq!(check(&answer), Ok(Agreed::default()), "{answer}");
    }
}

#[test]
fn every_check_of_a_101_fails_on_its_own() {
    let upgrade = |value| UpgradeFault::UpgradeWrong(excerpt(value));
    let connection = |value| UpgradeFault::ConnectionWrong(excerpt(value));
    let accept = |value| UpgradeFault::AcceptWrong(excerpt(value));
    let accept_line = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let twice = accept_line.repeat(2);
    for (part, other, fault) in [
        ("HTTP/1.1", "HTTP/1.0", UpgradeFault::OldHttp),
        ("Upgrade: websocket\r\n", "", UpgradeFault::UpgradeMissing),
        (": websocket", ":", upgrade("")),
        (": websocket", ": h2c", upgrade("h2c")),
        (": websocket", ": websocket, foo", upgrade("websocket, foo")),
        (": websocket", ": websocket/13", upgrade("websocket/13")),
        (
            "Upgrade: websocket",
            "Upgrade: websocket\r\nUpgrade: websocket",
            upgrade("websocket, websocket"),
        ),
        (
            "Connection: Upgrade\r\n",
            "",
            UpgradeFault::ConnectionMissing,
        ),
        (": Upgrade", ":", connection("")),
        (": Upgrade", ": close", connection("close")),
        (": Upgrade", ": upgraded", connection("upgraded")),
        (
            "Connection: Upgrade",
            "Connection: close\r\nConnection: up grade",
            connection("close, up grade"),
        ),
        (accept_line, "", UpgradeFault::AcceptMissing),
        (accept_line, &twice, UpgradeFault::AcceptTwice),
        (
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "",
            UpgradeFault::AcceptLength(0),
        ),
        ("xOo=", "xOo", UpgradeFault::AcceptLength(27)),
        ("xOo=", "xOo==", UpgradeFault::AcceptLength(29)),
        ("xOo=", "xOo=, x", UpgradeFault::AcceptLength(31)),
        (
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "rLHCkw/SKsO9GAH/ZSFhBATDKrU=",
            accept("rLHCkw/SKsO9GAH/ZSFhBATDKrU="),
        ),
        (
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            accept("S3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ),
        (
            accept_line,
            "Sec-WebSocket-Origin: http://h\r\nSec-WebSocket-Location: ws://h/\r\n",
            UpgradeFault::PreStandard,
        ),
        (
            accept_line,
            "Sec-WebSocket-Origin: http://h\r\n",
            UpgradeFault::AcceptMissing,
        ),
        (
            accept_line,
            "Sec-WebSocket-Location: ws://h/\r\n",
            UpgradeFault::AcceptMissing,
        ),
    ] {
        let answer = GOOD.replacen(part, other, 1);
        assert_ne!(answer, GOOD);
        assert_eq!(check(&answer), Err(fault), "{answer}");
    }
}

#[test]
fn a_101_is_checked_against_the_offer() {
    let offer = Offer::new(vec!["chat".to_owned(), "b".to_owned()], None).unwrap();
    let check = |fields: &str| {
        let answer = GOOD.replace("Upgrade: w", &format!("{fields}Upgrade: w"));
        head(&answer).check(&key(), &offer)
    };
    let agreed = check("sec-websocket-protocol:  b \r\n");
    assert_eq!(&*agreed.unwrap().protocol, "b");
    for (fields, fault) in [
        ("", UpgradeFault::ProtocolMissing),
        (
            "Sec-WebSocket-Protocol: \r\n",
            UpgradeFault::ProtocolMissing,
        ),
        (
            "Sec-WebSocket-Protocol: b\r\nSEC-WEBSOCKET-PROTOCOL: b\r\n",
            UpgradeFault::ProtocolTwice,
        ),
        (
            "Sec-WebSocket-Protocol: B\r\n",
            UpgradeFault::ProtocolNotOffered {
                answer: excerpt("B"),
                offered: vec!["chat".to_owned(), "b".to_owned()],
            },
        ),
        (
            "Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Extensions: x\r\n",
            UpgradeFault::Extension(
                "the server answered with the extension \"x\", but none was offered".to_owned(),
            ),
        ),
    ] {
        assert_eq!(check(fields), Err(fault), "{fields}");
    }
}

#[test]
fn a_wrong_accept_is_told_apart_from_a_missing_and_from_a_long_one() {
    for (accept, message) in [
        (
            "Sec-WebSocket-Accept: rLHCkw/SKsO9GAH/ZSFhBATDKrU=\r\n",
            r#"the answer's Sec-WebSocket-Accept "rLHCkw/SKsO9GAH/ZSFhBATDKrU=" does not fit the key that was sent"#,
        ),
        ("", "the answer has no Sec-WebSocket-Accept field"),
        (
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=AAAA\r\n",
            "the answer's Sec-WebSocket-Accept has 32 bytes, not the 28 of a SHA-1 hash in base64",
        ),
    ] {
        let answer = GOOD.replace(
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
            accept,
        );
        assert_eq!(check(&answer).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_pre_standard_answer_fails_by_its_own_cause_and_its_body_stays() {
    let answer = "HTTP/1.1 101 WebSocket Protocol Handshake\r\n\
        Upgrade: WebSocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Origin: http://example.com\r\n\
        Sec-WebSocket-Location: ws://example.com/demo\r\n\
        Sec-WebSocket-Protocol: sample\r\n\
        \r\n";
    let body = "8jKS'y:G*Co,Wxa-";
    let (_, rest) = parse([answer, body].concat().as_bytes()).unwrap().unwrap();
    assert_eq!(rest, body.as_bytes());
    assert_eq!(check(answer), Err(UpgradeFault::PreStandard));
}

#[test]
fn what_follows_the_head_stays_in_the_input() {
    for rest in [&b"\x81\x02hi"[..], b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"] {
        let bytes = [GOOD.as_bytes(), rest].concat();
        let (response, left) = parse(&bytes).unwrap().unwrap();
        assert_eq!(response.status, 101);
        assert_eq!(left, rest);
    }
}

#[test]
fn a_truncated_answer_is_awaited() {
    let interim = format!("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n{GOOD}");
    let refused = "HTTP/1.0 404 Not Found\nContent-Length: 5\n\n".to_owned();
    for answer in [GOOD.to_owned(), interim, refused] {
        for length in 0..answer.len() {
            assert_eq!(parse(&answer.as_bytes()[..length]), Ok(None), "{length}");
        }
    }
}

#[test]
fn interim_answers_are_skipped() {
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\n\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\nLink: y\r\n\r\n",
        "HTTP/1.1 199 \r\n\r\n",
        "HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 100\r\n\r\n",
    ] {
        assert_eq!(head(&format!("{interim}{GOOD}")), head(GOOD), "{interim}");
        let bytes = format!("{interim}HTTP/1.1 200 OK\r\n\r\nbody");
        let (response, rest) = parse(bytes.as_bytes()).unwrap().unwrap();
        assert_eq!((response.status, &rest[..]), (200, &b"body"[..]));
        let bytes = format!("{interim}SSH");
        assert!(
            matches!(parse(bytes.as_bytes()), Err(UpgradeFault::NotHttp(head)) if head == excerpt("SSH"))
        );
    }
    assert_eq!(head("HTTP/1.1 099 X\r\n\r\n").status(), 99);
}

#[test]
fn every_other_status_becomes_a_response() {
    let answer = "HTTP/1.0 302 Moved \r\nLocation: ws://other/\r\nX:\r\n\r\n";
    assert_eq!(
        head(answer).response(),
        Response {
            status: 302,
            reason: "Moved ".to_owned(),
            headers: vec![
                ("Location".to_owned(), b"ws://other/".to_vec()),
                ("X".to_owned(), b"".to_vec()),
            ],
            body: Vec::new(),
        }
    );
}

#[test]
fn a_body_is_framed_as_http_says() {
    use Framing::{Chunk, Length, Over, UntilTheEnd};
    for (status, fields, framing) in [
        (404, "", UntilTheEnd),
        (404, "Content-Length: 0\r\n", Length(0)),
        (404, "content-length: 12 \r\n", Length(12)),
        (404, "Content-Length: 007\r\n", Length(7)),
        (
            404,
            "Content-Length: 18446744073709551615\r\n",
            Length(u64::MAX),
        ),
        (404, "Content-Length: 18446744073709551616\r\n", UntilTheEnd),
        (404, "Content-Length:\r\n", UntilTheEnd),
        (404, "Content-Length: +5\r\n", UntilTheEnd),
        (404, "Content-Length: -5\r\n", UntilTheEnd),
        (404, "Content-Length: 5x\r\n", UntilTheEnd),
        (404, "Content-Length: \u{665}\r\n", UntilTheEnd),
        (404, "Content-Length: 5, 5\r\n", Length(5)),
        (404, "Content-Length: 5\r\nContent-Length: 5\r\n", Length(5)),
        (
            404,
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            UntilTheEnd,
        ),
        (404, "Content-Length: 5, x\r\n", UntilTheEnd),
        (
            404,
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            Chunk(0),
        ),
        (404, "Transfer-Encoding: gzip, Chunked \r\n", Chunk(0)),
        (404, "Transfer-Encoding: chunked, gzip\r\n", UntilTheEnd),
        (204, "Content-Length: 5\r\n", Over),
        (304, "Transfer-Encoding: chunked\r\n", Over),
        (205, "Content-Length: 5\r\n", Length(5)),
    ] {
        let answer = format!("HTTP/1.1 {status} X\r\n{fields}\r\n");
        assert_eq!(head(&answer).framing(), framing, "{answer}");
    }
}

#[test]
fn what_is_not_http_fails_at_once_and_is_shown() {
    for (bytes, shown) in [
        (
            &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
            r#""SSH-2.0-OpenSSH_9.6\r\n""#,
        ),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            r#""PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n""#,
        ),
        (
            b"\0\0\x12\x04\0\0\0\0\0",
            r#""\x00\x00\x12\x04\x00\x00\x00\x00\x00""#,
        ),
        (
            b"\r\nHTTP/1.1 101 X\r\n\r\n",
            r#""\r\nHTTP/1.1 101 X\r\n\r\n""#,
        ),
        (b" HTTP/1.1 101 X\r\n\r\n", r#"" HTTP/1.1 101 X\r\n\r\n""#),
        (b"http/1.1 101 X\r\n\r\n", r#""http/1.1 101 X\r\n\r\n""#),
        (b"HTTP/2 200\r\n\r\n", r#""HTTP/2 200\r\n\r\n""#),
        (b"HTTPS", r#""HTTPS""#),
        (b"\x81\x05hello", r#""\x81\x05hello""#),
        (b"\x17\x03\x03", r#""\x17\x03\x03""#),
        (b"\x14", r#""\x14""#),
        (b"<html>", r#""<html>""#),
    ] {
        let message = parse(bytes).unwrap_err().to_string();
        assert_eq!(
            message,
            format!("the answer is not HTTP/1.1; it begins with {shown}")
        );
    }
}

#[test]
fn tls_on_a_plain_port_is_recognised() {
    for (bytes, shown) in [
        (
            &b"\x15\x03\x01\0\x02\x02\x46"[..],
            r#""\x15\x03\x01\x00\x02\x02F""#,
        ),
        (b"\x16\x03\x03", r#""\x16\x03\x03""#),
    ] {
        let message = parse(bytes).unwrap_err().to_string();
        assert_eq!(
            message,
            format!(
                "the server speaks TLS on this port: connect with wss:, not ws: (its answer begins with {shown})"
            )
        );
    }
}

#[test]
fn a_malformed_head_fails_with_its_rule_and_its_line() {
    let name = "a field does not begin with a valid name and a colon";
    let control = "a field has a control character in it";
    let folded = "a field is folded over two lines";
    let status = "the status line is wrong";
    let version = "the version is neither 1.0 nor 1.1";
    for (bytes, rule, line) in [
        (
            "HTTP/1.1 101 X\r\nA: b\r\n c\r\nD: e\r\n\r\n",
            folded,
            r#"" c""#,
        ),
        (
            "HTTP/1.1 101 X\r\nA: b\r\n\tc: d\r\n\r\n",
            folded,
            r#""\tc: d""#,
        ),
        ("HTTP/1.1 101 X\r\n A: b\r\n\r\n", folded, r#"" A: b""#),
        (
            "HTTP/1.1 101 X\r\nA: b\r\nC\r\nD: e\r\n\r\n",
            name,
            r#""C""#,
        ),
        (
            "HTTP/1.1 101 X\r\nA: b\r\nC D: e\r\n\r\n",
            name,
            r#""C D: e""#,
        ),
        ("HTTP/1.1 101 X\r\nA : b\r\n\r\n", name, r#""A : b""#),
        ("HTTP/1.1 101 X\r\n: b\r\n\r\n", name, r#"": b""#),
        (
            "HTTP/1.1 101 X\r\n\u{e4}: b\r\n\r\n",
            name,
            r#""\xc3\xa4: b""#,
        ),
        ("HTTP/1.1 101 X\r\nA\0: b\r\n\r\n", name, r#""A\x00: b""#),
        ("HTTP/1.1 101 X\r\nA: b\0\r\n\r\n", control, r#""A: b\x00""#),
        (
            "HTTP/1.1 101 X\r\nA: \x1b[2J\r\n\r\n",
            control,
            r#""A: \x1b[2J""#,
        ),
        (
            "HTTP/1.1 101 X\r\nA: b\rC: d\r\n\r\n",
            control,
            r#""A: b\rC: d""#,
        ),
        ("HTTP/1.1 101 X\r\nA: b\r\n\r\r\n\r\n", control, r#""""#),
        (
            "HTTP/1.1 101 X\0\r\nA: b\r\n\r\n",
            status,
            r#""HTTP/1.1 101 X\x00""#,
        ),
        ("HTTP/1.1 1O1 X\r\n\r\n", status, r#""HTTP/1.1 1O1 X""#),
        ("HTTP/1.1 1010 X\r\n\r\n", status, r#""HTTP/1.1 1010 X""#),
        ("HTTP/1.1 10\n\n", status, r#""HTTP/1.1 10""#),
        ("HTTP/1.2 101 X\r\n\r\n", version, r#""HTTP/1.2 101 X""#),
        ("HTTP/1.\n\n", version, r#""HTTP/1.""#),
    ] {
        let message = parse(bytes.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            message,
            format!("the answer is not valid HTTP/1.1: {rule}, in the line {line}"),
            "{bytes:?}"
        );
    }
}

#[test]
fn no_head_is_parsed_by_half() {
    // Whatever stands between a status code and an empty line is either a head with named fields, or malformed.
    const BYTES: &[u8] = b"A: \t\r\n\0\xff";
    let mut tail = [0; 5];
    for number in 0..BYTES.len().pow(5) {
        let mut rest = number;
        for byte in &mut tail {
            *byte = BYTES[rest % BYTES.len()];
            rest /= BYTES.len();
        }
        let bytes = [&b"HTTP/1.1 200"[..], &tail, b"\n\n"].concat();
        match feed([&bytes[..]], MAX_SIZE, MAX_FIELDS) {
            Ok(Some((response, _))) => {
                assert_eq!(response.status, 200);
                assert!(response.headers.iter().all(|(name, _)| !name.is_empty()));
            }
            Ok(None) => panic!("{:?} has an end", bytes.escape_ascii()),
            Err(fault) => assert!(matches!(fault, UpgradeFault::Malformed { .. })),
        }
    }
}

#[test]
fn the_limit_of_bytes_is_for_all_heads_and_for_nothing_behind_them() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    for heads in [GOOD.to_owned(), format!("{interim}{interim}{GOOD}")] {
        let limit = heads.len();
        let bytes = [heads.as_bytes(), b"\x81\x02hi"].concat();
        let (_, rest) = parse_within(&bytes, limit, MAX_FIELDS).unwrap().unwrap();
        assert_eq!(rest, b"\x81\x02hi");
        for limit in [0, 1, interim.len(), limit - 1] {
            assert_eq!(
                parse_within(&bytes, limit, MAX_FIELDS),
                Err(UpgradeFault::TooLarge { limit })
            );
        }
    }
}

#[test]
fn the_limit_of_fields_is_for_all_heads() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    for (heads, fields) in [
        (GOOD.to_owned(), 3),
        (format!("{interim}{GOOD}"), 4),
        (format!("{interim}{interim}{GOOD}"), 5),
    ] {
        assert!(parse_within(heads.as_bytes(), MAX_SIZE, fields).is_ok());
        for limit in 0..fields {
            assert_eq!(
                parse_within(heads.as_bytes(), MAX_SIZE, limit),
                Err(UpgradeFault::TooManyFields { limit })
            );
        }
    }
    let none = "HTTP/1.1 200 OK\r\n\r\n".as_bytes();
    assert!(parse_within(none, MAX_SIZE, 0).is_ok());
}

#[test]
fn no_limits_are_as_safe_as_any() {
    let (response, _) = parse_within(GOOD.as_bytes(), usize::MAX, usize::MAX)
        .unwrap()
        .unwrap();
    assert_eq!(response.headers.len(), 3);
}

#[test]
fn an_endless_head_stops_at_the_limit() {
    for endless in ["X", "X: y\r\n"] {
        let mut answer = Answer::new(MAX_SIZE, usize::MAX);
        let mut input = b"HTTP/1.1 101 X\r\n".to_vec();
        let fault = (0..=MAX_SIZE).find_map(|_| {
            let fault = answer.parse(&input).err();
            input.extend_from_slice(endless.as_bytes());
            fault
        });
        assert_eq!(fault, Some(UpgradeFault::TooLarge { limit: MAX_SIZE }));
        // What came with the limit's byte, and what was appended after the fault.
        assert!(input.len() < MAX_SIZE + 2 * endless.len());
    }
}

#[test]
fn no_byte_is_looked_at_twice() {
    const LENGTH: usize = 64 << 10;
    let mut bytes = b"HTTP/1.1 101 X\r\nX: ".to_vec();
    bytes.resize(LENGTH - 4, b'x');
    bytes.extend_from_slice(b"\r\n\r\n");
    let mut answer = Answer::new(LENGTH, 1);
    let mut input = Vec::new();
    for (number, &byte) in bytes[..LENGTH - 1].iter().enumerate() {
        // What the search begins with is exactly the byte that comes now.
        assert_eq!(answer.unseen, number);
        input.push(byte);
        assert_eq!(answer.parse(&input), Ok(None));
    }
    input.push(b'\n');
    assert!(answer.parse(&input).unwrap().is_some());
}
