//! What all disks did and saved, in five seconds.

pub mod figures;
pub mod first_run;

use leptos::prelude::*;
use shared::{Costs, Disk};

use crate::{
    api::{self, Answer},
    asked::ask,
    components::{
        area_chart::SavingsChart,
        bytes::Bytes,
        icon::Icon,
        job_card,
        page_head::PageHead,
        remote::{Remote, failure},
        show::{Item, Show, each},
        snapshot_now::SnapshotDialog,
        spark::Spark,
        time::{Ago, use_now},
    },
    live::use_live,
    routes::Route,
    view::{
        attention::{self, Action, Attention},
        order,
    },
};
use figures::Figures;
use first_run::FirstRun;

/// The most disks that are listed here; the rest is a page away.
const DISKS: usize = 8;

/// The most that needs attention that is listed here.
const ATTENTION: usize = 6;

/// What the page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Summary {
    disks: Vec<Disk>,
    costs: Costs,
}

impl Summary {
    /// Whether nobody has taken a snapshot here yet.
    fn is_new(&self) -> bool {
        self.costs.total.snapshot_count == 0
            && self.disks.iter().all(|disk| disk.snapshot_count == 0)
    }
}

/// `/`: the server at a glance; on a new one, the way to the first snapshot.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let live = use_live();
    let summary = ask(move || {
        live.track_inventory();
        load()
    });
    view! {
        <PageHead title="Overview" />
        <Remote source=summary loading=|| view! { <figures::Waiting /> } let:summary>
            <Ready summary=summary />
        </Remote>
    }
}

async fn load() -> Answer<Summary> {
    let disks = api::disks().await?;
    let costs = api::costs().await?;
    Ok(Summary { disks, costs })
}

#[component]
fn Ready(summary: Signal<Summary>) -> impl IntoView {
    // The guide stays until its last step is read, not until its first snapshot is there.
    let guided = RwSignal::new(summary.with_untracked(Summary::is_new));
    let disks = Signal::derive(move || summary.with(|summary| summary.disks.clone()));
    move || {
        if guided.get() {
            view! { <FirstRun disks=disks finished=move |()| guided.set(false) /> }.into_any()
        } else {
            view! { <Dashboard summary=summary /> }.into_any()
        }
    }
}

#[component]
fn Dashboard(summary: Signal<Summary>) -> impl IntoView {
    let disks = Signal::derive(move || summary.with(|summary| summary.disks.clone()));
    let costs = Signal::derive(move || summary.with(|summary| summary.costs.clone()));
    view! {
        <Figures disks=disks costs=costs />
        <div class="overview-columns">
            <section class="panel" aria-labelledby="saved-heading">
                <h2 id="saved-heading">"Stored beside full snapshots"</h2>
                <SavingsChart days=Signal::derive(move || costs.with(|costs| costs.days.clone())) />
            </section>
            <div class="overview-side">
                <NeedsAttention disks=disks />
                <AtWork />
            </div>
        </div>
        <DiskList disks=disks />
    }
}

