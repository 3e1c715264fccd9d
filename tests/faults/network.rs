//! Faults between the program and its server: untrusted certificates and refusing proxies. The server is `cas.test`, a
//! name that only the proxy can resolve.

use std::{fs, io, net::SocketAddr, path::PathBuf, process::Command, sync::Arc};

use rcgen::{CertificateParams, CertifiedKey, KeyPair, date_time_ymd};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

use super::{
    Row, Survived,
    front::{self, Uploads},
    world::{Answers, CHUNKS, World, ensure, run, says, says_what_is_kept},
};

const NAME: &str = "cas.test";

/// The proxy's response to connections.
#[derive(Clone, Copy)]
enum Gate {
    Opens,
    /// Refuses a limited number of connections, after a number of uploaded chunks.
    Refuses {
        after: u32,
        most: u32,
        answer: &'static str,
    },
}

/// A front behind TLS, and a proxy in front of it.
struct Network {
    world: World,
    proxy: String,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Network {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

pub fn all(undisturbed: &Answers) -> Vec<Row<'_>> {
    let bad_proxy = |fault, answer, words| super::row(fault, closed_proxy(undisturbed, answer, words));
    vec![
        super::row(
            "a self-signed certificate",
            untrusted(undisturbed, certificate(NAME, 4000), &["certificate is not trusted", "SSL_CERT_FILE"]),
        ),
        super::row(
            "a certificate for another name",
            mistaken(certificate("other.test", 4000), &["not valid for", "SSL_CERT_FILE"]),
        ),
        super::row("a certificate that has expired", mistaken(certificate(NAME, 2001), &["expired", "SSL_CERT_FILE"])),
        super::row("another certificate in the middle", changed_certificate(undisturbed)),
        bad_proxy("a proxy that wants a password", "407 Proxy Authentication Required", &["proxy", "HTTPS_PROXY"]),
        bad_proxy("a proxy that forbids", "403 Forbidden", &["proxy", "HTTPS_PROXY"]),
        bad_proxy("a proxy without a way", "502 Bad Gateway", &["proxy", "HTTPS_PROXY"]),
        super::row("a proxy that refuses a chunk", refused_chunk(undisturbed)),
        super::row("a proxy that closes in the middle", proxy_gone(undisturbed)),
    ]
}

/// Checks that setting one variable makes the certificate trusted, so that the run succeeds through proxy and
/// encryption.
async fn untrusted(undisturbed: &Answers, certified: Certified, words: &[&str]) -> Survived {
    let trusted = certified.pem.clone();
    let network = Network::new(vec![certified], Gate::Opens).await;
    let ended = run(network.over(network.world.annotate(), None)).await;
    ensure(ended.code == Some(6) && network.world.paid().is_empty(), || format!("{ended:?}"))?;
    says(&ended.said, words)?;
    let ended = run(network.over(network.world.annotate(), Some(&trusted))).await;
    ensure(ended.code == Some(0), || format!("{ended:?}"))?;
    network.world.recover(undisturbed).await
}

/// Checks that a trusted but wrong certificate is refused.
async fn mistaken(certified: Certified, words: &[&str]) -> Survived {
    let trusted = certified.pem.clone();
    let network = Network::new(vec![certified], Gate::Opens).await;
    let ended = run(network.over(network.world.annotate(), Some(&trusted))).await;
    ensure(ended.code == Some(6) && network.world.paid().is_empty(), || format!("{ended:?}"))?;
    says(&ended.said, words)?;
    Ok(0)
}

/// Changes the certificate during the run: no chunk is sent to a server that cannot prove its identity.
async fn changed_certificate(undisturbed: &Answers) -> Survived {
    let (own, strange) = (certificate(NAME, 4000), certificate(NAME, 4000));
    let trusted = own.pem.clone();
    let network = Network::new(vec![own, strange], Gate::Opens).await;
    let ended = run(network.over(network.world.annotate(), Some(&trusted))).await;
    let stored = network.world.stored().len();
    ensure(ended.code == Some(7) && stored == 2, || format!("{stored} chunks stored: {ended:?}"))?;
    says(&ended.said, &["certificate is not trusted", "SSL_CERT_FILE"])?;
    says_what_is_kept(&ended.said, stored)?;
    network.world.recover(undisturbed).await
}

async fn closed_proxy(undisturbed: &Answers, answer: &'static str, words: &[&str]) -> Survived {
    let certified = certificate(NAME, 4000);
    let trusted = certified.pem.clone();
    let gate = Gate::Refuses { after: 0, most: u32::MAX, answer };
    let network = Network::new(vec![certified], gate).await;
    let ended = run(network.over(network.world.annotate(), Some(&trusted))).await;
    ensure(ended.code == Some(6) && network.world.paid().is_empty(), || format!("{ended:?}"))?;
    says(&ended.said, words)?;
    network.world.recover(undisturbed).await
}

async fn refused_chunk(undisturbed: &Answers) -> Survived {
    let gate = Gate::Refuses { after: 2, most: 1, answer: "502 Bad Gateway" };
    let (network, said) = Network::behind(gate).await?;
    says_what_is_kept(&said, CHUNKS - 1)?;
    network.world.recover(undisturbed).await
}

async fn proxy_gone(undisturbed: &Answers) -> Survived {
    let (network, said) =
        Network::behind(Gate::Refuses { after: 2, most: u32::MAX, answer: "502 Bad Gateway" }).await?;
    says_what_is_kept(&said, 2)?;
    network.world.recover(undisturbed).await
}

impl Network {
    async fn new(certificates: Vec<Certified>, gate: Gate) -> Self {
        let world = World::new().await;
        let (tls, proxy) = (front::listen().await, front::listen().await);
        let (behind, before) = (tls.local_addr().unwrap(), proxy.local_addr().unwrap());
        let acceptors = certificates.iter().map(Certified::acceptor).collect();
        let tasks = vec![
            tokio::spawn(accept_encrypted(tls, (acceptors, world.front.uploads()), world.front.door())),
            tokio::spawn(lead(proxy, behind, (gate, world.front.uploads()))),
        ];
        Self { world, proxy: format!("http://{before}"), tasks }
    }

