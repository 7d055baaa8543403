//! Snapshots in the catalog, and the transactions that make and unmake them.

use jiff::Timestamp;
use shared::{DiskId, Name, Pool, ResourcePath, Snapshot, SnapshotId};
use sqlx::{
    Row as _, Sqlite,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{Catalog, CatalogError};
use crate::manifest::Manifest;

/// Where a snapshot is between not being and being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Being written; it exists for nobody else yet.
    Pending,
    /// Being deleted; it exists for nobody any more.
    Deleting,
}

/// A snapshot that is ready.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotRow {
    pub(crate) manifest: Manifest,
    pub(crate) manifest_bytes: u64,
}

impl SnapshotRow {
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.manifest.snapshot(self.manifest_bytes)
    }
}

/// A row that a crash may have left between two states.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) id: SnapshotId,
    pub(crate) disk_id: DiskId,
    pub(crate) pool: Pool,
    pub(crate) state: State,
    pub(crate) epoch: i64,
}

const SELECT: &str = "SELECT id, manifest, manifest_bytes FROM snapshots WHERE state = 'ready'";

fn read(row: &SqliteRow) -> Result<SnapshotRow, CatalogError> {
    let manifest = serde_json::from_str(row.get("manifest"));
    let manifest = manifest
        .map_err(|_| CatalogError::Row(format!("snapshot {}", row.get::<&str, _>("id"))))?;
    Ok(SnapshotRow { manifest, manifest_bytes: row.get::<i64, _>("manifest_bytes") as u64 })
}

impl Catalog {
    /// Every snapshot that is ready, of one disk or of all, oldest first.
    pub(crate) async fn snapshots(
        &self,
        disk: Option<DiskId>,
    ) -> Result<Vec<SnapshotRow>, CatalogError> {
        let query = format!("{SELECT} AND ($1 IS NULL OR disk_id = $1) ORDER BY created_us, id");
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(disk.map(|id| id.to_string()));
        let rows = query.fetch_all(&self.db).await;
        rows.map_err(CatalogError::in_action("list snapshots"))?.iter().map(read).collect()
    }

