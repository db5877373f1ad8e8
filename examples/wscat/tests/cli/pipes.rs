//! What goes in comes out.

use std::io::{BufRead, BufReader, Write};
#[cfg(unix)]
use std::process::{Child, Command};

use onesocket_test_support::{Script, Server};

use crate::{Outcome, run, wscat};

#[test]
fn each_line_is_a_message_and_each_message_a_line() {
    let server = Server::start();
    let url = server.url("/echo");
    for (input, messages, output) in [
        ("a\nb\n", "2", "a\nb\n"),
        ("grüße\r\n\nlast", "3", "grüße\n\nlast\n"),
    ] {
        let outcome = run(&["-n", messages, &url], input);
        assert_eq!(outcome.has_exited_with(0).text(), output);
    }
}

#[test]
fn the_end_of_input_is_flushed_answered_and_closed_with_1000() {
    let server = Server::start();
    let url = server.url("/echo?id=eof");
    let outcome = run(&[&url], "one\ntwo\n");
    assert_eq!(outcome.has_exited_with(0).text(), "one\ntwo\n");
    let seen = server.seen("eof");
    assert_eq!(seen.opcodes(), [1, 1, 8]);
    assert_eq!(seen.close(), Some((Some(1000), String::new())));
}

#[test]
fn after_the_end_of_input_a_number_of_messages_is_waited_for() {
    let server = Server::start();
    let script = Script::new().id("wait").open().expect_message();
    let script = script.text("1").pause().text("2").text("3").expect_close();
    let url = server.url(script.close(1000, "").end());
    let child = wscat(&["--wait-messages", "2", &url]).spawn();
    let mut child = child.unwrap();
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "1\n", "it goes on after the end of input");

    server.go("wait", 1);
    stdout.read_line(&mut line).unwrap();
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    outcome.has_exited_with(0);
    assert!(line.starts_with("1\n2\n"), "{line}");
}

#[test]
fn messages_of_the_command_line_go_first() {
    let server = Server::start();
    let outcome = run(
        &["-x", "first", "-x", "second", "-n3", &server.url("/echo")],
        "third\n",
    );
    assert_eq!(outcome.has_exited_with(0).text(), "first\nsecond\nthird\n");
}

#[test]
fn exactly_as_many_messages_are_written_as_are_counted() {
    let server = Server::start();
    let script = Script::new().open();
    let script = script.in_one_write(|inner| inner.text("1").text("2").text("3"));
    let url = server.url(script.expect_close().close(1000, "").end());
    let outcome = run(&["-n", "2", &url], "");
    assert_eq!(outcome.has_exited_with(0).text(), "1\n2\n");
    outcome.has_said("received 2 messages (2 bytes)");
}

#[test]
fn binary_messages_come_out_in_hexadecimal_digits_or_as_they_are() {
    let server = Server::start();
    let script = Script::new().open().binary([0, 10, 255]).binary("");
    let url = server.url(script.text("text").close(1000, "").expect_close());
    assert_eq!(run(&[&url], "").text(), "000aff\n\ntext\n");
    assert_eq!(run(&["-b", &url], "").stdout, b"\x00\x0a\xfftext\n");
}

#[test]
fn a_large_file_passes_unchanged_in_both_directions() {
    const MESSAGES: usize = 100;
    const CHUNK: usize = 40_000;
    // Every byte value, in an order that does not repeat within a chunk.
    let mut state = 1u32;
    let file: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(MESSAGES * CHUNK - 1)
    .collect();

    let server = Server::start();
    let url = server.url("/echo?id=file");
    let (messages, chunk) = (MESSAGES.to_string(), CHUNK.to_string());
    let outcome = run(&["-b", "--chunk", &chunk, "-n", &messages, &url], &file);
    outcome.has_exited_with(0);
    assert!(outcome.stdout == file, "the file came back");
    let lengths: Vec<usize> = server
        .seen("file")
        .frames
        .iter()
        .map(|f| f.length)
        .collect();
    assert_eq!(lengths[0], CHUNK);
    assert_eq!(lengths[MESSAGES - 1], CHUNK - 1);
}

#[test]
fn one_large_line_is_one_message() {
    let server = Server::start();
    let line = "ß".repeat(2_000_000);
    let outcome = run(&["-n1", &server.url("/echo")], format!("{line}\n"));
    assert!(outcome.has_exited_with(0).text().trim_end() == line);
    outcome.has_said("sent 1 message (4000000 bytes)");
}

#[test]
fn input_that_is_not_text_is_refused_with_its_line() {
    let server = Server::start();
    let outcome = run(&[&server.url("/echo?id=utf8")], b"fine\n\xff\n");
    outcome
        .has_exited_with(1)
        .has_said("line 2 is not UTF-8; -b sends bytes");
    assert_eq!(
        server.seen("utf8").close(),
        Some((Some(1000), String::new()))
    );
}

#[test]
fn output_that_nobody_reads_any_more_is_the_end() {
    let server = Server::start();
    let mut child = wscat(&[&server.url("/echo")]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut line = String::new();
    stdin.write_all(b"a\n").unwrap();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "a\n");
    stdin.write_all(b"b\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
fn signal(name: &str, child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

#[test]
#[cfg(unix)]
fn an_interrupt_closes_with_1000() {
    let server = Server::start();
    for (name, id) in [("-INT", "int"), ("-TERM", "term")] {
        let script = Script::new().id(id).open().text("ready").expect_close();
        let url = server.url(script.close(1000, "").end());
        let mut child = wscat(&[&url]).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        signal(name, &child);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!(server.seen(id).close(), Some((Some(1000), String::new())));
    }
}

#[test]
#[cfg(unix)]
fn a_second_interrupt_does_not_wait_for_the_peer() {
    let server = Server::start();
    let script = Script::new().id("twice").open().text("ready").hang();
    let mut child = wscat(&[&server.url(script)]).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    signal("-INT", &child);
    server.seen_when("twice", |seen| seen.close().is_some());
    signal("-INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
#[cfg(unix)]
fn an_interrupt_before_the_connection_is_open_ends_the_attempt() {
    let server = Server::start();
    let mut child = wscat(&[&server.url(Script::new().id("early").hang())])
        .spawn()
        .unwrap();
    server.seen_when("early", |seen| !seen.head.is_empty());
    signal("-INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn nothing_is_coloured_unless_asked_for() {
    let server = Server::start();
    let url = server.url("/close?code=4000&reason=x");
    for arguments in [&["-vt", &url][..], &["--color", "never", &url]] {
        let outcome = run(arguments, "");
        assert!(!outcome.stderr.contains('\x1b'), "{}", outcome.stderr);
    }
    run(&["--color", "always", &url], "").has_said("\x1b[2m= open");
}

#[test]
fn quiet_leaves_messages_and_errors_only() {
    let server = Server::start();
    let outcome = run(&["-q", "-n1", &server.url("/echo")], "a\n");
    assert_eq!((outcome.text(), outcome.stderr.as_str()), ("a\n", ""));
    let outcome = run(&["-q", &server.url("/close?code=4000")], "");
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
}

#[test]
fn timings_are_told_on_standard_error() {
    let server = Server::start();
    let outcome = run(&["-t", "-n1", &server.url("/echo")], "a\n");
    assert_eq!(outcome.text(), "a\n");
    outcome
        .has_said("= open after ")
        .has_said("= received 1 byte after ");
}
