//! Files of Cell Ranger and of programs that write the same format.

use hdf5::{File, Group};

use crate::{
    counts::{Cells, Dense, GENES, cells, counts, gene, ids},
    forge::{INTEGERS, Storage, Text, Type, mark, numbers, texts, texts_stored, vector},
    parts::{Vectors, forged, strs},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    [current(), types(), features(), genomes(), old(), others()].into_iter().flatten().collect()
}

/// A file in the current layout.
struct TenX {
    values: Type,
    /// The type of offsets and indices.
    places: Type,
    storage: Storage,
    text: Text,
    ids: Vec<String>,
    kinds: Option<Vec<&'static str>>,
    genomes: Vec<&'static str>,
    counts: Dense,
}

impl Default for TenX {
    fn default() -> Self {
        Self {
            values: Type::I32,
            places: Type::I64,
            storage: Storage::Deflated(&[5]),
            text: Text::NulPadded(32),
            ids: ids(),
            kinds: Some(vec!["Gene Expression"; 9]),
            genomes: vec!["GRCh38"; 9],
            counts: counts(),
        }
    }
}

impl TenX {
    fn write(&self, file: &File) -> hdf5::Result<Group> {
        mark(file, "filetype", "matrix");
        let matrix = file.create_group("matrix")?;
        self.write_matrix(&matrix);
        let features = matrix.create_group("features")?;
        texts_stored(&features, "id", &strs(&self.ids), self.text, Storage::Deflated(&[5]));
        let names: Vec<_> = self.ids.iter().map(|id| id.replace("ENSG0000000", "G")).collect();
        texts(&features, "name", &strs(&names), self.text);
        texts(&features, "genome", &self.genomes, self.text);
        texts(&features, "_all_tag_keys", &["genome"], self.text);
        if let Some(kinds) = &self.kinds {
            texts(&features, "feature_type", kinds, self.text);
        }
        Ok(matrix)
    }

    /// Writes the parts that both layouts share.
    fn write_matrix(&self, group: &Group) {
        texts_stored(group, "barcodes", &strs(&cells()), self.text, Storage::Deflated(&[4]));
        let Vectors { indptr, indices, data } = Vectors::of(&self.counts);
        for (name, values, kind) in
            [("indptr", indptr, self.places), ("indices", indices, self.places), ("data", data, self.values)]
        {
            numbers(group, name, &values, kind, &[values.len() as u64], self.storage);
        }
        vector(group, "shape", &[self.ids.len() as f64, cells().len() as f64], Type::I32);
    }

    fn make(self) -> impl FnOnce(&std::path::Path) + Send {
        forged(move |file| self.write(file).map(drop))
    }
}

fn tenx(name: impl Into<String>, file: TenX) -> Row {
    read(name, file.make()).called("filtered_feature_bc_matrix.h5")
}

fn current() -> Vec<Row> {
    vec![
        tenx("10x", TenX::default()),
        tenx("10x, texts of any length", TenX { text: Text::Utf8, ..TenX::default() }),
        tenx("10x, texts with spaces", TenX { text: Text::SpacePadded(32), ..TenX::default() }),
        tenx("10x, not compressed", TenX { storage: Storage::Contiguous, ..TenX::default() }),
        tenx("10x, no feature types", TenX { kinds: None, ..TenX::default() }),
        tenx("10x, feature types all NA, by CellBender", TenX { kinds: Some(vec!["NA"; 9]), ..TenX::default() }),
        tenx(
            "10x, ids with versions",
            TenX { ids: ids().iter().map(|id| format!("{id}.3")).collect(), ..TenX::default() },
        )
        .warned(&["version suffix"]),
        tenx(
            "10x, feature types in small letters",
            TenX { kinds: Some([["gene expression"; 8].as_slice(), &["Custom"]].concat()), ..TenX::default() },
        )
        .to(Cells::of_columns(
            cells(),
            &ids().into_iter().enumerate().map(|(n, id)| (n < 8).then_some(id)).collect::<Vec<_>>(),
            &counts(),
        )),
        read("10x called .h5ad", TenX::default().make()).warned(&["its name ends in .h5ad, but it is 10x"]),
    ]
}

