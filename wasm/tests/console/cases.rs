//! What a person does with the console.

use std::{env, fs, process};

use onesocket_webdriver::{CONTROL, Case, ENTER, RIGHT, SHIFT, TAB, cases};
use serde_json::json;

use crate::Console;

pub(crate) const CASES: &[Case<Console>] = cases![
    a_text_comes_back,
    json_is_checked_and_formatted,
    bytes_are_written_and_shown_in_hex,
    files_are_sent,
    the_agreed_protocol_is_shown,
    a_refused_connection_says_so,
    a_wrong_url_is_a_syntax_error,
    a_close_has_a_code_and_a_reason,
    a_wrong_close_shows_the_webs_error,
    the_servers_close_is_shown,
    what_waits_to_be_sent_is_shown,
    round_trips_are_drawn_and_not_logged,
    a_server_without_echo_ends_the_measurement,
    a_flood_leaves_the_page_alive_and_the_log_bounded,
    the_log_is_filtered_copied_and_cleared,
    urls_are_remembered_and_forgotten,
    the_keyboard_is_enough,
    everything_has_a_name,
];

fn a_text_comes_back(page: &Console) {
    page.connect();
    page.browser.fill("#content", "Grüße 🦀");
    page.browser.click("#send");
    assert_eq!(page.wait_for_row("sent", "Grüße"), "Grüße 🦀");
    assert_eq!(page.wait_for_row("received", "Grüße"), "Grüße 🦀");
    page.wait_until("document.querySelector('#received').textContent === '1 · 12 B'");
    assert_eq!(page.browser.text("#sent"), "1 · 12 B");
    let time = page.browser.text("#log .received time");
    assert!(time.len() == 12 && time.as_bytes()[8] == b'.', "{time}");

    page.browser.fill("#times", "3");
    page.browser.click("#send");
    page.wait_until("document.querySelectorAll('#log .received').length === 4");
}

