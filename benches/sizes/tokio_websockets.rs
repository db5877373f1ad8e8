use futures_util::{SinkExt, StreamExt};
use tokio_websockets::{ClientBuilder, Message};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let (mut socket, _) = ClientBuilder::new().uri(&url)?.connect().await?;
    socket.send(Message::text("hello")).await?;
    println!("{:?}", socket.next().await);
    Ok(())
}
