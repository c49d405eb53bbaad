//! The ballot's proof once more, as the paper writes it: one equation after the other, every hash spelled out, no batch
//! and no speed. It is the oracle that the library must agree with, and the bench on which forgeries are made.
use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto, traits::Identity};
use sha2::{Digest, Sha512};
use veche_crypto::{Ciphertext, PublicKey, onehot::Shape};

/// Everything that a ballot's proof is about, to be changed piece by piece.
#[derive(Clone, Debug)]
pub struct Vote {
    pub key: PublicKey,
    pub shape: Shape,
    pub election: [u8; 32],
    pub credential: [u8; 32],
    pub seq: u64,
    pub prev: [u8; 32],
    pub cells: Vec<u8>,
    pub proof: Vec<u8>,
}

pub fn hash(items: &[&[u8]]) -> [u8; 64] {
    let mut hash = Sha512::new();
    for item in items {
        hash.update((item.len() as u64).to_be_bytes());
        hash.update(item);
    }
    hash.finalize().into()
}

pub fn hash_to_scalar(items: &[&[u8]]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&hash(items))
}

/// Scalars without end: as good as random, and the same in every run.
pub fn random(label: &str) -> impl FnMut() -> Scalar {
    let label = label.to_owned();
    let mut count = 0_u64;
    move || {
        count += 1;
        hash_to_scalar(&[b"test", label.as_bytes(), &count.to_be_bytes()])
    }
}

pub fn power(x: Scalar, exponent: usize) -> Scalar {
    (0..exponent).map(|_| x).product()
}

pub fn zero() -> Ciphertext {
    Ciphertext { a: RistrettoPoint::identity(), b: RistrettoPoint::identity() }
}

pub fn enc(key: &PublicKey, m: Scalar, r: Scalar) -> Ciphertext {
    Ciphertext { a: RistrettoPoint::mul_base(&r), b: RistrettoPoint::mul_base(&m) + r * key.point() }
}

pub fn scale(by: Scalar, one: Ciphertext) -> Ciphertext {
    Ciphertext { a: by * one.a, b: by * one.b }
}

fn add(a: Ciphertext, b: Ciphertext) -> Ciphertext {
    a + b
}

pub fn bytes(ciphertexts: &[Ciphertext]) -> Vec<u8> {
    ciphertexts.iter().flat_map(|one| one.to_bytes()).collect()
}

/// What is fixed once the cells are.
pub struct Fixed {
    pub statement: [u8; 64],
    pub gamma: Scalar,
    pub rho: Scalar,
}

impl Vote {
    pub fn fixed(&self) -> Fixed {
        let rows = self.shape.rows();
        let (count, seq) = ((rows.len() as u64).to_be_bytes(), self.seq.to_be_bytes());
        let options: Vec<[u8; 8]> = rows.iter().map(|options| (*options as u64).to_be_bytes()).collect();
        let mut items: Vec<&[u8]> = vec![b"veche-ballot-context-1", &self.election, self.key.as_bytes(), &count];
        items.extend(options.iter().map(|options| options.as_slice()));
        items.extend([self.credential.as_slice(), &seq, &self.prev]);
        let context = hash(&items);
        let statement = hash(&[b"veche-ballot-statement-1", &context, &self.cells]);
        Fixed {
            gamma: hash_to_scalar(&[b"veche-ballot-gamma-1", &statement]),
            rho: hash_to_scalar(&[b"veche-ballot-rho-1", &statement]),
            statement,
        }
    }

    /// C*_i of every row, the implied option worked out before it is added.
    pub fn compressed_rows(&self, cells: &[Ciphertext], gamma: Scalar) -> Vec<Ciphertext> {
        let mut cells = cells.iter();
        let row = |options: &usize| {
            let sent: Vec<Ciphertext> = cells.by_ref().take(options - 1).copied().collect();
            let implied = enc(&self.key, Scalar::ONE, Scalar::ZERO) - sent.iter().copied().fold(zero(), add);
            let all = sent.into_iter().chain([implied]).enumerate();
            all.map(|(k, cell)| scale(power(gamma, k), cell)).fold(zero(), add)
        };
        self.shape.rows().iter().map(row).collect()
    }

    /// Σ_i ρ^i·c^{K−K_i}·Π_{k<K_i} (f_i − c·γ^k).
    pub fn product(&self, fixed: &Fixed, c: Scalar, f: &[Scalar]) -> Scalar {
        let largest = self.shape.options_max();
        let row = |(i, (options, f)): (usize, (&usize, &Scalar))| {
            let all: Scalar = (0..*options).map(|k| f - c * power(fixed.gamma, k)).product();
            power(fixed.rho, i) * power(c, largest - options) * all
        };
        self.shape.rows().iter().zip(f).enumerate().map(row).sum()
    }

