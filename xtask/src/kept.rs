//! What commands install for themselves: folders in the cache, each made once.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process;

use crate::process::{Result, program, read};

/// The folder of this name, which says what is in it: `deno-2.9.6`; `make` fills it when it is not there.
pub(crate) fn folder(name: &str, make: impl FnOnce(&Path) -> Result) -> Result<PathBuf> {
    let home = cache()?.join(name);
    if !home.is_dir() {
        keep(&home, make)?;
    }
    Ok(home)
}

/// The folder of this name that belongs to these files as they are now, and to the `tool` that makes it.
pub(crate) fn folder_of(
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
    folder(&format!("{name}-{:016x}", state.finish()), make)
}

/// Makes the folder under a name of its own and renames it when it is whole: half of one is never used, and two runs do not meet.
fn keep(home: &Path, make: impl FnOnce(&Path) -> Result) -> Result {
    let mut draft = home.as_os_str().to_owned();
    draft.push(format!(".{}", process::id()));
    let draft = PathBuf::from(draft);
    let made = fs::create_dir_all(&draft)
        .map_err(|error| format!("{}: {error}", draft.display()))
        .and_then(|()| make(&draft));
    if made.is_err() || fs::rename(&draft, home).is_err() {
        // It is of no use, or another run was first.
        let _ = fs::remove_dir_all(&draft);
    }
    made
}

/// Where tools are kept between clones.
fn cache() -> Result<PathBuf> {
    let cache = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
        (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
        (_, Some(home)) => PathBuf::from(home).join(".cache"),
        _ => return Err("neither XDG_CACHE_HOME nor HOME is set".to_owned()),
    };
    let cache = cache.join("onesocket");
    fs::create_dir_all(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    Ok(cache)
}

#[cfg(test)]
mod tests {
    use super::*;

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
