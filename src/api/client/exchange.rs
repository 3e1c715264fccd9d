//! One exchange with the server. In: a request. Out: the body of the response, or an error without the token.

use bytes::Bytes;
use reqwest::RequestBuilder;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::{
    Client,
    response::{Body, is_html, redirect_target},
};
use crate::{
    api::{
        Endpoint, Error, Refusal, TransportError,
        error::BodyFault,
        refusal::{self, RequestContext},
    },
    domain::text,
};

/// The maximum number of bytes read from the body of an error response.
const MAX_ERROR_BODY: usize = 64 << 10;

impl Client {
    /// Sends a request and reads the body of the response, up to `limit` bytes after decompression. Logs how it ended.
    pub(in crate::api) async fn receive(
        &self,
        endpoint: Endpoint,
        request: RequestBuilder,
        limit: usize,
    ) -> Result<Bytes, Error> {
        let span = tracing::info_span!("request", %endpoint, status = tracing::field::Empty);
        async {
            let began = Instant::now();
            let received = self.exchange(endpoint, request, limit).await;
            let took = began.elapsed();
            match &received {
                Ok(body) => tracing::debug!(bytes = body.len(), ?took, "answered"),
                Err(error) => tracing::warn!(?took, "failed: {}", text::sentence(error)),
            }
            received
        }
        .instrument(span)
        .await
    }

    async fn exchange(&self, endpoint: Endpoint, request: RequestBuilder, limit: usize) -> Result<Bytes, Error> {
        let response = request.send().await.map_err(|error| self.transport(endpoint, error))?;
        let status = response.status();
        Span::current().record("status", status.as_u16());
        if status.is_success() {
            let is_html = is_html(response.headers());
            return match self.body(endpoint, response, limit).await? {
                Body::Whole(body) if is_html || body.trim_ascii_start().starts_with(b"<") => {
                    let words = text::excerpt(&self.context(endpoint).redact(&refusal::detail(&body)));
                    Err(Error::WebPage { endpoint, server: self.0.server.to_string(), words })
                }
                Body::Whole(body) => Ok(body),
                Body::Cropped(_) => Err(Error::Oversized { endpoint, limit }),
            };
        }
        if status.is_redirection() {
            let target = redirect_target(&response);
            return Err(Error::Redirected { endpoint, server: self.0.server.to_string(), target });
        }
        let headers = response.headers().clone();
        // The status alone is enough, so a body that breaks off is treated as empty.
        let body = match self.body(endpoint, response, MAX_ERROR_BODY).await {
            Ok(Body::Whole(body) | Body::Cropped(body)) => body,
            Err(_) => Bytes::new(),
        };
        let refusal = Refusal::new(self.context(endpoint), status, &headers, &body);
        Err(Error::Refused(Box::new(refusal)))
    }

    /// Returns a JSON error as text without the token or control characters.
    pub(in crate::api) fn fault(&self, endpoint: Endpoint, error: &serde_json::Error) -> BodyFault {
        BodyFault::new(&self.context(endpoint).redact(&error.to_string()))
    }

    fn context(&self, endpoint: Endpoint) -> RequestContext<'_> {
        RequestContext { endpoint, token: self.token() }
    }

    pub(super) fn transport(&self, endpoint: Endpoint, error: reqwest::Error) -> Error {
        Error::Transport {
            endpoint,
            server: self.0.server.to_string(),
            proxy: self.0.proxy.as_ref().map(|proxy| proxy.variable),
            source: TransportError::new(error),
        }
    }
}
