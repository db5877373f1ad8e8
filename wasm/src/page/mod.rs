//! The page: its elements, and what a person does to them.

mod app;
mod closing;
mod compose;
mod connecting;
mod dom;
mod facts;
mod history;
mod journal;
mod speed;

use std::panic;

use wasm_bindgen::prelude::*;

use app::App;

/// Called by the page when everything is loaded.
#[wasm_bindgen(start)]
fn start() {
    panic::set_hook(Box::new(|info| {
        let failed = dom::html("failed");
        failed.set_text_content(Some(&format!("The console has failed: {info}")));
        failed.set_hidden(false);
    }));
    let app = App::new();
    connecting::listen(&app);
    compose::listen(&app);
    speed::listen(&app);
    closing::listen(&app);
    journal::listen(&app);
    app.draw_soon();
}
