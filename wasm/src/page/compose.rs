//! The form that sends: text, JSON, bytes in hexadecimal digits, and files.

use std::rc::Rc;

use js_sys::JSON;
use onesocket::{Data, Message, WebSocket};
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};

use crate::log::{Entry, Kind};
use crate::{hex, json};

use super::app::{App, described};
use super::dom;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Composing {
    Text,
    Json,
    Hex,
    Files,
}

pub(super) fn listen(app: &Rc<App>) {
    let form = dom::html("send-form");
    let sender = app.clone();
    dom::on(&form, "submit", move |event| {
        event.prevent_default();
        dom::tell("send-problem", "content", send(&sender));
    });
    let sender = app.clone();
    dom::on(&form, "keydown", move |event| {
        let key: &KeyboardEvent = event.unchecked_ref();
        if key.key() == "Enter" && (key.ctrl_key() || key.meta_key()) {
            event.prevent_default();
            dom::tell("send-problem", "content", send(&sender));
        }
    });
    dom::on(&form, "change", |_| show_kind());
    dom::on(&content(), "input", |_| {
        let problem = if composing() == Composing::Json && !content().value().is_empty() {
            valid_json(&content().value())
        } else {
            Ok(())
        };
        dom::tell("send-problem", "content", problem);
    });
    dom::on(&dom::html("format-content"), "click", |_| {
        let text = content().value();
        let outcome = valid_json(&text);
        if outcome.is_ok() {
            content().set_value(&json::pretty(&text));
        }
        dom::tell("send-problem", "content", outcome);
    });
    // A browser that reloads a page keeps what was chosen.
    show_kind();
}

fn send(app: &Rc<App>) -> Result<(), String> {
    let socket = app.socket().ok_or("There is no connection.")?;
    let text = content().value();
    for _ in 0..times()? {
        match composing() {
            Composing::Text => send_message(app, &socket, &text.as_str().into())?,
            Composing::Json => {
                valid_json(&text)?;
                send_message(app, &socket, &text.as_str().into())?;
            }
            Composing::Hex => send_message(app, &socket, &hex::parse(&text)?.into())?,
            Composing::Files => {
                for file in files()? {
                    send_file(app, &socket, file)?;
                }
            }
        }
    }
    Ok(())
}

fn send_message(app: &Rc<App>, socket: &WebSocket, message: &Message) -> Result<(), String> {
    socket.send(message).map_err(described)?;
    app.facts.count_sent(message.len());
    let now = js_sys::Date::now();
    app.note(match message {
        Message::Text(text) => Entry::text(now, Kind::Sent, text),
        Message::Binary(bytes) => Entry::binary(now, Kind::Sent, bytes),
    });
    Ok(())
}

/// The file goes from the disk to the browser's network; this program never has it in memory.
fn send_file(app: &Rc<App>, socket: &WebSocket, file: File) -> Result<(), String> {
    let name = file.name();
    let data = Data::from(file);
    let size = data.len();
    socket.send(data).map_err(described)?;
    app.facts.count_sent(size);
    app.note(Entry::file(js_sys::Date::now(), name, size));
    Ok(())
}

fn times() -> Result<u32, String> {
    let times = dom::find::<HtmlInputElement>("times").value();
    match times.parse() {
        Ok(times @ 1..=10_000) => Ok(times),
        _ => Err("Times is a number from 1 to 10,000.".to_owned()),
    }
}

fn files() -> Result<Vec<File>, String> {
    let chosen = dom::find::<HtmlInputElement>("file").files();
    let files: Vec<File> = chosen
        .iter()
        .flat_map(|list| (0..list.length()).filter_map(|index| list.item(index)))
        .collect();
    match files.is_empty() {
        true => Err("Choose a file first.".to_owned()),
        false => Ok(files),
    }
}

fn valid_json(text: &str) -> Result<(), String> {
    match JSON::parse(text) {
        Ok(_) => Ok(()),
        Err(thrown) => Err(format!("This is not JSON: {}", dom::message(&thrown))),
    }
}

fn content() -> HtmlTextAreaElement {
    dom::find("content")
}

fn composing() -> Composing {
    let chosen = dom::within(&dom::html("send-form"), "[name=kind]:checked");
    match chosen.unchecked_into::<HtmlInputElement>().value().as_str() {
        "json" => Composing::Json,
        "hex" => Composing::Hex,
        "file" => Composing::Files,
        _ => Composing::Text,
    }
}

/// Shows the fields of the chosen type.
fn show_kind() {
    let composing = composing();
    let (label, placeholder) = match composing {
        Composing::Text | Composing::Files => ("Text", ""),
        Composing::Json => ("JSON", r#"{"hello": "world"}"#),
        Composing::Hex => ("Bytes in hexadecimal digits", "48 65 6c 6c 6f"),
    };
    dom::html("content-field").set_hidden(composing == Composing::Files);
    dom::html("file-field").set_hidden(composing != Composing::Files);
    dom::html("format-content").set_hidden(composing != Composing::Json);
    dom::write(&dom::html("content-label"), label);
    content().set_placeholder(placeholder);
    dom::tell("send-problem", "content", Ok(()));
}
