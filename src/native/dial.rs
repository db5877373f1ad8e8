//! From a URL to bytes that flow: policy, name, TCP, TLS, opening handshake; each step within the connect timeout.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep, timeout_at};

use crate::cause::Cause;
use crate::error::{Error, Stage};
use crate::negotiation::{Agreed, Offer};
use crate::options::Limits;
use crate::rules::{self, UrlRecord};

use super::attempts::Attempt;
use super::dialing::Dialing;
use super::tls;
use super::transport::Transport;
use super::upgrade;

/// RFC 8305 5: the pause between two connection attempts, "recommended to be 250 milliseconds".
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// An open connection.
pub(super) struct Established {
    pub(super) transport: Transport,
    pub(super) agreed: Agreed,
    /// What came behind the handshake's answer: the first frames.
    pub(super) rest: BytesMut,
}

/// What is dialled with.
pub(super) struct Plan {
    pub(super) url: UrlRecord,
    pub(super) offer: Offer,
    pub(super) limits: Arc<Limits>,
    pub(super) dialing: Dialing,
}

/// Within the connect timeout: one clock for all steps.
pub(super) async fn establish(plan: &Plan) -> Result<Established, Error> {
    check_policy(&plan.url, &plan.dialing)?;
    let limit = plan.limits.connect_timeout;
    let mut during = Stage::Name;
    match timeout_at(deadline(limit), take_steps(plan, &mut during)).await {
        Ok(result) => result,
        Err(_) => Err(Error::from(Cause::ConnectTimeout { during, limit })),
    }
}

/// Notes the step before it is taken.
async fn take_steps(plan: &Plan, during: &mut Stage) -> Result<Established, Error> {
    let Plan { url, dialing, .. } = plan;
    let _attempt = match dialing.one_attempt_per_host {
        true => {
            *during = Stage::Tcp;
            Some(Attempt::wait_for_turn(url.host(), url.port_or_default()).await)
        }
        false => None,
    };
    *during = Stage::Name;
    let addresses = resolve(url, dialing).await?;
    *during = Stage::Tcp;
    let stream = connect_tcp(url, addresses).await?;
    let mut transport = match url.secure {
        true => {
            *during = Stage::Tls;
            let config = match &dialing.tls {
                Some(config) => config,
                None => tls::default_config(),
            };
            Box::pin(tls::connect(stream, url.host(), config)).await?
        }
        false => Transport::Tcp(stream),
    };
    *during = Stage::Upgrade;
    let (agreed, rest) = upgrade::exchange(transport.stream(), plan).await?;
    Ok(Established {
        transport,
        agreed,
        rest,
    })
}

/// Fetch: a blocked port, or an insecure scheme in a secure context, is a network error and not an exception.
fn check_policy(url: &UrlRecord, dialing: &Dialing) -> Result<(), Error> {
    if dialing.block_ports && rules::is_blocked_port(url.port_or_default()) {
        return Err(Error::from(Cause::BlockedPort(url.port_or_default())));
    }
    if dialing.secure_context && !url.secure {
        return Err(Error::from(Cause::InsecureScheme));
    }
    Ok(())
}

/// So far away that it never comes, and still a time that the clock knows.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// The end of a time that begins now. A limit too large for the clock is no limit.
fn deadline(limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + NEVER)
}

async fn resolve(url: &UrlRecord, dialing: &Dialing) -> Result<Vec<SocketAddr>, Error> {
    let host = url.host();
    let failed = |source: io::Error| {
        Error::from(Cause::Name {
            host: host.to_owned(),
            source: Arc::new(source),
        })
    };
    if let Some(addresses) = dialing.addresses_of(host) {
        return Ok(addresses
            .iter()
            .map(|&address| SocketAddr::new(address, url.port_or_default()))
            .collect());
    }
    // A URL's IPv6 host stands in brackets.
    if let Ok(address) = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
    {
        return Ok(vec![SocketAddr::new(address, url.port_or_default())]);
    }
    let addresses: Vec<_> = lookup_host((host, url.port_or_default()))
        .await
        .map_err(failed)?
        .collect();
    if addresses.is_empty() {
        return Err(failed(io::Error::new(
            io::ErrorKind::NotFound,
            "the name has no address",
        )));
    }
    Ok(alternate_families(addresses))
}

