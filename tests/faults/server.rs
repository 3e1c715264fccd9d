//! Faults of the server, one per row. The fault affects the third upload unless a row says otherwise. Chunks are sent
//! one at a time, with one attempt.

use serde_json::{Value, json};

use super::{
    Survived,
    front::{Moment, Strike, Target},
    world::{Answers, CHUNKS, World, ensure, run, says, says_what_is_kept},
};

/// A fault and the expected result.
struct Row {
    fault: &'static str,
    strike: Strike,
    target: Target,
    /// The number of chunks stored when the program ends.
    stored: usize,
    exit: i32,
    /// Texts that the output must contain.
    says: &'static [&'static str],
}

/// Returns a row in which one chunk fails and the others are stored.
const fn one(fault: &'static str, strike: Strike, says: &'static [&'static str]) -> Row {
    Row { fault, strike, target: Target::Uploads(3..=3), stored: CHUNKS - 1, exit: 7, says }
}

/// Returns a row in which the run stops at the third chunk.
const fn stops(fault: &'static str, strike: Strike, exit: i32, says: &'static [&'static str]) -> Row {
    Row { fault, strike, target: Target::Uploads(3..=u32::MAX), stored: 2, exit, says }
}

/// Returns a row in which the preflight fails and nothing is sent.
const fn begins_nothing(fault: &'static str, strike: Strike, exit: i32, says: &'static [&'static str]) -> Row {
    Row { fault, strike, target: Target::Path("/list-models"), stored: 0, exit, says }
}

const DETAIL: &str = r#"{"detail": "it is so"}"#;
const QUOTA: &str = r#"{"detail": "User quota exceeded. You have 3 cells left"}"#;
const PAGE: &str = "<html><head><title>Gateway</title></head><body><h1>We are sorry</h1></body></html>";
const SEND: &str = "content-type: application/json\r\n";

fn rows() -> Vec<Row> {
    use Moment::{AfterBody, BeforeBody, InAnswer, InBody};
    use Strike::{Alter, Blanks, Bomb, Redirect, Reset, Say};
    vec![
        one("500", Say("500 Internal Server Error", SEND, DETAIL), &["500 Internal Server Error", "it is so"]),
        one("502", Say("502 Bad Gateway", "", PAGE), &["502 Bad Gateway", "Gateway We are sorry"]),
        one("503", Say("503 Service Unavailable", SEND, DETAIL), &["503 Service Unavailable"]),
        one("504", Say("504 Gateway Timeout", "", ""), &["504 Gateway Timeout"]),
        one("408", Say("408 Request Timeout", SEND, DETAIL), &["408 Request Timeout"]),
        one("425", Say("425 Too Early", SEND, DETAIL), &["425 Too Early"]),
        one("429", Say("429 Too Many Requests", "retry-after: 1\r\n", "slow"), &["429 Too Many Requests", "slow"]),
        one("400", Say("400 Bad Request", SEND, DETAIL), &["400 Bad Request", "castui inspect"]),
        one("403", Say("403 Forbidden", SEND, DETAIL), &["403 Forbidden", "castui models"]),
        one("404", Say("404 Not Found", SEND, DETAIL), &["404 Not Found", "castui doctor"]),
        one("413", Say("413 Payload Too Large", "", PAGE), &["413 Payload Too Large", "--chunk-size"]),
        one("422", Say("422 Unprocessable Entity", SEND, DETAIL), &["422", "it is so"]),
        stops(
            "503 for good",
            Say("503 Service Unavailable", "", ""),
            7,
            &["gives no usable answers", "503", "try again later", "for a bug report, attach"],
        ),
        stops("403 on every chunk", Say("403 Forbidden", SEND, DETAIL), 7, &["refuses chunk after chunk"]),
        stops("401 in the middle", Say("401 Unauthorized", SEND, DETAIL), 4, &["refuses the token", "castui login"]),
        stops(
            "429, quota",
            Say("429 Too Many Requests", SEND, QUOTA),
            5,
            &["quota is used up", "3 cells left", "castui quota"],
        ),
        stops("407", Say("407 Proxy Authentication Required", "", PAGE), 7, &["407", "HTTPS_PROXY"]),
        one("reset before the body", Reset(BeforeBody), &["the connection broke"]),
        one("reset during the body", Reset(InBody), &["the connection broke"]),
        one("reset after the body", Reset(AfterBody), &["the connection broke"]),
        one("reset during the answer", Reset(InAnswer), &["the connection broke"]),
        one("truncated JSON", Alter(|body| body[..body.len() / 2].to_vec()), &["the answer cannot be read", "EOF"]),
        one("an empty answer", Say("200 OK", SEND, ""), &["the answer cannot be read", "EOF"]),
        one("garbage", Say("200 OK", SEND, "\u{1b}[2J\0garbage"), &["the answer cannot be read"]),
        one("HTML with 200", Say("200 OK", "content-type: text/html\r\n", PAGE), &["with a web page", "We are sorry"]),
        stops("a portal, 511", Say("511 Network Authentication Required", "", PAGE), 7, &["511", "captive portal"]),
        one("another JSON", Say("200 OK", SEND, DETAIL), &["the answer cannot be read"]),
        one("null", Say("200 OK", SEND, "null"), &["the answer cannot be read"]),
        one(
            "NaN",
            Alter(|body| replaced(&body, "\"score\":", "\"score\":NaN,\"was\":")),
            &["the answer cannot be read"],
        ),
        one(
            "infinity",
            Alter(|body| replaced(&body, "\"score\":", "\"score\":1e999,\"was\":")),
            &["number out of range"],
        ),
        one(
            "a missing cell",
            Alter(|body| edited(&body, |cells| drop(cells.remove(1)))),
            &["lacks 1 of 4 cells", "cell 9"],
        ),
        one("no cell at all", Alter(|body| edited(&body, Vec::clear)), &["lacks 4 of 4 cells"]),
        one("a repeated cell", Alter(|body| edited(&body, |cells| cells[1] = cells[0].clone())), &["has cell 8 twice"]),
        one("a foreign cell", Alter(|body| edited(&body, |cells| rename(&mut cells[1], "99"))), &["not sent: '99'"]),
        one(
            "a cell by another spelling",
            Alter(|body| edited(&body, |cells| rename(&mut cells[1], "09"))),
            &["not sent: '09'"],
        ),
        stops(
            "100 MB of blanks",
            Blanks(100),
            7,
            &["an answer is too large", "larger than", "ask the operator of the server"],
        ),
        stops(
            "100 MB in a few KB",
            Bomb(100),
            7,
            &["an answer is too large", "larger than", "ask the operator of the server"],
        ),
        stops("a redirect of a chunk, 302", Redirect("302 Found"), 7, &["does not follow redirects", "--server"]),
        stops(
            "a redirect of a chunk, 307",
            Redirect("307 Temporary Redirect"),
            7,
            &["does not follow redirects", "--server"],
        ),
        stops(
            "a redirect of a chunk, 308",
            Redirect("308 Permanent Redirect"),
            7,
            &["does not follow redirects", "--server"],
        ),
        begins_nothing("503 before the run", Say("503 Service Unavailable", "", PAGE), 6, &["503", "We are sorry"]),
        begins_nothing("401 before the run", Say("401 Unauthorized", SEND, DETAIL), 4, &["401", "castui login"]),
        begins_nothing("HTML before the run", Say("200 OK", "", PAGE), 6, &["with a web page", "castui doctor"]),
        begins_nothing("a portal before the run", Say("511 Network Authentication Required", "", PAGE), 6, &["511"]),
        begins_nothing("a reset before the run", Reset(AfterBody), 6, &["the connection broke", "castui doctor"]),
        begins_nothing("100 MB before the run", Blanks(100), 6, &["larger than"]),
        begins_nothing(
            "a redirect before the run",
            Redirect("301 Moved Permanently"),
            6,
            &["not follow redirects", "--server"],
        ),
    ]
}

/// Returns the tests of all rows.
pub fn all(undisturbed: &Answers) -> Vec<super::Row<'_>> {
    let mut all: Vec<super::Row<'_>> =
        rows().into_iter().map(|row| super::row(row.fault, strike(row, undisturbed))).collect();
    all.push(super::row("cells in another order", reordered(undisturbed)));
    all
}

async fn strike(row: Row, undisturbed: &Answers) -> Survived {
    let world = World::new().await;
    world.front.strike(row.target.clone(), row.strike);
    let ended = run(world.annotate()).await;
    let stored = world.stored().len();
    ensure(stored == row.stored, || format!("{stored} chunks are stored, not {}: {ended:?}", row.stored))?;
    ensure(ended.code == Some(row.exit), || format!("it ended with {ended:?}"))?;
    says(&ended.said, row.says)?;
    match row.target {
        Target::Uploads(_) => says_what_is_kept(&ended.said, stored)?,
        Target::Path(_) | Target::Within(_) => ensure(!world.run_folder().exists(), || "a run was begun".to_owned())?,
    }
    let lost = world.recover(undisturbed).await?;
    ensure(world.front.strangers() == 0, || "a redirect was followed".to_owned())?;
    Ok(lost)
}

/// Checks that answers are matched by cell id, not by position. They are stored as received.
async fn reordered(undisturbed: &Answers) -> Survived {
    let world = World::new().await;
    let backwards = Strike::Alter(|body| edited(&body, |cells| cells.reverse()));
    world.front.strike(Target::Uploads(1..=u32::MAX), backwards);
    let ended = run(world.annotate()).await;
    ensure(ended.code == Some(0), || format!("it ended with {ended:?}"))?;
    let answers = world.answers();
    let cells = |body: &Vec<u8>| {
        let mut cells: Vec<Value> = serde_json::from_slice(body).unwrap();
        cells.sort_by_key(|cell| cell["query_cell_id"].as_str().unwrap().parse::<usize>().unwrap());
        cells
    };
    Ok(undisturbed.iter().filter(|(chunk, body)| answers.get(chunk).map(cells) != Some(cells(body))).count())
}

fn edited(body: &[u8], edit: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    let mut cells: Vec<Value> = serde_json::from_slice(body).unwrap();
    edit(&mut cells);
    serde_json::to_vec(&cells).unwrap()
}

fn rename(cell: &mut Value, name: &str) {
    cell["query_cell_id"] = json!(name);
}

fn replaced(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8_lossy(body).replacen(from, to, 1).into_bytes()
}
