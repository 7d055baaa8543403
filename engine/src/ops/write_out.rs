//! Writing a snapshot out as a plain image, which becomes an attached disk.

use std::sync::Arc;

use shared::{Disk, ExportFormat};

use super::attach::AttachRequest;
use crate::{engine::Engine, error::Error, output::PartialFile, progress::Progress};

impl Engine {
    /// Writes a snapshot to a file that is not there yet, and attaches it. If that cannot be done,
    /// nothing of it remains.
    pub async fn write_out(
        &self,
        snapshot: &str,
        request: AttachRequest,
        progress: Arc<dyn Progress>,
    ) -> Result<Disk, Error> {
        self.check_disk(&request.path).await?;
        let (row, _pin) = self.pinned(snapshot).await?;
        let output = PartialFile::create_new(&request.image, &self.disks().await?)?;
        self.write_image(&row, &output, ExportFormat::Raw, progress).await?;
        let image = output.publish_new()?;
        let disk = self.attach(request).await?;
        image.keep();
        Ok(disk)
    }
}
