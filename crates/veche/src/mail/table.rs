//! A table for another program that sends: a formula in a name is none (row 39 of the attacks).

use zeroize::Zeroizing;

use super::{
    letter::Kind,
    people::{Addressee, Mailing, People},
};
use crate::export;

/// A line for each letter: number, name, address, of an invitation the link, and the code where it goes along.
pub fn merge(mailing: &Mailing, people: &People, with_code: bool) -> Zeroizing<String> {
    let has_link = mailing.kind == Kind::Invitation;
    let head = ["number", "name", "address", "link", "code"];
    let width = if with_code {
        5
    } else if has_link {
        4
    } else {
        3
    };
    let row = |to: &Addressee| {
        let all = [
            to.number.to_string(),
            export::text_cell(&to.name),
            export::text_cell(to.to.as_str()),
            mailing.link(to).to_string(),
            to.code().to_string(),
        ];
        all.into_iter().take(width).collect::<Vec<_>>()
    };
    let heads: Vec<String> = head.iter().take(width).map(ToString::to_string).collect();
    let rows = std::iter::once(heads).chain(people.written.iter().map(row)).collect();
    Zeroizing::new(export::to_csv(rows))
}
