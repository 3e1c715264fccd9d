//! Runs of 30 chunks that are ended in every way a user or batch system can, and then continued. No cell is charged
//! twice: the service counts the cells that it receives.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
};

use super::world::{Ended, TOKEN, World, run};

const CHUNKS: usize = 30;
const CELLS_A_CHUNK: usize = 2;
const CELLS: usize = CHUNKS * CELLS_A_CHUNK;
const MAX_REQUESTS: usize = 8;
/// The run is ended when this upload has arrived. This upload and all later ones are answered only after that.
const ENDED_AT: u32 = 12;

async fn world() -> World {
    World::of(CELLS, CELLS_A_CHUNK).await
}

fn annotate(world: &World) -> Command {
    let (size, requests) = (CELLS_A_CHUNK.to_string(), MAX_REQUESTS.to_string());
    let mut command = world.castui(&[
        "annotate",
        "cells.h5ad",
        "--chunk-size",
        &size,
        "--max-requests",
        &requests,
        "--progress",
        "plain",
    ]);
    with_hangup(&mut command, libc::SIG_DFL);
    command
}

fn resume(world: &World) -> Command {
    world.castui(&["resume", "cells.castui"])
}

/// Sets the disposition of SIGHUP in a command, independent of this process.
fn with_hangup(command: &mut Command, action: libc::sighandler_t) {
    // SAFETY: signal() is safe to call between fork and exec, and runs no code of ours.
    unsafe {
        command.pre_exec(move || {
            libc::signal(libc::SIGHUP, action);
            Ok(())
        });
    }
}

fn send(process: u32, signal: i32) {
    // SAFETY: sends a signal to a child that has not been waited for.
    unsafe { libc::kill(process as libc::pid_t, signal) };
}

/// Returns how often each chunk was charged, and the total number of cells.
fn paid(world: &World) -> (Vec<usize>, usize) {
    let times: Vec<_> = world.paid().into_values().collect();
    let cells = times.iter().sum::<usize>() * CELLS_A_CHUNK;
    (times, cells)
}

fn assert_paid_once(world: &World) {
    let (times, cells) = paid(world);
    assert_eq!(cells, CELLS, "cells sent and cells in the file; each chunk was sent {times:?} times");
    assert!(times.len() == CHUNKS && times.iter().all(|times| *times == 1), "{times:?}");
}

/// A running command whose output is read line by line.
struct Sitting {
    child: Child,
    says_stopping: Receiver<()>,
    said: std::thread::JoinHandle<String>,
}

impl Sitting {
    fn begin(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, says_stopping) = channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            for line in lines.map_while(Result::ok) {
                if line.starts_with("stopping: ") {
                    let _ = tell.send(());
                }
                said.push_str(&line);
                said.push('\n');
            }
            said
        });
        Self { child, says_stopping, said }
    }

    async fn end(mut self) -> Ended {
        let end = move || {
            let code = self.child.wait().unwrap().code();
            Ended { code, said: self.said.join().unwrap() }
        };
        let ended = tokio::task::spawn_blocking(end).await.unwrap();
        assert!(!ended.said.contains(TOKEN) && !ended.said.contains("panicked"), "{}", ended.said);
        ended
    }
}

/// Runs a command and sends it a signal while an upload is in flight. The upload is answered only after the run has
/// announced that it is stopping.
pub async fn ended_by(world: &World, command: Command, signal: i32, upload: u32) -> Ended {
    let mut sitting = Sitting::begin(command);
    let process = sitting.child.id();
    let (_, nothing) = channel();
    let says_stopping = std::mem::replace(&mut sitting.says_stopping, nothing);
    let gate = world.front.hold_from(upload);
    world.front.at_upload(upload, move || {
        send(process, signal);
        says_stopping.recv().unwrap();
        gate.open();
    });
    sitting.end().await
}

