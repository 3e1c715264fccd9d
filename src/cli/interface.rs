//! The terminal interface: `castui`, `castui FILE`, `castui RUNDIR`, `castui demo`.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use futures::future::{BoxFuture, FutureExt};

use super::{
    Exit, command_lines,
    context::{Context, say},
    demo_file,
    local_service::{self, LocalService},
    obs_options::{ObsArguments, RememberedArguments, report_matches},
    panel_options::{PanelArguments, unknown_in, unknown_types},
    progress, remedy,
    run_server::{self, NotSent},
    stored_run::{StoredRun, open_run},
};
use crate::{
    api::{Client, Token},
    config::{self, Bandwidth, ColorChoice, Glyphs, Settings},
    engine::{
        DriveOptions, Service, official,
        signals::{EndSignal, EndSignals, StopRequest, StopRequests},
    },
    matrix::{self, Matrix, ObsTables},
    results::Panels,
    server::{self, IndexOptions, Reference, ServerHandle},
    store::Run,
    tui::{
        self, Ending, Options, Pace, Start,
        app::Mouse,
        driver::{Driver, Host, Local, RunWatch},
        facts::Failure,
        shell_commands::CommandLines,
        theme::ColorDepth,
        view::Charset,
    },
};

/// Arguments of the interface.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct InterfaceArguments {
    /// File to annotate, or run folder to view, in the terminal interface [default: its home screen]
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub obs: ObsArguments,
    #[command(flatten)]
    pub remembered: RememberedArguments,
    #[command(flatten)]
    pub panels: PanelArguments,
}

impl InterfaceArguments {
    /// Returns the first given argument, for a message.
    pub fn first(&self) -> Option<String> {
        match &self.path {
            Some(path) => Some(path.display().to_string()),
            None if !self.obs.is_empty() => Some("--obs".to_owned()),
            None if self.remembered.leave_out() => Some("--no-obs".to_owned()),
            None if !self.panels.is_empty() => Some("--panel".to_owned()),
            None => None,
        }
    }
}

/// The first screen of the interface.
pub(super) enum Opening {
    /// Home, a file or a run, depending on the path.
    Path(InterfaceArguments),
    /// The demo.
    Demo(PanelArguments),
}

/// Returns whether standard input and output are a terminal.
pub(super) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Runs the interface until the user quits.
pub(super) async fn run(opening: Opening, context: &Context) -> anyhow::Result<Exit> {
    anyhow::ensure!(has_terminal(), "the interface needs a terminal; `castui --help` lists the commands that do not");
    anyhow::ensure!(
        context.variable("TERM").is_none_or(|term| term != "dumb"),
        "this terminal (TERM=dumb) cannot show the interface; `castui --help` lists the commands"
    );
    let (start, tables, panels) = match opening {
        Opening::Demo(panels) => (Start::Demo, None, panels),
        Opening::Path(InterfaceArguments { path, obs, remembered, panels }) => {
            let start = start_of(path, context)?;
            let tables = remembered.instead(&obs)?;
            check_tables(&start, tables.as_ref())?;
            (start, tables, panels)
        }
    };
    let panels = panels.read(&context.settings.paths)?;
    unknown_of_panels(&panels, &start).iter().for_each(|unknown| say(format_args!("warning: {unknown}")));
    let host = InterfaceHost { context: context.clone(), services: Arc::default(), tables, panels };
    let driver = Driver::new(host);
    let run = driver.watch_run();
    let ending = tui::run(options(start, context)?, driver).await;
    if !matches!(ending, Ok(Ending::Quit)) {
        end_run(run).await?;
    }
    Ok(match ending? {
        Ending::Quit => Exit::Ok,
        Ending::Signal | Ending::TerminalGone => Exit::Terminated,
    })
}

/// Waits for the chunks in flight after the interface has ended, as the command line does.
async fn end_run(mut run: RunWatch) -> io::Result<()> {
    let Some(control) = run.control() else { return Ok(()) };
    let (mut signals, mut requests) = (EndSignals::listen()?, StopRequests::default());
    // The end of the interface counts as the first request to stop.
    requests.on_signal(EndSignal::HangUp, Instant::now());
    control.stop();
    loop {
        tokio::select! {
            wait = run.next_wait() => match wait {
                None => return Ok(()),
                Some(wait) => say(format_args!("{}", progress::waiting(wait))),
            },
            signal = signals.next() => if requests.on_signal(signal, Instant::now()) == StopRequest::EndNow {
                control.stop_now();
            }
        }
    }
}

fn start_of(path: Option<PathBuf>, context: &Context) -> anyhow::Result<Start> {
    let Some(path) = path else {
        let has_token = context.settings.token()?.is_some();
        return Ok(if has_token { Start::Home } else { Start::Login });
    };
    if Run::is_run(&path) {
        Ok(Start::Run(path))
    } else if official::is_output(&path) {
        say(format_args!("reading {}, which is output of the official client", path.display()));
        Ok(Start::Run(open_run(&path)?.folder().to_owned()))
    } else if path.is_dir() && matrix::resolve(&path).is_err() {
        Ok(Start::Browse(path))
    } else if path.exists() {
        Ok(Start::File(path))
    } else {
        anyhow::bail!("{}", super::parse::no_such(path.as_os_str()))
    }
}

/// Checks that tables have cells of the file or run that is opened first, and reports the matches.
fn check_tables(start: &Start, tables: Option<&ObsTables>) -> anyhow::Result<()> {
    let Some(tables) = tables.filter(|tables| !tables.is_empty()) else { return Ok(()) };
    match start {
        Start::Run(folder) => {
            StoredRun::with_tables(folder, None, Some(tables.clone()))?;
        }
        Start::File(file) => report_matches(&Matrix::open(file)?.with_tables(tables), tables)?,
        Start::Home | Start::Login | Start::Demo | Start::Browse(_) => {}
    }
    Ok(())
}

