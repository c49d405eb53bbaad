//! Credentials: 128 random bits on a voter's card, from which an Ed25519 key is derived, and the published list of
//! their public halves. Spec: `docs/spec/entry.md` section 4.

use core::fmt;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    hash::Hash,
    keys::{PublicKey, SigningKey},
    weight::{TOTAL_WEIGHT_MAX, Weight},
};

const SECRET_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;
const GROUP_SYMBOLS: usize = 4;
/// On a card.
const CODE_SYMBOLS: usize = (SECRET_BYTES + CHECKSUM_BYTES) * 8 / 5;

/// Crockford's base32: no I, L, O, U.
const SYMBOLS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Read without case, with O as 0 and I, L as 1; groups may be divided.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str(SYMBOLS);
    spec.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    spec.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    spec.ignore.push_str("- ");
    spec.encoding().expect("a fixed table of 32 distinct symbols")
});

/// Base32 in groups of four: `0123-ABCD-...`.
pub fn base32_groups(bytes: &[u8]) -> String {
    let symbols = BASE32.encode(bytes);
    let groups: Vec<&str> =
        symbols.as_bytes().chunks(GROUP_SYMBOLS).filter_map(|group| core::str::from_utf8(group).ok()).collect();
    groups.join("-")
}

/// What a card says of its own key, five groups of base32 symbols (100 bits): by it voters see that a receipt or an opened ballot
/// is theirs, and not that of somebody who chose the same. Spec: `docs/spec/entry.md` section 4.
pub fn fingerprint(credential: &PublicKey) -> String {
    const GROUPS: usize = 5;
    let hash = Hash::labelled("veche-credential-fingerprint-1", &[credential.as_bytes()]);
    base32_groups(&hash.0).split('-').take(GROUPS).collect::<Vec<_>>().join("-")
}

/// What people type, with the letters of another keyboard that look like the code's own as those, and every dash and space as the
/// plain one. No file and no link is read so. Spec: `docs/spec/entry.md` section 4.
pub fn folded(text: &str) -> String {
    text.chars().map(twin).collect()
}

