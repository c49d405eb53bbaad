//! The program `veche`: one file per command, over the crates that do the work.

#[macro_use]
mod output;

pub mod args;
pub mod backup;
pub mod ballots;
pub mod bars;
mod booth;
pub mod cards;
pub mod chart;
pub mod cli;
pub mod client;
pub mod config;
pub mod export;
pub mod failure;
mod files;
pub mod html;
pub mod keyfile;
pub mod lang;
pub mod layout;
pub mod pages;
pub mod process;
pub mod progress;
pub mod prompt;
mod qr;
pub mod russian;
pub mod setup;
pub mod show;
pub mod standings;
mod styles;
pub mod table;
mod times;
pub mod words;

mod actor;
mod acts;
mod challenge;
mod check;
mod contacts;
mod count;
mod demo;
mod mirror;
mod new;
mod receipts;
pub mod records;
mod recover;
mod restart;
mod roll;
pub mod rolls;
mod scratch;
pub mod serve;
mod status;
mod trustee;
mod vote;
mod watch;
mod weights;
mod witness;
