//! The form that closes with a code and a reason.

use std::rc::Rc;

use web_sys::HtmlInputElement;

use crate::log::Kind;

use super::app::{App, described};
use super::dom;

pub(super) fn listen(app: &Rc<App>) {
    let app = app.clone();
    dom::on(&dom::html("close-form"), "submit", move |event| {
        event.prevent_default();
        dom::tell("close-problem", "code", close(&app));
    });
}

fn close(app: &Rc<App>) -> Result<(), String> {
    let socket = app.socket().ok_or("There is no connection.")?;
    let code = dom::find::<HtmlInputElement>("code").value();
    let reason = dom::find::<HtmlInputElement>("reason").value();
    let called = match (code.trim(), reason.as_str()) {
        ("", "") => {
            socket.close();
            String::new()
        }
        ("", _) => return Err("A reason needs a code.".to_owned()),
        (code, reason) => {
            let code = code
                .parse()
                .map_err(|_| format!("“{code}” is not a number from 0 to 65535."))?;
            socket.close_with(code, reason).map_err(described)?;
            match reason {
                "" => code.to_string(),
                reason => format!("{code}, “{reason}”"),
            }
        }
    };
    app.note_event(Kind::Event, "close()", called);
    Ok(())
}
