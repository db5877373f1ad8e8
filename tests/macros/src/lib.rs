//! `#[test]` for what runs natively and in wasm32, under wasm-bindgen's runner.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

const SYNC: &str = r#"
    #[cfg_attr(not(target_arch = "wasm32"), ::core::prelude::v1::test)]
    #[cfg_attr(target_arch = "wasm32", ::wasm_bindgen_test::wasm_bindgen_test)]
"#;

const ASYNC: &str = r#"
    #[cfg_attr(not(target_arch = "wasm32"), ::tokio::test)]
    #[cfg_attr(target_arch = "wasm32", ::wasm_bindgen_test::wasm_bindgen_test)]
"#;

/// For an `async fn` it is `#[tokio::test]` natively, and `crate::limit::within` is given the function's body as a future: it
/// does not let it run for ever. For a plain `fn` it is the usual attribute.
#[proc_macro_attribute]
pub fn test(_: TokenStream, function: TokenStream) -> TokenStream {
    let is_async =
        |token: TokenTree| matches!(token, TokenTree::Ident(word) if word.to_string() == "async");
    if !function.clone().into_iter().any(is_async) {
        let mut test = rust(SYNC);
        test.extend(function);
        return test;
    }
    let mut test = rust(ASYNC);
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
