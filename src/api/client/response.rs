//! Parts of a response: its body up to a limit, its type, and the target of a redirect.

use bytes::Bytes;
use reqwest::{
    Response,
    header::{CONTENT_TYPE, HeaderMap, LOCATION},
};

use super::Client;
use crate::{
    api::{Endpoint, Error, room::FREE_SHARE},
    domain::text,
};

impl Client {
    /// Reads a body of at most `limit` bytes. A long one waits until there is room in memory for it.
    pub(super) async fn body(&self, endpoint: Endpoint, mut response: Response, limit: usize) -> Result<Body, Error> {
        let declared = response.content_length().and_then(|length| usize::try_from(length).ok());
        let (mut body, mut reserved) = (Vec::new(), None);
        while let Some(piece) = response.chunk().await.map_err(|error| self.transport(endpoint, error))? {
            let room = limit - body.len();
            if reserved.is_none() && body.len() + piece.len().min(room) > FREE_SHARE {
                let most = declared.map_or(limit, |length| length.min(limit));
                reserved = self.0.room.reserve(most).await;
            }
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                return Ok(Body::Cropped(body.into()));
            }
        }
        Ok(Body::Whole(match reserved {
            Some(reserved) => reserved.hold(body),
            None => body.into(),
        }))
    }
}

/// A body, or its beginning if it exceeds the limit.
pub(super) enum Body {
    Whole(Bytes),
    Cropped(Bytes),
}

/// Returns whether a response is declared as a web page.
pub(super) fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// Returns the origin that a redirect points to. Path and query may contain secrets and are left out.
pub(super) fn redirect_target(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
    match response.url().join(location) {
        Ok(url) => text::excerpt(&url.origin().ascii_serialization()),
        Err(_) => "an address that cannot be read".into(),
    }
}
