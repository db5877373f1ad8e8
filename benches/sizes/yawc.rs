use futures_util::{SinkExt, StreamExt};
use yawc::{Frame, Options, WebSocket};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let options = Options::default().with_balanced_compression();
    let mut socket = WebSocket::connect(url.parse()?).with_options(options).await?;
    socket.send(Frame::text("hello")).await?;
    println!("{:?}", socket.next().await.map(|frame| frame.payload().len()));
    Ok(())
}
