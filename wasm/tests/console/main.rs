//! The console in a real browser: clicked, typed into, and read as a person would.
//!
//! `cargo xtask console` builds the page, serves it, starts a driver, and runs this with the browser's name, and after it the
//! beginnings of the names of the tests that are to run, if not all.

/// Tests with their names.
macro_rules! cases {
    ($($name:ident,)*) => { &[$((stringify!($name), $name)),*] };
}

mod cases;
mod looks;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use serde_json::{Value, json};

use onesocket_webdriver::{Browser, Look};

/// A test by its name.
type Case = (&'static str, fn(&Page));

/// The console in a window.
pub(crate) struct Page {
    browser: Browser,
    look: Look,
    /// Where it is served: `http://127.0.0.1:PORT/`.
    address: String,
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let browser = arguments.next().unwrap_or_default();
    let (Ok(address), Ok(driver), "chromium" | "firefox") = (
        env::var("ONESOCKET_CONSOLE"),
        env::var("ONESOCKET_DRIVER"),
        browser.as_str(),
    ) else {
        eprintln!("`cargo xtask console` runs this test with what it needs");
        return ExitCode::FAILURE;
    };
    let (mut names, mut pictures) = (Vec::new(), None);
    while let Some(word) = arguments.next() {
        match word.as_str() {
            "--screenshots" => pictures = arguments.next(),
            _ => names.push(word),
        }
    }

    let groups = [
        (Look::DESKTOP, cases::CASES),
        (looks::PHONE, looks::CASES),
        (looks::DARK, looks::CASES),
    ];
    let (mut passed, mut failed) = (0, 0);
    for (look, cases) in groups {
        let is_wanted = |(name, _): &&Case| {
            names.is_empty() || names.iter().any(|start| name.starts_with(start.as_str()))
        };
        let mut cases = cases.iter().filter(is_wanted).peekable();
        if cases.peek().is_none() {
            continue;
        }
        let page = Page {
            browser: Browser::start(&driver, &browser, look),
            look,
            address: address.clone(),
        };
        for (name, case) in cases {
            page.open_anew();
            let outcome = catch_unwind(AssertUnwindSafe(|| case(&page)));
            println!(
                "{} {name}",
                if outcome.is_ok() { "ok    " } else { "FAILED" }
            );
            match outcome {
                Ok(()) => passed += 1,
                Err(_) => failed += 1,
            }
        }
        if let Some(folder) = &pictures {
            looks::photograph(&page, &format!("{folder}/{browser}"));
        }
    }
    println!("{passed} passed, {failed} failed in {browser}");
    match (passed, failed) {
        (1.., 0) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

impl Page {
    /// As at a first visit.
    fn open_anew(&self) {
        self.browser.open(&self.address);
        self.browser.run("localStorage.clear()", &json!([]));
        self.reload();
    }

    fn reload(&self) {
        self.browser.open(&self.address);
        // The program has written its default there.
        self.wait_until("document.querySelector('#url').value !== ''");
    }

    /// The URL of a path of the server.
    fn url(&self, path: &str) -> String {
        let address = self.address.replace("http://", "ws://");
        format!("{}{path}", address.trim_end_matches('/'))
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

    fn wait_until(&self, expression: &str) {
        self.browser.wait_until(expression, &json!([]));
    }

    /// The value of an expression.
    fn value(&self, expression: &str) -> Value {
        self.browser
            .run(&format!("return {expression}"), &json!([]))
    }

    fn number(&self, expression: &str) -> f64 {
        let value = self.value(expression);
        value
            .as_f64()
            .unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// How many elements there are.
    fn count(&self, selector: &str) -> f64 {
        self.number(&format!("document.querySelectorAll('{selector}').length"))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
