//! Listeners: who is called, in which order, and what they may do meanwhile.

use std::sync::{Arc, Mutex};

use onesocket::{
    CloseEvent, ErrorEvent, Event, ListenerId, MessageEvent, OpenEvent, ReadyState, WebSocket,
};
use onesocket_test_support::Script;

use super::recorder::Log;
use super::server::{a_moment, builder, go, named, seen_when, url};
use crate::test;

/// A socket that gets these messages in one packet and then a close.
fn receiving(messages: &[&str]) -> WebSocket {
    let script = Script::new().in_one_write(|inner| {
        let open = inner.open();
        messages
            .iter()
            .fold(open, |script, text| script.text(text))
            .close(1000, "")
    });
    builder(url(script)).open().unwrap()
}

/// A message listener that notes its name and the message.
fn noting(log: &Log, name: &'static str) -> impl FnMut(&WebSocket, &MessageEvent) + Send + use<> {
    let log = log.clone();
    move |_, event| log.note(format!("{name} {}", event.text().unwrap()))
}

fn note_close(log: &Log, socket: &WebSocket) {
    let log = log.clone();
    socket.add_event_listener(move |_, _: &CloseEvent| log.note("close "));
}

#[test]
async fn each_event_has_the_webs_name() {
    let log = Log::default();
    let [opens, messages, errors, closes] = [(); 4].map(|()| log.clone());
    let script = Script::new().open().text("x").frame_hex("83 00").hang();
    let socket = builder(url(script)).open().unwrap();
    socket.add_event_listener(move |_, event: &OpenEvent| opens.note(event.type_()));
    socket.add_event_listener(move |_, event: &MessageEvent| messages.note(event.type_()));
    socket.add_event_listener(move |_, event: &ErrorEvent| errors.note(event.type_()));
    socket.add_event_listener(move |_, event: &CloseEvent| closes.note(event.type_()));
    assert_eq!(log.until(4).await, ["open", "message", "error", "close"]);
    assert_eq!(OpenEvent::TYPE, "open");
}

#[test]
async fn listeners_are_called_in_the_order_of_registration() {
    let (socket, log) = (receiving(&["1", "2"]), Log::default());
    socket.add_event_listener(noting(&log, "a"));
    socket.set_onmessage(noting(&log, "on"));
    socket.add_event_listener(noting(&log, "b"));
    socket.add_event_listener_once(noting(&log, "once"));
    socket.add_event_listener(noting(&log, "c"));
    note_close(&log, &socket);
    assert_eq!(
        log.closed().await,
        [
            "a 1", "on 1", "b 1", "once 1", "c 1", "a 2", "on 2", "b 2", "c 2", "close "
        ]
    );
}

#[test]
async fn a_replaced_handler_keeps_its_place_and_a_cleared_one_loses_it() {
    let (socket, log) = (receiving(&["1"]), Log::default());
    socket.set_onmessage(noting(&log, "first"));
    socket.add_event_listener(noting(&log, "a"));
    socket.set_onmessage(noting(&log, "second"));
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["second 1", "a 1", "close "]);

    let (socket, log) = (receiving(&["1"]), Log::default());
    socket.set_onmessage(noting(&log, "first"));
    socket.add_event_listener(noting(&log, "a"));
    socket.clear_onmessage();
    socket.clear_onmessage();
    socket.set_onmessage(noting(&log, "second"));
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["a 1", "second 1", "close "]);
}

#[test]
async fn every_kind_of_handler_can_be_replaced_and_cleared() {
    let log = Log::default();
    let note = |what: &'static str| {
        let log = log.clone();
        move || log.note(what)
    };
    let socket = builder(url(Script::new().open().text("x").frame_hex("83 00")))
        .open()
        .unwrap();
    let [a, b, c, d] = ["1", "2", "3", "4"].map(note);
    socket.set_onopen(move |_, _| a());
    socket.set_onmessage(move |_, _| b());
    socket.set_onerror(move |_, _| c());
    socket.set_onclose(move |_, _| d());
    let [a, b, c, d] = ["open", "message", "error", "close "].map(note);
    socket.set_onopen(move |_, _| a());
    socket.set_onmessage(move |_, _| b());
    socket.set_onerror(move |_, _| c());
    socket.set_onclose(move |_, _| d());
    assert_eq!(log.closed().await, ["open", "message", "error", "close "]);

    let log = Log::default();
    let note = |what: &'static str| {
        let log = log.clone();
        move || log.note(what)
    };
    let socket = builder(url(Script::new().open().text("x").frame_hex("83 00")))
        .open()
        .unwrap();
    let [a, b, c, d] = ["1", "2", "3", "4"].map(note);
    socket.set_onopen(move |_, _| a());
    socket.set_onmessage(move |_, _| b());
    socket.set_onerror(move |_, _| c());
    socket.set_onclose(move |_, _| d());
    socket.clear_onopen();
    socket.clear_onmessage();
    socket.clear_onerror();
    socket.clear_onclose();
    socket.closed().await;
    a_moment().await;
    assert_eq!(log.lines(), [""; 0]);
}