/// RFC 8305 4: "an interleaved list" of the two address families, beginning with the resolver's first choice.
fn alternate_families(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut mixed = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return mixed;
        }
        mixed.extend(pair.into_iter().flatten());
    }
}

async fn connect_tcp(url: &UrlRecord, addresses: Vec<SocketAddr>) -> Result<TcpStream, Error> {
    let failed = |source: io::Error| {
        let address = format!("{}:{}", url.host(), url.port_or_default());
        Error::from(Cause::Tcp {
            address,
            source: Arc::new(source),
        })
    };
    let stream = match addresses[..] {
        // Nothing to race against: no clock, and no memory for attempts.
        [address] => TcpStream::connect(address).await,
        _ => race(addresses).await,
    }
    .map_err(failed)?;
    // Small messages leave at once; batching is done above TCP.
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}

/// RFC 8305 5: attempts start one after the other, and the first connection that is made wins.
async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    type Connecting = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;
    let mut waiting = addresses.into_iter();
    let mut attempts: Vec<Connecting> = Vec::new();
    let mut pause = pin!(sleep(Duration::ZERO));
    let mut error = None;
    std::future::poll_fn(|context| {
        loop {
            let mut one_failed = false;
            let mut index = 0;
            while let Some(attempt) = attempts.get_mut(index) {
                match attempt.as_mut().poll(context) {
                    Poll::Ready(Ok(stream)) => return Poll::Ready(Ok(stream)),
                    Poll::Ready(Err(cause)) => {
                        error = Some(cause);
                        one_failed = true;
                        drop(attempts.swap_remove(index));
                    }
                    Poll::Pending => index += 1,
                }
            }
            // "if one connection attempt fails", the next one need not wait for the pause.
            let is_paused = !attempts.is_empty() && !one_failed && waiting.len() > 0;
            if is_paused && pause.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            match waiting.next() {
                Some(address) => {
                    attempts.push(Box::pin(TcpStream::connect(address)));
                    pause.as_mut().reset(Instant::now() + ATTEMPT_DELAY);
                }
                None if attempts.is_empty() => {
                    return Poll::Ready(Err(error.take().unwrap_or_else(|| {
                        io::Error::new(io::ErrorKind::NotFound, "there is no address to connect to")
                    })));
                }
                None => return Poll::Pending,
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn v4(last: u8) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, last], 1))
    }

    fn v6(last: u16) -> SocketAddr {
        SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, last], 1))
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_beyond_the_clock_is_far_away() {
        let second = Duration::from_secs(1);
        assert_eq!(deadline(second), Instant::now() + second);
        assert_eq!(deadline(Duration::MAX), Instant::now() + NEVER);
    }

    #[test]
    fn families_alternate_and_begin_with_the_resolvers_choice() {
        let addresses = vec![v6(1), v6(2), v6(3), v4(1)];
        assert_eq!(alternate_families(addresses), [v6(1), v4(1), v6(2), v6(3)]);
        assert_eq!(
            alternate_families(vec![v4(1), v4(2), v6(1)]),
            [v4(1), v6(1), v4(2)]
        );
        assert_eq!(alternate_families(vec![]), []);
    }

    #[tokio::test]
    async fn an_address_that_refuses_does_not_hold_up_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let stream = race(vec![v4(1), v6(1), good]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
    }

    #[tokio::test]
    async fn when_all_refuse_the_last_refusal_is_the_error() {
        let error = race(vec![v4(1), v6(1)]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(
            race(vec![]).await.unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }
}
