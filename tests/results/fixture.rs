//! Run folders with synthetic answers over the real Cell Ontology. The same parameters always give the same folder.

use std::{
    fmt::Write as _,
    io::Read,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use castui::{
    domain::{ModelName, Ontology, OntologyAwareOptions, Operation, TermId, TermIndex},
    matrix::{ColumnName, CountSource, Matrix},
    store::{AnswerHeader, Fingerprint, Input, Manifest, Run, SchemaIdentity, Writer},
    wire::general::OntologyResource,
};
use jiff::Timestamp;

/// A temporary run folder.
pub struct Fixture {
    pub run: Run,
    pub names: Vec<String>,
    _folder: tempfile::TempDir,
}

/// The parameters of a synthetic run.
pub struct Recipe {
    pub cells: usize,
    pub chunk_size: usize,
    pub operation: Operation,
    /// The chunks that are left out.
    pub missing: &'static [u32],
    /// The input file, if it exists.
    pub input: Option<PathBuf>,
    /// The scores of each cell, in place of synthetic ones.
    pub scores: Option<Vec<&'static [(&'static str, f64)]>>,
}

/// Returns the number of columns of X of a file, 3 if it has none that can be read.
fn genes_of(input: &Path) -> usize {
    let described = Matrix::open(input).and_then(|matrix| matrix.describe(&CountSource::X));
    described.map_or(3, |header| header.genes)
}

impl Recipe {
    pub fn ontology_aware(cells: usize, chunk_size: usize) -> Self {
        Self {
            cells,
            chunk_size,
            operation: Operation::OntologyAware(OntologyAwareOptions::default()),
            missing: &[],
            input: None,
            scores: None,
        }
    }

    /// Sets the terms and scores of each cell.
    pub fn with_scores(self, scores: &[&'static [(&'static str, f64)]]) -> Self {
        Self { scores: Some(scores.to_vec()), ..self }
    }

    pub fn without(self, missing: &'static [u32]) -> Self {
        Self { missing, ..self }
    }

    pub fn on(self, input: &Path) -> Self {
        Self { input: Some(input.to_owned()), ..self }
    }

    pub fn of(self, operation: Operation) -> Self {
        Self { operation, ..self }
    }

    pub fn make(self) -> Fixture {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a.castui");
        let ontology = ontology();
        let resource = serde_json::to_vec(&OntologyResource::from(&ontology)).unwrap();
        let names: Vec<String> = match &self.input {
            Some(input) => Matrix::open(input).unwrap().cell_names().unwrap(),
            None => (0..self.cells).map(|cell| format!("AAAC\"{},{cell}-1", cell % 7)).collect(),
        };
        let writer = Writer::create(&folder, self.manifest(), &names, Some(&resource)).unwrap();
        let mut answers = Answers::new(&ontology);
        for chunk in writer.run().manifest().chunks() {
            let rows = writer.run().manifest().range(chunk);
            let body = match &self.scores {
                Some(scores) => scored(&ontology, rows.clone(), scores),
                None => answers.chunk(rows.clone(), self.operation),
            };
            if !self.missing.contains(&chunk.0) {
                writer.store(chunk, &header(rows.start, rows.len()), body.as_bytes()).unwrap();
            }
        }
        let run = writer.run().clone();
        drop(writer);
        Fixture { run, names, _folder: parent }
    }

    fn manifest(&self) -> Manifest {
        Manifest {
            format: castui::store::manifest::FORMAT,
            castui_version: "0.1.0".into(),
            run_id: uuid::Uuid::nil(),
            created_at: Timestamp::UNIX_EPOCH,
            input: Input {
                path: self.input.clone().unwrap_or_else(|| "/data/cells.h5ad".into()),
                fingerprint: match &self.input {
                    Some(input) => Fingerprint::of(input).unwrap(),
                    None => Fingerprint { size: 1, modified: 2, sample: "3".into() },
                },
                cells: self.cells,
                genes: self.input.as_ref().map_or(3, |input| genes_of(input)),
                count_matrix: CountSource::X,
                feature_ids: ColumnName::Index,
                feature_names: None,
                symbol_table: None,
                kept: None,
                sample: None,
                allow_non_counts: false,
            },
            server: "http://127.0.0.1:1".into(),
            server_version: Some("1.8.5".into()),
            model: ModelName::new("made-up model"),
            schema: SchemaIdentity { name: "schema".into(), genes: 3, digest: "d".into() },
            ontology_resource: Some("cell_ontology".into()),
            operation: self.operation,
            chunk_size: NonZeroUsize::new(self.chunk_size).unwrap(),
            imported: None,
        }
    }
}

/// Returns a chunk's answer with given scores.
fn scored(ontology: &Ontology, rows: std::ops::Range<usize>, scores: &[&[(&str, f64)]]) -> String {
    let cell = |row: usize| {
        let matches = scores[row].iter().map(|(id, score)| {
            let label = ontology.label(ontology.find(&TermId::from(*id)).unwrap());
            serde_json::json!({"score": score, "cell_type_ontology_term_id": id, "cell_type": label})
        });
        serde_json::json!({
            "query_cell_id": row.to_string(), "matches": matches.collect::<Vec<_>>(), "total_weight": 10.0,
            "total_neighbors": 40, "total_neighbors_unrecognized": 0,
        })
    };
    serde_json::Value::from(rows.map(cell).collect::<Vec<_>>()).to_string()
}

fn header(first_cell: usize, cells: usize) -> AnswerHeader {
    AnswerHeader { first_cell, cells, sent: String::new(), uploaded: 0, attempt: 1, received_at: Timestamp::UNIX_EPOCH }
}

