//! The jobs, and one of them.

use leptos::prelude::*;
use shared::{Job, JobId};

use crate::{
    api,
    asked::ask,
    components::{
        collect::Collect,
        empty::Empty,
        icon::Icon,
        job_card::{self, JobCard},
        page_head::PageHead,
        remote::{Remote, Skeleton, failure},
        show::{Show, each},
        url::in_url,
    },
    live::use_live,
    routes::Route,
    view::job,
};

/// Past jobs that are shown at first, and added each time more are asked for.
const STEP: usize = 30;

/// `/jobs?state&show`
#[component]
pub fn JobsPage() -> impl IntoView {
    let live = use_live();
    let jobs = live.jobs();
    let known = live.jobs_known();
    let unknown = live.jobs_error();
    let (state, _) = in_url::<String>("state");
    let failed = Memo::new(move |_| state.get().as_deref() == Some("failed"));
    let (most, show) = in_url::<String>("show");
    let most = move || most.get().and_then(|most| most.parse().ok()).unwrap_or(STEP);
    let collecting = RwSignal::new(false);
    let running = Memo::new(move |_| ids(&jobs.get(), |job| !job.status.is_final()));
    let ended = Memo::new(move |_| {
        let failed = failed.get();
        let wanted = |job: &Job| job.status.is_final() && (!failed || job::is_bad(&job.status));
        ids(&jobs.get(), wanted)
    });
    let none = Memo::new(move |_| jobs.with(Vec::is_empty));
    view! {
        <PageHead title="Jobs">
            <button type="button" class="button" on:click=move |_| collecting.set(true)>
                <Icon name="trash" />
                "Collect garbage"
            </button>
        </PageHead>
        <Collect open=collecting />
        {move || unknown.get().map(|error| failure(&error, known.get(), move || live.ask_for_jobs()))}
        {move || match (known.get(), none.get()) {
            (false, true) if unknown.with(Option::is_some) => ().into_any(),
            (false, true) => view! { <Skeleton /> }.into_any(),
            (true, true) => view! {
                <Empty icon="jobs" title="No jobs yet">
                    <p>"Taking a snapshot, checking one and collecting garbage are jobs. They are listed here while they run, and after."</p>
                    <a class="button" href=Route::Disks.path()>"Go to the disks"</a>
                </Empty>
            }
            .into_any(),
            (_, false) => view! {
                <section aria-labelledby="running-heading">
                    <h2 id="running-heading">"At work"</h2>
                    <div class="job-list">
                        {each(move || running.get().into_iter().map(job_card::item).collect())}
                    </div>
                    <Show when=move || running.with(Vec::is_empty)>
                        <p class="muted">"No job runs."</p>
                    </Show>
                </section>
                <section aria-labelledby="ended-heading">
                    <div class="panel-head">
                        <h2 id="ended-heading">"Ended"</h2>
                        <div class="choice" role="group" aria-label="Which">
                            <a href=Route::Jobs.path() aria-current=move || (!failed.get()).to_string()>"All"</a>
                            <a href=Route::FailedJobs.path() aria-current=move || failed.get().to_string()>"Failed"</a>
                        </div>
                    </div>
                    <div class="job-list">
                        {each(move || ended.get().into_iter().take(most()).map(job_card::item).collect())}
                    </div>
                    <Show when=move || ended.with(Vec::is_empty)>
                        <p class="muted">"None."</p>
                    </Show>
                    <Show when=move || { ended.with(Vec::len) > most() }>
                        <button type="button" class="button" on:click=move |_| show.set(Some((most() + STEP).to_string()))>
                            "Show more"
                        </button>
                    </Show>
                </section>
            }
            .into_any(),
        }}
    }
}

fn ids(jobs: &[Job], wanted: impl Fn(&Job) -> bool) -> Vec<JobId> {
    jobs.iter().filter(|job| wanted(job)).map(|job| job.id).collect()
}

/// `/jobs/:id`: it may be older than those that are kept in sight, so that it is asked for.
#[component]
pub fn JobPage(
    /// The job.
    id: JobId,
) -> impl IntoView {
    let live = use_live();
    let asked = ask(move || async move {
        let job = api::job(id).await?;
        live.learn(job.clone());
        Ok(job)
    });
    let title = move || asked.value().with(|job| job.as_ref().map_or("Job".to_owned(), job::title));
    view! {
        <PageHead title=Signal::derive(title) note=move || view! { <code>{id.to_string()}</code> } />
        <Remote source=asked let:job>
            <section aria-labelledby="state-heading">
                <h2 id="state-heading" class="visually-hidden">"How it stands"</h2>
                <div class="job-list"><JobCard id=id otherwise=Signal::derive(move || Some(job.get())) /></div>
            </section>
            <p><a href=Route::Jobs.path()>"All jobs"</a></p>
        </Remote>
    }
}

/// `/jobs/:id` where that is no job's.
#[component]
pub fn NoSuchJobPage() -> impl IntoView {
    view! {
        <PageHead title="Jobs" />
        <Empty icon="search" title="There is no such job">
            <p>"The address holds no job's id."</p>
            <a class="button" href=Route::Jobs.path()>"All jobs"</a>
        </Empty>
    }
}
