//! An election that is over leaves its record, which stays at its address, and gives the rest of the space back. Spec:
//! `docs/spec/host.md` section 9.

use std::{fs, path::Path, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri},
    middleware::{from_fn, map_response},
    response::Response,
    routing::get,
};
use veche_election::{
    Checkpoint, Election,
    log::origin,
    record::{CHECKPOINT_FILE, CREDENTIALS_FILE, MANIFEST_FILE, RESULT_FILE, ROLL_FILE, file_max_bytes},
};

use super::{
    HostError, Words,
    publishing::{Publicised, Staged, exchange, sync_dir},
};
use crate::{
    home::{Home, HomeError, RECORD_DIR},
    pages::policed,
    publish,
    replies::{BYTES, HTML, JSON, NEVER, TEXT, body, harden, in_time, refuse, well},
    store,
};

/// Beside the folder of the record: there is nothing else any more.
const ARCHIVED_FILE: &str = "archived";

pub(super) fn is_archived(home: &Home) -> bool {
    home.path(ARCHIVED_FILE).exists()
}

/// Writes the record, and lets it take the place of all other files. Nobody may serve the folder meanwhile.
///
/// # Errors
/// The election is not over, too few witnesses have signed, or the disk.
pub async fn archive(root: &Path, name: &str) -> Result<(), HostError> {
    let dir = root.join(name);
    let home = Home::new(&dir);
    if is_archived(&home) {
        return Ok(());
    }
    if !home.exists() {
        return Err(HostError::NoElection);
    }
    let lock = home.lock()?;
    let election = home.election()?;
    let note = String::from_utf8(home.read(CHECKPOINT_FILE)?).unwrap_or_default();
    let plan = election.draft().witnesses.as_ref();
    // A record without its quorum would never verify.
    Checkpoint::open_witnessed(&note, &origin(election.id()), &election.keys().board, plan)
        .map_err(|error| HostError::NotOver(error.to_string()))?;
    let store = store::open(&home, election.id()).await?;
    let staged = Staged::new(root)?;
    let record = staged.0.join(RECORD_DIR);
    let mut put = |path: &str, bytes: &[u8]| {
        let path = record.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)
    };
    let written = publish::record(&home, &election, &store, &mut put).await;
    store.close().await?;
    written.map_err(|error| HostError::NotOver(error.to_string()))?;
    let left = Home::new(&staged.0);
    if let Some(publicised) = Publicised::read(&home)? {
        publicised.write(&left)?;
    }
    left.write_public(ARCHIVED_FILE, b"")?;
    left.sync()?;
    exchange(&staged.0, &dir)?;
    sync_dir(root)?;
    drop(lock);
    Ok(())
}

struct Archived {
    record: Home,
    words: Arc<dyn Words>,
}

/// The files of the record at the paths that they had while the election was served, and a page.
pub(super) fn serve(home: &Home, words: &Arc<dyn Words>) -> Result<(Election, Router), HomeError> {
    let record = Home::new(home.dir().join(RECORD_DIR));
    let election = record.election()?;
    let archived = Arc::new(Archived { record, words: words.clone() });
    let router = Router::new()
        .route("/", get(front))
        .route("/healthz", get(async || well()))
        .route("/pages/{name}", get(style))
        .fallback(get(file))
        .layer(from_fn(in_time))
        .layer(map_response(harden))
        .with_state(archived);
    Ok((election, router))
}

async fn front(State(archived): State<Arc<Archived>>, uri: Uri, headers: HeaderMap) -> Response {
    let Ok(election) = tokio::task::block_in_place(|| archived.record.election()) else { return unreadable() };
    let reader = super::reader(&headers, &uri);
    policed(body(HTML, NEVER, archived.words.archived(&election, &reader)))
}

async fn style(State(archived): State<Arc<Archived>>, uri: Uri) -> Response {
    super::file(&*archived.words, &uri)
}

async fn file(State(archived): State<Arc<Archived>>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/').to_owned();
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.');
    if file_max_bytes(&name).is_none() || !name.split('/').all(plain) {
        return refuse(StatusCode::NOT_FOUND, "the record has no such file");
    }
    let content = match name.as_str() {
        MANIFEST_FILE | RESULT_FILE => JSON,
        CREDENTIALS_FILE | ROLL_FILE | CHECKPOINT_FILE => TEXT,
        _ => BYTES,
    };
    match tokio::task::block_in_place(|| archived.record.read_if_there(&name)) {
        Ok(Some(bytes)) => body(content, NEVER, bytes),
        Ok(None) => refuse(StatusCode::NOT_FOUND, "the record has no such file"),
        Err(error) => {
            tracing::error!(%error, "a file of a record cannot be read");
            unreadable()
        }
    }
}

fn unreadable() -> Response {
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "the record cannot be read")
}
