//! An interface over a run on disk, with made-up responses about the cells of the demo.

use std::{num::NonZeroUsize, path::Path};

use super::{commands, stage::Stage};
use crate::{
    domain::{CellOntology, ChunkIndex, ModelName, Ontology, OntologyAwareOptions, Operation, TermId, TermIndex},
    engine::siblings::siblings,
    matrix::{ColumnName, CountSource, Matrix},
    results::Panels,
    store::{Fingerprint, Input, Manifest, Run, SchemaIdentity, Writer},
    tui::{
        effect::Effect,
        facts::{Activity, RunFacts},
        msg::Answer,
        query::Source,
        sample,
        selection::Thresholds,
    },
    wire::general::OntologyResource,
};

pub(super) const QUERY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/query.h5ad");

pub(super) const CELLS_IN_CHUNK: usize = 50;

/// Cell types of blood, each with the type that its cells are mistaken for.
pub(super) const TYPES: [(&str, &str); 4] = [
    ("CL:0000624", "CL:0000625"),
    ("CL:0000236", "CL:0000784"),
    ("CL:0001054", "CL:0000451"),
    ("CL:0000623", "CL:0000625"),
];

/// An interface with an open run, whose queries are answered at once.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) source: Source,
    pub(super) folder: tempfile::TempDir,
    /// The run as opened.
    pub(super) facts: RunFacts,
}

impl Scene {
    /// Opens a run with all its chunks but one, at the cells table.
    pub(super) fn open(operation: Operation) -> Self {
        let mut scene = Self::opened(operation);
        scene.press("1");
        scene
    }

    /// Opens a run with all its chunks but one, at the pane that is shown first.
    pub(super) fn opened(operation: Operation) -> Self {
        Self::opened_with(operation, Panels::default())
    }

    /// Opens a run like [`Scene::opened`], for a user with marker panels.
    pub(super) fn opened_with(operation: Operation, panels: Panels) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("query.castui");
        let facts = write(&path, operation, 0);
        Self::over_with(folder, facts, panels)
    }

    /// Opens the run of a folder.
    pub(super) fn over(folder: tempfile::TempDir, facts: RunFacts) -> Self {
        Self::over_with(folder, facts, Panels::default())
    }

    pub(super) fn over_with(folder: tempfile::TempDir, facts: RunFacts, panels: Panels) -> Self {
        let source = Source::open(&facts.folder).unwrap().with_panels(panels.into());
        let mut scene = Self { stage: Stage::connected(), source, folder, facts: facts.clone() };
        let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
        scene.settle(effects);
        scene
    }

    pub(super) fn ontology_aware() -> Self {
        Self::open(Operation::OntologyAware(OntologyAwareOptions::default()))
    }

    /// Answers queries until none remains.
    pub(super) fn settle(&mut self, mut effects: Vec<Effect>) {
        while let Some(effect) = effects.pop() {
            if let Effect::Query(query) = effect {
                effects.extend(self.stage.answer(Answer::Query(query.answer(Ok(&self.source)))));
            }
        }
    }

    pub(super) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let effects = self.stage.press(key);
            self.settle(effects);
        }
    }

    pub(super) fn type_text(&mut self, text: &str) {
        let effects = self.stage.type_text(text);
        self.settle(effects);
    }

    pub(super) fn thresholds(&self) -> Thresholds {
        self.stage.app.screens.workspace().unwrap().selection().thresholds.clone()
    }

    pub(super) fn filter(&mut self, text: &str) {
        self.press("1 & ctrl-u");
        self.type_text(text);
        self.press("enter");
    }

    /// Returns the screen with one pane as text.
    pub(super) fn text(&self) -> String {
        self.stage.text((80, 24))
    }
}

/// Stores a chunk of a run; with a shift, each cell has the response of another.
pub(super) fn store(writer: &Writer, chunk: ChunkIndex, (ontology, shift): (&Ontology, usize)) {
    let (rows, operation) = (writer.run().manifest().range(chunk), writer.run().manifest().operation);
    let of_row = |row: usize| {
        let (other, own) = (format!("\"{}\"", row + shift), format!("\"{row}\""));
        answer(row + shift, operation, ontology).replacen(&other, &own, 1)
    };
    let answers: Vec<String> = rows.clone().map(of_row).collect();
    let header = sample::header(&rows);
    writer.store(chunk, &header, format!("[{}]", answers.join(",")).as_bytes()).unwrap();
}