    pub(crate) async fn snapshot(
        &self,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRow>, CatalogError> {
        let query = format!("{SELECT} AND id = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id.to_string());
        let row = query.fetch_optional(&self.db).await;
        row.map_err(CatalogError::in_action("look up a snapshot"))?.as_ref().map(read).transpose()
    }

    pub(crate) async fn snapshot_named(
        &self,
        path: &ResourcePath,
    ) -> Result<Option<SnapshotRow>, CatalogError> {
        let query = format!("{SELECT} AND group_name = $1 AND name = $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(path.group.as_str().to_owned())
            .bind(path.name.as_str().to_owned());
        let row = query.fetch_optional(&self.db).await;
        row.map_err(CatalogError::in_action("look up a snapshot"))?.as_ref().map(read).transpose()
    }

    /// Whether a snapshot of that name is there or on its way.
    pub(crate) async fn is_named(&self, path: &ResourcePath) -> Result<bool, CatalogError> {
        let row = sqlx::query("SELECT 1 FROM snapshots WHERE group_name = $1 AND name = $2")
            .bind(path.group.as_str())
            .bind(path.name.as_str())
            .fetch_optional(&self.db)
            .await;
        Ok(row.map_err(CatalogError::in_action("look up a snapshot"))?.is_some())
    }

    /// Step 1 of a commit: takes the disk's next epoch, and keeps the name and the base.
    pub(crate) async fn begin(
        &self,
        id: SnapshotId,
        path: &ResourcePath,
        disk: DiskId,
        pool: &Pool,
        base: Option<SnapshotId>,
        now: Timestamp,
    ) -> Result<i64, CatalogError> {
        let action = || CatalogError::in_action("begin a snapshot");
        let mut transaction = self.db.begin_with("BEGIN IMMEDIATE").await.map_err(action())?;
        let epoch: i64 =
            sqlx::query_scalar("UPDATE disks SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch")
                .bind(disk.to_string())
                .fetch_one(&mut *transaction)
                .await
                .map_err(action())?;
        sqlx::query(
            "INSERT INTO snapshots (id, group_name, name, disk_id, region, sku, state, epoch,
                 base_id, created_us, manifest, manifest_bytes)
             VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, NULL, 0)",
        )
        .bind(id.to_string())
        .bind(path.group.as_str())
        .bind(path.name.as_str())
        .bind(disk.to_string())
        .bind(pool.region.as_str())
        .bind(pool.sku.as_str())
        .bind(epoch)
        .bind(base.map(|id| id.to_string()))
        .bind(now.as_microsecond())
        .execute(&mut *transaction)
        .await
        .map_err(action())?;
        transaction.commit().await.map_err(action())?;
        Ok(epoch)
    }

    /// Step 3 of a commit: makes a pending snapshot ready, if nobody else has decided on it.
    pub(crate) async fn commit(
        &self,
        epoch: i64,
        manifest: &Manifest,
        manifest_bytes: u64,
        now: Timestamp,
    ) -> Result<bool, CatalogError> {
        let json = serde_json::to_string(manifest).expect("a manifest has no failing parts");
        let ready = sqlx::query(
            "UPDATE snapshots SET state = 'ready', manifest = $1, manifest_bytes = $2
             WHERE id = $3 AND state = 'pending' AND epoch = $4",
        )
        .bind(json)
        .bind(manifest_bytes as i64)
        .bind(manifest.snapshot_id.to_string())
        .bind(epoch);
        self.change(manifest.snapshot_id, ready, now, "commit a snapshot").await
    }

    /// Makes a snapshot seen or unseen, and raises its disk's revision, at once; `false` if the
    /// snapshot was not as `change` wants it.
    async fn change(
        &self,
        id: SnapshotId,
        change: Query<'_, Sqlite, SqliteArguments>,
        now: Timestamp,
        action: &'static str,
    ) -> Result<bool, CatalogError> {
        let action = || CatalogError::in_action(action);
        let mut transaction = self.db.begin_with("BEGIN IMMEDIATE").await.map_err(action())?;
        let done = change.execute(&mut *transaction).await.map_err(action())?;
        sqlx::query(
            "UPDATE disks SET revision = CASE WHEN revision < $1 THEN $1 ELSE revision + 1 END
             WHERE id = (SELECT disk_id FROM snapshots WHERE id = $2)",
        )
        .bind(now.as_microsecond())
        .bind(id.to_string())
        .execute(&mut *transaction)
        .await
        .map_err(action())?;
        transaction.commit().await.map_err(action())?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds a snapshot that a rebuild found.
    pub(crate) async fn put_snapshot(
        &self,
        manifest: &Manifest,
        manifest_bytes: u64,
    ) -> Result<(), CatalogError> {
        let json = serde_json::to_string(manifest).expect("a manifest has no failing parts");
        sqlx::query(
            "INSERT INTO snapshots (id, group_name, name, disk_id, region, sku, state, epoch,
                 base_id, created_us, manifest, manifest_bytes)
             VALUES ($1, $2, $3, $4, $5, $6, 'ready', 0, $7, $8, $9, $10)",
        )
        .bind(manifest.snapshot_id.to_string())
        .bind(manifest.group.as_str())
        .bind(manifest.name.as_str())
        .bind(manifest.disk_id.to_string())
        .bind(manifest.pool.region.as_str())
        .bind(manifest.pool.sku.as_str())
        .bind(manifest.base_id.map(|id| id.to_string()))
        .bind(manifest.created_at.as_microsecond())
        .bind(json)
        .bind(manifest_bytes as i64)
        .execute(&self.db)
        .await
        .map_err(CatalogError::in_action("keep a snapshot"))?;
        Ok(())
    }

    /// Takes a ready snapshot out of everybody's sight; `false` if it was not ready.
    pub(crate) async fn begin_delete(
        &self,
        id: SnapshotId,
        now: Timestamp,
    ) -> Result<bool, CatalogError> {
        let deleting = sqlx::query(
            "UPDATE snapshots SET state = 'deleting' WHERE id = $1 AND state = 'ready'",
        )
        .bind(id.to_string());
        self.change(id, deleting, now, "delete a snapshot").await
    }

    /// Makes a snapshot ready again whose deletion got nowhere.
    pub(crate) async fn undo_delete(
        &self,
        id: SnapshotId,
        now: Timestamp,
    ) -> Result<bool, CatalogError> {
        let ready = sqlx::query(
            "UPDATE snapshots SET state = 'ready' WHERE id = $1 AND state = 'deleting'",
        )
        .bind(id.to_string());
        self.change(id, ready, now, "keep a snapshot").await
    }

    /// Removes a row that is not ready.
    pub(crate) async fn drop_row(&self, id: SnapshotId) -> Result<(), CatalogError> {
        sqlx::query("DELETE FROM snapshots WHERE id = $1 AND state <> 'ready'")
            .bind(id.to_string())
            .execute(&self.db)
            .await
            .map_err(CatalogError::in_action("drop a snapshot"))?;
        Ok(())
    }

    /// The rows that are neither ready nor gone.
    pub(crate) async fn unfinished(&self) -> Result<Vec<Pending>, CatalogError> {
        let rows = sqlx::query(
            "SELECT id, disk_id, region, sku, state, epoch FROM snapshots WHERE state <> 'ready'",
        )
        .fetch_all(&self.db)
        .await
        .map_err(CatalogError::in_action("list snapshots"))?;
        let pending = |row: &SqliteRow| {
            let region: Name = row.get::<&str, _>("region").parse().ok()?;
            let state = match row.get("state") {
                "pending" => State::Pending,
                "deleting" => State::Deleting,
                _ => return None,
            };
            Some(Pending {
                id: row.get::<&str, _>("id").parse().ok()?,
                disk_id: row.get::<&str, _>("disk_id").parse().ok()?,
                pool: Pool { region, sku: row.get::<&str, _>("sku").parse().ok()? },
                state,
                epoch: row.get("epoch"),
            })
        };
        let all: Option<Vec<_>> = rows.iter().map(pending).collect();
        all.ok_or_else(|| CatalogError::Row("an unfinished snapshot".to_owned()))
    }
}
