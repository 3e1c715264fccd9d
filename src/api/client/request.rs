//! Requests. In: a call. Out: its request with headers and token, and its answer as parsed JSON, after retries.

use reqwest::{
    Method, RequestBuilder,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Client, Connection, options::ActionId};
use crate::{
    api::{
        Endpoint, Error, Token, TokenShape,
        call::{Call, Identity},
        retry::retry,
    },
    wire,
};

impl Client {
    /// Prepares a request. Fails with an incomplete token, which CAS would answer with an unspecific error. A service
    /// on this machine may use tokens of any form.
    pub(in crate::api) fn request(&self, method: Method, call: Call<'_>) -> Result<RequestBuilder, Error> {
        let url = self.0.server.endpoint(call.path, call.name);
        let request = self.0.http.request(method, url).headers(self.headers(call.action));
        match (&self.0.token, call.identity) {
            (Some(token), Identity::User) if !self.may_take(token) => Err(Error::IncompleteToken),
            (Some(token), Identity::User) => Ok(request.bearer_auth(token.expose())),
            (_, Identity::Nobody) | (None, Identity::User) => Ok(request),
        }
    }

    fn may_take(&self, token: &Token) -> bool {
        self.0.server.is_loopback() || token.shape() != TokenShape::Incomplete
    }

    pub(in crate::api) async fn get<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        self.ask(call, || self.request(Method::GET, call)).await
    }

    /// Posts a request that changes nothing on the server, so that it can be repeated.
    pub(in crate::api) async fn post<T: DeserializeOwned>(
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
        let Connection { timeouts, backoff, .. } = &*self.0;
        let once = || {
            let request = request();
            async move { self.receive(call.endpoint(), request?.timeout(timeouts.call), call.limit).await }
        };
        let body = retry(*backoff, timeouts.call, once).await?;
        self.read(call.endpoint(), &body)
    }

    /// Parses a body as JSON.
    fn read<T: DeserializeOwned>(&self, endpoint: Endpoint, body: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(body)
            .map_err(|error| Error::Unreadable { endpoint, source: self.fault(endpoint, &error) })
    }

    pub(super) fn headers(&self, action: Option<ActionId>) -> HeaderMap {
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
