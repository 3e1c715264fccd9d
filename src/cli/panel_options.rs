//! The option for marker panels of the interface.

use std::path::PathBuf;

use super::stored_run::StoredRun;
use crate::{
    config::Paths,
    domain::CellOntology,
    results::{GeneReader, MarkerPanel, PanelError, Panels},
};

/// The option for marker panels.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct PanelArguments {
    /// Marker panel for the panes of genes: TSV with a cell type, a gene and + or -. May be repeated; .tsv files in the
    /// folder panels of the configuration folder are always read
    #[arg(long, value_name = "FILE")]
    panel: Vec<PathBuf>,
}

impl PanelArguments {
    /// Returns whether no panel is named.
    pub fn is_empty(&self) -> bool {
        self.panel.is_empty()
    }

    /// Reads the named panels, followed by those in the configuration folder. A stored panel with a mistake is reported
    /// by the interface and does not stop it.
    ///
    /// # Errors
    /// Fails if a named panel cannot be read.
    pub fn read(&self, paths: &Paths) -> Result<Panels, PanelError> {
        let mut panels = Panels::of_folder(&paths.panels());
        for path in self.panel.iter().rev() {
            panels = panels.with_first(MarkerPanel::read(path)?);
        }
        Ok(panels)
    }
}

/// Returns a sentence about each panel with cell types that the Cell Ontology lacks.
pub(super) fn unknown_types(panels: &Panels) -> Vec<String> {
    if panels.panels.is_empty() {
        return Vec::new();
    }
    let panels = panels.with_terms(None, &CellOntology::embedded());
    panels.panels.iter().filter_map(|panel| panel.unknown(None, |_| false).sentence(&panel.name)).collect()
}

/// Returns a sentence about each panel with cell types that the ontology of a run lacks, or genes that its file lacks.
pub(super) fn unknown_in(panels: &Panels, run: &StoredRun) -> Vec<String> {
    if panels.panels.is_empty() {
        return Vec::new();
    }
    let panels = panels.with_terms(run.ontology(), &CellOntology::embedded());
    // The interface says why the file cannot be read.
    let reader = GeneReader::of_run(&run.results, run.path()).ok();
    let genes = reader.as_ref().map(GeneReader::genes);
    panels.panels.iter().filter_map(|panel| panel.unknown(genes, |_| false).sentence(&panel.name)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn named_panels_come_before_those_of_the_configuration_folder() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(&[("XDG_CONFIG_HOME", folder.path().to_str().unwrap())].into());
        fs::create_dir_all(paths.panels()).unwrap();
        fs::write(paths.panels().join("blood.tsv"), "B cell\tMS4A1\n").unwrap();
        fs::write(paths.panels().join("wrong.tsv"), "B cell\tMS4A1\nB cell\n").unwrap();
        let named = ["skin", "lung"].map(|name| folder.path().join(name).with_extension("txt"));
        named.iter().for_each(|path| fs::write(path, "T cell\tCD3E\t+\n").unwrap());
        let arguments = PanelArguments { panel: named.to_vec() };
        let panels = arguments.read(&paths).unwrap();
        let names: Vec<&str> = panels.panels.iter().map(|panel| panel.name.as_str()).collect();
        assert_eq!(names, ["skin", "lung", "blood"]);
        assert!(panels.faults[0].contains("wrong.tsv, line 2: there is one column"), "{:?}", panels.faults);
    }

    #[test]
    fn unknown_cell_types_are_named_once_for_each_panel() {
        let parse = |name: &str, text: &str| MarkerPanel::parse(text.as_bytes(), std::path::Path::new(name)).unwrap();
        let panels = Panels::default().with_first(parse("skin.tsv", "T cell\tCD3E\n"));
        let panels = panels.with_first(parse("blood.tsv", "NK cel\tNKG7\nnk cel\tGNLY\nT cell\tCD3E\n"));
        let said = unknown_types(&panels);
        assert_eq!(said, ["The panel blood leaves out 1 unknown cell type (NK cel)."]);
        assert!(unknown_types(&Panels::default()).is_empty());
    }

    #[test]
    fn a_named_panel_with_a_mistake_is_refused_with_its_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(&[("XDG_CONFIG_HOME", folder.path().to_str().unwrap())].into());
        let path = folder.path().join("skin.tsv");
        fs::write(&path, "T cell\tCD3E\tyes\n").unwrap();
        let error = PanelArguments { panel: vec![path] }.read(&paths).unwrap_err().to_string();
        assert!(error.ends_with("skin.tsv, line 1: the sign is 'yes'; write + or -"), "{error}");
        let absent = PanelArguments { panel: vec![folder.path().join("none.tsv")] }.read(&paths).unwrap_err();
        assert!(absent.to_string().ends_with("none.tsv cannot be read"), "{absent}");
    }
}
