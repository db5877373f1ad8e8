//! Messages of every size and kind, fragments, pings.

use onesocket::{Message, WebSocket};

use super::{Checked, connect, echoes, expect, finish, send, url};

const SIZES: [usize; 7] = [0, 1, 125, 126, 1 << 10, 64 << 10, 1 << 20];
const IN_A_ROW: usize = 300;

/// Every message comes back as it was sent, one by one and many at once.
pub(crate) async fn echo(port: u16) -> Checked {
    let socket = connect(WebSocket::builder(url(port))).await?;
    echoes(&socket, "grüß Gott, 世界, 🦀").await?;
    for size in SIZES {
        let bytes: Vec<u8> = (0..size).map(|at| (at * 31 % 251) as u8).collect();
        let text: String = "aé世🦀".chars().cycle().take(size / 4).collect();
        echoes(&socket, bytes).await?;
        echoes(&socket, text).await?;
    }
    let row: Vec<Message> = (0..IN_A_ROW)
        .map(|number| match number % 3 {
            0 => Message::from(vec![number as u8; number * 10]),
            _ => Message::from(format!("message {number} of many, {}", "x".repeat(number))),
        })
        .collect();
    for message in &row {
        send(&socket, message.clone())?;
    }
    for message in &row {
        expect(&socket, message).await?;
    }
    finish(socket).await?;
    Ok(format!("0 bytes to 1 MiB, {IN_A_ROW} in a row"))
}

/// What the server sends in fragments comes as one message.
pub(crate) async fn fragments(port: u16) -> Checked {
    let words = ["one", "two-é世", "three"];
    let socket = connect(WebSocket::builder(url(port))).await?;
    for _ in 0..3 {
        send(&socket, format!("!fragments {}", words.join(" ")))?;
        expect(&socket, &words.concat().into()).await?;
    }
    finish(socket).await?;
    Ok(format!("{} in one message", words.len()))
}

/// A ping from the server is answered while messages go on.
pub(crate) async fn ping(port: u16) -> Checked {
    let socket = connect(WebSocket::builder(url(port))).await?;
    for data in ["a", "another"] {
        send(&socket, format!("!ping {data}"))?;
        expect(&socket, &format!("pong {data}").into()).await?;
    }
    echoes(&socket, "after it").await?;
    finish(socket).await?;
    Ok("answered with their data".to_owned())
}
