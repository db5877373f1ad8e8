//! Subprotocols: what may be offered, and what the server may choose.

use onesocket::{Builder, ReadyState, WebSocket};
use onesocket_test_support::Script;

use super::recorder::{NOT_OPENED, story_of};
use super::server::{builder, connect, named, seen, url};
use crate::test;

fn offering(protocols: &[&str], script: Script) -> Builder {
    builder(url(script)).protocols(protocols)
}

#[test]
async fn what_is_not_a_token_is_a_syntax_error() {
    let separators = "()<>@,;:\\\"/[]?={} \t";
    let others = [
        "", "a,b", "a b", " a", "a ", "a/b", "{}", "ü", "a\u{7f}", "a\0", "a\r\n", "\u{ff21}",
    ];
    let with_separator = separators.chars().map(|separator| format!("a{separator}"));
    for protocol in with_separator.chain(others.map(str::to_owned)) {
        for list in [
            vec![protocol.clone()],
            vec!["ok".to_owned(), protocol.clone()],
        ] {
            let result = WebSocket::with_protocols(url("/echo"), &list);
            let error = result.expect_err(&protocol);
            assert!(error.to_string().contains("subprotocol"), "{error}");
        }
    }
}

#[test]
async fn a_protocol_twice_is_a_syntax_error_whatever_its_case() {
    for list in [["a", "a"], ["a", "A"], ["Chat", "cHAT"]] {
        assert!(
            WebSocket::with_protocols(url("/echo"), list).is_err(),
            "{list:?}"
        );
    }
    assert!(WebSocket::with_protocols(url("/echo"), ["a", "b", "c", "B"]).is_err());
}

#[test]
async fn every_other_character_may_stand_in_a_protocol() {
    let protocol = "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
    let socket = builder(url("/echo")).protocols(protocol).open().unwrap();
    socket.opened().await.unwrap();
    assert_eq!(socket.protocol(), protocol);
}

#[test]
async fn protocols_are_offered_in_one_field_in_their_order() {
    for (offered, field) in [
        (&[][..], None),
        (&["chat"], Some("chat")),
        (&["b", "a", "c"], Some("b, a, c")),
    ] {
        let (url, id) = named(Script::new().open().close(1000, "")).await;
        let socket = builder(url).protocols(offered).open().unwrap();
        assert!(socket.closed().await.was_clean());
        assert_eq!(seen(&id).await.field("Sec-WebSocket-Protocol"), field);
    }
}

#[test]
async fn one_protocol_is_the_same_as_a_list_of_it_and_an_empty_list_is_none() {
    let one = WebSocket::with_protocols(url("/echo"), "chat").unwrap();
    let list = WebSocket::with_protocols(url("/echo"), ["chat"]).unwrap();
    let none = WebSocket::with_protocols(url("/echo"), [""; 0]).unwrap();
    for (socket, protocol) in [(one, "chat"), (list, "chat"), (none, "")] {
        socket.opened().await.unwrap();
        assert_eq!(socket.protocol(), protocol);
    }
}

#[test]
async fn protocol_is_empty_until_open_and_then_what_the_server_chose() {
    let socket = offering(&["a", "B", "c"], Script::new().protocol("B").open().hang())
        .open()
        .unwrap();
    assert_eq!(
        (socket.ready_state(), socket.protocol()),
        (ReadyState::Connecting, "")
    );
    socket.opened().await.unwrap();
    assert_eq!(
        (socket.ready_state(), socket.protocol()),
        (ReadyState::Open, "B")
    );
    socket.close();
    assert_eq!(socket.protocol(), "B");
}

#[test]
async fn without_an_offer_and_a_choice_protocol_stays_empty() {
    let socket = connect(url("/echo")).await;
    assert_eq!(socket.protocol(), "");
}

#[test]
async fn a_choice_that_was_not_offered_is_a_failure() {
    for (offered, chosen) in [
        (&[][..], "chat"),
        (&["chat"], "other"),
        (&["chat"], "Chat"),
        (&["chat", "b"], "chat, b"),
        (&["chat", "b"], "chat b"),
        (&["chat", "b"], "cha"),
        (&["chat", "b"], "chat,"),
    ] {
        let builder = offering(offered, Script::new().protocol(chosen).open().hang());
        assert_eq!(
            story_of(builder).await,
            NOT_OPENED,
            "{offered:?} {chosen:?}"
        );
    }
}

#[test]
async fn no_choice_although_some_were_offered_is_a_failure() {
    for script in [
        Script::new().without("Sec-WebSocket-Protocol"),
        Script::new().protocol(""),
    ] {
        let builder = offering(&["chat", "b"], script.open().hang());
        assert_eq!(story_of(builder).await, NOT_OPENED);
    }
}

#[test]
async fn two_choices_are_a_failure() {
    let script = Script::new()
        .protocol("chat")
        .field("Sec-WebSocket-Protocol", "b");
    let builder = offering(&["chat", "b"], script.open().hang());
    assert_eq!(story_of(builder).await, NOT_OPENED);
}
