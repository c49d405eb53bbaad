//! The link by which a voter comes to the booth: `…/booth/#v1.ID.NUMBER.CREDENTIAL`. Spec: `docs/spec/booth.md` section 2.

use core::fmt;

use veche_election::{
    CredentialSecret, Hash, VoterNumber,
    credential::{CredentialError, base32_groups, typed_code},
};
use zeroize::Zeroizing;

/// The first part of every link of this form.
pub const LINK_VERSION: &str = "v1";
/// Where a server has its booth, below its address.
pub const BOOTH_PATH: &str = "/booth/";
/// Symbols of a whole election id, and of the 160 bits of it that stand on paper.
const WHOLE_SYMBOLS: usize = 52;
const PAPER_SYMBOLS: usize = 32;

/// The election id for people: 32 symbols in groups, as it stands on paper beside the host's name.
pub fn paper_id(election: Hash) -> String {
    let groups = base32_groups(&election.0);
    groups.split('-').take(PAPER_SYMBOLS / 4).collect::<Vec<_>>().join("-")
}

/// An election id as somebody typed it: as files have it, or the whole of it as in a link, or what stands on paper.
pub fn names(typed: &str, election: Hash) -> bool {
    if Hash::parse(typed.trim()) == Some(election) {
        return true;
    }
    let typed = typed_code(typed);
    matches!(typed.len(), WHOLE_SYMBOLS | PAPER_SYMBOLS) && typed_code(&base32_groups(&election.0)).starts_with(&typed)
}

/// Who erred: whoever typed the link, or the program that cut it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Too few parts, too many, or one that is none.
    #[error("this is no link to a ballot, or a part of it is missing")]
    Form,
    /// A typing error, or a damaged link.
    #[error("the link's credential: {0}")]
    Credential(#[from] CredentialError),
}

/// What a link says. With split delivery it holds no credential: that stands on paper.
#[derive(Clone)]
pub struct Link {
    election: String,
    /// The voter's.
    pub number: VoterNumber,
    /// `None` with split delivery.
    pub credential: Option<CredentialSecret>,
}

impl Link {
    /// For a card; without its credential where that is delivered apart.
    pub fn new(election: Hash, number: VoterNumber, credential: Option<CredentialSecret>) -> Self {
        Self { election: typed_code(&base32_groups(&election.0)), number, credential }
    }

    /// Reads what stands behind the `#`.
    ///
    /// # Errors
    /// Whoever typed or cut it.
    pub fn parse(fragment: &str) -> Result<Self, LinkError> {
        let mut parts = fragment.trim().split('.');
        let (version, election, number) = (parts.next(), parts.next(), parts.next().and_then(VoterNumber::parse));
        let election = election.map(typed_code).filter(|id| matches!(id.len(), WHOLE_SYMBOLS | PAPER_SYMBOLS));
        let (Some(LINK_VERSION), Some(election), Some(number)) = (version, election, number) else {
            return Err(LinkError::Form);
        };
        let credential = parts.next().map(CredentialSecret::parse).transpose()?;
        if parts.next().is_some() {
            return Err(LinkError::Form);
        }
        Ok(Self { election, number, credential })
    }

    /// Is it of this election?
    pub fn is_of(&self, election: Hash) -> bool {
        names(&self.election, election)
    }

    /// What [`Link::parse`] reads; the secret of the card is in it.
    pub fn fragment(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!("{LINK_VERSION}.{}.{}", self.election, self.number));
        if let Some(credential) = &self.credential {
            text.push('.');
            text.push_str(&credential.to_text().replace('-', ""));
        }
        text
    }

    /// The whole link to the booth of the server at this address.
    pub fn url(&self, server: &str) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{BOOTH_PATH}#{}", server.trim_end_matches('/'), *self.fragment()))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({}, redacted)", self.number)
    }
}
