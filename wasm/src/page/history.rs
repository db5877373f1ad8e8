//! The URLs that were connected to, newest first, in the browser's storage if it lets us.

use js_sys::{Array, JSON};
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::dom;

const KEY: &str = "onesocket console: URLs";
const MAX_URLS: usize = 20;

/// Offers them below the field, and forgets them on demand.
pub(super) fn listen() {
    offer(&load());
    dom::on(&dom::html("forget"), "click", |_| {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(KEY);
        }
        offer(&[]);
        dom::html("url").focus().ok();
    });
}

pub(super) fn last() -> Option<String> {
    load().into_iter().next()
}

/// A URL with a password in it is not kept.
pub(super) fn remember(url: &str) {
    let authority = url.split('/').nth(2).unwrap_or_default();
    if authority.contains('@') {
        return;
    }
    let mut urls = load();
    urls.retain(|known| known != url);
    urls.insert(0, url.to_owned());
    urls.truncate(MAX_URLS);
    let list: Array = urls.iter().map(JsValue::from).collect();
    if let (Some(storage), Ok(text)) = (storage(), JSON::stringify(&list)) {
        // It may be full, or forbidden: then there is no history.
        let _ = storage.set_item(KEY, &String::from(text));
    }
    offer(&urls);
}

fn load() -> Vec<String> {
    let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let list = text.and_then(|text| JSON::parse(&text).ok());
    list.filter(Array::is_array)
        .map(|list| {
            Array::from(&list)
                .iter()
                .filter_map(|url| url.as_string())
                .collect()
        })
        .unwrap_or_default()
}

fn storage() -> Option<Storage> {
    dom::window().local_storage().ok().flatten()
}

fn offer(urls: &[String]) {
    let list = dom::html("history");
    list.set_text_content(None);
    for url in urls {
        let option = dom::document()
            .create_element("option")
            .expect("option is a tag");
        dom::attribute(&option, "value", Some(url));
        list.append_child(&option).expect("a list takes options");
    }
    dom::html("forget").set_hidden(urls.is_empty());
}
