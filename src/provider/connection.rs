//! A server, and its connections, none of which is waited on for ever.
//!
//! actix bounds the head of a connection's first request, and how long a connection lies idle. Half a second head it
//! would await for ever, and likewise a caller who fetches no answer: 800 of either, and nobody else comes in.

use std::future::{Future, ready};
use std::io::{Error, ErrorKind, Result};
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::HttpService;
use actix_service::{ServiceFactoryExt, map_config};
use actix_web::App;
use actix_web::dev::{AppConfig, Server, fn_service};
use actix_web::rt::net::TcpStream;
use actix_web::web::ServiceConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A server on a socket that is bound already, whose every request ends within `deadline`. It stops on SIGTERM, after the
/// requests at work are answered.
pub(crate) fn listen(
    name: &str,
    socket: TcpListener,
    deadline: Duration,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Result<Server> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let server = Server::build().workers(workers).max_concurrent_connections(MAX_CONNECTIONS.div_ceil(workers));
    let server = server.shutdown_timeout(deadline.as_secs() + 2);
    // The deadline holds for the head too, of which no handler ever hears; actix looks at its clock for that twice a
    // second only.
    let patience = deadline.max(Duration::from_secs(1));
    let stopping = server.graceful_shutdown_signal();
    let server = server.listen(name, socket, move || {
        let stopping = stopping.clone();
        let http = HttpService::build()
            .client_request_timeout(patience)
            .client_disconnect_timeout(Duration::from_secs(1))
            .keep_alive(patience)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .h1(map_config(App::new().configure(configure.clone()), |()| AppConfig::default()));
        // Patience for lying idle, for the head, and for the body with what is done about it.
        fn_service(move |stream| ready(Ok(Connection::accept(stream, 3 * patience)))).and_then(http)
    })?;
    Ok(server.run())
}

/// How many connections are open at once: below the 1,024 files that systems grant by default, so that the stores
/// can still open theirs.
const MAX_CONNECTIONS: usize = 800;

/// A stream that says something once in `patience`, or ends. Each answer begins the time anew, so that none is cut:
/// the caller is no longer heard, and what is at work for him is still told.
struct Connection {
    stream: TcpStream,
    patience: Duration,
    end: Pin<Box<Sleep>>,
}

impl Connection {
    /// With the caller's address, as actix wants it.
    fn accept(stream: TcpStream, patience: Duration) -> (Self, Option<SocketAddr>) {
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
