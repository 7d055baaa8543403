//! Where each page is: the paths that links are made of.

use shared::{DiskId, JobId, SnapshotId};

/// A page, with what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// What all disks did and saved.
    Overview,
    /// The disks.
    Disks,
    /// One disk.
    Disk(DiskId),
    /// Two snapshots compared.
    Diff {
        /// The side that is given.
        base: SnapshotId,
        /// The side that is reached.
        target: SnapshotId,
    },
    /// Snapshots of all disks, or of one.
    Snapshots {
        /// Only this disk's.
        disk: Option<DiskId>,
    },
    /// What snapshots cost and save.
    Cost,
    /// The jobs.
    Jobs,
    /// One job.
    Job(JobId),
}

impl Route {
    /// The page's address.
    pub fn path(self) -> String {
        match self {
            Self::Overview => "/".to_owned(),
            Self::Disks => "/disks".to_owned(),
            Self::Disk(id) => format!("/disks/{id}"),
            Self::Diff { base, target } => format!("/diff?a={base}&b={target}"),
            Self::Snapshots { disk: None } => "/snapshots".to_owned(),
            Self::Snapshots { disk: Some(id) } => format!("/snapshots?disk={id}"),
            Self::Cost => "/cost".to_owned(),
            Self::Jobs => "/jobs".to_owned(),
            Self::Job(id) => format!("/jobs/{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_says_both_of_its_sides() {
        let id = |text: &str| text.parse::<SnapshotId>().unwrap();
        let base = id("01980000-0000-7000-8000-00000000000a");
        let target = id("01980000-0000-7000-8000-00000000000b");
        let path = Route::Diff { base, target }.path();
        assert_eq!(path, format!("/diff?a={base}&b={target}"));
    }
}
