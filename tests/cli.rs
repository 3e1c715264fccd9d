//! The command line: arguments in, output and an exit code out, with a mock CAS server on loopback.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

#[path = "cli/mistakes.rs"]
mod mistakes;
#[path = "cli/runs.rs"]
mod runs;
#[path = "cli/support.rs"]
mod support;

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

use castui::wire::{PROTOCOL_VERSION, path};
use serde_json::{Value, json};
use support::{Ended, Home, TOKEN, answer, demo_file, ended, server};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path as at},
};

fn quota(weekly: Value, lifetime: Value) -> Value {
    json!({
        "user_id": 1, "weekly_quota": 100_000, "remaining_weekly_quota": weekly, "lifetime_quota": 200_000,
        "remaining_lifetime_quota": lifetime, "quota_reset_date": "2025-11-24T00:00:00", "quota_increased": true,
    })
}

async fn quota_of(weekly: Value, lifetime: Value, arguments: &[&str]) -> Ended {
    let server = MockServer::start().await;
    answer(&server, "GET", path::QUOTA, quota(weekly, lifetime)).await;
    Home::new().ask(&server, &[&["quota"], arguments].concat())
}

/// Returns metadata for cells with even ids only, in reverse order.
fn even_cells(request: &Request) -> ResponseTemplate {
    let body: Value = request.body_json().unwrap();
    let ids: Vec<i64> = serde_json::from_value(body["cas_cell_ids"].clone()).unwrap();
    assert!(ids.len() <= castui::wire::MAX_CELL_QUERY);
    let known = ids.into_iter().rev().filter(|id| id % 2 == 0);
    let cells: Vec<_> = known
        .map(|id| json!({ "cas_cell_index": id, "cell_type": "CD8+, \x1b[31m\"naive\"", "is_primary_data": true }))
        .collect();
    ResponseTemplate::new(200).set_body_json(cells)
}

async fn cells_server() -> MockServer {
    let server = MockServer::start().await;
    let endpoint = Mock::given(method("POST")).and(at(format!("/{}", path::QUERY_CELLS_BY_IDS)));
    endpoint.respond_with(even_cells).mount(&server).await;
    server
}

#[test]
fn the_help_of_every_command_names_its_arguments() {
    for (command, arguments) in [
        (
            "annotate",
            "FILE --output-dir --strategy --chunk-size --dry-run --infer-labels --output-h5ad --progress --json",
        ),
        ("search", "FILE --output-dir --chunk-size --json"),
        ("resume", "DIR --infer-labels --max-requests --json"),
        (
            "export",
            "RUN --format --output --cells --rows --top-k --cluster-label --force cells-parquet h5ad --plot --color-by --embedding --by --genes --top --background dotplot composition svg png",
        ),
        ("tree", "RUN --cluster --op --domain --threshold --min-fraction --root --hide --phyloxml --json"),
        ("calls", "RUN --reduce wnn --cluster-label"),
        (
            "markers",
            "RUN|FILE --by --method --reference --groups --top --min-in-group-fraction --format --output --force",
        ),
        ("benchmark", "RUN --truth --output-dir --top-k --min-acceptable-score --json"),
        ("diff", "RUN RUN2 --cluster --csv --json"),
        ("report", "RUN --cluster-label --output"),
        ("inspect", "FILE --json"),
        ("runs", "DIR --json"),
        ("cells", "ID --from --features --csv --json --output total_mrna_umis"),
        ("quota", "--short --json"),
        ("models", "--json"),
        ("schema", "NAME --json"),
        ("login", "--token-file --server"),
        ("logout", "--server"),
        ("feedback", "--opt-out"),
        ("doctor", "--json"),
        ("config", "path show check"),
        ("completions", "bash zsh fish"),
        ("man", "--output-dir"),
        ("demo", "--headless --panel"),
        ("--help", "PATH --obs --panel"),
    ] {
        let help = ended(&mut Home::new().castui(&[command, "--help"]));
        assert_eq!(help.code, 0, "{command}: {}", help.err);
        for argument in arguments.split(' ') {
            assert!(help.out.contains(argument), "{command} --help does not name {argument}:\n{}", help.out);
        }
    }
}

