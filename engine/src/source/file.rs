//! A raw image file or a block device, read in place; its holes by `SEEK_HOLE`.

use std::{
    fs::{File, OpenOptions},
    io,
    ops::Range,
    os::{
        fd::AsRawFd as _,
        unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
    libc,
    unistd::{Whence, lseek},
};
use shared::ByteSize;

use super::{
    BlockSource, SourceError,
    probe::{PROBE, probe},
};

/// Whether a change under the read ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changing {
    /// Any sign of a change is an error.
    Refused,
    /// Changes are allowed; what is read may be of no one moment.
    Allowed,
}

/// A raw image file or a block device.
#[derive(Debug)]
pub struct FileSource {
    path: PathBuf,
    file: File,
    size: ByteSize,
    stamp: Stamp,
    changing: Changing,
}

/// What a change to a file cannot leave as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: (i64, i64),
    status_changed: (i64, i64),
}

impl FileSource {
    /// Opens an image to read it. Whatever is at the path but a file or a block device is refused
    /// without being opened, since opening a FIFO waits for its writer.
    pub fn open(path: &Path, changing: Changing) -> Result<Self, SourceError> {
        let unreadable = |action| {
            move |source: io::Error| {
                let path = path.to_owned();
                if source.kind() == io::ErrorKind::NotFound {
                    SourceError::NotFound { path }
                } else {
                    SourceError::Unreadable { action, path, offset: 0, source }
                }
            }
        };
        let kind = path.metadata().map_err(unreadable("open"))?.file_type();
        let what = match () {
            () if kind.is_dir() => Some("a directory"),
            () if kind.is_fifo() => Some("a FIFO"),
            () if kind.is_socket() => Some("a socket"),
            () if kind.is_char_device() => Some("a character device"),
            () => None,
        };
        if let Some(what) = what {
            return Err(SourceError::NotADisk { path: path.to_owned(), what });
        }
        let mut flags = OFlag::O_NONBLOCK;
        if kind.is_block_device() && changing == Changing::Refused {
            // The kernel refuses this for a device that is mounted or otherwise in use.
            flags |= OFlag::O_EXCL;
        }
        let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path);
        let file = file.map_err(|source| match source.raw_os_error() {
            Some(libc::EBUSY) => SourceError::Changed {
                path: path.to_owned(),
                what: "the device is mounted or in use".to_owned(),
            },
            _ => unreadable("open")(source),
        })?;
        let bytes = lseek(&file, 0, Whence::SeekEnd);
        let bytes = bytes.map_err(|errno| unreadable("measure")(errno.into()))? as u64;
        let size = ByteSize::new(bytes)
            .map_err(|source| SourceError::Size { path: path.to_owned(), source })?;
        let stamp = Stamp::of(&file).map_err(unreadable("measure"))?;
        let source = Self { path: path.to_owned(), file, size, stamp, changing };
        source.check_writer()?;
        Ok(source)
    }

    /// Opens the image of a disk whose path, free of symbolic links, was kept: an error if it leads
    /// somewhere else by now. What was opened is asked, so nobody can put a link there in between.
    pub(crate) fn open_kept(path: &Path, changing: Changing) -> Result<Self, SourceError> {
        let source = Self::open(path, changing)?;
        let link = format!("/proc/self/fd/{}", source.file.as_raw_fd());
        match std::fs::read_link(link) {
            Ok(to) if to == path => Ok(source),
            Ok(to) => Err(SourceError::Elsewhere { path: path.to_owned(), to }),
            Err(error) => {
                let path = path.to_owned();
                Err(SourceError::Unreadable { action: "find", path, offset: 0, source: error })
            }
        }
    }

    /// An error if the image is in a format other than raw.
    pub fn check_raw(&self) -> Result<(), SourceError> {
        let length = PROBE.min(self.size.bytes() as usize);
        let (mut head, mut tail) = (vec![0; length], vec![0; length]);
        self.read_at(0, &mut head)?;
        self.read_at(self.size.bytes() - length as u64, &mut tail)?;
        match probe(&head, &tail) {
            Some(format) => Err(SourceError::Format { path: self.path.clone(), format }),
            None => Ok(()),
        }
    }

    /// An error if a virtual machine has the image open to write, or somebody has locked it.
    fn check_writer(&self) -> Result<(), SourceError> {
        if self.changing == Changing::Allowed {
            return Ok(());
        }
        let locked = |what: &str| {
            Err(SourceError::Changed { path: self.path.clone(), what: what.to_owned() })
        };
        // QEMU holds a read lock on byte 100 + n for each permission n it has; writing is 1
        // (block/file-posix.c). A lock that could not be asked for is no lock.
        let mut lock = libc::flock {
            l_type: libc::F_WRLCK as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: 101,
            l_len: 1,
            l_pid: 0,
        };
        let asked = fcntl(&self.file, FcntlArg::F_OFD_GETLK(&mut lock));
        if asked.is_ok() && lock.l_type != libc::F_UNLCK as libc::c_short {
            return locked("a virtual machine has it open for writing");
        }
        match self.file.try_lock_shared() {
            Ok(()) => {
                // Only asked whether it could be had.
                let _ = self.file.unlock();
                Ok(())
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                locked("somebody holds a writer's lock on it")
            }
            Err(std::fs::TryLockError::Error(_)) => Ok(()),
        }
    }

    fn seek(&self, from: u64, whence: Whence) -> Result<Option<u64>, SourceError> {
        match lseek(&self.file, from as libc::off_t, whence) {
            Ok(found) => Ok(Some(found as u64)),
            Err(Errno::ENXIO) => Ok(None),
            Err(errno) => Err(SourceError::Unreadable {
                action: "find the holes of",
                path: self.path.clone(),
                offset: from,
                source: errno.into(),
            }),
        }
    }
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            status_changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

