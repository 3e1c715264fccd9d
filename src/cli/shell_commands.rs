//! Functions of the command line that the interface lacks, as commands to paste into a shell. In: the current content of
//! the interface. Out: commands with a description each, for the palette. They contain no token.

use std::path::Path;

use super::{call_rule, command_line, consensus, obs_options};
use crate::{
    api::ServerUrl,
    domain::{
        CommandLine, OperationKind,
        shell::{self, quoted},
    },
    engine::{DriveOptions, RunOptions},
    store::{RememberedTable, Run, TableState},
    tui::shell_commands::{CommandLines, ConsensusSubject, QueueCommands, RunSubject, ShellCommand, Subject},
};

/// The commands of this version of castui.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commands;

impl CommandLines for Commands {
    fn of_options(&self, options: &RunOptions, server: &str, configured: &DriveOptions) -> CommandLine {
        command_line::of_options(options, server, configured)
    }

    fn of_run(&self, run: &Run) -> CommandLine {
        command_line::of_run(run)
    }

    fn of_kind(&self, kind: OperationKind, file: &Path) -> String {
        let file = shell::path(file);
        match kind {
            OperationKind::OntologyAware => format!("castui annotate {file}"),
            OperationKind::SummaryStatistics => format!("castui annotate {file} --strategy {}", kind.name()),
            OperationKind::Search => format!("castui search {file}"),
        }
    }

    fn about_table(&self, run: &Run, table: &RememberedTable, state: &TableState) -> String {
        obs_options::about(run, table, state)
    }

    fn about(&self, subject: Subject<'_>, server: Option<&str>) -> Vec<ShellCommand> {
        shell_commands(subject, server)
    }

    fn of_consensus(&self, subject: &ConsensusSubject<'_>) -> Option<CommandLine> {
        consensus::command(subject)
    }

    fn of_queue(&self) -> QueueCommands {
        QueueCommands { run: "castui queue run --wait".into(), add: "castui queue add FILE…".into() }
    }
}

/// Returns the commands about a subject, then those about the server, unless it is the public one, and about castui
/// itself.
pub(super) fn shell_commands(subject: Subject<'_>, server: Option<&str>) -> Vec<ShellCommand> {
    let server = server.filter(|server| *server != ServerUrl::public().to_string());
    let server = server.map(|server| format!(" --server {}", quoted(server))).unwrap_or_default();
    let mut list = List { commands: Vec::new() };
    match subject {
        Subject::Service => {}
        Subject::File(file) => list.file(&shell::path(file), &server),
        Subject::Run(run) => list.run(run),
    }
    list.service(&server);
    list.commands
}

/// A list of commands under construction.
struct List {
    commands: Vec<ShellCommand>,
}

impl List {
    fn add(&mut self, description: &'static str, line: String) {
        self.commands.push(ShellCommand { description, line: format!("castui {line}") });
    }

    fn file(&mut self, file: &str, server: &str) {
        self.add("Inspect the file in detail", format!("inspect {file}"));
        self.add("Write the counts as they would be sent", format!("sanitize {file} --output SANITIZED.h5ad{server}"));
        self.add("Check the file and read every cell, send nothing", format!("annotate {file} --dry-run{server}"));
        self.add("Split a run among processes or machines", format!("annotate {file} --shard 1/4{server}"));
        self.add(
            "Annotate, write labels and an annotated .h5ad",
            format!("annotate {file} --infer-labels --output-h5ad{server}"),
        );
    }

    fn run(&mut self, run: RunSubject<'_>) {
        let folder = shell::path(run.folder);
        let rule: String =
            call_rule::arguments(&run.calls.settings()).iter().map(|word| format!(" {}", quoted(word))).collect();
        let clusters = run.clusters.map(quoted);
        match run.kind {
            OperationKind::OntologyAware => self.ontology_aware(&folder, &rule, clusters.as_deref()),
            OperationKind::SummaryStatistics => self.summary_statistics(&folder, clusters.as_deref()),
            OperationKind::Search => {
                self.report(&folder, "");
                self.add("Look up reference cells by their ids", "cells --from IDS.txt -o CELLS.parquet".to_owned());
            }
        }
    }

    fn report(&mut self, folder: &str, options: &str) {
        self.add("Print a report in Markdown", format!("report {folder}{options}"));
        self.add("Write a report as a page of HTML", format!("report {folder} --html{options} -o REPORT.html"));
    }

