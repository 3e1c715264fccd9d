//! Which features are genes to be counted: those of gene expression, of the human genome where there are several. On
//! the HDF5 thread.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use super::layout::{Format, is_human};
use crate::matrix::{Error, frame::Frame, h5::File};

/// The feature type whose counts make up a cell's total.
const GENE_EXPRESSION: &str = "Gene Expression";
/// The column of genomes, in 10x files and in what is made of them.
const GENOME: &str = "genome";

/// Which features are counted; `None` stands for all.
pub fn counted(file: &Arc<File>, path: &Path, format: &Format, genes: &Frame) -> Result<Option<Vec<bool>>, Error> {
    let expressed = column(file, genes, format.feature_type_column())?.and_then(|types| of_gene_expression(&types));
    let human = match column(file, genes, GENOME)? {
        Some(genomes) => of_human_genome(path, format, &genomes)?,
        None => None,
    };
    Ok(match (expressed, human) {
        (Some(expressed), Some(human)) => Some(expressed.into_iter().zip(human).map(|(a, b)| a && b).collect()),
        (one, other) => one.or(other),
    })
}

fn column(file: &Arc<File>, genes: &Frame, name: &str) -> Result<Option<Vec<String>>, Error> {
    if !genes.has(name) {
        return Ok(None);
    }
    let values = genes.column(file, name)?;
    Ok(Some((0..values.len()).map(|gene| values.text(gene).unwrap_or_default()).collect()))
}

/// CellBender writes `NA` for all where it does not know.
fn of_gene_expression(types: &[String]) -> Option<Vec<bool>> {
    let says_nothing = types.iter().all(|kind| kind.is_empty() || kind == "NA");
    let counted: Vec<_> = types.iter().map(|kind| kind.eq_ignore_ascii_case(GENE_EXPRESSION)).collect();
    (!says_nothing && counted.contains(&false)).then_some(counted)
}

/// Cells of two species in one matrix. Features of no genome, such as antibodies, are left to their type.
fn of_human_genome(path: &Path, format: &Format, genomes: &[String]) -> Result<Option<Vec<bool>>, Error> {
    let distinct: BTreeSet<&String> = genomes.iter().filter(|genome| !genome.is_empty()).collect();
    let human: Vec<_> = distinct.iter().filter(|genome| is_human(genome)).collect();
    match human[..] {
        _ if distinct.len() < 2 => Ok(None),
        [human] => Ok(Some(genomes.iter().map(|genome| genome.is_empty() || genome == *human).collect())),
        // Elsewhere a column of that name may be anything.
        _ if *format == Format::H5ad => Ok(None),
        _ => {
            let genomes = distinct.into_iter().cloned().collect();
            Err(Error::MultipleGenomes { path: path.to_owned(), genomes })
        }
    }
}
