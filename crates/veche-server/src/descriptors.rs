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

/// The same for a server, whose limits are lowered to what it may have: who comes when all descriptors are in use would
/// otherwise find no place that anybody could make.
pub fn raise_limit_for(limits: Limits) -> Limits {
    raise_limit_beside(limits, 0)
}

/// As [`raise_limit_for`], where so many more are kept for something else.
pub fn raise_limit_beside(limits: Limits, kept: usize) -> Limits {
    let may_have = raise_limit().unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of file descriptors could not be raised");
        getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
    });
    fit(limits, may_have.saturating_sub(kept as u64))
}

fn fit(limits: Limits, may_have: u64) -> Limits {
    let places = usize::try_from(may_have.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    if limits.connections_total.saturating_add(limits.sessions_total) <= places {
        return limits;
    }
    // Every session has come as a connection.
    let sessions_total = limits.sessions_total.min(places - places / 4);
    let connections_total = limits.connections_total.min(places - sessions_total);
    tracing::warn!(
        may_have,
        connections_total,
        sessions_total,
        "fewer file descriptors than the limits of election.toml may need: they are lowered"
    );
    Limits { connections_total, sessions_total, ..limits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_lowered_to_the_descriptors_that_there_are_and_not_otherwise() {
        let wanted = Limits { connections_total: 12_000, sessions_total: 10_000, ..Limits::default() };
        let lowered = |may_have| {
            let Limits { connections_total, sessions_total, .. } = fit(wanted.clone(), may_have);
            (connections_total, sessions_total)
        };
        assert_eq!(lowered(22_064), (12_000, 10_000));
        assert_eq!(lowered(u64::MAX), (12_000, 10_000));
        assert_eq!(lowered(20_064), (10_000, 10_000));
        for may_have in [0, 64, 65, 66, 256, 1_024, 4_096, 13_000, 22_063] {
            let (connections, sessions) = lowered(may_have);
            assert!((connections + sessions) as u64 + OTHER_FILES <= may_have.max(OTHER_FILES), "{may_have}");
            assert!(may_have < 80 || connections > 0 && sessions > 0, "{may_have}");
        }
    }
}
