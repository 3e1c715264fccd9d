use std::{fs, path::PathBuf};

use super::*;
use crate::matrix::{Added, Column, Matrix};

fn written(text: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn read(text: impl AsRef<[u8]>) -> Result<ObsTable, Error> {
    ObsTable::read(&written(text).1, &KeyColumn::First, &[])
}

fn refused(text: impl AsRef<[u8]>) -> String {
    let (_folder, path) = written(text);
    ObsTable::read(&path, &KeyColumn::First, &[]).unwrap_err().to_string()
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

fn texts(added: &Added, column: &str) -> Vec<Option<String>> {
    let (_, column) = added.columns.iter().find(|(name, _)| name == column).unwrap();
    (0..column.len()).map(|row| column.text(row)).collect()
}

const TABLE: &str = "barcode,cluster,label,score,keep,UMAP_1,UMAP_2\n\
    C3,10,\"T cell, CD4+\",0.5,True,1.5,-2\n\
    C1,2,NA,1e-3,False,0.25,30\n\
    X9,2,B cell,,True,7,8\n\
    C4,,\"said \"\"B\"\"\",nan,,,\n";

#[test]
fn values_are_joined_by_name_with_the_types_of_the_table() {
    let (_folder, path) = written(TABLE);
    let table = ObsTable::read(&path, &KeyColumn::First, &[]).unwrap();
    let added = table.join(&names(["C1", "C2", "C3", "C4", "C1"]));
    let kinds: Vec<_> = added.columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(kinds, ["cluster", "label", "score", "keep"]);
    let column = |place: usize| &added.columns[place].1;
    assert_eq!(*column(0), Column::Integer(vec![Some(2), None, Some(10), None, Some(2)]));
    let Column::Categorical { categories, .. } = column(1) else { panic!("labels are categories") };
    assert_eq!(*categories, ["T cell, CD4+", "said \"B\""], "of these cells, without the missing value");
    assert_eq!(texts(&added, "label")[2..4], [Some("T cell, CD4+".to_owned()), Some("said \"B\"".to_owned())]);
    let Column::Real(scores) = column(2) else { panic!("scores are numbers") };
    assert!(scores[0] == 1e-3 && scores[1].is_nan() && scores[2] == 0.5 && scores[3].is_nan());
    assert_eq!(*column(3), Column::Boolean(vec![Some(false), None, Some(true), None, Some(false)]));
    let (name, points) = &added.embeddings[0];
    assert_eq!((name.as_str(), points[0], points[2]), ("X_umap", [0.25, 30.0], [1.5, -2.0]));
    assert!(points[1][0].is_nan() && points[3][1].is_nan());
    let found = &added.sources[0];
    assert_eq!((found.found, found.cells, found.unknown), (4, 5, 1));
    let said = found.to_string();
    assert!(
        said.starts_with("4 of 5 cells found in ") && said.ends_with("; 1 row of the table names no cell"),
        "{said}"
    );
}

#[test]
fn separators_line_ends_and_marks_of_all_programs_are_read() {
    let plain = read("id,cluster,label\nC1,1,a\nC2,2,b\n").unwrap().join(&names(["C2", "C1"]));
    let quoted = "\u{feff}\"id\",\"cluster\",\"label\"\r\n\"C1\",\"1\",\"a\"\r\n\"C2\",\"2\",\"b\"\r\n";
    // As by `write.table` of R: the column with the names has no header.
    let of_r = "\"cluster\"\t\"label\"\n\"C1\"\t1\t\"a\"\n\"C2\"\t2\t\"b\"\n";
    let portal = "NAME\tcluster\tlabel\nTYPE\tgroup\tgroup\nC1\t1\ta\nC2\t2\tb";
    for text in [quoted, of_r, portal, "id;cluster;label\nC1;1;a\n\nC2;2;b"] {
        let joined = read(text).unwrap().join(&names(["C2", "C1"]));
        assert_eq!((&joined.columns, joined.sources[0].found), (&plain.columns, 2), "{text:?}");
    }
    let packed = zstd::encode_all("id,cluster,label\nC1,1,a\nC2,2,b\n".as_bytes(), 1).unwrap();
    assert_eq!(read(packed).unwrap().join(&names(["C2", "C1"])).columns, plain.columns);
}

#[test]
fn the_column_with_the_names_can_be_chosen() {
    let (_folder, path) = written("row,barcode,label,label\n0,C1,a,x\n1,C2,b,y\n");
    let by_barcode = ObsTable::read(&path, &KeyColumn::Named("barcode".into()), &[]).unwrap();
    let added = by_barcode.join(&names(["C2"]));
    let columns: Vec<&str> = added.columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((columns, added.sources[0].found), (vec!["row", "label", "label.1"], 1));
    let missing = ObsTable::read(&path, &KeyColumn::Named("cell".into()), &[]).unwrap_err().to_string();
    assert!(missing.ends_with("has no column 'cell'; it has: row, barcode, label, label.1"), "{missing}");
    let by_row = ObsTable::read(&path, &KeyColumn::First, &[]).unwrap().join(&names(["C1", "C2"]));
    assert!(by_row.columns.is_empty(), "a table without any of the cells adds nothing");
    let said = by_row.sources[0].to_string();
    assert!(said.ends_with("the column 'barcode' has 2 of the names"), "{said}");
}

#[test]
fn a_suffix_that_differs_is_named() {
    let table = read("id,cluster\nAAAC,1\nAAAG,2\nAAAT-1,3\n").unwrap();
    let found = table.join(&names(["AAAC-1", "AAAG-1", "AAAT-1"]));
    let said = found.sources[0].to_string();
    assert!(said.contains("1 of 3 cells") && said.contains("2 rows of the table name no cell"), "{said}");
    assert!(
        said.contains("3 would be found without suffixes such as -1: the file has AAAC-1, the table AAAC;"),
        "{said}"
    );
}

#[test]
fn coordinates_are_recognized_by_name_or_named() {
    let (_folder, path) =
        written("id,X Coordinate,Y Coordinate,wnnUMAP-1,wnnUMAP-2,tSNE_x,tSNE_y,PC_1,PC_2\nC1,1,2,3,4,5,6,7,8\n");
    let pair = "X Coordinate,Y Coordinate".parse().unwrap();
    let added = ObsTable::read(&path, &KeyColumn::First, &[pair]).unwrap().join(&names(["C1"]));
    let found: Vec<(&str, [f32; 2])> =
        added.embeddings.iter().map(|(name, points)| (name.as_str(), points[0])).collect();
    assert_eq!(found, [("X_labels", [1.0, 2.0]), ("X_wnnumap", [3.0, 4.0]), ("X_tsne", [5.0, 6.0])]);
    let columns: Vec<&str> = added.columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(columns, ["PC_1", "PC_2"]);
    let (_folder, path) = written("id,UMAP_1,UMAP_2\nC1,1,left\n");
    let words = ObsTable::read(&path, &KeyColumn::First, &[]).unwrap().join(&names(["C1"]));
    assert!(words.embeddings.is_empty() && words.columns.len() == 2, "text is no coordinate");
    let named = ObsTable::read(&path, &KeyColumn::First, &["UMAP_1,UMAP_2".parse().unwrap()]).unwrap_err().to_string();
    assert!(named.contains("'UMAP_2'") && named.contains("'left'"), "{named}");
    assert!("UMAP_1".parse::<CoordinateColumns>().is_err() && "a,a".parse::<CoordinateColumns>().is_err());
}

#[test]
fn tables_that_cannot_be_joined_are_refused_with_the_line() {
    let said = refused("id,label\nC1,a\n\nC2,b\nC1,c\n");
    assert!(said.contains("two rows of cell C1, in lines 2 and 5"), "{said}");
    let said = refused("id,label\nC0,a\nC1,T cell, CD4\n");
    assert!(said.starts_with("line 3 of ") && said.contains("3 fields, but the header has 2"), "{said}");
    assert!(refused("id,label\n").contains("no rows below its header"));
    assert!(refused("").contains("no rows below its header"));
    assert!(refused("barcode\nC1\n").contains("a single column"));
    assert!(refused(b"\xff\xfei\0d\0").contains("UTF-16"));
    let said = refused("id,\u{1b}[31m\n\u{1b}[2J,1\n\u{1b}[2J,2\n");
    assert!(!said.contains('\u{1b}'), "{said}");
    let link = written("id,a\nC1,1\n").0;
    assert!(ObsTable::read(link.path(), &KeyColumn::First, &[]).is_err(), "a folder");
}

#[test]
fn a_column_of_the_file_keeps_its_name_and_a_subset_has_its_rows() {
    let demo = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
    let (cells, own) = (demo.cell_names().unwrap(), demo.obs_columns());
    let taken = &own[0].name;
    let rows = cells.iter().enumerate().filter(|(row, _)| row % 3 == 0);
    let text: String = rows.map(|(row, name)| format!("{name},{row},{}\n", row % 2)).collect();
    let table = read(format!("cell,number,{taken}\n{text}")).unwrap();
    let joined = demo.with_tables(&std::iter::once(table).collect());
    assert_eq!(joined.obs_columns().len(), own.len() + 2);
    assert_eq!(joined.own_obs_columns(), own);
    let expected = (0..cells.len() as i64).map(|row| (row % 3 == 0).then_some(row)).collect();
    assert_eq!(joined.obs_column("number").unwrap(), Column::Integer(expected));
    assert!(matches!(joined.obs_column(&format!("{taken}_2")).unwrap(), Column::Integer(_)));
    let part = joined.subset(crate::matrix::RowSubset::new(vec![2, 3, 6])).unwrap();
    assert_eq!(part.obs_column("number").unwrap(), Column::Integer(vec![None, Some(3), Some(6)]));
}
