//! One election at a host: how it stands, and who is let in to it. What is wrong with its folder is told, and concerns no other.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use axum::{
    Extension, Router,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::get,
};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use veche_client::BasePath;
use veche_election::{Draft, Election, Phase, canonical};

use super::{Grounds, HostError, archive, publishing::Publicised, share::Account};
use crate::{
    ceremony::PostBox,
    clock::Clock,
    held::{Held, Holding},
    home::{Home, Lock},
    limits::Gate,
    listener::Peer,
    metrics::Metrics,
    places::HangUp,
    replies::{JSON, NEVER, body, harden, refuse, well},
    serving::below,
};

/// When somebody may come again for whom there was no room.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("2");

pub(super) struct Tenant {
    pub name: String,
    pub home: Home,
    /// Where voters reach it.
    pub url: String,
    pub account: Account,
    standing: RwLock<Standing>,
}

/// How an election at a host stands, with what answers for it.
enum Standing {
    Election(Box<Held>, Router),
    /// Its trustees make the key.
    PostBox {
        _post_box: PostBox,
        router: Router,
    },
    /// An open election before its setup.
    Draft {
        _lock: Lock,
        router: Router,
    },
    /// Its record alone.
    Archived(Box<Election>, Router),
    /// It cannot be served; the log says why.
    Broken,
    /// It is about to become another.
    Changing,
}

/// The same in a word, for figures.
pub(super) const STANDINGS: [&str; 5] = ["election", "draft", "archived", "broken", "changing"];

/// What a host's list says of an election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub title: String,
    pub url: String,
    /// `None`: it is not set up yet.
    pub phase: Option<Phase>,
    pub archived: bool,
}

