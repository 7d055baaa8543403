//! Which stored items the live snapshots of a pool need: nodes, chunks, and all these are made of.

use std::collections::BTreeMap;

use crate::{
    format::pack::{Directory, ItemKind},
    hash::ItemId,
    ids::PackId,
    objects::{Located, Objects},
    store::StoreError,
};

/// The items that are needed, by pack; patch bases among them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    packs: BTreeMap<PackId, PackMarks>,
}

/// One bit an item.
#[derive(Debug, Clone, Default)]
struct PackMarks {
    needed: Vec<u64>,
    /// Items that carry blocks of a needed one; what they are patched against is not needed.
    held: Vec<u64>,
    /// Nodes whose children were marked too: a node may be needed as a patch's base only.
    expanded: Vec<u64>,
}

impl Marks {
    /// Marks all that a tree needs and that is not marked yet. Anything that is missing is an
    /// error, so that nobody deletes on the word of an incomplete walk.
    pub(crate) async fn mark(
        &mut self,
        objects: &Objects,
        root: Option<ItemId>,
    ) -> Result<(), StoreError> {
        let mut nodes: Vec<ItemId> = root.into_iter().collect();
        while let Some(id) = nodes.pop() {
            let located = objects.locate(id).await?;
            if !set(&mut self.pack(&located).expanded, located.number) {
                continue;
            }
            let children = self.children(objects, id, &located).await?;
            let chunks = matches!(located.item().kind, ItemKind::Node { level: 0, .. });
            self.mark_chain(objects, located).await?;
            if chunks {
                for chunk in children {
                    let located = objects.locate(chunk).await?;
                    self.mark_chain(objects, located).await?;
                }
            } else {
                nodes.extend(children);
            }
        }
        Ok(())
    }

    /// The children of a node that are not marked yet for all that is known: of one that is a
    /// patch of a node whose children are marked, those in which it differs.
    async fn children(
        &self,
        objects: &Objects,
        id: ItemId,
        located: &Located,
    ) -> Result<Vec<ItemId>, StoreError> {
        let base = objects.base(located.item()).await?;
        if base.is_some_and(|base| self.is_expanded(&base))
            && let Some((_, rows)) = objects.node_rows(id).await?
        {
            return Ok(rows.iter().filter_map(|row| row.child).collect());
        }
        let node = objects.node(id).await?;
        Ok(node.children().map(|(_, child)| child).collect())
    }

    fn is_expanded(&self, located: &Located) -> bool {
        let marks = self.packs.get(&located.directory.pack);
        marks.is_some_and(|marks| is_set(&marks.expanded, located.number))
    }

    /// Marks an item and what it is patched against; a marked one has all below it marked.
    async fn mark_chain(&mut self, objects: &Objects, located: Located) -> Result<(), StoreError> {
        let mut next = Some(located);
        while let Some(located) = next {
            if !set(&mut self.pack(&located).needed, located.number) {
                break;
            }
            for owner in &located.item().owners {
                let owner = objects.owner(*owner).await?;
                set(&mut self.pack(&owner).held, owner.number);
            }
            next = objects.base(located.item()).await?;
        }
        Ok(())
    }

    fn pack(&mut self, located: &Located) -> &mut PackMarks {
        self.packs.entry(located.directory.pack).or_default()
    }

    /// Whether anything in a pack is needed.
    pub(crate) fn needs(&self, pack: PackId) -> bool {
        self.packs.contains_key(&pack)
    }

    /// Whether any item of a frame is needed: a frame is kept or dropped as a whole.
    pub(crate) fn is_live(&self, directory: &Directory, frame: usize) -> bool {
        let Some(marks) = self.packs.get(&directory.pack) else { return false };
        let (first, last) = directory.frames[frame].items;
        (first..last).any(|item| is_set(&marks.needed, item) || is_set(&marks.held, item))
    }
}

fn is_set(bits: &[u64], bit: u32) -> bool {
    bits.get(bit as usize / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

/// Sets a bit; says whether it was not set.
fn set(bits: &mut Vec<u64>, bit: u32) -> bool {
    let word = bit as usize / 64;
    if bits.len() <= word {
        bits.resize(word + 1, 0);
    }
    let mask = 1 << (bit % 64);
    let new = bits[word] & mask == 0;
    bits[word] |= mask;
    new
}
