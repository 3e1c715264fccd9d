//! Invented data for tests: a server, a user, files and a run.

use std::{ops::Range, path::PathBuf, time::Duration};

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    domain::{ChunkIndex, CommandLine, Model, ModelName, OntologyColumn, Operation, OperationKind, Quota},
    engine::{ChunkEvent, DriveOptions, Event, EventKind},
    store::AnswerHeader,
    tui::{
        driver,
        facts::{
            Account, Activity, Check, Clock, EntryKind, Failure, FilePreview, FolderEntry, IdColumn, MatrixPreview,
            Overlap, Places, PreflightReport, RecentRun, RunCondition, RunFacts, RunRequest, Suggestion, TokenFacts,
            Verdict,
        },
    },
};

pub fn clock() -> Timestamp {
    "2026-03-04T14:02:11Z".parse().unwrap()
}

/// Returns the header of an answer for some rows.
pub fn header(rows: &Range<usize>) -> AnswerHeader {
    AnswerHeader {
        first_cell: rows.start,
        cells: rows.len(),
        sent: String::new(),
        uploaded: 0,
        attempt: 1,
        received_at: clock(),
    }
}

pub fn file() -> PathBuf {
    "/scratch/mcurie/proj7/lung_biopsy_07.h5ad".into()
}

pub fn failure() -> Failure {
    Failure::new("The server did not answer within 30 s.", "Is a proxy needed here? 'castui doctor' tells.")
}

pub fn clock_at(seconds: u64) -> Clock {
    Clock { since_start: Duration::from_secs(seconds), time_of_day: clock() + Duration::from_secs(seconds) }
}

pub fn places() -> Places {
    Places {
        start: "/scratch/mcurie/proj7".into(),
        home: Some("/home/mcurie".into()),
        scratch: Some("/scratch/mcurie".into()),
    }
}

pub fn account() -> Account {
    Account {
        server: "cellarium-cloud-api.cellarium.ai".into(),
        version: Some("1.8.5".into()),
        user: "m.curie@lab.org".into(),
        token: Some(TokenFacts {
            tail: "7f3a".into(),
            source: "stored login".into(),
            expires_at: Some(clock() + Duration::from_secs(112 * 86_400)),
        }),
        latency: Duration::from_millis(143),
        proxy: None,
    }
}

pub fn quota() -> Quota {
    Quota {
        weekly: Some(100_000),
        remaining_weekly: Some(43_600),
        resets_at: Some("2026-03-06T18:30:00".into()),
        lifetime: Some(200_000),
        remaining_lifetime: Some(143_600),
        was_increased: true,
    }
}

pub fn models() -> Vec<Model> {
    let model = |name: &str, description: &str, is_default, embedding_dimension| Model {
        name: ModelName::new(name),
        description: description.into(),
        schema_name: "refdata-gex-GRCh38-2020-A".into(),
        is_default,
        embedding_dimension: Some(embedding_dimension),
        ontology_columns: vec![OntologyColumn {
            resource_name: "cl-2024-09-26".into(),
            column_name: "cell_type".into(),
            description: None,
        }],
    };
    vec![
        model("human-scvi-001", "scVI over the same atlas, for batches that differ much", false, 128),
        model("human-pca-002", "Incremental PCA over 45 million human cells of CZ CELLxGENE", true, 512),
    ]
}

pub fn runs() -> Vec<RecentRun> {
    let run = |name: &str, cells, (stored, chunks), state, hours: u64| RecentRun {
        run_id: Uuid::from_u64_pair(1, hours),
        folder: PathBuf::from("/scratch/mcurie/proj7").join(name.replace(".h5ad", ".castui")),
        input: PathBuf::from("/scratch/mcurie/proj7").join(name),
        name: name.into(),
        model: ModelName::new("human-pca-002"),
        operation: OperationKind::OntologyAware,
        cells,
        chunks,
        stored,
        stored_cells: cells.min(stored as u64 * 1000),
        state,
        created_at: clock() - Duration::from_secs(hours * 3600),
    };
    vec![
        run("lung_biopsy_07.h5ad", 11_212, (6, 12), RunCondition::Running, 0),
        run("pbmc_10x_v3_4k.h5ad", 4_000, (4, 4), RunCondition::Done, 2),
        run("atlas_merge.h5ad", 60_000, (57, 60), RunCondition::Partial, 30),
        run("old.h5ad", 800, (0, 1), RunCondition::Damaged("run.json cannot be read".into()), 2_000),
    ]
}

