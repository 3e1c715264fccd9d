//! Uploads of chunks. In: an operation and the bytes of an `.h5ad` image. Out: the body of the response, unchanged.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use futures::{Stream, stream};
use reqwest::{
    Body, Method,
    multipart::{Form, Part},
};

use super::{ActionId, Client, Error, call::Call};
use crate::{
    domain::{ModelName, Operation, number::PythonFloat},
    wire::path,
};

/// The parameters of a chunk's request.
#[derive(Clone, Copy, Debug)]
pub struct ChunkRequest<'a> {
    /// The operation with its options.
    pub operation: &'a Operation,
    /// The model to use.
    pub model: &'a ModelName,
    /// The run, as the action that the request belongs to.
    pub action: ActionId,
    /// The maximum size of the response in bytes.
    pub largest_answer: usize,
}

/// The size of the pieces in which the image is written to the socket.
const PIECE: usize = 64 << 10;

impl Client {
    /// Sends a chunk, an `.h5ad` image, and returns the body of the response unchanged. `sent` is called with the
    /// number of image bytes passed to the socket so far; the last call gets the image's length.
    pub async fn send_chunk(
        &self,
        request: &ChunkRequest<'_>,
        image: Bytes,
        sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Bytes, Error> {
        let call = Call::to(endpoint_path(request.operation)).of(request.action);
        let form = form(request, image, sent).map_err(|source| Error::Setup { source: source.without_url().into() })?;
        let post = self.request(Method::POST, call)?.timeout(self.timeouts().chunk).multipart(form);
        self.receive(call.endpoint(), post, request.largest_answer).await
    }
}

fn endpoint_path(operation: &Operation) -> &'static str {
    match operation {
        Operation::OntologyAware(_) => path::ANNOTATE_ONTOLOGY_AWARE,
        Operation::SummaryStatistics { .. } => path::ANNOTATE_SUMMARY_STATISTICS,
        Operation::Search => path::NEAREST_NEIGHBOR_SEARCH,
    }
}

fn form(request: &ChunkRequest<'_>, image: Bytes, sent: impl Fn(u64) + Send + Sync + 'static) -> reqwest::Result<Form> {
    let length = image.len() as u64;
    let file = Part::stream_with_length(Body::wrap_stream(pieces(image, Arc::new(sent))), length);
    let file = file.file_name("adata.h5ad").mime_str("application/octet-stream")?;
    let form = Form::new().part("file", file).text("model_name", request.model.as_str().to_owned());
    let fields = fields(request.operation).into_iter();
    Ok(fields.fold(form, |form, (name, value)| form.text(name, value)))
}

/// Returns the options of an operation, formatted like the official Python client's.
fn fields(operation: &Operation) -> Vec<(&'static str, Cow<'static, str>)> {
    match operation {
        Operation::OntologyAware(options) => vec![
            ("prune_threshold", PythonFloat(options.prune_threshold).to_string().into()),
            ("weighting_prefactor", PythonFloat(options.weighting_prefactor).to_string().into()),
        ],
        Operation::SummaryStatistics { include_extended_statistics } => {
            vec![("include_extended_output", if *include_extended_statistics { "True" } else { "False" }.into())]
        }
        Operation::Search => Vec::new(),
    }
}

/// Returns the pieces of the image, which share its memory. A piece counts as sent once the next one is requested.
fn pieces(
    image: Bytes,
    sent: Arc<impl Fn(u64) + Send + Sync + 'static>,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send {
    stream::unfold((image, 0u64), move |(mut rest, done)| {
        let sent = Arc::clone(&sent);
        async move {
            if done > 0 {
                sent(done);
            }
            if rest.is_empty() {
                return None;
            }
            let piece = rest.split_to(rest.len().min(PIECE));
            let done = done + piece.len() as u64;
            Some((Ok(piece), (rest, done)))
        }
    })
}
