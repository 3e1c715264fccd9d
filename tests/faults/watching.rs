//! `castui watch`, beside a run of another process.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    sync::mpsc::channel,
};

use serde_json::Value;

use super::world::{CHUNKS, World, run};

/// The upload that is held back while the watch begins.
const HELD: u32 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_another_process_is_followed_to_its_end() {
    let world = World::new().await;
    let (tell, arrived) = channel();
    let gate = world.front.hold_from(HELD);
    world.front.at_upload(HELD, move || tell.send(()).unwrap());
    let mut annotate = world.annotate().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    tokio::task::spawn_blocking(move || arrived.recv().unwrap()).await.unwrap();
    let mut watch = world.castui(&["watch", "--json", "cells.castui"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = move || -> Option<Value> { Some(serde_json::from_str(&lines.next()?.unwrap()).unwrap()) };
    let first = next().unwrap();
    assert_eq!((&first["state"], &first["chunks_stored"]), (&"running".into(), &(HELD - 1).into()), "{first}");
    gate.open();
    let last = tokio::task::spawn_blocking(move || std::iter::from_fn(next).last().unwrap()).await.unwrap();
    assert_eq!((&last["state"], &last["chunks_stored"]), (&"done".into(), &CHUNKS.into()), "{last}");
    assert_eq!(last["cells_stored"], last["cells"]);
    assert!(annotate.wait().unwrap().success() && watch.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_without_a_process_are_reported_once_with_what_they_lack() {
    let world = World::new().await;
    assert_eq!(run(world.annotate()).await.code, Some(0));
    std::fs::remove_file(world.answers_folder().join("chunk-000001.zst")).unwrap();
    let ended = run(world.castui(&["watch", "."])).await;
    assert_eq!(ended.code, Some(7), "{}", ended.said);
    let expected = format!("cells.castui  {}/{CHUNKS} chunks  ", CHUNKS - 1);
    assert!(ended.said.contains(&expected) && ended.said.contains("cells  partial"), "{}", ended.said);
    let ended = run(world.castui(&["watch", "answers"])).await;
    assert!(ended.said.contains("cannot look for runs in answers"), "{}", ended.said);
}
