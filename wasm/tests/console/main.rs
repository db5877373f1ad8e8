//! The console in a real browser: clicked, typed into, and read as a person would.
//!
//! `cargo xtask console` builds the page, serves it, starts a driver, and runs this with the browser's name.

mod cases;

use std::ops::Deref;
use std::process::ExitCode;

use onesocket_webdriver::{Page, Window, main as run};
use serde_json::{Value, json};

/// The console in a window.
pub(crate) struct Console(Window);

fn main() -> ExitCode {
    run::<Console>(cases::CASES)
}

impl Deref for Console {
    type Target = Window;

    fn deref(&self) -> &Window {
        &self.0
    }
}

impl Page for Console {
    fn new(window: Window) -> Self {
        Console(window)
    }

    fn open_anew(&self) {
        self.browser.open(&self.address);
        self.browser.run("localStorage.clear()", &json!([]));
        self.reload();
    }

    fn fill(&self) {
        self.browser.fill("#protocols", "chat.v2, chat");
        self.browser.click("#connect");
        self.wait_for_state("OPEN");
        self.browser.click("#send");
        self.wait_for_row("received", "Hello");
        self.browser.click("label:has([value=hex])");
        self.browser
            .fill("#content", &"00 ff 48 65 6c 6c 6f 2c ".repeat(4));
        self.browser.click("#send");
        self.wait_for_row("received", "00 ff");
        self.browser.click("label:has([value=json])");
        let order = json!({ "id": 17, "kind": "order", "lines": [{ "item": "socket", "count": 1 }], "note": "x".repeat(120) });
        self.browser.fill("#content", &order.to_string());
        self.browser.click("#send");
        self.wait_for_row("received", "order");
        self.browser.click("#measure");
        self.wait_until(
            "document.querySelector('#rate-chart .line').getAttribute('d')?.split('L').length > 25",
        );
        self.browser.click("#measure");
        self.browser.fill("#code", "1001");
        self.browser.click("#close");
        self.browser.fill("#code", "4001");
        self.browser.fill("#reason", "lunch");
        self.browser.click("#close");
        self.wait_for_row("event", "4001");
        self.connect_to("/status?code=503");
        self.wait_for_row("failure", "");
        self.wait_for_state("CLOSED");
    }
}

impl Console {
    fn reload(&self) {
        self.browser.open(&self.address);
        // The program has written its default there.
        self.wait_until("document.querySelector('#url').value !== ''");
    }

    /// Connects to a path of the server, without waiting.
    fn connect_to(&self, path: &str) {
        self.browser.fill("#url", &self.url(path));
        self.browser.click("#connect");
    }

    /// Connects to the server's echo.
    fn connect(&self) {
        self.browser.click("#connect");
        self.wait_for_state("OPEN");
    }

    fn wait_for_state(&self, state: &str) {
        self.browser.wait_until(
            "document.querySelector('#states [aria-current]')?.textContent === args[0]",
            &json!([state]),
        );
    }

    /// Waits for a row of this class whose body has these words, and returns its body.
    fn wait_for_row(&self, class: &str, words: &str) -> String {
        const ROW: &str = "[...document.querySelectorAll(`#log .${args[0]} .body`)].findLast(body => body.textContent.includes(args[1]))";
        self.browser.wait_until(ROW, &json!([class, words]));
        let script = format!("const args = arguments; return {ROW}.textContent");
        text(&self.browser.run(&script, &json!([class, words])))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
