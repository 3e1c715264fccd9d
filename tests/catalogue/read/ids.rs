//! Gene ids that a concatenation has split over several columns, or that are embedded in other text.

use std::path::Path;

use hdf5::File;

use crate::{
    counts::{Cells, GENES, cells, columns, counts, each, ids},
    forge::{Text, texts},
    parts::{CSR, forged, frame, frame_with, sparse, strs, usual_x},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    [split(), around(), of_raw()].into_iter().flatten().collect()
}

fn symbols() -> Vec<String> {
    GENES.iter().map(|number| format!("SYM{number}")).collect()
}

/// Returns a function that creates a file of symbols whose var has columns of ids.
fn with_columns(columns: Vec<(&'static str, Vec<String>)>) -> impl FnOnce(&Path) + Send {
    forged(move |file: &File| {
        frame(file, "obs", &strs(&cells()))?;
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let var = frame_with(file, "var", &strs(&symbols()), &names)?;
        columns.iter().for_each(|(name, values)| texts(&var, name, &strs(values), Text::Utf8));
        usual_x(file)
    })
}

/// Returns the ids of some genes, and a placeholder for the others.
fn some(is_there: fn(usize) -> bool, nothing: &str) -> Vec<String> {
    ids().into_iter().enumerate().map(|(n, id)| if is_there(n) { id } else { nothing.to_owned() }).collect()
}

fn split() -> Vec<Row> {
    let row = |name: &str, columns| read(name, with_columns(columns)).warned(&["merged from the var columns"]);
    type InGenome = fn(usize) -> bool;
    let (first, second): (InGenome, InGenome) = (|n| n < 6, |n| n > 3);
    let mut other = some(second, "");
    other[5] = "ENSG00000000099".into();
    let lost: Vec<_> = some(first, "").into_iter().map(Some).collect();
    vec![
        row("ids split by a concatenation", vec![("gene_ids-0", some(first, "")), ("gene_ids-1", some(second, ""))]),
        row(
            "ids split by a concatenation of named batches",
            vec![("gene_ids-Harvard-Nuclei", some(first, "nan")), ("gene_ids-Sanger-Cells", some(second, "nan"))],
        ),
        row("ids split twice", vec![("gene_ids-0-0", some(first, "")), ("gene_ids-1", some(second, "NA"))]),
        row("ids split by a merge of pandas", vec![("ensembl_x", some(first, "")), ("ensembl_y", some(second, ""))]),
        row(
            "ids split by a concatenation, with a contradiction",
            vec![("gene_ids-0", some(first, "")), ("gene_ids-1", other)],
        )
        .warned(&["merged from the var columns gene_ids-0, gene_ids-1", "1 genes have different values"]),
        read(
            "ids split by a concatenation, one part is requested",
            with_columns(vec![("gene_ids-0", some(first, "")), ("gene_ids-1", some(second, ""))]),
        )
        .of_ids("gene_ids-0")
        .to(Cells::of_columns(cells(), &lost, &counts()))
        .warned(&["3 genes have no id"]),
        row(
            "missing ids are in another column",
            vec![("gene_ids", some(first, "")), ("gene_ids-1", some(second, "")), ("gene_ids-2", some(second, ""))],
        ),
    ]
}

/// Returns a function that creates a file with these names in the index.
fn named(name: impl Fn(&str, &str) -> String) -> impl FnOnce(&Path) + Send {
    let names: Vec<_> = ids().iter().zip(symbols()).map(|(id, symbol)| name(id, &symbol)).collect();
    forged(move |file: &File| {
        frame(file, "obs", &strs(&cells()))?;
        frame(file, "var", &strs(&names))?;
        usual_x(file)
    })
}

fn around() -> Vec<Row> {
    type Spell = fn(&str, &str) -> String;
    let ways: [(&str, Spell); 10] = [
        ("gene:ID", |id, _| format!("gene:{id}")),
        ("ID_SYMBOL", |id, symbol| format!("{id}_{symbol}")),
        ("ID.VERSION_SYMBOL", |id, symbol| format!("{id}.12_{symbol}")),
        ("SYMBOL_ID", |id, symbol| format!("{symbol}_{id}")),
        ("ID|SYMBOL", |id, symbol| format!("{id}|{symbol}")),
        ("SYMBOL (ID)", |id, symbol| format!("{symbol} ({id})")),
        ("human_ID", |id, _| format!("human_{id}")),
        ("my-reference___ID.VERSION", |id, _| format!("my-reference___{id}.3")),
        ("headers of GENCODE", |id, symbol| format!("ENST00000373031.5|{id}.6|{symbol}-201|retained_intron|")),
        ("ID:SYMBOL:biotype in small letters", |id, symbol| format!("{id}:{symbol}:lncRNA").to_lowercase()),
    ];
    ways.into_iter()
        .map(|(name, spell)| {
            read(format!("ids inside names: {name}"), named(spell)).warned(&["7 genes match by the Ensembl id inside"])
        })
        .collect()
}

/// Tests ids that only raw.var has: they are joined to the genes of a layer.
fn of_raw() -> Vec<Row> {
    let make = forged(|file| {
        frame(file, "obs", &strs(&cells()))?;
        frame(file, "var", &strs(&symbols()))?;
        let layers = file.create_group("layers")?;
        sparse(&layers, "counts", &counts(), CSR)?;
        let logarithms = each(&counts(), |value| (value * 1.7).ln_1p());
        sparse(file, "X", &logarithms, CSR)?;
        let raw = file.create_group("raw")?;
        let order: Vec<usize> = (0..9).rev().collect();
        let backwards = |texts: Vec<String>| order.iter().map(|&place| texts[place].clone()).collect::<Vec<_>>();
        let var = frame_with(&raw, "var", &strs(&backwards(symbols())), &["gene_ids"])?;
        texts(&var, "gene_ids", &strs(&backwards(ids())), Text::Utf8);
        sparse(&raw, "X", &columns(&logarithms, &order), CSR).map(drop)
    });
    vec![read("counts in a layer, ids only in raw.var", make).warned(&["of raw.var, not of var"])]
}