pub fn entries() -> Vec<FolderEntry> {
    let entry = |name: &str, kind, bytes| FolderEntry { name: name.into(), kind, bytes };
    vec![
        entry(".cache", EntryKind::Folder, 0),
        entry("fastq", EntryKind::Folder, 0),
        entry("pbmc_10x_v3_4k.castui", EntryKind::Run, 0),
        entry("lung_biopsy_07.h5ad", EntryKind::H5ad, 812_000_000),
        entry("lung_biopsy_07_raw.h5", EntryKind::TenX, 61_000_000),
        entry("lung_donorA.h5ad", EntryKind::H5ad, 2_100_000_000),
        entry("細胞_テスト.h5ad", EntryKind::H5ad, 4_400),
    ]
}

pub fn preview() -> FilePreview {
    let matrix = |name: &str, storage: &str, genes, whole_numbers| MatrixPreview {
        name: name.into(),
        storage: storage.into(),
        genes,
        whole_numbers,
    };
    let ids = |name: &str, ensembl_share, content: &str| IdColumn {
        name: name.into(),
        ensembl_share,
        content: content.into(),
    };
    FilePreview {
        format: "h5ad".into(),
        cells: 11_212,
        matrices: vec![
            matrix("X", "CSR float32", 18_211, Some(false)),
            matrix("raw.X", "CSR int32", 33_538, Some(true)),
        ],
        id_columns: vec![ids("gene_ids", 0.998, "99.8 % Ensembl, human"), ids("index", 0.0, "symbols: MIR1302-2HG")],
        obs_columns: [("leiden", "18 categories"), ("donor_id", "2 categories"), ("n_counts", "real numbers")]
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .to_vec(),
        obsm: vec!["X_pca".into(), "X_umap".into()],
        notes: vec!["gene ids carry versions (.12), which are cut off".into()],
        suggestion: Suggestion {
            count_matrix: "raw.X".into(),
            feature_ids: "gene_ids".into(),
            feature_names: Some("index".into()),
        },
        symbols: None,
        folders: vec![
            (OperationKind::OntologyAware, file().with_extension("castui")),
            (OperationKind::SummaryStatistics, file().with_file_name("lung_biopsy_07-summary.castui")),
            (OperationKind::Search, file().with_file_name("lung_biopsy_07-search.castui")),
        ],
    }
}

pub fn overlaps() -> Vec<(ModelName, Overlap)> {
    let overlap = Overlap { shared: 32_904, schema: 35_725 };
    models().into_iter().map(|model| (model.name, overlap)).collect()
}

pub fn report() -> PreflightReport {
    let check = |name: &str, verdict, message: &str, fix: Option<&str>| Check {
        name: name.into(),
        verdict,
        message: message.into(),
        fix: fix.map(Into::into),
    };
    PreflightReport {
        checks: vec![
            check("login", Verdict::Ok, "token valid, model allowed", None),
            check("quota", Verdict::Ok, "11,212 of 43,600 cells", None),
            check("counts", Verdict::Ok, "raw.X holds whole numbers (all 11,212 cells checked)", None),
            check("genes", Verdict::Ok, "32,904 of 35,725 schema genes; 2,821 are sent as zeros", None),
            check(
                "empty cells",
                Verdict::Warn,
                "31 cells have no count on the schema's genes",
                Some("CAS may have no answer for them; filter them out before, or leave them"),
            ),
            check("cell names", Verdict::Ok, "11,212 names, each once", None),
            check("folder", Verdict::Ok, "410 GB free, about 60 MB needed", None),
        ],
        cells: 11_212,
        chunks: 12,
        bytes: Some(41_000_000),
        sent: vec!["counts of 35,725 genes".into(), "total counts".into(), "row numbers".into()],
        kept: vec!["cell names".into(), "10 obs columns".into(), "X_pca".into(), "X_umap".into(), "uns".into()],
        command: command(),
    }
}

