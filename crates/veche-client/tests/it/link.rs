//! Links to the booth, against `docs/spec/booth.md` section 2.

use veche_client::{
    Card,
    link::{Link, LinkError, names, paper_id},
};
use veche_election::{CredentialSecret, Hash, VoterNumber};

fn election() -> Hash {
    Hash(core::array::from_fn(|i| i as u8))
}

fn secret() -> CredentialSecret {
    CredentialSecret::from_random([7; 16])
}

#[test]
fn a_link_is_read_as_it_was_written() {
    let number = VoterNumber::parse("17").unwrap();
    for credential in [Some(secret()), None] {
        let link = Link::new(election(), number, credential.clone());
        let url = link.url("https://vote.example.org/");
        let fragment = url.strip_prefix("https://vote.example.org/booth/#").unwrap();
        assert!(fragment.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'), "{fragment}");
        let read = Link::parse(fragment).unwrap();
        assert!(read.is_of(election()) && read.number == number);
        assert!(!read.is_of(Hash([9; 32])));
        let text = |secret: &CredentialSecret| secret.to_text().to_string();
        assert_eq!(read.credential.as_ref().map(text), credential.as_ref().map(text));
    }
    let printed = format!("{:?}", Link::new(election(), number, Some(secret())));
    assert!(!printed.contains(&secret().to_text()[..4]), "{printed}");
}

#[test]
fn what_stands_on_paper_names_the_election_and_less_does_not() {
    let id = election();
    let paper = paper_id(id);
    assert_eq!(paper.len(), 39, "{paper}");
    assert!(names(&paper, id) && names(&paper.to_lowercase().replace('-', " "), id));
    // And as files have it, where a letter is not the other.
    let filed = id.to_string();
    assert!(names(&format!(" {filed}\n"), id) && !names(&filed.to_lowercase(), id) && !names(&filed[1..], id));
    assert!(!names(&paper[..34], id) && !names("", id) && !names(&paper, Hash([1; 32])));
    let fragment = format!("v1.{}.17", paper.replace('-', ""));
    assert!(Link::parse(&fragment).unwrap().is_of(id));
}

#[test]
fn links_that_are_cut_or_mistyped_are_refused() {
    let whole = Link::new(election(), VoterNumber::parse("17").unwrap(), Some(secret())).fragment();
    assert!(Link::parse(&whole).is_ok() && Link::parse(&format!(" {}\n", *whole)).is_ok());
    let mut changed = whole.to_string();
    let last = if changed.pop() == Some('0') { '1' } else { '0' };
    changed.push(last);
    assert!(matches!(Link::parse(&changed), Err(LinkError::Credential(_))));
    assert!(matches!(Link::parse(&whole[..whole.len() - 1]), Err(LinkError::Credential(_))));
    for wrong in ["", "v1", "v1.", "v2.A.1", "17", &whole.replacen("v1", "v2", 1), &format!("{}.", *whole), &whole[1..]]
    {
        assert!(matches!(Link::parse(wrong), Err(LinkError::Form)), "{wrong}");
    }
    assert!(matches!(Link::parse(&whole.replacen(".17.", ".1 7.", 1)), Err(LinkError::Form)));
}

#[test]
fn the_example_of_the_specification_follows_from_its_card() {
    let spec = include_str!("../../../../docs/spec/booth.md");
    let card = Card::parse(include_bytes!("../../../../docs/spec/vectors/17.json")).unwrap();
    let link = Link::new(card.election, card.number, card.secret().ok());
    let shown: String = spec.split("```").nth(1).unwrap().split_whitespace().collect();
    assert_eq!(*link.url(card.url.as_deref().unwrap()), shown);
    assert!(spec.contains(&format!("vote.example.org   {}", paper_id(card.election))));
}
