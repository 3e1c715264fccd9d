//! The three things that a run needs, and what passes between them: rows are encoded, chunks answered, answers kept.

use std::{future::Future, ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{domain::ChunkIndex, store};

/// Reads and encodes chunks. Called on threads that may block.
pub trait Encode: Send + Sync + 'static {
    /// The upload of some rows.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no counts there.
    fn encode(&self, cells: Range<usize>) -> Result<Encoded, Unencodable>;

    /// Looks through some rows without encoding them, much faster than [`Encode::encode`].
    ///
    /// # Errors
    /// When the file cannot be read, or holds no counts there.
    fn look_through(&self, cells: Range<usize>) -> Result<(), Unencodable>;
}

/// Has a server answer chunks.
pub trait Answer: Send + Sync + 'static {
    /// Sends an upload and returns the answer, verbatim and checked against the cells it is to be about. `sent` is
    /// told the running number of bytes.
    fn answer(
        &self,
        image: Bytes,
        cells: Range<usize>,
        sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> impl Future<Output = Result<Bytes, Refusal>> + Send;
}

/// Keeps answers. Called on threads that may block.
pub trait Keep: Send + Sync + 'static {
    /// Stores an answer; when it returns, the answer is safe.
    ///
    /// # Errors
    /// What the disk said.
    fn keep(&self, chunk: ChunkIndex, kept: &Kept<'_>) -> Result<(), store::Error>;
}

/// A chunk ready to be sent.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The bytes of the upload.
    pub image: Bytes,
    /// A digest of the counts in it, in hex.
    pub digest: String,
}

/// Why a chunk cannot be encoded; cleaned, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unencodable {
    /// What stands there is no count: other chunks may be fine.
    NoCounts(String),
    /// The file cannot be read.
    Unreadable(String),
}

impl Unencodable {
    /// What is wrong.
    pub fn into_text(self) -> String {
        match self {
            Self::NoCounts(text) | Self::Unreadable(text) => text,
        }
    }
}

/// An answer to be kept.
#[derive(Clone, Debug)]
pub struct Kept<'a> {
    /// The cells it is about.
    pub cells: Range<usize>,
    /// A digest of what was sent.
    pub digest: &'a str,
    /// Bytes of the upload.
    pub uploaded: u64,
    /// Which attempt succeeded, from 1.
    pub attempt: u32,
    /// The answer, verbatim.
    pub body: &'a [u8],
}

/// An attempt that failed.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What to do about it.
    pub verdict: Verdict,
    /// What went wrong, cleaned, in a sentence.
    pub error: String,
}

/// What to do about a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again; after so long, if the server said so.
    Retry {
        /// The wait that the server asked for.
        after: Option<Duration>,
    },
    /// The server answered what is of no use, and counted it as an answer: ask again, but not often.
    AskAgain,
    /// This chunk will not succeed.
    GiveUp,
    /// No chunk will succeed: the token is refused.
    StopUnauthenticated,
    /// No chunk will succeed: the quota is used up.
    StopQuota,
    /// No chunk will succeed: this is not the server it was, or not to be trusted.
    StopUnreachable,
    /// Other chunks would be paid for in vain, too: the answer is too large.
    StopOversized,
}

/// The three things a run needs.
#[derive(Debug)]
pub struct Parts<E, A, K> {
    /// Reads and encodes.
    pub encode: Arc<E>,
    /// Sends.
    pub answer: Arc<A>,
    /// Stores.
    pub keep: Arc<K>,
}

impl<E, A, K> Clone for Parts<E, A, K> {
    fn clone(&self) -> Self {
        Self { encode: self.encode.clone(), answer: self.answer.clone(), keep: self.keep.clone() }
    }
}
