use std::sync::Arc;

use fastwebsockets::{Frame, Payload, handshake};
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper::rt::Executor;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host = std::env::args().nth(1).unwrap_or_default();
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect((host.as_str(), 443)).await?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(host.clone().try_into()?, stream).await?;
    let request = Request::builder()
        .uri("/")
        .header("Host", host)
        .header("Upgrade", "websocket")
        .header("Connection", "upgrade")
        .header("Sec-WebSocket-Key", handshake::generate_key())
        .header("Sec-WebSocket-Version", "13")
        .body(Empty::<Bytes>::new())?;
    let (mut socket, _) = handshake::client(&Tasks, request, stream).await?;
    socket.write_frame(Frame::text(Payload::Borrowed(b"hello"))).await?;
    println!("{}", socket.read_frame().await?.payload.len());
    Ok(())
}

struct Tasks;

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}
