//! A month in the life of four disks, played in order of time; only the clock is not real.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use engine::{AttachRequest, Changing, CreateRequest, Engine, NoProgress, Origin, SnapshotRequest};
use jiff::{SignedDuration, Timestamp};
use shared::{ByteSize, Sku, SnapshotKind, Tags};

use super::{
    SEED,
    chance::Chance,
    clock::{SetClock, pace},
    database::Database,
    image::{Image, Writes},
    logs::{self, Logs},
    packages,
    scale::Scale,
    schedule::{Event, Reason, Which, begin},
    system::System,
    volume::{Content, Step, Volume},
};

/// Bytes that are written in one go where much is.
const BATCH: u64 = 16 << 20;

/// Length of a database's page.
const PAGE: u64 = 8192;

/// How long a file of logs reaches back when the life begins.
const LOGGED_BEFORE: SignedDuration = SignedDuration::from_hours(36);

/// The disks, and what lives on them.
#[derive(Debug)]
pub(super) struct History<'a> {
    engine: &'a Engine,
    clock: &'a SetClock,
    scale: Scale,
    system: System,
    database: Database,
    /// Up to when the database has worked.
    worked: Timestamp,
    logs: Logs,
    logs_image: Image,
    archive: Volume,
    /// How long the snapshots took.
    pub(super) snapshots_took: Duration,
}

