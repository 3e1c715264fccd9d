//! Benchmarks of the time-critical parts of a run: `cargo bench` uses the demo's cells, `CASTUI_BENCH=FILE.h5ad cargo
//! bench` another file for the parts that read one.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

use std::{
    hint::black_box,
    path::{Path, PathBuf},
};

use castui::{
    api::{Client, ClientOptions},
    chunk::{Chunk, Digest, GeneMap, ValuePolicy, sanitize},
    domain::{FeatureSchema, OntologyAwareOptions, Operation, OperationKind},
    engine::{RunOptions, Service, check::check, preflight::preflight},
    matrix::{CellBlock, ColumnName, CountSource, FeatureKinds, GeneFrame, Matrix, RowSlice, write_image},
    results::{
        Results,
        aggregate::{AggregateOptions, aggregate},
        calls::{CallOptions, call_all},
        cell_set::CellSet,
    },
    server::{self, Reference, ServerOptions, Token},
    store::Run,
    tui::{
        focus::Focus,
        theme::{Background, ColorDepth, Theme},
        widget::{
            WidgetStyle,
            table::{Column, Row, Table},
        },
    },
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ratatui::{Terminal, backend::TestBackend, layout::Constraint};

/// The number of rows per chunk.
const CHUNK: usize = 1000;

fn demo_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/query.h5ad")
}

/// Measures the steps of a file's first chunk up to the encoded upload.
fn upload(bench: &mut Criterion) {
    let path = std::env::var_os("CASTUI_BENCH").map_or_else(demo_file, PathBuf::from);
    let matrix = Matrix::open(&path).unwrap();
    let source = matrix.row_source(&CountSource::X, None).unwrap();
    let cells = 0..CHUNK.min(source.cell_count());
    let rows: RowSlice = source.rows(cells.clone()).unwrap();
    let ids = matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap();
    let schema = FeatureSchema::new("bench", ids.iter().rev().cloned().collect());
    let map = GeneMap::new(&ids, &FeatureKinds::default(), &schema);
    let chunk: Chunk = sanitize(&rows, &map, ValuePolicy::NonNegative).unwrap();
    let frame = GeneFrame::new(schema.ids(), None);

    let mut group = bench.benchmark_group("upload");
    group.throughput(Throughput::Elements(rows.data.len() as u64));
    group.bench_function("inflate and cut out", |run| {
        // The file is opened again for each run, so that no decompressed chunk is cached.
        run.iter(|| {
            let rows = matrix.row_source(&CountSource::X, None).unwrap();
            black_box(rows.rows(cells.clone()).unwrap())
        });
    });
    group.bench_function("align", |run| {
        run.iter(|| sanitize(black_box(&rows), &map, ValuePolicy::NonNegative).unwrap())
    });
    group.bench_function("digest", |run| {
        run.iter(|| {
            let mut digest = Digest::default();
            digest.append(black_box(&chunk));
            digest.finish()
        })
    });
    group
        .bench_function("encode", |run| run.iter(|| write_image(&frame, &CellBlock::from(black_box(&chunk))).unwrap()));
    group.finish();
}

/// Creates a run of the demo's cells in a folder, with the demo's service.
async fn demo_run(folder: &Path) -> Run {
    let token = Token::random();
    let options = ServerOptions {
        references: vec![Reference::demo().unwrap()],
        bind: ([127, 0, 0, 1], 0).into(),
        token: token.clone(),
        weekly_quota: server::DEFAULT_WEEKLY_QUOTA,
        lifetime_quota: None,
        request_log: None,
        simulate: Vec::new(),
    };
    let handle = server::start(options).await.unwrap();
    let client = ClientOptions::new(handle.url().parse().unwrap()).with_token(token.reveal().parse().unwrap());
    let service = Service::new(Client::new(client).unwrap(), None);
    let folder = folder.join("run");
    let operation = Operation::OntologyAware(OntologyAwareOptions::default());
    let options = RunOptions::new(demo_file(), &folder, operation);
    let prepared = preflight(&service, &options).await.prepared.unwrap();
    let outcome = prepared.start(&|_| ()).await.unwrap().outcome().await;
    assert!(outcome.is_complete());
    handle.shutdown().await;
    Run::open(&folder).unwrap()
}

/// Measures the steps from a received answer to a displayed one.
fn answers(bench: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let run = tokio::runtime::Runtime::new().unwrap().block_on(demo_run(folder.path()));
    let chunk = run.manifest().chunks().next().unwrap();
    let (cells, body) = (run.manifest().range(chunk), run.answer(chunk).unwrap());
    let results = Results::open(&run).unwrap();

    let mut group = bench.benchmark_group("answers");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("parse and check", |run| {
        run.iter(|| check(OperationKind::OntologyAware, &cells, black_box(&body)).unwrap());
    });
    group.bench_function("compress", |run| run.iter(|| zstd::encode_all(black_box(body.as_slice()), 1).unwrap()));
    group.bench_function("read back", |run| run.iter(|| results.run().answer(chunk).unwrap()));
    group.throughput(Throughput::Elements(cells.len() as u64));
    group.bench_function("calls", |run| run.iter(|| call_all(&results, CallOptions::default()).unwrap()));
    group.bench_function("tree", |run| {
        run.iter(|| aggregate(&results, &CellSet::All, AggregateOptions::default()).unwrap());
    });
    group.finish();
}

/// Measures drawing one screen of a table of a million rows.
fn table(bench: &mut Criterion) {
    let theme = Theme::bundled(Background::Dark, ColorDepth::True).unwrap();
    let columns = [Column::left("cell", Constraint::Fill(1)), Column::right("score", Constraint::Length(8))];
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bench.bench_function("table window of a million rows, 200 by 60", |run| {
        run.iter(|| {
            let row = |row: usize| Row::from_iter([format!("cell-{row}"), format!("{:.3}", row as f64 / 1e6)]);
            let table = Table { columns: &columns, len: 1_000_000, selected: Some(black_box(500_000)), row: &row };
            terminal.draw(|frame| table.render(frame, frame.area(), WidgetStyle::new(&theme, Focus::Here))).unwrap();
        });
    });
}

criterion_group!(benches, upload, answers, table);
criterion_main!(benches);
