//! Images that fuzzing began with, and those that it found something with: each is an error or
//! bytes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fuzz::{Format, Trial};

/// The files of a format in one of the folders of inputs.
fn inputs(folder: &str, format: Format) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(folder);
    let Ok(files) = fs::read_dir(folder.join(format.name())) else { return Vec::new() };
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn inputs_that_were_kept_are_read_or_refused() {
    for format in Format::ALL {
        let trial = Trial::new(format);
        let seeds = inputs("corpus", format);
        assert!(!seeds.is_empty(), "no corpus of {}", format.name());
        for file in seeds.iter().chain(&inputs("found", format)) {
            trial.run(&fs::read(file).unwrap());
        }
    }
}