impl<'a> History<'a> {
    /// Makes the disks as they are at the beginning; `None`: it was asked to stop.
    pub(super) async fn begin(
        engine: &'a Engine,
        clock: &'a SetClock,
        images: &Path,
        scale: Scale,
        end: Timestamp,
        tell: &mut (dyn FnMut(&str) + Send),
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>> {
        let time = begin(scale, end);
        clock.set(time);
        let path = |which: Which| images.join(format!("{}.img", which.name()));
        let mut start = Instant::now();
        let mut done = |what: &str| {
            tell(&lap(what, start.elapsed()));
            start = Instant::now();
        };

        let (size, used) = scale.system();
        let image = Image::create(path(Which::System), size)?;
        let volume = Volume::create(image, size, Which::System.name(), time)?;
        let kind = volume.kind();
        let system = System::install(volume, used, time, SEED)?;
        attach(engine, Which::System, &path(Which::System)).await?;
        done(&format!("web-os: an operating system on {kind}"));

        let (size, used) = scale.database();
        create(engine, Which::Database, size).await?;
        let mut database = Database::new(size, SEED + 1);
        let pages = used / PAGE;
        for from in (0..pages).step_by((BATCH / PAGE) as usize) {
            if stopped() {
                return Ok(None);
            }
            let mut writes = Writes::default();
            database.load(time, (BATCH / PAGE).min(pages - from), &mut writes);
            engine.write_disk_ranges(Which::Database.name(), &writes.into_pieces()).await?;
        }
        done("shop-db: a database");
        if stopped() {
            return Ok(None);
        }

        let (size, _) = scale.logs();
        let logs_image = Image::create(path(Which::Logs), size)?;
        let mut logs = Logs::new(size, scale.logs_by_hour(), time - LOGGED_BEFORE, SEED + 2);
        let mut writes = Writes::default();
        logs.until(time, &mut writes);
        logs_image.apply(&writes)?;
        attach(engine, Which::Logs, &path(Which::Logs)).await?;
        done("shop-logs: web server logs");
        if stopped() {
            return Ok(None);
        }

        let (size, used) = scale.archive();
        let image = Image::create(path(Which::Archive), size)?;
        let mut archive = Volume::create(image, size, Which::Archive.name(), time)?;
        archive.apply(&old_papers(used), time)?;
        attach(engine, Which::Archive, &path(Which::Archive)).await?;
        done(&format!("archive: old papers on {kind}"));

        Ok(Some(Self {
            engine,
            clock,
            scale,
            system,
            database,
            worked: time,
            logs,
            logs_image,
            archive,
            snapshots_took: Duration::ZERO,
        }))
    }

    /// Lets one thing happen.
    pub(super) async fn play(&mut self, time: Timestamp, event: Event) -> Result<()> {
        self.clock.set(time);
        match event {
            Event::SystemDay => self.system.live_a_day(time),
            Event::SystemUpdate => self.system.update(time),
            Event::Vacuum => {
                let vacuum =
                    |database: &mut Database, writes: &mut _| database.vacuum(time, writes);
                self.work_until(time, vacuum).await
            }
            Event::BulkLoad => {
                let pages = self.scale.bulk_load() / PAGE;
                let load =
                    |database: &mut Database, writes: &mut _| database.load(time, pages, writes);
                self.work_until(time, load).await
            }
            Event::GrowLogs => {
                let (_, size) = self.scale.logs();
                self.logs.grow(size);
                self.logs_image.grow(size)
            }
            Event::Archive => {
                let text = logs::text(time, 40_000, &mut Chance::new(SEED));
                let step = Step::Put("/papers/inventory.txt".to_owned(), Content::Bytes(text));
                self.archive.apply(&[step], time)
            }
            Event::Snapshot(which, reason) => {
                match which {
                    Which::Database => self.work_until(time, |_, _| ()).await?,
                    Which::Logs => self.log_until(time)?,
                    Which::System | Which::Archive => {}
                }
                let start = Instant::now();
                self.snapshot(which, reason, time).await?;
                self.snapshots_took += start.elapsed();
                Ok(())
            }
        }
    }

    /// The database works hour by hour up to a time; then it does something else.
    async fn work_until(
        &mut self,
        time: Timestamp,
        then: impl FnOnce(&mut Database, &mut Writes),
    ) -> Result<()> {
        let mut writes = Writes::default();
        while self.worked < time {
            let next = (self.worked + SignedDuration::from_hours(1)).min(time);
            let transactions = self.scale.transactions() as f64 * pace(self.worked);
            self.database.work(next, transactions.ceil() as u64, &mut writes);
            self.worked = next;
        }
        then(&mut self.database, &mut writes);
        let pieces = writes.into_pieces();
        Ok(self.engine.write_disk_ranges(Which::Database.name(), &pieces).await?)
    }

    fn log_until(&mut self, time: Timestamp) -> Result<()> {
        let mut writes = Writes::default();
        self.logs.until(time, &mut writes);
        self.logs_image.apply(&writes)
    }

    async fn snapshot(&self, which: Which, reason: Reason, time: Timestamp) -> Result<()> {
        let (suffix, why) = match reason {
            Reason::Schedule => ("", "schedule"),
            Reason::BeforeUpdate => ("-before-update", "update"),
            Reason::AfterUpdate => ("-after-update", "update"),
        };
        let disk = which.name();
        let name = format!("{disk}-{}{suffix}", time.strftime("%Y-%m-%d-%H%M"));
        let request = SnapshotRequest {
            id: None,
            disk: disk.to_owned(),
            name: Some(name.parse()?),
            kind: SnapshotKind::Incremental,
            sku: None,
            tags: tags(&[("taken-by", why)])?,
            changing: Changing::Refused,
        };
        let taken = Box::pin(self.engine.create_snapshot(request, Arc::new(NoProgress))).await;
        taken.with_context(|| format!("take the snapshot {name}"))?;
        Ok(())
    }
}

/// A line on how long something took.
pub(super) fn lap(what: &str, took: Duration) -> String {
    format!("  {what:<40} {:>5.1} s", took.as_secs_f64())
}

/// Attaches an image.
async fn attach(engine: &Engine, which: Which, image: &Path) -> Result<()> {
    let (sku, tags) = facts(which)?;
    let (path, image) = (which.name().parse()?, image.to_owned());
    engine.attach(AttachRequest { id: None, path, image, sku, snapshot_sku: None, tags }).await?;
    Ok(())
}

/// Makes a managed disk, empty.
async fn create(engine: &Engine, which: Which, size: u64) -> Result<()> {
    let (sku, tags) = facts(which)?;
    let path = which.name().parse()?;
    let origin = Origin::Empty { size: ByteSize::new(size)? };
    engine
        .create_disk(CreateRequest { id: None, path, sku, snapshot_sku: None, tags, origin })
        .await?;
    Ok(())
}

/// A disk's tier and tags.
fn facts(which: Which) -> Result<(Sku, Tags)> {
    let (sku, app) = match which {
        Which::System => (Sku::PremiumLrs, "web"),
        Which::Database => (Sku::PremiumLrs, "shop"),
        Which::Logs => (Sku::StandardLrs, "shop"),
        Which::Archive => (Sku::StandardLrs, "papers"),
    };
    let env = if which == Which::Archive { "archive" } else { "production" };
    Ok((sku, tags(&[("app", app), ("env", env)])?))
}

fn tags(pairs: &[(&str, &str)]) -> Result<Tags> {
    let pairs: BTreeMap<_, _> =
        pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    Ok(Tags::try_from(pairs)?)
}

/// Documents of this machine, put into a folder of papers.
fn old_papers(bytes: u64) -> Vec<Step> {
    let packages = packages::documents(bytes);
    packages
        .iter()
        .flat_map(|package| &package.files)
        .filter_map(|path| {
            let text = path.to_str()?;
            Some(Step::Put(format!("/papers{text}"), Content::Copy(path.clone())))
        })
        .collect()
}
