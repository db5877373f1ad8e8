//! The component: a form that connects, the lines, and a form that sends.

use leptos::ev::{self, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use onesocket::ReadyState;

use crate::connection::{Connection, Kind, Line};

#[component]
#[expect(unreachable_pub, reason = "the macro writes it")]
pub(crate) fn Chat() -> impl IntoView {
    let connection = Connection::new();
    let url = RwSignal::new(echo());
    let draft = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let log = NodeRef::<html::Ol>::new();
    let message = NodeRef::<html::Input>::new();

    let is_open = move || connection.state.get() == Some(ReadyState::Open);
    let is_live = move || {
        connection
            .state
            .get()
            .is_some_and(|state| state < ReadyState::Closing)
    };
    let state = move || match connection.state.get() {
        None => "not connected".to_owned(),
        Some(state) => state.to_string().to_lowercase(),
    };

    let connect = move |event: SubmitEvent| {
        event.prevent_default();
        let outcome = match is_live() {
            true => {
                connection.close();
                Ok(())
            }
            false => connection.connect(&url.get()),
        };
        problem.set(outcome.err().map(|error| error.to_string()));
    };
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let outcome = connection.send(draft.get());
        if outcome.is_ok() {
            draft.set(String::new());
        }
        problem.set(outcome.err().map(|error| error.to_string()));
    };

    // Who has joined wants to write.
    Effect::new(move || {
        if is_open()
            && let Some(message) = message.get()
        {
            let _ = message.focus();
        }
    });
    // The newest line is in sight when it is drawn, and stays so when a keyboard or a problem takes room.
    let show_newest = move || {
        request_animation_frame(move || {
            if let Some(log) = log.get_untracked() {
                log.set_scroll_top(log.scroll_height());
            }
        });
    };
    Effect::new(move || {
        connection.lines.track();
        problem.track();
        show_newest();
    });
    let resized = window_event_listener(ev::resize, move |_| show_newest());
    on_cleanup(move || resized.remove());

    view! {
        <main>
            <form on:submit=connect>
                <header>
                    <h1>"Chat"</h1>
                    <output class:open=is_open>{state}</output>
                </header>
                <label>
                    "Server"
                    <input
                        name="server"
                        bind:value=url
                        disabled=is_live
                        inputmode="url"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                    />
                </label>
                <button class:leave=is_live>{move || if is_live() { "Leave" } else { "Join" }}</button>
            </form>
            <Show when=move || problem.get().is_some()>
                <p role="alert">{move || problem.get()}</p>
            </Show>
            <ol role="log" aria-label="Lines" tabindex="0" node_ref=log>
                <For each=move || connection.lines.get() key=|line| line.number let:line>
                    {show(line)}
                </For>
            </ol>
            <form on:submit=send>
                <label>
                    "Message"
                    <input name="message" bind:value=draft autocomplete="off" node_ref=message />
                </label>
                <button disabled=move || !is_open() || draft.get().is_empty()>"Send"</button>
            </form>
        </main>
    }
}

fn show(line: Line) -> impl IntoView {
    let class = match line.kind {
        Kind::Mine => "mine",
        Kind::Theirs => "theirs",
        Kind::Event => "event",
        Kind::Failure => "failure",
    };
    view! { <li class=class>{line.text}</li> }
}

/// What `cargo xtask serve chat` has beside this page: a server that sends everything back.
fn echo() -> String {
    let page = location();
    let scheme = match page.protocol().as_deref() {
        Ok("https:") => "wss",
        _ => "ws",
    };
    format!("{scheme}://{}/echo", page.host().unwrap_or_default())
}
