//! The connection to one CAS server: options in, answers' bodies out. Knows headers, limits, timeouts and how an
//! answer becomes an error; what the bodies mean is the business of the endpoints' methods.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Method, RequestBuilder, Response,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    CertificateSource, Endpoint, Error, NetworkEnvironment, Patience, ProxyChoice, Refusal, ServerUrl, Token,
    TokenShape, TransportError,
    call::{Call, Identity},
    error::BodyFault,
    refusal::{self, Asked},
    retry::{Backoff, repeat},
    setup,
};
use crate::{domain::text, wire};

/// What a [`Client`] is made from.
#[derive(Clone)]
pub struct ClientOptions {
    /// The server.
    pub server: ServerUrl,
    /// The user's token; without it only what is public can be asked.
    pub token: Option<Token>,
    /// Proxies and certificates.
    pub network: NetworkEnvironment,
    /// How long is waited.
    pub patience: Patience,
    /// How often a general call is attempted. Chunks have attempts of their own.
    pub attempts: Backoff,
}

/// One user action, such as a run: all its requests carry the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionId(Uuid);

/// The connection to one CAS server; clones share it. Its life is the client session of the contract.
#[derive(Clone)]
pub struct Client(Arc<Connection>);

struct Connection {
    http: reqwest::Client,
    server: ServerUrl,
    token: Option<Token>,
    session: Uuid,
    proxy: Option<ProxyChoice>,
    patience: Patience,
    attempts: Backoff,
    certificates: Vec<CertificateSource>,
}

/// The largest answer of a general call.
const MAX_GENERAL_ANSWER: usize = 64 << 20;
/// As much of an error's body as is read.
const MAX_ERROR_BODY: usize = 64 << 10;

impl ClientOptions {
    /// A server with neither token nor proxy, trusting the system's certificates.
    pub fn new(server: ServerUrl) -> Self {
        let (network, patience) = (NetworkEnvironment::default(), Patience::default());
        Self { server, token: None, network, patience, attempts: Backoff::GENERAL }
    }

    /// The same with a token.
    pub fn with_token(self, token: Token) -> Self {
        Self { token: Some(token), ..self }
    }
}

