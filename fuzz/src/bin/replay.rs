//! Runs a target over files and folders of inputs, without libFuzzer.
//!
//! usage: replay TARGET PATH...

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use onesocket_fuzz::Target;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some(target) = onesocket_fuzz::target(&name) else {
        eprintln!("replay: there is no target `{name}`");
        return ExitCode::FAILURE;
    };
    for path in arguments {
        if let Err(error) = replay(target, Path::new(&path)) {
            eprintln!("replay: {path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn replay(target: Target, path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        target(&fs::read(path)?);
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        replay(target, &entry?.path())?;
    }
    Ok(())
}
