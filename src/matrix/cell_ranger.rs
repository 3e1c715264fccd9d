//! Results that Cell Ranger writes beside a matrix: clusters, coordinates and cell types. In: the path of the matrix and
//! the names of its cells. Out: columns and embeddings, joined by barcode. A table that cannot be read is left out.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    Added, Column, Error, Matrix,
    detect::names_in,
    error::Location,
    frame::values,
    hdf5_thread,
    obs_table::{KeyColumn, Match, ObsTable, Values},
    tree::{Dataset, Node},
};

/// Folders of a Matrix Market matrix inside the folder of results.
const MATRIX_FOLDERS: [&str; 3] =
    ["filtered_feature_bc_matrix", "sample_filtered_feature_bc_matrix", "filtered_gene_bc_matrices"];
/// The tables of cell types of Cell Ranger 9, and of both annotators since 10.1. The prefix is for the names of columns.
const CELL_TYPES: [(&str, &str); 4] = [
    ("cell_types/cell_types.csv", ""),
    ("cell_types/10x_Cloud/cell_types.csv", ""),
    ("cell_types/Azimuth/cell_types.csv", "azimuth_"),
    ("cell_types.csv", ""),
];
/// Maximum number of clusterings that are read. Cell Ranger writes nine with k-means.
const MOST_CLUSTERINGS: usize = 20;
/// The embeddings, with the names of their folders in `analysis`.
const EMBEDDINGS: [(&str, &str); 2] = [("umap", "X_umap"), ("tsne", "X_tsne")];

/// Reads the results beside a matrix. The names of the cells are requested only if there are any.
///
/// # Errors
/// Fails if the names of the cells cannot be read.
pub fn results_beside(matrix: &Path, names: impl FnOnce() -> Result<Vec<String>, Error>) -> Result<Added, Error> {
    let folders = folders_of(matrix);
    let analysis = folders.iter().map(|folder| folder.join("analysis")).find(|folder| folder.is_dir());
    let tables = folders.iter().flat_map(|folder| CELL_TYPES.map(|(name, prefix)| (folder.join(name), prefix)));
    let mut tables: Vec<(PathBuf, &str)> = tables.filter(|(path, _)| path.is_file()).collect();
    // The same annotator may have a table in the folder of the sample and in that of the pipeline.
    tables.dedup_by_key(|(_, prefix)| *prefix);
    if analysis.is_none() && tables.is_empty() {
        return Ok(Added::default());
    }
    let mut results = Results { names: names()?, added: Added::default() };
    if let Some(analysis) = analysis {
        results.read_analysis(&analysis);
    }
    for (path, prefix) in tables {
        results.read_cell_types(&path, prefix);
    }
    Ok(results.added)
}

/// The results of Cell Ranger for the cells of a matrix.
struct Results {
    names: Vec<String>,
    added: Added,
}

impl Results {
    /// Reads a table. Returns it with the row of each cell; `None` if it cannot be read or has none of the cells.
    fn table(&mut self, path: &Path) -> Option<(ObsTable, Vec<Option<u32>>)> {
        let table = ObsTable::read(path, &KeyColumn::Barcode, &[]).ok()?;
        let (rows, found) = table.places(&self.names);
        if found.found == 0 {
            return None;
        }
        self.added.sources.push(found);
        Some((table, rows))
    }

    fn read_analysis(&mut self, folder: &Path) {
        for (name, path) in clusterings(folder) {
            let Some((table, rows)) = self.table(&path) else { continue };
            if let Some((_, values)) = table.columns().next() {
                self.add_column(name, values.categories(&rows));
            }
        }
        for (kind, name) in EMBEDDINGS {
            let Some(path) = gene_expression(&folder.join(kind)).map(|found| found.join("projection.csv")) else {
                continue;
            };
            let Some((table, rows)) = self.table(&path) else { continue };
            match table.first_points(&rows) {
                Some(points) => self.added.embeddings.push((name.to_owned(), points)),
                None => drop(self.added.sources.pop()),
            }
        }
        if self.added.columns.is_empty() && self.added.embeddings.is_empty() {
            let path = folder.join("analysis.h5");
            if path.is_file()
                && let Ok(found) = self.read_hdf5(&path)
            {
                self.added.sources.push(found);
            }
        }
    }