impl ActionId {
    /// A new, random one.
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
    /// Sets up a client; nothing is sent yet. Refuses to carry a token over plain http, save to this machine.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let ClientOptions { server, token, network, patience, attempts } = options;
        if token.is_some() && !server.may_carry_token() {
            return Err(Error::PlainHttp { server: server.to_string() });
        }
        let proxy = network.proxy_for(&server)?;
        // A server on this machine is asked without TLS: reading the system's certificates would be for nothing.
        let (roots, certificates) =
            if server.is_https() { network.trusted() } else { (rustls::RootCertStore::empty(), Vec::new()) };
        let http = setup::http(roots, proxy.as_ref(), patience)?;
        let session = Uuid::new_v4();
        Ok(Self(Arc::new(Connection { http, server, token, session, proxy, patience, attempts, certificates })))
    }

    /// The server.
    pub fn server(&self) -> &ServerUrl {
        &self.0.server
    }

    /// The token, if there is one.
    pub fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    /// The proxy in between.
    pub fn proxy(&self) -> Option<&ProxyChoice> {
        self.0.proxy.as_ref()
    }

    /// Where trusted certificates were looked for; empty for a server asked without TLS.
    pub fn certificates(&self) -> &[CertificateSource] {
        &self.0.certificates
    }

    /// How long is waited.
    pub fn patience(&self) -> Patience {
        self.0.patience
    }

    /// The page where the user can answer questions about an action.
    pub fn feedback_link(&self, action: ActionId) -> String {
        let mut url = self.0.server.endpoint(wire::path::FEEDBACK_ANSWER, None);
        url.query_pairs_mut()
            .append_pair("client_session_id", &self.0.session.to_string())
            .append_pair("client_action_id", &action.to_string());
        url.into()
    }

    /// Prepares a request. Refuses to send an incomplete token, which CAS answers with an error that says nothing. A
    /// service of this machine may have tokens of any form.
    pub(super) fn request(&self, method: Method, call: Call<'_>) -> Result<RequestBuilder, Error> {
        let url = self.0.server.endpoint(call.path, call.name);
        let request = self.0.http.request(method, url).headers(self.headers(call.action));
        match (&self.0.token, call.identity) {
            (Some(token), Identity::User) if !self.may_take(token) => Err(Error::IncompleteToken),
            (Some(token), Identity::User) => Ok(request.bearer_auth(token.expose())),
            (_, Identity::Nobody) | (None, Identity::User) => Ok(request),
        }
    }

    /// Says what is odd about the token's form, where it goes to a server that is not on this machine.
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

    /// Posts a question that changes nothing on the server, and so may be asked again.
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

    /// Asks a general call, again where the connection or the server failed.
    async fn ask<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        request: impl Fn() -> Result<RequestBuilder, Error>,
    ) -> Result<T, Error> {
        let Connection { patience, attempts, .. } = &*self.0;
        let once = || {
            let request = request();
            async move { self.receive(call.endpoint(), request?.timeout(patience.call), MAX_GENERAL_ANSWER).await }
        };
        let body = repeat(*attempts, patience.call, once).await?;
        self.read(call.endpoint(), &body)
    }

    /// Sends a request and reads the body of its answer, of `limit` bytes at most once it is inflated.
    pub(super) async fn receive(
        &self,
        endpoint: Endpoint,
        request: RequestBuilder,
        limit: usize,
    ) -> Result<Bytes, Error> {
        let response = request.send().await.map_err(|error| self.transport(endpoint, error))?;
        let status = response.status();
        if status.is_success() {
            let is_html = is_html(response.headers());
            return match self.body(endpoint, response, limit).await? {
                Body::Whole(body) if is_html || body.trim_ascii_start().starts_with(b"<") => {
                    let words = text::excerpt(&self.asked(endpoint).redact(&refusal::detail(&body)));
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
        // The status tells what matters: a body that breaks off takes nothing from it.
        let body = match self.body(endpoint, response, MAX_ERROR_BODY).await {
            Ok(Body::Whole(body) | Body::Cropped(body)) => body,
            Err(_) => Bytes::new(),
        };
        let refusal = Refusal::new(self.asked(endpoint), status, &headers, &body);
        Err(Error::Refused(Box::new(refusal)))
    }

    async fn body(&self, endpoint: Endpoint, mut response: Response, limit: usize) -> Result<Body, Error> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.transport(endpoint, error))? {
            let room = limit - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                return Ok(Body::Cropped(body.into()));
            }
        }
        Ok(Body::Whole(body.into()))
    }

    /// Reads a body as JSON.
    fn read<T: DeserializeOwned>(&self, endpoint: Endpoint, body: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(body)
            .map_err(|error| Error::Unreadable { endpoint, source: self.fault(endpoint, &error) })
    }

    /// What a JSON reader says is wrong, in words that can be shown.
    pub(super) fn fault(&self, endpoint: Endpoint, error: &serde_json::Error) -> BodyFault {
        BodyFault::new(&self.asked(endpoint).redact(&error.to_string()))
    }

    fn asked(&self, endpoint: Endpoint) -> Asked<'_> {
        Asked { endpoint, token: self.token() }
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
            // Proof: a UUID is hexadecimal digits and hyphens.
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

/// A body, or as much of it as was let in.
enum Body {
    Whole(Bytes),
    Cropped(Bytes),
}

/// Whether an answer says that it is a web page.
fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// Where a redirect points: no more than the origin, as the rest may hold secrets.
fn redirect_target(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
    match response.url().join(location) {
        Ok(url) => text::excerpt(&url.origin().ascii_serialization()),
        Err(_) => "an address that cannot be read".into(),
    }
}
