//! The compiler for wasm32: the toolchain's own with what rustup has for it; where rustup cannot have that, the distribution's
//! with a standard library that is built from its source, once.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::install;
use crate::kept;
use crate::process::{self, Result, program, read, run};

pub(crate) const WASM: &str = "wasm32-unknown-unknown";

pub(crate) enum Compiler {
    Toolchain,
    Distribution { rustc: PathBuf },
}

/// The compiler, which is got ready with the first question for it.
pub(crate) fn compiler() -> Result<&'static Compiler> {
    static COMPILER: OnceLock<Compiler> = OnceLock::new();
    if let Some(compiler) = COMPILER.get() {
        return Ok(compiler);
    }
    let compiler = match install::target(WASM) {
        Ok(()) => Compiler::Toolchain,
        Err(error) => {
            println!("{error}; the distribution's compiler has to do");
            Compiler::Distribution {
                rustc: distributions_rustc()?,
            }
        }
    };
    Ok(COMPILER.get_or_init(|| compiler))
}

impl Compiler {
    /// A cargo that compiles for wasm32 if its arguments say so.
    pub(crate) fn cargo(&self, arguments: &str) -> Command {
        match self {
            Compiler::Toolchain => process::cargo(arguments),
            Compiler::Distribution { rustc } => {
                let mut cargo = program(CARGO, arguments);
                cargo.env("RUSTC", rustc);
                cargo
            }
        }
    }

    /// What is needed to compile the standard library with other settings than it comes with.
    pub(crate) fn standard_library_source(&self) -> Result {
        match self {
            Compiler::Toolchain => install::standard_library_source(),
            Compiler::Distribution { .. } => Ok(()),
        }
    }
}

/// Debian's compiler for what browsers need, which is newer than its others, and what belongs to it.
const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";

/// The distribution's rustc, in a script that shows it the standard library for wasm32.
fn distributions_rustc() -> Result<PathBuf> {
    let source = || Some(sysroot().ok()?.join("lib/rustlib/src/rust/library"));
    if !source().is_some_and(|source| source.is_dir()) {
        PACKAGES.into_iter().try_for_each(install::debian)?;
    }
    let version = read(&mut program(RUSTC, "--version"))?;
    let version = version.split_whitespace().nth(1).unwrap_or("unknown");
    let home = kept::folder(&format!("rustc-wasm32-{version}"), make_sysroot)?;
    Ok(home.join("bin/rustc"))
}

fn sysroot() -> Result<PathBuf> {
    Ok(read(&mut program(RUSTC, "--print sysroot"))?.trim().into())
}

/// Fills a folder that rustc takes for its own: what the distribution has, and the library that it has not.
fn make_sysroot(home: &Path) -> Result {
    let (theirs, ours) = (sysroot()?.join("lib/rustlib"), home.join("lib/rustlib"));
    let host = read(&mut program(RUSTC, "--print host-tuple"))?;
    let host = host.trim();
    // It is in no package of the distribution's compiler.
    let linker = read(&mut program("rustc", "--print sysroot"))?;
    let linker = Path::new(linker.trim())
        .join("lib/rustlib")
        .join(host)
        .join("bin/rust-lld");
    let failed = |error: std::io::Error| format!("{}: {error}", home.display());
    let make = || {
        for folder in ["build/src", "bin"] {
            fs::create_dir_all(home.join(folder))?;
        }
        fs::create_dir_all(ours.join(host).join("bin"))?;
        fs::create_dir_all(ours.join(WASM).join("lib"))?;
        symlink(theirs.join(host).join("lib"), ours.join(host).join("lib"))?;
        symlink(theirs.join("src"), ours.join("src"))?;
        symlink(linker, ours.join(host).join("bin/rust-lld"))?;
        let script = home.join("bin/rustc");
        fs::write(&script, SCRIPT)?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        fs::write(home.join("build/Cargo.toml"), MANIFEST)?;
        fs::write(home.join("build/src/lib.rs"), "")
    };
    make().map_err(failed)?;

    let build = home.join("build");
    let target = build.join("target");
    let build_std = "build -Zbuild-std=std,panic_abort,test --release --target";
    run(program(CARGO, build_std)
        .arg(WASM)
        .arg("--target-dir")
        .arg(&target)
        .current_dir(&build)
        .env("RUSTC", home.join("bin/rustc"))
        // Only nightly compilers build it unasked.
        .env("RUSTC_BOOTSTRAP", "1")
        // Without, link-time optimization has nothing to work on.
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "-Cembed-bitcode=yes",
        ))?;
    let move_libraries = || {
        for file in fs::read_dir(target.join(WASM).join("release/deps"))? {
            let file = file?;
            let name = file.file_name();
            if name.to_string_lossy().ends_with(".rlib") {
                fs::rename(file.path(), ours.join(WASM).join("lib").join(name))?;
            }
        }
        fs::remove_dir_all(&build)
    };
    move_libraries().map_err(failed)
}

/// The folder gets its last name when it is whole, so the script asks where it lies.
const SCRIPT: &str = "#!/bin/sh\nexec /usr/bin/rustc --sysroot \"${0%/bin/rustc}\" \"$@\"\n";

/// A package of nothing, for the standard library that comes with it.
const MANIFEST: &str = "[package]\nname = \"nothing\"\nedition = \"2021\"\n\n[profile.release]\ncodegen-units = 1\n\n[workspace]\n";
