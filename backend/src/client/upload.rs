//! An image of this side as a managed disk of the server's: its bytes sent, but for holes and zeros.

use std::path::Path;

use engine::{BlockSource as _, Changing, Error, ImageSource, Loss, Reach};
use shared::{CHUNK_BYTES, Disk, NewDisk, NewDiskSource};
use ureq::http::{Method, header};

use super::{Client, ClientError, Watch, patience::Patience, request};

/// Bytes that are read, and sent, at once.
const PIECE: u64 = 16 << 20;

impl Client {
    /// Makes a disk of an image's size and bytes; what else it is to be, `new` says. If it cannot
    /// be done to the end, nothing of it is kept.
    pub(crate) fn upload(
        &self,
        new: NewDisk,
        image: &Path,
        watch: &dyn Watch,
    ) -> Result<Disk, ClientError> {
        let source = ImageSource::open(image, Changing::Refused, &Reach::Anywhere)?;
        let empty = NewDiskSource::Empty { size_bytes: source.size() };
        let disk = self.create_disk(&NewDisk { source: empty, ..new }, watch)?;
        let id = disk.id.to_string();
        let sent = self.send_image(&id, &source, watch).and_then(|()| self.disk(&id));
        if sent.is_err()
            && let Ok(half) = self.disk(&id)
        {
            // Half a disk is of no use; that it stays when this fails too is no further harm.
            drop(self.detach(&half, Loss::Accepted));
        }
        sent
    }

    fn send_image(
        &self,
        disk: &str,
        source: &ImageSource,
        watch: &dyn Watch,
    ) -> Result<(), ClientError> {
        let size = source.size().bytes();
        watch.phase("uploading");
        let mut bytes = vec![0; PIECE as usize];
        let mut at = 0;
        while let Some(data) = source.next_data(at)? {
            at = data.start;
            while at < data.end {
                let piece = &mut bytes[..PIECE.min(data.end - at) as usize];
                source.read_at(at, piece)?;
                for run in runs_of_data(piece) {
                    self.send_bytes(disk, at + run.start as u64, &piece[run], watch)?;
                }
                at += piece.len() as u64;
                watch.at(at, size);
            }
        }
        watch.at(size, size);
        Ok(source.check_unchanged()?)
    }

    /// Sends bytes for an offset; it does not matter if they come twice.
    fn send_bytes(
        &self,
        disk: &str,
        offset: u64,
        bytes: &[u8],
        watch: &dyn Watch,
    ) -> Result<(), ClientError> {
        let url = self.route(&["disks", disk, "data"]);
        let range = format!("bytes {offset}-{}/*", offset + bytes.len() as u64 - 1);
        let mut patience = Patience::default();
        loop {
            if watch.cancelled() {
                return Err(Error::Cancelled.into());
            }
            let request = request(&Method::PUT, &url)
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .header(header::CONTENT_RANGE, &range);
            match self.send(request, bytes) {
                Ok(_) => return Ok(()),
                Err(error) => patience.pause(error, watch)?,
            }
            watch.phase("uploading");
        }
    }
}

/// The runs of chunks that are not all zeros.
fn runs_of_data(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (number, chunk) in bytes.chunks(CHUNK_BYTES as usize).enumerate() {
        if chunk.iter().all(|&byte| byte == 0) {
            continue;
        }
        let start = number * CHUNK_BYTES as usize;
        let end = start + chunk.len();
        match runs.last_mut() {
            Some(run) if run.end == start => run.end = end,
            _ => runs.push(start..end),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_not_sent() {
        let chunk = CHUNK_BYTES as usize;
        let mut bytes = vec![0; 5 * chunk + 512];
        assert!(runs_of_data(&bytes).is_empty());
        bytes[chunk] = 1;
        bytes[3 * chunk - 1] = 1;
        bytes[5 * chunk + 511] = 1;
        assert_eq!(runs_of_data(&bytes), [chunk..3 * chunk, 5 * chunk..5 * chunk + 512]);
    }
}
