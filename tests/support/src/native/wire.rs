//! The bytes of one connection: TCP, or TLS over it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConnection, Stream};
use socket2::SockRef;

use super::records::Record;
use super::tls::TlsSide;
use crate::seen::End;

/// One connection as a stream of bytes; notes how it ended.
pub(crate) struct Wire {
    /// Shared with nobody but a server that stops: dropping the wire closes the connection.
    socket: Arc<TcpStream>,
    tls: Option<(Box<ServerConnection>, Arc<TlsSide>)>,
    pace: Option<Pace>,
    end: Option<End>,
}

/// Reads at most `bytes` each time somebody says go.
struct Pace {
    bytes: usize,
    record: Record,
}

impl Wire {
    pub(crate) fn plain(socket: Arc<TcpStream>) -> io::Result<Wire> {
        // What the script sends in one write shall go out at once, and what it splits shall be split.
        socket.set_nodelay(true)?;
        Ok(Wire {
            socket,
            tls: None,
            pace: None,
            end: None,
        })
    }

    pub(crate) fn encrypted(
        socket: Arc<TcpStream>,
        connection: ServerConnection,
        side: Arc<TlsSide>,
    ) -> io::Result<Wire> {
        Ok(Wire {
            tls: Some((Box::new(connection), side)),
            ..Wire::plain(socket)?
        })
    }

    /// How the client ended the connection, as far as reading and writing have shown it.
    pub(crate) fn end(&self) -> Option<End> {
        self.end
    }

    /// From here on each go lets so many bytes be read at most.
    pub(crate) fn slow_down(&mut self, bytes: usize, record: Record) {
        self.pace = Some(Pace { bytes, record });
    }

    /// SO_RCVBUF: bounds what the client can have on its way.
    pub(crate) fn set_receive_buffer(&self, bytes: usize) -> io::Result<()> {
        SockRef::from(&*self.socket).set_recv_buffer_size(bytes)
    }

    /// A close_notify under TLS, then FIN.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Some((connection, _)) = &mut self.tls {
            connection.send_close_notify();
            while connection.wants_write() {
                connection.write_tls(&mut &*self.socket)?;
            }
        }
        self.cut()
    }

    /// TLS 1.3: from here on what is sent is encrypted with other keys, and the client is asked for the same.
    pub(crate) fn update_keys(&mut self) -> io::Result<()> {
        if let Some((connection, _)) = &mut self.tls {
            connection
                .refresh_traffic_keys()
                .map_err(io::Error::other)?;
        }
        self.flush()
    }

    /// Writes past TLS.
    pub(crate) fn write_beneath(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.socket).write_all(bytes)
    }

    /// FIN.
    pub(crate) fn cut(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// Makes the drop of the wire send RST.
    pub(crate) fn reset_on_drop(&self) -> io::Result<()> {
        SockRef::from(&*self.socket).set_linger(Some(Duration::ZERO))
    }

    fn note_end(&mut self, end: End) {
        if self.end.is_none() {
            self.end = Some(end);
            if let Some((_, side)) = &self.tls {
                side.note_end(end);
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let buffer = match &self.pace {
            Some(pace) => {
                pace.record.wait_for_go()?;
                let bytes = buffer.len().min(pace.bytes);
                &mut buffer[..bytes]
            }
            None => buffer,
        };
        let socket = &mut &*self.socket;
        let outcome = match &mut self.tls {
            None => socket.read(buffer),
            Some((connection, _)) => Stream::new(&mut **connection, socket).read(buffer),
        };
        match &outcome {
            Ok(0) if !buffer.is_empty() => self.note_end(match self.tls {
                None => End::Eof,
                Some(_) => End::CloseNotify,
            }),
            Err(error) => match error.kind() {
                // How rustls tells a FIN without a close_notify.
                io::ErrorKind::UnexpectedEof => self.note_end(End::Eof),
                io::ErrorKind::ConnectionReset => self.note_end(End::Reset),
                _ if is_alert(error) => self.note_end(End::Alert),
                _ => {}
            },
            Ok(_) => {}
        }
        outcome
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let socket = &mut &*self.socket;
        let outcome = match &mut self.tls {
            None => socket.write(bytes),
            Some((connection, _)) => Stream::new(&mut **connection, socket).write(bytes),
        };
        if let Err(error) = &outcome
            && matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
            )
        {
            self.note_end(End::Reset);
        }
        outcome
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            None => Ok(()),
            Some((connection, _)) => Stream::new(&mut **connection, &mut &*self.socket).flush(),
        }
    }
}

fn is_alert(error: &io::Error) -> bool {
    let source = error.get_ref().and_then(|source| source.downcast_ref());
    matches!(source, Some(rustls::Error::AlertReceived(_)))
}
