//! The server that gets counts and token: one that the user chose, never one named only by a run folder.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    front::{Strike, Target},
    world::{CHUNKS, TOKEN, World, run},
};

/// A run on the user's own server that lacks two answers, and a stranger's working server.
struct Servers {
    ours: World,
    stranger: World,
    kept: PathBuf,
}

/// The place where the settings name the user's server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Named {
    Nowhere,
    Variable,
    File,
    Argument,
}

/// The place of the token.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Given {
    Variable,
    LoginOfOurs,
    LoginOfStranger,
}

/// The entry of the run in the user's list of recent runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Listed {
    WithOurs,
    No,
}

impl Servers {
    async fn new() -> Self {
        let (ours, stranger) = (World::new().await, World::new().await);
        let ended = run(ours.annotate()).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        for chunk in ["chunk-000001.zst", "chunk-000004.zst"] {
            fs::remove_file(ours.answers_folder().join(chunk)).unwrap();
        }
        let kept = ours.path("kept");
        copy(&ours.run_folder(), &kept);
        fs::rename(ours.path(".local/state/castui/runs.jsonl"), ours.path("runs.jsonl")).unwrap();
        Self { ours, stranger, kept }
    }

    /// Changes the run as a stranger could: only the name of the server differs.
    fn forge(&self, listed: Listed) {
        let folder = self.ours.run_folder();
        fs::remove_dir_all(&folder).unwrap();
        copy(&self.kept, &folder);
        let manifest = fs::read_to_string(folder.join("run.json")).unwrap();
        assert!(manifest.contains(&self.ours.url()));
        fs::write(folder.join("run.json"), manifest.replace(&self.ours.url(), &self.stranger.url())).unwrap();
        let list = self.ours.path(".local/state/castui/runs.jsonl");
        match listed {
            Listed::WithOurs => drop(fs::copy(self.ours.path("runs.jsonl"), list).unwrap()),
            Listed::No => drop(fs::remove_file(list)),
        }
    }

    fn command(&self, arguments: &[&str], (named, given): (Named, Given)) -> Command {
        let mut command = self.ours.castui(arguments);
        command.env_remove("CAS_API_URL").env_remove("CAS_API_TOKEN");
        let (config, url) = (self.ours.path(".config/castui"), self.ours.url());
        let _ = fs::remove_dir_all(&config);
        fs::create_dir_all(&config).unwrap();
        fs::set_permissions(&config, fs::Permissions::from_mode(0o700)).unwrap();
        match named {
            Named::Nowhere => {}
            Named::Variable => drop(command.env("CAS_API_URL", &url)),
            Named::File => fs::write(config.join("config.toml"), format!("server = '{url}'")).unwrap(),
            Named::Argument => drop(command.args(["--server", &url])),
        }
        let login = match given {
            Given::Variable => {
                command.env("CAS_API_TOKEN", TOKEN);
                return command;
            }
            Given::LoginOfOurs => url,
            Given::LoginOfStranger => self.stranger.url(),
        };
        let file = config.join("credentials.toml");
        fs::write(&file, format!("[servers.\"{login}\"]\ntoken = \"{TOKEN}\"\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        command
    }

    fn assert_stranger_received_nothing(&self, context: &str) {
        assert_eq!(self.stranger.front.heard().len(), 0, "a request reached the stranger: {context}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

const RESUME: &[&str] = &["resume", "cells.castui"];
const ANNOTATE: &[&str] = &["annotate", "cells.h5ad", "--chunk-size", "4"];
const SHARD: &[&str] = &["annotate", "cells.h5ad", "--chunk-size", "4", "--shard", "1/1"];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_a_server_named_only_by_the_run_folder() {
    let servers = Servers::new().await;
    for listed in [Listed::WithOurs, Listed::No] {
        for named in [Named::Nowhere, Named::Variable, Named::File, Named::Argument] {
            for given in [Given::Variable, Given::LoginOfOurs, Given::LoginOfStranger] {
                servers.forge(listed);
                let uploads = servers.ours.front.uploads().count();
                let ended = run(servers.command(RESUME, (named, given))).await;
                let context = format!("{listed:?} {named:?} {given:?}: {ended:?}");
                servers.assert_stranger_received_nothing(&context);
                let is_chosen = listed == Listed::WithOurs || named == Named::Argument;
                let code = match given {
                    _ if !is_chosen => 3,
                    Given::Variable | Given::LoginOfOurs => 0,
                    Given::LoginOfStranger => 4,
                };
                assert_eq!(ended.code, Some(code), "{context}");
                let sent = if code == 0 { 2 } else { 0 };
                assert_eq!(servers.ours.front.uploads().count() - uploads, sent, "{context}");
                if code == 3 {
                    let remedy = format!("add --server {}", servers.stranger.url());
                    assert!(ended.said.contains(&remedy) && ended.said.contains("nothing was sent"), "{context}");
                } else if code == 0 {
                    assert!(ended.said.contains(&format!("8 cells to send to {}", servers.ours.url())), "{context}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_continues_with_its_server() {
    let servers = Servers::new().await;
    for command in [RESUME, ANNOTATE, SHARD] {
        servers.forge(Listed::No);
        let first = servers.ours.front.uploads().count() + 1;
        servers.ours.front.strike(Target::Uploads(first..=u32::MAX), Strike::Say("500 Internal Server Error", "", ""));
        let once = [command, &["--num-attempts-per-chunk", "1"][..]].concat();
        let ended = run(servers.command(&once, (Named::Argument, Given::Variable))).await;
        assert_eq!(ended.code, Some(7), "{command:?}: {ended:?}");
        servers.ours.front.heal();
        let ended = run(servers.command(command, (Named::Nowhere, Given::Variable))).await;
        servers.assert_stranger_received_nothing(&format!("{command:?}: {ended:?}"));
        assert_eq!(ended.code, Some(0), "{command:?}: {ended:?}");
        assert_eq!(servers.ours.stored().len(), CHUNKS, "{command:?}");
        let list = fs::read_to_string(servers.ours.path(".local/state/castui/runs.jsonl")).unwrap();
        assert!(list.contains(&servers.ours.url()) && !list.contains(&servers.stranger.url()), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_named_by_folder_and_user_gets_the_remaining_chunks() {
    let servers = Servers::new().await;
    servers.forge(Listed::No);
    let url = servers.stranger.url();
    let arguments = [RESUME, &["--server", &url][..]].concat();
    let ended = run(servers.command(&arguments, (Named::Nowhere, Given::LoginOfStranger))).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(servers.stranger.front.uploads().count(), 2);
}
