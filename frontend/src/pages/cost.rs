//! What snapshots cost and save.

use leptos::prelude::*;
use shared::{CostFigures, Costs, DiskCost, PriceSheet};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::{
    api,
    asked::ask,
    components::{
        area_chart::SavingsChart,
        bytes::Bytes,
        empty::Empty,
        icon::Icon,
        page_head::PageHead,
        remote::Remote,
        table::{Column, From, Table},
    },
    live::use_live,
    routes::Route,
    view::{bytes, csv, money, percent, snapshots, time},
};

/// `/cost?sort`: the money, by disk and by day, and how it is worked out.
#[component]
pub fn CostPage() -> impl IntoView {
    let live = use_live();
    let costs = ask(move || {
        live.track_inventory();
        api::costs()
    });
    let known = move || costs.get();
    view! {
        <PageHead title="Cost">
            <button
                type="button"
                class="button"
                disabled=move || known().is_none()
                on:click=move |_| {
                    if let Some(costs) = known() {
                        save("skikt-costs.csv", &as_csv(&costs));
                    }
                }
            >
                <Icon name="download" />
                "Export CSV"
            </button>
        </PageHead>
        <Remote
            source=costs
            is_empty=|costs: &Costs| costs.total.snapshot_count == 0
            empty=|| view! {
                <Empty icon="cost" title="Nothing costs anything yet">
                    <p>"What snapshots cost and save is shown as soon as there is one."</p>
                    <a class="button" href=Route::Overview.path()>"Take the first snapshot"</a>
                </Empty>
            }
            let:costs
        >
            <Ready costs=costs />
        </Remote>
    }
}

#[component]
fn Ready(costs: Signal<Costs>) -> impl IntoView {
    let total = move || costs.with(|costs| costs.total);
    let sum =
        move |micros: u64| costs.with(|costs| money::short(micros, &costs.price_sheet.currency));
    view! {
        <section aria-label="Saved">
            <p class="headline-figure">
                <b>{move || sum(total().saved_micros())}</b>
                " saved a month"
            </p>
            <p class="muted">
                {move || {
                    let total = total();
                    format!(
                        "{} cheaper than full snapshots: {} instead of {} for {}. At the disks' provisioned size it would be {}.",
                        percent::saved(total.cost_micros, total.full_cost_micros),
                        sum(total.cost_micros),
                        sum(total.full_cost_micros),
                        snapshots::count(total.snapshot_count),
                        sum(total.provisioned_cost_micros),
                    )
                }}
            </p>
        </section>
        <section class="panel" aria-labelledby="days-heading">
            <h2 id="days-heading">"By day"</h2>
            <SavingsChart days=Signal::derive(move || costs.with(|costs| costs.days.clone())) />
        </section>
        <section class="panel" aria-labelledby="by-disk-heading">
            <h2 id="by-disk-heading">"By disk"</h2>
            <DiskCosts costs=costs />
        </section>
        <div class="two-columns">
            <Prices sheet=Signal::derive(move || costs.with(|costs| costs.price_sheet.clone())) />
            <Formula />
        </div>
    }
}

#[component]
fn DiskCosts(costs: Signal<Costs>) -> impl IntoView {
    let sum =
        move |micros: u64| costs.with(|costs| money::short(micros, &costs.price_sheet.currency));
    let rows = Signal::derive(move || costs.with(|costs| costs.disks.clone()));
    let columns = vec![
        Column::new("name", "Disk", |row: &DiskCost| {
            view! { <a href=Route::Disk(row.disk_id).path()>{row.disk_name.to_string()}</a> }
        })
        .order(|a: &DiskCost, b| a.disk_name.cmp(&b.disk_name)),
        Column::new("snapshots", "Snapshots", |row: &DiskCost| {
            bytes::grouped(row.figures.snapshot_count)
        })
        .number()
        .from(From::Medium)
        .order(|a, b| a.figures.snapshot_count.cmp(&b.figures.snapshot_count)),
        Column::new(
            "stored",
            "Stored",
            |row: &DiskCost| view! { <Bytes of=row.figures.stored_bytes /> },
        )
        .number()
        .from(From::Medium)
        .order(|a, b| a.figures.stored_bytes.cmp(&b.figures.stored_bytes)),
        Column::new(
            "full",
            "Full would take",
            |row: &DiskCost| view! { <Bytes of=row.figures.full_bytes /> },
        )
        .number()
        .from(From::Wide)
        .order(|a, b| a.figures.full_bytes.cmp(&b.figures.full_bytes)),
        Column::new("cost", "A month", move |row: &DiskCost| sum(row.figures.cost_micros))
            .number()
            .order(|a, b| a.figures.cost_micros.cmp(&b.figures.cost_micros)),
        Column::new("full_cost", "Full, a month", move |row: &DiskCost| {
            sum(row.figures.full_cost_micros)
        })
        .number()
        .from(From::Wide)
        .order(|a, b| a.figures.full_cost_micros.cmp(&b.figures.full_cost_micros)),
        Column::new("saved", "Saved a month", move |row: &DiskCost| {
            sum(row.figures.saved_micros())
        })
        .number()
        .order(|a, b| a.figures.saved_micros().cmp(&b.figures.saved_micros())),
        Column::new("share", "Saved", |row: &DiskCost| {
            percent::saved(row.figures.cost_micros, row.figures.full_cost_micros)
        })
        .number()
        .from(From::Medium),
    ];
    let key = |row: &DiskCost| row.disk_id.to_string();
    let state = |row: &DiskCost| format!("{:?}", row.figures);
    view! { <Table label="Cost by disk" rows=rows columns=columns key=key state=state order="-cost" /> }
}

