//! The files beside the peers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::{env, fs, process};

use super::super::Server;

/// The whole answer to a request.
fn ask(server: &Server, request_line: &str) -> String {
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    write!(stream, "{request_line} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn files_are_served_with_their_type_and_a_policy_and_nothing_else_is() {
    let folder = env::temp_dir().join(format!("onesocket-site-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("index.html"), "<p>hi").unwrap();
    fs::write(folder.join("a.wasm"), "asm").unwrap();
    fs::write(folder.join(".secret.js"), "no").unwrap();
    fs::write(folder.join("key.pem"), "no").unwrap();
    let server = Server::start_with_site(0, &folder).unwrap();

    for (path, media_type, body) in [
        ("/", "text/html; charset=utf-8", "<p>hi"),
        ("/index.html?x=1", "text/html; charset=utf-8", "<p>hi"),
        ("/a.wasm", "application/wasm", "asm"),
    ] {
        let answer = ask(&server, &format!("GET {path}"));
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(
            answer.contains(&format!("\r\nContent-Type: {media_type}\r\n")),
            "{answer}"
        );
        assert!(
            answer.contains("\r\nContent-Security-Policy: default-src 'none';"),
            "{answer}"
        );
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
    }
    for request in [
        "GET /nothing.html",
        "GET /.secret.js",
        "GET /key.pem",
        "GET /../index.html",
        "GET /%2e%2e/index.html",
        "POST /index.html",
    ] {
        let answer = ask(&server, request);
        assert!(answer.starts_with("HTTP/1.1 404 "), "{request}: {answer}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let server = Server::start();
    let error = Server::start_with_site(server.addr().port(), ".").unwrap_err();
    assert!(error.to_string().starts_with("port "), "{error}");
}
