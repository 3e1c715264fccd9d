//! A proxy in front of the server that causes faults. In: requests. Out: the server's response, or the planned fault
//! for the nth uploaded chunk. Independent of runs.

use std::{
    io,
    net::SocketAddr,
    ops::RangeInclusive,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// The point of an exchange at which a fault occurs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    BeforeBody,
    InBody,
    AfterBody,
    InAnswer,
}

/// A fault.
#[derive(Clone, Copy, Debug)]
pub enum Strike {
    /// Another response than the server's: status, additional header lines, body.
    Say(&'static str, &'static str, &'static str),
    /// The server's response with a changed body.
    Alter(fn(Vec<u8>) -> Vec<u8>),
    /// A reset of the connection.
    Reset(Moment),
    /// An open connection on which nothing more is sent.
    Hang(Moment),
    /// The given number of megabytes of blanks.
    Blanks(usize),
    /// The given number of megabytes of blanks, compressed to a few kilobytes.
    Bomb(usize),
    /// The response one byte at a time, with a pause before each.
    Trickle(Duration),
    /// A refusal with this status that repeats the token in body, headers and redirect.
    Echo(&'static str),
    /// A redirect with this status to the address of [`Front::elsewhere`].
    Redirect(&'static str),
}

/// The requests that a fault affects.
#[derive(Clone, Debug)]
pub enum Target {
    /// The nth uploads, counted from 1.
    Uploads(RangeInclusive<u32>),
    /// Requests whose path has this suffix.
    Path(&'static str),
    /// Requests whose path contains this text.
    Within(&'static str),
}

type Hook = Box<dyn FnOnce() + Send>;

/// A front of a server. Stops when it is dropped.
pub struct Front {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    upstream: SocketAddr,
    elsewhere: SocketAddr,
    strangers: AtomicU32,
    uploads: AtomicU32,
    heard: Mutex<Vec<Vec<u8>>>,
    plan: Mutex<Option<(Target, Strike)>>,
    hook: Mutex<Option<(u32, Hook)>>,
    gate: watch::Sender<u32>,
}

/// The way in which a connection ends.
#[derive(PartialEq)]
pub enum End {
    Closed,
    Reset,
}

impl Front {
    pub async fn before(upstream: SocketAddr) -> Self {
        let (listener, elsewhere) = (listen().await, listen().await);
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream,
            elsewhere: elsewhere.local_addr().unwrap(),
            strangers: AtomicU32::new(0),
            uploads: AtomicU32::new(0),
            heard: Mutex::default(),
            plan: Mutex::default(),
            hook: Mutex::default(),
            gate: watch::Sender::new(u32::MAX),
        });
        let counting = shared.clone();
        let tasks = vec![
            tokio::spawn(accept(listener, shared.clone())),
            tokio::spawn(async move {
                while elsewhere.accept().await.is_ok() {
                    counting.strangers.fetch_add(1, Ordering::SeqCst);
                }
            }),
        ];
        Self { address, shared, tasks }
    }

    /// Sets a fault, which is active from now on.
    pub fn strike(&self, target: Target, strike: Strike) {
        *self.shared.plan.lock().unwrap() = Some((target, strike));
    }

    /// Runs a hook when the nth upload has arrived, before it is answered.
    pub fn at_upload(&self, number: u32, hook: impl FnOnce() + Send + 'static) {
        *self.shared.hook.lock().unwrap() = Some((number, Box::new(hook)));
    }

    /// Holds back the responses to uploads from the nth on, until the gate is opened.
    pub fn hold_from(&self, number: u32) -> Gate {
        self.shared.gate.send_replace(number);
        Gate(self.shared.gate.clone())
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.shared.plan.lock().unwrap().take();
        self.shared.hook.lock().unwrap().take();
    }

    /// Returns the bytes of every request.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// Returns the number of connections to the target of redirects.
    pub fn strangers(&self) -> u32 {
        self.shared.strangers.load(Ordering::SeqCst)
    }

    /// Returns a counter of the uploaded chunks.
    pub fn uploads(&self) -> Uploads {
        Uploads(self.shared.clone())
    }

    /// Returns a function that serves connections accepted elsewhere.
    pub fn door(&self) -> impl Fn(Box<dyn Stream>) -> JoinHandle<()> + Send + 'static {
        let shared = self.shared.clone();
        move |mut stream| {
            let shared = shared.clone();
            tokio::spawn(async move { drop(shared.serve(&mut *stream).await) })
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// A gate that holds uploads back.
pub struct Gate(watch::Sender<u32>);

impl Gate {
    /// Lets all uploads pass.
    pub fn open(&self) {
        self.0.send_replace(u32::MAX);
    }
}

/// A counter of uploaded chunks.
#[derive(Clone)]
pub struct Uploads(Arc<Shared>);

impl Uploads {
    pub fn count(&self) -> u32 {
        self.0.uploads.load(Ordering::SeqCst)
    }
}

/// A connection, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            if let Ok(End::Reset) = shared.serve(&mut stream).await {
                let _ = stream.set_zero_linger();
            }
        });
    }
}

