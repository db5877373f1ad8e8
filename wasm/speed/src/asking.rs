//! Clients that are asked for the next message.

use crate::task::{Kind, Task, now};

pub(crate) trait Asking: Sized {
    async fn connect(url: &str) -> Self;
    async fn send_bytes(&mut self);
    async fn send_text(&mut self);
    /// The size of the next message.
    async fn receive(&mut self) -> usize;
}

pub(crate) async fn measure<C: Asking>(url: &str, task: Task) -> f64 {
    let mut socket = C::connect(url).await;

    let begun = now();
    match task.kind {
        Kind::Ping => {
            for _ in 1..task.count {
                socket.send_bytes().await;
                socket.receive().await;
            }
            socket.send_bytes().await;
        }
        Kind::Receive => {
            socket.send_text().await;
            for _ in 1..task.count {
                socket.receive().await;
            }
        }
        Kind::Send | Kind::Call => {
            for _ in 0..task.count {
                socket.send_bytes().await;
            }
        }
        Kind::SendText => {
            for _ in 0..task.count {
                socket.send_text().await;
            }
        }
    }
    let called = now();
    socket.receive().await;
    task.time(begun, called, now())
}
