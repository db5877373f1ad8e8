use onesocket::WebSocket;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let socket = WebSocket::connect(url).await?;
    socket.send("hello")?;
    println!("{:?}", socket.recv().await);
    Ok(())
}
