//! The opening handshake on a connected transport.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::cause::Cause;
use crate::error::{Error, Response, Stage};
use crate::negotiation::Agreed;
use crate::protocol::handshake::{Answer, Body, Key, Request};

use super::dial::Plan;
use super::keys::handshake_nonce;
use super::tls;
use super::transport::Stream;

/// How long a refusal's body may take; without it the refusal is as good.
const BODY_PATIENCE: Duration = Duration::from_secs(1);

/// For what is read of the answer at once: mostly all of it.
const ROOM: usize = 1024;

/// Answers what was agreed, and the bytes that came behind the answer.
pub(super) async fn exchange(
    stream: &mut dyn Stream,
    plan: &Plan,
) -> Result<(Agreed, BytesMut), Error> {
    let Plan {
        url,
        offer,
        limits,
        dialing,
    } = plan;
    let key = Key::new(handshake_nonce());
    let request = Request {
        url,
        key: &key,
        offer,
        origin: dialing.origin.as_ref(),
        authorization: dialing.authorization.as_ref(),
        extra: &dialing.headers,
    };
    stream.write_all(&request.encode()).await.map_err(failed)?;
    stream.flush().await.map_err(failed)?;

    let mut answer = Answer::new(limits.max_response_size, limits.max_response_fields);
    let mut input = BytesMut::with_capacity(ROOM);
    let head = loop {
        if let Some(head) = answer.parse(&input)? {
            break head;
        }
        input.reserve(ROOM);
        if stream.read_buf(&mut input).await.map_err(failed)? == 0 {
            return Err(Error::from(Cause::Ended {
                during: Stage::Upgrade,
            }));
        }
    };
    if head.status() != 101 {
        let (response, body) = (head.response(), head.body());
        input.advance(answer.length());
        return Err(Box::pin(refusal(stream, response, body, input)).await);
    }
    let agreed = head.check(&key, offer)?;
    input.advance(answer.length());
    Ok((agreed, input))
}

async fn refusal(
    stream: &mut dyn Stream,
    mut response: Response,
    mut body: Body,
    mut input: BytesMut,
) -> Error {
    let read_body = async {
        while !body.take(&mut input) && matches!(stream.read_buf(&mut input).await, Ok(1..)) {}
    };
    // What has come by then is what there is.
    let _ = timeout(BODY_PATIENCE, read_body).await;
    response.body = body.into_head();
    Error::from(Cause::Http(response))
}

fn failed(error: std::io::Error) -> Error {
    match tls::is_tls(&error) {
        true => Error::from(Cause::Tls(std::sync::Arc::new(error))),
        false => Error::io(Stage::Upgrade, error),
    }
}
