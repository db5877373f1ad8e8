//! Rules of the web that come before any network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::time::Duration;

use onesocket::{Stage, WebSocket};
use onesocket_test_support::{Script, Seen, Server};

use super::story::refused;

/// Fetch, "bad port".
#[rustfmt::skip]
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

#[tokio::test]
async fn a_bad_port_is_a_network_error_and_not_an_exception() {
    for port in BAD_PORTS {
        for url in [
            format!("ws://127.0.0.1:{port}/"),
            format!("https://127.0.0.1:{port}/"),
        ] {
            let event = refused(WebSocket::builder(&url)).await;
            let cause = event.cause().unwrap();
            assert_eq!(cause.stage(), Stage::Policy, "{url}");
            assert!(!cause.is_retryable() && !cause.is_timeout());
        }
    }
}

#[tokio::test]
async fn the_neighbours_of_bad_ports_are_not_blocked() {
    for port in [2, 24, 26, 81, 1023, 5062, 6001, 6670, 10079, 10081] {
        let event = refused(WebSocket::builder(format!("ws://127.0.0.1:{port}/"))).await;
        assert_eq!(event.cause().unwrap().stage(), Stage::Tcp, "{port}");
    }
}

#[tokio::test]
async fn a_bad_port_is_not_even_connected_to_unless_that_is_wanted() {
    // Somebody else may have one of them.
    let listener = [10080, 6697, 6679, 4190]
        .into_iter()
        .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
        .expect("one of these ports is free");
    listener.set_nonblocking(true).unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    refused(WebSocket::builder(&url)).await;
    assert!(listener.accept().is_err());

    let socket = WebSocket::builder(&url).block_ports(false).open().unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    listener.accept().await.unwrap();
    socket.close();
    socket.closed().await;
}

#[tokio::test]
async fn in_a_secure_context_ws_is_a_network_error() {
    let server = Server::start();
    let builder = WebSocket::builder(server.url("/echo?id=x"));
    let event = refused(builder.secure_context(true)).await;
    assert_eq!(event.cause().unwrap().stage(), Stage::Policy);

    // wss: goes on, up to a certificate that nobody vouches for.
    let server = Server::start_tls();
    let event = refused(WebSocket::builder(server.url("/echo")).secure_context(true)).await;
    assert_eq!(event.cause().unwrap().stage(), Stage::Tls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn attempts_at_one_host_take_turns_if_that_is_wanted() {
    let server = Server::start();
    let open = |id: &str| {
        let script = Script::new().id(id).pause().open().hang();
        WebSocket::builder(server.url(script))
    };
    let started = |seen: &Seen| !seen.head.is_empty();

    let first = open("a").one_attempt_per_host(true).open().unwrap();
    server.seen_when("a", started);
    let second = open("b").one_attempt_per_host(true).open().unwrap();
    // This one does not ask for it, and shows that the server would answer.
    let other = open("c").open().unwrap();
    server.seen_when("c", started);
    server.go("c", 1);
    other.opened().await.unwrap();
    assert!(
        !started(&seen_now(&server, "b").await),
        "it waits for its turn"
    );

    server.go("a", 1);
    first.opened().await.unwrap();
    server.seen_when("b", started);

    // One that fails, or gives up while it connects or waits, leaves its turn to the next.
    let third = open("d").one_attempt_per_host(true).open().unwrap();
    let fourth = open("e").one_attempt_per_host(true).open().unwrap();
    drop(third);
    second.close();
    server.seen_when("e", started);
    server.go("e", 1);
    fourth.opened().await.unwrap();
}

async fn seen_now(server: &Server, id: &str) -> Seen {
    let socket = WebSocket::connect(server.url(format!("/seen?now&id={id}")))
        .await
        .unwrap();
    let text = socket.recv().await.unwrap().unwrap();
    text.as_text().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_host_name_may_have_fixed_addresses() {
    let server = Server::start();
    let url = server.url_at("name.invalid", "/headers");
    let socket = WebSocket::builder(&url)
        .resolve("name.invalid", [IpAddr::V4(Ipv4Addr::LOCALHOST)])
        .connect()
        .await
        .unwrap();
    assert_eq!(socket.url(), url);
    let head = socket.recv().await.unwrap().unwrap();
    let host = format!("\r\nHost: name.invalid:{}\r\n", server.addr().port());
    assert!(head.as_text().unwrap().contains(&host));

    // The name of another host does not count, and no address at all is a failure.
    let builder =
        WebSocket::builder(&url).resolve("other.invalid", [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    assert_eq!(refused(builder).await.cause().unwrap().stage(), Stage::Name);
    let builder = WebSocket::builder(&url).resolve("name.invalid", []);
    refused(builder).await;
}

#[tokio::test]
async fn an_address_that_does_not_answer_does_not_hold_up_the_next() {
    let server = Server::start();
    // A port is open on 127.0.0.1 only: the others refuse.
    let addresses = [
        IpAddr::V4(Ipv4Addr::new(127, 9, 9, 9)),
        IpAddr::V6(Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 1)),
        IpAddr::V4(Ipv4Addr::LOCALHOST),
    ];
    let socket = WebSocket::builder(server.url_at("name.invalid", "/echo"))
        .resolve("name.invalid", addresses)
        .connect_timeout(Duration::from_secs(10))
        .connect()
        .await
        .unwrap();
    socket.close();
    assert!(socket.closed().await.was_clean());
}

#[tokio::test]
async fn an_ipv6_address_may_be_the_host() {
    let server = Server::start();
    if server.addr_v6().is_none() {
        return;
    }
    let socket = WebSocket::connect(server.url_at("[::1]", "/headers"))
        .await
        .unwrap();
    let head = socket.recv().await.unwrap().unwrap();
    let host = format!("\r\nHost: [::1]:{}\r\n", server.addr().port());
    assert!(head.as_text().unwrap().contains(&host));
}
