//! File descriptors: a connection is one, and many systems give a process few unless it asks for more.

use rustix::{
    io::Errno,
    process::{Resource, Rlimit, getrlimit, setrlimit},
};

use crate::limits::Limits;

/// The database, the log, keys, an exchange folder for each core, and what the system's libraries open.
const OTHER_FILES: u64 = 64;

/// Raises the soft limit to the hard one. Returns how many this process may have now.
pub fn raise_limit() -> Result<u64, Errno> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    Ok(maximum.unwrap_or(u64::MAX))
}

/// The same for a server, which says what it may lack.
pub fn raise_limit_for(limits: &Limits) {
    let needed = (limits.connections_total.saturating_add(limits.sessions_total) as u64).saturating_add(OTHER_FILES);
    match raise_limit() {
        Ok(limit) if limit < needed => {
            tracing::warn!(limit, needed, "fewer file descriptors than connections_total and sessions_total may need");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of file descriptors could not be raised"),
    }
}
