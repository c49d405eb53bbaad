//! How far a log reaches. Spec: `docs/spec/log.md`.

use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// How far a log reaches: its size, and the root over all its leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many entries.
    pub size: u64,
    /// Over all of them.
    pub root: Hash,
}

impl Head {
    /// Of a log without entries: the root is SHA-256 of nothing.
    pub const EMPTY: Self = Self {
        size: 0,
        root: Hash([
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
            0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
        ]),
    };
}
