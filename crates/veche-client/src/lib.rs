//! What a voter does from outside, without any I/O: the same decisions in a terminal, in a browser and on a telephone.
//!
//! [`Casting`] is a state machine: the manifest, what the voter answers and what a session says go in; questions, notices
//! and errands come out, and whoever drives it carries them out. The frames of a session are the business of
//! [`veche_session::VoterSession`], which the driver holds beside it.

pub mod card;
pub mod casting;

pub use card::Card;
pub use casting::Casting;