impl Tenant {
    pub fn new(name: &str, grounds: &Grounds) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            home: Home::new(grounds.root.join(name)),
            url: grounds.url_of(name),
            account: Account::new(&grounds.share),
            standing: RwLock::new(Standing::Changing),
        })
    }

    /// Begins to serve what lies in the folder; what is wrong with it is kept, and told.
    pub async fn begin(&self, grounds: &Grounds) {
        let standing = match self.served(grounds).await {
            Ok(standing) => standing,
            Err(error) => {
                tracing::error!(election = self.name, %error, "this election cannot be served; the others are");
                Standing::Broken
            }
        };
        self.becomes(standing);
    }

    async fn served(&self, grounds: &Grounds) -> Result<Standing, HostError> {
        let home = &self.home;
        if archive::is_archived(home) {
            let (election, router) = archive::serve(home, &grounds.words)?;
            return Ok(Standing::Archived(Box::new(election), self.below(grounds, router)));
        }
        if !home.exists() && !home.has_draft() {
            return Err(HostError::NoElection);
        }
        let limits = grounds.share.limits(&grounds.limits);
        if home.exists() {
            let publicised = Publicised::read(home)?;
            let wishes = publicised.as_ref().map(|publicised| &publicised.wishes);
            let settings = grounds.words.settings(home, wishes, &self.url).map_err(HostError::Settings)?;
            let holding = Holding {
                home: home.served(),
                limits,
                clock: Clock::system(),
                grace_s: settings.grace_s,
                witnesses: settings.witnesses,
                pages: settings.pages,
                booth: grounds.booth.clone(),
                threads: grounds.share.workers,
                metrics: Metrics::of_election(&self.name),
                own_tls: grounds.own_tls,
            };
            let mut held = Held::begin(holding).await?;
            held.announce(&self.url)?;
            let router = self.below(grounds, held.router());
            return Ok(Standing::Election(Box::new(held), router));
        }
        let draft = home.draft()?;
        if draft.ceremony_plan().is_some() {
            let mut post_box = PostBox::begin(home.clone(), limits)?;
            post_box.announce(&self.url)?;
            let router = self.below(grounds, post_box.router());
            return Ok(Standing::PostBox { _post_box: post_box, router });
        }
        Ok(Standing::Draft { _lock: home.lock()?, router: self.below(grounds, waiting(&draft)) })
    }

    fn below(&self, grounds: &Grounds, router: Router) -> Router {
        below(grounds.base_of(&self.name).unwrap_or_default(), router)
    }

    fn becomes(&self, next: Standing) -> Standing {
        let mut standing = self.standing.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *standing, next)
    }

    fn look<T>(&self, look: impl FnOnce(&Standing) -> T) -> T {
        look(&self.standing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers for it no longer, lets sessions under way finish, and gives the folder free. How many were cut off.
    pub async fn end(&self) -> usize {
        match self.becomes(Standing::Changing) {
            Standing::Election(held, _) => {
                let cut_off = held.drain().await;
                held.end().await;
                cut_off
            }
            // Dropped, they give the folder free.
            _ => 0,
        }
    }

    /// Takes no new sessions; those under way go on.
    pub fn closes(&self) {
        self.look(|standing| {
            if let Standing::Election(held, _) = standing {
                held.shared().gate.close();
            }
        });
    }

    pub fn standing(&self) -> &'static str {
        self.look(|standing| match standing {
            Standing::Election(..) => "election",
            Standing::PostBox { .. } | Standing::Draft { .. } => "draft",
            Standing::Archived(..) => "archived",
            Standing::Broken => "broken",
            Standing::Changing => "changing",
        })
    }

    /// The phase of a running election that has no result yet.
    pub fn unfinished(&self) -> Option<Phase> {
        self.look(|standing| match standing {
            Standing::Election(held, _) => Some(held.shared().sequencer.published().phase),
            _ => None,
        })
        .filter(|phase| *phase != Phase::Finished)
    }

    pub fn is_broken(&self) -> bool {
        self.standing() == "broken"
    }

    /// The figures of a running election.
    pub fn figures(&self) -> Option<String> {
        self.look(|standing| match standing {
            Standing::Election(held, _) => Some(held.shared().figures()),
            _ => None,
        })
    }

    /// What the list says of it, where its organiser wants it there.
    pub fn listed(&self) -> Option<Listed> {
        if !Publicised::read(&self.home).ok().flatten()?.wishes.listed {
            return None;
        }
        let url = self.url.clone();
        self.look(|standing| match standing {
            Standing::Election(held, _) => {
                let shared = held.shared();
                let (title, phase) = (shared.election.draft().title.clone(), shared.sequencer.published().phase);
                Some(Listed { title, url, phase: Some(phase), archived: false })
            }
            Standing::Archived(election, _) => {
                let title = election.draft().title.clone();
                Some(Listed { title, url, phase: Some(Phase::Finished), archived: true })
            }
            Standing::PostBox { .. } | Standing::Draft { .. } => {
                let title = self.home.draft().ok()?.title;
                Some(Listed { title, url, phase: None, archived: false })
            }
            Standing::Broken | Standing::Changing => None,
        })
    }

    /// Answers a request, within the election's share. Refusals are counted by their reason.
    pub async fn answer(&self, grounds: &Grounds, gate: &Gate, request: Request) -> Response {
        let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, "nobody knows from where this request comes");
        };
        let address = gate.household_of(peer, request.headers());
        let hang_up = HangUp::default();
        let _place = match self.account.enter(address, writes(&request), hang_up.clone(), Instant::now()) {
            Ok(place) => place,
            Err(over) => return self.turn_away(grounds, over.name()),
        };
        let router = self.look(|standing| match standing {
            Standing::Election(_, router)
            | Standing::PostBox { router, .. }
            | Standing::Draft { router, .. }
            | Standing::Archived(_, router) => Ok(router.clone()),
            Standing::Broken => Err("broken"),
            Standing::Changing => Err("changing"),
        });
        let router = match router {
            Ok(router) => router,
            Err(reason) => return self.turn_away(grounds, reason),
        };
        tokio::select! {
            biased;
            Ok(response) = TowerToHyperService::new(router).call(request) => response,
            () = hang_up.0.notified() => self.turn_away(grounds, "too-many-at-once"),
        }
    }

    fn turn_away(&self, grounds: &Grounds, reason: &'static str) -> Response {
        grounds.figures.turned_away(&self.name, reason);
        let what = match reason {
            "no-room" => "the election has used the room on the disk that it was given; its organiser can still act",
            "broken" => "this election cannot be served at the moment; whoever runs the host can see why",
            "changing" => "the election is being set up; try again",
            _ => "more is asked of this election than its share; try again",
        };
        let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}: {what}"));
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_S);
        response
    }
}

/// What needs room on the disk and comes from anybody. Acts are the organiser's and trustees', small, and end an election.
fn writes(request: &Request) -> bool {
    let path = request.uri().path();
    path.ends_with("/session") || (request.method() == Method::POST && path.ends_with("/ceremony-messages"))
}

/// An open election whose setup is not there yet.
fn waiting(draft: &Draft) -> Router {
    let draft = canonical::write(draft);
    Router::new()
        .route(
            "/draft.json",
            get(async move |Extension(draft): Extension<Arc<Vec<u8>>>| body(JSON, NEVER, draft.to_vec())),
        )
        .route("/healthz", get(async || well()))
        .layer(Extension(Arc::new(draft)))
        .layer(map_response(harden))
}

/// How many bytes the files of a folder have. What cannot be seen counts nothing.
pub(super) fn disk_bytes(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(about) if about.is_dir() => disk_bytes(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    });
    sizes.fold(0, u64::saturating_add)
}

impl Grounds {
    /// Below which path of the host an election is; `None` where it has a name of its own.
    fn base_of(&self, name: &str) -> Option<BasePath> {
        match self.addressing {
            super::Addressing::Names => None,
            super::Addressing::Paths => BasePath::parse(&format!("{}{name}", super::PATHS)),
        }
    }
}
