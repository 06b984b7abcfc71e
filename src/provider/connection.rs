//! A connection that is not waited on for ever.
//!
//! actix bounds the head of a connection's first request, and how long a connection lies idle. Half a second head it
//! would await for ever, and likewise a caller who fetches no answer: 800 of either, and nobody else comes in.

use std::future::Future;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream that says something once in `patience`, or ends. Each answer begins the time anew, so that none is cut:
/// the caller is no longer heard, and what is at work for him is still told.
pub(super) struct Connection {
    stream: TcpStream,
    patience: Duration,
    end: Pin<Box<Sleep>>,
}

impl Connection {
    /// With the caller's address, as actix wants it.
    pub(super) fn accept(stream: TcpStream, patience: Duration) -> (Self, Option<SocketAddr>) {
        let caller = stream.peer_addr().ok();
        (Self { stream, patience, end: Box::pin(sleep(patience)) }, caller)
    }

    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.end.as_mut().poll(context).is_ready()
    }

    /// What became of a write: a byte out is patience won, none out for too long is the end.
    fn written(&mut self, context: &mut Context<'_>, written: Poll<Result<usize>>) -> Poll<Result<usize>> {
        match written {
            Poll::Ready(Ok(_)) => self.end.as_mut().reset(Instant::now() + self.patience),
            Poll::Pending if self.is_over(context) => return Poll::Ready(Err(Error::from(ErrorKind::TimedOut))),
            Poll::Ready(Err(_)) | Poll::Pending => (),
        }
        written
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, read: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        if self.is_over(context) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, read)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
