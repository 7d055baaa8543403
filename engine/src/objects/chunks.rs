//! Reads many chunks at once: each frame is fetched and decoded once, its blocks dealt out.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rayon::prelude::*;
use shared::ChunkIndex;

use super::{Objects, Part, decode_frame};
use crate::{
    block_map::BlockMap,
    cpu::cpu,
    format::{
        FormatError,
        pack::{Directory, ItemKind},
    },
    hash::{BLOCK, CHUNK, ItemId, chunk_id},
    ids::PackId,
    store::{ObjectKey, StoreError},
};

/// Stored bytes fetched at once.
const FETCH_BYTES: u64 = 16 << 20;
/// Ranges of packs fetched side by side.
const FETCHES: usize = 4;

/// A chunk that cannot be read back.
#[derive(Debug)]
pub(crate) struct ChunkFailure {
    pub(crate) index: ChunkIndex,
    pub(crate) error: Arc<StoreError>,
}

/// A frame that some of the chunks need.
struct Needed {
    directory: Arc<Directory>,
    frame: u32,
    copies: Vec<Copy>,
    items: usize,
}

/// Frames that follow one another in a pack, or one that the cache had.
type Run = Vec<(Needed, Option<Bytes>)>;

/// A block to take out of a frame.
struct Copy {
    /// Number of the chunk among those wanted.
    chunk: usize,
    block: u32,
    /// Where the block starts in the frame's plain bytes.
    from: usize,
}

/// A chunk being put together.
struct Assembly {
    bytes: Vec<u8>,
    non_zero: BlockMap,
    failure: Option<Arc<StoreError>>,
}

/// Reads chunks, checks each against its id, and hands the good ones to `each`, with their blocks
/// that are not zeros, on rayon's threads in no order. Damage is told chunk by chunk; another
/// failure of the store ends it all.
pub(crate) async fn read_chunks(
    objects: &Arc<Objects>,
    wanted: &[(ChunkIndex, ItemId)],
    each: impl Fn(ChunkIndex, &[u8], BlockMap) + Send + Sync + 'static,
) -> Result<Vec<ChunkFailure>, StoreError> {
    let each = Arc::new(each);
    let mut wanted = wanted.to_vec();
    let mut failures = Vec::new();
    loop {
        let generation = objects.index.generation();
        let failed = read_once(objects, &wanted, &each).await?;
        // What a garbage collection has moved meanwhile is found where it is now.
        let missing = failed.iter().any(|failure| failure.error.is_missing());
        let moved = missing && objects.index.caught_up(generation).await?;
        let (again, lost): (Vec<_>, Vec<_>) =
            failed.into_iter().partition(|failure| moved && failure.error.is_missing());
        failures.extend(lost);
        wanted.retain(|(index, _)| again.iter().any(|failure| failure.index == *index));
        if wanted.is_empty() {
            return Ok(failures);
        }
    }
}

async fn read_once<F>(
    objects: &Arc<Objects>,
    wanted: &[(ChunkIndex, ItemId)],
    each: &Arc<F>,
) -> Result<Vec<ChunkFailure>, StoreError>
where
    F: Fn(ChunkIndex, &[u8], BlockMap) + Send + Sync + 'static,
{
    let assembly =
        || Mutex::new(Assembly { bytes: vec![0; CHUNK], non_zero: BlockMap::EMPTY, failure: None });
    let assemblies: Arc<[_]> = wanted.iter().map(|_| assembly()).collect();
    let mut needed = BTreeMap::new();
    for (number, &(_, id)) in wanted.iter().enumerate() {
        if let Err(error) = plan_chunk(objects, number, id, &mut needed).await {
            if !error.is_damage() {
                return Err(error);
            }
            fail(&assemblies[number], &Arc::new(error));
        }
    }
    let mut frames: Vec<Needed> = needed.into_values().collect();
    while !frames.is_empty() {
        let mut bytes = 0;
        let count = frames.iter().take_while(|it| {
            bytes += u64::from(it.directory.frames[it.frame as usize].length);
            bytes <= FETCH_BYTES
        });
        let rest = frames.split_off(count.count().max(1));
        take_frames(objects, std::mem::replace(&mut frames, rest), &assemblies).await?;
    }
    let (wanted, each) = (wanted.to_vec(), Arc::clone(each));
    let pool = objects.store.pool.clone();
    let corrupt = move |id: ItemId| StoreError::Corrupt {
        object: format!("{pool}: chunk {id}"),
        source: FormatError::Checksum { what: "a chunk" },
    };
    Ok(cpu(move || {
        let check = |(assembly, &(index, id)): (&Mutex<Assembly>, &(ChunkIndex, ItemId))| {
            let mut assembly = assembly.lock().unwrap_or_else(PoisonError::into_inner);
            if assembly.failure.is_none() && chunk_id(&assembly.bytes) != id {
                assembly.failure = Some(Arc::new(corrupt(id)));
            }
            if let Some(error) = assembly.failure.take() {
                return Some(ChunkFailure { index, error });
            }
            each(index, &assembly.bytes, assembly.non_zero);
            None
        };
        assemblies.par_iter().zip(&wanted).filter_map(check).collect()
    })
    .await)
}

