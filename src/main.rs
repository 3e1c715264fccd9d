//! The `castui` program: parses arguments, runs the command, exits with its code.

use std::process::ExitCode;

use castui::cli::{Arguments, Exit, run};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; what clap cannot print nobody is there to read.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() };
        }
    };
    run(arguments).into()
}