#[test]
async fn the_same_closure_can_be_added_twice_and_removed_once() {
    let (socket, log) = (receiving(&["1"]), Log::default());
    let ids: Vec<ListenerId> = (0..3)
        .map(|_| socket.add_event_listener(noting(&log, "a")))
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    socket.remove_event_listener(ids[1]);
    socket.remove_event_listener(ids[1]);
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["a 1", "a 1", "close "]);
}

#[test]
async fn a_listener_that_is_removed_while_others_are_called_is_not_called_any_more() {
    let (socket, log) = (receiving(&["1", "2"]), Log::default());
    let later = Arc::new(Mutex::new(None));
    let (remove, note) = (later.clone(), log.clone());
    socket.add_event_listener(move |socket, event: &MessageEvent| {
        note.note(format!("a {}", event.text().unwrap()));
        if let Some(id) = remove.lock().unwrap().take() {
            socket.remove_event_listener(id);
        }
    });
    let id = socket.add_event_listener(noting(&log, "removed"));
    *later.lock().unwrap() = Some(id);
    socket.add_event_listener(noting(&log, "b"));
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["a 1", "b 1", "a 2", "b 2", "close "]);
}

#[test]
async fn a_listener_can_remove_itself() {
    let (socket, log) = (receiving(&["1", "2"]), Log::default());
    let own = Arc::new(Mutex::new(None));
    let (remove, note) = (own.clone(), log.clone());
    let id = socket.add_event_listener(move |socket, event: &MessageEvent| {
        note.note(format!("a {}", event.text().unwrap()));
        socket.remove_event_listener(remove.lock().unwrap().take().unwrap());
    });
    *own.lock().unwrap() = Some(id);
    socket.add_event_listener(noting(&log, "b"));
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["a 1", "b 1", "b 2", "close "]);
}

#[test]
async fn a_listener_that_is_added_while_others_are_called_hears_the_next_event() {
    let (socket, log) = (receiving(&["1", "2"]), Log::default());
    let (note, mut added) = (log.clone(), false);
    socket.add_event_listener(move |socket, event: &MessageEvent| {
        note.note(format!("a {}", event.text().unwrap()));
        if !added {
            added = true;
            socket.add_event_listener(noting(&note, "late"));
        }
    });
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["a 1", "a 2", "late 2", "close "]);
}

#[test]
async fn a_handler_that_is_replaced_while_others_are_called_is_called_in_its_new_form() {
    let (socket, log) = (receiving(&["1", "2"]), Log::default());
    let note = log.clone();
    socket.add_event_listener_once(move |socket, _: &MessageEvent| {
        socket.set_onmessage(noting(&note, "old too"));
        socket.set_onmessage(noting(&note, "new"));
    });
    socket.set_onmessage(noting(&log, "old"));
    socket.add_event_listener(noting(&log, "b"));
    note_close(&log, &socket);
    assert_eq!(
        log.closed().await,
        ["new 1", "b 1", "new 2", "b 2", "close "]
    );
}

#[test]
async fn a_handler_that_is_cleared_while_others_are_called_is_not_called() {
    let (socket, log) = (receiving(&["1", "2"]), Log::default());
    let note = log.clone();
    socket.add_event_listener_once(move |socket, _: &MessageEvent| {
        socket.clear_onmessage();
        socket.set_onmessage(noting(&note, "new"));
    });
    socket.set_onmessage(noting(&log, "old"));
    socket.add_event_listener(noting(&log, "b"));
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["b 1", "b 2", "new 2", "close "]);
}

#[test]
async fn a_handler_can_replace_itself() {
    let (socket, log) = (receiving(&["1", "2"]), Log::default());
    let note = log.clone();
    socket.set_onmessage(move |socket, event| {
        note.note(format!("old {}", event.text().unwrap()));
        socket.set_onmessage(noting(&note, "new"));
    });
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["old 1", "new 2", "close "]);
}

#[test]
async fn once_is_once_and_can_be_added_again_from_inside() {
    let (socket, log) = (receiving(&["1", "2", "3"]), Log::default());
    let note = log.clone();
    socket.add_event_listener_once(move |socket, event: &MessageEvent| {
        note.note(format!("once {}", event.text().unwrap()));
        socket.add_event_listener_once(noting(&note, "again"));
    });
    // So that the third one is pushed as well.
    socket.add_event_listener(|_, _: &MessageEvent| {});
    note_close(&log, &socket);
    assert_eq!(log.closed().await, ["once 1", "again 2", "close "]);
}

