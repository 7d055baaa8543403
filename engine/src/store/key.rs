//! The path of every object in a zone's store, in one place.
//!
//! ```text
//! zone.json                              whose store this is
//! packs/<pack>.pack                      what incremental snapshots share
//! index/<segment>.idx
//! full/<snapshot>/packs/<pack>.pack      what one full snapshot has for itself
//! full/<snapshot>/index/<segment>.idx
//! manifests/<snapshot>.man               that a snapshot is
//! tombstones/<snapshot>.tmb              that it is no more
//! records/disks/<disk>/<version>.rec     what is known of a disk, the highest version last
//! ```

use object_store::path::Path;
use shared::{DiskId, Name, Pool, SnapshotId};

use crate::ids::{PackId, SegmentId};

/// Whose packs and index: the pool's, or those of one full snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scope {
    Shared,
    Full(SnapshotId),
}

/// An object in a zone's store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ObjectKey {
    Zone,
    Pack(Scope, PackId),
    Index(Scope, SegmentId),
    Manifest(SnapshotId),
    Tombstone(SnapshotId),
    DiskRecord(DiskId, u64),
}

/// The folder of one zone's store of one pool, below the zone's URL.
pub(crate) fn zone_prefix(pool: &Pool, zone: &Name) -> Path {
    Path::from_iter([pool.region.as_str(), pool.sku.as_str(), zone.as_str()])
}

/// The folder of a full snapshot.
pub(crate) fn full_prefix(snapshot: SnapshotId) -> Path {
    Path::from_iter(["full".to_owned(), snapshot.to_string()])
}

/// The folder of a disk's records.
pub(crate) fn records_prefix(disk: DiskId) -> Path {
    Path::from_iter(["records".to_owned(), "disks".to_owned(), disk.to_string()])
}

impl ObjectKey {
    pub(crate) fn path(&self) -> Path {
        let scoped = |scope: &Scope, rest: String| match scope {
            Scope::Shared => rest,
            Scope::Full(snapshot) => format!("full/{snapshot}/{rest}"),
        };
        Path::from(match self {
            Self::Zone => "zone.json".to_owned(),
            Self::Pack(scope, pack) => scoped(scope, format!("packs/{pack}.pack")),
            Self::Index(scope, segment) => scoped(scope, format!("index/{segment}.idx")),
            Self::Manifest(snapshot) => format!("manifests/{snapshot}.man"),
            Self::Tombstone(snapshot) => format!("tombstones/{snapshot}.tmb"),
            Self::DiskRecord(disk, version) => format!("records/disks/{disk}/{version:010}.rec"),
        })
    }

    /// The object at a path; `None` for a path that is none of ours.
    pub(crate) fn parse(path: &Path) -> Option<Self> {
        let parts: Vec<_> = path.parts().collect();
        let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        let (scope, parts) = match parts.as_slice() {
            ["full", snapshot, rest @ ..] => (Scope::Full(snapshot.parse().ok()?), rest),
            rest => (Scope::Shared, rest),
        };
        let uuid = |text: &str| uuid::Uuid::try_parse(text).ok();
        let key = match *parts {
            ["packs", name] => Self::Pack(scope, PackId(uuid(name.strip_suffix(".pack")?)?)),
            ["index", name] => Self::Index(scope, SegmentId(uuid(name.strip_suffix(".idx")?)?)),
            ["zone.json"] => Self::Zone,
            ["manifests", name] => Self::Manifest(name.strip_suffix(".man")?.parse().ok()?),
            ["tombstones", name] => Self::Tombstone(name.strip_suffix(".tmb")?.parse().ok()?),
            ["records", "disks", disk, name] => {
                Self::DiskRecord(disk.parse().ok()?, name.strip_suffix(".rec")?.parse().ok()?)
            }
            _ => return None,
        };
        // One object has one path, so a name that prints otherwise is somebody else's.
        (key.path() == *path).then_some(key)
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.path().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_reads_the_path_it_prints() {
        let snapshot = SnapshotId::from_uuid(Uuid::from_u128(1));
        let pack = PackId(Uuid::from_u128(2));
        let segment = SegmentId(Uuid::from_u128(3));
        for key in [
            ObjectKey::Zone,
            ObjectKey::Pack(Scope::Shared, pack),
            ObjectKey::Pack(Scope::Full(snapshot), pack),
            ObjectKey::Index(Scope::Full(snapshot), segment),
            ObjectKey::Manifest(snapshot),
            ObjectKey::Tombstone(snapshot),
            ObjectKey::DiskRecord(DiskId::from_uuid(Uuid::from_u128(4)), 7),
        ] {
            assert_eq!(ObjectKey::parse(&key.path()), Some(key));
        }
        assert_eq!(ObjectKey::parse(&Path::from("packs/x.pack")), None);
        assert_eq!(ObjectKey::parse(&Path::from("packs/a.pack/b")), None);
    }
}
