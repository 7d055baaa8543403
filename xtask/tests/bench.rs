//! The bench from outside, on the smallest disks and with what is here: every part has its turn.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The program that is measured: built beside the one under test, in its profile.
fn skikt() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_xtask")).parent();
    let folder = folder.expect("a program lies in its profile's folder");
    let target = folder.parent().expect("profiles lie in the target folder");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "backend", "--bin", "skikt"]);
    build.arg("--target-dir").arg(target);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().expect("cargo runs where its tests run").success());
    folder.join("skikt")
}

fn bench(dir: &Path, words: &str) -> Output {
    let mut bench = Command::new(env!("CARGO_BIN_EXE_xtask"));
    bench.arg("bench").args(words.split_whitespace()).arg("--dir").arg(dir);
    bench.output().expect("the program under test was built")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_small_run_measures_each_side_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (skikt, json) = (skikt(), dir.path().join("figures.json"));
    let words = format!(
        "--size 64MiB --rounds 1 --no-install --only first changed update export \
         --skikt {} --json {}",
        skikt.display(),
        json.display()
    );
    let output = bench(dir.path(), &words);
    let (tables, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{tables}\n{said}");
    for words in [
        "\nfirst: first snapshot of a disk\n",
        "as fast as restic",
        "the unchanged one's time: 1 % of blocks",
        "zstd -3 makes the changed blocks",
        "the time of cp --sparse=always",
        " reached\n",
    ] {
        assert!(tables.contains(words), "{words}: {tables}\n{said}");
    }
    let figures = fs::read_to_string(&json).unwrap();
    assert!(figures.starts_with(r#"{"date":""#) && figures.ends_with("}\n"), "{figures}");
    let left = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["figures.json"]);
}

#[test]
fn a_side_that_fails_is_named_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let words = "--size 64MiB --rounds 1 --no-install --only first --skikt /bin/false";
    let output = bench(dir.path(), words);
    assert_eq!(output.status.code(), Some(1));
    let tables = text(&output.stdout);
    assert!(tables.contains("\n  skikt failed: false --data "), "{tables}");
    assert!(tables.contains("\n  cp "), "{tables}");
    assert!(tables.contains("  failed: first, see above\n"), "{tables}");
    let said = text(&output.stderr);
    assert!(said.ends_with("1 rows did not run through: see what failed above\n"), "{said}");
}
