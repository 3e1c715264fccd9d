//! Tests of the commands that castui suggests: they are parsed again by a shell parser and the command line.

use std::{
    ffi::OsString,
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    process,
};

use clap::Parser;
use proptest::prelude::*;

use super::{
    AnyCommand, Arguments, Command,
    call_rule::{self, CallArguments},
    command_line,
    run_options::DriveArguments,
    shell_commands::shell_commands,
};
use crate::{
    api::Backoff,
    chunk::{GeneNames, ValuePolicy},
    domain::{
        CommandLine, ModelName, OntologyAwareOptions, Operation, OperationKind, SampleBy, SampleRequest, SampleSize,
        TermId,
    },
    engine::{DriveOptions, NonCountPolicy, Purpose, RunOptions},
    matrix::{ColumnName, CountSource, ObsTables},
    results::{CallOptions, CallRule, DepthRule, Restriction},
    store::{Fingerprint, Input, KeptCells, Manifest, SampledCells, SchemaIdentity, SymbolTable},
    tui::shell_commands::{RunSubject, Subject},
};

const SERVER: &str = "http://127.0.0.1:8080";

/// Parses a command as a shell and the command line do. Returns the options and the server.
fn read_back(command: &CommandLine, configured: &DriveOptions) -> (RunOptions, Option<String>) {
    let parsed =
        Arguments::try_parse_from(words_of(&command.to_string())).unwrap_or_else(|error| panic!("{command}\n{error}"));
    let server = parsed.global.server.clone().map(|server| server.to_string());
    let Some(AnyCommand::Settled(parsed)) = parsed.command else { panic!("{command}") };
    let options = match *parsed {
        Command::Annotate(arguments) => arguments.options(drive_of(arguments.drive(), configured)),
        Command::Search(arguments) => arguments.options(drive_of(arguments.drive(), configured)),
        other => panic!("{other:?}"),
    };
    (options, server)
}

/// Returns the options for driving a run from arguments and a configuration.
fn drive_of(arguments: &DriveArguments, usual: &DriveOptions) -> DriveOptions {
    DriveOptions {
        max_requests: arguments.max_requests.map_or(usual.max_requests, NonZeroUsize::get),
        backoff: Backoff { attempts: arguments.num_attempts_per_chunk, ..usual.backoff },
        non_counts: if arguments.skip_non_counts { NonCountPolicy::LeaveOut } else { NonCountPolicy::StopRun },
        ..*usual
    }
}

/// Generates text that a shell or the command line could misread.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9_.]{1,12}",
        "-{0,2}[ -~]{1,12}",
        "\\PC{1,8}",
        Just("it's".to_owned()),
        Just("$(id) `id` \\ \"x\"".to_owned()),
        Just("a\tb\u{1b}[31m".to_owned()),
    ]
}

fn path() -> impl Strategy<Value = PathBuf> {
    let bytes = prop::collection::vec(prop_oneof![4 => 32u8..127, 1 => 1u8..=255], 1..16).prop_map(|mut bytes| {
        bytes.push(b'.');
        OsString::from_vec(bytes).into()
    });
    prop_oneof![text().prop_map(PathBuf::from), bytes, Just(PathBuf::from("/data/lung_07.h5ad"))]
}

fn operation() -> impl Strategy<Value = Operation> {
    let number = || prop_oneof![Just(0.05), Just(1.0), Just(0.0), 0.0..=1.0];
    let ontology_aware = (number(), number()).prop_map(|(prune_threshold, weighting_prefactor)| {
        Operation::OntologyAware(OntologyAwareOptions { prune_threshold, weighting_prefactor })
    });
    prop_oneof![
        ontology_aware,
        any::<bool>()
            .prop_map(|include_extended_statistics| Operation::SummaryStatistics { include_extended_statistics }),
        Just(Operation::Search),
    ]
}

fn count_matrix() -> impl Strategy<Value = CountSource> {
    // The name of a layer is not empty.
    let layer = text().prop_filter("a name", |name| !name.trim().is_empty()).prop_map(CountSource::Layer);
    prop_oneof![Just(CountSource::X), Just(CountSource::RawX), layer]
}

fn drive() -> impl Strategy<Value = DriveOptions> {
    (1usize..40, 1u32..20, any::<bool>()).prop_map(|(max_requests, attempts, leaves_out)| DriveOptions {
        max_requests,
        backoff: Backoff { attempts: NonZeroU32::new(attempts).unwrap(), ..Backoff::default() },
        non_counts: if leaves_out { NonCountPolicy::LeaveOut } else { NonCountPolicy::StopRun },
        ..DriveOptions::default()
    })
}