/// The Latin letter that a Cyrillic one looks like, as a capital.
fn twin(c: char) -> char {
    match c {
        'А' | 'а' => 'A',
        'В' | 'в' => 'B',
        'С' | 'с' => 'C',
        'Е' | 'е' => 'E',
        'Н' | 'н' => 'H',
        'І' | 'і' => 'I',
        'Ј' | 'ј' => 'J',
        'К' | 'к' => 'K',
        'М' | 'м' => 'M',
        'О' | 'о' => 'O',
        'Р' | 'р' => 'P',
        'Ѕ' | 'ѕ' => 'S',
        'Т' | 'т' => 'T',
        'Х' | 'х' => 'X',
        'У' | 'у' => 'Y',
        // Hyphens, the dashes that telephones make of them, and the minus sign.
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// A code as somebody typed or noted it, in its one form: folded, capitals, no dividers, O as 0 and I, L as 1.
pub fn typed_code(text: &str) -> String {
    let symbol = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    text.chars().map(twin).filter(char::is_ascii_alphanumeric).map(symbol).collect()
}

/// Who erred: whoever typed the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Something is missing, or too much.
    #[error("a credential has 32 symbols (letters and digits, in eight groups of four); this one has {0}")]
    Length(usize),
    /// It is divided into groups, and one of them is too short or too long.
    #[error("a credential has eight groups of four letters and digits; group {group} of this one has {symbols}")]
    Group {
        /// From 1.
        group: usize,
        /// Of it.
        symbols: usize,
    },
    /// Base32 has no such symbol.
    #[error("the credential contains {symbol} in group {group}: no credential has this symbol")]
    Symbol {
        /// The first that is none.
        symbol: char,
        /// From 1, where it stands.
        group: usize,
    },
    /// One symbol or more is another.
    #[error("the credential has a typing error: its check symbols do not agree")]
    Checksum,
    /// With one symbol changed here, or two neighbours exchanged, the check symbols would agree.
    #[error("the credential has a typing error in group {group}: its check symbols do not agree")]
    Mistyped {
        /// From 1.
        group: usize,
    },
}

/// Between groups.
fn divides(c: char) -> bool {
    matches!(c, '-' | ' ')
}

/// The first group that has not four symbols, of a code that was typed in about as many groups as it has.
fn uneven_group(text: &str) -> Option<CredentialError> {
    let sizes: Vec<usize> =
        text.split(divides).map(|group| group.chars().count()).filter(|symbols| *symbols > 0).collect();
    let groups = CODE_SYMBOLS / GROUP_SYMBOLS;
    if sizes.len().abs_diff(groups) > 1 {
        return None;
    }
    let (at, symbols) = sizes.into_iter().enumerate().find(|(_, symbols)| *symbols != GROUP_SYMBOLS)?;
    Some(CredentialError::Group { group: at + 1, symbols })
}

/// What stands on the voter's card. Wiped on drop, redacted when printed for debugging.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CredentialSecret([u8; SECRET_BYTES]);

impl CredentialSecret {
    /// From 16 bytes of the system's randomness.
    pub fn from_random(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// Eight groups of four symbols; the last 32 bits are a checksum.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES + CHECKSUM_BYTES]);
        let (secret, checksum) = bytes.split_at_mut(SECRET_BYTES);
        secret.copy_from_slice(&self.0);
        checksum.copy_from_slice(&self.checksum());
        Zeroizing::new(base32_groups(bytes.as_ref()))
    }

    /// Reads what a person types from a card: folded, and with the group that is to be looked at where it can be told.
    ///
    /// # Errors
    ///
    /// Whoever typed it erred.
    pub fn typed(text: &str) -> Result<Self, CredentialError> {
        let text = Zeroizing::new(folded(text));
        Self::parse(&text).map_err(|error| {
            let closer = match error {
                CredentialError::Length(_) => uneven_group(&text),
                CredentialError::Checksum => {
                    Self::mistyped_group(&text).map(|group| CredentialError::Mistyped { group })
                }
                _ => None,
            };
            closer.unwrap_or(error)
        })
    }

    /// Where one symbol changed, or two neighbours exchanged, would make a credential of it.
    fn mistyped_group(text: &str) -> Option<usize> {
        let symbols: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().filter(|c| !divides(*c)).collect());
        let is_one = |symbols: &[char]| Self::parse(&Zeroizing::new(symbols.iter().collect::<String>())).is_ok();
        let place = (0..symbols.len()).find(|at| {
            let mut tried = symbols.clone();
            let changed = SYMBOLS.chars().any(|symbol| {
                tried.get_mut(*at).is_some_and(|place| {
                    *place = symbol;
                    true
                }) && is_one(&tried)
            });
            let mut tried = symbols.clone();
            changed
                || (at + 1 < tried.len() && {
                    tried.swap(*at, at + 1);
                    is_one(&tried)
                })
        })?;
        Some(place / GROUP_SYMBOLS + 1)
    }

    /// Reads a code as it stands in files and links, with the freedoms of base32.
    ///
    /// # Errors
    ///
    /// Whoever typed it erred.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        let text = text.trim();
        let symbols = text.chars().filter(|c| !divides(*c)).count();
        if symbols != CODE_SYMBOLS {
            return Err(CredentialError::Length(symbols));
        }
        let strange = |(_, c): &(usize, char)| !c.is_ascii_alphanumeric() || c.eq_ignore_ascii_case(&'U');
        if let Some((at, symbol)) = text.chars().filter(|c| !divides(*c)).enumerate().find(strange) {
            return Err(CredentialError::Symbol { symbol, group: at / GROUP_SYMBOLS + 1 });
        }
        let bytes = Zeroizing::new(BASE32.decode(text.as_bytes()).map_err(|_| CredentialError::Checksum)?);
        let (secret, checksum) = bytes.split_first_chunk::<SECRET_BYTES>().ok_or(CredentialError::Checksum)?;
        let this = Self(*secret);
        if this.checksum() == checksum { Ok(this) } else { Err(CredentialError::Checksum) }
    }

    fn checksum(&self) -> [u8; CHECKSUM_BYTES] {
        let Hash([a, b, c, d, ..]) = Hash::labelled("veche-credential-checksum-1", &[&self.0]);
        [a, b, c, d]
    }

    /// HKDF-SHA-256 (RFC 5869): salt = draft id, so the same card secret gives unrelated keys in two elections.
    pub fn key(&self, draft_id: Hash) -> CredentialKey {
        let mut seed = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(&draft_id.0), &self.0)
            .expand(b"veche-credential-1", seed.as_mut())
            .expect("32 bytes are within HKDF's limit");
        CredentialKey(SigningKey::from_seed(&seed))
    }

    /// Under which a browser stores, and by which it finds again, a ballot of this election that has no answer yet. Neither
    /// tells anything of the other, nor of the voter's key. Spec: `docs/spec/booth.md` section 4.
    pub fn storage(&self, draft_id: Hash) -> Storage {
        let source = Hkdf::<Sha256>::new(Some(&draft_id.0), &self.0);
        let (mut key, mut tag) = (Zeroizing::new([0; 32]), [0; 16]);
        source.expand(b"veche-booth-key-1", key.as_mut()).expect("32 bytes are within HKDF's limit");
        source.expand(b"veche-booth-tag-1", &mut tag).expect("16 bytes are within HKDF's limit");
        Storage { key, tag }
    }
}

