//! The figures at the top: what was saved, and whether all is well.

use leptos::prelude::*;
use shared::{Costs, Disk, Job, JobStatus};

use crate::{
    components::time::use_now,
    live::use_live,
    routes::Route,
    view::{attention, bytes, job, money, percent},
};

/// The figures.
#[component]
pub fn Figures(disks: Signal<Vec<Disk>>, costs: Signal<Costs>) -> impl IntoView {
    let (live, now) = (use_live(), use_now());
    let (jobs, known) = (live.jobs(), live.jobs_known());
    let total = move || costs.with(|costs| costs.total);
    let money =
        move |micros: u64| costs.with(|costs| money::short(micros, &costs.price_sheet.currency));
    let today = Memo::new(move |_| {
        jobs.with(|jobs| {
            let today = || jobs.iter().filter(|job| attention::is_of_today(job, now.get()));
            let failed = today().filter(|job| job::is_bad(&job.status)).count();
            let done = |job: &&Job| matches!(job.status, JobStatus::Done { .. });
            (today().filter(done).count(), failed)
        })
    });
    let late = Memo::new(move |_| {
        disks.with(|disks| {
            disks.iter().filter(|disk| !attention::is_recent(disk, now.get())).count()
        })
    });
    view! {
        <dl class="figures">
            <div class="figure" data-main="true">
                <dt>"Saved against full snapshots"</dt>
                <dd>{move || percent::saved(total().stored_bytes, total().full_bytes)}</dd>
                <dd class="figure-note">
                    {move || format!("{} stored, full would take {}", bytes::short(total().stored_bytes), bytes::short(total().full_bytes))}
                </dd>
            </div>
            <div class="figure">
                <dt>"Saved a month"</dt>
                <dd>{move || money(total().saved_micros())}</dd>
                <dd class="figure-note">
                    <a href=Route::Cost.path()>{move || format!("{} instead of {}", money(total().cost_micros), money(total().full_cost_micros))}</a>
                </dd>
            </div>
            <div class="figure">
                <dt>"Snapshots"</dt>
                <dd>{move || bytes::grouped(total().snapshot_count)}</dd>
                <dd class="figure-note">
                    {move || match disks.with(Vec::len) {
                        1 => "1 disk is attached".to_owned(),
                        number => format!("{number} disks are attached"),
                    }}
                </dd>
            </div>
            <div class="figure">
                <dt>"Jobs in 24 hours"</dt>
                <dd>{move || if known.get() { today.get().0.to_string() } else { "–".to_owned() }}</dd>
                <dd class="figure-note" data-tone=move || (today.get().1 > 0).then_some("bad")>
                    {move || match today.get().1 {
                        _ if !known.get() => "not known yet".into_any(),
                        0 => view! { <a href=Route::Jobs.path()>"none failed"</a> }.into_any(),
                        failed => view! { <a href=Route::FailedJobs.path()>{format!("{failed} failed")}</a> }.into_any(),
                    }}
                </dd>
            </div>
            <div class="figure">
                <dt>"No recent snapshot"</dt>
                <dd>{late}</dd>
                <dd class="figure-note" data-tone=move || (late.get() > 0).then_some("warning")>
                    {move || match late.get() {
                        0 if disks.with(Vec::is_empty) => "no disk is attached",
                        0 => "every disk has one",
                        _ => "for more than a day",
                    }}
                </dd>
            </div>
        </dl>
    }
}

/// The places of the figures and panels, until these come.
#[component]
pub fn Waiting() -> impl IntoView {
    view! {
        <span class="visually-hidden">"Loading"</span>
        <div class="figures waiting">
            <div class="figure" data-main="true"></div>
            <div class="figure"></div>
            <div class="figure"></div>
            <div class="figure"></div>
            <div class="figure"></div>
        </div>
        <div class="overview-columns waiting">
            <div class="panel chart-place"></div>
            <div class="panel chart-place"></div>
        </div>
    }
}