/// Notes which blocks of which frames a chunk is made of.
async fn plan_chunk(
    objects: &Objects,
    number: usize,
    id: ItemId,
    needed: &mut BTreeMap<(PackId, u32), Needed>,
) -> Result<(), StoreError> {
    for Part { located, blocks } in objects.recipe(id).await? {
        let item = located.item();
        let ItemKind::Chunk { carried, .. } = item.kind else {
            unreachable!("a recipe has chunks only");
        };
        let key = (located.directory.pack, item.frame);
        let frame = needed.entry(key).or_insert_with(|| Needed {
            directory: Arc::clone(&located.directory),
            frame: item.frame,
            copies: Vec::new(),
            items: 0,
        });
        frame.items += 1;
        frame.copies.extend(blocks.into_iter().map(|block| Copy {
            chunk: number,
            block,
            from: item.offset as usize + carried.rank(block) * BLOCK,
        }));
    }
    Ok(())
}

/// Fetches and decodes frames, and deals out their blocks.
async fn take_frames(
    objects: &Arc<Objects>,
    frames: Vec<Needed>,
    assemblies: &Arc<[Mutex<Assembly>]>,
) -> Result<(), StoreError> {
    let fetched: Vec<_> = stream::iter(runs(objects, frames))
        .map(|run| fetch_run(objects, run))
        .buffered(FETCHES)
        .try_collect()
        .await?;
    let failed: Vec<Needed> = {
        let (objects, assemblies) = (Arc::clone(objects), Arc::clone(assemblies));
        cpu(move || {
            let frames = fetched.into_par_iter().flatten();
            frames
                .filter_map(|(frame, bytes)| take_frame(&objects, frame, bytes, &assemblies))
                .collect()
        })
        .await
    };
    // What did not come or did not decode is asked for again, one by one, from every zone.
    for frame in failed {
        match objects.frame(&frame.directory, frame.frame).await {
            Ok(plain) => deal(&plain, &frame.copies, assemblies),
            Err(error) if error.is_damage() => {
                let error = Arc::new(error);
                frame.copies.iter().for_each(|copy| fail(&assemblies[copy.chunk], &error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What a fetch brought for a frame.
enum Fetched {
    Plain(Bytes),
    Stored(Bytes),
    Nothing,
}

/// Joins frames that follow one another in a pack, so that one request brings them.
fn runs(objects: &Objects, frames: Vec<Needed>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for frame in frames {
        let cached = objects.frames.get(&(frame.directory.pack, frame.frame));
        let follows = |last: &Needed| {
            let row = &last.directory.frames[last.frame as usize];
            last.directory.pack == frame.directory.pack
                && row.offset + u64::from(row.length)
                    == frame.directory.frames[frame.frame as usize].offset
        };
        match runs.last_mut() {
            Some(run)
                if cached.is_none()
                    && run.last().is_some_and(|(last, plain)| plain.is_none() && follows(last)) =>
            {
                run.push((frame, cached));
            }
            _ => runs.push(vec![(frame, cached)]),
        }
    }
    runs
}

async fn fetch_run(objects: &Objects, run: Run) -> Result<Vec<(Needed, Fetched)>, StoreError> {
    let row = |needed: &Needed| needed.directory.frames[needed.frame as usize].clone();
    let (first, last) = (row(&run[0].0), row(&run[run.len() - 1].0));
    let start = first.offset;
    let end = last.offset + u64::from(last.length);
    let key = ObjectKey::Pack(objects.scope, run[0].0.directory.pack);
    let all_cached = run.iter().all(|(_, plain)| plain.is_some());
    let bytes = if all_cached {
        None
    } else {
        match objects.store.read(key, Some(start..end), Ok).await {
            Ok(bytes) => Some(bytes),
            Err(error) if error.is_damage() => None,
            Err(error) => return Err(error),
        }
    };
    let fetched = run.into_iter().map(|(needed, plain)| {
        let fetched = match (plain, &bytes) {
            (Some(plain), _) => Fetched::Plain(plain),
            (None, Some(bytes)) => {
                let row = row(&needed);
                let from = (row.offset - start) as usize;
                Fetched::Stored(bytes.slice(from..from + row.length as usize))
            }
            (None, None) => Fetched::Nothing,
        };
        (needed, fetched)
    });
    Ok(fetched.collect())
}

/// Decodes one frame and deals out its blocks; gives it back if it cannot.
fn take_frame(
    objects: &Objects,
    frame: Needed,
    fetched: Fetched,
    assemblies: &[Mutex<Assembly>],
) -> Option<Needed> {
    let row = &frame.directory.frames[frame.frame as usize];
    let plain = match fetched {
        Fetched::Plain(plain) => plain,
        Fetched::Stored(bytes) => match decode_frame(&bytes, row.plain_length) {
            Ok(plain) => plain,
            Err(_) => return Some(frame),
        },
        Fetched::Nothing => return Some(frame),
    };
    deal(&plain, &frame.copies, assemblies);
    // Other chunks have blocks in it too: they are likely to be asked for next.
    if frame.items < (row.items.1 - row.items.0) as usize {
        objects.frames.insert((frame.directory.pack, frame.frame), plain.clone(), plain.len());
    }
    None
}

fn deal(plain: &[u8], copies: &[Copy], assemblies: &[Mutex<Assembly>]) {
    for run in copies.chunk_by(|left, right| left.chunk == right.chunk) {
        let mut assembly = assemblies[run[0].chunk].lock().unwrap_or_else(PoisonError::into_inner);
        for copy in run {
            let to = copy.block as usize * BLOCK;
            assembly.bytes[to..to + BLOCK].copy_from_slice(&plain[copy.from..copy.from + BLOCK]);
            assembly.non_zero = assembly.non_zero | BlockMap(1 << copy.block);
        }
    }
}

fn fail(assembly: &Mutex<Assembly>, error: &Arc<StoreError>) {
    let mut assembly = assembly.lock().unwrap_or_else(PoisonError::into_inner);
    assembly.failure.get_or_insert_with(|| Arc::clone(error));
}