/// Writes a run with all its chunks but the first; with a shift, each cell has the response of another.
pub(in crate::tui) fn write(path: &Path, operation: Operation, shift: usize) -> RunFacts {
    let cells = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    let ontology = CellOntology::embedded().ontology();
    let resource = serde_json::to_vec(&OntologyResource::from(&ontology)).unwrap();
    let writer = Writer::create(path, manifest(operation, cells.len()), &cells, Some(&resource)).unwrap();
    for chunk in writer.run().manifest().chunks().skip(1) {
        store(&writer, chunk, (&ontology, shift));
    }
    facts(writer.run())
}

/// Returns the facts of a run.
pub(super) fn facts(run: &Run) -> RunFacts {
    RunFacts {
        run_id: run.manifest().run_id,
        folder: run.folder().to_owned(),
        name: "query.h5ad".into(),
        model: ModelName::new("human-pca-002"),
        operation: run.manifest().operation.kind(),
        input: run.input_path(),
        siblings: siblings(run, Path::new("/no/list")),
        cells: run.manifest().input.cells,
        chunk_size: CELLS_IN_CHUNK,
        stored: run.stored().unwrap(),
        created_at: sample::clock(),
        activity: Activity::None,
        view_state: Default::default(),
        command: commands().of_run(run),
        starts: commands().of_all_kinds(&run.input_path()),
        history: Vec::new(),
    }
}

/// Returns the manifest of a run of `cells` cells, in chunks of 50.
pub(in crate::tui) fn manifest(operation: Operation, cells: usize) -> Manifest {
    Manifest {
        format: crate::store::manifest::FORMAT,
        castui_version: "0.1.0".into(),
        run_id: uuid::Uuid::new_v4(),
        created_at: sample::clock(),
        input: Input {
            path: QUERY.into(),
            fingerprint: Fingerprint { size: 1, modified: 2, sample: "3".into() },
            cells,
            genes: 700,
            count_matrix: CountSource::X,
            feature_ids: ColumnName::Index,
            feature_names: None,
            symbol_table: None,
            kept: None,
            sample: None,
            allow_non_counts: false,
        },
        server: "http://127.0.0.1:1".into(),
        server_version: None,
        model: ModelName::new("human-pca-002"),
        schema: SchemaIdentity { name: "schema".into(), genes: 3, digest: "d".into() },
        ontology_resource: Some("cell_ontology".into()),
        operation,
        chunk_size: NonZeroUsize::new(CELLS_IN_CHUNK).unwrap(),
        imported: None,
    }
}

fn answer(row: usize, operation: Operation, ontology: &Ontology) -> String {
    match operation {
        Operation::OntologyAware(_) => ontology_aware(row, ontology),
        Operation::SummaryStatistics { .. } => format!(
            r#"{{"query_cell_id": "{row}", "matches": [{{"cell_type": "B cell", "cell_count": {}, "min_distance": 1.0, "p25_distance": 2.0, "median_distance": 3.0, "p75_distance": 4.0, "max_distance": 5.0}}]}}"#,
            row % 7 + 1
        ),
        Operation::Search => format!(r#"{{"query_cell_id": "{row}", "neighbors": []}}"#),
    }
}

/// Returns a response with fractions of neighbors that change from row to row: of a type, of the type it is mistaken
/// for, of "leukocyte".
fn ontology_aware(row: usize, ontology: &Ontology) -> String {
    let (own, other) = TYPES[row % TYPES.len()];
    let share = 0.3 + 0.05 * (row % 11) as f64;
    let mut scores = vec![0.0; ontology.len()];
    for (id, weight) in [(own, share), (other, 0.9 - share), ("CL:0000738", 0.1)] {
        let term = ontology.find(&TermId::from(id)).unwrap();
        ontology.with_ancestors(term).iter().for_each(|term| scores[term.as_usize()] += weight);
    }
    let passed = ontology.terms().filter(|term: &TermIndex| scores[term.as_usize()] >= 0.05);
    let matches: Vec<String> = passed
        .map(|term| {
            let (id, label, score) = (ontology.id(term), ontology.label(term), scores[term.as_usize()]);
            serde_json::json!({"score": score, "cell_type_ontology_term_id": id, "cell_type": label}).to_string()
        })
        .collect();
    format!(
        r#"{{"query_cell_id": "{row}", "matches": [{}], "total_weight": 211.7, "total_neighbors": 512, "total_neighbors_unrecognized": 3}}"#,
        matches.join(",")
    )
}