fn sample() -> impl Strategy<Value = SampleRequest> {
    let size = prop_oneof![
        (1usize..100_000).prop_map(|cells| SampleSize::Cells(NonZeroUsize::new(cells).unwrap())),
        (1u32..=10_000).prop_map(|share| SampleSize::Share(NonZeroU32::new(share).unwrap())),
    ];
    let column = text().prop_filter("not a word with a meaning", |name| !["clusters", "sketch", ""].contains(&&**name));
    let by = prop_oneof![Just(SampleBy::Clusters), Just(SampleBy::Sketch), column.prop_map(SampleBy::Column)];
    (size, by, 0usize..99, any::<u64>()).prop_map(|(size, by, floor, seed)| SampleRequest { size, by, floor, seed })
}

fn options() -> impl Strategy<Value = RunOptions> {
    let file = (path(), path(), prop::option::of(text()), operation());
    let columns = (
        prop::option::of(1usize..5000),
        prop::option::of(count_matrix()),
        prop::option::of(text()),
        prop::option::of(text()),
    );
    let switches = (any::<bool>(), prop::option::of(0u64..1000), any::<bool>(), drive(), prop::option::of(sample()));
    (file, columns, switches).prop_map(|(file, columns, switches)| RunOptions {
        input: file.0,
        folder: file.1,
        model: file.2.map(ModelName::new),
        operation: file.3,
        chunk_size: columns.0.and_then(NonZeroUsize::new),
        count_matrix: columns.1,
        feature_ids: columns.2.map(ColumnName::from),
        feature_names: columns.3.map(ColumnName::from),
        genes: if switches.0 { GeneNames::Symbols } else { GeneNames::Ids },
        min_counts: switches.1,
        sample: switches.4,
        beyond: Vec::new(),
        cache: None,
        tables: ObsTables::default(),
        values: if switches.2 { ValuePolicy::NonNegative } else { ValuePolicy::WholeNumbers },
        purpose: Purpose::Run,
        shard: None,
        drive: switches.3,
    })
}

/// Returns a canonical form of options, without differences that do not matter.
fn meant(options: &RunOptions) -> String {
    let usual = NonZeroUsize::new(options.operation.kind().default_chunk_size());
    let input = options.input.as_os_str().as_bytes();
    let input = OsString::from_vec(input.strip_prefix(b"./").unwrap_or(input).to_vec()).into();
    let chunk_size = options.chunk_size.or(usual);
    format!("{:?}", RunOptions { input, chunk_size, ..options.clone() })
}

