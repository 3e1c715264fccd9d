//! The locations of the parts of a file in each file format. All functions run on the HDF5 thread.

use std::{path::Path, sync::Arc};

use super::loom;
use crate::{
    domain::Species,
    matrix::{
        CountSource, Error,
        error::{self, Location},
        feature_type,
        frame::Frame,
        mex::Mex,
        tree::{File, Group, Node},
    },
};

/// The format of a matrix file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// AnnData (`.h5ad`).
    H5ad,
    /// MuData (`.h5mu`, or a Zarr store), of which one modality is read.
    H5mu {
        /// The name of the modality.
        modality: String,
    },
    /// AnnData in a Zarr store.
    Zarr,
    /// Loom (`.loom`).
    Loom,
    /// Matrix Market with lists of features and barcodes.
    Mex,
    /// 10x `.h5` of Cell Ranger 3 and later.
    TenXV3,
    /// 10x `.h5` before Cell Ranger 3, with one matrix per genome.
    TenXV2 {
        /// The genome whose matrix is read.
        genome: String,
    },
}

/// Lower-case names of modalities with gene expression.
const RNA: [&str; 5] = ["rna", "gex", "mrna", "scrna", "gene expression"];
const V2_PARTS: [&str; 5] = ["barcodes", "data", "genes", "indices", "indptr"];
/// Datasets in the features group of a 10x file that are not columns.
const NO_COLUMNS: [&str; 2] = ["id", "_all_tag_keys"];

impl Format {
    /// Detects the format from the members of the root group.
    pub fn of(file: &Arc<File>, path: &Path) -> Result<Self, Error> {
        match **file {
            File::Mex(_) => return Ok(Self::Mex),
            File::Zarr(_) => return Self::zarr(file, path),
            File::Hdf5(_) => {}
        }
        let root = group(file, &Location::new(path, "/"))?;
        let members = root.members()?;
        let has = |name: &str| members.iter().any(|member| member == name);
        let says = |name: &str, value: &str| root.text(name).as_deref() == Some(value);
        let wrong =
            |found, fix: &'static str| Err(Error::WrongFormat { path: path.to_owned(), found, fix: fix.into() });
        if says("encoding-type", "MuData") || has("mod") && has("obs") && !has("X") {
            return Self::h5mu(file, path);
        }
        if says("filetype", "molecule") || has("barcode_idx") && has("umi") {
            return wrong("a 10x molecule_info.h5", "use filtered_feature_bc_matrix.h5 from the same folder");
        }
        if has("assays") && (has("meta.data") || has("cell.names")) {
            return wrong("a Seurat file (.h5Seurat)", "convert it to .h5ad");
        }
        if has("row_attrs") && has("col_attrs") {
            return Ok(Self::Loom);
        }
        if has("matrix") && matches!(Node::open(file, &Location::new(path, "/matrix"))?, Node::Group(_)) {
            return Ok(Self::TenXV3);
        }
        if ["X", "obs", "var"].into_iter().any(has) {
            return Ok(Self::H5ad);
        }
        Self::v2(file, path, members)
    }

    /// Detects whether a Zarr store is an AnnData or a MuData object.
    fn zarr(file: &Arc<File>, path: &Path) -> Result<Self, Error> {
        let members = group(file, &Location::new(path, "/"))?.members()?;
        let has = |name: &str| members.iter().any(|member| member == name);
        let wrong = |found, fix| Err(Error::WrongFormat { path: path.to_owned(), found, fix });
        match () {
            () if has("mod") => Self::h5mu(file, path),
            () if has("obs") && has("var") => Ok(Self::Zarr),
            () if has("tables") => {
                let tables = group(file, &Location::new(path, "/tables"))?.members()?;
                let folders: Vec<_> = tables.iter().map(|table| format!("tables/{table}")).collect();
                wrong(
                    "a SpatialData store",
                    format!("give the folder of a table in it: {}", error::list(&folders)).into(),
                )
            }
            () => wrong("a Zarr store without AnnData", "write it with AnnData.write_zarr".into()),
        }
    }

