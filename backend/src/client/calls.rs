//! The calls that are one request, or a list's pages.

use engine::{Created, DiffSummary, Granularity, Loss};
use serde::de::DeserializeOwned;
use shared::{
    Costs, Diff, DiffItem, Disk, DiskPatch, GcReport, JobResult, NewDisk, NewDiskSource,
    NewSnapshot, Page, Snapshot, SnapshotKind, VerifyReport,
};
use ureq::http::Method;
use url::Url;

use super::{Client, ClientError, Watch};

/// Items on a page of a list, and runs on one of a difference: as many as there may be.
const PAGE: &str = "1000";
const DIFF_PAGE: &str = "100000";

/// The body of a request that says nothing more.
#[derive(Debug, serde::Serialize)]
struct Nothing {}

impl Client {
    /// The disks.
    pub(crate) fn disks(&self) -> Result<Vec<Disk>, ClientError> {
        self.all(&self.route(&["disks"]))
    }

    /// One disk.
    pub(crate) fn disk(&self, disk: &str) -> Result<Disk, ClientError> {
        self.get(&self.route(&["disks", disk]))
    }

    /// Attaches an image of the server's, or makes a disk.
    pub(crate) fn create_disk(
        &self,
        new: &NewDisk,
        watch: &dyn Watch,
    ) -> Result<Disk, ClientError> {
        let url = self.route(&["disks"]);
        if !matches!(new.source, NewDiskSource::Snapshot { as_file: Some(_), .. }) {
            return self.post(&url, new, watch);
        }
        let JobResult::Disk(disk) = self.job(&url, new, watch)? else {
            return Err(self.unexpected());
        };
        Ok(disk)
    }

    /// Changes a disk.
    pub(crate) fn update_disk(&self, disk: &str, patch: &DiskPatch) -> Result<Disk, ClientError> {
        self.send_json(&Method::PATCH, &self.route(&["disks", disk]), patch)
    }

    /// Lets a disk go; with what it has that is in no snapshot, if that is accepted.
    pub(crate) fn detach(&self, disk: &Disk, loss: Loss) -> Result<(), ClientError> {
        let mut url = self.route(&["disks", &disk.id.to_string()]);
        if loss == Loss::Accepted {
            url.query_pairs_mut().append_pair("confirm", disk.name.as_str());
        }
        self.delete(&url)
    }

    /// Snapshots, oldest first: all, or those of a disk.
    pub(crate) fn snapshots(&self, disk: Option<&str>) -> Result<Vec<Snapshot>, ClientError> {
        let mut url = self.route(&["snapshots"]);
        if let Some(disk) = disk {
            url.query_pairs_mut().append_pair("disk", disk);
        }
        self.all(&url)
    }

    /// One snapshot.
    pub(crate) fn snapshot(&self, snapshot: &str) -> Result<Snapshot, ClientError> {
        self.get(&self.route(&["snapshots", snapshot]))
    }

    /// Takes a snapshot.
    pub(crate) fn create_snapshot(
        &self,
        disk: &str,
        new: &NewSnapshot,
        watch: &dyn Watch,
    ) -> Result<Created, ClientError> {
        let url = self.route(&["disks", disk, "snapshots"]);
        let JobResult::Snapshot(snapshot) = self.job(&url, new, watch)? else {
            return Err(self.unexpected());
        };
        let complete = snapshot.base_id.is_none() && snapshot.kind == SnapshotKind::Incremental;
        let first_in_pool = complete && {
            let mut others = self.snapshots(Some(&snapshot.disk_id.to_string()))?;
            others.retain(|other| other.id != snapshot.id);
            let in_its_pool = |other: &Snapshot| {
                other.kind == SnapshotKind::Incremental && other.sku == snapshot.sku
            };
            !others.is_empty() && !others.iter().any(in_its_pool)
        };
        Ok(Created { snapshot, first_in_pool })
    }

    /// Deletes a snapshot.
    pub(crate) fn delete_snapshot(&self, snapshot: &Snapshot) -> Result<(), ClientError> {
        self.delete(&self.route(&["snapshots", &snapshot.id.to_string()]))
    }

    /// Reads a snapshot back, at the server.
    pub(crate) fn verify(
        &self,
        snapshot: &str,
        watch: &dyn Watch,
    ) -> Result<VerifyReport, ClientError> {
        let url = self.route(&["snapshots", snapshot, "verify"]);
        let JobResult::Verify(report) = self.job(&url, &Nothing {}, watch)? else {
            return Err(self.unexpected());
        };
        Ok(report)
    }

    /// Tells the runs in which two snapshots differ, page by page.
    pub(crate) fn diff(
        &self,
        base: &str,
        target: &str,
        granularity: Granularity,
        each: &mut dyn FnMut(DiffItem),
    ) -> Result<DiffSummary, ClientError> {
        let mut asked = self.route(&["snapshots", target, "diff"]);
        asked
            .query_pairs_mut()
            .append_pair("base", base)
            .append_pair("granularity", &granularity.bytes().to_string())
            .append_pair("limit", DIFF_PAGE);
        let mut url = asked.clone();
        loop {
            let page: Diff = self.get(&url)?;
            page.items.into_iter().for_each(&mut *each);
            let Some(cursor) = page.next else {
                let Diff { base, target, changed_bytes, cleared_bytes, .. } = page;
                return Ok(DiffSummary { base, target, changed_bytes, cleared_bytes });
            };
            url.clone_from(&asked);
            url.query_pairs_mut().append_pair("cursor", &cursor);
        }
    }

    /// What snapshots cost, at the server's prices.
    pub(crate) fn costs(&self) -> Result<Costs, ClientError> {
        self.get(&self.route(&["costs"]))
    }

    /// What collecting garbage would give back.
    pub(crate) fn gc_plan(&self) -> Result<GcReport, ClientError> {
        self.get(&self.route(&["gc"]))
    }

    /// Collects garbage.
    pub(crate) fn gc(&self, watch: &dyn Watch) -> Result<GcReport, ClientError> {
        let JobResult::Gc(report) = self.job(&self.route(&["gc"]), &Nothing {}, watch)? else {
            return Err(self.unexpected());
        };
        Ok(report)
    }

    /// All pages of a list.
    fn all<T: DeserializeOwned>(&self, list: &Url) -> Result<Vec<T>, ClientError> {
        let mut asked = list.clone();
        asked.query_pairs_mut().append_pair("limit", PAGE);
        let (mut items, mut url) = (Vec::new(), asked.clone());
        loop {
            let page: Page<T> = self.get(&url)?;
            items.extend(page.items);
            let Some(cursor) = page.next else { return Ok(items) };
            url.clone_from(&asked);
            url.query_pairs_mut().append_pair("cursor", &cursor);
        }
    }

    fn unexpected(&self) -> ClientError {
        self.foreign("a job ended with what it was not asked for")
    }
}
