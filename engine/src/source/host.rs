//! A file or block device of this machine that an image lies in, read in place; its holes by
//! `SEEK_HOLE`.

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

use super::{error::SourceError, layout::Storage};

/// Whether a change under the read ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changing {
    /// Any sign of a change is an error.
    Refused,
    /// Changes are allowed; what is read may be of no one moment.
    Allowed,
}

/// A file or a block device.
#[derive(Debug)]
pub(super) struct HostFile {
    path: PathBuf,
    file: File,
    length: u64,
    stamp: Stamp,
    changing: Changing,
}

/// What a change to a file cannot leave as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    identity: (u64, u64),
    size: u64,
    modified: (i64, i64),
    status_changed: (i64, i64),
}

impl HostFile {
    /// Opens a file to read it. Whatever is at the path but a file or a block device is refused
    /// without being opened, since opening a FIFO waits for its writer.
    pub(super) fn open(path: &Path, changing: Changing) -> Result<Self, SourceError> {
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
        let length = bytes.map_err(|errno| unreadable("measure")(errno.into()))? as u64;
        let stamp = Stamp::of(&file).map_err(unreadable("measure"))?;
        let opened = Self { path: path.to_owned(), file, length, stamp, changing };
        opened.check_writer()?;
        Ok(opened)
    }

    /// Opens a file whose path, free of symbolic links, was kept: an error if it leads somewhere
    /// else by now. What was opened is asked, so nobody can put a link there in between.
    pub(super) fn open_kept(path: &Path, changing: Changing) -> Result<Self, SourceError> {
        let opened = Self::open(path, changing)?;
        let link = format!("/proc/self/fd/{}", opened.file.as_raw_fd());
        match std::fs::read_link(link) {
            Ok(to) if to == path => Ok(opened),
            Ok(to) => Err(SourceError::Elsewhere { path: path.to_owned(), to }),
            Err(error) => {
                let path = path.to_owned();
                Err(SourceError::Unreadable { action: "find", path, offset: 0, source: error })
            }
        }
    }

    /// The path it was opened by.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it is on this machine, by whatever path.
    pub(super) const fn identity(&self) -> (u64, u64) {
        self.stamp.identity
    }

    /// When it was last written to, in seconds since 1970.
    pub(super) const fn modified(&self) -> i64 {
        self.stamp.modified.0
    }

    /// The same open file, for a library that reads by itself.
    pub(super) fn try_clone(&self) -> Result<File, SourceError> {
        self.file.try_clone().map_err(|source| {
            let path = self.path.clone();
            SourceError::Unreadable { action: "open", path, offset: 0, source }
        })
    }

    /// An error if it changed since it was opened.
    pub(super) fn check_unchanged(&self) -> Result<(), SourceError> {
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
            identity: (metadata.dev(), metadata.ino()),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            status_changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

impl Storage for HostFile {
    fn length(&self) -> u64 {
        self.length
    }

    fn next_data(&self, range: Range<u64>) -> Result<Option<Range<u64>>, SourceError> {
        let end = range.end.min(self.length);
        if range.start >= end {
            return Ok(None);
        }
        let start = match self.seek(range.start, Whence::SeekData) {
            Ok(Some(start)) if start < end => start,
            Ok(_) => return Ok(None),
            // Block devices, and file systems without holes, have data everywhere.
            Err(SourceError::Unreadable { source, .. })
                if source.raw_os_error() == Some(libc::EINVAL) =>
            {
                return Ok(Some(range.start..end));
            }
            Err(error) => return Err(error),
        };
        // A hole that is where data was found is one that came since; then there is no saying.
        let hole = self.seek(start, Whence::SeekHole)?.filter(|&hole| hole > start);
        Ok(Some(start..hole.map_or(end, |hole| hole.min(end))))
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        self.file.read_exact_at(bytes, offset).map_err(|source| {
            let path = self.path.clone();
            if source.kind() == io::ErrorKind::UnexpectedEof {
                let end = offset + bytes.len() as u64;
                SourceError::Truncated { path, end, length: self.length }
            } else {
                SourceError::Unreadable { action: "read", path, offset, source }
            }
        })
    }
}
