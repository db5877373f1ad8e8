//! The component: a form that connects, the lines, and a form that sends.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use onesocket::ReadyState;

use crate::connection::{Author, Connection, Line};

const ECHO: &str = "ws://127.0.0.1:8080/echo";

#[component]
#[expect(unreachable_pub, reason = "the macro writes it")]
pub(crate) fn Chat() -> impl IntoView {
    let connection = Connection::new();
    let url = RwSignal::new(ECHO.to_owned());
    let draft = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);

    let is_open = move || connection.state.get() == Some(ReadyState::Open);
    let is_live = move || {
        connection
            .state
            .get()
            .is_some_and(|state| state < ReadyState::Closing)
    };
    let state = move || connection.state.get().map(|state| state.to_string());

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

    view! {
        <main>
            <form on:submit=connect>
                <label>"Server " <input bind:value=url disabled=is_live /></label>
                <button>{move || if is_live() { "Leave" } else { "Join" }}</button>
                <output>{state}</output>
            </form>
            <Show when=move || problem.get().is_some()>
                <p role="alert">{move || problem.get()}</p>
            </Show>
            <ol role="log">
                <For each=move || connection.lines.get() key=|line| line.number let:line>
                    {show(line)}
                </For>
            </ol>
            <form on:submit=send>
                <label>"Message " <input bind:value=draft autocomplete="off" /></label>
                <button disabled=move || !is_open()>"Send"</button>
            </form>
        </main>
    }
}

fn show(line: Line) -> impl IntoView {
    match line.author {
        Author::Me => view! { <li>"me: " {line.text}</li> }.into_any(),
        Author::Them => view! { <li>"them: " {line.text}</li> }.into_any(),
        Author::Socket => view! { <li><em>{line.text}</em></li> }.into_any(),
    }
}
