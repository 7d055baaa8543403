//! An object store that fails when it is told to: at the n-th call, in a way of one's choice.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::StoreOpener;
use futures::{StreamExt as _, TryStreamExt as _, future, stream, stream::BoxStream};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    path::Path,
};
use tokio::sync::Notify;
use url::Url;

use crate::seeded::Seeded;

/// What happens at the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An error, and no effect.
    Error,
    /// The effect, and yet an error.
    LostAck,
    /// An error, at this call and at every later one.
    Offline,
    /// The process dies before the call has an effect.
    Die,
    /// The process dies after the call had its effect.
    DieAfter,
    /// No room for a write, or to take a name out of a folder.
    NoSpace,
    /// Half of what was asked for is read.
    Truncate,
    /// One bit of what is read is another.
    Flip,
    /// What is read is not there.
    Missing,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::Error,
        Self::LostAck,
        Self::Offline,
        Self::Die,
        Self::DieAfter,
        Self::NoSpace,
        Self::Truncate,
        Self::Flip,
        Self::Missing,
    ];

    /// Whether the fault can befall such a call.
    pub const fn befalls(self, call: Call) -> bool {
        match self {
            Self::Error | Self::Offline | Self::Die => true,
            Self::LostAck | Self::DieAfter | Self::NoSpace => {
                matches!(call, Call::Put | Call::Delete)
            }
            Self::Truncate | Self::Flip | Self::Missing => matches!(call, Call::Get),
        }
    }
}

/// What a store is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// To write an object.
    Put,
    /// To read one, or a part of it.
    Get,
    /// To delete one.
    Delete,
    /// To list a folder.
    List,
}

/// Counts the calls of all stores of a data directory, and decides which one fails.
#[derive(Debug)]
pub struct Faults {
    random: Seeded,
    calls: Mutex<Vec<Call>>,
    at: AtomicU64,
    fault: Fault,
    offline: AtomicBool,
    death: Notify,
}

impl Faults {
    /// No fault ever; the calls are counted.
    pub fn none() -> Arc<Self> {
        Self::at(u64::MAX, Fault::Error, 0)
    }

    /// One fault at the n-th call, counted from 0.
    pub fn at(call: u64, fault: Fault, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            random: Seeded::new(seed),
            calls: Mutex::default(),
            at: AtomicU64::new(call),
            fault,
            offline: AtomicBool::new(false),
            death: Notify::new(),
        })
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs a process until it ends or dies; `None`: it died.
    pub async fn run<T>(&self, process: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.death.notified() => None,
            done = process => Some(done),
        }
    }

    fn next(&self, call: Call) -> Option<Fault> {
        if self.offline.load(Ordering::SeqCst) {
            return Some(Fault::Offline);
        }
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let number = calls.len() as u64;
        calls.push(call);
        if number != self.at.load(Ordering::SeqCst) || !self.fault.befalls(call) {
            return None;
        }
        self.offline.store(self.fault == Fault::Offline, Ordering::SeqCst);
        Some(self.fault)
    }

    async fn die<T>(&self) -> Result<T> {
        self.offline.store(true, Ordering::SeqCst);
        self.death.notify_one();
        future::pending().await
    }
}

/// Puts faults between the engine and the stores of another opener.
#[derive(Debug)]
pub struct FaultOpener {
    /// The opener of what lies behind.
    pub inner: Arc<dyn StoreOpener>,
    /// When what fails.
    pub faults: Arc<Faults>,
}

impl StoreOpener for FaultOpener {
    fn open(&self, url: &Url) -> std::result::Result<Arc<dyn ObjectStore>, String> {
        let inner = self.inner.open(url)?;
        Ok(Arc::new(FaultStore { inner, faults: Arc::clone(&self.faults) }))
    }
}

/// A store with faults put before it.
#[derive(Debug, Clone)]
pub struct FaultStore {
    inner: Arc<dyn ObjectStore>,
    faults: Arc<Faults>,
}

impl fmt::Display for FaultStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with faults", self.inner)
    }
}

fn broken(kind: io::ErrorKind) -> Error {
    Error::Generic { store: "faults", source: Box::new(io::Error::new(kind, "a planned fault")) }
}

fn failure<T>() -> Result<T> {
    Err(broken(io::ErrorKind::Other))
}

impl FaultStore {
    /// Carries a write out, or fails as planned.
    async fn change<T>(&self, call: Call, effect: impl Future<Output = Result<T>>) -> Result<T> {
        match self.faults.next(call) {
            Some(Fault::Error | Fault::Offline) => failure(),
            Some(Fault::NoSpace) => Err(broken(io::ErrorKind::StorageFull)),
            Some(Fault::Die) => self.faults.die().await,
            Some(Fault::LostAck) => {
                effect.await?;
                failure()
            }
            Some(Fault::DieAfter) => {
                effect.await?;
                self.faults.die().await
            }
            Some(Fault::Truncate | Fault::Flip | Fault::Missing) | None => effect.await,
        }
    }

    /// What was read, with other bytes.
    async fn spoil(&self, fault: Fault, read: GetResult) -> Result<GetResult> {
        let GetResult { meta, range, attributes, extensions, .. } = &read;
        let (meta, range) = (meta.clone(), range.clone());
        let (attributes, extensions) = (attributes.clone(), extensions.clone());
        let mut bytes = read.bytes().await?.to_vec();
        if fault == Fault::Truncate {
            bytes.truncate(bytes.len() / 2);
        } else if !bytes.is_empty() {
            let bit = self.faults.random.below(bytes.len() as u64 * 8);
            bytes[bit as usize / 8] ^= 1 << (bit % 8);
        }
        let payload = GetResultPayload::Stream(stream::iter([Ok(Bytes::from(bytes))]).boxed());
        Ok(GetResult { payload, meta, range, attributes, extensions })
    }
}

#[async_trait]
impl ObjectStore for FaultStore {
    async fn put_opts(&self, at: &Path, bytes: PutPayload, how: PutOptions) -> Result<PutResult> {
        self.change(Call::Put, self.inner.put_opts(at, bytes, how)).await
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        failure()
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match self.faults.next(Call::Get) {
            Some(Fault::Error | Fault::Offline) => failure(),
            Some(Fault::Die) => self.faults.die().await,
            Some(Fault::Missing) => {
                let source = Box::new(io::Error::from(io::ErrorKind::NotFound));
                Err(Error::NotFound { path: location.to_string(), source })
            }
            Some(fault @ (Fault::Truncate | Fault::Flip)) => {
                let read = self.inner.get_opts(location, options).await?;
                self.spoil(fault, read).await
            }
            Some(Fault::LostAck | Fault::DieAfter | Fault::NoSpace) | None => {
                self.inner.get_opts(location, options).await
            }
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let store = self.clone();
        let delete = move |location: Path| {
            let store = store.clone();
            async move {
                let one = stream::iter([Ok(location.clone())]).boxed();
                let effect = store.inner.delete_stream(one).try_collect::<Vec<_>>();
                store.change(Call::Delete, effect).await.map(|_| location)
            }
        };
        locations.and_then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let faults = Arc::clone(&self.faults);
        match faults.next(Call::List) {
            Some(Fault::Error | Fault::Offline) => {
                // The failure comes after some have been told: a list cut off is no list.
                let some = self.inner.list(prefix).take(1);
                some.chain(stream::iter([failure()])).boxed()
            }
            Some(Fault::Die) => stream::once(async move { faults.die().await }).boxed(),
            _ => self.inner.list(prefix),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        failure()
    }
}