fn types() -> Vec<Row> {
    let values = INTEGERS.map(|values| tenx(format!("10x, values of {values:?}"), TenX { values, ..TenX::default() }));
    let places = INTEGERS.map(|places| tenx(format!("10x, places of {places:?}"), TenX { places, ..TenX::default() }));
    values.into_iter().chain(places).collect()
}

/// Features of other kinds, after or between the genes.
fn features() -> Vec<Row> {
    let others = ["Antibody Capture", "CRISPR Guide Capture", "Multiplexing Capture", "Custom", "Peaks"];
    let with = |kind: &'static str, is_other: fn(usize) -> bool| {
        let kinds: Vec<_> = (0..9).map(|n| if is_other(n) { kind } else { "Gene Expression" }).collect();
        let columns = ids().into_iter().enumerate().map(|(n, id)| (!is_other(n)).then_some(id));
        let expected = Cells::of_columns(cells(), &columns.collect::<Vec<_>>(), &counts());
        (TenX { kinds: Some(kinds), ..TenX::default() }, expected)
    };
    let row = |kind: &'static str, place: &str, is_other: fn(usize) -> bool| {
        let (file, expected) = with(kind, is_other);
        tenx(format!("10x, {kind} {place} the genes"), file)
            .to(expected)
            .warned(&["features are not gene expression: "])
    };
    others.iter().flat_map(|kind| [row(kind, "behind", |n| n > 5), row(kind, "among", |n| n % 3 == 1)]).collect()
}

fn genomes() -> Vec<Row> {
    // Four mouse genes follow five human ones.
    let barnyard = TenX {
        ids: (0..9)
            .map(|n| if n < 5 { format!("GRCh38_{}", gene(GENES[n])) } else { format!("mm10___ENSMUSG{n:011}") })
            .collect(),
        genomes: (0..9).map(|n| if n < 5 { "GRCh38" } else { "mm10" }).collect(),
        ..TenX::default()
    };
    let columns: Vec<_> = (0..9).map(|n| (n < 5).then(|| gene(GENES[n]))).collect();
    let expected = Cells::of_columns(cells(), &columns, &counts());
    // An antibody in the middle has no genome.
    let id = |n: usize| if n.is_multiple_of(2) { gene(GENES[n]) } else { format!("ENSMUSG{n:011}") };
    let with_antibody = TenX {
        ids: (0..9).map(id).collect(),
        kinds: Some((0..9).map(|n| if n == 4 { "Antibody Capture" } else { "Gene Expression" }).collect()),
        genomes: (0..9).map(|n| ["GRCh38", "mm10", ""][if n == 4 { 2 } else { n % 2 }]).collect(),
        ..TenX::default()
    };
    let columns: Vec<_> = (0..9).map(|n| (n != 4 && n % 2 == 0).then(|| gene(GENES[n]))).collect();
    let of_two = Cells::of_columns(cells(), &columns, &counts());
    let prefixed = TenX { ids: ids().iter().map(|id| format!("GRCh38_{id}")).collect(), ..TenX::default() };
    let named = |names: [&'static str; 2]| TenX {
        ids: (0..9)
            .map(|n| {
                if n < 5 { format!("{}_{}", names[0], gene(GENES[n])) } else { format!("{}_ENSMUSG{n:011}", names[1]) }
            })
            .collect(),
        genomes: (0..9).map(|n| names[usize::from(n >= 5)]).collect(),
        ..TenX::default()
    };
    let by_ids = |names: [&'static str; 2]| {
        tenx(format!("10x of genomes called {} and {}", names[0], names[1]), named(names))
            .to(expected.clone())
            .warned(&["4 genes are of another species (mouse)"])
    };
    let two_human = TenX { genomes: (0..9).map(|n| ["GRCh38", "hg19"][n % 2]).collect(), ..TenX::default() };
    let of_no_name = TenX { genomes: (0..9).map(|n| ["mm10", "dm6"][n % 2]).collect(), ..TenX::default() };
    vec![
        tenx("10x of man and mouse: the human genes", barnyard)
            .to(expected.clone())
            .warned(&["4 genes are of another species (mouse)"]),
        tenx("10x of man and mouse, with antibodies of neither", with_antibody).to(of_two),
        tenx("10x, ids with the genome", prefixed).warned(&["genome prefix"]),
        by_ids(["human", "mouse"]),
        by_ids(["T2T", "mm39"]),
        by_ids(["GRCh38", "hg19"]),
        tenx("10x of two human references", two_human),
        tenx("10x of human ids, whatever the genomes are called", of_no_name),
    ]
}

