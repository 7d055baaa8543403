//! Rows of the disks' table: a disk beside what its snapshots take.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::{CostFigures, Costs, Disk, DiskId, DiskSource};

use super::upload::is_unfinished;

/// A disk and its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskRow {
    /// The disk.
    pub disk: Disk,
    /// What its snapshots take; zeros while it has none.
    pub figures: CostFigures,
}

impl DiskRow {
    /// Every disk with its figures.
    pub fn join(disks: &[Disk], costs: &Costs) -> Vec<Self> {
        let figures: BTreeMap<DiskId, CostFigures> =
            costs.disks.iter().map(|cost| (cost.disk_id, cost.figures)).collect();
        let row = |disk: &Disk| Self {
            disk: disk.clone(),
            figures: figures.get(&disk.id).copied().unwrap_or_default(),
        };
        disks.iter().map(row).collect()
    }

    /// Changes when what the row shows does.
    pub fn state(&self) -> String {
        let Self { disk, figures } = self;
        let (path, dirty) = match &disk.source {
            DiskSource::Attached { path, .. } => (path.as_str(), 0),
            DiskSource::Managed { dirty_bytes, .. } => ("", *dirty_bytes),
        };
        let last = disk.last_snapshot_at.map_or(0, Timestamp::as_microsecond);
        let numbers = format!("{} {} {dirty} {last}", disk.revision, disk.size_bytes.bytes());
        let half = is_unfinished(disk);
        let taken = format!("{} {} {half}", disk.snapshot_count, figures.stored_bytes);
        format!("{} {} {} {path} {numbers} {taken}", disk.id, disk.name, disk.sku)
    }

    /// Bytes saved against full snapshots, out of what those would take.
    pub fn saved(&self) -> (u64, u64) {
        let CostFigures { stored_bytes, full_bytes, .. } = self.figures;
        (full_bytes.saturating_sub(stored_bytes), full_bytes)
    }

    /// Whether the words that somebody looks for are in its name, group, source or tags.
    pub fn matches(&self, words: &str) -> bool {
        if words.trim().is_empty() {
            return true;
        }
        let disk = &self.disk;
        let source = match &disk.source {
            DiskSource::Attached { path, .. } => path.as_str(),
            DiskSource::Managed { .. } => "managed",
        };
        let tags: Vec<String> =
            disk.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let text = format!("{} {} {source} {} {}", disk.name, disk.group, disk.sku, tags.join(" "));
        contains_all(&text, words)
    }
}

/// Whether each word of `words` is in `text`, whatever their case.
pub fn contains_all(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_to_be_there() {
        assert!(contains_all("web Standard_LRS env=prod", "WEB prod"));
        assert!(!contains_all("web", "web db"));
        assert!(contains_all("web", "  "));
    }
}
