//! What requests bring, on its way into memory. A peer may leave a body half-sent until its time is over: so the memory of
//! all bodies of a server is bounded, in common and for each neighbourhood, and counted as it is taken. Of too many, the
//! request that has held some for longest where it is most crowded is told to come again. Spec: `docs/spec/session.md`
//! section 2.

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use futures_util::StreamExt;

use crate::{
    limits::Gate,
    listener::Peer,
    places::{HangUp, Place, Places},
    replies::refuse,
};

/// A body takes memory by so much, each with a place. What comes is copied there: a packet of one byte, kept as it came, keeps
/// the whole buffer into which it was read.
const BLOCK_BYTES: usize = 16 << 10;
/// What all bodies that have begun may take, until they are answered: 64 MiB, as many as all messages of a ceremony.
const BODIES_MAX_BLOCKS: usize = (64 << 20) / BLOCK_BYTES;
/// The same of one address: 8 MiB.
const BODIES_PER_ADDRESS_MAX_BLOCKS: usize = (8 << 20) / BLOCK_BYTES;
/// When a request that has made room may come again: by then those that fill the room have no more time.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("15");

/// All bodies of one server.
#[derive(Clone)]
pub(crate) struct Bodies {
    gate: Arc<Gate>,
    blocks: Places,
    body_max_bytes: usize,
}

impl Bodies {
    /// `body_max_bytes`: the longest that there may be.
    pub fn new(gate: Arc<Gate>, body_max_bytes: usize) -> Self {
        let blocks = Places::new(BODIES_MAX_BLOCKS, BODIES_PER_ADDRESS_MAX_BLOCKS);
        Self { gate, blocks, body_max_bytes }
    }

