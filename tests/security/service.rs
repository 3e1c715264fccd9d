//! The local service with hostile clients: `castui serve` as a separate process whose memory and open files are
//! counted. Every refusal has the official shape, costs no quota, and does not affect the service.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use castui::{
    matrix::{CellBlock, ColumnName, CountSource, GeneFrame, Matrix, write_image},
    wire::path,
};
use serde_json::Value;

use super::world::TOKEN;

/// The maximum memory of the service in kB, including the reference and uploads.
const MAX_MEMORY_KB: usize = 700 << 10;
/// The maximum number of open files: the connections served at a time, and some others.
const MAX_OPEN_FILES: usize = 128 + 40;
/// The time limit of every operation.
const SOON: Duration = Duration::from_secs(60);

pub struct Service {
    process: Child,
    address: SocketAddr,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Service {
    fn start() -> Self {
        Self::start_program(Path::new(env!("CARGO_BIN_EXE_castui")))
    }

    /// Starts a program as a service.
    pub fn start_program(program: &Path) -> Self {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", "/nonexistent").env("CASTUI_SERVE_TOKEN", TOKEN);
        command.args(["serve", "--bind", "127.0.0.1:0"]);
        Self::of_process(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Waits until a process has printed its address.
    pub fn of_process(mut process: Child) -> Self {
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap().parse().unwrap();
        Self { process, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream
    }

    /// Returns the process ID.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Sends bytes and reads until the service closes the connection. Returns status and body.
    pub fn ask(&self, request: &[u8]) -> (u16, Value) {
        let mut stream = self.connect();
        // A service that refuses early may close the connection before everything is sent.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    pub fn quota_left(&self) -> i64 {
        let (status, quota) = self.ask(&request("GET", path::QUOTA, &[], b""));
        assert_eq!(status, 200, "{quota}");
        quota["remaining_weekly_quota"].as_i64().unwrap()
    }

    /// Returns the peak memory so far.
    fn peak_memory_kb(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.id())).unwrap().count()
    }
}

fn request(method: &str, path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}", body.len());
    let proof = format!("authorization: Bearer {TOKEN}");
    let own = if headers.iter().any(|line| line.contains("-length")) { vec![] } else { vec![length.as_str()] };
    let lines = [&["host: here", "connection: close", &proof][..], headers, &own].concat().join("\r\n");
    [format!("{method} /{path} HTTP/1.1\r\n{lines}\r\n\r\n").as_bytes(), body].concat()
}

const FORM: &str = "content-type: multipart/form-data; boundary=b";

fn part(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

/// Returns the body of an upload with a chunk.
pub fn upload(image: &[u8]) -> Vec<u8> {
    let file = part("file", image);
    let fields =
        [("model_name", &b"castui-demo-pbmc"[..]), ("prune_threshold", b"0.05"), ("weighting_prefactor", b"1.0")];
    let fields = fields.map(|(name, value)| part(name, value)).concat();
    let body = [fields, file, b"--b--\r\n".to_vec()].concat();
    request("POST", path::ANNOTATE_ONTOLOGY_AWARE, &[FORM], &body)
}

fn genes() -> Vec<String> {
    let matrix = Matrix::open(std::path::Path::new("assets/demo/query.h5ad")).unwrap();
    let genes = matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap();
    genes[..700].to_vec()
}

/// Returns a chunk of cells with a count in the first gene.
fn image(genes: &[String], cells: usize, count: f32) -> Vec<u8> {
    let (indptr, indices): (Vec<usize>, _) = ((0..=cells).collect(), vec![0; cells]);
    let (data, totals) = (vec![count; cells], vec![1.0; cells]);
    let block = CellBlock { first_cell: 0, indptr: &indptr, indices: &indices, data: &data, totals: &totals };
    write_image(&GeneFrame::new(genes, None), &block).unwrap()
}

/// Returns a file of a few kilobytes that claims gigabytes: unwritten blocks are read as zeros.
fn bomb(good: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.h5ad");
    fs::write(&path, good).unwrap();
    {
        let file = hdf5::File::open_rw(&path).unwrap();
        let matrix = file.group("X").unwrap();
        let entries = 3usize << 30;
        for name in ["data", "indices", "indptr"] {
            matrix.unlink(name).unwrap();
        }
        matrix.new_dataset::<f32>().chunk(1 << 20).deflate(9).shape(entries).create("data").unwrap();
        matrix.new_dataset::<i32>().chunk(1 << 20).deflate(9).shape(entries).create("indices").unwrap();
        let indptr = [0i64, entries as i64, entries as i64, entries as i64, entries as i64];
        matrix.new_dataset_builder().with_data(&indptr).create("indptr").unwrap();
    }
    let bytes = fs::read(path).unwrap();
    assert!(bytes.len() < 1 << 20, "it is small");
    bytes
}

/// The message of CAS about an unreadable chunk.
const UNREADABLE: &str = "Error processing request";

/// Returns invalid chunks with the expected status and message.
fn bad_chunks() -> Vec<(&'static str, Vec<u8>, u64, &'static str)> {
    let genes = genes();
    let good = image(&genes, 4, 1.0);
    let other: Vec<String> = genes.iter().rev().cloned().collect();
    vec![
        ("nothing", vec![], 500, UNREADABLE),
        ("text", b"not a matrix".to_vec(), 500, UNREADABLE),
        ("a signature alone", b"\x89HDF\r\n\x1a\n".to_vec(), 500, UNREADABLE),
        ("a signature and zeros", [&b"\x89HDF\r\n\x1a\n"[..], &[0; 5000]].concat(), 500, UNREADABLE),
        ("a quarter", good[..good.len() / 4].to_vec(), 500, UNREADABLE),
        ("a half", good[..good.len() / 2].to_vec(), 500, UNREADABLE),
        ("all but the end", good[..good.len() - 100].to_vec(), 500, UNREADABLE),
        ("too few genes", image(&genes[..10], 4, 1.0), 500, UNREADABLE),
        ("other genes", image(&other, 4, 1.0), 500, UNREADABLE),
        ("no cells", image(&genes, 0, 1.0), 400, "no cells"),
        ("too many cells", image(&genes, 20_001, 1.0), 400, "20001 cells"),
        ("a negative value", image(&genes, 4, -1.0), 500, UNREADABLE),
        ("not a number", image(&genes, 4, f32::NAN), 500, UNREADABLE),
        ("an infinity", image(&genes, 4, f32::INFINITY), 500, UNREADABLE),
        ("a bomb", bomb(&good), 500, UNREADABLE),
    ]
}

/// Returns invalid requests with the accepted statuses; 0 means that the connection is closed without a response.
fn bad_requests() -> Vec<(&'static str, Vec<u8>, &'static [u16])> {
    let search = path::NEAREST_NEIGHBOR_SEARCH;
    let post = |headers: &[&str], body: &[u8]| request("POST", search, headers, body);
    let stranger =
        |path: &str, headers: &str| format!("POST /{path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n").into_bytes();
    let many: Vec<u8> = (0..40).flat_map(|number| part(&format!("field{number}"), b"x")).collect();
    vec![
        ("a terabyte is announced", post(&[FORM, "content-length: 1099511627776"], b""), &[413]),
        ("a terabyte is announced by a stranger", stranger(search, "content-length: 1099511627776\r\n"), &[401]),
        ("a wrong token", stranger(search, "authorization: Bearer x\r\ncontent-length: 9\r\n"), &[401]),
        ("another kind of proof", stranger(search, "authorization: Basic eDp4\r\ncontent-length: 9\r\n"), &[401]),
        ("no form", post(&[], b"{}"), &[400]),
        ("a form without a boundary", post(&["content-type: multipart/form-data"], b"x"), &[400]),
        (
            "a form that ends in the middle",
            post(&[FORM], b"--b\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nx"),
            &[400],
        ),
        ("many fields", post(&[FORM], &many), &[400]),
        ("a long field", post(&[FORM], &[part("model_name", &[b'x'; 9000]), b"--b--\r\n".to_vec()].concat()), &[400]),
        ("a list of ids beyond the limit", request("POST", path::QUERY_CELLS_BY_IDS, &[], &[b' '; 3 << 20]), &[413]),
        ("invalid ids", request("POST", path::QUERY_CELLS_BY_IDS, &[], b"[[[[[[[["), &[422]),
        ("deep JSON", request("POST", path::QUERY_CELLS_BY_IDS, &[], &[b'['; 100_000]), &[422]),
        ("another method", request("DELETE", search, &[], b""), &[405]),
        ("no such path", request("GET", "etc/passwd", &[], b""), &[404]),
        ("a path upwards", request("GET", "../../etc/passwd", &[], b""), &[404]),
        (
            "a name that is not UTF-8",
            request("GET", "api/cellarium-general/feature-schema/%ff%fe", &[], b""),
            &[400, 404],
        ),
        ("a head without end", [&b"GET / HTTP/1.1\r\nx: "[..], &[b'y'; 1 << 20]].concat(), &[431, 400, 0]),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(), &[400, 0]),
        ("two lengths", post(&[FORM, "content-length: 5", "content-length: 6"], b"xxxxx"), &[400, 0]),
    ]
}

#[test]
fn the_service_survives_hostile_clients() {
    let service = Service::start();
    let good = upload(&image(&genes(), 4, 1.0));
    let (status, answer) = service.ask(&good);
    assert_eq!((status, answer.as_array().map(Vec::len)), (200, Some(4)), "{answer}");
    let (quota, mut wrong) = (service.quota_left(), Vec::new());
    for (what, chunk, expected, words) in bad_chunks() {
        let (status, answer) = service.ask(&upload(&chunk));
        let detail = answer["detail"].as_str().unwrap_or_default();
        if u64::from(status) != expected || detail.is_empty() || !detail.contains(words) {
            wrong.push(format!("{what}: {status} {answer}"));
        }
    }
    for (what, bytes, statuses) in bad_requests() {
        let (status, answer) = service.ask(&bytes);
        let is_shaped = answer["detail"].is_string()
            || answer["detail"].is_array()
            || [0, 400, 431].contains(&status) && answer.is_null();
        if !statuses.contains(&status) || !is_shaped {
            wrong.push(format!("{what}: {status} {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(service.quota_left(), quota, "a refusal costs nothing");
    assert!(service.peak_memory_kb() < MAX_MEMORY_KB, "{} KB", service.peak_memory_kb());
    crowd(&service);
    assert_eq!(service.ask(&good).0, 200);
    assert_eq!(service.quota_left(), quota - 4);
}

/// Opens many silent connections without the token. Their number is limited, and the owner gets a response at once.
fn crowd(service: &Service) {
    let silent: Vec<_> = (0..200).map(|_| service.connect()).collect();
    assert!(service.open_files() <= MAX_OPEN_FILES, "{} files are open", service.open_files());
    let began = Instant::now();
    service.quota_left();
    assert!(began.elapsed() < Duration::from_secs(8), "no silent client had to time out first: {:?}", began.elapsed());
    drop(silent);
}

#[test]
fn the_service_refuses_addresses_reachable_from_other_machines() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
        command
            .env_clear()
            .env("HOME", home.path())
            .env("CASTUI_SERVE_TOKEN", TOKEN)
            .args(["serve", "--bind", address]);
        let ended = command.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && said.contains("binds loopback only"), "{said}");
    }
}
