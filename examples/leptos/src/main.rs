//! A chat in Leptos. To try it: `cargo xtask serve chat`, and open the page whose address that prints; an echo answers there.
//! In a browser without a person it is driven by `cargo xtask chat`.

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