    /// Selects the modality with gene expression.
    fn h5mu(file: &Arc<File>, path: &Path) -> Result<Self, Error> {
        let modalities = group(file, &Location::new(path, "/mod"))?.members()?;
        let is_rna = |name: &&String| RNA.contains(&name.to_ascii_lowercase().as_str());
        let may_be = |name: &&String| !feature_type::is_other(name);
        let only = |found: Vec<&String>| if let [one] = found[..] { Some(one.clone()) } else { None };
        let modality = only(modalities.iter().filter(is_rna).collect())
            .or_else(|| only(modalities.iter().filter(may_be).collect()));
        match modality {
            Some(modality) => Ok(Self::H5mu { modality }),
            None => Err(Error::NoRna { path: path.to_owned(), modalities }),
        }
    }

    /// Returns the group with the parts of an AnnData object, without a slash at the end; `None` for other formats.
    pub fn anndata(&self) -> Option<String> {
        match self {
            Self::H5ad | Self::Zarr => Some(String::new()),
            Self::H5mu { modality } => Some(format!("/mod/{modality}")),
            Self::TenXV3 | Self::TenXV2 { .. } | Self::Loom | Self::Mex => None,
        }
    }

    fn v2(file: &Arc<File>, path: &Path, members: Vec<String>) -> Result<Self, Error> {
        let holds_matrix = |name: &&String| {
            let parts = group(file, &Location::new(path, format!("/{name}"))).and_then(|group| group.members());
            parts.is_ok_and(|parts| V2_PARTS.iter().all(|part| parts.iter().any(|other| other == part)))
        };
        let genomes: Vec<String> = members.iter().filter(holds_matrix).cloned().collect();
        match &genomes[..] {
            [] => Err(Error::UnknownFormat { path: path.to_owned(), members }),
            [genome] => Ok(Self::TenXV2 { genome: genome.clone() }),
            _ => Self::human_of(file, path, genomes),
        }
    }

    /// Selects the genome with human gene IDs. The names of genomes are arbitrary, so they are not used.
    fn human_of(file: &Arc<File>, path: &Path, genomes: Vec<String>) -> Result<Self, Error> {
        let mut human = Vec::new();
        for genome in &genomes {
            let group = Location::new(path, format!("/{genome}"));
            let ids = Frame::of_objects(file, &group, "genes", &[])?.names(file)?;
            if Species::of_most(&ids) == Some(Species::Human) {
                human.push(genome.clone());
            }
        }
        match &human[..] {
            [genome] => Ok(Self::TenXV2 { genome: genome.clone() }),
            _ => Err(Error::MultipleGenomes { path: path.to_owned(), genomes, human }),
        }
    }

    /// Opens the frame of the cells.
    pub fn cells(&self, file: &Arc<File>, path: &Path) -> Result<Frame, Error> {
        match self {
            Self::H5ad | Self::Zarr => Frame::open(file, &Location::new(path, "/obs")),
            Self::H5mu { modality } => Frame::open(file, &Location::new(path, format!("/mod/{modality}/obs"))),
            Self::Loom => loom::cells(file, path),
            Self::Mex => mex(file, path).map(|mex| mex.cells.clone()),
            Self::TenXV3 => Frame::of_objects(file, &Location::new(path, "/matrix"), "barcodes", &[]),
            Self::TenXV2 { genome } => {
                Frame::of_objects(file, &Location::new(path, format!("/{genome}")), "barcodes", &[])
            }
        }
    }

