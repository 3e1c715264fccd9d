//! The interface without a terminal, with the real driver and the demo's service: keys in, a run on disk out.

#![allow(clippy::unwrap_used, reason = "a play that cannot go on fails")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use castui::{
    api::{Client, ClientOptions, Token},
    engine::{DriveOptions, Service},
    results::export::official,
    server::{self, Reference, ServerOptions},
    store::{Run, RunState},
    tui::{
        Driver, Host, Local, Perform, Start,
        app::App,
        driver::failure::failure,
        effect::Effect,
        facts::{Failure, Places},
        keymap::Keymap,
        msg::Msg,
        shell_commands::CommandLines,
        theme::{Background, ColorDepth, Theme},
        view::{self, Charset},
    },
};
use futures::future::BoxFuture;
use ratatui::{Terminal, backend::TestBackend};
use tokio::sync::mpsc;

/// The time after which the interface is considered stuck.
const STUCK: Duration = Duration::from_secs(120);

/// A host whose only server is the demo's.
struct DemoHost {
    folder: PathBuf,
}

impl Host for DemoHost {
    fn service(&self) -> Result<Option<Service>, Failure> {
        Ok(None)
    }

    fn service_with(&self, _: Token) -> Result<Service, Failure> {
        Err(Failure::new("no server", ""))
    }

    fn service_of(&self, _: &Run, connected: Option<Service>) -> Result<Service, Failure> {
        connected.ok_or_else(|| Failure::new("no server", ""))
    }

    fn keep_token(&self, _: &Token) -> Result<(), Failure> {
        Err(Failure::new("no place", ""))
    }

    fn token_source(&self) -> String {
        "made for the demo".into()
    }

    fn drive(&self) -> DriveOptions {
        DriveOptions { max_requests: 3, encoders: 1, ..DriveOptions::default() }
    }

    fn commands(&self) -> &'static dyn CommandLines {
        castui::cli::command_lines()
    }

    fn recent_runs(&self) -> PathBuf {
        self.folder.join("runs.jsonl")
    }

    fn serve_demo(&self) -> BoxFuture<'static, Result<Local, Failure>> {
        let file = self.folder.join("query.h5ad");
        Box::pin(async move {
            let reference = tokio::task::spawn_blocking(Reference::demo).await.unwrap();
            let token = server::Token::random();
            let options = ServerOptions {
                references: vec![reference.map_err(|error| failure(&error))?],
                bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                token: token.clone(),
                weekly_quota: server::DEFAULT_WEEKLY_QUOTA,
                lifetime_quota: None,
                request_log: None,
                simulate: Vec::new(),
            };
            let handle = server::start(options).await.map_err(|error| failure(&error))?;
            let options = ClientOptions::new(handle.url().parse().unwrap()).with_token(token.reveal().parse().unwrap());
            // The service lives as long as the test.
            std::mem::forget(handle);
            let service = Service::new(Client::new(options).map_err(|error| failure(&error))?, None);
            Ok(Local { service, file: Some(file) })
        })
    }

    fn serve_reference(&self, _: &Path) -> BoxFuture<'static, Result<Local, Failure>> {
        Box::pin(async { Err(Failure::new("no reference", "")) })
    }
}

/// The interface, its driver and the pending messages.
struct Play {
    app: App,
    driver: Driver<DemoHost>,
    answers: mpsc::Sender<Msg>,
    inbox: mpsc::Receiver<Msg>,
}

impl Play {
    fn new(folder: &Path) -> Self {
        let places = Places { start: folder.to_owned(), home: None, scratch: None };
        let app = App::new(Keymap::bundled().unwrap(), Background::Dark, places, castui::cli::command_lines());
        let (answers, inbox) = mpsc::channel(64);
        Self { app, driver: Driver::new(DemoHost { folder: folder.to_owned() }), answers, inbox }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.driver.perform(effect, &self.answers);
        }
    }

    fn press(&mut self, key: &str) {
        let effects = self.app.update(Msg::Key(key.parse().unwrap()));
        self.perform(effects);
    }

    /// Processes messages until the screen shows a text. Messages arrive in any order.
    async fn until_shown(&mut self, text: &str) {
        while !self.screen().contains(text) {
            let msg = tokio::time::timeout(STUCK, self.inbox.recv()).await;
            let msg = msg.unwrap_or_else(|_| panic!("the interface is stuck, without {text:?}:\n{}", self.screen()));
            let effects = self.app.update(msg.unwrap());
            self.perform(effects);
        }
    }

    fn screen(&self) -> String {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
        terminal.draw(|frame| view::render(frame, &self.app, &theme, Charset::Unicode)).unwrap();
        terminal.backend().to_string()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_presses_of_enter_lead_to_an_annotated_demo() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy("assets/demo/query.h5ad", folder.path().join("query.h5ad")).unwrap();
    let mut play = Play::new(folder.path());
    let effects = play.app.start(Start::Demo);
    play.perform(effects);
    // The demo serves one model, so the options follow directly.
    play.until_shown("count matrix").await;
    play.press("enter");
    play.until_shown("what leaves this machine").await;
    play.press("enter");
    play.until_shown("the run is complete").await;
    assert!(play.screen().contains("100 %"), "{}", play.screen());
    let run = Run::open(&folder.path().join("query.castui")).unwrap();
    assert_eq!(run.state(jiff::Timestamp::now()).unwrap(), RunState::Done);
    // The official files exist by then, as after a run on the command line.
    let again = official(&run, &folder.path().join("again")).unwrap();
    assert_eq!(again.paths.len(), 3);
    for path in again.paths {
        let written = std::fs::read(run.folder().join(path.file_name().unwrap())).unwrap();
        assert!(written == std::fs::read(&path).unwrap(), "{}", path.display());
    }
    play.press("enter");
    play.until_shown("CD14-positive").await;
    // The calls can be exported at once, and an existing export is not replaced.
    play.press("e");
    play.press("enter");
    play.until_shown("221 cells written").await;
    let table = std::fs::read_to_string(folder.path().join("query.castui/cells.csv")).unwrap();
    assert_eq!(table.lines().count(), 222);
    play.press("e");
    play.press("enter");
    play.until_shown("exists already").await;
    play.press("esc");
    compare_consensus(&mut play, folder.path()).await;
    // The first returns to the pane of the run, from which the cells were opened.
    play.press("esc");
    play.press("esc");
    play.until_shown("account").await;
}

/// Writes the consensus of the calls and the known cell types, and compares it with the table of the copied command.
async fn compare_consensus(play: &mut Play, folder: &Path) {
    play.press("A");
    play.press("enter");
    play.until_shown("have a consensus").await;
    play.press("e");
    play.press("enter");
    play.until_shown("table written").await;
    let effects = play.app.update(Msg::Key("y".parse().unwrap()));
    let [Effect::Copy(command)] = &effects[..] else { panic!("{effects:?}") };
    play.press("esc");
    let written = std::fs::read(folder.join("query.castui/consensus.csv")).unwrap();
    let arguments = command.strip_prefix("castui ").unwrap();
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec '{}' {arguments} -o command.csv", env!("CARGO_BIN_EXE_castui")))
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(written == std::fs::read(folder.join("command.csv")).unwrap());
}
