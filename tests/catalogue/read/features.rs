//! Features that are not genes: recognized by their types, in the many words in use, and by the species of their ids.

use std::path::Path;

use hdf5::File;

use crate::{
    counts::{Cells, GENES, cells, columns, counts, each, gene, ids},
    forge::{Text, texts},
    parts::{CSR, categorical, forged, frame, frame_with, sparse, strs, usual_x},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    [words(), missing(), raw(), species()].into_iter().flatten().collect()
}

/// Returns whether a feature has another type than gene expression: every fourth one has.
fn is_other(column: usize) -> bool {
    column % 4 == 3
}

/// Returns the expected values if some columns are left out.
fn without(is_left_out: impl Fn(usize) -> bool) -> Cells {
    let columns: Vec<_> = ids().into_iter().enumerate().map(|(n, id)| (!is_left_out(n)).then_some(id)).collect();
    Cells::of_columns(cells(), &columns, &counts())
}

/// Returns a function that creates a file whose var has text columns.
fn typed(columns: Vec<(&'static str, Vec<String>)>) -> impl FnOnce(&Path) + Send {
    forged(move |file: &File| {
        frame(file, "obs", &strs(&cells()))?;
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let var = frame_with(file, "var", &strs(&ids()), &names)?;
        columns.iter().for_each(|(name, values)| texts(&var, name, &strs(values), Text::Utf8));
        usual_x(file)
    })
}

fn all(word: &str) -> Vec<String> {
    vec![word.to_owned(); 9]
}

/// Returns types of which every fourth is the second one.
fn mixed(genes: &str, others: &str) -> Vec<String> {
    (0..9).map(|n| if is_other(n) { others } else { genes }.to_owned()).collect()
}

fn words() -> Vec<Row> {
    let genes = ["Gene Expression", "GEX", "mRNA", "RNA", "rna", "gene", "Gene", "protein_coding", "transcript"];
    let of_genes = genes.map(|word| {
        read(format!("features that are all of the type {word}"), typed(vec![("feature_types", all(word))]))
            .without(&["not gene expression"])
    });
    let pairs = [
        ("Gene Expression", "Antibody Capture"),
        ("GEX", "ADT"),
        ("rna", "prot"),
        ("RNA", "HTO"),
        ("mRNA", "CRISPR Guide Capture"),
        ("gene", "sgRNA"),
        ("protein_coding", "protein"),
        ("GEX", "ATAC"),
        ("Gene Expression", "Peaks"),
        ("Gene Expression", "Custom"),
        ("Gene Expression", "Multiplexing Capture"),
        ("Gene Expression", "Negative Control Codeword"),
    ];
    let of_pairs = pairs.map(|(genes, others)| {
        read(
            format!("features of the types {genes} and {others}"),
            typed(vec![("feature_types", mixed(genes, others))]),
        )
        .to(without(is_other))
        .warned(&["2 features are not gene expression: 2 ", "neither sent nor counted"])
    });
    let biotypes = ["protein_coding", "lncRNA", "IG_V_gene", "Mt_rRNA", "misc_RNA", "TEC", "snRNA", "antisense", ""];
    let biotypes = biotypes.map(str::to_owned).to_vec();
    let modality = vec![("modality", mixed("Gene Expression", "Peaks"))];
    of_genes
        .into_iter()
        .chain(of_pairs)
        .chain([
            read("biotypes as feature_type, by CELLxGENE", typed(vec![("feature_type", biotypes.clone())])),
            read("biotypes as feature_types", typed(vec![("feature_types", biotypes)])),
            read("genes and peaks by modality, by scvi-tools", typed(modality)).to(without(is_other)),
        ])
        .collect()
}

/// Genes for which a file does not give a type.
fn missing() -> Vec<Row> {
    let categories = |codes: [f64; 9], words: [&'static str; 2]| {
        forged(move |file: &File| {
            frame(file, "obs", &strs(&cells()))?;
            let var = frame_with(file, "var", &strs(&ids()), &["feature_types"])?;
            categorical(&var, "feature_types", &codes, &words)?;
            usual_x(file)
        })
    };
    let some = [0.0, -1.0, 0.0, 0.0, -1.0, -1.0, 0.0, 0.0, -1.0];
    let some_of_two = [0.0, -1.0, 0.0, 1.0, -1.0, -1.0, 0.0, 1.0, -1.0];
    let as_text = |nothing: &'static str| -> Vec<String> {
        (0..9).map(|n| if n % 2 == 0 { "Gene Expression" } else { nothing }.to_owned()).collect()
    };
    let outer = |first: &'static str, second: &'static str| {
        let of = |is_first: bool, word: &str| {
            (0..9).map(|n| if (n < 5) == is_first { word.to_owned() } else { String::new() }).collect::<Vec<_>>()
        };
        let mut of_second = of(false, "Gene Expression");
        of_second[7] = "Antibody Capture".into();
        typed(vec![(first, of(true, "Gene Expression")), (second, of_second)])
    };
    let seventh = || without(|n| n == 7);
    vec![
        read("feature types missing for some genes", categories(some, ["Gene Expression", "?"]))
            .without(&["not gene expression"]),
        read("feature types missing for some genes beside antibodies", {
            categories(some_of_two, ["Gene Expression", "Antibody Capture"])
        })
        .to(without(is_other)),
        read("feature types that are the text nan", typed(vec![("feature_types", as_text("nan"))])),
        read("feature types that are empty texts", typed(vec![("feature_types", as_text(""))])),
        read("feature types split by a concatenation", outer("feature_types-0", "feature_types-1")).to(seventh()),
        read("feature types split twice", outer("feature_types-0-0", "feature_types-Harvard")).to(seventh()),
    ]
}

