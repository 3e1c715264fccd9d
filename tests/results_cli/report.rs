//! Reports: the numbers of a page are those of the exported tables, and text from files stays text.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
};

use castui::matrix::Matrix;
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Value;

use crate::world::{World, records, said};

/// Parses a page, which must be well-formed XML.
fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}"))
}

/// A table of a page: the texts of its cells, and their exact values where they have one.
struct PageTable {
    rows: Vec<Vec<String>>,
    values: Vec<Vec<Option<f64>>>,
}

fn text_of(node: Node<'_, '_>) -> String {
    let is_id = |node: &Node<'_, '_>| node.ancestors().any(|above| above.attribute("class") == Some("id"));
    node.descendants().filter(|node| node.is_text() && !is_id(node)).filter_map(|node| node.text()).collect()
}

impl PageTable {
    fn of(document: &Document<'_>, id: &str) -> Self {
        let table = document.descendants().find(|node| {
            node.has_tag_name(("http://www.w3.org/1999/xhtml", "table")) && node.attribute("id") == Some(id)
        });
        let table = table.unwrap_or_else(|| panic!("no table {id}"));
        let rows = table.descendants().filter(|node| node.tag_name().name() == "tr").skip(1);
        let cells = |row: Node<'_, '_>| -> Vec<(String, Option<f64>)> {
            row.children()
                .filter(Node::is_element)
                .map(|cell| {
                    let data = cell.descendants().find(|node| node.tag_name().name() == "data");
                    (text_of(cell), data.map(|data| data.attribute("value").unwrap().parse().unwrap()))
                })
                .collect()
        };
        let (mut texts, mut values) = (Vec::new(), Vec::new());
        for row in rows {
            let (text, value): (Vec<_>, Vec<_>) = cells(row).into_iter().unzip();
            texts.push(text);
            values.push(value);
        }
        Self { rows: texts, values }
    }

    /// Returns the exact number of each row in a column, by the text of the first column.
    fn numbers(&self, column: usize) -> BTreeMap<String, f64> {
        let rows = self.rows.iter().zip(&self.values);
        rows.filter_map(|(row, values)| Some((row[0].clone(), values[column]?))).collect()
    }
}

/// Returns the number of rows with each value.
fn counts<'a>(values: impl Iterator<Item = &'a str>) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value.to_owned()).or_default() += 1.0);
    counts
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// The columns of an exported table with a row for each cell.
struct Cells {
    records: Vec<csv::StringRecord>,
}

impl Cells {
    fn column(&self, name: &str) -> Vec<&str> {
        let place = self.records[0].iter().position(|column| column == name).unwrap_or_else(|| panic!("{name}"));
        self.records.iter().skip(1).map(|row| &row[place]).collect()
    }
}

