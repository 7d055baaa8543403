//! Where each page is: the paths that links are made of, and what is shown at a path.

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
    /// The jobs that failed or found damage.
    FailedJobs,
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
            Self::FailedJobs => "/jobs?state=failed".to_owned(),
            Self::Job(id) => format!("/jobs/{id}"),
        }
    }
}

/// Whether a path is that of a page, or of one below it; all are below the overview, and none is
/// within it.
pub fn is_within(path: &str, page: &str) -> bool {
    path.strip_prefix(page)
        .is_some_and(|rest| rest.is_empty() || page != "/" && rest.starts_with('/'))
}

/// What is shown at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// What all disks did and saved.
    Overview,
    /// The disks.
    Disks,
    /// One disk.
    Disk(DiskId),
    /// Two snapshots compared.
    Diff,
    /// Snapshots of all disks, or of one.
    Snapshots,
    /// What snapshots cost and save.
    Cost,
    /// The jobs.
    Jobs,
    /// One job.
    Job(JobId),
    /// Where a job would be.
    NoSuchJob,
    /// Anywhere else.
    NotFound,
}

impl Page {
    /// The page at a path.
    pub fn at(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Self::Overview,
            (Some("disks"), None, _) => Self::Disks,
            (Some("disks"), Some(id), None) => id.parse().map_or(Self::NotFound, Self::Disk),
            (Some("diff"), None, _) => Self::Diff,
            (Some("snapshots"), None, _) => Self::Snapshots,
            (Some("cost"), None, _) => Self::Cost,
            (Some("jobs"), None, _) => Self::Jobs,
            (Some("jobs"), Some(id), None) => id.parse().map_or(Self::NoSuchJob, Self::Job),
            _ => Self::NotFound,
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

    #[test]
    fn a_page_is_within_those_above_it() {
        assert!(is_within("/disks", "/disks") && is_within("/disks/a", "/disks"));
        assert!(is_within("/", "/") && !is_within("/disks", "/"));
        assert!(!is_within("/disksome", "/disks") && !is_within("/", "/disks"));
    }

    #[test]
    fn a_link_leads_to_its_page() {
        let disk: DiskId = "01980000-0000-7000-8000-00000000000a".parse().unwrap();
        let job: JobId = "01980000-0000-7000-8000-00000000000b".parse().unwrap();
        for (route, page) in [
            (Route::Overview, Page::Overview),
            (Route::Disks, Page::Disks),
            (Route::Disk(disk), Page::Disk(disk)),
            (Route::Snapshots { disk: None }, Page::Snapshots),
            (Route::Cost, Page::Cost),
            (Route::Jobs, Page::Jobs),
            (Route::Job(job), Page::Job(job)),
        ] {
            assert_eq!(Page::at(&route.path()), page);
        }
        assert_eq!(Page::at("/disks/"), Page::Disks);
        assert_eq!(Page::at("/jobs/none"), Page::NoSuchJob);
        for nowhere in ["/nowhere", "/disks/none", "/cost/more", "/jobs/a/b"] {
            assert_eq!(Page::at(nowhere), Page::NotFound, "{nowhere}");
        }
    }
}
