//! A snapshot as an image file on this side, gone on with where the line broke off.

use std::{io::Read as _, path::Path};

use engine::{Error, ExportFormat, PartialFile};
use shared::{Code, Problem};
use ureq::{
    Body,
    http::{Method, Response, StatusCode, header},
};
use url::Url;

use super::{Client, ClientError, Watch, patience::Patience, request};

/// Bytes that are written at once.
const PIECE: usize = 1 << 18;

/// A download under way.
struct Download<'a> {
    client: &'a Client,
    url: Url,
    output: &'a PartialFile,
    watch: &'a dyn Watch,
    /// Bytes that are written.
    done: u64,
    whole: Option<Whole>,
}

/// What the first answer said of the whole.
struct Whole {
    etag: String,
    length: u64,
}

impl Client {
    /// Writes a snapshot to `file`: first as `file.partial`, synced and renamed at the end. Says
    /// how many bytes the file has.
    pub(crate) fn export(
        &self,
        snapshot: &str,
        file: &Path,
        format: ExportFormat,
        watch: &dyn Watch,
    ) -> Result<u64, ClientError> {
        let snapshot = self.snapshot(snapshot)?;
        // Of disks of another machine there are no images here; of this one's there may be.
        let output = PartialFile::create(file, &self.disks()?)?;
        // By its id: a name may come to mean another one between two attempts.
        let mut url = self.route(&["snapshots", &snapshot.id.to_string(), "data"]);
        url.query_pairs_mut().append_pair("format", &format.to_string());
        let download = Download { client: self, url, output: &output, watch, done: 0, whole: None };
        let length = download.run()?;
        output.publish()?;
        Ok(length)
    }
}

impl Download<'_> {
    fn run(mut self) -> Result<u64, ClientError> {
        let mut patience = Patience::default();
        loop {
            let before = self.done;
            match self.attempt() {
                Ok(length) => return Ok(length),
                Err(error) => {
                    if self.done > before {
                        patience.restore();
                    }
                    patience.pause(error, self.watch)?;
                }
            }
        }
    }

    /// One answer, to its end or for as long as it goes.
    fn attempt(&mut self) -> Result<u64, ClientError> {
        let mut asked = request(&Method::GET, &self.url);
        // Compressed bytes would have no ranges of the disk.
        asked = asked.header(header::ACCEPT_ENCODING, "identity");
        if let Some(Whole { etag, .. }) = &self.whole {
            asked = asked
                .header(header::RANGE, format!("bytes={}-", self.done))
                .header(header::IF_RANGE, etag);
        }
        let answer = self.client.send_lively(asked, ())?;
        let length = match &self.whole {
            None => self.begin(&answer)?,
            Some(whole) => self.check_rest(&answer, whole)?,
        };
        self.watch.phase("downloading");
        let mut bytes = vec![0; PIECE];
        let mut body = answer.into_body().into_reader();
        while self.done < length {
            if self.watch.cancelled() {
                return Err(Error::Cancelled.into());
            }
            let most = (length - self.done).min(PIECE as u64) as usize;
            let mut count = 0;
            // What came before the line broke off is kept, too.
            let failed = loop {
                match body.read(&mut bytes[count..most]) {
                    Ok(0) if count == most => break None,
                    Ok(0) => break Some(std::io::ErrorKind::UnexpectedEof.into()),
                    Ok(read) => count += read,
                    Err(error) => break Some(error),
                }
            };
            self.output.write_sparse(self.done, &bytes[..count])?;
            self.done += count as u64;
            self.watch.at(self.done, length);
            if let Some(error) = failed {
                return Err(self.client.broke_off(&error));
            }
        }
        Ok(length)
    }

    /// Learns from the first answer what the whole is.
    fn begin(&mut self, answer: &Response<Body>) -> Result<u64, ClientError> {
        let etag = text(answer, header::ETAG).map(str::to_owned);
        let length = text(answer, header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let (Some(etag), Some(length)) = (etag, length) else {
            return Err(self.client.foreign("it sends bytes without their length or tag"));
        };
        self.output.set_length(length)?;
        self.whole = Some(Whole { etag, length });
        Ok(length)
    }

    /// Checks that an answer goes on with the same bytes where they broke off.
    fn check_rest(&self, answer: &Response<Body>, whole: &Whole) -> Result<u64, ClientError> {
        let rest = format!("bytes {}-{}/{}", self.done, whole.length - 1, whole.length);
        let fits = answer.status() == StatusCode::PARTIAL_CONTENT
            && text(answer, header::CONTENT_RANGE) == Some(&rest);
        if fits {
            return Ok(whole.length);
        }
        Err(ClientError::Refused(Problem {
            code: Code::PreconditionFailed,
            detail: "the server's bytes are no longer those that the download began with"
                .to_owned(),
            help: Some("export the snapshot again".to_owned()),
        }))
    }
}

fn text(answer: &Response<Body>, name: header::HeaderName) -> Option<&str> {
    answer.headers().get(name)?.to_str().ok()
}
