//! Comparison of marker genes and dot plots with scanpy. Runs only if `CASTUI_PARITY_SCANPY` names a Python with scanpy
//! 1.11 (`tests/parity/markers.py`).

use std::{path::Path, process::Command};

use castui::{
    analysis::{DotPlot, Gene, Watch, markers::Groups},
    results::{Clusters, GeneReader, expression::CountChoice},
};
use serde_json::json;

#[test]
fn markers_and_dot_plots_equal_those_of_scanpy() {
    let Some(python) = std::env::var_os("CASTUI_PARITY_SCANPY") else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parity/markers");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/markers.py");
    let run = |step: &str| {
        let mut command = Command::new(&python);
        command.arg(&script).arg(step).arg(&folder).arg("--castui").arg(env!("CARGO_BIN_EXE_castui"));
        command.env("HOME", &folder).env("MPLBACKEND", "Agg");
        assert!(command.status().unwrap().success(), "see above");
    };
    run("make");
    for name in ["small", "large"] {
        write_dots(&folder, name);
    }
    run("compare");
}

/// Writes the dots of some genes.
fn write_dots(folder: &Path, name: &str) {
    let reader = GeneReader::of_file(&folder.join(format!("{name}.h5ad")), CountChoice::default()).unwrap();
    let column = reader.matrix().obs_column("group").unwrap();
    let groups: Groups = Clusters::new("group", &column, reader.matrix().cell_count()).unwrap().into();
    let genes: Vec<Gene> = (0..40).map(|column| reader.genes().gene(column * 7)).collect();
    let values = reader.read(&genes, &Watch::default()).unwrap();
    let plot = DotPlot::new(&groups, values.iter().map(AsRef::as_ref));
    let rows = |of: fn(&DotPlot, usize, usize) -> f64| -> Vec<Vec<f64>> {
        (0..groups.len()).map(|group| (0..genes.len()).map(|gene| of(&plot, group, gene)).collect()).collect()
    };
    let dots = json!({
        "groups": groups.names(),
        "genes": genes.iter().map(|gene| &gene.name).collect::<Vec<_>>(),
        "fraction": rows(|plot, group, gene| plot.dot(group, gene).fraction),
        "mean": rows(|plot, group, gene| plot.dot(group, gene).mean),
    });
    std::fs::write(folder.join(format!("dots-{name}.json")), serde_json::to_vec(&dots).unwrap()).unwrap();
}
