//! The server as a program.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};

#[test]
fn the_program_serves_until_its_standard_input_is_closed() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_peer-server"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    output.read_line(&mut url).unwrap();
    let address = url.trim_end().strip_prefix("ws://").unwrap();
    TcpStream::connect(address).unwrap();

    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn the_program_refuses_what_is_not_a_port() {
    let output = Command::new(env!("CARGO_BIN_EXE_peer-server"))
        .arg("many")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("peer-server [PORT [FOLDER]]"));
}
