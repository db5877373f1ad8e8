//! Compiled with atomics, all memory is shared between threads; sockets stay on theirs, and what they receive may leave it.
#![cfg(all(target_arch = "wasm32", target_feature = "atomics"))]

use js_sys::{SharedArrayBuffer, WebAssembly};
use onesocket::{CloseEvent, Error, Message, WebSocket};
use onesocket_test_macros::test;
use wasm_bindgen::JsCast;

mod limit;

fn url(path: &str) -> String {
    let address = option_env!("ONESOCKET_TEST_SERVER");
    let address = address.expect("ONESOCKET_TEST_SERVER is the server's host and port");
    format!("ws://{address}{path}")
}

const fn may_leave_its_thread<T: Send>() {}

const _: () = may_leave_its_thread::<Message>();
const _: () = may_leave_its_thread::<CloseEvent>();
const _: () = may_leave_its_thread::<Error>();

/// Browsers take no view of shared memory where they promise to copy: not to send, not for a Blob, not to decode text.
#[test]
async fn a_socket_lives_in_memory_that_is_shared() {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    assert!(memory.buffer().is_instance_of::<SharedArrayBuffer>());

    let socket = WebSocket::connect(url("/echo")).await.unwrap();
    let mut bytes = vec![7; 100_000];
    socket.send(&bytes).unwrap();
    // It was copied when it was sent.
    bytes.fill(8);
    socket.send("grüße 🦀").unwrap();
    assert_eq!(
        socket.recv().await.unwrap().unwrap(),
        Message::from(vec![7; 100_000])
    );
    assert_eq!(
        socket.recv().await.unwrap().unwrap(),
        Message::from("grüße 🦀")
    );
    socket.close_with(1000, "bye").unwrap();
    let event = socket.closed().await;
    assert_eq!((event.was_clean(), event.code()), (true, 1000));
}
