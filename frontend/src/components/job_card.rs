//! A job on a line: what it does, how far it is, and what can be done about it.

use leptos::prelude::*;
use shared::{DiskId, Job, JobId, JobKind, JobStatus, NewSnapshot};

use crate::{
    api,
    asked::Deed,
    components::{
        badge::{JobBadge, Tone},
        confirm::Confirm,
        icon::Icon,
        progress::Progress,
        show::{Item, Show},
        time::Ago,
        toast::use_toaster,
        watch::{result_path, use_watch},
    },
    live::use_live,
    routes::Route,
    view::{bytes, job, percent, time},
};

/// A job in a list of jobs.
pub fn item(id: JobId) -> Item {
    Item::new(&id, move || view! { <JobCard id=id /> })
}

/// A job, from its start to its end.
#[component]
pub fn JobCard(
    /// Which.
    id: JobId,
) -> impl IntoView {
    let known = use_live().job(id);
    // Drawn once: what is drawn anew at every step of the job loses the focus and its question.
    let there = Memo::new(move |_| known.with(Option::is_some));
    move || there.get().then(|| view! { <Card job=Signal::derive(move || known.get()) /> })
}

#[component]
fn Card(job: Signal<Option<Job>>) -> impl IntoView {
    let of = move |read: fn(&Job) -> String| job.with(|job| job.as_ref().map(read));
    let status = Signal::derive(move || job.get().map_or(JobStatus::Queued, |job| job.status));
    let path = move || job.with(|job| job.as_ref().map(|job| Route::Job(job.id).path()));
    view! {
        <article class="job" data-state=move || job::state(&status.get())>
            <div class="job-head">
                <h3><a href=path>{move || of(job::title)}</a></h3>
                <JobBadge status=status />
                {move || job.with(|job| job.as_ref().map(|job| job.created_at)).map(|at| {
                    view! { <span class="muted job-age"><Ago at=at /></span> }
                })}
                <div class="job-actions"><Actions job=job /></div>
            </div>
            <StatusLine job=job />
        </article>
    }
}

/// What a job's state comes to, without its head.
#[component]
pub fn StatusLine(
    /// The job.
    job: Signal<Option<Job>>,
) -> impl IntoView {
    let running = Memo::new(move |_| {
        job.with(|job| match job.as_ref().map(|job| &job.status) {
            Some(JobStatus::Running { progress, .. }) => Some(progress.clone()),
            _ => None,
        })
    });
    let is_running = Memo::new(move |_| running.with(Option::is_some));
    let label =
        Signal::derive(move || job.with(|job| job.as_ref().map(job::title)).unwrap_or_default());
    move || {
        if is_running.get() {
            let done = Signal::derive(move || {
                running.with(|it| it.as_ref().map_or(0, |it| it.done_bytes))
            });
            let total = Signal::derive(move || {
                running.with(|it| it.as_ref().map_or(0, |it| it.total_bytes))
            });
            return view! {
                <Progress done=done total=total label=label />
                <p class="job-facts">{move || running.get().map(|it| facts(&it))}</p>
            }
            .into_any();
        }
        job.get().map(|job| ended(&job)).into_any()
    }
}

fn facts(progress: &shared::JobProgress) -> impl IntoView + use<> {
    let of = if progress.total_bytes > 0 {
        let share = percent::text(progress.done_bytes, progress.total_bytes);
        let (done, total) = (bytes::short(progress.done_bytes), bytes::short(progress.total_bytes));
        format!("{share} · {done} of {total}")
    } else {
        bytes::short(progress.done_bytes)
    };
    let rate = (progress.rate_bytes_per_second > 0)
        .then(|| view! { <span>{bytes::rate(progress.rate_bytes_per_second)}</span> });
    let eta = progress
        .eta_seconds
        .map(|seconds| view! { <span>{format!("{} left", time::span(seconds))}</span> });
    view! {
        <span>{progress.phase.clone()}</span>
        <span>{of}</span>
        {rate}
        {eta}
    }
}

fn ended(of: &Job) -> AnyView {
    match &of.status {
        JobStatus::Queued => {
            view! { <p class="job-facts"><span>"Waits for its turn"</span></p> }.into_any()
        }
        JobStatus::Running { .. } => ().into_any(),
        JobStatus::Done { started_at, finished_at, result } => {
            let took = time::duration(*started_at, *finished_at);
            view! {
                <p class="job-facts">
                    <span>{job::outcome(result)}</span>
                    <span>{format!("took {took}")}</span>
                    <a href=result_path(of)>"See it"</a>
                </p>
            }
            .into_any()
        }
        JobStatus::Failed { problem, .. } => view! {
            <div class="job-problem">
                <p><strong>{problem.detail.clone()}</strong></p>
                {problem.help.clone().map(|help| view! { <p>{help}</p> })}
                <p class="trace"><code>{problem.code.as_str()}</code></p>
            </div>
        }
        .into_any(),
        JobStatus::Cancelled { .. } => {
            view! { <p class="job-facts"><span>"Stopped; nothing of it remains"</span></p> }
                .into_any()
        }
    }
}

#[component]
fn Actions(job: Signal<Option<Job>>) -> impl IntoView {
    let live = use_live();
    let asked = RwSignal::new(false);
    let cancelling = Deed::default();
    let cancel = move |id: JobId| async move {
        live.learn(api::cancel_job(id).await?);
        asked.set(false);
        Ok(())
    };
    let (watch, toaster) = (use_watch(), use_toaster());
    // Takes an incremental snapshot of the failed job's disk.
    let retrying = Deed::default();
    let retry = move |disk: DiskId| async move {
        match api::take_snapshot(disk, &NewSnapshot::default()).await {
            Ok(job) => watch.follow(&job),
            Err(error) => toaster.say(Tone::Bad, error.to_string()),
        }
        Ok(())
    };
    let can_stop =
        Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(|job| !job.status.is_final())));
    // What exactly was asked for is not kept with the job, so only the plain case is offered.
    let can_retry = Memo::new(move |_| {
        job.with(|job| {
            job.as_ref().is_some_and(|job| {
                job.kind == JobKind::CreateSnapshot
                    && matches!(job.status, JobStatus::Failed { .. })
            })
        })
    });
    let consequence =
        move || job.with(|job| job.as_ref().map(|job| job::consequence_of_cancelling(job.kind)));
    view! {
        <Show when=move || can_stop.get()>
            <button type="button" class="text-button" on:click=move |_| asked.set(true)>
                <Icon name="stop" />
                "Stop"
            </button>
        </Show>
        <Show when=move || can_retry.get()>
            <button
                type="button"
                class="text-button"
                disabled=move || retrying.pending().get()
                on:click=move |_| {
                    if let Some(disk) = job.get_untracked().and_then(|job| job.disk_id) {
                        retrying.start(retry(disk));
                    }
                }
            >
                <Icon name="refresh" />
                "Take it again"
            </button>
        </Show>
        <Confirm
            open=asked
            title="Stop this job?"
            deed="Stop the job"
            danger=true
            pending=cancelling.pending()
            error=cancelling.error()
            act=move |()| {
                if let Some(job) = job.get_untracked() {
                    cancelling.start(cancel(job.id));
                }
            }
        >
            <p>{consequence}</p>
        </Confirm>
    }
}
