//! QEMU's own tools, which make images that we did not, and read those that we made.

use std::{path::Path, process::Command};

/// Runs `qemu-img` in a folder; arguments are one text, split at white space.
pub fn qemu_img(folder: &Path, arguments: &str) -> String {
    run("qemu-img", folder, arguments.split_whitespace())
}

/// Runs a command of `qemu-io` on an image.
pub fn qemu_io(folder: &Path, format: &str, image: &str, command: &str) {
    let said = run("qemu-io", folder, ["-f", format, "-c", command, image].into_iter());
    assert!(!said.contains("failed"), "{command}: {said}");
}

fn run<'a>(program: &str, folder: &Path, arguments: impl Iterator<Item = &'a str>) -> String {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments);
    let ran = command.output().expect("qemu-utils is installed: `cargo xtask setup` does it");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{command:?}: {said}{complaint}");
    said
}
