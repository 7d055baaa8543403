//! The snapshot of this disk that is being taken, whoever asked for it.

use leptos::prelude::*;
use shared::{Disk, Job, JobKind, JobStatus};

use crate::{
    components::progress::Progress,
    live::use_live,
    routes::Route,
    view::{percent, time},
};

/// How far it is, in the timeline's head, until its bar is there.
#[component]
pub fn Running(
    /// The disk.
    disk: Signal<Disk>,
) -> impl IntoView {
    let id = disk.with_untracked(|disk| disk.id);
    let jobs = use_live().jobs();
    let job = Memo::new(move |_| {
        let is_it = |job: &&Job| {
            let kind = matches!(job.kind, JobKind::CreateSnapshot);
            kind && job.disk_id == Some(id) && !job.status.is_final()
        };
        jobs.with(|jobs| jobs.iter().find(is_it).cloned())
    });
    let which = Memo::new(move |_| job.with(|job| job.as_ref().map(|job| job.id)));
    let bytes = move |read: fn(&shared::JobProgress) -> u64| {
        Signal::derive(move || match job.with(|job| job.as_ref().map(|job| job.status.clone())) {
            Some(JobStatus::Running { progress, .. }) => read(&progress),
            _ => 0,
        })
    };
    view! {
        <div class="running">
            {move || which.get().map(|job_id| view! {
                <a href=Route::Job(job_id).path()>"Taking a snapshot"</a>
                <Progress done=bytes(|it| it.done_bytes) total=bytes(|it| it.total_bytes) label="Snapshot" />
                <span class="muted number">{move || job.get().map(|job| far(&job.status))}</span>
            })}
        </div>
    }
}

fn far(status: &JobStatus) -> String {
    match status {
        JobStatus::Running { progress, .. } if progress.total_bytes > 0 => {
            let share = percent::text(progress.done_bytes, progress.total_bytes);
            match progress.eta_seconds {
                Some(seconds) => format!("{share}, {} left", time::span(seconds)),
                None => share,
            }
        }
        JobStatus::Running { progress, .. } => progress.phase.clone(),
        JobStatus::Queued => "waits for its turn".to_owned(),
        JobStatus::Done { .. } | JobStatus::Failed { .. } | JobStatus::Cancelled { .. } => {
            String::new()
        }
    }
}