/// Returns the embedded Cell Ontology.
pub fn ontology() -> Ontology {
    #[derive(serde::Deserialize)]
    struct Asset {
        terms: Vec<Term>,
    }
    #[derive(serde::Deserialize)]
    struct Term {
        id: TermId,
        label: String,
        parents: Vec<TermId>,
    }
    let compressed = include_bytes!("../../assets/ontology/cell-ontology.json.zst");
    let mut text = Vec::new();
    zstd::Decoder::new(compressed.as_slice()).unwrap().read_to_end(&mut text).unwrap();
    let asset: Asset = serde_json::from_slice(&text).unwrap();
    let terms = asset.terms.into_iter().map(|term| (term.id, term.label, term.parents)).collect();
    Ontology::from_parents(terms, &TermId::from(TermId::CELL))
}

/// Cell types of blood. Each synthetic cell has one of them, and most of its neighbors share it.
const TYPES: [&str; 12] = [
    "CL:0001054",
    "CL:0000236",
    "CL:0008001",
    "CL:0000792",
    "CL:0000895",
    "CL:0000897",
    "CL:0000623",
    "CL:0000794",
    "CL:0000900",
    "CL:0000451",
    "CL:0000788",
    "CL:0000576",
];

/// A SplitMix64 generator. The stream must not change, because expected values are stored in files.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

struct Answers<'a> {
    ontology: &'a Ontology,
    types: Vec<TermIndex>,
    random: Random,
}

impl<'a> Answers<'a> {
    fn new(ontology: &'a Ontology) -> Self {
        let types = TYPES.iter().map(|id| ontology.find(&TermId::from(*id)).unwrap()).collect();
        Self { ontology, types, random: Random(7) }
    }

    /// Returns a chunk's answer with the cells in random order.
    fn chunk(&mut self, rows: std::ops::Range<usize>, operation: Operation) -> String {
        let mut cells: Vec<String> = rows
            .map(|row| match operation {
                Operation::OntologyAware(options) => self.ontology_aware(row, options.prune_threshold),
                Operation::SummaryStatistics { .. } => self.summary(row),
                Operation::Search => self.search(row),
            })
            .collect();
        self.random.shuffle(&mut cells);
        format!("[{}]", cells.join(", "))
    }

    /// Returns the type of a neighbor of a cell of type `own`; `None` if it is outside the ontology.
    fn neighbor(&mut self, own: TermIndex) -> Option<TermIndex> {
        match self.random.below(20) {
            0 => None,
            1..=4 => Some(self.types[self.random.below(self.types.len())]),
            5..=8 => self.ontology.parents(own).first().copied(),
            9 => Some(TermIndex(self.random.below(self.ontology.len()) as u32)),
            _ => Some(own),
        }
    }

    /// Returns an ontology-aware answer. Every fourth cell has neighbors of equal weights, so that scores tie; every
    /// fiftieth has none inside the ontology.
    fn ontology_aware(&mut self, row: usize, prune: f64) -> String {
        let own = self.types[self.random.below(self.types.len())];
        let mut scores = vec![0.0; self.ontology.len()];
        let (mut total, mut unrecognized) = (0.0, 0);
        for _ in 0..40 {
            let weight = if row.is_multiple_of(4) { 0.5 } else { (-self.random.unit()).exp() };
            total += weight;
            match self.neighbor(own).filter(|_| row % 50 != 49) {
                Some(term) => self.ontology.with_ancestors(term).iter().for_each(|t| scores[t.as_usize()] += weight),
                None => unrecognized += 1,
            }
        }
        let passed = |term: &TermIndex| scores[term.as_usize()] / total >= prune;
        let mut terms: Vec<TermIndex> = self.ontology.terms().filter(passed).collect();
        self.random.shuffle(&mut terms);
        let matches = terms.iter().map(|term| {
            let score = scores[term.as_usize()] / total;
            let (id, label) = (self.ontology.id(*term), self.ontology.label(*term));
            serde_json::json!({"score": score, "cell_type_ontology_term_id": id, "cell_type": label}).to_string()
        });
        let matches = matches.collect::<Vec<_>>().join(",");
        format!(
            r#"{{"query_cell_id": "{row}", "matches": [{matches}], "total_weight": {total}, "total_neighbors": 40, "total_neighbors_unrecognized": {unrecognized}}}"#
        )
    }

    fn summary(&mut self, row: usize) -> String {
        let mut matches = String::new();
        for place in 0..1 + self.random.below(5) {
            let label = self.ontology.label(self.types[(self.random.below(3) + place * 3) % self.types.len()]);
            let (count, near) = (1 + self.random.below(20), self.random.unit());
            let comma = if place > 0 { "," } else { "" };
            write!(
                matches,
                r#"{comma}{{"cell_type": "{label}", "cell_count": {count}, "min_distance": {near}, "p25_distance": {}, "median_distance": {}, "p75_distance": {}, "max_distance": {}}}"#,
                near + 0.25, near + 0.5, near + 0.75, near + 1.0
            )
            .unwrap();
        }
        format!(r#"{{"query_cell_id": "{row}", "matches": [{matches}]}}"#)
    }

    fn search(&mut self, row: usize) -> String {
        let neighbors: Vec<String> = (0..5)
            .map(|_| {
                let (cell, distance) = (self.random.below(1 << 40), self.random.unit());
                format!(r#"{{"cas_cell_index": {cell}.0, "distance": {distance}}}"#)
            })
            .collect();
        format!(r#"{{"query_cell_id": "{row}", "neighbors": [{}]}}"#, neighbors.join(", "))
    }
}