    /// Reads `analysis.h5`, which has the results in the order of its barcodes.
    fn read_hdf5(&mut self, path: &Path) -> Result<Match, Error> {
        let analysis = Matrix::open_alone(path)?;
        let (cells, barcodes) = (self.names.len(), analysis.cell_names()?);
        let rows: HashMap<&str, u32> = self.names.iter().map(String::as_str).zip(0..).collect();
        let places: Vec<Option<u32>> = barcodes.iter().map(|name| rows.get(name.as_str()).copied()).collect();
        let found = places.iter().flatten().count();
        let matched = Match { path: path.to_owned(), cells, found, unknown: barcodes.len() - found, likely: None };
        if found == 0 {
            return Ok(matched);
        }
        let members = |object: &str| {
            let at = Location::new(path, object);
            let names = hdf5_thread::run(|| match Node::find(analysis.file(), &at) {
                Ok(Some(Node::Group(group))) => group.members().unwrap_or_default(),
                Ok(Some(Node::Dataset(_)) | None) | Err(_) => Vec::new(),
            });
            names.into_iter().filter(|name| is_of_genes(name.trim_start_matches('_'))).collect::<Vec<_>>()
        };
        for name in members("/clustering").into_iter().filter(|name| name.ends_with("graphclust")) {
            let at = Location::new(path, format!("/clustering/{name}/clusters"));
            let clusters: Vec<i64> = hdf5_thread::run(|| values::numbers(&dataset(&analysis, &at)?))?;
            let mut column = Values::missing(cells);
            for (place, cluster) in places.iter().zip(clusters) {
                place.iter().for_each(|&row| column.set(row, &cluster.to_string()));
            }
            let all: Vec<Option<u32>> = (0..cells as u32).map(Some).collect();
            self.add_column("graphclust".to_owned(), column.categories(&all));
        }
        for (kind, name) in EMBEDDINGS {
            let Some(group) = members(&format!("/{kind}")).into_iter().find(|name| name.ends_with("_2")) else {
                continue;
            };
            let at = Location::new(path, format!("/{kind}/{group}/transformed_{kind}_matrix"));
            let read = || super::open::read_array(&dataset(&analysis, &at)?, places.len(), [0, 1]);
            let mut points = vec![[f32::NAN; 2]; cells];
            for (place, point) in places.iter().zip(hdf5_thread::run(read)?) {
                place.iter().for_each(|&row| points[row as usize] = point);
            }
            self.added.embeddings.push((name.to_owned(), points));
        }
        Ok(matched)
    }

    fn read_cell_types(&mut self, path: &Path, prefix: &str) {
        let Some((table, rows)) = self.table(path) else { return };
        for (name, values) in table.columns() {
            let column = if name.ends_with("_count") || name.ends_with("_prob") {
                Column::Real(values.reals(&rows))
            } else {
                values.categories(&rows)
            };
            self.add_column(format!("{prefix}{name}"), column);
        }
    }

    fn add_column(&mut self, name: String, column: Column) {
        if !self.added.columns.iter().any(|(other, _)| *other == name) {
            self.added.columns.push((name, column));
        }
    }
}

fn dataset(analysis: &Matrix, at: &Location) -> Result<Dataset, Error> {
    match Node::open(analysis.file(), at)? {
        Node::Dataset(dataset) => Ok(dataset),
        Node::Group(_) => Err(Error::Missing { at: at.clone() }),
    }
}

/// Returns the folders that may have results of a matrix: its own, and that of the sample or the pipeline around it.
fn folders_of(matrix: &Path) -> Vec<PathBuf> {
    let mut folder = matrix.parent().map(Path::to_owned).unwrap_or_default();
    let is_inside = |folder: &Path| {
        let names = folder.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy().into_owned());
        names.into_iter().position(|name| MATRIX_FOLDERS.contains(&name.as_str()))
    };
    for _ in 0..is_inside(&folder).map_or(0, |depth| depth + 1) {
        folder.pop();
    }
    let is_count = folder.file_name().is_some_and(|name| name == "count");
    let outer = if is_count { folder.parent().map(Path::to_owned) } else { None };
    [Some(folder), outer].into_iter().flatten().collect()
}

/// Returns the graph-based clusterings of genes, or else all k-means ones, with the names of their columns.
fn clusterings(analysis: &Path) -> Vec<(String, PathBuf)> {
    let folder = analysis.join("clustering");
    let names: Vec<String> = names_in(&folder).into_iter().filter(|name| is_of_genes(name)).collect();
    let named = |name: &String| {
        let short = name.trim_start_matches("gene_expression_").to_owned();
        (short, folder.join(name).join("clusters.csv"))
    };
    let is_graph = |name: &&String| name.ends_with("graphclust");
    match names.iter().find(is_graph) {
        Some(graph) => vec![named(graph)],
        None => names.iter().take(MOST_CLUSTERINGS).map(named).collect(),
    }
}

/// Returns the folder of the results of genes in a folder of embeddings.
fn gene_expression(folder: &Path) -> Option<PathBuf> {
    names_in(folder).iter().find(|name| is_of_genes(name)).map(|name| folder.join(name))
}

