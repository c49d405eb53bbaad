//! How voters are reached, where it has changed since the roll was written or a voter was added: a private file of the
//! organiser's, `contacts.csv`. Nothing of it is ever in the log.

use std::collections::BTreeMap;

use veche_election::VoterNumber;
use veche_server::{Home, home::HomeError};

use crate::{config::clean_text, failure::Result, lang::tr};

const CONTACTS_FILE: &str = "contacts.csv";
const CONTACT_MAX_CHARS: usize = 200;

pub fn clean(contact: &str) -> Result<String> {
    clean_text(tr!("the contact", "контакт"), contact, CONTACT_MAX_CHARS)
}

/// Puts the newest contact of a voter in the place of an older one.
pub fn note(home: &Home, number: VoterNumber, contact: &str) -> Result<()> {
    let mut contacts = read(home)?;
    contacts.insert(number.to_string(), contact.to_owned());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let bad = |error: &dyn core::fmt::Display| HomeError::file(&home.path(CONTACTS_FILE), error.to_string());
    writer.write_record(["number", "contact"]).map_err(|error| bad(&error))?;
    for line in &contacts {
        writer.write_record([line.0, line.1]).map_err(|error| bad(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| bad(&error))?;
    Ok(home.write_secret(CONTACTS_FILE, &bytes)?)
}

/// By voters' numbers.
pub fn read(home: &Home) -> Result<BTreeMap<String, String>> {
    let path = home.path(CONTACTS_FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(HomeError::io(&path, error).into()),
    };
    let lines: csv::Result<_> = csv::Reader::from_reader(bytes.as_slice()).into_deserialize().collect();
    Ok(lines.map_err(|error| HomeError::file(&path, error))?)
}