#[test]
fn a_wrong_command_line_gives_exit_code_2() {
    let home = Home::new();
    for wrong in [&["cells"][..], &["cells", "7", "--csv", "--json"], &["cells", "seven"], &["quota", "--loud"]] {
        assert_eq!(ended(&mut home.castui(wrong)).code, 2, "{wrong:?}");
    }
}

#[test]
fn the_error_about_a_missing_token_lists_the_ways_to_give_one() {
    let home = Home::new();
    for command in [&["quota"][..], &["models"], &["schema", "s"], &["cells", "1"], &["feedback", "--opt-out"]] {
        let refused = ended(&mut home.bare(command));
        assert_eq!(refused.code, 4, "{command:?}: {}", refused.err);
        assert!(refused.err.contains("castui login") && refused.err.contains("--token-file"), "{}", refused.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quota_shows_the_limit_that_is_reached_first() {
    let short = quota_of(json!(43_600), json!(90_000), &["--short"]).await;
    assert_eq!((short.code, short.out.as_str()), (0, "43600/100000 weekly, resets Mon 24 Nov\n"));
    let short = quota_of(json!(43_600), json!(43_600), &["--short"]).await;
    assert_eq!(short.out, "43600/200000 lifetime\n");
    let full = quota_of(json!(43_600), json!(90_000), &[]).await;
    assert!(full.out.contains("weekly    43,600 left  of 100,000  resets Mon 24 Nov 2025"), "{}", full.out);
    assert!(full.out.contains("lifetime  90,000 left  of 200,000\n"), "{}", full.out);
    let json = quota_of(json!(43_600), json!(null), &["--json"]).await.json();
    assert_eq!((&json["usable"], &json["binding_limit"]), (&json!(43_600), &json!("weekly")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_quota_gives_exit_code_5() {
    let nothing = quota_of(json!(0), json!(0), &["--short"]).await;
    assert_eq!((nothing.code, nothing.out.as_str()), (5, "0/200000 lifetime\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_of_a_server_gives_a_specific_exit_code() {
    let home = Home::new();
    for (status, code) in [(401, 4), (403, 6), (500, 6)] {
        let server = MockServer::start().await;
        let refusal = ResponseTemplate::new(status).set_body_json(json!({ "detail": format!("no, {TOKEN}") }));
        Mock::given(method("GET")).respond_with(refusal).mount(&server).await;
        let refused = home.ask(&server, &["models"]);
        assert_eq!(refused.code, code, "{}", refused.err);
        assert!(refused.out.is_empty() && refused.err.contains(&status.to_string()), "{}", refused.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed_without_control_characters() {
    let server = MockServer::start().await;
    let ontology = json!({ "ontology_resource_name": "cl_1", "column_name": "cell_type", "description": null });
    let models = json!([
        { "model_name": "human-pca", "description": "PCA\x1b[2J of all", "schema_name": "grch38",
          "is_default_model": true, "embedding_dimension": 512, "ontological_columns": [ontology] },
        { "model_name": "human\u{202E}-scvi", "description": null, "schema_name": "s", "is_default_model": false,
          "embedding_dimension": 64 },
    ]);
    answer(&server, "GET", path::LIST_MODELS, models).await;
    let home = Home::new();
    let listed = home.ask(&server, &["models"]);
    assert_eq!(
        listed.out,
        "  model        schema  dimensions  ontologies\n\
         * human-pca    grch38         512  cell_type (cl_1)\n      PCA\u{FFFD}[2J of all\n  \
         human\u{FFFD}-scvi  s               64\n* the default model\n"
    );
    let json = home.ask(&server, &["models", "--json"]);
    assert!(!json.out.contains('\u{202E}'), "{}", json.out);
    assert_eq!(json.json()[1]["name"], "human\u{202E}-scvi");
    assert_eq!(json.json()[0]["ontologies"][0]["resource"], "cl_1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_is_listed_and_an_unknown_name_lists_the_known_schemas() {
    let server = MockServer::start().await;
    answer(&server, "GET", path::FEATURE_SCHEMAS, json!([{ "schema_name": "grch38" }, { "schema_name": "grcm39" }]))
        .await;
    answer(&server, "GET", &format!("{}/grch38", path::FEATURE_SCHEMA), json!(["ENSG2", "ENSG1"])).await;
    let home = Home::new();
    assert_eq!(home.ask(&server, &["schema", "grch38"]).out, "ENSG2\nENSG1\n");
    assert_eq!(home.ask(&server, &["schema", "grch38", "--json"]).json(), json!(["ENSG2", "ENSG1"]));
    assert_eq!(home.ask(&server, &["schema"]).out, "grch38\ngrcm39\n");
    let unknown = home.ask(&server, &["schema", "hg19"]);
    assert_eq!(unknown.code, 2);
    assert_eq!(unknown.err, "castui: the server has no schema 'hg19'; it offers: grch38, grcm39\n");
}

#[test]
fn runs_are_listed_with_progress_and_owner() {
    let home = Home::new();
    drop(runs::make(&home.path("done.castui"), 2));
    drop(runs::make(&home.path("partial.castui"), 1));
    drop(runs::make(&home.path("empty.castui"), 0));
    let _at_work = runs::make(&home.path("deeper/at-work"), 1);
    let here = ended(&mut home.castui(&["runs"]));
    assert_eq!(
        here.out,
        "state    cells  chunks  strategy  model      started     folder\n\
         done         4     2/2  search    human-pca  1970-01-01  done.castui\n\
         empty        4     0/2  search    human-pca  1970-01-01  empty.castui\n\
         partial      4     1/2  search    human-pca  1970-01-01  partial.castui\n"
    );
    let nowhere = ended(&mut home.castui(&["runs", "nowhere"]));
    assert!(nowhere.code == 1 && nowhere.err.contains("nowhere"), "{}", nowhere.err);
    let text = ended(&mut home.castui(&["runs", "deeper"])).out;
    assert!(text.contains("running") && text.contains(&format!("process {}", std::process::id())), "{text}");
    let deeper = ended(&mut home.castui(&["runs", "deeper", "--json"])).json();
    assert_eq!(deeper.as_array().unwrap().len(), 1);
    assert_eq!((&deeper[0]["state"], &deeper[0]["pid"]), (&json!("running"), &json!(std::process::id())));
    assert_eq!(deeper[0]["chunks_stored"], 1);
}

#[test]
fn a_damaged_run_is_reported_and_the_others_are_listed() {
    let home = Home::new();
    drop(runs::make(&home.path("good.castui"), 2));
    drop(runs::make(&home.path("bad.castui"), 1));
    fs::write(home.path("bad.castui/run.json"), "{").unwrap();
    let listed = ended(&mut home.castui(&["runs"]));
    assert_eq!(listed.code, 1);
    assert!(listed.out.contains("good.castui") && listed.err.contains("bad.castui"), "{}{}", listed.out, listed.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_are_listed_once_in_order_and_unknown_ids_are_reported() {
    let (server, home) = (cells_server().await, Home::new());
    let table = home.ask(&server, &["cells", "4", "3", "2", "4", "--features", "cell_type"]);
    assert_eq!(
        table.out,
        "CAS id  cell type\n     4  CD8+, \u{FFFD}[31m\"naive\"\n     2  CD8+, \u{FFFD}[31m\"naive\"\n"
    );
    assert_eq!((table.code, table.err.as_str()), (0, "not known to the server: 3\n"));
    let csv = home.ask(&server, &["cells", "2", "--features", "is_primary_data,cell_type", "--csv"]);
    assert_eq!(csv.out, "cas_cell_index,is_primary_data,cell_type\n2,true,\"CD8+, \x1b[31m\"\"naive\"\"\"\n");
    let json = home.ask(&server, &["cells", "2", "--json"]).json();
    assert_eq!((&json[0]["cas_cell_index"], &json[0]["is_primary_data"]), (&json!(2), &json!(true)));
    let none = home.ask(&server, &["cells", "3"]);
    assert_eq!((none.code, none.out.as_str()), (1, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_cells_are_requested_in_batches() {
    let (server, home) = (cells_server().await, Home::new());
    let ids: Vec<_> = (0..20_001).map(|id| (2 * id).to_string()).collect();
    let mut command = home.castui(&["cells", "--from", "-", "-o", "cells.csv"]);
    let asked = ended(command.env("CAS_API_URL", server.uri()).write_stdin(ids.join("\n")));
    assert_eq!((asked.code, asked.out.as_str()), (0, ""), "{}", asked.err);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    let csv = fs::read_to_string(home.path("cells.csv")).unwrap();
    assert_eq!(csv.lines().count(), 20_002);
    assert!(csv.lines().last().unwrap().starts_with("40000,"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_entry_in_a_list_of_cells_is_reported_with_its_line() {
    let home = Home::new();
    fs::write(home.path("ids.txt"), "1\n2\nbarcode\n").unwrap();
    let refused = ended(&mut home.castui(&["cells", "--from", "ids.txt"]));
    assert_eq!(refused.code, 2);
    assert!(refused.err.starts_with("castui: ids.txt, line 3: 'barcode'"), "{}", refused.err);
    assert!(ended(&mut home.castui(&["cells", "--from", "none.txt"])).err.contains("none.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_cell_lookup_gives_a_clear_error() {
    let refused = Home::new().ask(&MockServer::start().await, &["cells", "1"]);
    assert_eq!(refused.code, 6);
    assert!(refused.err.starts_with("castui: this server does not offer query-cells-by-ids\n"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_verified_and_stored_privately() {
    let (server, home) = (server().await, Home::new());
    let login =
        |text: &str| ended(home.bare(&["login"]).env("CAS_API_URL", server.uri()).write_stdin(format!("{text}\n")));
    let refused = login("planted-wrong-token");
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(!refused.err.contains("planted-wrong-token"), "{}", refused.err);
    let stored = home.path(".config/castui/credentials.toml");
    assert!(!stored.exists());
    assert_eq!(login("two words").code, 4);
    let done = login(TOKEN);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("marie <m@lab.org>") && done.err.contains("…7f3a"), "{}", done.err);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&stored), mode(&home.path(".config/castui"))), (0o600, 0o700));
    let doctor = ended(home.bare(&["doctor"]).env("CAS_API_URL", server.uri()));
    assert_eq!(doctor.code, 0, "{}", doctor.out);
    let logout = ended(home.bare(&["logout"]).env("CAS_API_URL", server.uri()));
    assert_eq!(logout.code, 0, "{}", logout.err);
    assert!(!stored.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_from_a_file_warns_of_a_token_with_precedence() {
    let (server, home) = (server().await, Home::new());
    fs::write(home.path("token"), TOKEN).unwrap();
    let done = home.ask(&server, &["login", "--token-file", "token"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("CAS_API_TOKEN is set"), "{}", done.err);
    let shown = ended(home.bare(&["config", "show"]).env("CAS_API_URL", server.uri()));
    assert!(shown.out.contains("# token: …7f3a from the login stored in"), "{}", shown.out);
}

#[test]
fn no_token_is_requested_for_a_server_over_plain_http() {
    let refused = ended(Home::new().bare(&["login", "--server", "http://cas.example.org"]).write_stdin(TOKEN));
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("https://"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feedback_page_is_printed_and_never_fetched() {
    let (server, home) = (server().await, Home::new());
    let link = home.ask(&server, &["feedback"]);
    let start = format!("{}/{}?client_session_id=", server.uri(), path::FEEDBACK_ANSWER);
    assert!(link.out.starts_with(&start) && link.out.lines().count() == 1, "{}", link.out);
    assert!(server.received_requests().await.unwrap().is_empty());
    assert_eq!(home.ask(&server, &["feedback", "--opt-out"]).code, 0);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_the_failing_step() {
    let (server, home) = (server().await, Home::new());
    let well = home.ask(&server, &["doctor"]);
    assert_eq!(well.code, 0, "{}", well.out);
    assert!(well.out.contains("ok    token       …7f3a of marie"), "{}", well.out);
    let json = home.ask(&server, &["doctor", "--json"]).json();
    assert_eq!(json["checks"].as_array().unwrap().len(), 7);
    let wrong =
        ended(home.castui(&["doctor"]).env("CAS_API_URL", server.uri()).env("CAS_API_TOKEN", "planted-wrong-token"));
    assert_eq!(wrong.code, 4);
    assert!(wrong.out.contains("FAIL  token") && !wrong.out.contains("planted-wrong"), "{}", wrong.out);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let alone = ended(&mut home.castui(&["doctor", "--server", &format!("http://{nobody}")]));
    assert_eq!(alone.code, 6);
    assert!(alone.out.contains("FAIL  connection") && alone.out.contains("skip  token"), "{}", alone.out);
    let report = "attach this output and, if a run failed, castui.log from its folder";
    assert!(alone.out.contains(report) && !well.out.contains(report), "{}", alone.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_reports_a_server_that_requires_a_newer_protocol() {
    let (server, home) = (server().await, Home::new());
    let newer = ResponseTemplate::new(200).set_body_json(json!({ "is_valid": false, "min_version": "2.1.0" }));
    let endpoint = Mock::given(at(format!("/{}", path::VALIDATE_CLIENT_VERSION)));
    endpoint.respond_with(newer).with_priority(1).mount(&server).await;
    let outdated = home.ask(&server, &["doctor"]);
    assert_eq!(outdated.code, 6, "{}", outdated.out);
    let found = "FAIL  version     the server requires protocol 2.1.0 or newer; this castui has 1.8.0\n";
    assert!(outdated.out.contains(found) && outdated.out.contains("-> Update castui"), "{}", outdated.out);
    assert!(outdated.out.contains("ok    token"), "the token is tested all the same: {}", outdated.out);
}

#[test]
fn the_verbose_version_names_commit_hdf5_and_protocol() {
    let home = Home::new();
    let short = ended(&mut home.bare(&["--version"]));
    assert_eq!((short.code, short.out), (0, format!("castui {}\n", env!("CARGO_PKG_VERSION"))));
    let long = ended(&mut home.bare(&["--version", "--verbose"]));
    assert_eq!(long.code, 0, "{}", long.err);
    let names: Vec<_> = long.out.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(names[0], format!("castui {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(names[1..], ["commit", "target", "HDF5", "HDF5 filters", "CAS protocol", "run folder format"]);
    let (major, minor, release) = hdf5::library_version();
    assert!(long.out.contains(&format!("\nHDF5: {major}.{minor}.{release}\n")), "{}", long.out);
    assert!(long.out.contains("deflate, shuffle") && long.out.contains("zstd"), "{}", long.out);
    assert!(long.out.contains(&format!("\nCAS protocol: {PROTOCOL_VERSION}\n")), "{}", long.out);
    assert_eq!(ended(&mut home.bare(&["--verbose", "--version"])).out, long.out);
    assert_eq!(ended(&mut home.bare(&["--verbose"])).code, 2);
}

#[test]
fn the_configuration_is_found_shown_and_checked() {
    let home = Home::new();
    let config = |arguments: &[&str]| ended(&mut home.castui(&[&["config"], arguments].concat()));
    let path = home.path(".config/castui/config.toml");
    assert_eq!(config(&["path"]).out, format!("{}\n", path.display()));
    assert_eq!(config(&["check"]).code, 0);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "server = 'https://cas.example.org'\nmouse = false\n[keys]\nquit = 'x'\n").unwrap();
    let shown = config(&["show"]);
    assert!(shown.out.contains("server = \"https://cas.example.org\"  # from the file\n"), "{}", shown.out);
    let again = home.path("again.toml");
    fs::write(&again, &shown.out).unwrap();
    assert_eq!(config(&["check", "--config", "again.toml"]).code, 0, "what is shown is a configuration file");
    fs::write(&path, "colour = 'never'").unwrap();
    let warned = config(&["check"]);
    assert_eq!(warned.code, 2);
    assert!(warned.err.contains("'colour'"), "{}", warned.err);
    fs::write(&path, "max_requests = 3\nmouse = 1").unwrap();
    assert!(config(&["check"]).code == 2 && config(&["check"]).err.contains("line 2"));
    assert_eq!(config(&["path"]).code, 0, "a broken file can be found");
    fs::remove_file(&path).unwrap();
    let panels = home.path(".config/castui/panels");
    assert!(config(&["show"]).out.contains(&format!("# marker panels: {}\n", panels.display())));
    fs::create_dir(&panels).unwrap();
    fs::write(panels.join("blood.tsv"), "T cell\tCD3E\nT cell\tMS4A1\tno\n").unwrap();
    let warned = config(&["check"]);
    assert_eq!(warned.code, 2);
    assert!(warned.err.contains("blood.tsv, line 2: the sign is 'no'; write + or -"), "{}", warned.err);
    fs::write(panels.join("blood.tsv"), "T cell\tCD3E\nT lymphocyte\tCD3D\nT cel\tCD3G\n").unwrap();
    let warned = config(&["check"]);
    assert_eq!(warned.code, 2);
    let expected = "warning: The panel blood leaves out 1 unknown cell type (T cel).\n";
    assert!(warned.err.contains(expected), "{}", warned.err);
    fs::write(panels.join("blood.tsv"), "T cell\tCD3E\nT lymphocyte\tCD3D\n").unwrap();
    assert_eq!(config(&["check"]).code, 0, "synonyms name types");
}

#[test]
fn completions_and_manual_pages_cover_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = ended(&mut home.castui(&["completions", shell]));
        assert!(script.code == 0 && script.out.contains("doctor"), "{shell}: {}", script.err);
    }
    assert!(ended(&mut home.castui(&["man"])).out.contains(".TH castui 1"));
    assert_eq!(ended(&mut home.castui(&["man", "-o", "man1"])).code, 0);
    for command in ["annotate", "cells", "config-show", "login", "runs"] {
        assert!(home.path(&format!("man1/castui-{command}.1")).is_file(), "{command}");
    }
}

#[test]
fn a_file_is_inspected_without_a_server() {
    let home = Home::new();
    let file = demo_file();
    let text = ended(&mut home.bare(&["inspect", file.to_str().unwrap()]));
    assert_eq!(text.code, 0, "{}", text.err);
    for line in [
        "AnnData .h5ad, 221 cells",
        "  X  csr  float32  221 x 700  51,373 entries (33.2 %)  whole numbers",
        "  var  index  700 of 700",
        "  X_umap  2 dimensions",
        "  --feature-ids-column-name  index",
    ] {
        assert!(text.out.lines().any(|found| found == line), "{line}:\n{}", text.out);
    }
    let json = ended(&mut home.bare(&["inspect", file.to_str().unwrap(), "--json"])).json();
    assert_eq!((&json["cells"], &json["matrices"][0]["values"]), (&json!(221), &json!("counts")));
    assert_eq!(json["default"]["count_matrix_input"], "X");
}

#[test]
fn an_unreadable_file_is_named_in_the_error() {
    let home = Home::new();
    fs::write(home.path("cells.h5ad"), "not HDF5").unwrap();
    for file in ["cells.h5ad", "none.h5ad"] {
        let refused = ended(&mut home.bare(&["inspect", file]));
        assert_eq!(refused.code, 1);
        assert!(refused.err.starts_with("castui: ") && refused.err.contains(file), "{}", refused.err);
    }
}