    /// The verifier of the paper. `None` for bytes that cannot be read.
    pub fn holds(&self) -> Option<bool> {
        let (rows, largest) = (self.shape.rows().len(), self.shape.options_max());
        if self.cells.len() != 64 * self.shape.cells()
            || self.proof.len() != 64 * (rows + largest) + 32 * (2 * rows + 1)
        {
            return None;
        }
        let (committed, scalars) = self.proof.split_at(64 * (rows + largest));
        let (cells, commitments) = (read(&self.cells)?, read(committed)?);
        let scalars: Option<Vec<Scalar>> = scalars.chunks(32).map(read_scalar).collect();
        let scalars = scalars?;
        let (f, z, t) = (&scalars[..rows], &scalars[rows..2 * rows], scalars[2 * rows]);
        let fixed = self.fixed();
        let c = hash_to_scalar(&[b"veche-ballot-challenge-1", &fixed.statement, committed]);
        let compressed = self.compressed_rows(&cells, fixed.gamma);
        let each = compressed.iter().zip(&commitments).zip(f.iter().zip(z));
        let rows_hold =
            each.fold(true, |so_far, ((row, a), (f, z))| so_far & (scale(c, *row) + *a == enc(&self.key, *f, *z)));
        let right = commitments[rows..].iter().enumerate().map(|(d, com)| scale(power(c, d), *com)).fold(zero(), add);
        Some(rows_hold & (enc(&self.key, self.product(&fixed, c, f), t) == right))
    }
}

fn read(bytes: &[u8]) -> Option<Vec<Ciphertext>> {
    let point = |bytes: &[u8]| {
        let point = CompressedRistretto::from_slice(bytes).ok()?.decompress()?;
        (point != RistrettoPoint::identity()).then_some(point)
    };
    bytes.chunks(64).map(|pair| Some(Ciphertext { a: point(&pair[..32])?, b: point(&pair[32..])? })).collect()
}

fn read_scalar(bytes: &[u8]) -> Option<Scalar> {
    Scalar::from_canonical_bytes(bytes.try_into().ok()?).into()
}

/// A voter's program that does what it likes: an honest proof of `bits`, with shifts of the ciphertexts before they
/// are hashed, or with commitments that are made up after the challenge.
pub struct Forger {
    pub vote: Vote,
    /// What the cells hold: every option of every row, the implied one last.
    pub bits: Vec<Vec<Scalar>>,
    /// What the proof claims of them.
    pub claimed: Vec<Vec<Scalar>>,
    /// Added to cells (by place), and to A and Com (by place).
    pub shift_cells: Vec<(usize, Ciphertext)>,
    pub shift_commitments: Vec<(usize, Ciphertext)>,
    /// Cells (by place), and A and Com (by place), encrypted without randomness.
    pub bare_cells: Vec<usize>,
    pub bare_commitments: Vec<usize>,
    /// The commitment that the challenge leaves out, made up afterwards so that its equation holds.
    pub omitted: Option<usize>,
}

impl Forger {
    pub fn new(vote: Vote, bits: Vec<Vec<Scalar>>) -> Self {
        Self {
            vote,
            claimed: bits.clone(),
            bits,
            shift_cells: vec![],
            shift_commitments: vec![],
            bare_cells: vec![],
            bare_commitments: vec![],
            omitted: None,
        }
    }

