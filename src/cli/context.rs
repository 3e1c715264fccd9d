//! The context of all commands: settings, servers, the runtime, and output.

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};

use super::{hint, remedy, thread_limit};
use crate::{
    api::{self, Client, ServerUrl},
    config::{Environment, GlobalArgs, Settings},
    domain::text::{clean, clean_lines},
    engine::{GraceLimit, Service, catalog, prepare},
};

/// The context that every command needs.
#[derive(Clone)]
pub(super) struct Context {
    /// All settings.
    pub settings: Settings,
    /// The file named by `--token-file`.
    pub token_file: Option<PathBuf>,
    environment: Environment,
}

impl Context {
    /// Reads the settings and prints warnings about them.
    pub fn new(arguments: &GlobalArgs) -> anyhow::Result<Self> {
        let environment = Environment::process();
        let settings = Settings::new(arguments, &environment)?;
        for warning in &settings.warnings {
            say(format_args!("warning: {warning}"));
        }
        Ok(Self { settings, token_file: arguments.token_file.clone(), environment })
    }

    /// Returns the asynchronous runtime and sets up the thread pool for computations.
    pub fn runtime(&self) -> anyhow::Result<Runtime> {
        // Threads use memory, too, so their check comes second.
        thread_limit::check_memory()?;
        thread_limit::check(self.threads())?;
        // If no more threads can be started, the pool works on the calling thread.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(self.threads()).build_global();
        let workers = self.threads().min(2);
        let runtime = Builder::new_multi_thread().worker_threads(workers).max_blocking_threads(32).enable_all().build();
        runtime.context("cannot start threads; is there a limit on processes (ulimit -u)?")
    }

    /// Returns the number of threads for computations.
    pub fn threads(&self) -> usize {
        self.settings.drive.encoders
    }

    /// Returns how long a run that ends may wait for its chunks in flight; may ask the batch system.
    pub fn grace(&self) -> GraceLimit {
        Settings::grace(&self.environment)
    }

    /// Returns an environment variable.
    pub fn variable(&self, name: &str) -> Option<std::ffi::OsString> {
        self.environment.get(name)
    }

    /// Returns a client of the configured server with the user's token.
    pub fn client(&self) -> anyhow::Result<Client> {
        Ok(Client::new(self.settings.client_options()?)?)
    }

    /// Returns the configured server. Fails with advice if there is no token.
    pub fn service(&self) -> anyhow::Result<Service> {
        let client = self.client()?;
        anyhow::ensure!(client.token().is_some(), NoToken::of(client.server()));
        Ok(self.service_of(client))
    }

    /// Returns the service behind a given client.
    pub fn service_of(&self, client: Client) -> Service {
        // A local service is fast to query, and another one may use the same port tomorrow, so nothing is cached.
        let cache = (!client.server().is_loopback()).then(|| self.settings.paths.cache.join("catalog"));
        Service::new(client, cache)
    }

    /// Returns the path of the list of the user's recent runs.
    pub fn recent_runs(&self) -> PathBuf {
        self.settings.paths.state.join("runs.jsonl")
    }
}

/// The error of a missing token.
#[derive(Debug, thiserror::Error)]
#[error(
    "no token for {server}: log in with `castui login`, or set CAS_API_TOKEN, or pass --token-file FILE; \
     `castui demo` needs none"
)]
pub(super) struct NoToken {
    server: String,
}

impl NoToken {
    /// Returns the error for a server.
    pub fn of(server: &ServerUrl) -> Self {
        Self { server: server.to_string() }
    }
}

/// Prints a message to standard error without control characters. Write errors are ignored.
pub(super) fn say(text: std::fmt::Arguments<'_>) {
    let text = text.to_string();
    let _ = writeln!(io::stderr().lock(), "{}", clean_lines(&text));
}

/// Prints an error of one sentence.
pub(super) fn say_error(sentence: &str) {
    say(format_args!("castui: {}", clean(sentence)));
}

/// Returns the server's error behind an error. Transparent errors do not appear in its chain of causes.
pub(super) fn server_error(error: &anyhow::Error) -> Option<&api::Error> {
    fn of_catalog(error: &catalog::Error) -> Option<&api::Error> {
        match error {
            catalog::Error::Api(error) => Some(error),
            catalog::Error::UnknownModel { .. }
            | catalog::Error::NoModel
            | catalog::Error::NoDefaultModel { .. }
            | catalog::Error::UnknownSchema { .. }
            | catalog::Error::UnreadableOntology { .. } => None,
        }
    }
    error.chain().find_map(|cause| {
        let through = cause.downcast_ref::<prepare::Error>().and_then(|error| match error {
            prepare::Error::Catalog(error) => Some(error),
            prepare::Error::Matrix(_)
            | prepare::Error::Store(_)
            | prepare::Error::Input { .. }
            | prepare::Error::Changed { .. }
            | prepare::Error::Counts { .. }
            | prepare::Error::Broken(_) => None,
        });
        cause.downcast_ref().or_else(|| cause.downcast_ref().or(through).and_then(of_catalog))
    })
}

/// Prints an error with its causes and a hint.
pub(super) fn complain(error: &anyhow::Error) {
    say(format_args!("castui: {}", remedy::sentence(error.as_ref())));
    if let Some(error) = server_error(error) {
        say(format_args!("  {}", hint::words(error.hint())));
    }
}

/// Prints data to standard output: unchanged for programs, without control characters for a terminal. A closed pipe
/// (`| head`) ends the command quietly.
pub(super) fn print(text: std::fmt::Arguments<'_>) -> io::Result<()> {
    let text = text.to_string();
    let mut out = io::stdout().lock();
    let text = if out.is_terminal() { clean_lines(&text) } else { Cow::Borrowed(text.as_str()) };
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints a value as a JSON document.
pub(super) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    Ok(print(format_args!("{}", escaped(&serde_json::to_string_pretty(value)?)))?)
}

/// Returns equivalent JSON without control sequences: characters that [`clean`] would replace are escaped. They only
/// occur in strings, except for the line ends between values.
pub(super) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match clean(c.encode_utf8(&mut [0; 4])) {
            Cow::Owned(_) if c != '\n' => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")))
            }
            Cow::Owned(_) | Cow::Borrowed(_) => text.push(c),
        }
    }
    text
}

/// Returns whether standard error is a terminal, so that a bar can be drawn.
pub(super) fn can_draw() -> bool {
    io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_json_is_equivalent_and_has_no_control_sequences() {
        let value = serde_json::json!({ "name": "a\x1b[31m\u{9b}31m\u{202E}\u{7f}\n細胞" });
        let text = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.lines().all(|line| matches!(clean(line), Cow::Borrowed(_))), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
