use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host = host()?;
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect((host.as_str(), 443)).await?;
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(host.try_into()?, stream).await?;
    stream.write_all(b"hello").await?;
    println!("{}", stream.read_u8().await?);
    Ok(())
}
