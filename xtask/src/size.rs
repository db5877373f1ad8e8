//! `cargo xtask size`: what the crate weighs in wasm32, beside the same program on web-sys alone.

mod items;
mod module;

use std::fs;
use std::path::{Path, PathBuf};

use crate::browser;
use crate::install;
use crate::process::{Result, program, run, target};
use crate::wasm::{self, WASM};
use module::Module;

/// The version is pinned: another one makes other sizes.
const BINARYEN: &str = "132.0.0";

/// What rustc's target turns on, and nothing else: with more, the optimiser writes what browsers refuse.
const FEATURES: &str = "--enable-bulk-memory --enable-multivalue --enable-mutable-globals \
     --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext";

/// A program of `wasm/size`, and how many times what web-sys alone weighs it may weigh, in gzip: what was reached, and 2 % for
/// another compiler. Who gets lower, lowers it.
struct App {
    name: &'static str,
    what: &'static str,
    budget: f64,
}

const APPS: [App; 3] = [
    App {
        name: "raw",
        what: "web-sys alone",
        budget: 1.0,
    },
    App {
        name: "listeners",
        what: "listeners only",
        budget: 1.86,
    },
    App {
        name: "streams",
        what: "Stream and Sink",
        budget: 2.38,
    },
];

pub(crate) fn main(arguments: &[&str]) -> Result {
    let shows_items = match arguments {
        [] => false,
        ["--items"] => true,
        _ => return Err("`size` takes --items".to_owned()),
    };
    let bindgen = browser::bindgen("wasm-bindgen")?;
    let optimizer = install::npm_tool("binaryen", BINARYEN, "wasm-opt")?;

    let mut rows = Vec::new();
    let mut faults = Vec::new();
    for app in &APPS {
        let product = optimized(app.name, &bindgen, &optimizer)?;
        let module = Module::read(&product).map_err(|error| at(&product, &error))?;
        if let Some(name) = module.engine() {
            faults.push(format!("the engine is in it: {} has {name}", app.name));
        }
        let stripped = product.with_extension("stripped.wasm");
        fs::write(&stripped, module.without_names())
            .map_err(|error| at(&stripped, &error.to_string()))?;
        rows.push((app, module, gzip(&stripped)?, gzip(&glue(&product))?));
    }
    if shows_items && let Some(((_, unit, ..), others)) = rows.split_first() {
        for (app, module, ..) in others {
            print!("{}", items::accounted(app.what, module, unit));
        }
    }

    let unit = rows[0].2 as f64;
    println!(
        "\n{:<16}{:>8}{:>8}{:>8}{:>8}{:>14}",
        "bytes", "wasm", "gzip", "ratio", "budget", "glue, gzip"
    );
    for (app, module, compressed, glue) in rows {
        let plain = module.without_names().len();
        let ratio = compressed as f64 / unit;
        println!(
            "{:<16}{plain:>8}{compressed:>8}{ratio:>8.2}{:>8.2}{glue:>14}",
            app.what, app.budget
        );
        if ratio > app.budget {
            faults.push(format!(
                "{} is {ratio:.2} times web-sys alone, over its budget of {:.2}; `cargo xtask size --items` says what weighs",
                app.what, app.budget
            ));
        }
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n")),
    }
}

/// Builds the program as a page would load it, but with the names of its functions.
fn optimized(name: &str, bindgen: &Path, optimizer: &Path) -> Result<PathBuf> {
    run(&mut wasm::compiler()?.cargo(&format!(
        "build --package onesocket-size --features {name} --profile size --target {WASM}"
    )))?;
    let product = target().join(WASM).join("size/onesocket_size.wasm");
    let folder = target().join("size").join(name);
    run(program(
        bindgen,
        "--target web --no-typescript --remove-producers-section --out-name app --out-dir",
    )
    .arg(&folder)
    .arg(product))?;
    let small = folder.join("app.wasm");
    run(program("node", "")
        .arg(optimizer)
        .args(["-Oz", "-g"])
        .args(FEATURES.split_whitespace())
        .arg("-o")
        .arg(&small)
        .arg(folder.join("app_bg.wasm")))?;
    Ok(small)
}

/// The JavaScript beside the product.
fn glue(product: &Path) -> PathBuf {
    product.with_extension("js")
}

fn gzip(file: &Path) -> Result<usize> {
    install::command("gzip", "gzip")?;
    run(program("gzip", "-9 -n -k -f").arg(file))?;
    let compressed = PathBuf::from(format!("{}.gz", file.display()));
    let bytes = fs::read(&compressed).map_err(|error| at(&compressed, &error.to_string()))?;
    Ok(bytes.len())
}

fn at(path: &Path, error: &str) -> String {
    format!("{}: {error}", path.display())
}
