//! `castui serve`

use std::{
    io::{self, IsTerminal},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Exit,
    context::{Context, print, say},
};
use crate::{
    config::{SERVE_TOKEN_VARIABLE, TOKEN_VARIABLE},
    domain::text::excerpt,
    server::{self, DEFAULT_WEEKLY_QUOTA, Embedding, IndexOptions, Reference, ServerOptions, Simulation, Token},
    store,
};

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Clients must show the service's own token: that of --token-file, else of CASTUI_SERVE_TOKEN, else a random \
                  one that is printed. CAS_API_TOKEN and the stored login are not used for it."
)]
pub(super) struct Arguments {
    /// Labeled reference, in any format that annotate reads, with counts and obs cell_type_ontology_term_id or
    /// cell_type; repeat for several, the first is the default model [default: the embedded demo]
    #[arg(long = "reference", value_name = "FILE")]
    references: Vec<PathBuf>,
    /// Address to listen on: a loopback address; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000")]
    bind: SocketAddr,
    /// Neighbors that label a cell [default: half the square root of the number of reference cells, from 5 to 100]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    neighbors: Option<u16>,
    /// Axes on which neighbors are searched: principal components, or linear discriminants of the cell types [default:
    /// the one with the better cross-validated accuracy]
    #[arg(long, value_name = "NAME", value_parser = embeddings())]
    embedding: Option<Embedding>,
    /// Reference cells up to which each query is compared with all; in a larger reference, the search is approximate
    #[arg(long, value_name = "CELLS", default_value_t = IndexOptions::EXACT_UP_TO, hide = true)]
    exact_up_to: usize,
    /// Cells that a client may send per week
    #[arg(long, value_name = "N", default_value_t = DEFAULT_WEEKLY_QUOTA)]
    weekly_quota: u64,
    /// Cells that a client may send in total [default: no limit]
    #[arg(long, value_name = "N")]
    lifetime_quota: Option<u64>,
    /// File to which a line of JSON is appended for each chunk received
    #[arg(long, value_name = "FILE")]
    request_log: Option<PathBuf>,
    /// Imitate something that CAS servers do at times, to test clients; repeat for several
    #[arg(long = "simulate", value_name = "NAME", value_parser = simulations(), help_heading = "For tests")]
    simulate: Vec<Simulation>,
}

/// Returns a parser of the names of embeddings.
fn embeddings() -> impl TypedValueParser<Value = Embedding> {
    let named = |name: String| Embedding::ALL.into_iter().find(|embedding| embedding.name() == name);
    PossibleValuesParser::new(Embedding::ALL.map(Embedding::name))
        .try_map(move |name| named(name).ok_or("not the name of an embedding"))
}

/// Returns a parser of the names of simulations, each with a description.
fn simulations() -> impl TypedValueParser<Value = Simulation> {
    let possible = Simulation::ALL.map(|simulation| PossibleValue::new(simulation.name()).help(simulation.meaning()));
    PossibleValuesParser::new(possible).try_map(|name| name.parse::<Simulation>())
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    server::check_address(arguments.bind).await?;
    let given = context.settings.serve_token()?;
    let is_random = given.is_none();
    if is_random && context.variable(TOKEN_VARIABLE).is_some() {
        say(format_args!(
            "note: {TOKEN_VARIABLE} is for CAS and not the token of this service; {SERVE_TOKEN_VARIABLE} or --token-file sets \
             one"
        ));
    }
    let token = given.map_or_else(Token::random, |token| Token::new(token.expose()));
    if let Some(log) = &arguments.request_log {
        store::files::refuse_run_file(log)?;
    }
    let cache = context.settings.paths.cache.clone();
    let files = arguments.references.clone();
    let options = IndexOptions {
        neighbors: arguments.neighbors.map(usize::from),
        embedding: arguments.embedding,
        exact_up_to: arguments.exact_up_to,
    };
    let references = tokio::task::spawn_blocking(move || open_references(&files, &cache, options)).await??;
    let handle = server::start(ServerOptions {
        references,
        bind: arguments.bind,
        token: token.clone(),
        weekly_quota: arguments.weekly_quota,
        lifetime_quota: arguments.lifetime_quota,
        request_log: arguments.request_log,
        simulate: arguments.simulate,
    })
    .await?;
    introduce(&handle.url(), is_random.then_some(token.reveal()))?;
    wait_for_end().await?;
    say(format_args!("stopping"));
    handle.shutdown().await;
    Ok(Exit::Ok)
}

fn open_references(files: &[PathBuf], cache: &Path, options: IndexOptions) -> anyhow::Result<Vec<Reference>> {
    if files.is_empty() {
        let demo = Reference::demo_with(options)?;
        say(format_args!("reference: the embedded demo, {} cells", demo.cell_count()));
        say(format_args!("{}", demo.describe_accuracy()));
        return Ok(vec![demo]);
    }
    let open = |path: &PathBuf| -> anyhow::Result<Reference> {
        let reference =
            Reference::open(path, cache, options).with_context(|| format!("cannot serve {}", path.display()))?;
        say(format_args!("reference: {}, {} cells", path.display(), reference.cell_count()));
        say(format_args!("{}", reference.describe_accuracy()));
        if let Some(search) = reference.describe_search() {
            say(format_args!("{search}"));
        }
        if let Some(place) = &reference.kept_in {
            say(format_args!("its index is kept in {}", place.display()));
        }
        for (label, cells) in reference.unresolved_labels() {
            let label = excerpt(label);
            say(format_args!("warning: the label '{label}' of {cells} cells is not in the Cell Ontology"));
        }
        Ok(reference)
    };
    files.iter().map(open).collect()
}

/// Prints how to connect. The address goes to standard output, for scripts.
fn introduce(url: &str, random_token: Option<&str>) -> anyhow::Result<()> {
    print(format_args!("{url}"))?;
    if let Some(token) = random_token {
        say(format_args!("token: {token}"));
    }
    let token = if random_token.is_some() { "the token above" } else { "the same token" };
    say(format_args!("connect with CAS_API_TOKEN set to {token}:"));
    say(format_args!("  castui --server {url} annotate FILE"));
    say(format_args!("  Python: CASClient(api_token=os.environ[\"CAS_API_TOKEN\"], api_url=\"{url}\")"));
    if io::stdin().is_terminal() {
        say(format_args!("Ctrl-C stops the service"));
    }
    Ok(())
}

async fn wait_for_end() -> io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
