//! A chat in Leptos. With trunk: `cd examples/leptos && trunk serve --open`, beside `cargo xtask serve` for an echo.

#[cfg(target_arch = "wasm32")]
mod chat;
#[cfg(target_arch = "wasm32")]
mod connection;

#[cfg(target_arch = "wasm32")]
fn main() {
    leptos::mount::mount_to_body(chat::Chat);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this is a web page: build it for wasm32-unknown-unknown");
}
