//! The catalogue of input files: every kind of file that users have with its result, and every kind of broken file
//! with its message. Each file is created here or is a fixture written by real software. Each goes through the
//! preflight, and the values that a run would send are compared one by one.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

mod catalogue {
    pub mod counts;
    pub mod forge;
    pub mod parts;
    pub mod read;
    pub mod refused;
    pub mod row;
    pub mod world;
}

use catalogue::{counts, forge, parts, read, refused, row, world};
use row::{Comes, Row};
use world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_of_the_catalogue_is_read_or_refused_as_it_should() {
    let wanted = std::env::var("CATALOGUE_ROW").unwrap_or_default();
    let rows: Vec<Row> = read::rows().into_iter().chain(refused::rows()).collect();
    row::check_names(&rows);
    let world = World::begin().await;
    let (mut read, mut refused, mut wrong) = (0, 0, Vec::new());
    for row in rows.into_iter().filter(|row| row.name.contains(&wanted)) {
        let (name, counted) = (row.name.clone(), 1 - row.again);
        let count = if matches!(row.comes, Comes::Cells(..)) { &mut read } else { &mut refused };
        match world.try_row(row).await {
            Ok(()) => *count += counted,
            Err(problem) => wrong.push(format!("{name}: {problem}")),
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
    println!("files read: {read}, files refused: {refused}");
}