#[component]
fn NeedsAttention(disks: Signal<Vec<Disk>>) -> impl IntoView {
    let (live, now) = (use_live(), use_now());
    let (jobs, known, unknown) = (live.jobs(), live.jobs_known(), live.jobs_error());
    let taking = RwSignal::new(None::<Disk>);
    let items = Memo::new(move |_| {
        disks.with(|disks| jobs.with(|jobs| attention::list(disks, jobs, now.get())))
    });
    let action = move |action: &Action| match action {
        Action::SeeJob(id) => {
            view! { <a class="button" href=Route::Job(*id).path()>"See why"</a> }.into_any()
        }
        Action::SeeDisks => {
            view! { <a class="button" href=Route::Disks.path()>"See disks"</a> }.into_any()
        }
        Action::Snapshot(id) => {
            let id = *id;
            let disk =
                disks.with_untracked(|disks| disks.iter().find(|disk| disk.id == id).cloned());
            disk.map(|disk| {
                view! {
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| taking.set(Some(disk.clone()))
                    >
                        <Icon name="camera" />
                        "Take snapshot"
                    </button>
                }
            })
            .into_any()
        }
    };
    let row = move |item: Attention| {
        view! {
            <li data-tone=if item.broken { "bad" } else { "warning" }>
                <Icon name=if item.broken { "error" } else { "alert" } />
                <span>{item.words.clone()} {item.cause.clone().map(|cause| view! { <small title=cause.clone()>{cause.clone()}</small> })}</span>
                {action(&item.action)}
            </li>
        }
    };
    view! {
        <section class="panel" aria-labelledby="attention-heading">
            <h2 id="attention-heading">"Needs attention"</h2>
            {move || {
                let items = items.get();
                if !items.is_empty() {
                    let more = items.len().saturating_sub(ATTENTION);
                    let shown = items.into_iter().take(ATTENTION).map(row).collect::<Vec<_>>();
                    let more = (more > 0).then(|| view! {
                        <p><a href=Route::Disks.path()>{format!("and {more} more")}</a></p>
                    });
                    view! { <ul class="attention">{shown}</ul> {more} }.into_any()
                } else if let Some(error) = unknown.get() {
                    failure(&error, false, move || live.ask_for_jobs())
                } else if !known.get() {
                    view! { <p class="muted">"Looking …"</p> }.into_any()
                } else if disks.with(Vec::is_empty) {
                    view! { <p class="muted">"No disk is attached."</p> }.into_any()
                } else {
                    view! { <p class="all-well"><Icon name="ok" />"Nothing: every disk has a snapshot of the last day."</p> }.into_any()
                }
            }}
            <SnapshotDialog disk=taking />
        </section>
    }
}

#[component]
fn AtWork() -> impl IntoView {
    let live = use_live();
    let (jobs, known) = (live.jobs(), live.jobs_known());
    let running = Memo::new(move |_| {
        jobs.with(|jobs| {
            let at_work = jobs.iter().filter(|job| !job.status.is_final());
            at_work.take(4).map(|job| job.id).collect::<Vec<_>>()
        })
    });
    view! {
        <section class="panel" aria-labelledby="work-heading">
            <h2 id="work-heading">"At work"</h2>
            <Show
                when=move || running.with(|running| !running.is_empty())
                fallback=move || view! { <p class="muted">{move || if known.get() { "No job runs. " } else { "" }} <a href=Route::Jobs.path()>"Past jobs"</a></p> }
            >
                {each(move || running.get().into_iter().map(job_card::item).collect())}
            </Show>
        </section>
    }
}

#[component]
fn DiskList(disks: Signal<Vec<Disk>>) -> impl IntoView {
    let newest = |a: &Disk, b: &Disk| b.last_snapshot_at.cmp(&a.last_snapshot_at);
    let shown = move || disks.with(|disks| order::first(DISKS, disks, newest));
    let item = |disk: Disk| {
        let (revision, size) = (disk.revision, disk.size_bytes.bytes());
        let key = format!("{} {revision} {size} {}", disk.id, disk.name);
        Item::new(&key, move || disk_line(&disk))
    };
    view! {
        <section class="panel" aria-labelledby="disks-heading">
            <div class="panel-head">
                <h2 id="disks-heading">"Disks"</h2>
                <a href=Route::Disks.path()>
                    {move || format!("All {}", disks.with(Vec::len))}
                </a>
            </div>
            <ul class="disk-list">
                {each(move || shown().into_iter().map(item).collect())}
            </ul>
        </section>
    }
}

fn disk_line(disk: &Disk) -> impl IntoView + use<> {
    let age = match disk.last_snapshot_at {
        Some(at) => view! { <Ago at=at /> }.into_any(),
        None => "no snapshot".into_any(),
    };
    view! {
        <li>
            <Icon name="disk" />
            <a href=Route::Disk(disk.id).path()>{disk.name.to_string()}</a>
            <Spark disk=disk.id />
            <span class="muted disk-size"><Bytes of=disk.size_bytes.bytes() /></span>
            <span class="muted disk-age">{age}</span>
        </li>
    }
}
