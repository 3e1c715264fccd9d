//! Files of the Single Cell Portal: a metadata file, and a cluster file with the usual embedding. In both, the second
//! line holds the types of the columns.

use std::path::PathBuf;

use super::LabeledCells;
use crate::{
    engine::run_file,
    results::{Error, NO_CALL, number::PythonFloat},
};

/// The metadata file.
pub(super) const METADATA: &str = "scp_metadata.tsv";
/// The cluster file.
const CLUSTER: &str = "scp_cluster.tsv";

/// Writes the metadata file, and the cluster file if the input has an embedding.
pub(super) fn write(mut cells: LabeledCells<'_>) -> Result<Vec<PathBuf>, Error> {
    let header = ["NAME", "cell_type", "cell_type__ontology_label", "cas_score"];
    cells.call_table(METADATA, &[header, ["TYPE", "group", "group", "numeric"]], |cells, row| {
        let (id, score) = match cells.called(row) {
            // The portal writes ids with an underscore.
            Some((term, score)) => (cells.ontology.id(term).as_str().replace(':', "_"), PythonFloat(score).to_string()),
            None => Default::default(),
        };
        [cells.name(row), id, cells.label(row, ""), score]
    })?;
    let Some(points) = cells.points(&run_file::open_whole(cells.results.run(), cells.sources.input)?)? else {
        return Ok(cells.written);
    };
    let header = ["NAME", "X", "Y", "cas_cell_type"];
    cells.call_table(CLUSTER, &[header, ["TYPE", "numeric", "numeric", "group"]], |cells, row| {
        let [x, y] = LabeledCells::point(&points, row);
        [cells.name(row), x, y, cells.label(row, NO_CALL)]
    })?;
    Ok(cells.written)
}
