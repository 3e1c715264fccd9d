//! The connection to one CAS server. In: options. Out: bodies of responses. Handles headers, size limits, timeouts and
//! the conversion of responses to errors. The endpoints' methods interpret the bodies.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Method, RequestBuilder, Response,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::time::Instant;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::{
    CertificateSource, Endpoint, Error, NetworkEnvironment, ProxyChoice, Refusal, ServerUrl, Timeouts, Token,
    TokenShape, TransportError,
    call::{Call, Identity},
    error::BodyFault,
    refusal::{self, RequestContext},
    retry::{Backoff, repeat},
    room::{FREE_SHARE, Room},
    setup,
};
use crate::{domain::text, wire};

/// Options of a [`Client`].
#[derive(Clone)]
pub struct ClientOptions {
    /// The server.
    pub server: ServerUrl,
    /// The user's token. Without it only public endpoints can be called.
    pub token: Option<Token>,
    /// Proxies and certificates.
    pub network: NetworkEnvironment,
    /// The timeouts.
    pub timeouts: Timeouts,
    /// The retries of general calls. Chunks have separate retries.
    pub attempts: Backoff,
}

/// The id of a user action, such as a run. All its requests carry this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionId(Uuid);

/// A connection to one CAS server. Clones share it. Its lifetime is the client session of the contract.
#[derive(Clone)]
pub struct Client(Arc<Connection>);

struct Connection {
    http: reqwest::Client,
    server: ServerUrl,
    token: Option<Token>,
    session: Uuid,
    proxy: Option<ProxyChoice>,
    timeouts: Timeouts,
    attempts: Backoff,
    certificates: Vec<CertificateSource>,
    room: Room,
}

/// The maximum number of bytes read from the body of an error response.
const MAX_ERROR_BODY: usize = 64 << 10;

impl ClientOptions {
    /// Returns options with the system's certificates and without a token or proxy.
    pub fn new(server: ServerUrl) -> Self {
        let (network, timeouts) = (NetworkEnvironment::default(), Timeouts::default());
        Self { server, token: None, network, timeouts, attempts: Backoff::GENERAL }
    }

    /// Returns the options with a token.
    pub fn with_token(self, token: Token) -> Self {
        Self { token: Some(token), ..self }
    }
}

