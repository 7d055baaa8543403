//! What changes, as it changes: one event stream a tab, and signals that pages follow.

mod connection;
mod store;

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::{DiskId, Job, JobId};

use crate::api::ApiError;

pub use connection::Connection;

/// What pages follow. Versions say *that* something changed: resources track them, and ask again.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    connection: RwSignal<Connection>,
    jobs: RwSignal<BTreeMap<JobId, Job>>,
    jobs_known: RwSignal<bool>,
    jobs_error: RwSignal<Option<ApiError>>,
    inventory: RwSignal<u64>,
    disks: RwSignal<BTreeMap<DiskId, ArcRwSignal<u64>>>,
    everything: RwSignal<u64>,
}

impl Live {
    /// Opens the stream, and gives its signals to every component below.
    pub fn provide() -> Self {
        let live = Self {
            connection: RwSignal::new(Connection::Connecting),
            jobs: RwSignal::default(),
            jobs_known: RwSignal::default(),
            jobs_error: RwSignal::default(),
            inventory: RwSignal::default(),
            disks: RwSignal::default(),
            everything: RwSignal::default(),
        };
        provide_context(live);
        connection::keep_open(live);
        live
    }

    /// How the stream stands.
    pub fn connection(&self) -> Signal<Connection> {
        self.connection.into()
    }

    /// Whether [`Live::jobs`] holds what the server has; before that it is empty.
    pub fn jobs_known(&self) -> Signal<bool> {
        self.jobs_known.into()
    }

    /// Why the jobs could not be asked for, the last time.
    pub fn jobs_error(&self) -> Signal<Option<ApiError>> {
        self.jobs_error.into()
    }

    /// Asks for the jobs again.
    pub fn ask_for_jobs(&self) {
        connection::ask_for_jobs(*self);
    }

    /// Tracks the moments at which anything may have happened unseen: each opening of the stream.
    pub fn track_everything(&self) {
        self.everything.track();
    }

    /// Every job that is known, the newest first.
    pub fn jobs(&self) -> Memo<Vec<Job>> {
        let jobs = self.jobs;
        Memo::new(move |_| jobs.with(|jobs| jobs.values().rev().cloned().collect()))
    }

    /// One job as it is now.
    pub fn job(&self, id: JobId) -> Memo<Option<Job>> {
        let jobs = self.jobs;
        Memo::new(move |_| jobs.with(|jobs| jobs.get(&id).cloned()))
    }

    /// Takes in a job that an answer told of, which may come before its event does.
    pub fn learn(&self, job: Job) {
        self.jobs.update(|jobs| {
            store::keep_job(jobs, job);
        });
    }

    /// Tracks all disks and snapshots: a resource that calls it asks again when one changes.
    pub fn track_inventory(&self) {
        self.inventory.track();
    }

    /// Tracks one disk and its snapshots.
    pub fn track_disk(&self, id: DiskId) {
        self.everything.track();
        let known = self.disks.with_untracked(|disks| disks.get(&id).cloned());
        let version = known.unwrap_or_else(|| {
            let fresh = ArcRwSignal::new(0);
            self.disks.update_untracked(|disks| disks.insert(id, fresh.clone()));
            fresh
        });
        version.track();
    }
}

/// The event stream of the page.
pub fn use_live() -> Live {
    expect_context()
}
