//! Tiles of heatmaps: asked for when they are seen, kept while there is room, left when they are not.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use leptos::{prelude::*, task::spawn_local};
use shared::heatmap::Tile;
use web_sys::{AbortController, HtmlCanvasElement};

use crate::{
    api::{self, ApiError, TileQuery},
    asked::effect,
    live::use_live,
    view::{
        layout::Layout,
        ramp::{Ground, Ramp},
    },
};

/// So many tiles are kept: with their pictures, about 40 MB.
const KEPT: usize = 128;

/// What a picture of a tile depends on, beside the tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How cells are laid out.
    pub layout: Layout,
    /// The colours of values.
    pub ramp: Ramp,
    /// What they are drawn on.
    pub ground: Ground,
}

/// A tile that is here: the last that came, until one of a later revision does.
#[derive(Debug)]
struct Kept {
    tile: Rc<Tile>,
    revision: u64,
    picture: Option<(Look, HtmlCanvasElement)>,
    used: u64,
}

#[derive(Debug, Default)]
struct Shelf {
    /// By what was asked for, whatever the revision.
    kept: HashMap<TileQuery, Kept>,
    asked: HashMap<TileQuery, Option<AbortController>>,
    failed: HashMap<TileQuery, ApiError>,
    uses: u64,
}

/// The tiles of a page.
#[derive(Debug, Clone, Copy)]
pub struct Tiles {
    shelf: StoredValue<Rc<RefCell<Shelf>>, LocalStorage>,
    /// Raised when tiles came or failed to.
    version: RwSignal<u64>,
}

impl Tiles {
    /// No tiles yet.
    pub fn new() -> Self {
        let tiles =
            Self { shelf: StoredValue::new_local(Rc::default()), version: RwSignal::new(0) };
        let live = use_live();
        // What failed while the server was away is asked for when it is back.
        effect(move || {
            live.track_everything();
            tiles.retry();
        });
        on_cleanup(move || {
            if let Some(shelf) = tiles.shelf.try_get_value() {
                give_up(&shelf, &[]);
            }
        });
        tiles
    }

    /// Tracks what comes.
    pub fn track(&self) {
        self.version.track();
    }

    /// Asks for what is not here, the first first, and gives up what is no longer wanted.
    pub fn want(&self, wanted: &[TileQuery]) {
        let Some(shelf) = self.shelf.try_get_value() else { return };
        give_up(&shelf, wanted);
        for &query in wanted {
            let mut held = shelf.borrow_mut();
            let known = held.holds(&query)
                || held.asked.contains_key(&query)
                || held.failed.contains_key(&query);
            if !known {
                let abort = AbortController::new().ok();
                held.asked.insert(query, abort.clone());
                drop(held);
                spawn_local(fetch(Rc::clone(&shelf), self.version, query, abort));
            }
        }
    }

    /// Asks again for what failed.
    pub fn retry(&self) {
        let any = self.shelf.with_value(|shelf| shelf.borrow_mut().failed.drain().count() > 0);
        if any {
            self.version.update(|version| *version += 1);
        }
    }

    /// Whether one of these is still on its way.
    pub fn awaits(&self, wanted: &[TileQuery]) -> bool {
        self.track();
        let Some(shelf) = self.shelf.try_get_value() else { return false };
        let shelf = shelf.borrow();
        wanted
            .iter()
            .any(|query| !shelf.kept.contains_key(&any(query)) && !shelf.failed.contains_key(query))
    }

    /// Why a tile of those wanted last is not here.
    pub fn error(&self, wanted: &[TileQuery]) -> Option<ApiError> {
        self.track();
        let shelf = self.shelf.try_get_value()?;
        let shelf = shelf.borrow();
        wanted.iter().find_map(|query| shelf.failed.get(query)).cloned()
    }

    /// A tile, if it is here.
    pub fn get(&self, query: &TileQuery) -> Option<Rc<Tile>> {
        let shelf = self.shelf.try_get_value()?;
        let mut shelf = shelf.borrow_mut();
        shelf.uses += 1;
        let uses = shelf.uses;
        let kept = shelf.kept.get_mut(&any(query))?;
        kept.used = uses;
        Some(Rc::clone(&kept.tile))
    }

    /// A tile's picture, made by `paint` when there is none of that look.
    pub fn picture(
        &self,
        query: &TileQuery,
        look: Look,
        paint: impl FnOnce(&Tile) -> Option<HtmlCanvasElement>,
    ) -> Option<HtmlCanvasElement> {
        let tile = self.get(query)?;
        let shelf = self.shelf.try_get_value()?;
        let mut shelf = shelf.borrow_mut();
        let kept = shelf.kept.get_mut(&any(query))?;
        if let Some((_, picture)) = kept.picture.as_ref().filter(|(of, _)| *of == look) {
            return Some(picture.clone());
        }
        let picture = paint(&tile)?;
        kept.picture = Some((look, picture.clone()));
        Some(picture)
    }
}

impl Default for Tiles {
    fn default() -> Self {
        Self::new()
    }
}

fn give_up(shelf: &Rc<RefCell<Shelf>>, wanted: &[TileQuery]) {
    shelf.borrow_mut().asked.retain(|query, abort| {
        let stays = wanted.contains(query);
        if let (false, Some(abort)) = (stays, abort) {
            abort.abort();
        }
        stays
    });
}

async fn fetch(
    shelf: Rc<RefCell<Shelf>>,
    version: RwSignal<u64>,
    query: TileQuery,
    abort: Option<AbortController>,
) {
    let signal = abort.as_ref().map(AbortController::signal);
    let answer = api::tile(query, signal.as_ref()).await;
    if signal.is_some_and(|signal| signal.aborted()) {
        return;
    }
    {
        let mut shelf = shelf.borrow_mut();
        shelf.asked.remove(&query);
        let unreadable = ApiError::Unreadable { status: 200, request_id: None };
        match answer.and_then(|bytes| Tile::decode(&bytes).map_err(|_| unreadable)) {
            Ok(tile) => shelf.keep(query, tile),
            Err(error) => drop(shelf.failed.insert(query, error)),
        }
    }
    // The page may be gone by now.
    let _gone = version.try_update(|version| *version += 1);
}

/// The same of any revision.
const fn any(query: &TileQuery) -> TileQuery {
    TileQuery { revision: 0, ..*query }
}

impl Shelf {
    /// Whether it is here as it is at that revision, or at a later one.
    fn holds(&self, query: &TileQuery) -> bool {
        self.kept.get(&any(query)).is_some_and(|kept| kept.revision >= query.revision)
    }

    fn keep(&mut self, query: TileQuery, tile: Tile) {
        if self.holds(&query) {
            return;
        }
        self.uses += 1;
        let (used, revision) = (self.uses, query.revision);
        self.kept.insert(any(&query), Kept { tile: Rc::new(tile), revision, picture: None, used });
        if self.kept.len() > KEPT {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used);
            if let Some(oldest) = oldest.map(|(query, _)| *query) {
                self.kept.remove(&oldest);
            }
        }
    }
}