/// Ends a run by a signal while chunks are in flight, and continues it with another command.
async fn ended_and_continued(signal: i32, code: i32, again: fn(&World) -> Command) {
    let world = world().await;
    let ended = ended_by(&world, annotate(&world), signal, ENDED_AT).await;
    assert_eq!(ended.code, Some(code), "{}", ended.said);
    assert!(ended.said.contains("stopping: waiting up to "), "{}", ended.said);
    assert!(ended.said.contains("in flight, which cost quota; another signal, such as Ctrl-C, ends at once"));
    let (stored, (_, cells)) = (world.stored().len(), paid(&world));
    let most = ENDED_AT as usize - 1 + MAX_REQUESTS;
    assert!((ENDED_AT as usize..=most).contains(&stored), "{stored} chunks are stored: {}", ended.said);
    assert_eq!(cells, stored * CELLS_A_CHUNK, "every charged chunk is stored");
    let ended = run(again(&world)).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_paid_once(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cell_of_a_terminated_run_is_charged_twice() {
    ended_and_continued(libc::SIGTERM, 143, resume).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cell_of_an_interrupted_run_is_charged_twice() {
    ended_and_continued(libc::SIGINT, 130, resume).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn user_signals_end_a_run_like_a_termination() {
    ended_and_continued(libc::SIGUSR1, 143, resume).await;
    ended_and_continued(libc::SIGUSR2, 143, resume).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cell_is_charged_twice_after_the_session_hung_up() {
    ended_and_continued(libc::SIGHUP, 143, resume).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cell_of_a_requeued_job_is_charged_twice() {
    ended_and_continued(libc::SIGTERM, 143, annotate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_under_nohup_survives_the_end_of_its_session() {
    let world = world().await;
    let mut command = annotate(&world);
    with_hangup(&mut command, libc::SIG_IGN);
    let sitting = Sitting::begin(command);
    let process = sitting.child.id();
    let gate = world.front.hold_from(ENDED_AT);
    world.front.at_upload(ENDED_AT, move || {
        send(process, libc::SIGHUP);
        gate.open();
    });
    let ended = sitting.end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_paid_once(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_ends_at_once_and_chunks_in_flight_are_sent_again() {
    let world = world().await;
    let mut sitting = Sitting::begin(annotate(&world));
    let process = sitting.child.id();
    let (_, nothing) = channel();
    let says_stopping = std::mem::replace(&mut sitting.says_stopping, nothing);
    let (exited, has_exited) = channel();
    let gate = world.front.hold_from(ENDED_AT);
    world.front.at_upload(ENDED_AT, move || {
        send(process, libc::SIGINT);
        says_stopping.recv().unwrap();
        send(process, libc::SIGINT);
        // The answers are sent only after the process has exited.
        has_exited.recv().unwrap();
        gate.open();
    });
    let ended = sitting.end().await;
    exited.send(()).unwrap();
    assert_eq!(ended.code, Some(130), "{}", ended.said);
    assert!(world.stored().len() < ENDED_AT as usize, "nothing is waited for: {}", ended.said);
    let ended = run(resume(&world)).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let (times, cells) = paid(&world);
    assert!((CELLS..=CELLS + MAX_REQUESTS * CELLS_A_CHUNK).contains(&cells), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_kill_9_only_chunks_in_flight_are_charged_twice() {
    for again in [resume, annotate] {
        let world = world().await;
        let sitting = Sitting::begin(annotate(&world));
        let process = sitting.child.id();
        let gate = world.front.hold_from(ENDED_AT);
        world.front.at_upload(ENDED_AT, move || {
            send(process, libc::SIGKILL);
            gate.open();
        });
        let ended = sitting.end().await;
        assert_eq!(ended.code, None, "{}", ended.said);
        let stored = world.stored();
        assert!(stored.len() < CHUNKS);
        let ended = run(again(&world)).await;
        assert_eq!(ended.code, Some(0), "{}", ended.said);
        let (times, cells) = paid(&world);
        assert!((CELLS..=CELLS + MAX_REQUESTS * CELLS_A_CHUNK).contains(&cells), "{times:?}");
        assert!(stored.keys().all(|name| world.stored().contains_key(name)), "stored answers are kept");
    }
}
