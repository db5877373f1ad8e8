//! The client that the reference suite judges: it connects once per case and echoes every message.
//!
//! usage: onesocket-autobahn-client URL CASE...

use std::env;

use onesocket::{Error, WebSocket};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = env::args().skip(1);
    let server = arguments.next().unwrap_or_default();
    for case in arguments {
        let url = format!("{server}/runCase?casetuple={case}&agent=onesocket");
        if let Err(error) = echo(&url).await {
            println!("{case}: {error}");
        }
    }
}

/// Many cases break a rule on purpose, so that the connection must fail. The suite judges how it does; here it is an end like others.
async fn echo(url: &str) -> Result<(), Error> {
    // The sections about compression begin with messages of 16 bytes: these too are to be compressed.
    let builder = WebSocket::builder(url).min_compressed_size(0);
    let socket = builder.connect().await?;
    while let Some(Ok(message)) = socket.recv().await {
        socket.send(message)?;
    }
    socket.closed().await;
    Ok(())
}
