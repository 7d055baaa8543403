//! What an image names must lie within reach, whatever way leads there.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use engine::{Changing, Error, ImageSource, Reach};
use harness::qemu::qemu_img;
use shared::Code;
use tempfile::TempDir;

/// A folder within reach, and one beside it that is not.
struct Place {
    folder: TempDir,
    inside: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let inside = root.join("inside");
        fs::create_dir(&inside).unwrap();
        fs::write(root.join("secret.img"), vec![7; 65536]).unwrap();
        fs::write(inside.join("base.img"), vec![1; 65536]).unwrap();
        Self { folder, inside }
    }

    fn open(&self, name: &str) -> Result<ImageSource, Error> {
        let reach = Reach::Below(vec![self.inside.clone()]);
        Ok(ImageSource::open(&self.inside.join(name), Changing::Refused, &reach)?)
    }

    fn refused(&self, name: &str) {
        let error = self.open(name).unwrap_err();
        assert_eq!(error.code(), Code::PathNotAllowed, "{error}");
    }
}

#[test]
fn a_backing_file_elsewhere_is_not_read() {
    let place = Place::new();
    let outside = place.folder.path().join("secret.img");
    symlink(&outside, place.inside.join("link.img")).unwrap();
    let create = |backing: &str, name: &str| {
        qemu_img(&place.inside, &format!("create -f qcow2 -u -b {backing} -F raw {name} 64k"));
    };
    create("base.img", "good.img");
    place.open("good.img").unwrap();
    create("../secret.img", "climbs.img");
    create(outside.to_str().unwrap(), "absolute.img");
    create("link.img", "linked.img");
    for name in ["climbs.img", "absolute.img", "linked.img"] {
        place.refused(name);
    }
    // Whether there is such a file, nobody learns.
    create("../gone.img", "lost.img");
    place.refused("lost.img");
    create("gone.img", "missing.img");
    assert_eq!(place.open("missing.img").unwrap_err().code(), Code::SourceParent);
}

#[test]
fn an_extent_elsewhere_is_not_read() {
    let place = Place::new();
    let descriptor = |name: &str, extent: &str| {
        let text = format!(
            "# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\nRW 128 FLAT \"{extent}\" 0\n"
        );
        fs::write(place.inside.join(name), text).unwrap();
    };
    descriptor("good.vmdk", "base.img");
    place.open("good.vmdk").unwrap();
    descriptor("climbs.vmdk", "../secret.img");
    descriptor("absolute.vmdk", "/etc/passwd");
    place.refused("climbs.vmdk");
    place.refused("absolute.vmdk");
}

#[test]
fn a_device_or_a_pipe_is_no_part_of_an_image() {
    let place = Place::new();
    nix::unistd::mkfifo(&place.inside.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    qemu_img(&place.inside, "create -f qcow2 -u -b pipe -F raw x.img 64k");
    assert_eq!(place.open("x.img").unwrap_err().code(), Code::SourceNotADisk);
}
