//! The URL: how it is read, what is refused, and what of it the server gets.

use onesocket::{SyntaxError, WebSocket};

use super::places::{HIDES_USERINFO, TAKES_BLANKS_IN_HOSTS};
use super::recorder::{NOT_OPENED, is_opened, story};
use super::server::{connect, fresh_id, host, receive_text, seen_now, url};
use crate::test;

/// The `url` of a socket that is given up at once.
fn understood(input: &str) -> Result<String, SyntaxError> {
    let socket = WebSocket::new(input)?;
    Ok(socket.url().to_owned())
}

#[test]
async fn url_is_the_serialised_record() {
    for (input, serialised) in [
        ("ws://127.0.0.1", "ws://127.0.0.1/"),
        ("ws:127.0.0.1", "ws://127.0.0.1/"),
        ("ws:/127.0.0.1", "ws://127.0.0.1/"),
        (r"ws:\\127.0.0.1\a", "ws://127.0.0.1/a"),
        ("WS://LOCALHOST/A", "ws://localhost/A"),
        (" \tws://127.0.0.1/a\nb \0", "ws://127.0.0.1/ab"),
        ("ws://127.1/", "ws://127.0.0.1/"),
        ("ws://0x7f000001/", "ws://127.0.0.1/"),
        ("ws://[0:0::1]/", "ws://[::1]/"),
        ("ws://bücher.test/", "ws://xn--bcher-kva.test/"),
        ("ws://%6c%6Fcalhost/", "ws://localhost/"),
        ("ws://127.0.0.1:80/", "ws://127.0.0.1/"),
        ("wss://127.0.0.1:443/", "wss://127.0.0.1/"),
        ("ws://127.0.0.1:443/", "ws://127.0.0.1:443/"),
        ("ws://127.0.0.1:081/", "ws://127.0.0.1:81/"),
        ("ws://127.0.0.1/a/./b/../c", "ws://127.0.0.1/a/c"),
        ("ws://127.0.0.1/ ü", "ws://127.0.0.1/%20%C3%BC"),
        ("ws://127.0.0.1/?a b\0c", "ws://127.0.0.1/?a%20b%00c"),
        ("ws://127.0.0.1/?ü€", "ws://127.0.0.1/?%C3%BC%E2%82%AC"),
        ("ws://127.0.0.1/%23", "ws://127.0.0.1/%23"),
        ("ws://127.0.0.1/q?", "ws://127.0.0.1/q?"),
        (
            "ws://us er:p@127.0.0.1/",
            HIDES_USERINFO.or("ws://127.0.0.1/", "ws://us%20er:p@127.0.0.1/"),
        ),
    ] {
        assert_eq!(understood(input).as_deref(), Ok(serialised), "{input:?}");
    }
}

#[test]
async fn http_and_https_become_ws_and_wss() {
    for (input, serialised) in [
        ("http://127.0.0.1/a", "ws://127.0.0.1/a"),
        ("https://127.0.0.1/a", "wss://127.0.0.1/a"),
        ("HTTP://127.0.0.1:80/", "ws://127.0.0.1/"),
        ("https://127.0.0.1:443/", "wss://127.0.0.1/"),
        ("https://127.0.0.1:80/", "wss://127.0.0.1:80/"),
    ] {
        assert_eq!(understood(input).as_deref(), Ok(serialised), "{input:?}");
    }
    let socket = connect(format!("http://{}/echo", host())).await;
    assert_eq!(socket.url(), url("/echo"));
}

#[test]
async fn what_is_not_a_url_is_a_syntax_error() {
    for input in [
        "ws://",
        "wss://:80/",
        "ws://127.0.0.1:65536/",
        "ws://127.0.0.1:port/",
        "ws://127.0.0.256/",
        "ws://[::1/",
        "ws://[1::2::3]/",
        "ws://a%00b/",
        "ws://a<b/",
    ] {
        assert!(understood(input).is_err(), "{input:?}");
    }
    for input in ["ws://a b/", "ws://a%20b/"] {
        let is_taken = understood(input).is_ok();
        assert_eq!(is_taken, TAKES_BLANKS_IN_HOSTS.is_here(), "{input:?}");
    }
}

