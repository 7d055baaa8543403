//! A job on a line: what it does, how far it is, and what can be done about it.

use leptos::prelude::*;
use shared::{Damage, Disk, DiskId, Job, JobId, JobKind, JobStatus, Name};

use crate::{
    api,
    asked::Deed,
    components::{
        badge::{JobBadge, Tone},
        confirm::Confirm,
        icon::Icon,
        progress::Progress,
        show::{Item, Show},
        snapshot_now::SnapshotDialog,
        time::Ago,
        toast::use_toaster,
        watch::result_route,
    },
    live::use_live,
    routes::Route,
    view::{bytes, job, offsets, percent, time},
};

/// So many damaged ranges are listed; all of them are in the API's answer.
const DAMAGE_LISTED: usize = 50;

/// A job in a list of jobs.
pub fn item(id: JobId) -> Item {
    Item::new(&id, move || view! { <JobCard id=id /> })
}

/// A job, from its start to its end.
#[component]
pub fn JobCard(
    /// Which.
    id: JobId,
    /// The job as it was, where it is older than those that are followed.
    #[prop(optional, into)]
    otherwise: Signal<Option<Job>>,
) -> impl IntoView {
    let followed = use_live().job(id);
    let known = Memo::new(move |_| followed.get().or_else(|| otherwise.get()));
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
            let made = result_route(of).map(|route| ("See it", route));
            let link = made.or(of.disk_id.map(|id| ("Its disk", Route::Disk(id))));
            view! {
                <p class="job-facts">
                    <span>{job::outcome(result)}</span>
                    <span>{format!("took {took}")}</span>
                    {link.map(|(words, route)| view! { <a href=route.path()>{words}</a> })}
                </p>
                {damage(job::damage(&of.status))}
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
            view! { <p class="job-facts"><span>{job::remains(of.kind)}</span></p> }.into_any()
        }
    }
}

/// Where the damage is that a check found, the first of it.
fn damage(found: &[Damage]) -> impl IntoView + use<> {
    let more = found.len().saturating_sub(DAMAGE_LISTED);
    let row = |it: &Damage| {
        view! {
            <li>
                <code>{offsets::hex(it.offset_bytes)}</code>
                {format!(", {}: {}", bytes::short(it.length_bytes), it.reason)}
            </li>
        }
    };
    let rows: Vec<_> = found.iter().take(DAMAGE_LISTED).map(row).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <div class="job-problem">
                <ul class="names" aria-label="What cannot be read back">{rows}</ul>
                {(more > 0).then(|| format!("and {} more", bytes::grouped(more as u64)))}
            </div>
        }
    })
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
    let toaster = use_toaster();
    // What exactly was asked for is not kept with the job, so it is asked for again.
    let retaking = RwSignal::new(None::<Disk>);
    let opening = Deed::default();
    let retake = move |disk: DiskId| async move {
        match api::disk(disk).await {
            Ok(disk) => drop(retaking.try_set(Some(disk))),
            Err(error) => toaster.say(Tone::Bad, error.to_string()),
        }
        Ok(())
    };
    let name = move || {
        job.with(|job| job.as_ref().and_then(|job| job.snapshot_name.as_ref().map(Name::to_string)))
    };
    let can_stop =
        Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(|job| !job.status.is_final())));
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
                disabled=opening.pending()
                on:click=move |_| {
                    if let Some(disk) = job.get_untracked().and_then(|job| job.disk_id) {
                        opening.start(retake(disk));
                    }
                }
            >
                <Icon name="refresh" />
                "Take it again"
            </button>
            <SnapshotDialog disk=retaking name=Signal::derive(move || name().unwrap_or_default()) />
        </Show>
        <Confirm
            open=asked
            title="Stop this job?"
            deed="Stop the job"
            danger=true
            doing=cancelling
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
