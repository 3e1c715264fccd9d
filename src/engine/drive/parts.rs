//! The three services that a run needs, and the data exchanged with them: encoding rows, answering chunks, storing
//! answers.

use std::{future::Future, ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{domain::ChunkIndex, engine::Fault, store};

/// A service that reads and encodes chunks. Its methods may block.
pub trait Encode: Send + Sync + 'static {
    /// Encodes the upload for some rows.
    ///
    /// # Errors
    /// Fails if the file cannot be read or has values that are not counts.
    fn encode(&self, cells: Range<usize>) -> Result<Encoded, EncodeError>;

    /// Checks the values of some rows without encoding them, which is much faster than [`Encode::encode`].
    ///
    /// # Errors
    /// Fails if the file cannot be read or has values that are not counts.
    fn scan(&self, cells: Range<usize>) -> Result<(), EncodeError>;
}

/// A service that answers chunks.
pub trait Answer: Send + Sync + 'static {
    /// Sends an upload and returns the answer verbatim, after checking that it matches the cells. `sent` is called with
    /// the number of bytes sent so far.
    fn answer(
        &self,
        image: Bytes,
        cells: Range<usize>,
        sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> impl Future<Output = Result<Bytes, Refusal>> + Send;
}

/// A service that stores answers. Its methods may block.
pub trait Keep: Send + Sync + 'static {
    /// Stores an answer durably.
    ///
    /// # Errors
    /// Fails if the answer cannot be written.
    fn keep(&self, chunk: ChunkIndex, kept: &Kept<'_>) -> Result<(), store::Error>;
}

/// A chunk that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The upload.
    pub image: Bytes,
    /// The digest of the counts, in hexadecimal.
    pub digest: String,
}

/// The reason why a chunk cannot be encoded, as a sanitized sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The chunk has values that are not counts. Other chunks may be valid.
    NotCounts(String),
    /// The file cannot be read.
    Unreadable(String),
}

impl EncodeError {
    /// Returns the reason.
    pub fn into_text(self) -> String {
        match self {
            Self::NotCounts(text) | Self::Unreadable(text) => text,
        }
    }
}

/// An answer to be stored.
#[derive(Clone, Debug)]
pub struct Kept<'a> {
    /// The rows of the cells.
    pub cells: Range<usize>,
    /// The digest of the data sent, in hexadecimal.
    pub digest: &'a str,
    /// Size of the upload in bytes.
    pub uploaded: u64,
    /// The number of the successful attempt, from 1.
    pub attempt: u32,
    /// The answer, verbatim.
    pub body: &'a [u8],
}

/// A failed attempt.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The consequence for the chunk or the run.
    pub verdict: Verdict,
    /// The error with its remedy.
    pub error: Fault,
}

/// The consequence of a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The attempt is repeated, after the delay requested by the server if there is one.
    Retry {
        /// The delay requested by the server.
        after: Option<Duration>,
    },
    /// The answer was unusable but may have cost quota, so the attempt is repeated only a few times.
    RetryUnusableAnswer,
    /// This chunk will not succeed.
    GiveUp,
    /// No chunk will succeed, because the token is refused.
    StopUnauthenticated,
    /// No chunk will succeed, because the quota is used up.
    StopQuota,
    /// No chunk will succeed, because the server redirects, has changed, or is not trusted.
    StopUnusable,
    /// Other chunks would waste quota as well, because the answer is too large.
    StopOversized,
}

/// The three services that a run needs.
#[derive(Debug)]
pub struct Parts<E, A, K> {
    /// Reads and encodes chunks.
    pub encode: Arc<E>,
    /// Sends chunks.
    pub answer: Arc<A>,
    /// Stores answers.
    pub keep: Arc<K>,
}

impl<E, A, K> Clone for Parts<E, A, K> {
    fn clone(&self) -> Self {
        Self { encode: self.encode.clone(), answer: self.answer.clone(), keep: self.keep.clone() }
    }
}