/// Returns what is unknown of panels: in the run that is opened first, otherwise in the Cell Ontology.
fn unknown_of_panels(panels: &Panels, start: &Start) -> Vec<String> {
    match start {
        Start::Run(folder) if !panels.panels.is_empty() => match StoredRun::with_tables(folder, None, None) {
            Ok(run) => unknown_in(panels, &run),
            // The interface says why the run cannot be opened.
            Err(_) => Vec::new(),
        },
        Start::Run(_) | Start::File(_) | Start::Home | Start::Login | Start::Demo | Start::Browse(_) => {
            unknown_types(panels)
        }
    }
}

fn options(start: Start, context: &Context) -> anyhow::Result<Options> {
    let variable = |name: &str| Some(context.variable(name)?.to_string_lossy().into_owned());
    let interface = &context.settings.interface;
    let mut options = Options::detect(variable, std::env::current_dir().unwrap_or_default(), command_lines());
    options.start = start;
    options.drive = context.settings.drive;
    match interface.color {
        ColorChoice::Always if options.depth == ColorDepth::None => options.depth = ColorDepth::Ansi16,
        ColorChoice::Auto | ColorChoice::Always => {}
        ColorChoice::Never => options.depth = ColorDepth::None,
    }
    if interface.glyphs == Glyphs::Ascii {
        options.charset = Charset::Ascii;
    }
    if interface.bandwidth == Bandwidth::Low {
        options.pace = Pace::LowBandwidth;
    }
    options.mouse = match interface.mouse {
        config::Mouse::Captured => Mouse::Caught,
        config::Mouse::Released => Mouse::Free,
    };
    options.keys = interface.keys.clone();
    options.theme = toml::to_string(&interface.theme)?;
    Ok(options)
}

/// The interface's access to settings, token and local services.
struct InterfaceHost {
    context: Context,
    services: Arc<Mutex<Vec<ServerHandle>>>,
    tables: Option<ObsTables>,
    panels: Panels,
}

impl InterfaceHost {
    fn settings(&self) -> &Settings {
        &self.context.settings
    }

    fn serve(
        &self,
        reference: impl FnOnce() -> Result<Reference, server::Error> + Send + 'static,
        file: Option<PathBuf>,
    ) -> BoxFuture<'static, Result<Local, Failure>> {
        let (context, services) = (self.context.clone(), self.services.clone());
        async move {
            let reference = tokio::task::spawn_blocking(reference).await.map_err(failure)?.map_err(failure)?;
            let started = local_service::start(reference, &context).await;
            let LocalService { handle, service } = started.map_err(|error| failure_of(error.as_ref()))?;
            services.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
            Ok(Local { service, file })
        }
        .boxed()
    }
}

impl Host for InterfaceHost {
    fn service(&self) -> Result<Option<Service>, Failure> {
        let options = self.settings().client_options().map_err(failure)?;
        if options.token.is_none() {
            return Ok(None);
        }
        Ok(Some(self.context.service_of(Client::new(options).map_err(failure)?)))
    }

    fn service_with(&self, token: Token) -> Result<Service, Failure> {
        let mut options = self.settings().client_options().map_err(failure)?;
        options.token = Some(token);
        Ok(self.context.service_of(Client::new(options).map_err(failure)?))
    }

    fn service_of(&self, run: &Run, connected: Option<Service>) -> Result<Service, Failure> {
        run_server::service(run, connected, &self.context).map_err(|error| match error.downcast_ref::<NotSent>() {
            Some(refused) => Failure::new(refused.what(), refused.remedy_of_interface()),
            None => failure_of(error.as_ref()),
        })
    }

    fn keep_token(&self, token: &Token) -> Result<(), Failure> {
        let settings = self.settings();
        settings.logins().store(&settings.server, token).map_err(failure)
    }

    fn token_source(&self) -> String {
        self.settings().token().ok().flatten().map_or_else(String::new, |(_, source)| source.to_string())
    }

    fn drive(&self) -> DriveOptions {
        DriveOptions { grace: self.context.grace(), ..self.settings().drive }
    }

    fn commands(&self) -> &'static dyn CommandLines {
        command_lines()
    }

    fn recent_runs(&self) -> PathBuf {
        self.context.recent_runs()
    }

    fn panels(&self) -> Panels {
        self.panels.clone()
    }

    fn theme(&self) -> toml::Table {
        self.settings().interface.theme.clone()
    }

    fn tables(&self) -> Option<ObsTables> {
        self.tables.clone()
    }

    fn queue_folder(&self) -> Option<PathBuf> {
        let paths = &self.context.settings.paths;
        paths.has_state().then(|| paths.state.join("queue"))
    }

    fn serve_demo(&self) -> BoxFuture<'static, Result<Local, Failure>> {
        let file = match demo_file::place(None, &self.context) {
            Ok(file) => file,
            Err(error) => return std::future::ready(Err(failure_of(error.as_ref()))).boxed(),
        };
        self.serve(Reference::demo, Some(file))
    }

    fn serve_reference(&self, file: &Path) -> BoxFuture<'static, Result<Local, Failure>> {
        let (file, cache) = (file.to_owned(), self.settings().paths.cache.clone());
        self.serve(move || Reference::open(&file, &cache, IndexOptions::default()), None)
    }
}

fn failure(error: impl std::error::Error + 'static) -> Failure {
    failure_of(&error)
}

fn failure_of(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(remedy::sentence(error), "`castui doctor` tests each step of the way to the server.")
}