/// Returns the form's default request for the sample's file.
pub fn request() -> RunRequest {
    let number = |number| std::num::NonZeroUsize::new(number).unwrap();
    RunRequest {
        input: file(),
        folder: file().with_extension("castui"),
        model: ModelName::new("human-pca-002"),
        operation: Operation::OntologyAware(Default::default()),
        count_matrix: "raw.X".into(),
        feature_ids: "gene_ids".into(),
        feature_names: Some("index".into()),
        chunk_size: number(1000),
        requests: number(15),
        attempts: number(7),
        map_symbols: false,
        min_counts: None,
        allow_non_counts: false,
        skip_non_counts: false,
    }
}

fn command() -> CommandLine {
    super::tests::commands().of_options(
        &driver::preflight::options(&request(), DriveOptions::default()).unwrap(),
        "https://cellarium-cloud-api.cellarium.ai",
        &DriveOptions::default(),
    )
}

pub fn run() -> RunFacts {
    RunFacts {
        run_id: Uuid::from_u64_pair(1, 0),
        folder: "/scratch/mcurie/proj7/lung_biopsy_07.castui".into(),
        name: "lung_biopsy_07.h5ad".into(),
        model: ModelName::new("human-pca-002"),
        operation: OperationKind::OntologyAware,
        input: "/scratch/mcurie/proj7/lung_biopsy_07.h5ad".into(),
        siblings: Vec::new(),
        cells: 11_212,
        chunk_size: 1000,
        stored: [ChunkIndex(0)].into(),
        created_at: clock(),
        activity: Activity::Here,
        view_state: Default::default(),
        command: command(),
        starts: super::tests::commands().of_all_kinds("/scratch/mcurie/proj7/lung_biopsy_07.h5ad".as_ref()),
        history: Vec::new(),
    }
}

/// Returns the events of a run with chunks in every state, after 97 seconds.
pub fn events() -> Vec<Event> {
    let mut events = vec![(0, EventKind::Started { chunk_cells: cells(), stored: vec![ChunkIndex(0)] })];
    let mut chunk = |second, chunk, event| events.push((second, EventKind::Chunk(ChunkIndex(chunk), event)));
    for number in 1..11 {
        chunk(u64::from(number), number, ChunkEvent::Reading);
        chunk(u64::from(number) + 1, number, ChunkEvent::Encoded { bytes: 3_400_000 + 40_000 * u64::from(number) });
    }
    for number in 1..9 {
        chunk(12, number, ChunkEvent::Sending { attempt: 1 });
        chunk(20 + u64::from(number), number, ChunkEvent::AtServer);
    }
    for number in 1..6 {
        let took = Duration::from_secs(20 + u64::from(number));
        chunk(30 + 12 * u64::from(number), number, ChunkEvent::Stored { bytes: 900_000, took });
    }
    let error = "the server failed (503) at annotate; trace 6c1f9e2".to_owned();
    chunk(92, 7, ChunkEvent::Retrying { attempt: 1, wait: Duration::from_secs(10), error: error.clone() });
    chunk(93, 8, ChunkEvent::Failed { error: error.into() });
    chunk(95, 9, ChunkEvent::Sending { attempt: 2 });
    chunk(96, 11, ChunkEvent::Reading);
    events.into_iter().map(|(second, fact)| Event { elapsed: Duration::from_secs(second), kind: fact }).collect()
}

fn cells() -> Vec<usize> {
    let mut cells = vec![1000; 11];
    cells.push(212);
    cells
}