    /// Opens the frame of a matrix's genes.
    pub fn genes(&self, file: &Arc<File>, path: &Path, source: &CountSource) -> Result<Frame, Error> {
        match (self, source) {
            (Self::H5ad | Self::Zarr | Self::H5mu { .. }, _) => {
                let at = |object: &str| Location::new(path, format!("{}{object}", self.anndata().unwrap_or_default()));
                match source {
                    CountSource::X | CountSource::Layer(_) => Frame::open(file, &at("/var")),
                    CountSource::RawX => {
                        let old = Node::find(file, &at("/raw.X"))?.is_some();
                        Frame::open(file, &at(if old { "/raw.var" } else { "/raw/var" }))
                    }
                }
            }
            (Self::Loom, _) => loom::genes(file, path),
            (Self::Mex, _) => mex(file, path).map(|mex| mex.genes.clone()),
            (Self::TenXV3, _) => {
                let at = Location::new(path, "/matrix/features");
                let mut columns = group(file, &at)?.members()?;
                columns.retain(|name| {
                    let is_dataset = || matches!(Node::find(file, &at.join(name)), Ok(Some(Node::Dataset(_))));
                    !NO_COLUMNS.contains(&name.as_str()) && is_dataset()
                });
                Frame::of_objects(file, &at, "id", &columns)
            }
            (Self::TenXV2 { genome }, _) => {
                Frame::of_objects(file, &Location::new(path, format!("/{genome}")), "genes", &["gene_names".to_owned()])
            }
        }
    }

    /// Returns the matrices that seem to exist, including those that cannot be opened.
    pub fn sources(&self, file: &Arc<File>, path: &Path) -> Result<Vec<CountSource>, Error> {
        let layers = match self {
            Self::TenXV3 | Self::TenXV2 { .. } | Self::Mex => return Ok(vec![CountSource::X]),
            Self::Loom => "/layers".to_owned(),
            Self::H5ad | Self::Zarr | Self::H5mu { .. } => format!("{}/layers", self.anndata().unwrap_or_default()),
        };
        let is_missing = |error: &Error| matches!(error, Error::Missing { .. });
        let is_there = |source: &CountSource| !self.location(file, path, source).is_err_and(|error| is_missing(&error));
        let mut sources: Vec<_> = [CountSource::X, CountSource::RawX].into_iter().filter(is_there).collect();
        if let Some(Node::Group(layers)) = Node::find(file, &Location::new(path, layers))? {
            sources.extend(layers.members()?.into_iter().map(CountSource::Layer));
        }
        Ok(sources)
    }

    /// Returns the location of a matrix.
    pub fn location(&self, file: &Arc<File>, path: &Path, source: &CountSource) -> Result<Location, Error> {
        let root = self.anndata().unwrap_or_default();
        let candidates = match (self, source) {
            (Self::H5ad | Self::Zarr | Self::H5mu { .. }, CountSource::X) => vec![format!("{root}/X")],
            (Self::H5ad | Self::Zarr | Self::H5mu { .. }, CountSource::RawX) => {
                vec![format!("{root}/raw.X"), format!("{root}/raw/X")]
            }
            (Self::H5ad | Self::Zarr | Self::H5mu { .. } | Self::Loom, CountSource::Layer(name)) => {
                vec![format!("{root}/layers/{name}")]
            }
            (Self::TenXV3 | Self::Loom, CountSource::X) => vec!["/matrix".to_owned()],
            (Self::TenXV2 { genome }, CountSource::X) => vec![format!("/{genome}")],
            (Self::Mex, CountSource::X) => return Ok(Location::new(path, "matrix")),
            (Self::Loom, CountSource::RawX)
            | (Self::TenXV3 | Self::TenXV2 { .. } | Self::Mex, CountSource::RawX | CountSource::Layer(_)) => {
                return Err(Error::Missing { at: Location::new(path, format!("/{source}")) });
            }
        };
        let mut missing = None;
        for object in candidates {
            let at = Location::new(path, object);
            if Node::find(file, &at)?.is_some() {
                return Ok(at);
            }
            missing = Some(at);
        }
        Err(missing.map_or_else(|| Error::NoMatrix { path: path.to_owned() }, |at| Error::Missing { at }))
    }
}

fn mex<'a>(file: &'a Arc<File>, path: &Path) -> Result<&'a Mex, Error> {
    match &**file {
        File::Mex(mex) => Ok(mex),
        File::Hdf5(_) | File::Zarr(_) => Err(Error::NoMatrix { path: path.to_owned() }),
    }
}

fn group(file: &Arc<File>, at: &Location) -> Result<Group, Error> {
    match Node::open(file, at)? {
        Node::Group(group) => Ok(group),
        Node::Dataset(_) => Err(Error::Encoding { at: at.clone(), found: "a dataset".to_owned(), expected: "a group" }),
    }
}
