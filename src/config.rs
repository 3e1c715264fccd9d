//! Settings. In: arguments, the environment and `config.toml`. Out: plain options for all other modules. Each option is
//! taken from the first source that sets it: arguments, environment, file, defaults. Independent of the user interface;
//! sends no requests.

mod batch_job;
mod environment;
mod error;
mod file;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod paths;
mod run_server;
mod settings;

use std::path::PathBuf;

pub(crate) use environment::Environment;
pub(crate) use error::{Error, Warning};
pub(crate) use file::{Bandwidth, ColorChoice, Glyphs, InterfaceOptions, Mouse};
pub(crate) use paths::Paths;
pub(crate) use run_server::{RunServers, ServerRefusal};
pub(crate) use settings::{Origin, Settings};

use crate::api::ServerUrl;

/// The environment variable with the server address.
pub const SERVER_VARIABLE: &str = "CAS_API_URL";
/// The environment variable with the token.
pub const TOKEN_VARIABLE: &str = "CAS_API_TOKEN";
/// The environment variable with the token of `castui serve`, which is not the token for CAS.
pub const SERVE_TOKEN_VARIABLE: &str = "CASTUI_SERVE_TOKEN";
/// Arguments of all subcommands.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct GlobalArgs {
    /// Address of the CAS server [environment: CAS_API_URL] [default: the public service]
    #[arg(long, alias = "cas-api-url", global = true, value_name = "URL")]
    pub server: Option<ServerUrl>,
    /// File with the API token [environment: CAS_API_TOKEN has the token itself] [default: the stored login]
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Configuration file [default: castui/config.toml in the configuration folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print what is going on to standard error; -vv prints every request [environment: CASTUI_LOG]
    #[arg(short = 'v', action = clap::ArgAction::Count, global = true, help_heading = "Diagnostics")]
    pub verbosity: u8,
}
