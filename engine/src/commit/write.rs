//! From disk to packs: the scan at one end of a channel, the encoder at the other.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    attached::scan_attached,
    build::TreeBuilder,
    content::Content,
    encode::{Delta, encode},
    scan::Changed,
    scanner::Scanner,
    sink::{Sink, Written},
};
use crate::{error::Error, hash::ItemId, progress::Progress, tree::height, view::View};

/// Windows of changed chunks between the scan and the packs.
const WINDOWS: usize = 2;

/// What the tree of a new snapshot came to.
pub(crate) struct Built {
    pub(crate) root: Option<ItemId>,
    pub(crate) written: Written,
    pub(crate) delta: Delta,
}

/// Scans the disk and writes what differs from the base.
pub(crate) async fn write_changes(
    base: &View,
    content: &Content,
    sink: &mut Sink,
    progress: &Arc<dyn Progress>,
) -> Result<Built, Error> {
    let (sender, mut windows) = mpsc::channel::<Vec<Changed>>(WINDOWS);
    let size = content.size();
    let progress = progress.as_ref();
    let scanned = async move {
        let total = size.bytes();
        let mut scanner = Scanner::new(sender, total, progress);
        match content {
            Content::Attached(source, _) => scan_attached(base, source, &mut scanner).await,
            Content::Managed(frozen) => Box::pin(frozen.scan(base, &mut scanner)).await,
        }
    };
    let encoder = &mut *sink;
    // It takes the receiver with it: the scan ends for want of one when encoding fails.
    let encoded = async move {
        let mut tree = TreeBuilder::new(base.clone(), height(size));
        let mut delta = Delta::default();
        while let Some(window) = windows.recv().await {
            for (chunk, row, change) in encode(&base.objects, encoder, window).await? {
                tree.set_chunk(encoder, chunk, row).await?;
                delta.add(change);
            }
        }
        Ok::<_, Error>((tree, delta))
    };
    let (scanned, encoded) = futures::future::join(scanned, encoded).await;
    let (tree, delta) = encoded?;
    scanned?;
    // Before the index names what was written: what it names, others may lean on.
    content.check_unchanged()?;
    let root = tree.finish(sink).await?;
    let written = sink.finish().await?;
    Ok(Built { root, written, delta })
}
