//! The specification once more, in its own words and slowly: what the vectors hold besides inputs and outputs comes from
//! here.

use veche_crypto::{Point, Scalar, transcript::Transcript};

/// `frame`, hashed: every item behind its length, the label first.
pub fn hash(label: &str, items: &[&[u8]]) -> Transcript {
    let mut hash = Transcript::new(label);
    for item in items {
        hash.bytes(item);
    }
    hash
}

/// What a ballot is about.
#[derive(Clone)]
pub struct Ballot {
    pub election: [u8; 32],
    pub keys: Vec<[u8; 32]>,
    pub rows: Vec<usize>,
    /// First row, from 1, number of rows, `least` and `most` of each contest with bounds of approval.
    pub bounded: Vec<[usize; 4]>,
    pub credential: [u8; 32],
    pub seq: u64,
    pub prev: [u8; 32],
}

pub struct Challenges {
    pub context: [u8; 64],
    pub statement: [u8; 64],
    pub gamma: Scalar,
    pub rho: Scalar,
}

impl Ballot {
    pub fn challenges(&self, cells: &[u8]) -> Challenges {
        let sent = self.keys[..self.options_max() - 1].as_flattened();
        let mut context = hash("veche-ballot-context-2", &[&self.election, sent]);
        context.number(self.rows.len() as u64);
        self.rows.iter().for_each(|options| {
            context.number(*options as u64);
        });
        context.number(self.bounded.len() as u64);
        self.bounded.iter().flatten().for_each(|number| {
            context.number(*number as u64);
        });
        let context = context.bytes(&self.credential).number(self.seq).bytes(&self.prev).digest();
        let statement = hash("veche-ballot-statement-2", &[&context, cells]).digest();
        let scalar = |label| hash(label, &[&statement]).scalar();
        Challenges { context, statement, gamma: scalar("veche-ballot-gamma-2"), rho: scalar("veche-ballot-rho-2") }
    }

    /// K_Y.
    fn options_max(&self) -> usize {
        self.rows.iter().copied().max().unwrap()
    }

    /// K.
    pub fn coefficients(&self) -> usize {
        self.bounded.iter().map(|[.., least, most]| most - least + 1).chain([self.options_max()]).max().unwrap()
    }

    /// The bytes of S, A and Com.
    pub fn commitments(&self) -> usize {
        32 * (2 * self.rows.len() + self.coefficients())
    }

    fn mask(&self, d: usize) -> Point {
        let digest = hash("veche-ballot-mask-2", &[&self.election]).number(d as u64).digest();
        Point::from_uniform_bytes(&digest)
    }
}

pub fn last(statement: &[u8; 64], commitments: &[u8]) -> Scalar {
    hash("veche-ballot-challenge-2", &[statement, commitments]).scalar()
}

fn power(x: Scalar, exponent: usize) -> Scalar {
    (0..exponent).fold(Scalar::ONE, |power, _| power * x)
}

/// S7 and S8, one equation after the other; everything was decoded before. Returns the names of those that fail.
pub fn equations(ballot: &Ballot, cells: &[u8], proof: &[u8], c: Scalar) -> Vec<&'static str> {
    let Challenges { gamma, rho, .. } = ballot.challenges(cells);
    let (rows, largest) = (ballot.rows.len(), ballot.coefficients());
    let (points, scalars) = proof.split_at(ballot.commitments());
    let points = veche_crypto::group::points(points).unwrap();
    let cells = veche_crypto::group::points(cells).unwrap();
    let keys = veche_crypto::group::points(ballot.keys.as_flattened()).unwrap();
    let scalars = veche_crypto::group::scalars(scalars).unwrap();
    let (f, z) = scalars.split_at(rows);
    let (mut failed, mut first, mut p) = (Vec::new(), rows, Scalar::ZERO);
    for i in 0..rows {
        let sent = ballot.rows[i] - 1;
        let folded: Point = (0..sent).map(|k| power(gamma, k) * cells[first + k]).sum();
        let key: Point = (0..sent).map(|k| power(gamma, k) * keys[k]).sum();
        first += sent;
        let randomness = c * cells[i] + points[i] == Point::mul_base(&z[i]);
        let value = c * folded + points[rows + i] == Point::mul_base(&f[i]) + z[i] * key;
        if !(randomness && value) {
            failed.push("S7");
        }
        let factors: Scalar = (0..sent).map(|k| f[i] - c * power(gamma, k)).product();
        p += power(rho, i) * power(c, largest - sent - 1) * f[i] * factors;
    }
    for (t, [start, count, least, most]) in ballot.bounded.iter().enumerate() {
        let f: Scalar = f[start - 1..start - 1 + count].iter().sum();
        let factors: Scalar = (count - most..=count - least).map(|j| f - c * Scalar::from(j as u64)).product();
        p += power(rho, rows + t) * power(c, largest - (most - least + 1)) * factors;
    }
    let sum: Point = (0..largest).map(|d| power(c, d) * points[2 * rows + d]).sum();
    let masks: Point = (0..largest - 1).map(|d| power(c, d) * ballot.mask(d)).sum();
    if sum != Point::mul_base(&p) + z[0] * masks {
        failed.push("S8");
    }
    failed.dedup();
    failed
}
