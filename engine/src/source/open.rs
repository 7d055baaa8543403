//! Opening an image: its format told, its file, and the files below it one after the other.

use std::collections::HashSet;

use shared::DiskFormat;

use super::{
    error::SourceError,
    host::{Changing, HostFile},
    layout::{Layout, Storage as _},
    named::{Parent, check_parent, open_named},
    probe::{PROBE, Probed, probe},
    qcow2::Qcow2,
    raw::Raw,
    reach::Reach,
    vhd::Vhd,
    vhdx::Vhdx,
    vmdk::Vmdk,
};

/// How many files a chain may have; reading a byte may take looking into each of them.
const LONGEST_CHAIN: usize = 64;

/// The format that a file's first and last bytes tell of.
pub(super) fn detect(file: &HostFile) -> Result<DiskFormat, SourceError> {
    let length = PROBE.min(file.length() as usize);
    let (mut head, mut tail) = (vec![0; length], vec![0; length]);
    file.read_at(0, &mut head)?;
    file.read_at(file.length() - length as u64, &mut tail)?;
    match probe(&head, &tail) {
        Probed::Known(format) => Ok(format),
        Probed::Foreign(format) => {
            Err(SourceError::Foreign { path: file.path().to_owned(), format })
        }
    }
}

/// Opens a file, and all that it builds on; the first is the image itself, and always there.
pub(super) fn open_chain(
    file: HostFile,
    format: DiskFormat,
    changing: Changing,
    reach: &Reach,
) -> Result<Vec<Box<dyn Layout>>, SourceError> {
    let mut seen = HashSet::from([file.identity()]);
    let mut child = file.path().to_owned();
    let (top, mut parent) = open_layout(file, format, changing, reach)?;
    let mut chain = vec![top];
    while let Some(Parent { names, format, expected }) = parent {
        let file = open_named(&child, &names, changing, reach)?;
        let path = file.path().to_owned();
        let wrong = |what: String| {
            let (path, parent) = (child.clone(), path.display().to_string());
            SourceError::Parent { path, parent, what }
        };
        if !seen.insert(file.identity()) {
            return Err(wrong("which builds on it in turn".to_owned()));
        }
        if chain.len() == LONGEST_CHAIN {
            return Err(wrong(format!("the file below {LONGEST_CHAIN} others; no more are read")));
        }
        let opened = open_layout(file, format, changing, reach)?;
        check_parent(&child, &expected, opened.0.as_ref())?;
        chain.push(opened.0);
        (child, parent) = (path, opened.1);
    }
    Ok(chain)
}

/// Opens one file of a chain; what it builds on is the caller's to open.
fn open_layout(
    file: HostFile,
    format: DiskFormat,
    changing: Changing,
    reach: &Reach,
) -> Result<(Box<dyn Layout>, Option<Parent>), SourceError> {
    Ok(match format {
        DiskFormat::Raw => (Box::new(Raw::open(file)?), None),
        DiskFormat::Vhd => {
            let (layout, parent) = Vhd::open(file)?;
            (Box::new(layout), parent)
        }
        DiskFormat::Vhdx => {
            let (layout, parent) = Vhdx::open(file)?;
            (Box::new(layout), parent)
        }
        DiskFormat::Qcow2 => {
            let (layout, parent) = Qcow2::open(file)?;
            (Box::new(layout), parent)
        }
        DiskFormat::Vmdk => (Box::new(Vmdk::open(file, changing, reach)?), None),
    })
}
