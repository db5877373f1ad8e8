//! What the commands need beside a Rust toolchain: installed on demand, and only what is missing.

use std::env;
use std::path::{Path, PathBuf};

use crate::kept;
use crate::process::{Result, cargo, program, read, run, succeeds};

/// The version is pinned, so that a release of it does not change what passes.
const CARGO_DENY: &str = "0.20.2";

/// A part of the toolchain; `probe` is a cargo command that succeeds when it is there.
pub(crate) fn component(name: &str, probe: &str) -> Result {
    if succeeds(&mut cargo(probe)) {
        return Ok(());
    }
    run(&mut program("rustup", &format!("component add {name}")))
}

/// The standard library for another platform.
pub(crate) fn target(triple: &str) -> Result {
    let libraries = format!("--print target-libdir --target {triple}");
    let libraries = read(&mut program("rustc", &libraries))?;
    if PathBuf::from(libraries.trim()).is_dir() {
        return Ok(());
    }
    run(&mut program("rustup", &format!("target add {triple}")))
}

/// The standard library's source, to compile it with other settings than it comes with.
pub(crate) fn standard_library_source() -> Result {
    let root = read(&mut program("rustc", "--print sysroot"))?;
    let source = PathBuf::from(root.trim()).join("lib/rustlib/src/rust/library/Cargo.lock");
    if source.is_file() {
        return Ok(());
    }
    run(&mut program("rustup", "component add rust-src"))
}

/// Another version of the toolchain.
pub(crate) fn toolchain(version: &str) -> Result {
    if succeeds(&mut program(
        "rustup",
        &format!("run {version} cargo --version"),
    )) {
        return Ok(());
    }
    let install = format!("toolchain install {version} --profile minimal --no-self-update");
    run(&mut program("rustup", &install))
}

/// A folder of the toolchain's own LLVM tools; those of the system rarely read the same format.
pub(crate) fn llvm_tools() -> Result<PathBuf> {
    let libraries = read(&mut program("rustc", "--print target-libdir"))?;
    let tools = PathBuf::from(libraries.trim()).with_file_name("bin");
    if !tools.join("llvm-cov").is_file() {
        run(&mut program("rustup", "component add llvm-tools"))?;
    }
    Ok(tools)
}

/// A package of Debian or its descendants.
pub(crate) fn debian(package: &str) -> Result {
    let root = succeeds(&mut program("test", "-w /var/lib/dpkg"));
    let apt = |arguments: &str| {
        let mut apt = if root {
            program("apt-get", "")
        } else {
            program("sudo", "-n apt-get")
        };
        apt.args(arguments.split_whitespace());
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut apt)
    };
    let install = format!("install -y --no-install-recommends {package}");
    // A fresh image has no lists of packages yet.
    apt(&install)
        .or_else(|_| apt("update").and_then(|()| apt(&install)))
        .map_err(|error| format!("the package {package} is missing and cannot be had: {error}"))
}

/// A program of the system, from this package where it is missing.
pub(crate) fn command(name: &str, package: &str) -> Result<PathBuf> {
    if let Some(path) = on_path(name) {
        return Ok(path);
    }
    debian(package)?;
    on_path(name).ok_or_else(|| format!("the package {package} has no program {name}"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// `cargo deny`, which takes about a minute to build, once.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    cargo_tool("cargo-deny", "cargo-deny", CARGO_DENY, "--locked")
}

/// A program of an npm package, once for each version; it runs in node.
pub(crate) fn npm_tool(package: &str, version: &str, binary: &str) -> Result<PathBuf> {
    command("node", "nodejs")?;
    let modules = npm(package, version)?.join("node_modules");
    Ok(modules.join(package).join("bin").join(binary))
}

/// A package of npm, in a folder of its own for each version. Its scripts are not run.
pub(crate) fn npm(package: &str, version: &str) -> Result<PathBuf> {
    kept::folder(&format!("{package}-{version}"), |home| {
        let npm = command("npm", "npm")?;
        let install = "install --ignore-scripts --no-audit --no-fund --prefix";
        run(program(npm, install)
            .arg(home)
            .arg(format!("{package}@{version}")))
    })
}

/// A program that cargo builds, once for each version.
pub(crate) fn cargo_tool(
    package: &str,
    binary: &str,
    version: &str,
    options: &str,
) -> Result<PathBuf> {
    let home = kept::folder(&format!("{package}-{version}"), |home| {
        let install = format!("install {package} --version ={version} --debug {options} --root");
        // Away from the project, whose settings are not meant for it.
        run(cargo(&install).arg(home).current_dir(home))
    })?;
    Ok(home.join("bin").join(binary))
}

/// Makes a virtual environment of Python with these packages.
pub(crate) fn virtual_environment(home: &Path, requirements: &Path) -> Result {
    // Debian keeps this part of Python in a package of its own.
    if !succeeds(program("python3", "-c").arg("import ensurepip")) {
        debian("python3-venv")?;
    }
    run(program("python3", "-m venv").arg(home))?;
    let pip = "-m pip install --quiet --disable-pip-version-check --requirement";
    run(program(python(home), pip).arg(requirements))
}

/// The Python of a virtual environment.
pub(crate) fn python(home: &Path) -> PathBuf {
    home.join("bin/python")
}
