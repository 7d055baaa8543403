//! VMDK: a descriptor and the extents that it names, or one sparse extent that has its own.
//!
//! Written by hand though imago has a VMDK reader: that one reads flat extents alone, and neither
//! what VMware nor what QEMU makes unless told otherwise.

mod descriptor;
mod sparse;

use std::{ops::Range, path::PathBuf};

use shared::ByteSize;

use self::{
    descriptor::{Descriptor, Kind, Named},
    sparse::{HEADER, Header, Sparse, refused},
};
use super::{
    error::SourceError,
    fault::{check, fault, unsupported},
    host::{Changing, HostFile},
    layout::{Identity, Layout, Packed, Place, Run, Storage as _},
    named::open_named,
    reach::Reach,
};

/// The longest descriptor that is read.
const LONGEST_DESCRIPTOR: u64 = 1 << 20;

/// A VMDK.
#[derive(Debug)]
pub(super) struct Vmdk {
    /// The descriptor's file; `None`: the one extent has it.
    descriptor: Option<HostFile>,
    size: ByteSize,
    extents: Vec<Extent>,
}

/// An extent, which begins where the one before it ends.
#[derive(Debug)]
struct Extent {
    on_disk: Range<u64>,
    bytes: Bytes,
}

/// Where an extent's bytes are.
#[derive(Debug)]
enum Bytes {
    Flat(HostFile, u64),
    Sparse(Sparse),
    Zero,
}

impl Vmdk {
    /// Opens a VMDK, and the extents that it names.
    pub(super) fn open(
        file: HostFile,
        changing: Changing,
        reach: &Reach,
    ) -> Result<Self, SourceError> {
        let mut magic = [0; 4];
        check(file.length() >= 4, "descriptor", || "is not there".to_owned())
            .map_err(|refusal| refused(&file, refusal))?;
        file.read_at(0, &mut magic)?;
        match &magic {
            b"KDMV" => Self::open_sparse(file),
            b"COWD" => Err(refused(&file, unsupported("is one of ESX's sparse extents"))),
            _ => Self::open_described(file, changing, reach),
        }
    }

    /// A sparse extent on its own.
    fn open_sparse(file: HostFile) -> Result<Self, SourceError> {
        let header = read_header(&file)?;
        let Range { start, end } = header.descriptor;
        if start < end {
            let mut text = vec![0; (end - start) as usize];
            check(end <= file.length(), "descriptor offset", || format!("is {start}"))
                .map_err(|refusal| refused(&file, refusal))?;
            file.read_at(start, &mut text)?;
            let descriptor = Descriptor::parse(&text).map_err(|refusal| refused(&file, refusal))?;
            check(descriptor.extents.len() == 1, "extents", || {
                format!("are {}, in a file that is one", descriptor.extents.len())
            })
            .map_err(|refusal| refused(&file, refusal))?;
        }
        let size = ByteSize::new(header.capacity).map_err(|error| {
            refused(&file, fault("capacity", format!("is no size of a disk: {error}")))
        })?;
        let on_disk = 0..header.capacity;
        let extent = Extent { on_disk, bytes: Bytes::Sparse(Sparse::open(file, header)?) };
        Ok(Self { descriptor: None, size, extents: vec![extent] })
    }

    /// A descriptor in a file of its own.
    fn open_described(
        file: HostFile,
        changing: Changing,
        reach: &Reach,
    ) -> Result<Self, SourceError> {
        let length = file.length();
        check(length <= LONGEST_DESCRIPTOR, "descriptor", || format!("has {length} bytes"))
            .map_err(|refusal| refused(&file, refusal))?;
        let mut text = vec![0; length as usize];
        file.read_at(0, &mut text)?;
        let descriptor = Descriptor::parse(&text).map_err(|refusal| refused(&file, refusal))?;
        let size = descriptor.size().map_err(|refusal| refused(&file, refusal))?;
        let mut start = 0;
        let mut extents = Vec::new();
        for named in descriptor.extents {
            let on_disk = start..start + named.bytes;
            start = on_disk.end;
            let bytes = open_extent(&file, named, changing, reach)?;
            extents.push(Extent { on_disk, bytes });
        }
        Ok(Self { descriptor: Some(file), size, extents })
    }

