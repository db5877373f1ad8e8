//! Compiles the files of tests for wasm32, with memory of their own or with memory that threads share.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::places::{File, Memory};
use crate::process::{Result, read, run, target};
use crate::wasm::{self, WASM};

/// What a module is compiled and linked with that workers may share, and what wasm-bindgen needs to make threads of it.
const SHARED: &str = "-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals \
     -Clink-arg=--shared-memory -Clink-arg=--import-memory -Clink-arg=--max-memory=1073741824 \
     -Clink-arg=--export=__wasm_init_tls -Clink-arg=--export=__tls_size \
     -Clink-arg=--export=__tls_align -Clink-arg=--export=__tls_base";

/// Compiles a file of tests; a browser has no environment, so the server's address is compiled in.
pub(super) fn build(file: File, memory: Memory, address: &str) -> Result<PathBuf> {
    let (which, name) = file.target();
    let compiler = wasm::compiler()?;
    let command = |options: &str| {
        let mut command =
            compiler.cargo(&format!("test --target {WASM} {which} --no-run {options}"));
        command.env("ONESOCKET_TEST_SERVER", address);
        if memory == Memory::Shared {
            share_memory(&mut command);
        }
        command
    };
    if memory == Memory::Shared {
        compiler.standard_library_source()?;
    }
    run(&mut command(""))?;
    read(&mut command("--message-format=json"))?
        .lines()
        .filter(|line| line.contains(&format!(r#""name":"{name}""#)))
        .find_map(executable)
        .map(PathBuf::from)
        .filter(|path| Path::is_file(path))
        .ok_or_else(|| format!("cargo does not say where the compiled {name} are"))
}

/// The standard library is compiled too, as that which comes with the toolchain has no atomics. Only nightly compilers do so
/// by themselves; a stable one has to be told that it is meant.
fn share_memory(cargo: &mut Command) {
    cargo
        .args(["-Zbuild-std=panic_abort,std", "--target-dir"])
        .arg(target().join("atomics"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", SHARED);
}

/// The file that a line of cargo's report names.
fn executable(report: &str) -> Option<&str> {
    let (_, rest) = report.split_once(r#""executable":""#)?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_file_is_found_in_cargos_report() {
        let report =
            r#"{"target":{"name":"scenarios"},"executable":"/x/scenarios-1.wasm","fresh":true}"#;
        assert_eq!(executable(report), Some("/x/scenarios-1.wasm"));
        assert_eq!(executable(r#"{"executable":null}"#), None);
    }
}
