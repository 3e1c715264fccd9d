//! Requests to the server: user, models and quota.

use std::{path::PathBuf, time::Instant};

use super::{
    Answers, Host, Local, Work,
    failure::{broken, failure, login_failure},
};
use crate::{
    api::Token,
    domain::ModelList,
    engine::Service,
    tui::{
        effect::Secret,
        facts::{Account, Failure, TokenFacts},
        log::Severity,
        msg::Answer,
    },
    wire,
};

impl<H: Host> Work<H> {
    /// Requests account, quota and models at once; each is shown as soon as it arrives.
    pub(super) async fn fetch_account(self, answers: Answers) {
        match self.service() {
            Err(error) => {
                answers.give(Answer::Account(Err(error.clone()))).await;
                answers.give(Answer::Quota(Err(error.clone()))).await;
                answers.give(Answer::Models(Err(error))).await;
            }
            Ok(service) => {
                let account = async { answers.give(Answer::Account(self.account(&service).await)).await };
                let quota = async {
                    let quota = service.quota().await.map_err(|error| failure(&error));
                    answers.give(Answer::Quota(quota)).await;
                };
                let models = async {
                    let list = service.models().await.map_err(|error| failure(&error));
                    if let Some(complaint) = list.as_ref().ok().and_then(ModelList::complaint) {
                        answers.say(Severity::Warn, &complaint).await;
                    }
                    answers.give(Answer::Models(list.map(|list| list.models))).await;
                };
                tokio::join!(account, quota, models);
            }
        }
    }

    async fn account(&self, service: &Service) -> Result<Account, Failure> {
        let client = service.client();
        let began = Instant::now();
        let user = client.validate_token().await.map_err(|error| failure(&error))?;
        let latency = began.elapsed();
        // Servers that do not report their version are accepted.
        let version = client.application_info().await.ok().map(|found| found.application_version);
        let token = client.token().map(|token| TokenFacts {
            tail: tail(token),
            source: self.host.token_source(),
            expires_at: token.expires_at(),
        });
        let proxy = client.proxy().map(|proxy| format!("{} ({})", proxy.host, proxy.variable));
        Ok(Account { server: client.server().to_string(), version, user: name_of(&user), token, latency, proxy })
    }

    /// Tries a token and stores it if the server accepts it.
    pub(super) async fn log_in(self, secret: Secret, answers: Answers) {
        let result = self.try_token(&secret).await;
        answers.give(Answer::LoggedIn(result)).await;
    }

    async fn try_token(&self, secret: &Secret) -> Result<(), Failure> {
        let token: Token = secret.expose().parse().map_err(|error| failure(&error as &crate::api::TokenError))?;
        let service = self.host.service_with(token.clone())?;
        service.client().validate_token().await.map_err(|error| login_failure(&error))?;
        let host = self.host.clone();
        let kept = tokio::task::spawn_blocking(move || host.keep_token(&token)).await;
        kept.unwrap_or_else(|error| Err(broken(&error)))?;
        self.state().service = Some(service);
        Ok(())
    }

    /// Starts the demo's service and connects to it.
    pub(super) async fn use_demo(self, answers: Answers) {
        let local = self.host.serve_demo().await;
        self.use_local(local, answers).await;
    }

    /// Starts a service of a reference file and connects to it.
    pub(super) async fn use_reference(self, file: PathBuf, answers: Answers) {
        let local = self.host.serve_reference(&file).await;
        self.use_local(local, answers).await;
    }

    async fn use_local(&self, local: Result<Local, Failure>, answers: Answers) {
        let ready = local.map(|Local { service, file }| {
            self.state().service = Some(service);
            file
        });
        answers.give(Answer::LocalReady(ready)).await;
    }
}

/// Returns the part of a token that its `Display` shows: the last characters of a long token, nothing of a short one.
fn tail(token: &Token) -> String {
    token.to_string().trim_start_matches('…').to_owned()
}

fn name_of(user: &wire::User) -> String {
    match (user.email.as_str(), user.username.as_str()) {
        ("", "") => "an unnamed user".into(),
        ("", name) | (name, _) => name.to_owned(),
    }
}
