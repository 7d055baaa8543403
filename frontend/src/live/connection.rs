//! Keeps the event stream open: a browser gives up at the first refusal, we do not.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use serde::Deserialize;
use shared::{DiskId, Event, SnapshotId};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use super::{
    Live,
    store::{self, Gathered},
};
use crate::{api, view::backoff};

/// How the event stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// It was not open yet.
    Connecting,
    /// What is shown is as it is.
    Live,
    /// It broke; what is shown may be old.
    Reconnecting,
}

/// The kinds of event that are followed, as [`Event::kind`] spells them.
const KINDS: [&str; 6] = ["job", "snapshot", "snapshot_deleted", "disk", "disk_detached", "resync"];

/// A tab that nobody sees for so long lets its stream go: a browser opens no more than six to one
/// server, for all its tabs and whatever they ask for.
const REST_AFTER: Duration = Duration::from_secs(30);

/// Events that come within this time are shown together.
const GATHER: Duration = Duration::from_millis(100);

/// Between two rounds of asking for everything that is listed.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(1);

/// What listens to a stream, for as long as it is kept.
type Listeners = Vec<Closure<dyn FnMut(MessageEvent)>>;

/// The stream of this tab, with what has come and is not shown yet.
struct Link {
    live: Live,
    stream: RefCell<Option<(EventSource, Listeners)>>,
    gathered: RefCell<Gathered>,
    failures: Cell<u32>,
    resting: Cell<Option<TimeoutHandle>>,
    /// Whether the inventory was raised just now, and whether it is to be once more.
    raised: Cell<bool>,
    again: Cell<bool>,
}

/// Opens the stream now, and again whenever it breaks, for as long as the tab is seen.
pub(super) fn keep_open(live: Live) {
    let link = Rc::new(Link {
        live,
        stream: RefCell::default(),
        gathered: RefCell::default(),
        failures: Cell::default(),
        resting: Cell::default(),
        raised: Cell::default(),
        again: Cell::default(),
    });
    open(&link);
    // It goes for as long as the page does.
    let _until_the_page_closes = window_event_listener(ev::visibilitychange, move |_| {
        if let Some(earlier) = link.resting.take() {
            earlier.clear();
        }
        if document().hidden() {
            let link_at_rest = Rc::clone(&link);
            let rest = move || {
                if let Some((stream, _)) = link_at_rest.stream.take() {
                    stream.close();
                }
            };
            link.resting.set(set_timeout_with_handle(rest, REST_AFTER).ok());
        } else {
            open(&link);
        }
    });
}

/// Opens the stream, unless it is open or nobody would see what comes.
fn open(link: &Rc<Link>) {
    let is_open = |(stream, _): &(EventSource, _)| stream.ready_state() != EventSource::CLOSED;
    if document().hidden() || link.stream.borrow().as_ref().is_some_and(is_open) {
        return;
    }
    // Only an address that is none is refused here, and this one is fixed.
    let Ok(source) = EventSource::new(&api::events_url()) else { return };
    let listeners = listen(link, &source);
    link.stream.replace(Some((source, listeners)));
}

fn listen(link: &Rc<Link>, source: &EventSource) -> Listeners {
    let mut listeners = Vec::new();
    let mut add = |kind: &str, act: Box<dyn FnMut(MessageEvent)>| {
        let listener = Closure::wrap(act);
        // A browser refuses no listener.
        let _infallible =
            source.add_event_listener_with_callback(kind, listener.as_ref().unchecked_ref());
        listeners.push(listener);
    };
    for kind in KINDS {
        let link = Rc::clone(link);
        add(kind, Box::new(move |message| hear(&link, kind, &message)));
    }
    let opened = Rc::clone(link);
    add("open", Box::new(move |_| on_open(&opened)));
    let (broken, stream) = (Rc::clone(link), source.clone());
    add("error", Box::new(move |_| on_error(&broken, &stream)));
    listeners
}