/// The layout before Cell Ranger 3: one group per genome.
fn old() -> Vec<Row> {
    let write = |file: &File, genome: &str, ids: Vec<String>| -> hdf5::Result<()> {
        let group = file.create_group(genome)?;
        let tenx = TenX { ids, ..TenX::default() };
        tenx.write_matrix(&group);
        texts(&group, "genes", &strs(&tenx.ids), tenx.text);
        texts(&group, "gene_names", &strs(&tenx.ids), tenx.text);
        Ok(())
    };
    let mouse = || (0..9).map(|n| format!("ENSMUSG{n:011}")).collect::<Vec<_>>();
    let one = forged(move |file| write(file, "GRCh38", ids()));
    let other = forged(move |file| write(file, "my_reference", ids()));
    let both = forged(move |file| {
        write(file, "GRCh38_old", mouse())?;
        write(file, "of_my_own", ids())
    });
    let beside = forged(move |file| {
        write(file, "background_removed", ids())?;
        file.create_group("some report").map(drop)
    });
    vec![
        read("10x v2", one).called("filtered_gene_bc_matrices_h5.h5"),
        read("10x v2 of a custom reference", other).called("matrix.h5"),
        read("10x v2 of man and mouse", both).called("matrix.h5"),
        read("CellBender on v2", beside).called("out.h5"),
    ]
}

/// Additional content that other programs write next to the matrix.
fn others() -> Vec<Row> {
    let cellbender_2 = forged(|file| {
        let matrix = TenX { values: Type::F64, ..TenX::default() }.write(file)?;
        vector(&matrix, "latent_cell_probability", &[1.0; 6], Type::F64);
        numbers(&matrix, "latent_gene_encoding", &[0.5; 12], Type::F32, &[6, 2], Storage::Contiguous);
        vector(&matrix, "latent_scale", &[1.0; 6], Type::F64);
        Ok(())
    });
    let cellbender_3 = forged(|file| {
        TenX::default().write(file)?;
        for name in ["droplet_latents", "global_latents", "metadata"] {
            vector(&file.create_group(name)?, "something", &[1.0; 3], Type::F64);
        }
        Ok(())
    });
    let panel = forged(|file| {
        let matrix = TenX::default().write(file)?;
        let sets = matrix.group("features")?.create_group("target_sets")?;
        for name in ["id", "Pan Cancer"] {
            vector(&sets, name, &[0.0, 3.0], Type::U32);
        }
        Ok(())
    });
    let tags = forged(|file| {
        let matrix = TenX::default().write(file)?;
        for name in ["pattern", "read", "sequence"] {
            texts(&matrix.group("features")?, name, &[""; 9], Text::NulPadded(8));
        }
        Ok(())
    });
    vec![
        read("CellBender 0.2, values with probabilities", cellbender_2).called("out_filtered.h5"),
        read("CellBender 0.3", cellbender_3).called("out_filtered.h5"),
        read("10x of a gene panel", panel).called("filtered_feature_bc_matrix.h5"),
        read("10x with tags of its features", tags).called("filtered_feature_bc_matrix.h5"),
    ]
}