    fn ontology_aware(&mut self, folder: &str, rule: &str, clusters: Option<&str>) {
        let by_cluster = clusters.map(|column| format!(" --cluster-label={column}")).unwrap_or_default();
        self.report(folder, &format!("{by_cluster}{rule}"));
        self.add("Print the tree as PhyloXML", format!("tree {folder} --phyloxml"));
        self.add(
            "Print the tree from another root, hide a branch",
            format!("tree {folder} --root CL:0000255 --hide TERM"),
        );
        self.add(
            "Export more calls per cell, by longest path",
            format!("export {folder} --format inferred-labels --top-k 5 --longest-path{rule} -o LABELS.csv"),
        );
        if let Some(column) = clusters {
            self.add(
                "Export cluster calls with other settings",
                format!(
                    "export {folder} --format inferred-labels --cluster-label={column} --cluster-op median \
                     --cluster-domain over-threshold --cluster-threshold 0.05 --cluster-prefix PREFIX{rule} -o LABELS.csv"
                ),
            );
        }
        self.add(
            "Write labels and an annotated .h5ad",
            format!("resume {folder} --infer-labels --output-h5ad{by_cluster}{rule}"),
        );
        self.add(
            "Cluster the cells with other parameters",
            format!("cluster {folder} --resolution 0.5 --n-neighbors 30"),
        );
        self.add(
            "Compare several runs with known cell types",
            format!("benchmark {folder} OTHER_RUN --truth COLUMN --output-dir BENCHMARK"),
        );
    }

    fn summary_statistics(&mut self, folder: &str, clusters: Option<&str>) {
        self.report(folder, "");
        self.add("Print labels: most neighbors", format!("calls {folder} --reduce majority-vote"));
        self.add("Print labels: nearest neighbor", format!("calls {folder} --reduce min-distance"));
        if let Some(column) = clusters {
            self.add(
                "Print labels: most neighbors of each cluster",
                format!("calls {folder} --reduce majority-vote-per-cluster --cluster-label={column}"),
            );
        }
        self.add("Print labels: smoothed over the neighbor graph", format!("calls {folder} --reduce wnn"));
    }

    fn service(&mut self, server: &str) {
        self.add("Test the connection to the server", format!("doctor{server}"));
        self.add("List the genes of a feature schema", format!("schema SCHEMA{server}"));
        self.add("Give feedback on CAS", format!("feedback{server}"));
        self.add("Stop the server from asking for feedback", format!("feedback --opt-out{server}"));
        self.add("Serve a labeled reference on this machine", "serve --reference REFERENCE.h5ad".to_owned());
        self.add("List the runs in a folder", "runs FOLDER".to_owned());
        self.add("Show the configuration", "config show".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::results::CallOptions;

    fn lines(subject: Subject<'_>) -> Vec<String> {
        shell_commands(subject, Some("http://127.0.0.1:8000")).into_iter().map(|command| command.line).collect()
    }

    #[test]
    fn commands_name_the_run_its_clusters_and_an_unusual_threshold() {
        let folder = Path::new("/data/my run.castui");
        let calls = CallOptions { min_acceptable_score: 0.4, ..CallOptions::OFFICIAL };
        let run = RunSubject { folder, kind: OperationKind::OntologyAware, clusters: Some("leiden"), calls };
        let commands = lines(Subject::Run(run.clone()));
        let report = "castui report '/data/my run.castui' --cluster-label=leiden --min-acceptable-score 0.40";
        assert_eq!(commands[0], report);
        assert_eq!(commands[1], report.replacen("' --", "' --html --", 1) + " -o REPORT.html");
        assert!(commands.iter().any(|line| line.contains("--cluster-op median")));
        assert!(commands.contains(&"castui doctor --server http://127.0.0.1:8000".to_owned()));
        let usual = RunSubject { clusters: None, calls: CallOptions::OFFICIAL, ..run };
        assert_eq!(lines(Subject::Run(usual))[0], "castui report '/data/my run.castui'");
    }

    #[test]
    fn the_public_server_need_not_be_named() {
        let public = ServerUrl::public().to_string();
        for server in [None, Some(public.as_str())] {
            let commands = shell_commands(Subject::File(Path::new("-x.h5ad")), server);
            assert!(commands.iter().all(|command| !command.line.contains("--server")));
            assert_eq!(commands[0].line, "castui inspect ./-x.h5ad");
        }
    }
}
