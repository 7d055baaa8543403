//! The list of disks.

use leptos::prelude::*;
use shared::{Code, Disk, DiskSource};

use crate::{
    api::{self, Answer},
    asked::{Deed, ask, effect},
    components::{
        badge::{Badge, Tone},
        bytes::Bytes,
        confirm::Confirm,
        dialog::open_about,
        empty::Empty,
        field::{Search, TextField},
        icon::Icon,
        new_disk::{NewDiskDialog, Way},
        page_head::PageHead,
        remote::Remote,
        script::{absolute, skikt},
        show::Show,
        snapshot_now::SnapshotDialog,
        spark::Spark,
        table::{Column, From, Table},
        time::Ago,
        toast::use_toaster,
        upload::UnderWay,
        url::in_url,
    },
    live::use_live,
    routes::Route,
    upload::use_upload,
    view::{attention, bytes, disks::DiskRow, percent, script, snapshots, upload::is_unfinished},
};

/// `/disks?q&sort`: every disk, with what can be done to it.
#[component]
pub fn DisksPage() -> impl IntoView {
    let live = use_live();
    let rows = ask(move || {
        live.track_inventory();
        load()
    });
    let sent = use_upload();
    let adding = RwSignal::new(false);
    let taking = RwSignal::new(None::<Disk>);
    let detaching = RwSignal::new(None::<Disk>);
    let (words, look_for) = in_url::<String>("q");
    let words = Signal::derive(move || words.get().unwrap_or_default());
    let set_words = move |words: String| look_for.set((!words.is_empty()).then_some(words));
    view! {
        <PageHead title="Disks">
            <Search label="Search disks" value=words set=set_words />
            <button type="button" class="button" data-look="primary" on:click=move |_| adding.set(true)>
                <Icon name="plus" />
                "Attach or create"
            </button>
        </PageHead>
        <Show when=move || sent.is_under_way() && !adding.get()>
            <section class="panel form" aria-label="Upload"><UnderWay /></section>
        </Show>
        <Remote
            source=rows
            is_empty=Vec::is_empty
            empty=move || view! {
                <Empty icon="disk" title="No disks yet">
                    <p>"Attach an image file that the server can read, upload one, or make an empty disk."</p>
                    <button type="button" class="button" data-look="primary" on:click=move |_| adding.set(true)>
                        "Attach or create a disk"
                    </button>
                </Empty>
            }
            let:rows
        >
            <DiskTable
                rows=Memo::new(move |_| {
                    let words = words.get();
                    rows.with(|rows| rows.iter().filter(|row| row.matches(&words)).cloned().collect::<Vec<_>>())
                })
                taking=taking
                detaching=detaching
            />
        </Remote>
        <NewDiskDialog open=adding way=Way::Attach />
        <SnapshotDialog disk=taking />
        <Detach disk=detaching />
    }
}

async fn load() -> Answer<Vec<DiskRow>> {
    let disks = api::disks().await?;
    let costs = api::costs().await?;
    Ok(DiskRow::join(&disks, &costs))
}

/// The table of disks.
#[component]
fn DiskTable(
    #[prop(into)] rows: Signal<Vec<DiskRow>>,
    taking: RwSignal<Option<Disk>>,
    detaching: RwSignal<Option<Disk>>,
) -> impl IntoView {
    let columns = vec![
        Column::new("name", "Name", name_cell)
            .order(|a: &DiskRow, b| a.disk.name.cmp(&b.disk.name)),
        Column::new("tier", "Tier", |row: &DiskRow| row.disk.sku.as_str())
            .from(From::Wide)
            .order(|a, b| a.disk.sku.cmp(&b.disk.sku)),
        Column::new(
            "size",
            "Size",
            |row: &DiskRow| view! { <Bytes of=row.disk.size_bytes.bytes() /> },
        )
        .number()
        .from(From::Medium)
        .order(|a, b| a.disk.size_bytes.cmp(&b.disk.size_bytes)),
        Column::new("snapshots", "Snapshots", count_cell)
            .number()
            .from(From::Medium)
            .order(|a, b| a.disk.snapshot_count.cmp(&b.disk.snapshot_count)),
        Column::new("last", "Last snapshot", last_cell)
            .from(From::Medium)
            .order(|a, b| a.disk.last_snapshot_at.cmp(&b.disk.last_snapshot_at)),
        Column::new("changes", "Changes", |row: &DiskRow| view! { <Spark disk=row.disk.id /> })
            .from(From::Wide)
            .lasting(),
        Column::new(
            "stored",
            "Stored",
            |row: &DiskRow| view! { <Bytes of=row.figures.stored_bytes /> },
        )
        .number()
        .from(From::Medium)
        .order(|a, b| a.figures.stored_bytes.cmp(&b.figures.stored_bytes)),
        Column::new("saved", "Saved", saved_cell).number().order(|a, b| {
            let share = |row: &DiskRow| percent::share(row.saved().0, row.saved().1);
            share(a).total_cmp(&share(b))
        }),
        Column::new("actions", "", move |row: &DiskRow| {
            let (id, label) = (row.disk.id, format!("Detach {}", row.disk.name));
            let ask = move |about: RwSignal<Option<Disk>>| {
                let row =
                    rows.with_untracked(|rows| rows.iter().find(|it| it.disk.id == id).cloned());
                about.set(row.map(|row| row.disk));
            };
            view! {
                <span class="row-actions">
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| ask(taking)
                    >
                        <Icon name="camera" />
                        "Snapshot"
                    </button>
                    <button
                        type="button"
                        class="icon-button"
                        title=label.clone()
                        aria-label=label
                        on:click=move |_| ask(detaching)
                    >
                        <Icon name="detach" />
                    </button>
                </span>
            }
        })
        .lasting(),
    ];
    view! { <Table label="Disks" rows=rows columns=columns key=|row: &DiskRow| row.disk.id.to_string() state=DiskRow::state order="name" /> }
}