fn json_is_checked_and_formatted(page: &Console) {
    page.connect();
    page.browser.click("label:has([value=json])");
    page.browser.fill("#content", r#"{"a": [1, 2}"#);
    let problem = page.browser.text("#send-problem");
    assert!(problem.starts_with("This is not JSON: "), "{problem}");
    assert_eq!(page.count("#content[aria-invalid=true]"), 1.0);
    page.browser.click("#send");
    assert_eq!(page.count("#log .sent"), 0.0);

    page.browser
        .fill("#content", r#"{"a":[1,12345678901234567890]}"#);
    assert_eq!(page.browser.text("#send-problem"), "");
    page.browser.click("#send");
    let laid_out = "{\n  \"a\": [\n    1,\n    12345678901234567890\n  ]\n}";
    assert_eq!(page.wait_for_row("received", "a"), laid_out);
    page.browser.click("#format-content");
    assert_eq!(
        page.value("document.querySelector('#content').value"),
        laid_out
    );
    page.browser.click("#format");
    assert_eq!(
        page.wait_for_row("received", "\"a\":["),
        r#"{"a":[1,12345678901234567890]}"#
    );
}

fn bytes_are_written_and_shown_in_hex(page: &Console) {
    page.connect();
    page.browser.click("label:has([value=hex])");
    page.browser.fill("#content", "48 6");
    page.browser.click("#send");
    assert!(
        page.browser
            .text("#send-problem")
            .contains("odd number of digits")
    );
    page.browser.fill("#content", "48 69 00 ff");
    page.browser.click("#send");
    assert_eq!(
        page.wait_for_row("received.binary", "48"),
        "48 69 00 ff  Hi··"
    );
}

fn files_are_sent(page: &Console) {
    let file = env::temp_dir().join(format!("onesocket-console-{}.bin", process::id()));
    fs::write(&file, vec![0x2a; 100_000]).unwrap();
    page.connect();
    page.browser.click("label:has([value=file])");
    page.browser.click("#send");
    assert_eq!(page.browser.text("#send-problem"), "Choose a file first.");
    page.browser.type_into("#file", &file.to_string_lossy());
    page.browser.click("#send");
    page.wait_for_row("sent.file", "onesocket-console");
    let body = page.wait_for_row("received.binary", "2a 2a");
    assert!(body.ends_with("… 99,744 bytes more"), "{body}");
    assert_eq!(page.browser.text("#log .received .size"), "100 kB");
    fs::remove_file(file).unwrap();
}

fn the_agreed_protocol_is_shown(page: &Console) {
    page.browser.fill("#protocols", "chat.v2, chat");
    page.connect_to("/echo?protocol=chat");
    page.wait_for_state("OPEN");
    assert_eq!(page.browser.text("#protocol"), "chat");
    assert_eq!(page.wait_for_row("event", "protocol"), "protocol chat");
    assert!(
        page.wait_for_row("event", "offering")
            .ends_with("offering chat.v2, chat")
    );

    page.browser.click("#connect");
    page.wait_for_state("CLOSED");
    let extended =
        "/script?field=Sec-WebSocket-Extensions,permessage-deflate&open&echo_until_close";
    page.browser.fill("#protocols", "");
    page.connect_to(extended);
    page.wait_for_state("OPEN");
    assert_eq!(page.browser.text("#extensions"), "permessage-deflate");
}

fn a_refused_connection_says_so(page: &Console) {
    page.connect_to("/status?code=503");
    page.wait_for_state("CLOSED");
    let error = page.wait_for_row("failure", "");
    assert!(
        error.starts_with("the connection could not be opened"),
        "{error}"
    );
    assert_eq!(page.wait_for_row("event", "clean"), "code 1006, not clean");
    assert_eq!(page.browser.text("#connect"), "Connect");
}

fn a_wrong_url_is_a_syntax_error(page: &Console) {
    page.browser.fill("#url", "ftp://example.com/");
    page.browser.click("#connect");
    let problem = page.browser.text("#connect-problem");
    assert!(problem.starts_with("SyntaxError: "), "{problem}");
    assert_eq!(page.count("#log li"), 0.0);
    // The next one takes it away.
    page.connect_to("/echo");
    page.wait_for_state("OPEN");
    assert_eq!(page.browser.text("#connect-problem"), "");
}

fn a_close_has_a_code_and_a_reason(page: &Console) {
    page.connect();
    page.browser.fill("#code", "3001");
    page.browser.fill("#reason", "done");
    page.browser.click("#close");
    page.wait_for_state("CLOSED");
    assert_eq!(
        page.wait_for_row("event", "clean"),
        "code 3001, “done”, clean"
    );
    assert_eq!(page.value("document.querySelector('#send').disabled"), true);

    page.connect();
    page.browser.fill("#code", "");
    page.browser.fill("#reason", "");
    page.browser.click("#close");
    assert_eq!(page.wait_for_row("event", "code 1005"), "code 1005, clean");
}

fn a_wrong_close_shows_the_webs_error(page: &Console) {
    page.connect();
    let long = "x".repeat(124);
    for (code, reason, error) in [
        ("1001", "", "InvalidAccessError: "),
        ("5000", "", "InvalidAccessError: "),
        ("1000", long.as_str(), "SyntaxError: "),
        ("many", "", "“many” is not a number"),
        ("", "why", "A reason needs a code."),
    ] {
        page.browser.fill("#code", code);
        page.browser.fill("#reason", reason);
        page.browser.click("#close");
        let problem = page.browser.text("#close-problem");
        assert!(problem.starts_with(error), "{code} {reason}: {problem}");
    }
    page.wait_for_state("OPEN");
}

fn the_servers_close_is_shown(page: &Console) {
    page.connect_to("/close?code=4000&reason=bye");
    assert_eq!(
        page.wait_for_row("event", "code 4000"),
        "code 4000, “bye”, clean"
    );
    page.wait_for_state("CLOSED");
}

fn what_waits_to_be_sent_is_shown(page: &Console) {
    page.connect_to("/script?open&never_read");
    page.wait_for_state("OPEN");
    page.browser.run(
        "document.querySelector('#content').value = 'x'.repeat(1 << 20)",
        &json!([]),
    );
    page.browser.fill("#times", "40");
    page.browser.click("#send");
    page.wait_until(
        "Number(document.querySelector('#buffered').textContent.replaceAll(',', '')) > 1000000",
    );
    assert_eq!(page.browser.text("#sent"), "40 · 42 MB");
}

fn round_trips_are_drawn_and_not_logged(page: &Console) {
    page.connect();
    for size in ["32", "1024", "65536"] {
        page.browser.run(
            "document.querySelector('#probe-size').value = arguments[0]",
            &json!([size]),
        );
        page.browser.click("#measure");
        for chart in ["#latency-chart", "#rate-chart"] {
            page.browser.wait_until(
                "document.querySelector(args[0] + ' .line').getAttribute('d')?.split('L').length > 5",
                &json!([chart]),
            );
        }
        let label =
            page.value("document.querySelector('#latency-chart').getAttribute('aria-label')");
        assert!(label.to_string().contains("ms now"), "{label}");
        page.browser.click("#measure");
        let summary = page.browser.text("#measured");
        assert!(summary.contains("round trips: "), "{summary}");
    }
    assert_eq!(page.browser.text("#measure"), "Measure");
    assert_eq!(page.count("#log .received"), 0.0);
}

fn a_server_without_echo_ends_the_measurement(page: &Console) {
    page.connect_to("/sink");
    page.wait_for_state("OPEN");
    page.browser.click("#measure");
    page.wait_until(
        "document.querySelector('#measured').textContent.includes('does not seem to echo')",
    );
    assert_eq!(page.browser.text("#measure"), "Measure");
}

fn a_flood_leaves_the_page_alive_and_the_log_bounded(page: &Console) {
    // How long the page was not drawn, at worst.
    page.browser.run(
        "window.longest = 0; let last = performance.now();
         const look = now => { window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(look); };
         requestAnimationFrame(look);",
        &json!([]),
    );
    page.connect_to("/flood?n=5000&size=200");
    page.wait_for_state("CLOSED");
    page.wait_until("document.querySelector('#received').textContent === '5,000 · 1 MB'");
    page.wait_for_row("event", "code 1000");
    assert!(page.count("#log li") <= 200.0);
    assert_eq!(
        page.browser.text("#log-size"),
        "2,000 entries, 200 shown, older ones are forgotten"
    );
    let longest = page.number("window.longest");
    assert!(longest < 1000.0, "the page stood still for {longest} ms");
    let below = page.number(
        "(s => s.scrollHeight - s.scrollTop - s.clientHeight)(document.querySelector('#scroll'))",
    );
    assert!(below < 2.0, "the newest entry is {below} px below");

    page.browser.run(
        "document.querySelector('#scroll').scrollTop = 0",
        &json!([]),
    );
    page.wait_until("!document.querySelector('#latest').hidden");
    page.browser.click("#latest");
    page.wait_until("document.querySelector('#latest').hidden");
}

fn the_log_is_filtered_copied_and_cleared(page: &Console) {
    page.connect();
    for text in ["apple", "pear"] {
        page.browser.fill("#content", text);
        page.browser.click("#send");
        page.wait_for_row("received", text);
    }
    page.browser.fill("#words", "PEAR");
    page.wait_until("document.querySelectorAll('#log li').length === 2");
    page.browser.click("#show [value=received]");
    page.wait_until("document.querySelectorAll('#log li').length === 1");
    page.browser.run(
        "navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); }",
        &json!([]),
    );
    page.browser.click("#copy");
    page.wait_until("document.querySelector('#copy').textContent === 'Copied'");
    let copied = page.value("window.copied");
    let copied = copied.as_str().unwrap();
    assert!(
        copied.ends_with(" received text 4 B\tpear\n") && copied.lines().count() == 1,
        "{copied}"
    );

    page.browser.fill("#words", "nothing like it");
    page.wait_until(
        "document.querySelector('#nothing').textContent === 'No entry matches the filter.'",
    );
    page.browser.click("#clear");
    page.wait_until("document.querySelector('#log-size').textContent === '0 entries'");
    assert_eq!(page.browser.text("#nothing"), "Nothing yet.");
}

fn urls_are_remembered_and_forgotten(page: &Console) {
    page.connect_to("/echo?first");
    page.wait_for_state("OPEN");
    page.browser.click("#connect");
    page.wait_for_state("CLOSED");
    let secret = page.url("/echo").replace("ws://", "ws://user:password@");
    page.browser.fill("#url", &secret);
    page.browser.click("#connect");
    page.wait_for_row("event", "password");

    page.reload();
    let url = page.value("document.querySelector('#url').value");
    assert_eq!(url, page.url("/echo?first"));
    assert_eq!(page.count("#history option"), 1.0);
    page.browser.click("#forget");
    assert_eq!(page.count("#history option"), 0.0);
    page.reload();
    assert_eq!(
        page.value("document.querySelector('#url').value"),
        page.url("/echo")
    );
}

fn the_keyboard_is_enough(page: &Console) {
    let focus = || page.value("document.activeElement.id || document.activeElement.value");
    let tab = TAB.to_string();
    page.browser.press(&[], &tab);
    assert_eq!(focus(), "url");
    page.browser.press(&[], &ENTER.to_string());
    page.wait_for_state("OPEN");

    let mut order = vec![];
    for _ in 0..6 {
        page.browser.press(&[], &tab);
        order.push(focus());
    }
    assert_eq!(
        order,
        ["protocols", "connect", "forget", "text", "content", "send"]
    );
    page.browser.press(&[SHIFT], &tab);
    page.browser.press(&[CONTROL], "a");
    page.browser.press(&[], "by keys");
    page.browser.press(&[CONTROL], &ENTER.to_string());
    assert_eq!(page.wait_for_row("received", "by keys"), "by keys");

    // The types of a message are one stop, and the arrows choose.
    page.browser.press(&[SHIFT], &tab);
    page.browser.press(&[], &RIGHT.to_string());
    assert_eq!(focus(), "json");
    assert_eq!(page.browser.text("#content-label"), "JSON");
    // The focus is to be seen wherever it is.
    for _ in 0..16 {
        page.browser.press(&[], &tab);
        let shown = page.value(
            "(element => [element, element.nextElementSibling].some(e => e && getComputedStyle(e).outlineStyle !== 'none')
              || element === document.body)(document.activeElement)",
        );
        assert_eq!(shown, true, "{}", focus());
    }
}

fn everything_has_a_name(page: &Console) {
    page.connect();
    for selector in [
        "input",
        "select",
        "textarea",
        "button",
        "section",
        "form",
        "svg[role]",
        "#scroll",
    ] {
        for (place, label) in page
            .browser
            .labels(&format!("main {selector}:not([hidden], [hidden] *)"))
            .iter()
            .enumerate()
        {
            assert!(!label.is_empty(), "{selector} {place} has no name");
        }
    }
}
