//! The tests of a page, with their names: in a real browser, clicked, typed into, and read as a person would.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::{env, fs};

use serde_json::{Value, json};

use crate::looks::{DARK, PHONE, every_look};
use crate::{Browser, Look};

/// A test by its name.
pub type Case<P> = (&'static str, fn(&P));

/// Tests with their names.
#[macro_export]
macro_rules! cases {
    ($($name:ident,)*) => { &[$((stringify!($name), $name)),*] };
}

/// What the tests know of their page, beside its window.
pub trait Page: Deref<Target = Window> {
    /// The page, which is not open yet.
    fn new(window: Window) -> Self;
    /// Opens it as at a first visit, and waits until it can be used.
    fn open_anew(&self);
    /// Does something of everything that there is to see.
    fn fill(&self);
}

/// A window with a page.
pub struct Window {
    /// What shows it.
    pub browser: Browser,
    /// How it is looked at.
    pub look: Look,
    /// Where the page is served: `http://127.0.0.1:PORT/`.
    pub address: String,
}

/// Runs the tests on a desk, and in the other looks those that every page must pass.
///
/// The arguments are the browser's name, and after it the beginnings of the names of the tests that are to run, if not all.
/// `cargo xtask` builds the page, serves it, starts a driver, and says by the environment where they are.
pub fn main<P: Page>(cases: &[Case<P>]) -> ExitCode {
    let mut arguments = env::args().skip(1);
    let browser = arguments.next().unwrap_or_default();
    let (Ok(address), Ok(driver), "chromium" | "firefox") = (
        env::var("ONESOCKET_PAGE"),
        env::var("ONESOCKET_DRIVER"),
        browser.as_str(),
    ) else {
        eprintln!(
            "`cargo xtask console` and `cargo xtask chat` run these tests with what they need"
        );
        return ExitCode::FAILURE;
    };
    let (mut names, mut pictures) = (Vec::new(), None);
    while let Some(word) = arguments.next() {
        match word.as_str() {
            "--screenshots" => pictures = arguments.next(),
            _ => names.push(word),
        }
    }

    let looks = every_look();
    let groups = [(Look::DESKTOP, cases), (PHONE, &*looks), (DARK, &*looks)];
    let (mut passed, mut failed) = (0, 0);
    for (look, cases) in groups {
        let is_wanted = |(name, _): &&Case<P>| {
            names.is_empty() || names.iter().any(|start| name.starts_with(start.as_str()))
        };
        let mut cases = cases.iter().filter(is_wanted).peekable();
        if cases.peek().is_none() {
            continue;
        }
        let page = P::new(Window {
            browser: Browser::start(&driver, &browser, look),
            look,
            address: address.clone(),
        });
        for (name, case) in cases {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                page.open_anew();
                case(&page);
            }));
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
            photograph(&page, &format!("{folder}/{browser}"));
        }
    }
    println!("{passed} passed, {failed} failed in {browser}");
    match (passed, failed) {
        (1.., 0) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Pictures of the page, at first and when much has happened: `START-WIDTH[-dark]-….png`.
fn photograph<P: Page>(page: &P, start: &str) {
    page.open_anew();
    let scheme = if page.look.is_dark { "-dark" } else { "" };
    let save = |what: &str| {
        let name = format!("{start}-{}{scheme}-{what}.png", page.look.width);
        fs::write(&name, page.browser.screenshot())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    };
    save("empty");
    page.fill();
    page.browser.run("scrollTo(0, 0)", &json!([]));
    save("full");
    page.value("document.querySelector('[role=log]').scrollIntoView()");
    save("log");
}

impl Window {
    /// The URL of a path of the server.
    pub fn url(&self, path: &str) -> String {
        let address = self.address.replace("http://", "ws://");
        format!("{}{path}", address.trim_end_matches('/'))
    }

    /// Waits until the expression is true.
    pub fn wait_until(&self, expression: &str) {
        self.browser.wait_until(expression, &json!([]));
    }

    /// The value of an expression.
    pub fn value(&self, expression: &str) -> Value {
        self.browser
            .run(&format!("return {expression}"), &json!([]))
    }

    /// The value of an expression that is a number.
    pub fn number(&self, expression: &str) -> f64 {
        let value = self.value(expression);
        value
            .as_f64()
            .unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// How many elements there are.
    pub fn count(&self, selector: &str) -> f64 {
        self.number(&format!("document.querySelectorAll('{selector}').length"))
    }
}
