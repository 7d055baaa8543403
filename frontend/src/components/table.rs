//! A table that draws only the rows that are seen, sorted by what the address says.

use std::{cmp::Ordering, fmt, sync::Arc};

use leptos::{html, prelude::*};

use crate::{
    components::{
        icon::Icon,
        measure::use_size,
        show::{Item, each},
        url::in_url,
    },
    view::order::{Order, places, seen},
};

/// Height of a row in pixels, as `--row-height` has it.
const ROW: f64 = 44.0;

/// Tables up to this many rows are drawn whole, and scroll with the page.
const WHOLE: usize = 100;

/// On how wide a page a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// On any.
    Narrow,
    /// On a tablet's, and wider.
    Medium,
    /// On a desktop's.
    Wide,
}

/// A column of a table of `T`.
#[derive(Clone)]
pub struct Column<T> {
    key: &'static str,
    title: &'static str,
    number: bool,
    from: From,
    lasts: bool,
    order: Option<fn(&T, &T) -> Ordering>,
    cell: Arc<dyn Fn(&T) -> AnyView + Send + Sync>,
}

impl<T> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column").field("key", &self.key).finish_non_exhaustive()
    }
}

impl<T> Column<T> {
    /// A column with a head and its cells; `key` is its name in the address.
    pub fn new<V: IntoView + 'static>(
        key: &'static str,
        title: &'static str,
        cell: impl Fn(&T) -> V + Send + Sync + 'static,
    ) -> Self {
        let cell = Arc::new(move |row: &T| cell(row).into_any());
        Self { key, title, number: false, from: From::Narrow, lasts: false, order: None, cell }
    }

    /// The column holds numbers: they end below each other.
    #[must_use]
    pub fn number(self) -> Self {
        Self { number: true, ..self }
    }

    /// The column is shown on such wide pages only.
    #[must_use]
    pub fn from(self, from: From) -> Self {
        Self { from, ..self }
    }

    /// The column's cells are drawn once for each row, whatever becomes of it: they follow what they
    /// show by themselves, or hold what somebody's focus may be on.
    #[must_use]
    pub fn lasting(self) -> Self {
        Self { lasts: true, ..self }
    }

    /// The table can be put in this order.
    #[must_use]
    pub fn order(self, order: fn(&T, &T) -> Ordering) -> Self {
        Self { order: Some(order), ..self }
    }

    fn class(&self) -> String {
        let from = match self.from {
            From::Narrow => "",
            From::Medium => " from-medium",
            From::Wide => " from-wide",
        };
        format!("column-{}{from}{}", self.key, if self.number { " numbers" } else { "" })
    }
}

