//! The scale of a contest. Spec: `docs/spec/manifest.md` section 2.

use crate::choice::choice;

choice! {
    /// Which end of the scale is the good one.
    pub enum Better {
        /// More is better.
        Higher = "higher",
        /// Less is better, as of places in a race.
        Lower = "lower",
    }
}
