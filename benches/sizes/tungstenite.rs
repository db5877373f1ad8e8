use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let (mut socket, _) = connect_async(url).await?;
    socket.send(Message::text("hello")).await?;
    println!("{:?}", socket.next().await);
    Ok(())
}