fn name_cell(row: &DiskRow) -> impl IntoView + use<> {
    let source = match &row.disk.source {
        DiskSource::Attached { path, .. } => path.clone(),
        DiskSource::Managed { .. } => "managed".to_owned(),
    };
    view! {
        <span class="two-lines">
            <a href=Route::Disk(row.disk.id).path()>{row.disk.name.to_string()}</a>
            {
                let half = || view! { <small><Badge tone=Tone::Warning words="upload not finished" /></small> };
                is_unfinished(&row.disk).then(half)
            }
            <small class="muted to-medium">{last_cell(row)}</small>
            <small class="muted from-medium" title=source.clone()>{source.clone()}</small>
        </span>
    }
}

fn count_cell(row: &DiskRow) -> impl IntoView + use<> {
    let path = Route::Snapshots { disk: Some(row.disk.id) }.path();
    view! { <a href=path>{bytes::grouped(row.disk.snapshot_count)}</a> }
}

fn last_cell(row: &DiskRow) -> impl IntoView + use<> {
    let disk = row.disk.clone();
    let now = crate::components::time::use_now();
    let late = move || !attention::is_recent(&disk, now.get());
    match row.disk.last_snapshot_at {
        Some(at) => view! {
            <span class="age" data-late=move || late().to_string()>
                {
                    let late = late.clone();
                    move || late().then(|| view! { <Icon name="alert" /> })
                }
                <Ago at=at />
            </span>
        }
        .into_any(),
        None => view! { <span class="age" data-late="true"><Icon name="alert" />"never"</span> }
            .into_any(),
    }
}

fn saved_cell(row: &DiskRow) -> String {
    let (saved, full) = row.saved();
    if full == 0 { "–".to_owned() } else { percent::text(saved, full) }
}

/// Asks before a disk is let go, and says what goes with it.
#[component]
fn Detach(disk: RwSignal<Option<Disk>>) -> impl IntoView {
    let toaster = use_toaster();
    let open = open_about(disk);
    let typed = RwSignal::new(String::new());
    effect(move || {
        if disk.with(Option::is_some) {
            typed.set(String::new());
        }
    });
    let lost = move || {
        disk.with(|disk| match disk.as_ref().map(|disk| &disk.source) {
            Some(DiskSource::Managed { dirty_bytes, .. }) => *dirty_bytes,
            _ => 0,
        })
    };
    let name = move || {
        disk.with(|disk| disk.as_ref().map(|disk| disk.name.to_string())).unwrap_or_default()
    };
    let detaching = Deed::default();
    let detach = move |shown: Disk| {
        let confirmed = lost() > 0;
        async move {
            let detached = api::detach_disk(shown.id, confirmed.then_some(&shown.name)).await;
            if let Err(error) = &detached
                && error.code() == Some(Code::NotConfirmed)
            {
                // It was written to since the question was put: put it anew, with what is lost.
                let written = api::disk(shown.id).await?;
                if disk.try_with_untracked(Option::is_some) == Some(true) {
                    disk.set(Some(written));
                }
            }
            detached?;
            toaster.say(Tone::Good, format!("{} is detached.", shown.name));
            let _gone = open.try_set(false);
            Ok(())
        }
    };
    let consequence = move || {
        let count = disk.with(|disk| disk.as_ref().map_or(0, |disk| disk.snapshot_count));
        match (count, disk.with(|disk| disk.as_ref().map(|disk| disk.source.clone()))) {
            (0, Some(DiskSource::Attached { .. })) => "Its image file is not touched.".to_owned(),
            (0, _) => "It has no snapshots: nothing of it will be left.".to_owned(),
            (count, Some(DiskSource::Attached { .. })) => {
                format!("Its image file is not touched, and its {} stay.", snapshots::count(count))
            }
            (count, _) => {
                format!("Its {} stay, and can be made a disk again.", snapshots::count(count))
            }
        }
    };
    let lines = move || {
        let id =
            disk.with(|disk| disk.as_ref().map(|disk| disk.id.to_string())).unwrap_or_default();
        let (confirm, yes) = if lost() > 0 {
            (format!("?confirm={}", name()), Some("--yes"))
        } else {
            (String::new(), None)
        };
        let words: Vec<_> = ["disk", "detach", &id].into_iter().chain(yes).collect();
        let address = absolute(&format!("disks/{id}{confirm}"));
        vec![script::curl::<()>("DELETE", &address, None), skikt(&words)]
    };
    view! {
        <Confirm
            open=open
            title=Signal::derive(move || format!("Detach {}?", name()))
            deed=Signal::derive(move || format!("Detach {}", name()))
            danger=true
            doing=detaching
            blocked=Signal::derive(move || lost() > 0 && typed.get() != name())
            script=Signal::derive(lines)
            act=move |()| {
                if let Some(disk) = disk.get_untracked() {
                    detaching.start(detach(disk));
                }
            }
        >
            <p>{consequence}</p>
            <Show when=move || { lost() > 0 }>
                <p class="loss">
                    <Icon name="alert" />
                    <span>
                        <strong>{move || bytes::short(lost())}</strong>
                        " were written since the last snapshot, and are lost for good."
                    </span>
                </p>
                <TextField label=Signal::derive(move || format!("Type {} to confirm", name())) value=typed />
            </Show>
        </Confirm>
    }
}
