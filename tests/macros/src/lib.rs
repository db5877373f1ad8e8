//! `#[test]` for an `async fn` that runs natively under tokio and in wasm32 under wasm-bindgen's runner.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// What the function becomes a test by.
const ATTRIBUTES: &str = r#"
    #[cfg_attr(not(target_arch = "wasm32"), ::tokio::test)]
    #[cfg_attr(target_arch = "wasm32", ::wasm_bindgen_test::wasm_bindgen_test)]
"#;

/// `#[tokio::test]` natively, `#[wasm_bindgen_test]` in wasm32. `crate::limit::within` is given the function's body as a
/// future, and does not let it run for ever.
#[proc_macro_attribute]
pub fn test(_: TokenStream, function: TokenStream) -> TokenStream {
    let mut test = rust(ATTRIBUTES);
    for token in function {
        test.extend([match token {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => limited(body),
            other => other,
        }]);
    }
    test
}

/// `{ crate::limit::within(async move BODY).await }`
fn limited(body: Group) -> TokenTree {
    let mut future = rust("async move");
    future.extend([TokenTree::Group(body)]);
    let future = TokenTree::Group(Group::new(Delimiter::Parenthesis, future));
    let mut call = rust("crate::limit::within");
    call.extend([future]);
    call.extend(rust(".await"));
    TokenTree::Group(Group::new(Delimiter::Brace, call))
}

fn rust(text: &str) -> TokenStream {
    text.parse().expect("it is Rust")
}
