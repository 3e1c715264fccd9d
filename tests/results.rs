//! Interpretation of stored answers, on synthetic runs with real ontology terms.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

#[path = "results/calls.rs"]
mod calls;
#[path = "results/compare.rs"]
mod compare;
#[path = "results/consensus.rs"]
mod consensus;
#[path = "results/fixture.rs"]
mod fixture;
#[path = "results/h5ad.rs"]
mod h5ad;
#[path = "results/infer.rs"]
mod infer;
#[path = "results/levels.rs"]
mod levels;
#[path = "results/markers.rs"]
mod markers;
#[path = "results/official.rs"]
mod official;
#[path = "results/parity.rs"]
mod parity;
#[path = "results/rules.rs"]
mod rules;
#[path = "results/tables.rs"]
mod tables;