#[test]
async fn a_listener_is_given_the_socket_itself() {
    let log = Log::default();
    let note = log.clone();
    let socket = builder(url("/echo"))
        .protocols("chat")
        .on_open(move |socket, _| {
            note.note(format!(
                "{} {} {}",
                socket.url(),
                socket.protocol(),
                socket.ready_state()
            ));
            socket.close_with(3000, "from a listener").unwrap();
        })
        .open()
        .unwrap();
    assert_eq!(log.until(1).await, [format!("{} chat OPEN", url("/echo"))]);
    assert_eq!(socket.closed().await.reason(), "from a listener");
}

#[test]
async fn a_listener_of_another_kind_may_be_added_in_a_listener() {
    let log = Log::default();
    let note = log.clone();
    let socket = receiving(&["1"]);
    socket.set_onopen(move |socket, _| {
        socket.set_onmessage(noting(&note, "message"));
        let note = note.clone();
        socket.set_onclose(move |socket, _| note.note(format!("close {}", socket.ready_state())));
    });
    assert_eq!(log.closed().await, ["message 1", "close CLOSED"]);
}

#[test]
async fn the_error_event_and_the_close_event_have_the_same_cause() {
    let log = Log::default();
    let (errors, closes) = (log.clone(), log.clone());
    let socket = builder(url("/status?code=503"))
        .on_error(move |_, event| errors.note(event.cause().to_string()))
        .on_close(move |_, event| closes.note(event.cause().unwrap().to_string()))
        .open()
        .unwrap();
    let causes = log.until(2).await;
    assert_eq!(causes[0], causes[1]);
    assert_eq!(
        socket.closed().await.cause().unwrap().to_string(),
        causes[0]
    );
}

#[test]
async fn listeners_are_let_go_of_after_the_close_event() {
    let kept = Arc::new(());
    let socket = receiving(&["1"]);
    for _ in 0..2 {
        let [a, b, c, d] = [(); 4].map(|()| (kept.clone(), socket.clone()));
        socket.add_event_listener(move |_, _: &OpenEvent| assert_eq!(*a.0, ()));
        socket.add_event_listener(move |_, _: &MessageEvent| assert_eq!(*b.0, ()));
        socket.add_event_listener(move |_, _: &ErrorEvent| assert_eq!(*c.0, ()));
        socket.add_event_listener(move |_, _: &CloseEvent| assert_eq!(*d.0, ()));
    }
    assert_eq!(Arc::strong_count(&kept), 9);
    socket.closed().await;
    a_moment().await;
    assert_eq!(
        Arc::strong_count(&kept),
        1,
        "also those that were never called, and their cycles"
    );
    // Nothing can happen any more: it is not even kept.
    let late = kept.clone();
    socket.set_onmessage(move |_, _| assert_eq!(*late, ()));
    a_moment().await;
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
async fn a_removed_listener_is_let_go_of_at_once() {
    let kept = Arc::new(());
    let socket = builder(url(Script::new().open().hang())).open().unwrap();
    let [a, b, c] = [(); 3].map(|()| kept.clone());
    let id = socket.add_event_listener(move |_, _: &MessageEvent| assert_eq!(*a, ()));
    socket.set_onmessage(move |_, _| assert_eq!(*b, ()));
    socket.set_onmessage(move |_, _| assert_eq!(*c, ()));
    assert_eq!(Arc::strong_count(&kept), 3, "the replaced one has gone");
    socket.remove_event_listener(id);
    socket.clear_onmessage();
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
async fn states_only_go_forward_and_are_told_at_once() {
    let script = Script::new()
        .open()
        .text("x")
        .pause()
        .close(1000, "")
        .expect_close()
        .pause();
    let (url, id) = named(script).await;
    let socket = builder(url).open().unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    socket.opened().await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Open);
    go(&id).await;
    seen_when(&id, |seen| seen.close().is_some()).await;
    assert_eq!(
        socket.ready_state(),
        ReadyState::Closing,
        "although nobody has read the message"
    );
    go(&id).await;
    socket.closed().await;
    assert_eq!(socket.ready_state(), ReadyState::Closed);
}

#[test]
async fn the_states_have_the_webs_numbers() {
    use ReadyState::{Closed, Closing, Connecting, Open};

    assert_eq!(
        [Connecting, Open, Closing, Closed].map(u8::from),
        [0, 1, 2, 3]
    );
}