fn manifest(options: &RunOptions) -> Manifest {
    Manifest {
        format: 1,
        castui_version: "0.1.0".into(),
        run_id: uuid::Uuid::nil(),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        input: Input {
            path: Path::new("/").join(&options.input),
            fingerprint: Fingerprint { size: 1, modified: 2, sample: "3".into() },
            cells: 10,
            kept: options.min_counts.and_then(NonZeroU64::new).map(|min_counts| KeptCells { min_counts, of: 20 }),
            sample: options.sample.clone().map(|request| SampledCells { request, of: 20 }),
            genes: 700,
            count_matrix: options.count_matrix.clone().unwrap_or(CountSource::X),
            feature_ids: options.feature_ids.clone().unwrap_or(ColumnName::Index),
            feature_names: options.feature_names.clone(),
            symbol_table: SymbolTable::of(options.genes),
            allow_non_counts: options.values == ValuePolicy::NonNegative,
        },
        server: SERVER.into(),
        server_version: None,
        model: options.model.clone().unwrap_or_else(|| ModelName::new("human-pca-002")),
        schema: SchemaIdentity { name: "schema".into(), genes: 3, digest: "d".into() },
        ontology_resource: None,
        operation: options.operation,
        chunk_size: options.chunk_size.unwrap_or(NonZeroUsize::MIN),
        imported: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_command_for_a_run_of_the_interface_has_the_same_options(options in options(), configured in 1usize..40) {
        let configured = DriveOptions { max_requests: configured, ..DriveOptions::default() };
        let (read, server) = read_back(&command_line::of_options(&options, SERVER, &configured), &configured);
        prop_assert_eq!(meant(&read), meant(&options));
        prop_assert_eq!(server.as_deref(), Some(SERVER));
    }

    #[test]
    fn the_command_for_a_stored_run_has_the_same_options(options in options()) {
        let manifest = manifest(&options);
        let (read, server) = read_back(&command_line::of_manifest(&manifest, Vec::new()), &DriveOptions::default());
        let Input { path, kept, count_matrix, feature_ids, .. } = manifest.input;
        let expected = RunOptions {
            input: path.clone(),
            folder: crate::engine::default_folder(&path, options.operation.kind()),
            model: Some(manifest.model),
            chunk_size: Some(manifest.chunk_size),
            count_matrix: Some(count_matrix),
            feature_ids: Some(feature_ids),
            min_counts: Some(kept.map_or(0, |kept| kept.min_counts.get())),
            drive: DriveOptions::default(),
            ..options
        };
        prop_assert_eq!(meant(&read), meant(&expected));
        prop_assert_eq!(server.as_deref(), Some(SERVER));
    }
}

/// A command with the options of calls only.
#[derive(Debug, Parser)]
struct Calls {
    #[command(flatten)]
    calls: CallArguments,
}

/// Generates the options of calls that a command line can express.
fn call_options() -> impl Strategy<Value = CallOptions> {
    let score = prop_oneof![Just(0.2), Just(0.0), Just(1.0), 0.0..=1.0];
    let term =
        || prop::sample::select(vec!["CL:0000084", "CL:0000236", "CL:0000738", "CL:0000451"]).prop_map(TermId::from);
    let terms = || prop::collection::vec(term(), 0..3);
    (any::<bool>(), score, any::<bool>(), terms(), terms()).prop_map(|(path, score, longest, only, never)| {
        CallOptions {
            rule: if path { CallRule::BestPath } else { CallRule::Official },
            min_acceptable_score: score,
            depth: if longest { DepthRule::LongestPath } else { DepthRule::ShortestPath },
            restriction: Restriction::new(only, never),
            ..CallOptions::OFFICIAL
        }
    })
}

proptest! {
    #[test]
    fn the_arguments_of_calls_are_read_back_as_the_same_options(options in call_options()) {
        let words = ["castui".to_owned()].into_iter().chain(call_rule::arguments(&options.settings()));
        let read = Calls::try_parse_from(words).unwrap().calls.options(None).unwrap();
        prop_assert_eq!(read, options);
    }
}

/// Returns the words that a shell passes to a program.
pub(super) fn words_of(line: &str) -> Vec<OsString> {
    let script = format!("printf '%s\\0' {line}");
    let output = process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert!(output.status.success(), "{line}");
    let mut words: Vec<OsString> =
        output.stdout.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_owned())).collect();
    words.pop();
    words
}

#[test]
fn the_commands_shown_by_the_palette_are_valid() {
    let (file, server) = (Path::new("-my cells.h5ad"), Some(SERVER));
    let calls = || CallOptions {
        rule: CallRule::BestPath,
        min_acceptable_score: 0.35,
        restriction: Restriction::new(vec!["CL:0000084".into()], vec!["CL:0000236".into()]),
        ..CallOptions::OFFICIAL
    };
    let run = |kind| RunSubject { folder: Path::new("my run's"), kind, clusters: Some("-x y"), calls: calls() };
    let kinds = [OperationKind::OntologyAware, OperationKind::SummaryStatistics, OperationKind::Search];
    let subjects = [Subject::Service, Subject::File(file)].into_iter().chain(kinds.map(|kind| Subject::Run(run(kind))));
    let commands: Vec<_> = subjects.flat_map(|subject| shell_commands(subject, server)).collect();
    for command in &commands {
        let parsed = Arguments::try_parse_from(words_of(&command.line));
        assert!(parsed.is_ok(), "{}\n{}", command.line, parsed.unwrap_err());
    }
    // Everything that the interface cannot do is named.
    for word in [
        "sanitize",
        "schema",
        "--shard",
        "--opt-out",
        "doctor",
        "report",
        "wnn",
        "--phyloxml",
        "--root",
        "--hide",
        "--top-k",
        "--longest-path",
        "--cluster-op",
        "--cluster-domain",
        "--cluster-threshold",
        "--cluster-prefix",
    ] {
        assert!(commands.iter().any(|command| command.line.contains(word)), "{word}");
    }
}
