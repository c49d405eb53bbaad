//! What the secret ballot must and must not do, seen from outside.
mod ballot;
mod opening;
