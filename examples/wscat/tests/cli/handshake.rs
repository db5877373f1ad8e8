//! What the options make of the handshake, as the server sees it.

use std::fs;
use std::path::PathBuf;

use onesocket_test_support::Server;

use crate::run;

/// A file for one test.
fn temporary(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("a file can be written");
    path
}

#[test]
fn headers_origin_and_password_are_sent() {
    let server = Server::start();
    let url = server.url("/echo?id=headers");
    let arguments = [
        "-H",
        "X-One: 1",
        "-H",
        "Cookie:a=b; c=d",
        "-o",
        "https://o.example",
        "--basic",
        "me:se:cret",
        "--wait",
        "0",
        &url,
    ];
    run(&arguments, "").has_exited_with(0);
    let seen = server.seen("headers");
    for (name, value) in [
        ("X-One", "1"),
        ("Cookie", "a=b; c=d"),
        ("Origin", "https://o.example"),
        ("Authorization", "Basic bWU6c2U6Y3JldA=="),
    ] {
        assert_eq!(seen.field(name), Some(value), "{name}");
    }
}

#[test]
fn a_bearer_token_is_a_header_like_any_other() {
    let server = Server::start();
    let url = server.url("/echo?id=bearer");
    run(&["-H", "Authorization: Bearer t", "--wait", "0", &url], "").has_exited_with(0);
    assert_eq!(
        server.seen("bearer").field("authorization"),
        Some("Bearer t")
    );
}

#[test]
fn subprotocols_are_offered_in_order_and_the_chosen_one_is_told() {
    let server = Server::start();
    let url = server.url("/echo?id=sub&protocol=b");
    let outcome = run(&["-s", "a", "-s", "b", "-v", "--wait", "0", &url], "");
    outcome.has_exited_with(0).has_said("= subprotocol: b\n");
    let offered = server.seen("sub");
    assert_eq!(offered.field("Sec-WebSocket-Protocol"), Some("a, b"));
}

#[test]
fn an_authority_of_the_user_is_trusted_and_no_other() {
    let server = Server::start_tls();
    let ca = temporary("ca.pem", &server.ca_pem());
    let url = server.url_at("localhost", "/echo");
    let outcome = run(&["--ca", ca.to_str().unwrap(), "-n1", &url], "a\n");
    assert_eq!(outcome.has_exited_with(0).text(), "a\n");
    run(&[&url], "").has_exited_with(2).has_said("--ca FILE");
}

#[test]
fn a_file_without_a_certificate_is_refused() {
    let path = temporary("empty.pem", "");
    let outcome = run(&["--ca", path.to_str().unwrap(), "wss://localhost/"], "");
    outcome.has_exited_with(1).has_said("holds no certificate");
    let outcome = run(&["--ca", "/no/such/file", "wss://localhost/"], "");
    outcome.has_exited_with(1).has_said("--ca /no/such/file");
}

#[test]
fn a_host_may_be_resolved_by_hand() {
    let server = Server::start();
    let url = server.url_at("chat.example", "/echo?id=resolve");
    let outcome = run(
        &["--resolve", "chat.example:127.0.0.1", "--wait", "0", &url],
        "",
    );
    outcome.has_exited_with(0);
    let host = format!("chat.example:{}", server.addr().port());
    assert_eq!(server.seen("resolve").field("Host"), Some(host.as_str()));
}

#[test]
fn blocked_ports_are_told_and_can_be_allowed() {
    // Nothing listens there, which is enough to see how far it comes.
    let url = "ws://127.0.0.1:1/";
    run(&[url], "")
        .has_exited_with(2)
        .has_said("--no-block-ports");
    let outcome = run(&["--no-block-ports", url], "");
    outcome.has_exited_with(2).has_said("no TCP connection");
}

#[test]
fn verbose_tells_what_was_agreed_on() {
    let server = Server::start();
    let url = server.url("/close?code=1000");
    let told = format!("= open: {url}\n= subprotocol: none\n= extensions: ");
    run(&["-v", &url], "").has_exited_with(0).has_said(&told);
}