    pub fn forge(self) -> Vote {
        let Self { mut vote, bits, claimed, .. } = self;
        let (shape, key) = (vote.shape.clone(), vote.key);
        let (rows, largest) = (shape.rows().len(), shape.options_max());
        let mut next = random("forger");
        let sent: Vec<Scalar> = bits.iter().flat_map(|row| row[..row.len() - 1].to_vec()).collect();
        let mut randomness: Vec<Scalar> = sent.iter().map(|_| next()).collect();
        self.bare_cells.iter().for_each(|place| randomness[*place] = Scalar::ZERO);
        let mut cells: Vec<Ciphertext> = sent.iter().zip(&randomness).map(|(m, r)| enc(&key, *m, *r)).collect();
        self.shift_cells.iter().for_each(|(place, by)| cells[*place] += *by);
        vote.cells = bytes(&cells);

        let fixed = vote.fixed();
        let values: Vec<Scalar> = claimed.iter().map(|row| compress(row, fixed.gamma)).collect();
        let zeros = randomness.iter().map(|r| (*r, -*r));
        let stars: Vec<Scalar> = row_sums(&shape, zeros, fixed.gamma);
        let a: Vec<Scalar> = (0..rows).map(|_| next()).collect();
        let coefficients = expand(&vote, &fixed, &values, &a);
        let mut blinds: Vec<Scalar> = (0..rows + largest).map(|_| next()).collect();
        self.bare_commitments.iter().for_each(|place| blinds[*place] = Scalar::ZERO);
        let masks = a.iter().chain(&coefficients).zip(&blinds);
        let mut commitments: Vec<Ciphertext> = masks.map(|(m, r)| enc(&key, *m, *r)).collect();
        self.shift_commitments.iter().for_each(|(place, by)| commitments[*place] += *by);

        let kept = commitments.iter().enumerate().filter(|(place, _)| Some(*place) != self.omitted);
        let hashed = bytes(&kept.map(|(_, one)| *one).collect::<Vec<_>>());
        let c = hash_to_scalar(&[b"veche-ballot-challenge-1", &fixed.statement, &hashed]);
        let f: Vec<Scalar> = values.iter().zip(&a).map(|(v, a)| c * v + a).collect();
        let z: Vec<Scalar> = stars.iter().zip(&blinds).map(|(r, s)| c * r + s).collect();
        let t: Scalar = blinds[rows..].iter().enumerate().map(|(d, blind)| power(c, d) * blind).sum();
        match self.omitted {
            Some(row) if row < rows => {
                let compressed = vote.compressed_rows(&cells, fixed.gamma);
                commitments[row] = enc(&key, f[row], z[row]) - scale(c, compressed[row]);
            }
            Some(place) => {
                let others = (rows..rows + largest).filter(|other| *other != place);
                let sum = others.map(|other| scale(power(c, other - rows), commitments[other])).fold(zero(), add);
                let missing = enc(&key, vote.product(&fixed, c, &f), t) - sum;
                commitments[place] = scale(power(c, place - rows).invert(), missing);
            }
            None => {}
        }
        vote.proof = bytes(&commitments);
        for scalar in f.iter().chain(&z).chain([&t]) {
            vote.proof.extend_from_slice(scalar.as_bytes());
        }
        vote
    }
}

/// v = Σ γ^k·b_k.
fn compress(row: &[Scalar], gamma: Scalar) -> Scalar {
    row.iter().enumerate().map(|(k, bit)| power(gamma, k) * bit).sum()
}

/// Σ_k γ^k·x_k per row, where the last x is the negated sum of the others: the randomness of C*_i.
fn row_sums(shape: &Shape, mut pairs: impl Iterator<Item = (Scalar, Scalar)>, gamma: Scalar) -> Vec<Scalar> {
    let row = |options: &usize| {
        let last = power(gamma, options - 1);
        pairs.by_ref().take(options - 1).enumerate().map(|(k, (x, minus))| power(gamma, k) * x + last * minus).sum()
    };
    shape.rows().iter().map(row).collect()
}

/// L_0..L_{K-1} by interpolation: the polynomial's values at 1..K (0 apart) solved for its coefficients. For values that
/// are not one-hot there is a coefficient of X^K too, which has no place in the proof; a forger drops it.
fn expand(vote: &Vote, fixed: &Fixed, values: &[Scalar], masks: &[Scalar]) -> Vec<Scalar> {
    let largest = vote.shape.options_max();
    let at = |x: Scalar| {
        let f: Vec<Scalar> = values.iter().zip(masks).map(|(v, a)| x * v + a).collect();
        vote.product(fixed, x, &f)
    };
    let points: Vec<Scalar> = (0..=largest as u64).map(Scalar::from).collect();
    let mut coefficients = vec![Scalar::ZERO; largest + 1];
    for x in &points {
        // The Lagrange polynomial of x, multiplied out.
        let mut basis = vec![Scalar::ONE];
        for other in points.iter().filter(|other| *other != x) {
            let scale = (x - other).invert();
            let mut longer = vec![Scalar::ZERO; basis.len() + 1];
            for (k, coefficient) in basis.iter().enumerate() {
                longer[k] -= coefficient * other * scale;
                longer[k + 1] += coefficient * scale;
            }
            basis = longer;
        }
        let value = at(*x);
        coefficients.iter_mut().zip(&basis).for_each(|(sum, coefficient)| *sum += value * coefficient);
    }
    coefficients.truncate(largest);
    coefficients
}
