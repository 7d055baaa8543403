//! qcow2, whose tables and compressed clusters the library imago reads.
//!
//! Imago is given one open file and nothing else: no names to open, no backing file. What a table
//! leads to is read here, so that what lies past the file's end is an error and a hole stays one.

mod header;

use std::{fmt, io, ops::Range, path::PathBuf};

use imago::{
    DenyImplicitOpenGate, FormatAccess, FormatDriverBuilder as _, ShallowMapping, file::File,
};
use shared::{ByteSize, DiskFormat};

use self::header::{HEAD, Header};
use super::{
    error::SourceError,
    fault::{Refusal, fault, unsupported},
    fields::be64,
    host::HostFile,
    layout::{Identity, Layout, Packed, Place, Run, Storage as _},
    named::{Expected, Parent},
    pages::PAGE,
};

/// A qcow2 image.
pub(super) struct Qcow2 {
    file: HostFile,
    size: ByteSize,
    image: FormatAccess<File>,
}

impl Qcow2 {
    /// Opens a qcow2 image, and says what it builds on.
    pub(super) fn open(file: HostFile) -> Result<(Self, Option<Parent>), SourceError> {
        let refused = |refusal| refused(&file, refusal);
        let mut head = vec![0; HEAD.min(file.length() as usize)];
        file.read_at(0, &mut head)?;
        let header = Header::parse(&head, file.length()).map_err(refused)?;
        check_table(&file, &header)?;
        let parent = header.backing.as_ref().map(|backing| {
            let format = match backing.format.as_str() {
                "raw" | "file" => DiskFormat::Raw,
                "qcow2" => DiskFormat::Qcow2,
                "vpc" => DiskFormat::Vhd,
                "vhdx" => DiskFormat::Vhdx,
                "vmdk" => DiskFormat::Vmdk,
                other => {
                    let what = format!("has a backing file of the format {other}");
                    return Err(refused(unsupported(what)));
                }
            };
            let names = vec![PathBuf::from(&backing.name)];
            Ok(Parent { names, format, expected: Expected::Anything })
        });
        let parent = parent.transpose()?;
        let storage = File::try_from(file.try_clone()?).map_err(|error| damaged(&file, &error))?;
        let image = imago::qcow2::Qcow2::<File>::builder(storage)
            .backing(None)
            .data_file(None)
            .open(DenyImplicitOpenGate::default())
            .map_err(|error| damaged(&file, &error))?;
        let image = FormatAccess::new(image);
        Ok((Self { file, size: header.size, image }, parent))
    }
}

impl Layout for Qcow2 {
    fn size(&self) -> ByteSize {
        self.size
    }

    fn run(&self, range: Range<u64>) -> Result<Run<'_>, SourceError> {
        let mapping = self.image.get_shallow_mapping(range.start, range.end - range.start);
        let (mapping, length) = mapping.map_err(|error| damaged(&self.file, &error))?;
        let end = range.start + length;
        let place = match mapping {
            ShallowMapping::Raw { offset, .. } => {
                let inside =
                    offset.checked_add(length).is_some_and(|end| end <= self.file.length());
                if !inside {
                    let what = format!(
                        "leads to {length} bytes at {offset}, and the file has {}",
                        self.file.length()
                    );
                    let name = format!("L2 entry for byte {} of the disk", range.start);
                    return Err(refused(&self.file, fault(name, what)));
                }
                Place::Stored(&self.file, offset)
            }
            ShallowMapping::Zero { explicit: true, .. } => Place::Zeros,
            ShallowMapping::Zero { .. } => Place::Below,
            ShallowMapping::Special { .. } => Place::Packed(self),
            ShallowMapping::Indirect { .. } | ShallowMapping::Eof { .. } | _ => {
                let name = format!("mapping of byte {} of the disk", range.start);
                return Err(refused(&self.file, fault(name, "leads out of the image")));
            }
        };
        Ok(Run { end, place })
    }

    fn files(&self) -> Vec<&HostFile> {
        vec![&self.file]
    }

    fn identity(&self) -> Identity {
        Identity::None
    }
}

impl Packed for Qcow2 {
    fn unpack(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        self.image.read(bytes, offset).map_err(|error| damaged(&self.file, &error))
    }
}

impl fmt::Debug for Qcow2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Qcow2").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Looks at every entry of the first table, a page at a time.
fn check_table(file: &HostFile, header: &Header) -> Result<(), SourceError> {
    let mut page = [0; PAGE as usize];
    for first in (0..header.entries).step_by(page.len() / 8) {
        let count = (header.entries - first).min(PAGE / 8);
        let bytes = &mut page[..count as usize * 8];
        file.read_at(header.table + first * 8, bytes)?;
        for (index, entry) in (first..).zip(bytes.chunks_exact(8)) {
            header
                .check_entry(index, be64(entry, 0), file.length())
                .map_err(|refusal| refused(file, refusal))?;
        }
    }
    Ok(())
}

fn refused(file: &HostFile, refusal: Refusal) -> SourceError {
    SourceError::refused(file.path(), DiskFormat::Qcow2, refusal)
}

/// What imago says, of which all but a failed read is about the image.
fn damaged(file: &HostFile, error: &io::Error) -> SourceError {
    refused(file, fault("tables", format!("cannot be followed: {error}")))
}
