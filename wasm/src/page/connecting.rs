//! The form that connects, and the events of the socket.

use std::rc::Rc;

use onesocket::{CloseEvent, Message, ReadyState, WebSocket};
use web_sys::HtmlInputElement;

use crate::log::{Entry, Kind};

use super::app::{App, described};
use super::{dom, history, speed};

pub(super) fn listen(app: &Rc<App>) {
    let url: HtmlInputElement = dom::find("url");
    history::listen();
    url.set_value(&history::last().unwrap_or_else(own_echo));
    let app = app.clone();
    dom::on(&dom::html("connect-form"), "submit", move |event| {
        event.prevent_default();
        let outcome = match (app.socket(), app.state()) {
            (Some(socket), Some(ReadyState::Connecting | ReadyState::Open)) => {
                socket.close();
                app.note_event(Kind::Event, "close()", "");
                Ok(())
            }
            _ => connect(&app),
        };
        dom::tell("connect-problem", "url", outcome);
    });
}

/// `cargo xtask serve` serves an echo beside the page.
fn own_echo() -> String {
    let location = dom::window().location();
    let scheme = match location.protocol().as_deref() {
        Ok("https:") => "wss:",
        _ => "ws:",
    };
    format!("{scheme}//{}/echo", location.host().unwrap_or_default())
}

fn connect(app: &Rc<App>) -> Result<(), String> {
    let url = dom::find::<HtmlInputElement>("url").value();
    let protocols = dom::find::<HtmlInputElement>("protocols").value();
    let protocols: Vec<&str> = protocols
        .split(',')
        .map(str::trim)
        .filter(|protocol| !protocol.is_empty())
        .collect();
    let (on_open, on_message) = (app.clone(), app.clone());
    let (on_error, on_close) = (app.clone(), app.clone());
    let socket = WebSocket::builder(url)
        .protocols(&protocols)
        .on_open(move |socket, _| opened(&on_open, socket))
        .on_message(move |socket, event| received(&on_message, socket, event.message()))
        .on_error(move |_, event| {
            on_error.note_event(Kind::Failure, "error", event.cause().to_string());
        })
        .on_close(move |_, event| closed(&on_close, event))
        .open()
        .map_err(described)?;

    history::remember(socket.url());
    app.facts.start_anew();
    let offered = match protocols.as_slice() {
        [] => String::new(),
        _ => format!("\noffering {}", protocols.join(", ")),
    };
    app.note_event(Kind::Event, "connect", format!("{}{offered}", socket.url()));
    app.set_socket(socket);
    Ok(())
}

fn opened(app: &Rc<App>, socket: &WebSocket) {
    let agreed: Vec<String> = [
        ("protocol", socket.protocol()),
        ("extensions", socket.extensions()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| format!("{name} {value}"))
    .collect();
    app.note_event(Kind::Event, "open", agreed.join("\n"));
    dom::announce("The connection is open.");
}

fn received(app: &Rc<App>, socket: &WebSocket, message: &Message) {
    app.facts.count_received(message.len());
    let now = js_sys::Date::now();
    match message {
        Message::Text(text) => app.note(Entry::text(now, Kind::Received, text)),
        Message::Binary(bytes) if speed::take(app, socket, bytes) => app.draw_soon(),
        Message::Binary(bytes) => app.note(Entry::binary(now, Kind::Received, bytes)),
    }
}

fn closed(app: &Rc<App>, event: &CloseEvent) {
    let mut body = format!("code {}", event.code());
    if !event.reason().is_empty() {
        body += &format!(", “{}”", event.reason());
    }
    body += if event.was_clean() {
        ", clean"
    } else {
        ", not clean"
    };
    dom::announce(&format!("The connection is closed: {body}."));
    app.speed.stop("");
    app.note_event(Kind::Event, "close", body);
}