impl ActionId {
    /// Creates a random id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Uuid> for ActionId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl Client {
    /// Creates a client without sending anything. Fails if a token would travel over plain http to another machine.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let ClientOptions { server, token, network, timeouts, attempts } = options;
        if token.is_some() && !server.may_carry_token() {
            return Err(Error::PlainHttp { server: server.to_string() });
        }
        let proxy = network.proxy_for(&server)?;
        // A loopback server is called without TLS, so reading the system's certificates would be wasted time.
        let (roots, certificates) =
            if server.is_https() { network.trusted() } else { (rustls::RootCertStore::empty(), Vec::new()) };
        let http = setup::http(roots, proxy.as_ref(), timeouts)?;
        let session = Uuid::new_v4();
        let room = Room::default();
        let connection = Connection { http, server, token, session, proxy, timeouts, attempts, certificates, room };
        Ok(Self(Arc::new(connection)))
    }

    /// Returns the address of the server.
    pub fn server(&self) -> &ServerUrl {
        &self.0.server
    }

    /// Returns the token, if the client has one.
    pub fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    /// Returns the proxy in use, if there is one.
    pub fn proxy(&self) -> Option<&ProxyChoice> {
        self.0.proxy.as_ref()
    }

    /// Returns the places searched for trusted certificates; empty for a server called without TLS.
    pub fn certificates(&self) -> &[CertificateSource] {
        &self.0.certificates
    }

    /// Returns the room for responses.
    #[cfg(test)]
    pub(super) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Returns the timeouts.
    pub fn timeouts(&self) -> Timeouts {
        self.0.timeouts
    }

    /// Returns the address of the page where the user can give feedback on an action.
    pub fn feedback_link(&self, action: ActionId) -> String {
        let mut url = self.0.server.endpoint(wire::path::FEEDBACK_ANSWER, None);
        url.query_pairs_mut()
            .append_pair("client_session_id", &self.0.session.to_string())
            .append_pair("client_action_id", &action.to_string());
        url.into()
    }

    /// Prepares a request. Fails with an incomplete token, which CAS would answer with an unspecific error. A service
    /// on this machine may use tokens of any form.
    pub(super) fn request(&self, method: Method, call: Call<'_>) -> Result<RequestBuilder, Error> {
        let url = self.0.server.endpoint(call.path, call.name);
        let request = self.0.http.request(method, url).headers(self.headers(call.action));
        match (&self.0.token, call.identity) {
            (Some(token), Identity::User) if !self.may_take(token) => Err(Error::IncompleteToken),
            (Some(token), Identity::User) => Ok(request.bearer_auth(token.expose())),
            (_, Identity::Nobody) | (None, Identity::User) => Ok(request),
        }
    }

    /// Returns a remark on an unusual form of the token, if the server is not on this machine.
    pub fn token_remark(&self) -> Option<&'static str> {
        let token = self.token().filter(|_| !self.0.server.is_loopback())?;
        token.shape().remark()
    }

    fn may_take(&self, token: &Token) -> bool {
        self.0.server.is_loopback() || token.shape() != TokenShape::Incomplete
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        self.ask(call, || self.request(Method::GET, call)).await
    }

    /// Posts a request that changes nothing on the server, so that it can be repeated.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        body: Option<serde_json::Value>,
    ) -> Result<T, Error> {
        let request = || {
            let request = self.request(Method::POST, call)?;
            Ok(match &body {
                Some(body) => request.json(body),
                None => request,
            })
        };
        self.ask(call, request).await
    }

    /// Makes a general call. Repeats it after failures of the connection or the server.
    async fn ask<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        request: impl Fn() -> Result<RequestBuilder, Error>,
    ) -> Result<T, Error> {
        let Connection { timeouts, attempts, .. } = &*self.0;
        let once = || {
            let request = request();
            async move { self.receive(call.endpoint(), request?.timeout(timeouts.call), call.limit).await }
        };
        let body = repeat(*attempts, timeouts.call, once).await?;
        self.read(call.endpoint(), &body)
    }

    /// Sends a request and reads the body of the response, up to `limit` bytes after decompression. Logs how it ended.
    pub(super) async fn receive(
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

    /// Reads a body of at most `limit` bytes. A long one waits until there is room in memory for it.
    async fn body(&self, endpoint: Endpoint, mut response: Response, limit: usize) -> Result<Body, Error> {
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

    /// Parses a body as JSON.
    fn read<T: DeserializeOwned>(&self, endpoint: Endpoint, body: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(body)
            .map_err(|error| Error::Unreadable { endpoint, source: self.fault(endpoint, &error) })
    }

    /// Returns a JSON error as text without the token or control characters.
    pub(super) fn fault(&self, endpoint: Endpoint, error: &serde_json::Error) -> BodyFault {
        BodyFault::new(&self.context(endpoint).redact(&error.to_string()))
    }

    fn context(&self, endpoint: Endpoint) -> RequestContext<'_> {
        RequestContext { endpoint, token: self.token() }
    }

    fn transport(&self, endpoint: Endpoint, error: reqwest::Error) -> Error {
        Error::Transport {
            endpoint,
            server: self.0.server.to_string(),
            proxy: self.0.proxy.as_ref().map(|proxy| proxy.variable),
            source: TransportError::new(error),
        }
    }

    fn headers(&self, action: Option<ActionId>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut insert = |name: &'static str, id: Uuid| {
            // Proof: a UUID consists of hexadecimal digits and hyphens.
            let value = HeaderValue::from_str(&id.to_string()).expect("a UUID is a valid header");
            headers.insert(HeaderName::from_static(name), value);
        };
        insert(wire::header::CLIENT_SESSION_ID, self.0.session);
        if let Some(ActionId(action)) = action {
            insert(wire::header::CLIENT_ACTION_ID, action);
        }
        headers
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.0.server.to_string()).field("token", &self.0.token).finish()
    }
}

/// A body, or its beginning if it exceeds the limit.
enum Body {
    Whole(Bytes),
    Cropped(Bytes),
}

/// Returns whether a response is declared as a web page.
fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// Returns the origin that a redirect points to. Path and query may contain secrets and are left out.
fn redirect_target(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
    match response.url().join(location) {
        Ok(url) => text::excerpt(&url.origin().ascii_serialization()),
        Err(_) => "an address that cannot be read".into(),
    }
}
