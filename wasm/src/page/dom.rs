//! The document, with types. The page's own markup is known: what is missing there is a fault of this crate.

use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, Window};

pub(super) fn window() -> Window {
    web_sys::window().expect("this is a page")
}

pub(super) fn document() -> Document {
    window().document().expect("a page has a document")
}

/// The element of this id.
pub(super) fn find<T: JsCast>(id: &str) -> T {
    document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into().ok())
        .unwrap_or_else(|| panic!("the page has no #{id} of that type"))
}

pub(super) fn html(id: &str) -> HtmlElement {
    find(id)
}

/// The first descendant that the selector names.
pub(super) fn within(element: &impl AsRef<Element>, selector: &str) -> Element {
    let found = element.as_ref().query_selector(selector);
    found
        .ok()
        .flatten()
        .unwrap_or_else(|| panic!("the page has no {selector} there"))
}

/// Listens for as long as the page lives.
pub(super) fn on(
    target: &impl AsRef<EventTarget>,
    name: &str,
    handler: impl FnMut(Event) + 'static,
) {
    let handler = Closure::<dyn FnMut(Event)>::new(handler).into_js_value();
    target
        .as_ref()
        .add_event_listener_with_callback(name, handler.unchecked_ref())
        .expect("a listener can be added");
}

/// Runs it when the browser draws next; not at all while nobody sees the page.
pub(super) fn at_next_frame(run: impl FnOnce() + 'static) {
    let run = Closure::once_into_js(run);
    window()
        .request_animation_frame(run.unchecked_ref())
        .expect("a page can be animated");
}

pub(super) fn after_milliseconds(milliseconds: i32, run: impl FnOnce() + 'static) {
    let run = Closure::once_into_js(run);
    window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(run.unchecked_ref(), milliseconds)
        .expect("a page has timers");
}

/// Milliseconds of a clock that never goes back.
pub(super) fn clock() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

/// Writes a text if it is another one: what does not change is not laid out anew.
pub(super) fn write(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Sets an attribute, or takes it away.
pub(super) fn attribute(element: &Element, name: &str, value: Option<&str>) {
    let done = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
    done.expect("the attribute's name is one");
}

/// What went wrong, below a form and at its field; `Ok` takes it away.
pub(super) fn tell(problem: &str, field: &str, outcome: Result<(), String>) {
    let place = html(problem);
    attribute(
        &html(field),
        "aria-invalid",
        outcome.is_err().then_some("true"),
    );
    place.set_hidden(outcome.is_ok());
    write(&place, &outcome.err().unwrap_or_default());
}

/// What a screen reader says without being asked.
pub(super) fn announce(text: &str) {
    write(&html("announcement"), text);
}

/// The message of an exception.
pub(super) fn message(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => format!("{thrown:?}"),
    }
}
