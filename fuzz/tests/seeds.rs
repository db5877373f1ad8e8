//! Every seed goes through its target, and every target has seeds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use onesocket_fuzz::TARGETS;

#[test]
fn every_target_survives_its_seeds() {
    for (name, target) in TARGETS {
        let seeds = entries(&folder().join(name));
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for seed in seeds {
            // Shown only if the target panics.
            println!("{}", seed.display());
            target(&fs::read(seed).expect("a seed"));
        }
    }
}

#[test]
fn every_target_survives_bytes_without_a_meaning() {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    for (_, target) in TARGETS {
        target(&[]);
        target(&all);
        target(&[0; 4096]);
        target(&[0xff; 4096]);
    }
}

#[test]
fn every_folder_of_seeds_has_a_target() {
    let folders: BTreeSet<_> = entries(&folder())
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    let targets = TARGETS.map(|(name, _)| name.to_owned());
    assert_eq!(folders, BTreeSet::from(targets));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect()
}
