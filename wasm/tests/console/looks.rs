//! How the console looks: narrow, dark, and legible.

use std::fs;

use serde_json::json;

use crate::{Case, Page};
use onesocket_webdriver::Look;

pub(crate) const PHONE: Look = Look {
    width: 360,
    height: 780,
    is_dark: false,
};

pub(crate) const DARK: Look = Look {
    width: 1360,
    height: 900,
    is_dark: true,
};

/// Run in every look but the first, in which all else is tested.
pub(crate) const CASES: &[Case] = cases![
    it_fits_without_scrolling_sideways,
    it_is_as_bright_or_dark_as_is_wanted,
    every_text_has_contrast,
];

/// Something of everything that there is to see.
fn fill(page: &Page) {
    page.browser.fill("#protocols", "chat.v2, chat");
    page.browser.click("#connect");
    page.wait_for_state("OPEN");
    page.browser.click("#send");
    page.wait_for_row("received", "Hello");
    page.browser.click("label:has([value=hex])");
    page.browser
        .fill("#content", &"00 ff 48 65 6c 6c 6f 2c ".repeat(4));
    page.browser.click("#send");
    page.wait_for_row("received", "00 ff");
    page.browser.click("label:has([value=json])");
    let order = json!({ "id": 17, "kind": "order", "lines": [{ "item": "socket", "count": 1 }], "note": "x".repeat(120) });
    page.browser.fill("#content", &order.to_string());
    page.browser.click("#send");
    page.wait_for_row("received", "order");
    page.browser.click("#measure");
    page.wait_until(
        "document.querySelector('#rate-chart .line').getAttribute('d')?.split('L').length > 25",
    );
    page.browser.click("#measure");
    page.browser.fill("#code", "1001");
    page.browser.click("#close");
    page.browser.fill("#code", "4001");
    page.browser.fill("#reason", "lunch");
    page.browser.click("#close");
    page.wait_for_row("event", "4001");
    page.connect_to("/status?code=503");
    page.wait_for_row("failure", "");
    page.wait_for_state("CLOSED");
}

fn it_fits_without_scrolling_sideways(page: &Page) {
    fill(page);
    let width = page.number("innerWidth");
    assert_eq!(
        width,
        f64::from(page.look.width),
        "the window has its width"
    );
    let needed = page.number("document.documentElement.scrollWidth");
    assert!(needed <= width, "{needed} px are needed");
    // Nor is anything cut off by its own box, but for dumps, which scroll.
    let cut = page.value(
        "[...document.querySelectorAll('main *:not(.unseen, input, pre, path, option)')]
           .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' && e.clientWidth > 0)
           .map(e => e.id || e.className || e.tagName).join(' ')",
    );
    assert_eq!(cut, "");
}

fn it_is_as_bright_or_dark_as_is_wanted(page: &Page) {
    let brightness = page.number(
        "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).reduce((sum, n) => sum + Number(n), 0) / 765",
    );
    assert_eq!(brightness < 0.5, page.look.is_dark, "{brightness}");
}

/// WCAG 1.4.3: text has a contrast of at least 4.5 to 1 to what is behind it.
fn every_text_has_contrast(page: &Page) {
    fill(page);
    let faint = page.value(
        "(() => {
           const channels = color => color.match(/[0-9.]+/g).map(Number);
           const opaque = e => {
             for (; e; e = e.parentElement) {
               const c = channels(getComputedStyle(e).backgroundColor);
               if (c.length < 4 || c[3] === 1) return c;
             }
             return [255, 255, 255];
           };
           const luminance = c => c.slice(0, 3).map(n => n / 255)
             .map(n => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4)
             .reduce((sum, n, i) => sum + n * [0.2126, 0.7152, 0.0722][i], 0);
           const faint = [];
           for (const e of document.querySelectorAll('body *')) {
             const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
             if (!own || e.closest('.unseen, :disabled, template, noscript, script') || !e.checkVisibility()) continue;
             const [a, b] = [luminance(channels(getComputedStyle(e).color)), luminance(opaque(e))].sort((x, y) => y - x);
             const contrast = (a + 0.05) / (b + 0.05);
             if (contrast < 4.5) faint.push(`${e.tagName}.${e.className} ${e.textContent.slice(0, 20)}: ${contrast.toFixed(2)}`);
           }
           return faint.join('; ');
         })()",
    );
    assert_eq!(faint, "");
}

/// Pictures of the page as it is when much has happened: `START-WIDTH[-dark]-….png`.
pub(crate) fn photograph(page: &Page, start: &str) {
    page.open_anew();
    let scheme = if page.look.is_dark { "-dark" } else { "" };
    let save = |what: &str| {
        let name = format!("{start}-{}{scheme}-{what}.png", page.look.width);
        fs::write(&name, page.browser.screenshot())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    };
    save("empty");
    fill(page);
    page.browser.run("scrollTo(0, 0)", &json!([]));
    save("full");
    page.browser.run(
        "document.querySelector('.log').scrollIntoView()",
        &json!([]),
    );
    save("log");
}
