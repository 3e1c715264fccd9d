//! Repetitions of the same command, as a batch system makes them when it restarts a job.

use super::*;

const ANNOTATE: [&str; 4] = ["annotate", "query.h5ad", "--chunk-size", "50"];

impl World {
    /// Starts a world and completes a run of 5 chunks.
    async fn annotated() -> Self {
        let world = Self::new(1_000_000).await;
        let output = world.castui(&ANNOTATE).await;
        assert_eq!(code(&output), 0, "{}", said(&output));
        assert_eq!(world.chunks_asked_for(), 5);
        world
    }

    /// Removes the answer of a chunk, as if the run had been interrupted.
    fn lose_a_chunk(&self) {
        let run = Run::open(&self.run_folder()).unwrap();
        fs::remove_file(run.answer_path(run.manifest().chunks().nth(2).unwrap())).unwrap();
    }

    /// Returns a command that runs in the world's home with an otherwise empty environment.
    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_resumes_an_unfinished_run() {
    let world = World::annotated().await;
    let response = world.run_folder().join("ontology_response.json");
    let whole = read(response.clone());
    world.lose_a_chunk();
    let output = world.castui(&ANNOTATE).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(
        said(&output).contains("resuming query.castui: 50 cells to send to http://127.0.0.1:"),
        "{}",
        said(&output)
    );
    assert_eq!(world.chunks_asked_for(), 6, "only the missing chunk is sent");
    assert_eq!(read(response), whole);

    world.lose_a_chunk();
    let output = world.castui(&["annotate", "query.h5ad", "--chunk-size", "20"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("the run keeps its chunks of 50 cells"), "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_succeeds_on_a_finished_run_without_a_server_and_writes_missing_files() {
    let world = World::annotated().await;
    let response = world.run_folder().join("ontology_response.json");
    let whole = read(response.clone());
    fs::remove_file(&response).unwrap();
    let output = world.bare(&ANNOTATE).output().unwrap();
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("query.castui is complete; nothing is sent"), "{}", said(&output));
    assert_eq!(read(response), whole);
    let output = world.castui(&["annotate", "query.h5ad", "--shard", "1/2"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_different_request_is_refused_and_the_difference_is_named() {
    let world = World::annotated().await;
    world.lose_a_chunk();
    for (arguments, difference) in [
        (&["annotate", "query.h5ad", "--prune-threshold", "0.2"][..], "--prune-threshold is 0.2 and was 0.05"),
        (
            &["annotate", "query.h5ad", "--strategy", "summary-statistics", "-o", "query.castui"],
            "--strategy is summary-statistics and was ontology-aware",
        ),
        (&["search", "query.h5ad", "-o", "query.castui"], "--strategy is search and was ontology-aware"),
        (&["annotate", "query.h5ad", "--cas-model-name", "gpt"], "--cas-model-name is gpt and was castui-demo-pbmc"),
        (&["annotate", "query.h5ad", "--map-symbols"], "--map-symbols is given and was not given"),
        (&["annotate", "query.h5ad", "--prune-threshold", "0.2", "--dry-run"], "--prune-threshold is 0.2 and was 0.05"),
    ] {
        let output = world.castui(arguments).await;
        assert_eq!(code(&output), 3, "{arguments:?}: {}", said(&output));
        let words = said(&output);
        assert!(words.contains(difference) && words.contains("-o DIR"), "{arguments:?}: {words}");
    }
    fs::copy("assets/demo/reference.h5ad", world.file()).unwrap();
    let output = world.castui(&ANNOTATE).await;
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("the content of the file differs"), "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 5, "nothing is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_of_different_kinds_of_a_file_have_their_own_default_folders() {
    let world = World::annotated().await;
    for (arguments, folder) in [
        (&["search", "query.h5ad"][..], "query-search.castui"),
        (&["annotate", "query.h5ad", "--strategy", "summary-statistics"], "query-summary.castui"),
    ] {
        let output = world.castui(arguments).await;
        assert_eq!(code(&output), 0, "{arguments:?}: {}", said(&output));
        assert!(world.folder.path().join(folder).join("run.json").exists(), "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_in_the_folder_of_an_earlier_version_is_continued_there() {
    let world = World::new(1_000_000).await;
    assert_eq!(code(&world.castui(&["search", "query.h5ad", "-o", "query.castui"]).await), 0);
    let output = world.castui(&["search", "query.h5ad"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("query.castui is complete; nothing is sent"), "{}", said(&output));
    assert!(!world.folder.path().join("query-search.castui").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_reports_that_the_run_would_be_resumed() {
    let world = World::annotated().await;
    world.lose_a_chunk();
    let output = world.castui(&["annotate", "query.h5ad", "--dry-run"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("holds this run, 4 of 5 chunks stored; it is continued"), "{}", said(&output));
    assert!(said(&output).contains("needs 50 of 999,779 cells"), "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_changes_its_server_only_on_request() {
    let (world, other) = tokio::join!(World::annotated(), World::new(1_000_000));
    world.lose_a_chunk();
    for command in [&["resume", "query.castui"][..], &ANNOTATE] {
        let mut refused = world.bare(command);
        let output = refused.env("CAS_API_URL", other.service.url()).env("CAS_API_TOKEN", TOKEN).output().unwrap();
        assert_eq!(code(&output), 3, "{command:?}: {}", said(&output));
        for words in ["CAS_API_URL", &world.service.url(), &format!("--server {}", other.service.url())] {
            assert!(said(&output).contains(words), "{words}: {}", said(&output));
        }
    }
    assert_eq!((world.chunks_asked_for(), other.chunks_asked_for()), (5, 0));
    // Without an option the run's own server is used.
    let output = world.bare(&["resume", "query.castui"]).env("CAS_API_TOKEN", TOKEN).output().unwrap();
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!((world.chunks_asked_for(), other.chunks_asked_for()), (6, 0));
    // Another server is used once it is named.
    world.lose_a_chunk();
    let named = other.service.url();
    let output = world.castui(&["resume", "query.castui", "--server", &named]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains(&format!("it continues with {named}, as given by --server")), "{}", said(&output));
    assert_eq!((world.chunks_asked_for(), other.chunks_asked_for()), (6, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_on_another_host_is_reported_at_once_and_waited_for() {
    for command in [&["resume", "query.castui"][..], &ANNOTATE, &["annotate", "query.h5ad", "--shard", "1/1"]] {
        let world = World::annotated().await;
        world.lose_a_chunk();
        // This is two seconds before the lock counts as dead.
        let beat_at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(118);
        let lock = serde_json::json!({
            "id": uuid::Uuid::nil(), "host": "another-node", "pid": 4711, "started": null, "beat_at": beat_at,
        });
        fs::write(world.run_folder().join("lock"), lock.to_string()).unwrap();
        let output = world.castui(command).await;
        assert_eq!(code(&output), 0, "{command:?}: {}", said(&output));
        let words = said(&output);
        assert!(words.contains("query.castui is in use by process 4711 on another-node, last seen at "), "{words}");
        assert!(words.contains("it counts as dead, and the run continues"), "{words}");
        assert_eq!(world.chunks_asked_for(), 6);
    }
}