#[test]
async fn any_other_scheme_is_a_syntax_error() {
    for input in [
        "ftp://127.0.0.1/",
        "file:///etc",
        "mailto:a@b",
        "about:blank",
        "data:,x",
        "javascript:0",
        "blob:http://127.0.0.1/",
        "localhost:80",
        "wsx://127.0.0.1/",
    ] {
        let error = understood(input).expect_err(input);
        assert!(error.to_string().contains("scheme"), "{error}");
    }
}

#[test]
async fn a_fragment_is_a_syntax_error_even_an_empty_one() {
    for input in [
        "ws://127.0.0.1/#",
        "ws://127.0.0.1/#a",
        "wss://127.0.0.1/a?b#",
        "http://127.0.0.1#c",
    ] {
        let error = understood(input).expect_err(input);
        assert!(error.to_string().contains("fragment"), "{error}");
    }
}

#[test]
async fn the_url_is_checked_before_the_scheme_the_fragment_and_the_protocols_in_this_order() {
    for (input, named) in [
        ("ftp://127.0.0.1/#", "scheme"),
        ("ws://127.0.0.1/#", "fragment"),
        ("ws://127.0.0.1/", "subprotocol"),
    ] {
        let error = WebSocket::with_protocols(input, "not a token").expect_err(input);
        assert!(error.to_string().contains(named), "{input}: {error}");
    }
    let error = WebSocket::with_protocols("ws://[::1/#", "").expect_err("no URL");
    let text = error.to_string();
    assert!(
        !text.contains("fragment") && !text.contains("subprotocol"),
        "{text}"
    );
}

#[test]
async fn the_resource_name_is_path_and_query() {
    for (path, target) in [
        ("/headers", "/headers"),
        ("/x/../headers", "/headers"),
        ("/headers?a=b c&d=%20", "/headers?a=b%20c&d=%20"),
        ("/headers?ü", "/headers?%C3%BC"),
        ("/headers?", "/headers?"),
        ("/headers?a?b/c", "/headers?a?b/c"),
    ] {
        let socket = connect(url(path)).await;
        let head = receive_text(&socket).await;
        let line = head.lines().next();
        assert_eq!(line, Some(&*format!("GET {target} HTTP/1.1")), "{path}");
    }
}

#[test]
async fn user_name_and_password_stay_visible_and_go_out_as_basic_authorization() {
    for (userinfo, user, password) in [
        ("user:password", "user", "password"),
        ("us%20er:p%C3%BC", "us%20er", "p%C3%BC"),
        ("user", "user", ""),
    ] {
        let input = format!(
            "ws://{userinfo}@{}/auth?user={user}&password={password}",
            host()
        );
        let hidden = input.replace(&format!("{userinfo}@"), "");
        let shown = HIDES_USERINFO.or(hidden, input.clone());
        assert_eq!(understood(&input), Ok(shown));
        is_opened(userinfo, &input).await;
    }
}

#[test]
async fn the_wrong_password_is_a_failure() {
    let input = format!("ws://user:wrong@{}/auth", host());
    assert_eq!(story(input).await, NOT_OPENED);
}

#[test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let id = fresh_id().await;
    for to in [
        format!("/echo?id={id}"),
        url(format!("/echo?id={id}")),
        format!("http://{}/echo?id={id}", host()),
    ] {
        let to = to.replace(':', "%3A").replace('&', "%26");
        assert_eq!(story(url(format!("/redirect?to={to}"))).await, NOT_OPENED);
    }
    assert_eq!(seen_now(&id).await.head, [""; 0]);
}

#[test]
async fn no_referer_is_sent() {
    let socket = connect(url("/headers")).await;
    let head = receive_text(&socket).await.to_ascii_lowercase();
    assert!(!head.contains("\r\nreferer:"), "{head}");
}