/// Writes a page and the tables of the same calls.
async fn page_and_cells(world: &World, more: &[&str]) -> (String, Cells) {
    let report = [
        "report",
        "query.castui",
        "--html",
        "--cluster-label",
        "louvain",
        "--truth",
        "cell_type",
        "--force",
        "-o",
        "page.html",
    ];
    world.well(&[&report[..], more].concat()).await;
    let export =
        ["export", "query.castui", "--format", "cells-csv", "--cluster-label", "louvain", "--force", "-o", "cells.csv"];
    world.well(&[&export[..], more].concat()).await;
    (world.read("page.html"), Cells { records: records(&world.read("cells.csv")) })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_of_a_page_equal_the_exported_tables() {
    let world = World::annotated().await;
    for more in [&[][..], &["--call-rule", "best-path", "--min-acceptable-score", "0.6"]] {
        let (page, cells) = page_and_cells(&world, more).await;
        let document = parsed(&page);
        let labels = cells.column("cas_cell_type_label_1");
        let expected = counts(labels.iter().copied());
        let types = PageTable::of(&document, "cell-types");
        assert_eq!(types.numbers(1), expected);
        assert_eq!(types.numbers(2), expected.iter().map(|(label, cells)| (label.clone(), cells / 221.0)).collect());
        let mut scores: HashMap<&str, Vec<f64>> = HashMap::new();
        for (label, score) in
            labels.iter().zip(cells.column("cas_cell_type_score_1")).filter(|(_, score)| !score.is_empty())
        {
            scores.entry(label).or_default().push(score.parse().unwrap());
        }
        let medians = scores.into_iter().map(|(label, scores)| (label.to_owned(), median(scores))).collect();
        assert_eq!(types.numbers(3), medians);
        let flags = cells.column("cas_cell_type_flags");
        let doubtful = labels.iter().zip(&flags).filter(|(_, flags)| !flags.is_empty()).map(|(label, _)| *label);
        let found = types.numbers(4).into_iter().filter(|(_, cells)| *cells > 0.0).collect();
        assert_eq!(counts(doubtful), found);
        let reasons = flags.iter().flat_map(|flags| flags.split("; ")).filter(|flag| !flag.is_empty());
        let found: BTreeMap<_, _> = PageTable::of(&document, "doubtful-reasons").numbers(2);
        assert_eq!(counts(reasons), found.into_iter().filter(|(_, cells)| *cells > 0.0).collect());
        groups_are_equal(&document, &world, &cells);
    }
}

/// Compares the groups of a page with an independent count.
fn groups_are_equal(document: &Document<'_>, world: &World, cells: &Cells) {
    let louvain = Matrix::open(&world.path("query.h5ad")).unwrap().obs_column("louvain").unwrap();
    let groups: Vec<String> = (0..221).map(|row| louvain.text(row).unwrap()).collect();
    let labels = cells.column("cas_cell_type_label_1");
    let pairs: Vec<String> = groups.iter().zip(&labels).map(|(group, label)| format!("{group}/{label}")).collect();
    let (expected, sizes) = (counts(pairs.iter().map(String::as_str)), counts(groups.iter().map(String::as_str)));
    let table = PageTable::of(document, "composition-table-1");
    assert_eq!(table.numbers(1).into_iter().filter(|(group, _)| !group.is_empty()).collect::<BTreeMap<_, _>>(), sizes);
    let (mut group, mut found) = (String::new(), BTreeMap::new());
    for (row, values) in table.rows.iter().zip(&table.values) {
        group = if row[0].is_empty() { group } else { row[0].clone() };
        assert!((values[4].unwrap() - values[3].unwrap() / sizes[&group]).abs() < 1e-15);
        found.insert(format!("{group}/{}", row[2]), values[3].unwrap());
    }
    // Groups have fewer than 100 cells, so no type has less than 1 %.
    assert_eq!(found, expected);
    let called = cells.column("cas_cluster_type_label_1");
    let scores = cells.column("cas_cluster_type_score_1");
    let table = PageTable::of(document, "group-calls-table");
    for (row, values) in table.rows.iter().zip(&table.values) {
        let cell = groups.iter().position(|group| *group == row[0]).unwrap();
        assert_eq!((row[2].as_str(), values[3].unwrap()), (called[cell], scores[cell].parse().unwrap()));
    }
    assert_eq!(table.rows.len(), sizes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_and_the_comparison_of_a_page_equal_the_commands() {
    let world = World::annotated().await;
    let (page, cells) = page_and_cells(&world, &[]).await;
    let document = parsed(&page);
    let tree: Value = serde_json::from_str(&world.well(&["tree", "query.castui", "--json"]).await).unwrap();
    let mut expected = BTreeMap::new();
    let mut open = vec![&tree["tree"]];
    while let Some(node) = open.pop() {
        let number = |key: &str| node[key].as_f64().unwrap();
        expected.insert(node["cell_type"].as_str().unwrap().to_owned(), (number("score"), number("fraction")));
        open.extend(node["children"].as_array().unwrap());
    }
    let table = PageTable::of(&document, "ontology-table");
    let called = counts(cells.column("cas_cell_type_label_1").into_iter());
    let mut found = BTreeMap::new();
    for (row, values) in table.rows.iter().zip(&table.values) {
        let label = row[0].trim_end_matches(" (see above)").to_owned();
        assert_eq!(values[3], called.get(&label).copied(), "{label}");
        found.insert(label, (values[1].unwrap(), values[2].unwrap()));
    }
    assert_eq!(found, expected);
    let benchmark = ["benchmark", "query.castui", "--truth", "cell_type", "-o", "b", "--json"];
    let json: Value = serde_json::from_str(&world.well(&benchmark).await).unwrap();
    let measures = PageTable::of(&document, "comparison-measures");
    let of = |key: &str| json["runs"][0]["by_k"][0][key].as_f64().unwrap();
    let expected = [221.0, of("tp") / 221.0, of("f1_macro"), of("f1_weighted"), of("h_f1_micro")];
    assert_eq!(measures.values[0][1..6].iter().map(|value| value.unwrap()).collect::<Vec<_>>(), expected);
    let known = Matrix::open(&world.path("query.h5ad")).unwrap().obs_column("cell_type").unwrap();
    let known: Vec<String> = (0..221).map(|row| known.text(row).unwrap()).collect();
    let same = known.iter().zip(cells.column("cas_cell_type_label_1")).filter(|(known, called)| known == called);
    let types = PageTable::of(&document, "comparison-types");
    assert_eq!(types.numbers(1), counts(known.iter().map(String::as_str)));
    assert_eq!(types.numbers(2).values().sum::<f64>(), same.count() as f64);
}

/// Returns the tables of a page of Markdown, without the IDs of terms.
fn markdown_tables(page: &str) -> Vec<Vec<String>> {
    let id = |cell: &str| cell.rfind(" (CL:").filter(|_| cell.ends_with(')')).map_or(cell.len(), |end| end);
    let cell = |cell: &str| {
        let cell = cell.trim().trim_start_matches('\u{2003}').replace('\\', "");
        cell[..id(&cell)].to_owned()
    };
    let rows = page.lines().filter(|line| line.starts_with("| "));
    rows.map(|row| row.trim_matches('|').split(" | ").map(cell).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn markdown_and_html_show_the_same_numbers() {
    let world = World::annotated().await;
    let report = ["report", "query.castui", "--cluster-label", "louvain", "--truth", "cell_type"];
    let page = world.well(&[&report[..], &["--html"]].concat()).await;
    let markdown = markdown_tables(&world.well(&report).await);
    let document = parsed(&page);
    let ids = [
        "cell-types",
        "composition-table-1",
        "group-calls-table",
        "doubtful-reasons",
        "doubtful-kinds",
        "comparison-measures",
        "comparison-types",
    ];
    for id in ids {
        for row in PageTable::of(&document, id).rows.iter().take(30) {
            assert!(markdown.contains(row), "{id}: {row:?}");
        }
    }
    let methods =
        |text: &str| text.split("Cells were annotated on").nth(1).unwrap().split("(coarse)").next().unwrap().to_owned();
    assert!(page.contains("Each cell was assigned the deepest term that scores at least 0.20"));
    assert_eq!(methods(&page).len(), methods(&world.well(&report).await).replace('\\', "").len());
}

#[tokio::test(flavor = "multi_thread")]
async fn inferred_calls_stand_apart() {
    let world = World::new().await;
    world.well(&["annotate", "query.h5ad", "--sample", "40%", "--by", "sketch", "-o", "part.castui"]).await;
    world.well(&["infer", "part.castui", "-o", "all.csv"]).await;
    let all = Cells { records: records(&world.read("all.csv")) };
    let labels = all.column("castui_cell_type");
    let of_source = |wanted: &str| -> BTreeMap<String, f64> {
        let labels = labels.iter().zip(all.column("castui_source")).filter(|(_, source)| *source == wanted);
        counts(labels.map(|(label, _)| label.trim_end_matches(" (inferred)")))
    };
    let page = world.well(&["report", "part.castui", "--html", "--truth", "cell_type"]).await;
    let document = parsed(&page);
    let types = PageTable::of(&document, "cell-types");
    let positive = |numbers: BTreeMap<String, f64>| -> BTreeMap<String, f64> {
        numbers.into_iter().filter(|(_, cells)| *cells > 0.0).collect()
    };
    assert_eq!(positive(types.numbers(1)), of_source("annotated"));
    assert_eq!(positive(types.numbers(5)), of_source("inferred"));
    assert!(types.rows.iter().all(|row| row[5].is_empty() || row[5].starts_with('~')), "{:?}", types.rows);
    let measures = PageTable::of(&document, "comparison-measures");
    assert_eq!([&measures.rows[0][0], &measures.rows[1][0]], ["annotated", "~inferred"]);
    assert_eq!(measures.values[1][1], Some(of_source("inferred").values().sum()));
    assert!(page.contains("call (~ inferred)"), "the map shows inferred cells with a mark");
    assert!(page.contains("When annotated cells were inferred from the others in the same way"), "{page}");
    let other = world.castui(&["report", "part.castui", "--html", "--min-acceptable-score", "0.5"]).await;
    let other = String::from_utf8(other.stdout).unwrap();
    assert!(other.contains("Inferred calls are left out: the inferred calls of part.castui were made with"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_of_files_columns_and_groups_stay_text() {
    const NAME: &str = "\"><script>alert(1)<";
    let world = World::new().await;
    let file = format!("{NAME}\u{202e}.h5ad").replace('/', "");
    fs::rename(world.path("query.h5ad"), world.path(&file)).unwrap();
    world.well(&["annotate", &file, "-o", "run"]).await;
    let names = Matrix::open(&world.path(&file)).unwrap().cell_names().unwrap();
    let group = |row: usize| {
        if row.is_multiple_of(2) { "</td><img src=x onerror=alert(1)>" } else { "a\u{1b}[31m & 'b' \u{2066}" }
    };
    let lines: String = names.iter().enumerate().map(|(row, name)| format!("{name},{}\n", group(row))).collect();
    fs::write(world.path("t.csv"), format!("barcode,x' onload=alert(1)\n{lines}")).unwrap();
    let report = ["report", "run", "--obs", "t.csv", "--cluster-label", "x' onload=alert(1)", "--html"];
    let page = world.well(&report).await;
    let document = parsed(&page);
    let allowed = [
        "id",
        "class",
        "style",
        "scope",
        "value",
        "href",
        "content",
        "name",
        "charset",
        "http-equiv",
        "rel",
        "lang",
        "aria-label",
    ];
    for node in document.descendants().filter(Node::is_element) {
        assert!(!["script", "img", "iframe", "object", "b"].contains(&node.tag_name().name()), "{node:?}");
        for attribute in node.attributes() {
            let of_figure = node.ancestors().any(|above| above.tag_name().name() == "svg");
            assert!(of_figure || allowed.contains(&attribute.name()), "{node:?}: {attribute:?}");
        }
    }
    let texts: String = document.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    for text in [
        "\"><script>alert(1)<\u{fffd}.h5ad",
        "</td><img src=x onerror=alert(1)>",
        "a\u{fffd}[31m & 'b' \u{fffd}",
        "x' onload=alert(1)",
    ] {
        assert!(texts.contains(text), "{text}");
    }
    let markdown = world.well(&report[..6]).await;
    assert!(!markdown.contains("<script>alert") || markdown.contains("\\<script>alert"), "{markdown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_needs_neither_the_file_nor_clusters() {
    let world = World::annotated().await;
    fs::rename(world.path("query.h5ad"), world.path("moved.h5ad")).unwrap();
    let page = world.well(&["report", "query.castui", "--html"]).await;
    assert!(
        page.contains("Parts that need the run&#39;s file are left out")
            || page.contains("Parts that need the run's file are left out"),
        "{page}"
    );
    assert!(parsed(&page).descendants().all(|node| node.attribute("id") != Some("composition-1")));
    let page = world
        .well(&["report", "query.castui", "--html", "--input", "moved.h5ad", "--by", "cell_type", "--by", "louvain"])
        .await;
    let document = parsed(&page);
    let titles: Vec<String> =
        document.descendants().filter(|node| node.tag_name().name() == "h2").map(text_of).collect();
    assert!(
        titles.contains(&"Composition by cell_type".to_owned())
            && titles.contains(&"Composition by louvain".to_owned()),
        "{titles:?}"
    );
    let command = "castui report query.castui --html --input moved.h5ad --by cell_type --by louvain";
    assert!(page.contains(command), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_run_has_a_page() {
    let world = World::new().await;
    world.well(&["annotate", "query.h5ad", "-o", "s", "--strategy", "summary-statistics"]).await;
    world.well(&["search", "query.h5ad", "-o", "n"]).await;
    for (run, words) in [("s", "Each cell was assigned the cell type of most"), ("n", "no cell type was assigned")] {
        let page = world.well(&["report", run, "--html"]).await;
        parsed(&page);
        assert!(page.contains(words), "{page}");
    }
    let (page, rows) =
        (world.well(&["report", "s", "--html"]).await, world.well(&["calls", "s", "--reduce", "majority-vote"]).await);
    let rows = records(&rows);
    let expected = counts(rows.iter().skip(1).map(|row| &row[1]));
    assert_eq!(PageTable::of(&parsed(&page), "cell-types").numbers(1), expected);
    let output = world.castui(&["report", "s", "--html", "--truth", "cell_type"]).await;
    assert_ne!(output.status.code(), Some(0));
    assert!(said(&output).contains("ontology-aware"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_map_of_a_search_shows_the_named_clusters() {
    let world = World::new().await;
    world.well(&["search", "query.h5ad", "-o", "n"]).await;
    for (arguments, column, label) in
        [(&[][..], "louvain", "10"), (&["--cluster-label", "cell_type"], "cell_type", "B cell")]
    {
        let page = world.well(&[&["report", "n", "--html"], arguments].concat()).await;
        let document = parsed(&page);
        let figure = document.descendants().find(|node| node.attribute("id") == Some("map-figure")).expect("a map");
        let texts: Vec<String> = figure
            .descendants()
            .filter(|node| node.has_tag_name("text") || node.tag_name().name() == "text")
            .map(text_of)
            .collect();
        assert!(texts.iter().any(|text| text == column) && texts.iter().any(|text| text == label), "{texts:?}");
        assert!(text_of(figure).contains(&format!("its group of the column '{column}'")), "{}", text_of(figure));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_figures_and_the_markers_that_were_ranked() {
    let world = World::annotated().await;
    let before = world.well(&["report", "query.castui", "--html"]).await;
    assert!(!before.contains("id=\"markers\""), "no genes were ranked yet");
    let table = records(&world.well(&["markers", "query.castui", "--by", "call", "--top", "5"]).await);
    let page = world.well(&["report", "query.castui", "--html"]).await;
    let document = parsed(&page);
    for id in ["map-figure", "composition-figure-1", "dots-figure"] {
        let figure = document.descendants().find(|node| node.attribute("id") == Some(id));
        let figure = figure.unwrap_or_else(|| panic!("no figure {id}"));
        let svg = figure.descendants().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "svg")));
        assert!(svg.is_some_and(|svg| svg.children().filter(Node::is_element).count() > 10), "{id}");
    }
    let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let place = |name: &str| table[0].iter().position(|column| column == name).unwrap_or_else(|| panic!("{name}"));
    let (group, gene, score) = (place("group"), place("names"), place("scores"));
    for row in table.iter().skip(1).filter(|row| row[score].parse::<f64>().unwrap() > 0.0) {
        expected.entry(row[group].to_owned()).or_default().push(row[gene].to_owned());
    }
    let table = PageTable::of(&document, "marker-genes");
    let (mut name, mut found): (String, BTreeMap<String, usize>) = Default::default();
    for row in &table.rows {
        name = if row[0].is_empty() { name } else { row[0].clone() };
        *found.entry(name.clone()).or_default() += 1;
    }
    assert_eq!(found, expected.into_iter().map(|(group, genes)| (group, genes.len())).collect());
    let markdown = world.well(&["report", "query.castui"]).await;
    assert!(markdown.contains("## Marker genes") && !markdown.contains("<svg"), "{markdown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_a_table_reach_the_report() {
    let world = World::annotated().await;
    let matrix = Matrix::open(&world.path("query.h5ad")).unwrap();
    let (names, types) = (matrix.cell_names().unwrap(), matrix.obs_column("cell_type").unwrap());
    let line = |row: usize| format!("{},\"{}\",c{}\n", names[row], types.text(row).unwrap_or_default(), row % 3);
    let listed: Vec<usize> = (0..names.len()).filter(|row| row % 5 != 0).collect();
    let lines: String = listed.iter().map(|row| line(*row)).collect();
    fs::write(world.path("obs.csv"), format!("barcode,known,group\n{lines}")).unwrap();
    let report = ["report", "query.castui", "--html", "--obs", "obs.csv", "--truth", "known", "--by", "group"];
    let page = world.well(&report).await;
    let document = parsed(&page);
    let measures = PageTable::of(&document, "comparison-measures");
    assert_eq!(measures.values[0][1], Some(listed.len() as f64));
    let benchmark = ["benchmark", "query.castui", "--obs", "obs.csv", "--truth", "known", "-o", "b", "--json"];
    let json: Value = serde_json::from_str(&world.well(&benchmark).await).unwrap();
    assert_eq!(measures.values[0][3], json["runs"][0]["by_k"][0]["f1_macro"].as_f64());
    let groups = counts(listed.iter().map(|row| ["c0", "c1", "c2"][row % 3]));
    let sizes = PageTable::of(&document, "composition-table-1").numbers(1);
    assert_eq!(sizes.into_iter().filter(|(group, _)| !group.is_empty()).collect::<BTreeMap<_, _>>(), groups);
    assert!(page.contains("castui report query.castui --html --obs obs.csv --by group --truth known"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clustering_by_castui_is_described_and_cited() {
    let world = World::annotated().await;
    let before = world.well(&["report", "query.castui", "--html"]).await;
    assert!(!before.contains("Leiden clustering"), "{before}");
    world.well(&["cluster", "query.castui", "--n-top-genes", "150", "--n-pcs", "10", "--n-neighbors", "10"]).await;
    let page = world.well(&["report", "query.castui", "--html", "--by", "castui_leiden"]).await;
    for words in ["Leiden clustering (resolution 1)", "https://doi.org/10.1038/s41598-019-41695-z"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marker_genes_of_a_report_have_the_numbers_of_the_markers_command() {
    let world = World::annotated().await;
    let rows = records(&world.well(&["markers", "query.castui", "--by", "call", "--top", "5"]).await);
    let place = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    let [group, symbol, score, fold, p] = ["group", "gene_symbol", "scores", "logfoldchanges", "pvals_adj"].map(place);
    let number = |row: &csv::StringRecord, column: usize| row[column].parse::<f64>().unwrap();
    let expected: Vec<(String, String, f64, f64)> = rows[1..]
        .iter()
        .filter(|row| number(row, score) > 0.0)
        .map(|row| (row[group].to_owned(), row[symbol].to_owned(), number(row, fold), number(row, p)))
        .collect();
    assert!(expected.len() > 10);
    world.well(&["report", "query.castui", "--html", "-o", "page.html"]).await;
    let page = world.read("page.html");
    let document = parsed(&page);
    let table = PageTable::of(&document, "marker-genes");
    let (mut name, mut found) = (String::new(), Vec::new());
    for (row, values) in table.rows.iter().zip(&table.values) {
        name = if row[0].is_empty() { name } else { row[0].clone() };
        found.push((name.clone(), row[2].clone(), values[3].unwrap(), values[4].unwrap()));
    }
    assert_eq!(found, expected);
    let markdown = world.well(&["report", "query.castui"]).await;
    let (_, gene, fold, _) = &expected[0];
    assert!(markdown.contains(&format!("| {gene} | {fold:.2} |")), "{markdown}");
    for text in [&page, &markdown] {
        assert!(
            text.contains("Marker genes of each call were ranked by Welch") && text.contains("Benjamini and Hochberg")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_a_report_names_no_port_of_a_service_that_is_gone() {
    let world = World::annotated().await;
    for html in [&[][..], &["--html"]] {
        let page = world.well(&[&["report", "query.castui"][..], html].concat()).await;
        let commands = page.split("This command annotates the cells").nth(1).unwrap();
        let commands = commands.split("This command writes this report").next().unwrap();
        assert!(commands.contains("--server http://127.0.0.1:PORT"), "{commands}");
        assert!(!commands.contains(&world.service.url().to_string()), "{commands}");
        // Markdown writes an underscore after a backslash.
        let commands = commands.replace('\\', "");
        assert!(commands.contains("castui serve") && commands.contains("CAS_API_TOKEN"), "{commands}");
    }
}
