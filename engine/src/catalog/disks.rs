//! Disks in the catalog.

use jiff::Timestamp;
use shared::{DiskId, ResourcePath};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::{Catalog, CatalogError};
use crate::manifest::DiskRecord;

/// A disk and what its snapshots come to.
#[derive(Debug, Clone)]
pub(crate) struct DiskRow {
    pub(crate) record: DiskRecord,
    pub(crate) snapshots: u64,
    pub(crate) last_snapshot_at: Option<Timestamp>,
    /// Raised whenever a snapshot of the disk comes or goes; never the same again, also not after
    /// a rebuild, since it is a time.
    pub(crate) revision: u64,
}

const SELECT: &str = "SELECT disks.id, disks.record, disks.revision,
    (SELECT COUNT(*) FROM snapshots WHERE disk_id = disks.id AND state = 'ready') AS snapshots,
    (SELECT MAX(created_us) FROM snapshots WHERE disk_id = disks.id AND state = 'ready') AS last_us
    FROM disks";

fn read(row: &SqliteRow) -> Result<DiskRow, CatalogError> {
    let bad = || CatalogError::Row(format!("disk {}", row.get::<&str, _>("id")));
    let record = serde_json::from_str(row.get("record")).map_err(|_| bad())?;
    let last = row.get::<Option<i64>, _>("last_us").map(Timestamp::from_microsecond);
    Ok(DiskRow {
        record,
        snapshots: row.get::<i64, _>("snapshots") as u64,
        last_snapshot_at: last.transpose().map_err(|_| bad())?,
        revision: row.get::<i64, _>("revision") as u64,
    })
}

impl Catalog {
    /// Every disk, by group and name.
    pub(crate) async fn disks(&self) -> Result<Vec<DiskRow>, CatalogError> {
        let query = format!("{SELECT} ORDER BY group_name, name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&self.db).await;
        rows.map_err(CatalogError::in_action("list disks"))?.iter().map(read).collect()
    }

    pub(crate) async fn disk(&self, id: DiskId) -> Result<Option<DiskRow>, CatalogError> {
        let query = format!("{SELECT} WHERE id = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id.to_string());
        let row = query.fetch_optional(&self.db).await;
        row.map_err(CatalogError::in_action("look up a disk"))?.as_ref().map(read).transpose()
    }

    pub(crate) async fn disk_named(
        &self,
        path: &ResourcePath,
    ) -> Result<Option<DiskRow>, CatalogError> {
        let query = format!("{SELECT} WHERE group_name = $1 AND name = $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(path.group.as_str().to_owned())
            .bind(path.name.as_str().to_owned());
        let row = query.fetch_optional(&self.db).await;
        row.map_err(CatalogError::in_action("look up a disk"))?.as_ref().map(read).transpose()
    }

    /// Adds a disk, or puts a newer record of it in the older one's place.
    pub(crate) async fn put_disk(
        &self,
        record: &DiskRecord,
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        let json = serde_json::to_string(record).expect("a record has no failing parts");
        sqlx::query(
            "INSERT INTO disks (id, group_name, name, record, epoch, revision)
             VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (id) DO UPDATE SET group_name = excluded.group_name,
                 name = excluded.name, record = excluded.record",
        )
        .bind(record.disk_id.to_string())
        .bind(record.group.as_str())
        .bind(record.name.as_str())
        .bind(json)
        .bind(now.as_microsecond())
        .execute(&self.db)
        .await
        .map_err(CatalogError::in_action("keep a disk"))?;
        Ok(())
    }

    pub(crate) async fn remove_disk(&self, id: DiskId) -> Result<(), CatalogError> {
        sqlx::query("DELETE FROM disks WHERE id = $1")
            .bind(id.to_string())
            .execute(&self.db)
            .await
            .map_err(CatalogError::in_action("remove a disk"))?;
        Ok(())
    }
}