#[component]
fn Prices(sheet: Signal<PriceSheet>) -> impl IntoView {
    let rows = move || {
        let sheet = sheet.get();
        let row = |price: &shared::Price| {
            view! {
                <tr>
                    <th scope="row">{price.sku.as_str()}</th>
                    <td class="numbers">{money::exact(price.micros_per_gib_month, &sheet.currency)}</td>
                </tr>
            }
        };
        sheet.prices.iter().map(row).collect::<Vec<_>>()
    };
    view! {
        <section class="panel" aria-labelledby="prices-heading">
            <h2 id="prices-heading">"Price sheet"</h2>
            <p class="muted">
                {move || sheet.with(|sheet| format!("{}, of {}.", sheet.source, time::date(sheet.dated)))}
            </p>
            <table class="table" aria-label="Prices">
                <thead>
                    <tr>
                        <th scope="col">"Storage"</th>
                        <th scope="col" class="numbers">"A GiB and month"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

#[component]
fn Formula() -> impl IntoView {
    view! {
        <section class="panel prose" aria-labelledby="formula-heading">
            <h2 id="formula-heading">"How this is computed"</h2>
            <p>
                <code>"cost a month = stored bytes ÷ 2³⁰ × price of the storage"</code>
            </p>
            <p>
                "Stored bytes are those that live snapshots need in their pool, after compression, metadata included, one copy counted. "
                "What several disks share is split evenly between them, so that the lines sum to the total."
            </p>
            <p>
                "Full snapshots would each store all used blocks of the disk at that moment, uncompressed; "
                "at provisioned size, every byte of it. Saved is the difference to used size, so that holes never count as savings."
            </p>
        </section>
    }
}

fn as_csv(costs: &Costs) -> String {
    let heads = [
        "disk",
        "snapshots",
        "stored_bytes",
        "full_bytes",
        "provisioned_bytes",
        "cost_micros",
        "full_cost_micros",
        "provisioned_cost_micros",
        "saved_micros",
        "currency",
    ];
    let row = |name: &str, figures: &CostFigures| {
        let numbers = [
            figures.snapshot_count,
            figures.stored_bytes,
            figures.full_bytes,
            figures.provisioned_bytes,
            figures.cost_micros,
            figures.full_cost_micros,
            figures.provisioned_cost_micros,
            figures.saved_micros(),
        ];
        let numbers = numbers.iter().map(ToString::to_string);
        let ends =
            (std::iter::once(name.to_owned()), std::iter::once(costs.price_sheet.currency.clone()));
        ends.0.chain(numbers).chain(ends.1).collect::<Vec<_>>()
    };
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(costs.disks.iter().map(|disk| row(disk.disk_name.as_str(), &disk.figures)));
    rows.push(row("total", &costs.total));
    csv::write(&rows)
}

/// Hands a text to the browser as a file to keep; one that cannot make it keeps none.
fn save(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    if let Ok(element) = document().create_element("a") {
        let link: web_sys::HtmlAnchorElement = element.unchecked_into();
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    // Revoking fails for malformed addresses only.
    let _infallible = web_sys::Url::revoke_object_url(&address);
}
