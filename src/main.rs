//! The `castui` program: parses arguments, runs the command, exits with its code.

use std::process::ExitCode;

use castui::cli::{parse, run};

fn main() -> ExitCode {
    match parse() {
        Ok(arguments) => run(arguments).into(),
        Err(exit) => exit.into(),
    }
}
