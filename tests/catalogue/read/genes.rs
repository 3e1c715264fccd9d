//! Gene ids: their places and spellings.

use hdf5::Group;

use crate::{
    counts::{Cells, GENES, cells, counts, gene, ids},
    forge::{Text, texts},
    parts::{categorical, forged, frame, frame_with, nullable_texts, strs, usual_x},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    [columns(), spellings()].into_iter().flatten().collect()
}

/// Returns a function that creates a file with symbols in the index of var and a column added by a closure.
fn with_column(
    name: &'static str,
    put: impl FnOnce(&Group) -> hdf5::Result<()> + Send,
) -> impl FnOnce(&std::path::Path) + Send {
    forged(move |file| {
        frame(file, "obs", &strs(&cells()))?;
        let symbols: Vec<_> = GENES.iter().map(|number| format!("SYM{number}")).collect();
        put(&frame_with(file, "var", &strs(&symbols), &["highly_variable_not_there", name])?)?;
        usual_x(file)
    })
}

fn columns() -> Vec<Row> {
    let named = |name: &'static str| {
        let make = with_column(name, move |var| {
            texts(var, name, &strs(&ids()), Text::Utf8);
            Ok(())
        });
        read(format!("ids in the column {name}"), make)
    };
    let names = ["gene_ids", "gene_id", "feature_id", "ensembl", "Ensembl_ID", "id", "accession", "anything"];
    let categories = with_column("gene_ids", |var| {
        let codes: Vec<f64> = (0..9).map(f64::from).collect();
        categorical(var, "gene_ids", &codes, &strs(&ids()))
    });
    let nullable = with_column("gene_ids", |var| nullable_texts(var, "gene_ids", &strs(&ids()), &[0.0; 9]));
    let asked = with_column("gene_ids", |var| {
        texts(var, "gene_ids", &strs(&ids()), Text::Utf8);
        Ok(())
    });
    let mut rows: Vec<_> = names.map(named).into();
    rows.push(read("ids in a column of categories", categories));
    rows.push(read("ids in a column that may be missing", nullable));
    rows.push(read("ids in the requested column", asked).of_ids("gene_ids"));
    rows.push(missing_ids());
    rows
}

/// Tests missing ids: those genes count in the totals only.
fn missing_ids() -> Row {
    let mask = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
    let make = with_column("gene_ids", move |var| nullable_texts(var, "gene_ids", &strs(&ids()), &mask));
    let column = |(id, mask)| Some(if mask == 1.0 { String::new() } else { id });
    let columns: Vec<_> = ids().into_iter().zip(mask).map(column).collect();
    read("some ids are missing", make)
        .to(Cells::of_columns(cells(), &columns, &counts()))
        .warned(&["2 genes have no id", "they are dropped, but count in each cell's total"])
}

/// Returns a function that creates a file with these ids in the index.
fn written(ids: Vec<String>) -> impl FnOnce(&std::path::Path) + Send {
    forged(move |file| {
        frame(file, "obs", &strs(&cells()))?;
        frame(file, "var", &strs(&ids))?;
        usual_x(file)
    })
}

fn spellings() -> Vec<Row> {
    let spelled = |name: &str, words: &'static [&'static str], spell: fn(&str) -> String| {
        read(name, written(ids().iter().map(|id| spell(id)).collect())).warned(words)
    };
    let mut rows = vec![
        spelled("ids with versions", &["version suffix"], |id| format!("{id}.12")),
        spelled("ids with the genome, GRCh38_", &["genome prefix"], |id| format!("GRCh38_{id}")),
        spelled("ids with the genome, GRCh38___", &["genome prefix"], |id| format!("GRCh38___{id}")),
        spelled("ids with the genome, hg19_", &["genome prefix"], |id| format!("hg19_{id}")),
        spelled("ids with genome and version", &["genome prefix"], |id| format!("GRCh38_{id}.7")),
        spelled("ids in lower case", &["case or spaces"], str::to_lowercase),
        spelled("ids with spaces", &["case or spaces"], |id| format!(" {id}  ")),
    ];
    rows.extend([twice(), par_y()]);
    rows
}

/// Tests repeated ids: their counts are summed.
fn twice() -> Row {
    let numbers = [9, 1, 7, 5, 4, 2, 11, 9, 1];
    let make = written(numbers.iter().map(|&number| gene(number)).collect());
    read("repeated ids", make).to(Cells::of(cells(), &numbers, &counts())).warned(&["occur more than once", "summed"])
}

/// Tests ids of the copies on Y. They are neither genes of the model nor equal to the genes on X.
fn par_y() -> Row {
    let mut ids = ids();
    ids[1] = format!("{}_PAR_Y", ids[0]);
    ids[2] = format!("{}.4_PAR_Y", ids[0]);
    let columns: Vec<_> = ids.iter().cloned().map(Some).collect();
    read("copies on Y", written(ids)).to(Cells::of_columns(cells(), &columns, &counts())).warned(&["_PAR_Y"])
}