/// Returns whether a name is that of a result of genes. Since Cell Ranger 7 the type of the features comes first.
fn is_of_genes(name: &str) -> bool {
    name.starts_with("gene_expression")
        || name.starts_with(|first: char| first.is_ascii_digit())
        || ["graphclust", "kmeans"].iter().any(|kind| name.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::matrix::ColumnKind;

    const BARCODES: [&str; 4] = ["AAAC-1", "AAAG-1", "AACC-1", "AACG-1"];

    fn outs(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    fn read(folder: &Path, matrix: &str) -> Added {
        let names = || Ok(BARCODES.map(str::to_owned).to_vec());
        results_beside(&folder.join(matrix), names).unwrap()
    }

    fn texts(results: &Added, name: &str) -> Vec<String> {
        let (_, column) = results.columns.iter().find(|(other, _)| other == name).unwrap();
        (0..column.len()).map(|row| column.text(row).unwrap_or_default()).collect()
    }

    #[test]
    fn clusters_and_coordinates_are_joined_by_barcode() {
        let clusters = "Barcode,Cluster\nAACC-1,10\nAAAC-1,2\nZZZZ-1,1\nAAAG-1,2\n";
        let umap = "Barcode,UMAP-1,UMAP-2\nAAAG-1,1.5,-2\nAAAC-1,0.25,3e1\n";
        for (clustering, projection) in
            [("gene_expression_graphclust", "gene_expression_2_components"), ("graphclust", "2_components")]
        {
            let folder = outs(&[
                (&format!("analysis/clustering/{clustering}/clusters.csv"), clusters),
                ("analysis/clustering/antibody_capture_graphclust/clusters.csv", "Barcode,Cluster\nAAAC-1,9\n"),
                ("analysis/clustering/gene_expression_kmeans_2_clusters/clusters.csv", clusters),
                (&format!("analysis/umap/{projection}/projection.csv"), umap),
            ]);
            for matrix in ["filtered_feature_bc_matrix.h5", "filtered_feature_bc_matrix/matrix.mtx.gz"] {
                let found = read(folder.path(), matrix);
                assert_eq!(found.columns.len(), 1, "{clustering}");
                assert_eq!(texts(&found, "graphclust"), ["2", "2", "10", ""]);
                let (_, column) = &found.columns[0];
                assert!(matches!(column, Column::Categorical { categories, .. } if categories == &["2", "10"]));
                let (name, points) = &found.embeddings[0];
                assert_eq!((name.as_str(), points[0], points[1]), ("X_umap", [0.25, 30.0], [1.5, -2.0]));
                assert!(points[3][0].is_nan());
                assert_eq!(found.sources.iter().map(|source| source.found).collect::<Vec<_>>(), [3, 2]);
                assert_eq!(found.sources[0].unknown, 1);
            }
        }
    }

    #[test]
    fn cell_types_of_both_annotators_become_columns() {
        let cloud = "barcode,coarse_cell_type,fine_cell_type,umi_count\nAAAC-1,T cell,CD4 T cell,5000\nAAAG-1,\"B, naive\",,7\n";
        let azimuth = "barcode,broad_cell_type,final_level_softmax_prob\nAACG-1,Immune,0.75\n";
        let nine = outs(&[("cell_types/cell_types.csv", cloud)]);
        let found = read(nine.path(), "filtered_feature_bc_matrix.h5");
        assert_eq!(texts(&found, "coarse_cell_type"), ["T cell", "B, naive", "", ""]);
        assert_eq!(texts(&found, "fine_cell_type"), ["CD4 T cell", "", "", ""]);
        let (_, count) = found.columns.iter().find(|(name, _)| name == "umi_count").unwrap();
        assert_eq!((count.kind(), count.text(0)), (ColumnKind::Real, Some("5000".into())));
        let ten =
            outs(&[("cell_types/10x_Cloud/cell_types.csv", cloud), ("cell_types/Azimuth/cell_types.csv", azimuth)]);
        let found = read(ten.path(), "count/sample_filtered_feature_bc_matrix.h5");
        assert_eq!(texts(&found, "azimuth_broad_cell_type"), ["", "", "", "Immune"]);
        assert_eq!(texts(&found, "azimuth_final_level_softmax_prob")[3], "0.75");
        assert_eq!(texts(&found, "coarse_cell_type")[0], "T cell");
    }

    #[test]
    fn tables_of_other_cells_and_damaged_ones_are_left_out() {
        let folder = outs(&[
            ("analysis/clustering/graphclust/clusters.csv", "Barcode,Cluster\nZZZZ-1,1\n"),
            ("analysis/umap/2_components/projection.csv", "Barcode,UMAP-1\nAAAC-1,1\n"),
            ("analysis/analysis.h5", "not HDF5"),
            ("cell_types/cell_types.csv", "\u{0}"),
        ]);
        let found = read(folder.path(), "filtered_feature_bc_matrix.h5");
        assert!(found.columns.is_empty() && found.embeddings.is_empty() && found.sources.is_empty());
        let none = results_beside(Path::new("/nowhere/x.h5"), || panic!("not needed")).unwrap();
        assert_eq!(none, Added::default());
    }
}
