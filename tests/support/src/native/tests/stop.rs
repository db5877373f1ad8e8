use std::io;
use std::net::TcpStream;
use std::sync::{Arc, Weak};

use super::Client;
use crate::native::frame::opcode;
use crate::{Script, Server};

#[test]
fn dropping_a_server_ends_all_its_threads_whatever_they_do() {
    let server = Server::start();
    let silent = TcpStream::connect(server.addr()).unwrap();
    let mut reading = Client::open(&server.url("/echo"));
    let mut paused = Client::open(&server.url(Script::new().open().pause()));
    let mut ignored = Client::open(&server.url(Script::new().open().never_read()));
    let mut hanging = Client::open(&server.url(Script::new().open().hang()));
    let mut asking = Client::open(&server.url("/seen?id=nobody"));
    let mut blocked = Client::open(&server.url("/flood?size=1000000"));
    assert_eq!(blocked.read().opcode, opcode::TEXT);

    // Every thread of the server holds the hub.
    let hub = Arc::downgrade(&server.hub);
    let addresses = [Some(server.addr()), server.addr_v6()];
    drop(server);
    assert_eq!(Weak::strong_count(&hub), 0);
    for address in addresses.into_iter().flatten() {
        let refused = TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }
    for client in [
        &mut reading,
        &mut paused,
        &mut ignored,
        &mut hanging,
        &mut asking,
    ] {
        assert!(!matches!(client.try_read(), Ok(Some(_))));
    }
    drop((silent, blocked));
}

#[test]
fn a_server_takes_many_connections_at_once() {
    let server = Server::start();
    let mut clients: Vec<Client> = (0..200)
        .map(|_| Client::open(&server.url("/echo")))
        .collect();
    for client in &mut clients {
        client.send(opcode::TEXT, "hi");
    }
    for client in &mut clients {
        client.expect(opcode::TEXT, "hi");
    }
    drop(clients);
    server.wait_until_ended(200);
}
