//! The listener: accepts connections, bounds how many there are and how slowly a request may come, and ends them in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// Connections at once; more wait in the system's queue.
const MAX_CONNECTIONS: usize = 8_192;
/// How long the head of a request may take to arrive, and how long a kept connection may rest.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a request's head.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// The pause after the system refused a connection (out of file descriptors, say).
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// Serves until `stop` ends; then lets running answers finish within `grace` and cuts what is left, which can be resumed.
pub async fn serve(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>, grace: Duration) {
    let (graceful, room) = (GracefulShutdown::new(), Arc::new(Semaphore::new(MAX_CONNECTIONS)));
    tokio::pin!(stop);
    loop {
        let accepted = async {
            let place = room.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, (stream, peer)) = tokio::select! {
            () = &mut stop => break,
            (place, accepted) = accepted => match accepted {
                Ok(accepted) => (place, accepted),
                Err(e) => {
                    tracing::warn!(error = %e, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_REFUSAL).await;
                    continue;
                }
            },
        };
        let connection = graceful.watch(connection(stream, peer, routes.clone()));
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                // Visitors leave in the middle of an answer every day.
                tracing::debug!(error = %e, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("stopping: running downloads may finish");
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::info!("downloads that still ran were cut; they can be resumed");
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Output = Result<(), hyper::Error>> {
    // A small answer should not wait for a full packet; a failure here costs milliseconds, nothing else.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        routes.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES.max(8_192))
        .serve_connection(TokioIo::new(stream), service)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::routing::get;
    use futures_util::stream;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    const GRACE: Duration = Duration::from_millis(600);

    /// Answers with `parts` letters, one every 100 ms.
    fn slow(parts: u32) -> Router {
        let letters = move || async move {
            Body::from_stream(stream::unfold(0, move |sent| async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                (sent < parts).then(|| (Ok::<_, std::io::Error>("x"), sent + 1))
            }))
        };
        Router::new().route("/", get(letters))
    }

    /// Asks for `/`, stops the listener while the answer runs, and gives what came.
    async fn stopped_in_the_middle(routes: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, routes, async { drop(stopped.await) }, GRACE));
        let mut visitor = TcpStream::connect(address).await.unwrap();
        visitor.write_all(b"GET / HTTP/1.1\r\nhost: shop\r\n\r\n").await.unwrap();
        let mut came = vec![0; 16];
        visitor.read_exact(&mut came).await.unwrap();
        stop.send(()).unwrap();
        serving.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
        // A connection that is cut may end in an error; what came before counts.
        let _ = tokio::time::timeout(GRACE, visitor.read_to_end(&mut came)).await;
        String::from_utf8(came).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_running_answer_is_finished_before_the_listener_ends() {
        let came = stopped_in_the_middle(slow(3)).await;
        assert!(came.ends_with("\r\n0\r\n\r\n"), "{came}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_that_outlasts_the_grace_is_cut_and_does_not_look_whole() {
        let came = stopped_in_the_middle(slow(600)).await;
        assert!(came.contains("200 OK") && !came.ends_with("\r\n0\r\n\r\n"), "{came}");
    }
}
