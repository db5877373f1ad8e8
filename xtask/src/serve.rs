//! `cargo xtask serve`: a page of the project, built and served beside the server that it connects to at first.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::browser;
use crate::process::{Result, program, root, run, target};
use crate::wasm::{self, WASM};

/// A page on the crate, and the test that drives it.
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    /// What the compiler makes of it.
    product: &'static str,
    /// The folder of cargo's profile that is quick enough, to build and to run.
    profile: &'static str,
    /// The folder of the files beside it.
    files: &'static str,
}

pub(crate) const CONSOLE: Page = Page {
    name: "console",
    package: "onesocket-console",
    product: "onesocket_console.wasm",
    // It measures round trips.
    profile: "release",
    files: "wasm/www",
};

pub(crate) const CHAT: Page = Page {
    name: "chat",
    package: "onesocket-leptos",
    product: "onesocket-leptos.wasm",
    profile: "debug",
    files: "examples/leptos/www",
};

/// The comparison in browsers.
pub(crate) const SPEED: Page = Page {
    name: "speed",
    package: "onesocket-speed",
    product: "onesocket_speed.wasm",
    profile: "release",
    files: "wasm/speed/www",
};

pub(crate) fn main(arguments: &[&str]) -> Result {
    let (page, options) = match arguments {
        ["chat", options @ ..] => (CHAT, options),
        ["console", options @ ..] | options => (CONSOLE, options),
    };
    let port = match options {
        [] => "8080",
        ["--port", port] if port.parse::<u16>().is_ok() => port,
        _ => return Err("`serve` takes console or chat, and --port PORT".to_owned()),
    };
    let site = page.build()?;
    let (mut server, address) = browser::server(&[OsStr::new(port), site.as_os_str()])?;
    println!(
        "\nThe {} is at http://{address}/ (Ctrl C ends it).",
        page.name
    );
    println!(
        "It connects to ws://{address}/echo at first; /flood, /close?code=4000 and /status are there too."
    );
    server.wait().map(drop)
}

impl Page {
    /// Builds the page's files into a folder.
    pub(crate) fn build(&self) -> Result<PathBuf> {
        let compiler = wasm::compiler()?;
        let bindgen = browser::bindgen("wasm-bindgen")?;
        let release = match self.profile {
            "release" => "--release",
            _ => "",
        };
        let package = self.package;
        run(&mut compiler.cargo(&format!(
            "build --package {package} {release} --target {WASM}"
        )))?;
        let site = target().join("site").join(self.name);
        fs::create_dir_all(&site).map_err(|error| at(&site, &error))?;
        let product = target().join(WASM).join(self.profile).join(self.product);
        run(program(bindgen, "--target web --no-typescript --out-dir")
            .arg(&site)
            .arg(product))?;
        let files = root().join(self.files);
        for file in fs::read_dir(&files).map_err(|error| at(&files, &error))? {
            let file = file.map_err(|error| at(&files, &error))?;
            fs::copy(file.path(), site.join(file.file_name()))
                .map_err(|error| at(&file.path(), &error))?;
        }
        Ok(site)
    }
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