/// Of one voter in one election.
pub struct Storage {
    /// Of AES-256-GCM.
    pub key: Zeroizing<[u8; 32]>,
    /// In the name under which it is stored.
    pub tag: [u8; 16],
}

impl fmt::Debug for CredentialSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialSecret(redacted)")
    }
}

/// The key that signs a voter's entries and proves to the session who is voting.
#[derive(Debug, Clone)]
pub struct CredentialKey(pub SigningKey);

impl CredentialKey {
    /// By which the voter is known.
    pub fn public(&self) -> PublicKey {
        self.0.public()
    }
}

/// Weights held by so few that a count may show whose it is: each with how many hold it. Of a secret election's
/// small-group warning: looked for on the roll before, and among those who voted before the opening.
pub fn rare_weights(weights: impl IntoIterator<Item = Weight>) -> Vec<(u64, u64)> {
    const FEW: u64 = 3;
    let mut holders = std::collections::BTreeMap::new();
    for weight in weights {
        *holders.entry(weight.get()).or_insert(0) += 1;
    }
    if holders.len() < 2 { Vec::new() } else { holders.into_iter().filter(|(_, count)| *count < FEW).collect() }
}

/// Who erred: whoever made the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No key and weight.
    #[error("line {line} of the credential list is not \"<public key> <weight>\"")]
    Line {
        /// From 1.
        line: usize,
    },
    /// Lists have one order.
    #[error("line {line} of the credential list is not in ascending order or repeats a key")]
    Order {
        /// From 1.
        line: usize,
    },
    /// More than may be decoded.
    #[error("the weights of the credential list add up to more than 2^40")]
    Weight,
}

/// All credentials with their weights, sorted by key, without names: who may vote, published before opening.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialList(Vec<(PublicKey, Weight)>);

impl CredentialList {
    /// Of lines in any order.
    pub fn new(mut lines: Vec<(PublicKey, Weight)>) -> Self {
        lines.sort_unstable_by_key(|(key, _)| *key);
        Self(lines)
    }

    /// In the order of their keys.
    pub fn lines(&self) -> &[(PublicKey, Weight)] {
        &self.0
    }

    /// All weights together.
    pub fn total_weight(&self) -> u64 {
        self.0.iter().map(|(_, weight)| weight.get()).sum()
    }

    /// The file `credentials`: a line `<key> <weight>` for each.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().map(|(key, weight)| format!("{key} {weight}\n")).collect::<String>().into_bytes()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote, and nothing else.
    ///
    /// # Errors
    ///
    /// Whoever made the list erred.
    pub fn parse(bytes: &[u8]) -> Result<Self, ListError> {
        let text = core::str::from_utf8(bytes).map_err(|_| ListError::Line { line: 1 })?;
        let mut lines: Vec<(PublicKey, Weight)> = Vec::new();
        let mut total = 0_u64;
        for (i, text) in text.split_inclusive('\n').enumerate() {
            let line = i + 1;
            let parsed = text.strip_suffix('\n').and_then(|text| text.split_once(' '));
            let parsed = parsed.and_then(|(key, weight)| Some((PublicKey::parse(key)?, Weight::parse(weight)?)));
            let (key, weight) = parsed.ok_or(ListError::Line { line })?;
            if lines.last().is_some_and(|(previous, _)| *previous >= key) {
                return Err(ListError::Order { line });
            }
            total = total.checked_add(weight.get()).filter(|t| *t <= TOTAL_WEIGHT_MAX).ok_or(ListError::Weight)?;
            lines.push((key, weight));
        }
        Ok(Self(lines))
    }
}