/// A table.
#[component]
pub fn Table<T>(
    /// What it lists, for those who listen.
    label: &'static str,
    /// The rows, in any order.
    #[prop(into)]
    rows: Signal<Vec<T>>,
    /// The columns.
    columns: Vec<Column<T>>,
    /// Tells rows apart.
    key: fn(&T) -> String,
    /// Changes when what a row shows does; a row without it is always the same.
    #[prop(optional)]
    state: Option<fn(&T) -> String>,
    /// The order until another is chosen: a column's key, with `-` for the largest first.
    order: &'static str,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
{
    let (chosen, choose) = in_url::<Order>("sort");
    let current = Memo::new(move |_| {
        chosen.get().unwrap_or_else(|| order.parse().unwrap_or_else(|never| match never {}))
    });
    let heads = columns.iter().map(|column| head(column, current, choose)).collect();
    let columns = Arc::new(columns);
    let all = Arc::clone(&columns);
    let sorted = Memo::new(move |_| {
        let Order { column, descending } = current.get();
        let order = all.iter().find(|it| it.key == column).and_then(|column| column.order);
        rows.with(|rows| {
            let compare = |a: usize, b: usize| {
                let (a, b) = if descending { (b, a) } else { (a, b) };
                let rows = rows.get(a).zip(rows.get(b));
                order.zip(rows).map_or(Ordering::Equal, |(order, (a, b))| order(a, b))
            };
            places(rows.len(), &compare)
        })
    });
    let parts = columns.iter().map(|column| (column.class(), column.lasts)).collect();
    let line = move |at: usize| {
        let row = rows.with(|rows| rows.get(at).cloned())?;
        let (key, state) = (key(&row), state.map(|state| state(&row)).unwrap_or_default());
        let columns = Arc::clone(&columns);
        let draw = move |at: usize| columns.get(at).map(|column| (column.cell)(&row)).into_any();
        Some(Line { key, state, draw: Arc::new(draw) })
    };
    let count = Memo::new(move |_| rows.with(Vec::len));
    frame(label, heads, parts, count, sorted, Box::new(line))
}

/// A row: its key, its state, and what draws its cells.
#[derive(Clone)]
struct Line {
    key: String,
    state: String,
    draw: Arc<dyn Fn(usize) -> AnyView + Send + Sync>,
}

/// What is the same whatever is listed. `sorted` has the places of rows, `line` gives the row at
/// a place.
fn frame(
    label: &'static str,
    heads: Vec<AnyView>,
    parts: Vec<(String, bool)>,
    count: Memo<usize>,
    sorted: Memo<Vec<usize>>,
    line: Box<dyn Fn(usize) -> Option<Line> + Send>,
) -> AnyView {
    let scroller = NodeRef::<html::Div>::new();
    let size = use_size(scroller);
    let above = RwSignal::new(0.0);
    let on_scroll = move |_| {
        if let Some(element) = scroller.get_untracked() {
            above.set(f64::from(element.scroll_top()));
        }
    };
    let window = Memo::new(move |_| {
        let (above, (_, height)) = (above.get(), size.get());
        if count.get() <= WHOLE { (0, count.get()) } else { seen(above, height, ROW, count.get()) }
    });
    // The rows as they are: one that moves is the same row, and keeps the focus.
    let lines = RwSignal::new(Vec::<Line>::new());
    let parts = Arc::new(parts);
    let shown = move || {
        let (first, last) = window.get();
        let places = sorted.get();
        let places = places.get(first..last.min(places.len())).unwrap_or_default();
        let now: Vec<_> = places.iter().filter_map(|place| line(*place)).collect();
        let item = |line: &Line| {
            let (key, parts) = (line.key.clone(), Arc::clone(&parts));
            Item::new(&line.key, move || line_view(key, lines, window, &parts))
        };
        let items = now.iter().map(item).collect();
        lines.set(now);
        items
    };
    let spacer = move |rows: usize| {
        (rows > 0).then(|| {
            let height = format!("{}px", rows as f64 * ROW);
            view! { <tr aria-hidden="true" class="spacer" style:height=height></tr> }
        })
    };
    view! {
        <div
            class="table-scroll"
            node_ref=scroller
            data-virtual=move || (count.get() > WHOLE).to_string()
            on:scroll=on_scroll
        >
            <table class="table" aria-label=label aria-rowcount=move || count.get() + 1>
                <thead>
                    <tr aria-rowindex="1">{heads}</tr>
                </thead>
                <tbody>
                    {move || spacer(window.get().0)}
                    {each(shown)}
                    {move || spacer(count.get() - window.get().1.min(count.get()))}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn head<T>(
    column: &Column<T>,
    current: Memo<Order>,
    choose: SignalSetter<Option<Order>>,
) -> AnyView {
    let (key, title, class) = (column.key, column.title, column.class());
    if column.order.is_none() {
        plain_head(key, title, class)
    } else {
        sorting_head(key, title, class, current, choose)
    }
}

fn line_view(
    key: String,
    lines: RwSignal<Vec<Line>>,
    window: Memo<(usize, usize)>,
    parts: &[(String, bool)],
) -> impl IntoView + use<> {
    let place = Memo::new(move |_| {
        lines.with(|lines| lines.iter().position(|line| line.key == key).unwrap_or(usize::MAX))
    });
    let state = Memo::new(move |_| {
        let state = lines.with(|lines| lines.get(place.get()).map(|line| line.state.clone()));
        state.unwrap_or_default()
    });
    let cells = parts.iter().enumerate().map(|(column, (class, lasts))| {
        let draw = move || {
            let line = lines.with_untracked(|lines| lines.get(place.get_untracked()).cloned());
            line.map(|line| (line.draw)(column)).into_any()
        };
        let content = if *lasts {
            draw()
        } else {
            (move || {
                state.track();
                draw()
            })
            .into_any()
        };
        view! { <td class=class.clone()>{content}</td> }
    });
    view! {
        <tr aria-rowindex=move || window.get().0.saturating_add(place.get()).saturating_add(2)>{cells.collect::<Vec<_>>()}</tr>
    }
}

fn plain_head(key: &'static str, title: &'static str, class: String) -> AnyView {
    let words = if title.is_empty() { "visually-hidden" } else { "" };
    let title = if title.is_empty() { key } else { title };
    view! { <th scope="col" class=class><span class=words>{title}</span></th> }.into_any()
}

fn sorting_head(
    key: &'static str,
    title: &'static str,
    class: String,
    current: Memo<Order>,
    choose: SignalSetter<Option<Order>>,
) -> AnyView {
    let way = move || {
        let current = current.get();
        (current.column == key).then_some(if current.descending {
            "descending"
        } else {
            "ascending"
        })
    };
    let icon = Signal::derive(move || match way() {
        None => "sort",
        Some("descending") => "arrow-down",
        Some(_) => "arrow-up",
    });
    view! {
        <th scope="col" class=class aria-sort=way>
            <button type="button" on:click=move |_| choose.set(Some(current.get().pressed(key)))>
                {title}
                <Icon name=icon />
            </button>
        </th>
    }
    .into_any()
}