impl BlockSource for FileSource {
    fn size(&self) -> ByteSize {
        self.size
    }

    fn next_data(&self, from: u64) -> Result<Option<Range<u64>>, SourceError> {
        let size = self.size.bytes();
        if from >= size {
            return Ok(None);
        }
        let start = match self.seek(from, Whence::SeekData) {
            Ok(Some(start)) if start < size => start,
            Ok(_) => return Ok(None),
            // Block devices, and file systems without holes, have data everywhere.
            Err(SourceError::Unreadable { source, .. })
                if source.raw_os_error() == Some(libc::EINVAL) =>
            {
                return Ok(Some(from..size));
            }
            Err(error) => return Err(error),
        };
        // A hole that is where data was found is one that came since; then there is no saying.
        let hole = self.seek(start, Whence::SeekHole)?.filter(|&hole| hole > start);
        Ok(Some(start..hole.map_or(size, |hole| hole.min(size))))
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        self.file.read_exact_at(bytes, offset).map_err(|source| {
            let path = self.path.clone();
            if source.kind() == io::ErrorKind::UnexpectedEof {
                let end = offset + bytes.len() as u64;
                SourceError::Truncated { path, end, size: self.size }
            } else {
                SourceError::Unreadable { action: "read", path, offset, source }
            }
        })
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        if self.changing == Changing::Allowed {
            return Ok(());
        }
        let changed = |what: String| SourceError::Changed { path: self.path.clone(), what };
        let now = Stamp::of(&self.file).map_err(|error| changed(error.to_string()))?;
        let what = if now.size != self.stamp.size {
            format!("its size went from {} to {} bytes", self.stamp.size, now.size)
        } else if now.modified != self.stamp.modified {
            "it was written to".to_owned()
        } else if now.status_changed != self.stamp.status_changed {
            "it was replaced, renamed or touched".to_owned()
        } else {
            return self.check_writer();
        };
        Err(changed(what))
    }
}