/// Returns a function that creates a file with logarithms of some genes in X and the counts of all genes in raw.X.
/// Only var has feature types.
fn with_raw(places: &'static [usize]) -> impl FnOnce(&Path) + Send {
    forged(move |file| {
        frame(file, "obs", &strs(&cells()))?;
        let of_var: Vec<_> = places.iter().map(|&place| ids()[place].clone()).collect();
        let var = frame_with(file, "var", &strs(&of_var), &["feature_types"])?;
        let types = mixed("Gene Expression", "Antibody Capture");
        let types: Vec<_> = places.iter().map(|&place| types[place].clone()).collect();
        texts(&var, "feature_types", &strs(&types), Text::Utf8);
        sparse(file, "X", &columns(&each(&counts(), |value| (value * 1.7).ln_1p()), places), CSR)?;
        let raw = file.create_group("raw")?;
        frame(&raw, "var", &strs(&ids()))?;
        sparse(&raw, "X", &counts(), CSR).map(drop)
    })
}

fn raw() -> Vec<Row> {
    vec![
        read("raw without feature types, var with them", with_raw(&[0, 1, 2, 3, 4, 5, 6, 7, 8])).to(without(is_other)),
        read("raw of more genes than var, which has feature types", with_raw(&[0, 7, 1, 3])).to(without(is_other)),
    ]
}

/// Returns a function that creates a file with ids in the index and, optionally, a column of genomes.
fn of_genomes(ids: Vec<String>, genomes: Option<Vec<&'static str>>) -> impl FnOnce(&Path) + Send {
    forged(move |file: &File| {
        frame(file, "obs", &strs(&cells()))?;
        match &genomes {
            Some(genomes) => {
                let var = frame_with(file, "var", &strs(&ids), &["genome"])?;
                texts(&var, "genome", genomes, Text::Utf8);
            }
            None => drop(frame(file, "var", &strs(&ids))?),
        }
        usual_x(file)
    })
}

fn species() -> Vec<Row> {
    let is_mouse = |n: usize| n % 3 == 1;
    let barnyard = |prefix: [&str; 2]| -> Vec<String> {
        let [human, mouse] = prefix;
        let mouse = |n: usize| format!("{mouse}ENSMUSG{n:011}");
        (0..9).map(|n| if is_mouse(n) { mouse(n) } else { format!("{human}{}", gene(GENES[n])) }).collect()
    };
    let named = |human: &'static str, mouse: &'static str| -> Vec<&'static str> {
        (0..9).map(|n| if is_mouse(n) { mouse } else { human }).collect()
    };
    let row =
        |name: &str, make| read(name, make).to(without(is_mouse)).warned(&["3 genes are of another species (mouse)"]);
    let mut transgene = barnyard(["", ""]);
    transgene[1] = "tdTomato".into();
    transgene[2] = "GFP".into();
    let mut columns: Vec<_> = ids().into_iter().enumerate().map(|(n, id)| (!is_mouse(n)).then_some(id)).collect();
    columns[2] = Some("GFP".into());
    let with_gfp = Cells::of_columns(cells(), &columns, &counts());
    let two_human = (0..9).map(|n| if n < 5 { "GRCh38" } else { "gencode_v43_premrna" }).collect();
    vec![
        row("man and mouse, read by scanpy", of_genomes(barnyard(["", ""]), Some(named("GRCh38", "mm10")))),
        row("man and mouse, genomes of any name", of_genomes(barnyard(["", ""]), Some(named("T2T", "mm39")))),
        row("man and mouse, no genomes named", of_genomes(barnyard(["", ""]), None)),
        row("man and mouse, prefixed and no genomes named", of_genomes(barnyard(["hs1_", "mm39___"]), None)),
        read("a transgene goes with its genome", of_genomes(transgene, Some(named("a", "b")))).to(with_gfp),
        read("genes of two human references", of_genomes(ids(), Some(two_human))).without(&["another species"]),
        read("human genes with the genome name mm10", of_genomes(ids(), Some(named("GRCh38", "mm10"))))
            .without(&["another species"]),
    ]
}
