//! As much of WebDriver (W3C) as the project's pages need to be driven: JSON over HTTP to a driver on this machine.
//!
//! What fails, panics with what the driver says of it.

mod looks;
mod suite;

pub use looks::every_look;
pub use suite::{Case, Page, Window, main};

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
pub use serde_json::{Value, json};

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The key, as WebDriver types it.
pub const CONTROL: char = '\u{e009}';
/// The key, as WebDriver types it.
pub const ENTER: char = '\u{e007}';
/// The key, as WebDriver types it.
pub const TAB: char = '\u{e004}';
/// The key, as WebDriver types it.
pub const SHIFT: char = '\u{e008}';
/// The key, as WebDriver types it.
pub const RIGHT: char = '\u{e014}';

/// How the page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether the person prefers dark pages.
    pub is_dark: bool,
}

impl Look {
    /// A window on a desk.
    pub const DESKTOP: Look = Look {
        width: 1360,
        height: 900,
        is_dark: false,
    };
}

/// One window of a browser, which is closed when this is dropped.
pub struct Browser {
    driver: String,
    session: String,
    version: String,
}

impl Browser {
    /// Starts a browser by its driver's address.
    pub fn start(driver: &str, name: &str, look: Look) -> Browser {
        let is_chromium = name == "chromium";
        let options = match is_chromium {
            true => json!({ "goog:chromeOptions": { "args": [
                "headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage",
                "disable-background-networking", "no-first-run", "hide-scrollbars",
                format!("window-size={},{}", look.width, look.height),
            ] } }),
            false => json!({ "moz:firefoxOptions": {
                "args": ["-headless", format!("--width={}", look.width), format!("--height={}", look.height)],
                "prefs": {
                    "layout.css.prefers-color-scheme.content-override": if look.is_dark { 0 } else { 1 },
                    "network.websocket.delay-failed-reconnects": false,
                    "ui.prefersReducedMotion": 1,
                },
            } }),
        };
        let mut browser = Browser {
            driver: driver.to_owned(),
            session: String::new(),
            version: String::new(),
        };
        let capabilities = json!({ "capabilities": { "alwaysMatch": options } });
        let session = browser.call("POST", "/session", &capabilities);
        let id = session["sessionId"].as_str().expect("a session has an id");
        browser.session = format!("/session/{id}");
        let version = &session["capabilities"]["browserVersion"];
        browser.version = version.as_str().unwrap_or_default().to_owned();
        browser.post("/timeouts", &json!({ "script": 60_000 }));
        match is_chromium {
            true => browser.emulate(look),
            false => browser.narrow_to(look),
        }
        browser
    }

    /// The browser's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Goes to a page, and waits until it is loaded.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Chromium's window has a least width; what it shows has none.
    fn emulate(&self, look: Look) {
        let screen = json!({
            "width": look.width,
            "height": look.height,
            "deviceScaleFactor": 1,
            "mobile": look.width < 600,
        });
        self.chromium("Emulation.setDeviceMetricsOverride", &screen);
        let scheme = if look.is_dark { "dark" } else { "light" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            // What moves is caught half-way otherwise.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.chromium("Emulation.setEmulatedMedia", &features);
    }

    /// Firefox's first window has a least width; one that a page opens has none.
    fn narrow_to(&self, look: Look) {
        if self.run("return innerWidth", &json!([])) == look.width {
            return;
        }
        let features = format!("popup,width={},height={}", look.width, look.height);
        self.run("open('about:blank', '', arguments[0])", &json!([features]));
        let windows = self.get("/window/handles");
        let newest = windows.as_array().and_then(|windows| windows.last());
        self.post("/window", &json!({ "handle": newest }));
    }

    /// Runs a script, and returns what it returns, or what the promise comes to that it returns.
    pub fn run(&self, script: &str, arguments: &Value) -> Value {
        self.post(
            "/execute/sync",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// Looks again in each frame of the page until the expression is true; says what there is when it never is.
    pub fn wait_until(&self, expression: &str, arguments: &Value) {
        let script = format!(
            "const [...args] = arguments; const done = args.pop();
             const look = () => {{ if ({expression}) done(true); else requestAnimationFrame(look); }};
             setTimeout(() => done(document.body.innerText), 30000); look();"
        );
        let outcome = self.post(
            "/execute/async",
            &json!({ "script": script, "args": arguments }),
        );
        assert_eq!(
            outcome,
            Value::Bool(true),
            "never true: {expression} with {arguments}"
        );
    }

    /// A click with the mouse.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("{element}/click"), &json!({}));
    }

    /// Types into the element; for a file's field, the file's path.
    pub fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("{element}/value"), &json!({ "text": text }));
    }

    /// Puts the text where another was, at once, as an input method does: not every driver types characters beyond the basic
    /// plane.
    pub fn fill(&self, selector: &str, text: &str) {
        let insert = "const [selector, text] = arguments; const field = document.querySelector(selector);
             field.focus(); field.select(); document.execCommand(text ? 'insertText' : 'delete', false, text)";
        self.run(insert, &json!([selector, text]));
    }

    /// Types wherever the focus is; `held` keys are released at the end.
    pub fn press(&self, held: &[char], keys: &str) {
        let event = |kind: &str, key: char| json!({ "type": kind, "value": key.to_string() });
        let mut actions: Vec<Value> = held.iter().map(|&key| event("keyDown", key)).collect();
        for key in keys.chars() {
            actions.extend([event("keyDown", key), event("keyUp", key)]);
        }
        actions.extend(held.iter().map(|&key| event("keyUp", key)));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.post("/actions", &json!({ "actions": [keyboard] }));
    }

    /// What is shown of the element.
    pub fn text(&self, selector: &str) -> String {
        let element = self.element(selector);
        let text = self.get(&format!("{element}/text"));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a screen reader calls the elements.
    pub fn labels(&self, selector: &str) -> Vec<String> {
        let found = self.post(
            "/elements",
            &json!({ "using": "css selector", "value": selector }),
        );
        let elements = found.as_array().expect("elements are a list");
        let label = |element: &Value| {
            let id = element[ELEMENT].as_str().expect("an element has an id");
            let label = self.get(&format!("/element/{id}/computedlabel"));
            label.as_str().unwrap_or_default().to_owned()
        };
        elements.iter().map(label).collect()
    }

    /// A picture of the window, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        let picture = self.get("/screenshot");
        let picture = picture.as_str().expect("a picture is text");
        BASE64.decode(picture).expect("the text is base64")
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post(
            "/element",
            &json!({ "using": "css selector", "value": selector }),
        );
        format!(
            "/element/{}",
            found[ELEMENT].as_str().expect("an element has an id")
        )
    }

    fn chromium(&self, command: &str, parameters: &Value) {
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        );
    }

    fn get(&self, path: &str) -> Value {
        self.call("GET", &format!("{}{path}", self.session), &Value::Null)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("{}{path}", self.session), body)
    }

    /// One command; its failure fails the test.
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self
            .request(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let value = answer["value"].clone();
        assert!(
            status == 200,
            "{method} {path} with {body}: {} {}",
            value["error"],
            value["message"]
        );
        value
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(u16, Value)> {
        let body = match method {
            "POST" => body.to_string(),
            _ => String::new(),
        };
        let mut stream = TcpStream::connect(&self.driver)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.driver,
            body.len()
        )?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut answer = Vec::new();
        reader.take(length).read_to_end(&mut answer)?;
        Ok((
            status.unwrap_or(0),
            serde_json::from_slice(&answer).unwrap_or_default(),
        ))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver is ended next, whatever it says to this.
        let _ = self.request("DELETE", &self.session, &Value::Null);
    }
}
