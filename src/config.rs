//! Settings. In come arguments, the environment and `config.toml`; out come plain options for everyone else, each
//! from the first of arguments, environment, file and default that has it. Knows no screen and sends nothing.

mod batch_job;
mod environment;
mod error;
mod file;
mod paths;
mod settings;

use std::path::PathBuf;

pub use environment::Environment;
pub use error::{Error, Warning};
pub use file::{Bandwidth, ColorChoice, Glyphs, InterfaceOptions, Mouse};
pub use paths::Paths;
pub use settings::{Origin, Settings};

use crate::api::ServerUrl;

/// The variable that names the server.
pub const SERVER_VARIABLE: &str = "CAS_API_URL";
/// The variable that holds the token.
pub const TOKEN_VARIABLE: &str = "CAS_API_TOKEN";
/// The arguments that every subcommand takes.
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
}
