//! The chat in a real browser: clicked, typed into, and read as a person would. `cargo xtask chat` runs this.

use std::net::TcpListener;
use std::ops::Deref;
use std::process::ExitCode;

use onesocket_webdriver::{Case, ENTER, Page, Window, cases, main as run};
use serde_json::json;

const CASES: &[Case<Chat>] = cases![
    a_line_comes_back,
    who_leaves_may_join_again,
    a_refused_connection_says_so,
    a_wrong_url_is_a_syntax_error,
    the_servers_farewell_is_shown,
    the_newest_line_is_in_sight,
    everything_has_a_name,
];

const SERVER: &str = "[name=server]";
const JOIN: &str = "form:first-of-type button";
const MESSAGE: &str = "[name=message]";
const SEND: &str = "form:last-of-type button";

/// The chat in a window.
struct Chat(Window);

fn main() -> ExitCode {
    run::<Chat>(CASES)
}

fn a_line_comes_back(chat: &Chat) {
    chat.join();
    chat.browser.fill(MESSAGE, "Grüße 🦀");
    chat.browser.click(SEND);
    chat.wait_for_line("mine", "Grüße 🦀");
    chat.wait_for_line("theirs", "Grüße 🦀");
    assert_eq!(
        chat.value("document.querySelector('[name=message]').value"),
        ""
    );
}

fn who_leaves_may_join_again(chat: &Chat) {
    for times in 1..=2 {
        chat.join();
        chat.wait_until(&format!(
            "document.querySelectorAll('.event').length === {}",
            2 * times - 1
        ));
        chat.browser.click(JOIN);
        chat.wait_until("document.querySelector('output').textContent === 'closed'");
        chat.wait_for_line("event", "closed");
        assert_eq!(chat.browser.text(JOIN), "Join");
    }
    assert_eq!(chat.count(".failure"), 0.0);
}

fn a_refused_connection_says_so(chat: &Chat) {
    // A port that was free a moment ago, and the server's answer that this is no WebSocket.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = format!("ws://{}/", free.expect("a free port"));
    for url in [nobody, chat.url("/status?code=403")] {
        chat.open_anew();
        chat.join_at(&url);
        chat.wait_for_line(
            "failure",
            &format!("{url}: the connection could not be opened"),
        );
        assert_eq!(chat.browser.text("output"), "closed");
        assert_eq!(chat.browser.text(JOIN), "Join");
    }
}

fn a_wrong_url_is_a_syntax_error(chat: &Chat) {
    chat.join_at("ftp://example.com/");
    chat.wait_until("document.querySelector('[role=alert]')?.textContent.includes('ftp')");
    assert_eq!(chat.count("li"), 0.0);
    chat.join_at(&chat.url("/echo"));
    chat.wait_until("!document.querySelector('[role=alert]')");
}

fn the_servers_farewell_is_shown(chat: &Chat) {
    chat.join_at(&chat.url("/close?code=4001&reason=lunch"));
    chat.wait_for_line("event", "closed with code 4001: lunch");
}

const IS_AT_THE_END: &str = "(log => log.scrollTop > 0 && log.scrollTop + log.clientHeight >= log.scrollHeight - 1)(document.querySelector('ol'))";

fn the_newest_line_is_in_sight(chat: &Chat) {
    chat.join();
    for number in 0..40 {
        // The message's field has the focus since the chat was joined.
        chat.browser.press(&[], &format!("{number}{ENTER}"));
    }
    chat.wait_for_line("theirs", "39");
    chat.wait_until(IS_AT_THE_END);
    chat.browser.click(JOIN);
    chat.wait_for_line("event", "closed");
    chat.join_at("ftp://example.com/");
    chat.wait_until("document.querySelector('[role=alert]')");
    chat.wait_until(IS_AT_THE_END);
}

fn everything_has_a_name(chat: &Chat) {
    for label in chat.browser.labels("input, button, ol") {
        assert_ne!(label, "");
    }
}

impl Deref for Chat {
    type Target = Window;

    fn deref(&self) -> &Window {
        &self.0
    }
}

impl Page for Chat {
    fn new(window: Window) -> Self {
        Chat(window)
    }

    fn open_anew(&self) {
        self.browser.open(&self.address);
        self.wait_until("document.querySelector('main')");
    }

    fn fill(&self) {
        self.join();
        self.browser.fill(MESSAGE, "Hello?");
        self.browser.click(SEND);
        self.wait_for_line("theirs", "Hello?");
        let long =
            "A line that is longer than a telephone is wide, with a word in it that is too: ";
        self.browser
            .fill(MESSAGE, &format!("{long}{}", "x".repeat(100)));
        self.browser.click(SEND);
        self.wait_for_line("theirs", long);
        self.browser.click(JOIN);
        self.wait_for_line("event", "closed");
        self.join_at(&self.url("/status?code=503"));
        self.wait_for_line("failure", "");
        self.join_at("ftp://example.com/");
        self.wait_until("document.querySelector('[role=alert]')");
    }
}

impl Chat {
    /// Joins the server's echo, at which the page points.
    fn join(&self) {
        self.browser.click(JOIN);
        self.wait_until("document.querySelector('output').textContent === 'open'");
    }

    /// Joins, without waiting.
    fn join_at(&self, url: &str) {
        self.browser.fill(SERVER, url);
        self.browser.click(JOIN);
    }

    /// Waits until the newest line of this class has these words.
    fn wait_for_line(&self, class: &str, words: &str) {
        self.browser.wait_until(
            "[...document.querySelectorAll(`li.${args[0]}`)].at(-1)?.textContent.includes(args[1])",
            &json!([class, words]),
        );
    }
}
