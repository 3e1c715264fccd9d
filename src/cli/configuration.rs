//! `castui config`

use std::fmt::Write;

use clap::Subcommand;

use super::{
    Exit,
    context::{print, say},
    panel_options::unknown_types,
    remedy,
};
use crate::{
    config::{Bandwidth, ColorChoice, Environment, GlobalArgs, Glyphs, Mouse, Origin, Paths, Settings},
    domain::text::clean,
    results::Panels,
};

/// The subcommands of `config`.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the path of the configuration file
    Path,
    /// Print all settings as they apply here, in the form of a configuration file
    Show,
    /// Look for mistakes in the configuration file and in stored marker panels; exit code 2 if there are any
    Check,
}

pub(super) fn run(command: &Command, arguments: &GlobalArgs) -> anyhow::Result<Exit> {
    let environment = Environment::process();
    match command {
        Command::Path => {
            let path = match &arguments.config {
                Some(path) => path.clone(),
                None => Paths::new(&environment).config_file(),
            };
            print(format_args!("{}", path.display()))?;
            Ok(Exit::Ok)
        }
        Command::Show => {
            let settings = Settings::new(arguments, &environment)?;
            say_warnings(&settings);
            for line in as_file(&settings, arguments)?.lines() {
                print(format_args!("{}", clean(line)))?;
            }
            Ok(Exit::Ok)
        }
        Command::Check => check(arguments, &environment),
    }
}

fn check(arguments: &GlobalArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let settings = Settings::new(arguments, environment)?;
    let path = arguments.config.clone().unwrap_or_else(|| settings.paths.config_file());
    let panels = Panels::of_folder(&settings.paths.panels());
    say_warnings(&settings);
    let faults: Vec<String> = panels.faults.iter().cloned().chain(unknown_types(&panels)).collect();
    faults.iter().for_each(|fault| say(format_args!("warning: {fault}")));
    if !(settings.warnings.is_empty() && faults.is_empty()) {
        return Ok(Exit::Usage);
    }
    let found = if path.exists() { "no mistakes" } else { "not there; the defaults apply" };
    say(format_args!("{}: {found}", path.display()));
    Ok(Exit::Ok)
}

fn say_warnings(settings: &Settings) {
    for warning in &settings.warnings {
        say(format_args!("warning: {warning}"));
    }
}

/// Returns the settings as a configuration file, with other information in comments.
fn as_file(settings: &Settings, arguments: &GlobalArgs) -> anyhow::Result<String> {
    let file = arguments.config.clone().unwrap_or_else(|| settings.paths.config_file());
    let there = if file.exists() { "" } else { " (not there)" };
    let interface = &settings.interface;
    let mut text = String::new();
    writeln!(text, "# configuration file: {}{there}", file.display())?;
    writeln!(text, "# cache: {}", settings.paths.cache.display())?;
    writeln!(text, "# state: {}", settings.paths.state.display())?;
    writeln!(text, "# marker panels: {}", settings.paths.panels().display())?;
    match settings.token() {
        Ok(Some((token, source))) => writeln!(text, "# token: {token} from {source}")?,
        Ok(None) => writeln!(text, "# token: none")?,
        Err(error) => writeln!(text, "# token: {}", remedy::sentence(&error))?,
    }
    let server = toml::Value::from(settings.server.to_string());
    writeln!(text, "server = {server}  # {}", origin(settings.server_origin))?;
    writeln!(text, "max_requests = {}", settings.drive.max_requests)?;
    writeln!(text, "color = \"{}\"", color(interface.color))?;
    writeln!(text, "low_bandwidth = {}", interface.bandwidth == Bandwidth::Low)?;
    writeln!(text, "mouse = {}", interface.mouse == Mouse::Captured)?;
    writeln!(text, "ascii = {}", interface.glyphs == Glyphs::Ascii)?;
    for (name, table) in [("keys", &interface.keys), ("theme", &interface.theme)] {
        if !table.is_empty() {
            let table = toml::Table::from_iter([(name.to_owned(), toml::Value::Table(table.clone()))]);
            write!(text, "\n{}", toml::to_string(&table)?)?;
        }
    }
    Ok(text)
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Argument => "from the command line",
        Origin::Environment => "from the environment",
        Origin::File => "from the file",
        Origin::Default => "by default",
    }
}

fn color(color: ColorChoice) -> &'static str {
    match color {
        ColorChoice::Auto => "auto",
        ColorChoice::Always => "always",
        ColorChoice::Never => "never",
    }
}
