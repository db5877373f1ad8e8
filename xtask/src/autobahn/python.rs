//! The suite's virtual environment, made once and kept in the cache.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process;

use crate::install;
use crate::process::{Result, program, read, run, succeeds};

/// The Python that has the suite, ported to it.
///
/// `folder` holds the list of packages and the port; an environment belongs to one state of both.
pub(super) fn ready(folder: &Path) -> Result<PathBuf> {
    let requirements = folder.join("requirements.txt");
    let port = folder.join("port.py");
    let mut state = DefaultHasher::new();
    for file in [&requirements, &port] {
        fs::read(file)
            .map_err(|error| format!("{}: {error}", file.display()))?
            .hash(&mut state);
    }
    read(&mut program("python3", "--version"))?.hash(&mut state);
    let home = install::cache()?.join(format!("autobahn-{:016x}", state.finish()));
    if home.is_dir() {
        return Ok(python(&home));
    }

    // Made under a name of its own and renamed when it is whole: half of one is never used, and two runs do not meet.
    let draft = home.with_extension(process::id().to_string());
    let made = make(&draft, &requirements, &port);
    if made.is_err() || fs::rename(&draft, &home).is_err() {
        // It is of no use, or another run was first.
        let _ = fs::remove_dir_all(&draft);
    }
    made.map(|()| python(&home))
}

fn make(home: &Path, requirements: &Path, port: &Path) -> Result {
    // Debian keeps this part of Python in a package of its own.
    if !succeeds(program("python3", "-c").arg("import ensurepip")) {
        install::debian("python3-venv")?;
    }
    run(program("python3", "-m venv").arg(home))?;
    let pip = "-m pip install --quiet --disable-pip-version-check --requirement";
    run(program(python(home), pip).arg(requirements))?;
    run(program(python(home), "").arg(port))
}

fn python(home: &Path) -> PathBuf {
    home.join("bin/python")
}
