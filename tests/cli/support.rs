//! A home folder and a mock CAS server for a test, and the program run with them.

use std::{
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;
use castui::wire::{PROTOCOL_VERSION, path};
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path as at},
};

/// The token in the environment of every command. No output may contain it.
pub const TOKEN: &str = "planted-locator.planted-key-7f3a";

/// A temporary home folder.
pub struct Home(TempDir);

/// The result of a command.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// Returns a command with an otherwise empty environment.
    pub fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
        command.env_clear().env("HOME", self.0.path()).current_dir(self.0.path()).args(arguments);
        command
    }

    /// Returns a command with the planted token in its environment.
    pub fn castui(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.env("CAS_API_TOKEN", TOKEN);
        command
    }

    /// Runs a command against a server.
    pub fn ask(&self, server: &MockServer, arguments: &[&str]) -> Ended {
        ended(self.castui(arguments).env("CAS_API_URL", server.uri()))
    }
}

/// Runs a command to its end and checks that it does not show the token.
pub fn ended(command: &mut Command) -> Ended {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(!out.contains(TOKEN) && !err.contains(TOKEN), "the token was shown:\n{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    Ended { code: status.code().unwrap(), out, err }
}

impl Ended {
    /// Returns the output as JSON. The command must have succeeded.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Makes one endpoint respond to requests that carry the token.
pub async fn answer(server: &MockServer, verb: &str, endpoint: &str, body: Value) {
    let bearer = format!("Bearer {TOKEN}");
    let mock = Mock::given(method(verb)).and(at(format!("/{endpoint}"))).and(header("authorization", bearer.as_str()));
    mock.respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(server).await;
}

/// Starts a server that accepts the user and our version of the protocol.
pub async fn server() -> MockServer {
    let server = MockServer::start().await;
    let user = json!({ "username": "marie", "email": "m@lab.org", "should_ask_for_feedback": false });
    answer(&server, "GET", path::VALIDATE_TOKEN, user.clone()).await;
    answer(&server, "POST", path::FEEDBACK_OPT_OUT, user).await;
    for (verb, endpoint, body) in [
        ("GET", path::APPLICATION_INFO, json!({ "application_version": "1.8.5", "default_feature_schema": "s" })),
        ("POST", path::VALIDATE_CLIENT_VERSION, json!({ "is_valid": true, "min_version": PROTOCOL_VERSION })),
    ] {
        let mock = Mock::given(method(verb)).and(at(format!("/{endpoint}")));
        mock.respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    }
    let refused = ResponseTemplate::new(401).set_body_json(json!({ "detail": "Token not found" }));
    Mock::given(at(format!("/{}", path::VALIDATE_TOKEN))).respond_with(refused).with_priority(9).mount(&server).await;
    server
}

/// Returns the path of the demo's query cells.
pub fn demo_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/query.h5ad")
}
