//! The catalog: what there is, in SQL; an index over the store's objects, made again from them.

mod disks;
mod snapshots;

use std::path::Path;

use shared::{Name, Pool, Sku, SnapshotId, ZoneId};
use sqlx::{
    Row as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub(crate) use disks::DiskRow;
pub(crate) use snapshots::{Pending, SnapshotRow, State};

/// The version of the tables.
const VERSION: &str = "3";

/// The tables. Ids and names are text, times microseconds since 1970, in UTC.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS zones (
    region TEXT NOT NULL, sku TEXT NOT NULL, zone TEXT NOT NULL, zone_id TEXT NOT NULL,
    PRIMARY KEY (region, sku, zone));
CREATE TABLE IF NOT EXISTS disks (
    id TEXT PRIMARY KEY, group_name TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL,
    epoch BIGINT NOT NULL, revision BIGINT NOT NULL, UNIQUE (group_name, name));
CREATE TABLE IF NOT EXISTS snapshots (
    id TEXT PRIMARY KEY, group_name TEXT NOT NULL, name TEXT NOT NULL,
    disk_id TEXT NOT NULL, region TEXT NOT NULL, sku TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'deleting')),
    epoch BIGINT NOT NULL, base_id TEXT, created_us BIGINT NOT NULL,
    manifest TEXT, manifest_bytes BIGINT NOT NULL,
    CHECK (state = 'pending' OR manifest IS NOT NULL), UNIQUE (group_name, name));
CREATE INDEX IF NOT EXISTS snapshots_of_disk ON snapshots (disk_id, created_us);
";

/// Why the catalog did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The database said no.
    #[error("cannot {action} in the catalog: {source}")]
    Database {
        /// What was tried.
        action: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// A row holds what no row can hold.
    #[error("the catalog's row of {0} cannot be read")]
    Row(String),
    /// A snapshot is in the store and not in the catalog.
    #[error("snapshot {snapshot} is in the store, and not in the catalog")]
    Unlisted {
        /// The snapshot.
        snapshot: SnapshotId,
    },
    /// Another release made it.
    #[error("the catalog has version {found}, and this release reads version {VERSION}")]
    Version {
        /// Its version.
        found: String,
    },
}

impl CatalogError {
    /// Wraps what the database said of an action.
    pub(crate) fn in_action(action: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { action, source }
    }

    /// Whether the database had no room.
    pub(crate) fn is_full(&self) -> bool {
        // SQLITE_FULL, and an IO error of a write, a sync or the shared memory's growth that met a
        // full file system.
        let full = |code: &str| ["13", "778", "1034", "4874"].contains(&code);
        match self {
            Self::Database { source: sqlx::Error::Database(error), .. } => {
                error.code().is_some_and(|code| full(&code))
            }
            Self::Database { .. } | Self::Row(_) | Self::Unlisted { .. } | Self::Version { .. } => {
                false
            }
        }
    }

    /// Whether a unique name was taken.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Database { source: sqlx::Error::Database(error), .. }
            if error.is_unique_violation())
    }
}

/// The catalog of one data directory.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    db: SqlitePool,
}

impl Catalog {
    /// Makes a catalog at `path`, where none is.
    pub(crate) async fn create(path: &Path) -> Result<Self, CatalogError> {
        let catalog = Self::connect(path, true).await?;
        let action = || CatalogError::in_action("make the tables");
        sqlx::raw_sql(SCHEMA).execute(&catalog.db).await.map_err(action())?;
        sqlx::query("INSERT INTO meta (key, value) VALUES ('version', $1)")
            .bind(VERSION)
            .execute(&catalog.db)
            .await
            .map_err(action())?;
        Ok(catalog)
    }

    /// Opens the catalog at `path`. One without tables was cut, and is not taken for an empty one.
    pub(crate) async fn open(path: &Path) -> Result<Self, CatalogError> {
        let catalog = Self::connect(path, false).await?;
        let found: String = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'version'")
            .fetch_one(&catalog.db)
            .await
            .map_err(CatalogError::in_action("find the version"))?;
        if found == VERSION { Ok(catalog) } else { Err(CatalogError::Version { found }) }
    }

    async fn connect(path: &Path, create: bool) -> Result<Self, CatalogError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged commit survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(std::time::Duration::from_secs(30));
        let db = SqlitePoolOptions::new().max_connections(4).connect_with(options).await;
        Ok(Self { db: db.map_err(CatalogError::in_action("open the tables"))? })
    }

    /// Writes everything to the one file, which can be moved when it is closed. Closing alone does
    /// not see to that: of connections that close at once, each may leave it to another.
    pub(crate) async fn settle(&self) -> Result<(), CatalogError> {
        let busy = sqlx::query_scalar::<_, i64>("PRAGMA wal_checkpoint(TRUNCATE)");
        let action = || CatalogError::in_action("write everything to one file");
        match busy.fetch_one(&self.db).await.map_err(action())? {
            0 => Ok(()),
            _ => Err(action()(sqlx::Error::Protocol("somebody is reading it".to_owned()))),
        }
    }

    /// Closes it.
    pub(crate) async fn close(self) {
        self.db.close().await;
    }

    /// The ids that the zones were registered with.
    pub(crate) async fn zones(&self) -> Result<Vec<(Pool, Name, ZoneId)>, CatalogError> {
        let rows = sqlx::query("SELECT region, sku, zone, zone_id FROM zones ORDER BY 1, 2, 3")
            .fetch_all(&self.db)
            .await
            .map_err(CatalogError::in_action("list zones"))?;
        let zone = |row: sqlx::sqlite::SqliteRow| {
            let region: Name = row.get::<String, _>(0).parse().ok()?;
            let sku: Sku = row.get::<String, _>(1).parse().ok()?;
            let zone: Name = row.get::<String, _>(2).parse().ok()?;
            Some((Pool { region, sku }, zone, row.get::<String, _>(3).parse().ok()?))
        };
        let zones: Option<Vec<_>> = rows.into_iter().map(zone).collect();
        zones.ok_or_else(|| CatalogError::Row("a zone".to_owned()))
    }

    /// Remembers which id a zone was registered with.
    pub(crate) async fn add_zone(
        &self,
        pool: &Pool,
        zone: &Name,
        id: ZoneId,
    ) -> Result<(), CatalogError> {
        sqlx::query(
            "INSERT INTO zones (region, sku, zone, zone_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (region, sku, zone) DO UPDATE SET zone_id = excluded.zone_id",
        )
        .bind(pool.region.as_str())
        .bind(pool.sku.as_str())
        .bind(zone.as_str())
        .bind(id.to_string())
        .execute(&self.db)
        .await
        .map_err(CatalogError::in_action("register a zone"))?;
        Ok(())
    }
}