    /// The whole body, and its places.
    async fn receive(&self, address: IpAddr, hang_up: &HangUp, body: Body) -> Result<(Bytes, Vec<Place>), StatusCode> {
        let most = self.body_max_bytes;
        if usize::try_from(body.size_hint().lower()).is_ok_and(|declared| declared > most) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let (mut whole, mut blocks) = (Vec::new(), Vec::new());
        let mut coming = body.into_data_stream();
        while let Some(came) = coming.next().await {
            let came = came.map_err(|_| StatusCode::BAD_REQUEST)?;
            let length = whole.len() + came.len();
            if length > most {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            while blocks.len() * BLOCK_BYTES < length {
                blocks.push(self.blocks.take(address, hang_up.clone()));
            }
            whole.reserve_exact(blocks.len() * BLOCK_BYTES - whole.len());
            whole.extend_from_slice(&came);
        }
        Ok((whole.into(), blocks))
    }
}

/// For paths that take a body: it is whole before anybody looks at it, and counts until it is answered.
pub(crate) async fn whole(State(bodies): State<Bodies>, request: Request, next: Next) -> Response {
    let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "nobody knows from where this request comes");
    };
    let address = bodies.gate.household_of(peer, request.headers());
    let hang_up = HangUp::default();
    let answered = async {
        let (head, body) = request.into_parts();
        match bodies.receive(address, &hang_up, body).await {
            Ok((whole, _blocks)) => next.run(Request::from_parts(head, whole.into())).await,
            Err(status @ StatusCode::PAYLOAD_TOO_LARGE) => {
                refuse(status, format!("at most {} bytes", bodies.body_max_bytes))
            }
            Err(status) => refuse(status, "the request's body broke off"),
        }
    };
    tokio::select! {
        biased;
        answer = answered => answer,
        () = hang_up.0.notified() => {
            let mut response = refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "too-many-bodies: others are sending too much, and this one has made room; try again",
            );
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_S);
            response
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use tokio::sync::mpsc;

    use super::*;
    use crate::limits::Limits;

    const MOST: usize = 1 << 20;

    fn bodies() -> Bodies {
        Bodies::new(Arc::new(Gate::new(Limits::default())), MOST)
    }

    fn address(network: u8, last: u8) -> IpAddr {
        IpAddr::from([10, network, 0, last])
    }

    /// A body on its way.
    struct Coming {
        hang_up: HangUp,
        more: mpsc::UnboundedSender<Result<Bytes, std::io::Error>>,
        received: tokio::task::JoinHandle<Result<(Bytes, Vec<Place>), StatusCode>>,
    }

    /// So many bytes of it are here.
    async fn begin(bodies: &Bodies, from: IpAddr, length: usize) -> Coming {
        let (more, coming) = mpsc::unbounded_channel();
        let coming = futures_util::stream::unfold(coming, async |mut coming| Some((coming.recv().await?, coming)));
        let (bodies, hang_up) = (bodies.clone(), HangUp::default());
        let told = hang_up.clone();
        let received = tokio::spawn(async move { bodies.receive(from, &told, Body::from_stream(coming)).await });
        for sent in vec![b'x'; length].chunks(1_000) {
            more.send(Ok(Bytes::copy_from_slice(sent))).unwrap();
        }
        // What is there is read as far as it goes.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Coming { hang_up, more, received }
    }

    impl Coming {
        async fn is_hung_up(&self) -> bool {
            tokio::time::timeout(Duration::ZERO, self.hang_up.0.notified()).await.is_ok()
        }

        async fn end(self) -> Result<(Bytes, Vec<Place>), StatusCode> {
            drop(self.more);
            self.received.await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_body_counts_by_the_memory_that_it_takes_and_until_it_is_answered() {
        let bodies = bodies();
        let lengths = [(0, 0), (1, 1), (BLOCK_BYTES, 1), (BLOCK_BYTES + 1, 2), (MOST, MOST / BLOCK_BYTES)];
        for (length, blocks) in lengths {
            let coming = begin(&bodies, address(0, 1), length).await;
            assert_eq!(bodies.blocks.held(), blocks, "{length} bytes");
            let (whole, held) = coming.end().await.unwrap();
            assert_eq!((whole.len(), held.len(), bodies.blocks.held()), (length, blocks, blocks));
            drop(held);
            assert_eq!(bodies.blocks.held(), 0);
        }
        let too_long = begin(&bodies, address(0, 1), MOST + 1).await;
        assert_eq!(too_long.end().await.unwrap_err(), StatusCode::PAYLOAD_TOO_LARGE);
        let broken = begin(&bodies, address(0, 1), 9).await;
        broken.more.send(Err(std::io::ErrorKind::UnexpectedEof.into())).unwrap();
        assert_eq!(broken.end().await.unwrap_err(), StatusCode::BAD_REQUEST);
        assert_eq!(bodies.blocks.held(), 0);
    }

    /// Row 59, of what is sent to us: half-sent bodies take a bounded amount of memory, in all and for each address, and who
    /// has held it for longest where most is held makes room.
    #[tokio::test]
    async fn row_59_half_sent_bodies_take_a_bounded_amount_of_memory_and_the_longest_makes_room() {
        let bodies = bodies();
        let far = begin(&bodies, address(0, 1), MOST).await;
        let of_one = BODIES_PER_ADDRESS_MAX_BLOCKS * BLOCK_BYTES / MOST;
        let mut crowd = Vec::new();
        for _ in 0..of_one {
            crowd.push(begin(&bodies, address(1, 1), MOST).await);
        }
        for coming in crowd.iter().chain([&far]) {
            assert!(!coming.is_hung_up().await, "so much may be");
        }
        crowd.push(begin(&bodies, address(1, 1), 1).await);
        let mut hung_up = Vec::new();
        for coming in &crowd {
            hung_up.push(coming.is_hung_up().await);
        }
        assert!(hung_up.first() == Some(&true) && hung_up.iter().filter(|gone| **gone).count() == 1, "{hung_up:?}");
        drop(crowd);
        // A full house: those who crowd it go, and who sends one body from elsewhere is served.
        let mut crowd = Vec::new();
        for network in 1..=BODIES_MAX_BLOCKS * BLOCK_BYTES / MOST / of_one {
            for _ in 0..of_one {
                crowd.push(begin(&bodies, address(network as u8, 1), MOST).await);
            }
        }
        assert!(bodies.blocks.held() <= BODIES_MAX_BLOCKS, "{}", bodies.blocks.held());
        assert!(!far.is_hung_up().await && crowd.first().unwrap().is_hung_up().await);
        assert_eq!(far.end().await.unwrap().0.len(), MOST);
    }
}
