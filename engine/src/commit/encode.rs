//! Chooses how a changed chunk is stored: not at all, as a patch, folded, or whole.

use std::sync::Arc;

use rayon::prelude::*;

use super::{scan::Changed, sink::Sink};
use crate::{
    block_map::BlockMap,
    cpu::cpu,
    format::pack::{ItemKind, NewItem, Owner},
    hash::{self, ItemId, ItemPrefix, Outboard},
    objects::{MAX_DEPTH, Objects},
    store::StoreError,
    tree::{Row, RowMaps},
};

/// What a changed chunk did to the disk, in blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    pub(crate) changed: u64,
    pub(crate) cleared: u64,
    /// Blocks that were zeros and are not, less those that were not and are.
    pub(crate) allocated: i64,
}

impl Delta {
    pub(crate) fn add(&mut self, other: Self) {
        self.changed += other.changed;
        self.cleared += other.cleared;
        self.allocated += other.allocated;
    }
}

/// Stores the changed chunks of a window; gives each one's row of its leaf node.
pub(crate) async fn encode(
    objects: &Arc<Objects>,
    sink: &mut Sink,
    window: Vec<Changed>,
) -> Result<Vec<(u64, Row, Delta)>, StoreError> {
    let hashed = cpu(move || {
        let outboard = |changed: Changed| {
            let values = changed.new.as_ref().map(|new| match &new.values {
                Some(values) => values.clone(),
                None => Box::new(hash::outboard(&new.bytes, new.non_zero)),
            });
            (changed, values)
        };
        window.into_par_iter().map(outboard).collect::<Vec<_>>()
    });
    let mut rows = Vec::new();
    for (changed, values) in hashed.await {
        rows.push(encode_chunk(objects, sink, &changed, values.as_deref()).await?);
    }
    sink.flush().await?;
    Ok(rows)
}

async fn encode_chunk(
    objects: &Objects,
    sink: &mut Sink,
    chunk: &Changed,
    values: Option<&Outboard>,
) -> Result<(u64, Row, Delta), StoreError> {
    // A base that cannot be read is as good as none: what is stored then stands alone.
    let old = match (chunk.old, &chunk.known) {
        (Some(id), Some(known)) => Some((id, known.clone())),
        (Some(id), None) => {
            intact(objects.outboard(id).await)?.map(|values| (id, Box::new(values)))
        }
        (None, _) => None,
    };
    let was = match &old {
        Some((_, values)) => hash::non_zero_values(values),
        None => intact(objects.non_zero(chunk.old).await)?.unwrap_or_default(),
    };
    let is = chunk.new.as_ref().map_or(BlockMap::EMPTY, |new| new.non_zero);
    let differing = match (&old, values) {
        (Some((_, old)), Some(new)) => BlockMap::differing(old, new),
        _ => was | is,
    };
    let maps = RowMaps { changed: differing & is, cleared: differing - is };
    let delta = Delta {
        changed: maps.changed.len() as u64,
        cleared: maps.cleared.len() as u64,
        allocated: is.len() as i64 - was.len() as i64,
    };
    if let (Some(new), Some(values)) = (&chunk.new, values)
        && !sink.has(new.id)
        && !objects.has(new.id).await?
    {
        let patch = match old {
            Some((id, _)) => choose_patch(objects, id, maps, is).await?,
            None => None,
        };
        let Patch { base, depth, owners, maps } = patch.unwrap_or(Patch {
            base: None,
            depth: 0,
            owners: Box::default(),
            maps: RowMaps { changed: is, cleared: BlockMap::EMPTY },
        });
        let (carried, cleared) = (maps.changed, maps.cleared);
        if !(carried - new.present).is_empty() {
            return Err(objects.incomplete(new.id));
        }
        let carried_values = carried.into_iter().map(|block| values[block as usize]).collect();
        let kind = ItemKind::Chunk { carried, cleared, first_value: 0 };
        let item = NewItem { id: new.id, depth, base, owners, kind, values: carried_values };
        sink.push_chunk(&new.bytes, item);
    }
    let slot = (chunk.index.0 % crate::tree::FANOUT as u64) as u16;
    let child = chunk.new.as_ref().map(|new| new.id);
    Ok((chunk.index.0, Row { slot, child, maps: Some(maps) }, delta))
}

/// A chunk as what turns another one into it.
struct Patch {
    base: Option<ItemPrefix>,
    depth: u8,
    owners: Box<[Owner]>,
    maps: RowMaps,
}

/// A patch against the base's chunk; or, where that is as deep as patches go, one against the
/// chunk at the bottom of its chain, which names the owners of the blocks in between instead of
/// storing them again. `None` where a whole chunk takes hardly more.
async fn choose_patch(
    objects: &Objects,
    old: ItemId,
    maps: RowMaps,
    is: BlockMap,
) -> Result<Option<Patch>, StoreError> {
    if !is_worth_a_patch(maps.changed, is) {
        return Ok(None);
    }
    let chain = objects.chain(old).await?;
    let depth = chain[0].item().depth;
    if depth < MAX_DEPTH {
        let (base, owners) = (Some(old.prefix()), Box::default());
        return Ok(Some(Patch { base, depth: depth + 1, owners, maps }));
    }
    let bottom = chain[chain.len() - 1].item();
    let ItemKind::Chunk { carried: under, .. } = bottom.kind else { return Ok(None) };
    let parts = objects.recipe(old).await?;
    let between = parts.iter().filter(|part| part.located.item().id != bottom.id);
    let owners = between.filter_map(|part| {
        let blocks = part.blocks - (maps.changed | maps.cleared);
        let item = part.located.item().id.prefix();
        (!blocks.is_empty()).then_some(Owner { item, blocks })
    });
    Ok(Some(Patch {
        base: Some(bottom.id.prefix()),
        depth: 1,
        owners: owners.collect(),
        maps: RowMaps { changed: maps.changed, cleared: under - is },
    }))
}

/// Whether a chunk whose changed blocks are these is stored as a patch. It is whole from seven
/// eighths on: that costs an eighth more at most, and ends the chain.
pub(super) const fn is_worth_a_patch(changed: BlockMap, is: BlockMap) -> bool {
    changed.len() * 8 < is.len() * 7
}

/// Turns damage into absence; other failures stay.
fn intact<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_damage() => Ok(None),
        Err(error) => Err(error),
    }
}
