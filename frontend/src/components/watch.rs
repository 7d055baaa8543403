//! Jobs that were started here: their ends are told, whatever page one is on by then.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::{Job, JobId, JobResult, JobStatus};

use crate::{
    asked::effect,
    components::{
        badge::{Tone, job_tone},
        toast::use_toaster,
    },
    live::{Live, use_live},
    routes::Route,
    view::job,
};

/// The jobs whose ends are awaited.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    awaited: RwSignal<BTreeSet<JobId>>,
    live: Live,
}

/// Awaits the ends of jobs, and tells them.
pub fn provide() {
    let awaited = RwSignal::new(BTreeSet::new());
    let (live, toaster) = (use_live(), use_toaster());
    provide_context(Watch { awaited, live });
    let jobs = live.jobs();
    effect(move || {
        let ended: Vec<Job> = jobs.with(|jobs| {
            let is_awaited = |job: &&Job| awaited.with(|awaited| awaited.contains(&job.id));
            jobs.iter().filter(|job| job.status.is_final()).filter(is_awaited).cloned().collect()
        });
        for job in ended {
            awaited.update(|awaited| {
                awaited.remove(&job.id);
            });
            let (tone, words) = told(&job);
            toaster.say_with_link(
                tone,
                words,
                ("See it", result_route(&job).unwrap_or(Route::Job(job.id)).path()),
            );
        }
    });
}

/// The jobs whose ends are awaited.
pub fn use_watch() -> Watch {
    expect_context()
}

impl Watch {
    /// Awaits the end of a job that an answer told of.
    pub fn follow(&self, job: &Job) {
        self.awaited.update(|awaited| {
            awaited.insert(job.id);
        });
        self.live.learn(job.clone());
    }
}

fn told(of: &Job) -> (Tone, String) {
    match &of.status {
        JobStatus::Done { result, .. } => {
            (job_tone(&of.status), format!("{}: {}.", job::title(of), job::outcome(result)))
        }
        JobStatus::Failed { problem, .. } => {
            (Tone::Bad, format!("{} failed: {}", job::title(of), problem.detail))
        }
        JobStatus::Queued | JobStatus::Running { .. } | JobStatus::Cancelled { .. } => {
            (Tone::Neutral, format!("{}: {}.", job::title(of), job::state(&of.status)))
        }
    }
}

/// Where what a job made is seen.
pub fn result_route(of: &Job) -> Option<Route> {
    let JobStatus::Done { result, .. } = &of.status else { return None };
    match &**result {
        JobResult::Snapshot(snapshot) => Some(Route::Disk(snapshot.disk_id)),
        JobResult::Disk(disk) => Some(Route::Disk(disk.id)),
        JobResult::Verify(_) | JobResult::Gc(_) => None,
    }
}