impl Shared {
    /// Serves one request. Every connection ends after it.
    async fn serve(&self, stream: &mut (impl Stream + ?Sized)) -> io::Result<End> {
        let mut request = Vec::new();
        let head = read_head(stream, &mut request).await?;
        let text = String::from_utf8_lossy(&request[..head]).into_owned();
        let (path, length) = (path_of(&text), length_of(&text));
        let upload = length.filter(|_| path.contains("/cellarium-cell-operations/") && !path.ends_with("by-ids"));
        let number = upload.map(|_| self.uploads.fetch_add(1, Ordering::SeqCst) + 1);
        let strike = self.strike_on(&path, number);
        match strike {
            Some(Strike::Reset(Moment::BeforeBody)) => return Ok(End::Reset),
            Some(Strike::Hang(Moment::BeforeBody)) => std::future::pending().await,
            _ => {}
        }
        let whole = head + length.unwrap_or(0);
        if strike.is_some_and(|strike| matches!(strike, Strike::Reset(Moment::InBody))) {
            read_to(stream, &mut request, head + (whole - head) / 2).await?;
            return Ok(End::Reset);
        }
        read_to(stream, &mut request, whole).await?;
        if let Some(number) = number {
            self.run_hook(number).await;
            // The sender lives as long as `self`.
            let _ = self.gate.subscribe().wait_for(|held_from| number < *held_from).await;
        }
        self.heard.lock().unwrap().push(request.clone());
        let request = with_header(&request, head, "connection: close");
        match strike {
            None => copy(&self.ask(&request).await?, stream).await,
            Some(strike) => self.break_answer(strike, &request, stream).await,
        }
    }

    async fn break_answer(
        &self,
        strike: Strike,
        request: &[u8],
        stream: &mut (impl Stream + ?Sized),
    ) -> io::Result<End> {
        let blanks = |megabytes: usize| vec![b' '; megabytes << 20];
        let answer = match strike {
            Strike::Say(status, headers, body) => response(status, headers, body.as_bytes()),
            Strike::Echo(status) => {
                let head = String::from_utf8_lossy(request).into_owned();
                let secret = bearer_of(&head).unwrap_or("nobody");
                let target = format!("http://{secret}@localhost:{}/{secret}?{secret}", self.elsewhere.port());
                let headers = format!("location: {target}\r\nx-trace-id: {secret}\r\nset-cookie: {secret}\r\n");
                response(
                    status,
                    &headers,
                    format!(r#"{{"detail": ["{secret}", {{"{secret}": "{secret}"}}]}}"#).as_bytes(),
                )
            }
            Strike::Redirect(status) => {
                let target = format!("location: http://localhost:{}/x\r\n", self.elsewhere.port());
                response(status, &target, b"")
            }
            Strike::Blanks(megabytes) => response("200 OK", "", &blanks(megabytes)),
            Strike::Bomb(megabytes) => response("200 OK", "content-encoding: gzip\r\n", &gzip(&blanks(megabytes))),
            Strike::Alter(alter) => response("200 OK", "", &alter(body_of(self.ask(request).await?))),
            Strike::Reset(Moment::InAnswer) => {
                let answer = self.ask(request).await?;
                copy(&answer[..answer.len() - 10], stream).await?;
                return Ok(End::Reset);
            }
            Strike::Reset(_) => return Ok(End::Reset),
            Strike::Hang(moment) => {
                let answer = self.ask(request).await?;
                let sent = if moment == Moment::InAnswer { answer.len() - 10 } else { 0 };
                stream.write_all(&answer[..sent]).await?;
                stream.flush().await?;
                std::future::pending().await
            }
            Strike::Trickle(pause) => {
                for byte in self.ask(request).await? {
                    tokio::time::sleep(pause).await;
                    stream.write_all(&[byte]).await?;
                    stream.flush().await?;
                }
                return Ok(End::Closed);
            }
        };
        copy(&answer, stream).await
    }

    fn strike_on(&self, path: &str, number: Option<u32>) -> Option<Strike> {
        let plan = self.plan.lock().unwrap();
        let (target, strike) = plan.as_ref()?;
        let struck = match target {
            Target::Uploads(numbers) => number.is_some_and(|number| numbers.contains(&number)),
            Target::Path(end) => path.ends_with(end),
            Target::Within(part) => path.contains(part),
        };
        struck.then_some(*strike)
    }

    async fn run_hook(&self, number: u32) {
        let due = self.hook.lock().unwrap().take_if(|(when, _)| *when == number);
        if let Some((_, hook)) = due {
            tokio::task::spawn_blocking(hook).await.unwrap();
        }
    }

    async fn ask(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut upstream = TcpStream::connect(self.upstream).await?;
        upstream.write_all(request).await?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await?;
        Ok(answer)
    }
}

async fn copy(answer: &[u8], stream: &mut (impl Stream + ?Sized)) -> io::Result<End> {
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    Ok(End::Closed)
}

/// Reads up to the empty line and returns the length of the head.
pub async fn read_head(stream: &mut (impl Stream + ?Sized), into: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        if let Some(end) = into.windows(4).position(|four| four == b"\r\n\r\n") {
            return Ok(end + 4);
        }
        if stream.read_buf(into).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn read_to(stream: &mut (impl Stream + ?Sized), into: &mut Vec<u8>, length: usize) -> io::Result<()> {
    while into.len() < length {
        if stream.read_buf(into).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

fn path_of(head: &str) -> String {
    head.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

fn length_of(head: &str) -> Option<usize> {
    let header =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    header?.trim().parse().ok()
}

fn bearer_of(head: &str) -> Option<&str> {
    head.lines().find_map(|line| {
        line.to_ascii_lowercase().starts_with("authorization: ").then(|| &line["authorization: Bearer ".len()..])
    })
}

fn with_header(request: &[u8], head: usize, line: &str) -> Vec<u8> {
    [&request[..head - 2], line.as_bytes(), b"\r\n\r\n", &request[head..]].concat()
}

fn body_of(answer: Vec<u8>) -> Vec<u8> {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    answer[head + 4..].to_vec()
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut encoder, body).unwrap();
    encoder.finish().unwrap()
}
