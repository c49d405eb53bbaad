//! The booth that was built into this program, if it was; or another one, from a folder.

use std::path::Path;

use veche_server::booth::{Booth, BoothError, BuiltIn};

/// Made by `build.rs` of what `tools/build-booth` left.
const FILES: &[BuiltIn] = &include!(concat!(env!("OUT_DIR"), "/booth.rs"));

/// # Errors
/// Whoever made or changed the folder.
pub fn booth(folder: Option<&Path>) -> Result<Booth, BoothError> {
    folder.map_or_else(|| Booth::built_in(FILES), Booth::load)
}
