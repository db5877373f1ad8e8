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
    let site = build("onesocket-console", "wasm/www")?;
    let (mut server, address) = browser::server(&[OsStr::new(port), site.as_os_str()])?;
    println!("\nThe console is at http://{address}/ (Ctrl C ends it).");
    println!(
        "It connects to ws://{address}/echo at first; /flood, /close?code=4000 and /status are there too."
    );
    server.wait().map(drop)
}

/// Builds a page into a folder: a package, and the files beside it.
pub(crate) fn build(package: &str, files: &str) -> Result<PathBuf> {
    install::target(WASM)?;
    let bindgen = browser::bindgen("wasm-bindgen")?;
    run(&mut cargo(&format!(
        "build --package {package} --release --target {WASM}"
    )))?;
    let site = target().join("site").join(package);
    fs::create_dir_all(&site).map_err(|error| at(&site, &error))?;
    let product = format!("release/{}.wasm", package.replace('-', "_"));
    run(program(bindgen, "--target web --no-typescript --out-dir")
        .arg(&site)
        .arg(target().join(WASM).join(product)))?;
    let files = root().join(files);
    for file in fs::read_dir(&files).map_err(|error| at(&files, &error))? {
        let file = file.map_err(|error| at(&files, &error))?;
        fs::copy(file.path(), site.join(file.file_name()))
            .map_err(|error| at(&file.path(), &error))?;
    }
    Ok(site)
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
