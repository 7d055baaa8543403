//! `zone.json`: how a wiped or foreign folder is told from a zone's store.

use object_store::{PutMode, PutOptions};
use serde::{Deserialize, Serialize};
use shared::{Name, Pool, ZoneId};

use super::{ObjectKey, StoreError, Zone};
use crate::format::{FormatError, VERSION};

/// What `zone.json` says: made at registration, and by nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneFile {
    /// Always `skikt-zone`.
    pub format: String,
    /// The version of the stored formats.
    pub version: u16,
    /// The pool.
    pub pool: Pool,
    /// The zone's name in the region.
    pub zone: Name,
    /// The id that the catalog remembers.
    pub zone_id: ZoneId,
}

impl Zone {
    /// Makes the store this zone's, unless it is already; says which id it has.
    pub(crate) async fn register(&self, id: ZoneId) -> Result<ZoneId, StoreError> {
        let file = ZoneFile {
            format: "skikt-zone".to_owned(),
            version: VERSION,
            pool: self.pool.clone(),
            zone: self.name.clone(),
            zone_id: id,
        };
        let mut json = serde_json::to_vec_pretty(&file).expect("no part of a zone file can fail");
        json.push(b'\n');
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let put = self.store()?.put_opts(&ObjectKey::Zone.path(), json.into(), options).await;
        match put {
            Ok(_) => Ok(id),
            Err(object_store::Error::AlreadyExists { .. }) => {
                self.read_registration().await?.map(|file| file.zone_id).ok_or_else(|| {
                    let object = format!("{}/zone.json", self.pool);
                    StoreError::Missing { object }
                })
            }
            Err(error) => Err(StoreError::new("write", format!("{}/zone.json", self.pool), error)),
        }
    }

    /// What the store says it is; `None` where nothing was ever registered.
    pub(crate) async fn read_registration(&self) -> Result<Option<ZoneFile>, StoreError> {
        use object_store::ObjectStoreExt as _;
        let object = format!("{}/{}/zone.json", self.pool, self.name);
        let bytes = match self.store()?.get(&ObjectKey::Zone.path()).await {
            Ok(found) => found.bytes().await,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => Err(error),
        };
        let bytes = bytes.map_err(|error| StoreError::new("read", object.clone(), error))?;
        let field = FormatError::Field { what: "zone.json" };
        let file: ZoneFile = serde_json::from_slice(&bytes)
            .map_err(|_| StoreError::Corrupt { object: object.clone(), source: field.clone() })?;
        if file.format != "skikt-zone" {
            return Err(StoreError::Corrupt { object, source: field });
        }
        if file.version != VERSION {
            let source = FormatError::Version { what: "zone.json", version: file.version };
            return Err(StoreError::Corrupt { object, source });
        }
        Ok(Some(file))
    }

    /// Checks that the store is the one that was registered, and takes the zone down if not.
    pub(crate) async fn check(&mut self, registered: ZoneId) {
        self.registered = Some(registered);
        if let Err(reason) = self.compare(registered).await {
            self.set_down(reason);
        }
    }

    /// Checks once more that the store is the one that was registered.
    pub(crate) async fn is_still_there(&self) -> Result<(), StoreError> {
        self.store()?;
        match self.registered {
            Some(id) => self.compare(id).await.map_err(|reason| self.down(reason)),
            None => Ok(()),
        }
    }

    /// Why the store is not the one that was registered.
    async fn compare(&self, registered: ZoneId) -> Result<(), String> {
        let reason = match self.read_registration().await {
            Ok(Some(file)) if file.zone_id == registered => {
                if file.pool == self.pool && file.zone == self.name {
                    return Ok(());
                }
                "its zone.json is that of another zone".to_owned()
            }
            Ok(Some(_)) => "its zone.json is that of another data directory".to_owned(),
            Ok(None) => "its zone.json is gone, so this is not the store it was".to_owned(),
            Err(StoreError::ZoneDown { reason, .. }) => reason,
            Err(error) => error.to_string(),
        };
        let folder =
            self.folder().map_or_else(|| self.url.to_string(), |it| it.display().to_string());
        Err(format!("{reason} ({folder})"))
    }
}
