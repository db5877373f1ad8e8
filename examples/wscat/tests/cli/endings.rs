//! The exit status of every kind of end, and what is said about it.

use onesocket_test_support::{Script, Server};

use crate::run;

#[test]
fn status_0_is_a_clean_end_with_1000_or_no_code() {
    let server = Server::start();
    run(&[&server.url("/close?code=1000&reason=bye")], "")
        .has_exited_with(0)
        .has_said("= closed: 1000 (normal closure) \"bye\", clean, after ")
        .has_said("= received 0 messages (0 bytes), sent 0 messages (0 bytes)\n");
    run(&[&server.url("/close")], "")
        .has_exited_with(0)
        .has_said("= closed: 1005 (no code), clean");
}

#[test]
fn status_0_is_also_an_end_that_was_asked_for() {
    let server = Server::start();
    let script = Script::new().open().text("x").expect_close();
    let url = server.url(script.close(4000, "").end());
    let outcome = run(&["-n1", &url], "");
    outcome.has_exited_with(0).has_said("closed: 4000");
}

#[test]
fn status_1_is_a_mistake_in_the_call() {
    for (arguments, message) in [
        (&[][..], "the URL is missing"),
        (&["--nope", "ws://localhost/"], "there is no option --nope"),
        (&["localhost:80/chat"], "write ws:// before the host"),
        (&["-s", "a b", "ws://localhost/"], "give several"),
        (
            &["-H", "Upgrade: x", "ws://localhost/"],
            "belongs to the handshake",
        ),
    ] {
        let outcome = run(arguments, "");
        outcome.has_exited_with(1).has_said(message);
    }
}

#[test]
fn status_2_is_no_connection_with_stage_and_cause() {
    let server = Server::start();
    let closed = Server::start().url("/echo");
    for (url, message) in [
        (closed, "could not connect: no TCP connection to 127.0.0.1:"),
        (
            server.url(Script::new().end()),
            "could not connect: the peer ended the opening handshake",
        ),
        (
            server.url(Script::new().replace("Upgrade", "h2c").open()),
            "could not connect: the opening handshake failed: ",
        ),
    ] {
        run(&[&url], "").has_exited_with(2).has_said(message);
    }
}

#[test]
fn status_2_is_also_a_refusal_which_is_shown_in_full_with_v() {
    let server = Server::start();
    let script = Script::new().field("X-Why", "no").body("so\nth\x1bere");
    let url = server.url(script.answer(403));
    let short = run(&[&url], "");
    short.has_exited_with(2).has_said("answered 403");
    assert!(!short.stderr.contains("X-Why"));
    run(&["-v", &url], "")
        .has_exited_with(2)
        .has_said("X-Why: no\n")
        .has_said("  | so\n")
        .has_said("  | th\\u{1b}ere\n");

    let url = server.url("/auth");
    run(&[&url], "").has_exited_with(2).has_said("--basic");
    let url = server.url("/auth?user=me&password=x");
    run(&["--basic", "me:x", "--wait", "0", &url], "").has_exited_with(0);
    let url = server.url("/redirect");
    run(&[&url], "").has_exited_with(2).has_said("not followed");
}

#[test]
fn status_2_is_also_a_connection_that_takes_too_long() {
    let server = Server::start();
    let url = server.url(Script::new().hang());
    run(&["--connect-timeout", "0.05", &url], "")
        .has_exited_with(2)
        .has_said("not open within 50ms");
}

#[test]
fn status_3_is_a_connection_that_was_lost() {
    let server = Server::start();
    for (script, cause) in [
        (
            Script::new().open().reset(),
            "lost: the open connection failed: ",
        ),
        (
            Script::new().open().end(),
            "lost: the peer ended the open connection ",
        ),
        (
            Script::new().open().frame(true, 4, 1, "x").expect_close(),
            "the peer was told 1002 (protocol error)",
        ),
    ] {
        run(&[&server.url(script)], "")
            .has_exited_with(3)
            .has_said("= closed: 1006 (no closing handshake), not clean")
            .has_said(cause);
    }
}

#[test]
fn status_3_is_also_a_message_beyond_the_limit() {
    let server = Server::start();
    let url = server.url(Script::new().open().text_of_size(2049).expect_close());
    run(&["--max-message", "2k", &url], "")
        .has_exited_with(3)
        .has_said("limit of 2048 bytes")
        .has_said("1009 (message too big)");
}

#[test]
fn status_3_is_also_a_close_that_is_not_answered() {
    let server = Server::start();
    let url = server.url(Script::new().open().text("x").hang());
    run(&["-n1", "--close-timeout", "0.05", &url], "")
        .has_exited_with(3)
        .has_said("within 50ms");
}

#[test]
fn a_flood_does_not_hold_up_a_close_that_is_not_answered() {
    let server = Server::start();
    run(
        &["-qn1", "--close-timeout", "0.05", &server.url("/flood")],
        "",
    )
    .has_exited_with(3)
    .has_said("within 50ms");
}

#[test]
fn status_4_is_another_code_of_the_peer() {
    let server = Server::start();
    for (code, name) in [
        (1001, "going away"),
        (1011, "internal error"),
        (4000, "an application's code"),
    ] {
        let url = server.url(format!("/close?code={code}&reason=so%20long"));
        run(&[&url], "").has_exited_with(4).has_said(&format!(
            "the peer closed with {code} ({name}) \"so long\"\n"
        ));
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = run(&["--help"], "");
    assert!(help.has_exited_with(0).text().contains("Exit status:"));
    let version = run(&["--version"], "");
    assert!(version.has_exited_with(0).text().starts_with("wscat "));
}
