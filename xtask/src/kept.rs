//! What commands install for themselves: folders in the cache, made once, each for one state of the files that say what is in it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process;

use crate::install;
use crate::process::{Result, program, read, run, succeeds};

/// The folder of this name that belongs to these files, and to the `tool` that makes it; `make` fills it when it is not there.
pub(crate) fn folder(
    name: &str,
    files: &[&Path],
    tool: &Path,
    make: impl FnOnce(&Path) -> Result,
) -> Result<PathBuf> {
    let mut state = DefaultHasher::new();
    for file in files {
        fs::read(file)
            .map_err(|error| format!("{}: {error}", file.display()))?
            .hash(&mut state);
    }
    read(&mut program(tool, "--version"))?.hash(&mut state);
    let home = install::cache()?.join(format!("{name}-{:016x}", state.finish()));
    if !home.is_dir() {
        keep(&home, make)?;
    }
    Ok(home)
}

/// Makes the folder under a name of its own and renames it when it is whole: half of one is never used, and two runs do not meet.
fn keep(home: &Path, make: impl FnOnce(&Path) -> Result) -> Result {
    let draft = home.with_extension(process::id().to_string());
    let made = fs::create_dir_all(&draft)
        .map_err(|error| format!("{}: {error}", draft.display()))
        .and_then(|()| make(&draft));
    if made.is_err() || fs::rename(&draft, home).is_err() {
        // It is of no use, or another run was first.
        let _ = fs::remove_dir_all(&draft);
    }
    made
}

/// Makes a virtual environment of Python with these packages.
pub(crate) fn virtual_environment(home: &Path, requirements: &Path) -> Result {
    // Debian keeps this part of Python in a package of its own.
    if !succeeds(program("python3", "-c").arg("import ensurepip")) {
        install::debian("python3-venv")?;
    }
    run(program("python3", "-m venv").arg(home))?;
    let pip = "-m pip install --quiet --disable-pip-version-check --requirement";
    run(program(python(home), pip).arg(requirements))
}

/// The Python of a virtual environment.
pub(crate) fn python(home: &Path) -> PathBuf {
    home.join("bin/python")
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::env;

    /// An empty folder of this test's own.
    fn place(test: &str) -> PathBuf {
        let place = env::temp_dir().join(format!("onesocket-{test}-{}", process::id()));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).unwrap();
        place
    }

    #[test]
    fn a_folder_is_there_when_it_is_whole() {
        let place = place("whole");
        let home = place.join("tools-1");
        keep(&home, |draft| {
            assert!(!home.exists());
            fs::write(draft.join("tool"), "").map_err(|error| error.to_string())
        })
        .unwrap();
        assert!(home.join("tool").is_file());
        assert_eq!(fs::read_dir(&place).unwrap().count(), 1);
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn of_what_fails_nothing_is_left() {
        let place = place("failed");
        let made = keep(&place.join("tools-1"), |draft| {
            fs::write(draft.join("half"), "").unwrap();
            Err("no network".to_owned())
        });
        assert_eq!(made, Err("no network".to_owned()));
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
        fs::remove_dir_all(place).unwrap();
    }
}
