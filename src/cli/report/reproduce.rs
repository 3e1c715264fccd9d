//! The command that annotates the cells of a report again. In: a run. Out: a command, and a sentence about a server that has
//! another address by then.

use crate::{
    api::ServerUrl,
    cli::command_line,
    domain::{CommandLine, ModelName},
    matrix::TableReference,
    store::{Manifest, Run},
};

/// The address that stands for the one of a service on this machine.
const PLACEHOLDER: &str = "http://127.0.0.1:PORT";

/// The command that repeats a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reproduction {
    pub command: CommandLine,
    /// The way to the server, if it was on this machine.
    pub server: Option<String>,
}

impl Reproduction {
    /// Returns the command that repeats a run.
    pub(super) fn of(run: &Run) -> Self {
        Self::of_manifest(run.manifest(), command_line::tables_of(run))
    }

    fn of_manifest(manifest: &Manifest, tables: Vec<TableReference>) -> Self {
        if !manifest.server.parse::<ServerUrl>().is_ok_and(|server| server.is_loopback()) {
            return Self { command: command_line::of_manifest(manifest, tables), server: None };
        }
        let elsewhere = Manifest { server: PLACEHOLDER.to_owned(), ..manifest.clone() };
        Self { command: command_line::of_manifest(&elsewhere, tables), server: Some(way_to_server(manifest)) }
    }
}

/// Describes how to reach a server that was on the machine of the run.
fn way_to_server(manifest: &Manifest) -> String {
    let is_castui = manifest.server_version.as_deref().is_some_and(|version| version.starts_with("castui-"));
    if !is_castui {
        return format!(
            "The server was reached at an address of the machine, as through a tunnel. Open the way to it again, and write \
             its address for {PLACEHOLDER}."
        );
    }
    let start = if manifest.model.as_str() == ModelName::DEMO {
        "`castui serve` starts one with the demo's reference"
    } else {
        "`castui serve --reference FILE` starts one with the labeled reference FILE"
    };
    format!(
        "The server was a service of castui on the machine of the run, whose address differs from time to time. {start} and \
         prints its address, to write for {PLACEHOLDER}, and its token, to set as CAS_API_TOKEN."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::manifest;

    fn said(server: &str, version: Option<&str>, model: &str) -> (String, String) {
        let manifest = Manifest {
            server: server.to_owned(),
            server_version: version.map(str::to_owned),
            model: ModelName::new(model),
            ..manifest(10)
        };
        let found = Reproduction::of_manifest(&manifest, Vec::new());
        (found.command.to_string(), found.server.unwrap_or_default())
    }

    #[test]
    fn a_service_on_this_machine_has_a_placeholder_and_the_command_that_starts_it() {
        for server in ["http://127.0.0.1:43127", "http://localhost:8000", "http://[::1]:9"] {
            let (command, way) = said(server, Some("castui-0.1.0"), ModelName::DEMO);
            assert!(command.contains("--server http://127.0.0.1:PORT ") && !command.contains(server), "{command}");
            assert!(way.contains("`castui serve` starts one with the demo's reference"), "{way}");
            assert!(way.contains("to write for http://127.0.0.1:PORT, and its token"), "{way}");
        }
        let (_, way) = said("http://127.0.0.1:43127", Some("castui-0.1.0"), "lung");
        assert!(way.contains("`castui serve --reference FILE`"), "{way}");
        let (_, way) = said("http://127.0.0.1:43127", Some("1.8.5"), "lung");
        assert!(way.contains("as through a tunnel"), "{way}");
        let (command, way) = said("https://cas.example.org", Some("1.8.5"), "lung");
        assert!(command.contains("--server https://cas.example.org ") && way.is_empty(), "{command}");
    }
}
