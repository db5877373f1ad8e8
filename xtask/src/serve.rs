//! `cargo xtask serve`: the WebSocket console, built and served beside the server that it connects to at first.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::browser::{self, WASM};
use crate::install;
use crate::process::{Result, cargo, program, root, run, target};

pub(crate) fn main(arguments: &[&str]) -> Result {
    let port = match arguments {
        [] => "8080",
        ["--port", port] if port.parse::<u16>().is_ok() => port,
        _ => return Err("`serve` takes --port PORT".to_owned()),
    };
    let site = build()?;
    let (mut server, address) = browser::server(&[OsStr::new(port), site.as_os_str()])?;
    println!("\nThe console is at http://{address}/ (Ctrl C ends it).");
    println!(
        "It connects to ws://{address}/echo at first; /flood, /close?code=4000 and /status are there too."
    );
    server.wait().map(drop)
}

/// Builds the page's files into a folder.
pub(crate) fn build() -> Result<PathBuf> {
    install::target(WASM)?;
    let bindgen = browser::bindgen("wasm-bindgen")?;
    run(&mut cargo(&format!(
        "build --package onesocket-console --release --target {WASM}"
    )))?;
    let site = target().join("console");
    fs::create_dir_all(&site).map_err(|error| at(&site, &error))?;
    let product = target().join(WASM).join("release/onesocket_console.wasm");
    run(program(bindgen, "--target web --no-typescript --out-dir")
        .arg(&site)
        .arg(product))?;
    for file in ["index.html", "console.css", "start.js"] {
        let from = root().join("wasm/www").join(file);
        fs::copy(&from, site.join(file)).map_err(|error| at(&from, &error))?;
    }
    Ok(site)
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
