//! The file of all runs, and runs on disk with random responses.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::Dice;
use crate::{
    domain::{CellOntology, ChunkIndex, ModelName, Ontology, OntologyAwareOptions, Operation, TermId, TermIndex},
    matrix::Matrix,
    store::Writer,
    tui::{
        facts::{Activity, RunFacts},
        sample,
        tests::scene::{CELLS_IN_CHUNK, QUERY, manifest},
    },
    wire::general::OntologyResource,
};

/// Cell types in the made-up responses.
const TYPES: [&str; 9] = [
    "CL:0000236",
    "CL:0000623",
    "CL:0000576",
    "CL:0000451",
    "CL:0000556",
    "CL:0000786",
    "CL:0000624",
    "CL:0000625",
    "CL:0000738",
];

/// The columns of the file that walks use.
pub const COLUMNS: [&str; 3] = ["louvain", "bulk_labels", "n_counts"];

/// The file of all runs, and the ontology of their responses.
pub struct File {
    /// The names of the cells.
    pub names: Vec<String>,
    /// The values of some columns.
    pub columns: HashMap<&'static str, Vec<Option<String>>>,
    /// The ontology.
    pub ontology: Arc<Ontology>,
    /// The number of edges from the root to each term along the shortest path.
    pub depths: HashMap<TermIndex, usize>,
    /// The root "cell".
    pub root: TermIndex,
    terms: HashMap<String, TermIndex>,
}

/// A run on disk.
pub struct Run {
    /// The run as opened.
    pub facts: RunFacts,
    /// The scores in each cell's made-up response.
    pub scores: Vec<BTreeMap<TermIndex, f64>>,
    _folder: tempfile::TempDir,
}

impl File {
    /// Reads the file.
    pub fn read() -> Self {
        let (ontology, matrix) = (CellOntology::embedded().ontology(), Matrix::open(Path::new(QUERY)).unwrap());
        let names: Vec<String> = matrix.cell_names().unwrap();
        let values = |name: &'static str| {
            let column: crate::engine::Column = matrix.obs_column(name).unwrap();
            (name, (0..names.len()).map(|cell| column.text(cell)).collect())
        };
        let root = ontology.find(&TermId::from("CL:0000000")).unwrap();
        let (mut depths, mut level) = (HashMap::new(), vec![root]);
        for depth in 0.. {
            level.retain(|term| !depths.contains_key(term));
            if level.is_empty() {
                break;
            }
            depths.extend(level.iter().map(|term| (*term, depth)));
            level = level.iter().flat_map(|term| ontology.children(*term).to_vec()).collect();
        }
        let terms = ontology.terms().map(|term| (ontology.label(term).to_owned(), term)).collect();
        let columns = COLUMNS.into_iter().map(values).collect();
        Self { columns, names, depths, root, terms, ontology: Arc::new(ontology) }
    }

    /// Returns the term with a label.
    pub fn term(&self, label: &str) -> Option<TermIndex> {
        self.terms.get(label).copied()
    }
}

impl Run {
    /// Writes a run of the file with responses from a seed, without its first chunk.
    pub fn create(file: &File, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("run-{seed}.castui"));
        let operation = Operation::OntologyAware(OntologyAwareOptions::default());
        let resource = serde_json::to_vec(&OntologyResource::from(&*file.ontology)).unwrap();
        let writer =
            Writer::create(&path, manifest(operation, file.names.len()), &file.names, Some(&resource)).unwrap();
        let mut dice = Dice::new(seed);
        let scores: Vec<_> = file.names.iter().map(|_| made_up(&mut dice, file)).collect();
        for chunk in writer.run().manifest().chunks().skip(1) {
            store(&writer, chunk, (file, &scores));
        }
        let facts = RunFacts {
            run_id: writer.run().manifest().run_id,
            folder: path,
            name: "query.h5ad".into(),
            model: ModelName::new("human-pca-002"),
            operation: operation.kind(),
            input: QUERY.into(),
            siblings: Vec::new(),
            cells: file.names.len(),
            chunk_size: CELLS_IN_CHUNK,
            stored: writer.run().stored().unwrap(),
            created_at: sample::clock(),
            activity: Activity::None,
            view_state: Default::default(),
            command: crate::cli::command_lines().of_run(writer.run()),
            starts: Vec::new(),
            history: Vec::new(),
        };
        drop(writer);
        Self { facts, scores, _folder: folder }
    }

    /// Returns the folder.
    pub fn path(&self) -> PathBuf {
        self.facts.folder.clone()
    }

    /// Stores the missing chunk.
    pub fn store_first_chunk(&self, file: &File) {
        let writer = Writer::open(&self.facts.folder, sample::clock()).unwrap();
        store(&writer, ChunkIndex(0), (file, &self.scores));
    }
}

/// Makes up the scores of a cell: up to three types and their ancestors. Some hardly reach any threshold, some reach
/// one exactly, and some name only the root.
fn made_up(dice: &mut Dice, file: &File) -> BTreeMap<TermIndex, f64> {
    let mut scores = BTreeMap::from([(file.root, 0.0)]);
    let mut left = 1.0;
    for _ in 0..dice.roll(4) {
        let term = file.ontology.find(&TermId::from(dice.pick(&TYPES))).unwrap();
        let odd = (dice.roll(900) + 1) as f64 / 1009.0;
        let share = f64::min(if dice.roll(5) == 0 { dice.pick(&[0.2, 0.25, 0.3, 0.5]) } else { odd }, left);
        left -= share;
        file.ontology.with_ancestors(term).into_iter().for_each(|term| *scores.entry(term).or_default() += share);
    }
    *scores.entry(file.root).or_default() += left;
    scores
}

fn store(writer: &Writer, chunk: ChunkIndex, (file, scores): (&File, &[BTreeMap<TermIndex, f64>])) {
    let rows = writer.run().manifest().range(chunk);
    let of_cell = |cell: usize| {
        let of_term = |(term, score): (&TermIndex, &f64)| {
            let (id, label) = (file.ontology.id(*term), file.ontology.label(*term));
            serde_json::json!({"score": score, "cell_type_ontology_term_id": id, "cell_type": label})
        };
        let matches: Vec<serde_json::Value> = scores[cell].iter().map(of_term).collect();
        serde_json::json!({
            "query_cell_id": cell.to_string(), "matches": matches, "total_weight": 100.5,
            "total_neighbors": 500, "total_neighbors_unrecognized": 0,
        })
    };
    let header = sample::header(&rows);
    let answers = serde_json::to_vec(&rows.map(of_cell).collect::<Vec<_>>()).unwrap();
    writer.store(chunk, &header, &answers).unwrap();
}
