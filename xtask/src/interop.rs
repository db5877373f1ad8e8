//! `cargo xtask interop`: the crate against servers that people run, in JavaScript and in Python.
//!
//! `xtask/interop/` names their versions, and holds a program for each of them and the client that checks the crate.

use std::fs;
use std::path::{Path, PathBuf};

use crate::install;
use crate::kept;
use crate::process::{Result, cargo, program, root, run, succeeds, target};

/// Installs what is missing, and holds the crate against the servers of these names, or against all.
pub(crate) fn main(names: &[&str]) -> Result {
    if let Some(option) = names.iter().find(|name| name.starts_with('-')) {
        return Err(format!("`interop` does not know {option}"));
    }
    let folder = root().join("xtask/interop");
    let python = python(&folder)?;
    let node = install::command("node", "nodejs")?;
    let modules = modules(&folder, &node)?;
    let bun = bun(&modules)?;
    run(&mut cargo("build --package onesocket-interop-client"))?;
    let logs = target().join("interop");
    fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
    let client = target().join("debug/onesocket-interop-client");
    let mut client = program(client, "");
    client.args([folder.join("servers"), logs, python, node, bun, modules]);
    run(client.args(names))
}

/// The Python that has the servers written in it.
fn python(folder: &Path) -> Result<PathBuf> {
    let requirements = folder.join("requirements.txt");
    let home = kept::folder_of(
        "interop-python",
        &[&requirements],
        Path::new("python3"),
        |home| install::virtual_environment(home, &requirements),
    )?;
    Ok(install::python(&home))
}

/// The folder of npm's packages.
fn modules(folder: &Path, node: &Path) -> Result<PathBuf> {
    let list = folder.join("package.json");
    let home = kept::folder_of("interop-npm", &[&list], node, |home| {
        let npm = install::command("npm", "npm")?;
        fs::copy(&list, home.join("package.json"))
            .map_err(|error| format!("{}: {error}", list.display()))?;
        // None of them needs a script of its own to be installed.
        let install = "install --ignore-scripts --no-audit --no-fund --no-update-notifier";
        run(program(npm, install).current_dir(home))
    })?;
    Ok(home.join("node_modules"))
}

/// Bun is a program in a package for each platform, of which npm takes those that may fit.
fn bun(modules: &Path) -> Result<PathBuf> {
    let platforms = modules.join("@oven");
    let platforms =
        fs::read_dir(&platforms).map_err(|error| format!("{}: {error}", platforms.display()))?;
    platforms
        .filter_map(|platform| Some(platform.ok()?.path().join("bin/bun")))
        .find(|bun| succeeds(&mut program(bun, "--version")))
        .ok_or_else(|| format!("no bun in {} runs on this machine", modules.display()))
}