    /// Runs through a gate that closes in the middle, and returns the output.
    async fn behind(gate: Gate) -> Result<(Self, String), String> {
        let certified = certificate(NAME, 4000);
        let trusted = certified.pem.clone();
        let network = Self::new(vec![certified], gate).await;
        let ended = run(network.over(network.world.annotate(), Some(&trusted))).await;
        ensure(ended.code == Some(7), || format!("{ended:?}"))?;
        says(&ended.said, &["through the proxy of HTTPS_PROXY", "the proxy refused the connection"])?;
        Ok((network, ended.said))
    }

    /// Makes a command use the proxy, trusting the named certificates.
    fn over(&self, mut command: Command, trusted: Option<&str>) -> Command {
        command.env("CAS_API_URL", format!("https://{NAME}")).env("HTTPS_PROXY", &self.proxy);
        if let Some(pem) = trusted {
            let path: PathBuf = self.world.path("trusted.pem");
            fs::write(&path, pem).unwrap();
            command.env("SSL_CERT_FILE", path);
        }
        command
    }
}

/// Accepts encrypted connections. The certificate changes after two uploaded chunks, because each connection carries
/// one request.
async fn accept_encrypted(
    listener: TcpListener,
    (acceptors, uploads): (Vec<TlsAcceptor>, Uploads),
    door: impl Fn(Box<dyn front::Stream>) -> JoinHandle<()>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = if uploads.count() >= 2 { acceptors.last() } else { acceptors.first() };
        if let Ok(stream) = acceptor.unwrap().accept(stream).await {
            door(Box::new(stream));
        }
    }
}

/// An HTTP proxy with one destination.
async fn lead(listener: TcpListener, behind: SocketAddr, (gate, uploads): (Gate, Uploads)) {
    let mut refused = 0;
    while let Ok((stream, _)) = listener.accept().await {
        let refusal = match gate {
            Gate::Refuses { after, most, answer } if uploads.count() >= after && refused < most => Some(answer),
            Gate::Refuses { .. } | Gate::Opens => None,
        };
        refused += u32::from(refusal.is_some());
        tokio::spawn(tunnel(stream, behind, refusal));
    }
}

async fn tunnel(mut stream: TcpStream, behind: SocketAddr, refusal: Option<&str>) -> io::Result<()> {
    front::read_head(&mut stream, &mut Vec::new()).await?;
    let answer = refusal.unwrap_or("200 OK");
    stream.write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
    if refusal.is_none() {
        let mut behind = TcpStream::connect(behind).await?;
        tokio::io::copy_bidirectional(&mut stream, &mut behind).await?;
    }
    Ok(())
}

/// A test certificate with its key.
struct Certified {
    pem: String,
    made: CertifiedKey<KeyPair>,
}

/// Returns a self-signed certificate, valid until the beginning of a year.
fn certificate(name: &str, until: i32) -> Certified {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(until, 1, 1));
    let signing_key = KeyPair::generate().unwrap();
    let cert = params.self_signed(&signing_key).unwrap();
    Certified { pem: cert.pem(), made: CertifiedKey { cert, signing_key } }
}

impl Certified {
    fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::try_from(self.made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(vec![self.made.cert.der().clone()], key).unwrap()))
    }
}