    /// The extent that has a byte of the disk.
    fn extent(&self, at: u64) -> &Extent {
        &self.extents[self.extents.partition_point(|extent| extent.on_disk.end <= at)]
    }
}

impl Layout for Vmdk {
    fn size(&self) -> ByteSize {
        self.size
    }

    fn run(&self, range: Range<u64>) -> Result<Run<'_>, SourceError> {
        let Extent { on_disk, bytes } = self.extent(range.start);
        let end = range.end.min(on_disk.end);
        match bytes {
            Bytes::Zero => Ok(Run { end, place: Place::Zeros }),
            Bytes::Flat(file, offset) => {
                let offset = offset + (range.start - on_disk.start);
                Ok(Run { end, place: Place::Stored(file, offset) })
            }
            Bytes::Sparse(sparse) => {
                let run = sparse.run(range.start - on_disk.start..end - on_disk.start)?;
                let place = match run.place {
                    // Where the extent begins, the sparse file does not know.
                    Place::Packed(_) => Place::Packed(self),
                    place @ (Place::Stored(..) | Place::Zeros | Place::Below) => place,
                };
                Ok(Run { end: on_disk.start + run.end, place })
            }
        }
    }

    fn files(&self) -> Vec<&HostFile> {
        let of_extents = self.extents.iter().filter_map(|extent| match &extent.bytes {
            Bytes::Flat(file, _) => Some(file),
            Bytes::Sparse(sparse) => Some(&sparse.file),
            Bytes::Zero => None,
        });
        self.descriptor.iter().chain(of_extents).collect()
    }

    fn identity(&self) -> Identity {
        Identity::None
    }
}

impl Packed for Vmdk {
    fn unpack(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        let extent = self.extent(offset);
        match &extent.bytes {
            Bytes::Sparse(sparse) => sparse.unpack(offset - extent.on_disk.start, bytes),
            Bytes::Flat(..) | Bytes::Zero => unreachable!("only sparse extents have packed runs"),
        }
    }
}

fn open_extent(
    descriptor: &HostFile,
    named: Named,
    changing: Changing,
    reach: &Reach,
) -> Result<Bytes, SourceError> {
    let open = |name: &str| open_named(descriptor.path(), &[PathBuf::from(name)], changing, reach);
    match named.kind {
        Kind::Zero => Ok(Bytes::Zero),
        Kind::Flat { name, offset } => {
            let file = open(&name)?;
            let end = offset.checked_add(named.bytes);
            check(end.is_some_and(|end| end <= file.length()), "extent", || {
                format!(
                    "has {} bytes at {offset} of {name}, which has {}",
                    named.bytes,
                    file.length()
                )
            })
            .map_err(|refusal| refused(descriptor, refusal))?;
            Ok(Bytes::Flat(file, offset))
        }
        Kind::Sparse { name } => {
            let file = open(&name)?;
            let header = read_header(&file)?;
            check(header.capacity == named.bytes, "extent", || {
                format!("has {} bytes, and {name} has {}", named.bytes, header.capacity)
            })
            .map_err(|refusal| refused(descriptor, refusal))?;
            Ok(Bytes::Sparse(Sparse::open(file, header)?))
        }
    }
}

fn read_header(file: &HostFile) -> Result<Header, SourceError> {
    let mut bytes = [0; HEADER];
    check(file.length() >= HEADER as u64, "header", || "is not there".to_owned())
        .map_err(|refusal| refused(file, refusal))?;
    file.read_at(0, &mut bytes)?;
    Header::parse(&bytes).map_err(|refusal| refused(file, refusal))
}