/// Whatever happened while the stream was not open is asked for.
fn on_open(link: &Rc<Link>) {
    link.failures.set(0);
    link.live.connection.set(Connection::Live);
    gather(link, Event::Resync);
}

fn on_error(link: &Rc<Link>, stream: &EventSource) {
    link.live.connection.set(Connection::Reconnecting);
    // While it is connecting the browser tries by itself; closed is for good.
    if stream.ready_state() == EventSource::CLOSED {
        let failures = link.failures.get();
        link.failures.set(failures + 1);
        let link = Rc::clone(link);
        set_timeout(move || open(&link), backoff::delay(failures, js_sys::Math::random()));
    }
}

fn hear(link: &Rc<Link>, kind: &str, message: &MessageEvent) {
    // An event that cannot be read is of another version: ask for what it may have been about.
    gather(link, parse(kind, &message.data()).unwrap_or(Event::Resync));
}

/// Reads an event by its kind. `Event` could read itself, at twice the code: its data would be
/// kept in a form of their own until the kind is known, and be read from that.
fn parse(kind: &str, data: &JsValue) -> Option<Event> {
    #[derive(Deserialize)]
    struct Deleted {
        id: SnapshotId,
        disk_id: DiskId,
    }
    #[derive(Deserialize)]
    struct Detached {
        id: DiskId,
    }
    let data = data.as_string()?;
    let event = match kind {
        "job" => Event::Job(serde_json::from_str(&data).ok()?),
        "snapshot" => Event::Snapshot(serde_json::from_str(&data).ok()?),
        "disk" => Event::Disk(serde_json::from_str(&data).ok()?),
        "snapshot_deleted" => {
            let Deleted { id, disk_id } = serde_json::from_str(&data).ok()?;
            Event::SnapshotDeleted { id, disk_id }
        }
        "disk_detached" => {
            let Detached { id } = serde_json::from_str(&data).ok()?;
            Event::DiskDetached { id }
        }
        _ => Event::Resync,
    };
    Some(event)
}

fn gather(link: &Rc<Link>, event: Event) {
    let first = link.gathered.borrow().is_empty();
    link.gathered.borrow_mut().take_in(event);
    if first {
        let link = Rc::clone(link);
        set_timeout(move || show(&link), GATHER);
    }
}

fn show(link: &Rc<Link>) {
    let Gathered { jobs, disks, resync } = link.gathered.take();
    let live = link.live;
    if !jobs.is_empty() {
        live.jobs.update(|known| jobs.into_values().for_each(|job| store::keep_job(known, job)));
    }
    if resync {
        live.everything.update(|version| *version += 1);
        ask_for_jobs(live);
    }
    if resync || !disks.is_empty() {
        raise_inventory(link);
    }
    for disk in disks {
        let version = live.disks.with_untracked(|versions| versions.get(&disk).cloned());
        if let Some(version) = version {
            version.update(|version| *version += 1);
        }
    }
}

/// Whatever follows all disks asks for all of them: at most once a second, and always after the
/// last change.
fn raise_inventory(link: &Rc<Link>) {
    if link.raised.replace(true) {
        link.again.set(true);
        return;
    }
    link.live.inventory.update(|version| *version += 1);
    let link = Rc::clone(link);
    let settle = move || {
        link.raised.set(false);
        if link.again.take() {
            raise_inventory(&link);
        }
    };
    set_timeout(settle, BETWEEN_ROUNDS);
}

/// Jobs are kept here, so that they are asked for here too. What fails is asked again at the next
/// opening of the stream.
pub(super) fn ask_for_jobs(live: Live) {
    leptos::task::spawn_local(async move {
        match api::jobs().await {
            Ok(jobs) => {
                let keep =
                    |known: &mut _| jobs.into_iter().for_each(|job| store::keep_job(known, job));
                live.jobs.update(keep);
                live.jobs_known.set(true);
                live.jobs_error.set(None);
            }
            Err(error) => live.jobs_error.set(Some(error)),
        }
    });
}
