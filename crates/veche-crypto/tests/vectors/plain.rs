//! The specification once more, in its own words and slowly: what the vectors hold besides inputs and outputs comes from
//! here. With `Fault` it also makes the forgeries that a verifier must not take.

use veche_crypto::{Ciphertext, Point, PublicKey, Scalar, transcript::Transcript};

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
    pub key: [u8; 32],
    pub shape: Vec<usize>,
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
        let mut context = hash("veche-ballot-context-1", &[&self.election, &self.key]);
        context.number(self.shape.len() as u64);
        self.shape.iter().for_each(|options| {
            context.number(*options as u64);
        });
        let context = context.bytes(&self.credential).number(self.seq).bytes(&self.prev).digest();
        let statement = hash("veche-ballot-statement-1", &[&context, cells]).digest();
        let scalar = |label| hash(label, &[&statement]).scalar();
        Challenges { context, statement, gamma: scalar("veche-ballot-gamma-1"), rho: scalar("veche-ballot-rho-1") }
    }

    pub fn largest(&self) -> usize {
        self.shape.iter().copied().max().unwrap()
    }

    fn encrypt(&self, m: Scalar, r: Scalar) -> Ciphertext {
        let key = PublicKey::from_bytes(self.key).unwrap();
        Ciphertext { a: Point::mul_base(&r), b: Point::mul_base(&m) + r * key.point() }
    }
}

pub fn last(statement: &[u8; 64], commitments: &[u8]) -> Scalar {
    hash("veche-ballot-challenge-1", &[statement, commitments]).scalar()
}

fn power(x: Scalar, exponent: usize) -> Scalar {
    (0..exponent).fold(Scalar::ONE, |power, _| power * x)
}

pub fn times(c: Ciphertext, by: Scalar) -> Ciphertext {
    Ciphertext { a: by * c.a, b: by * c.b }
}

/// Where a forger departs from the protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The polynomial lacks the factor X^(K - K_i), as if a verifier lacked it too.
    ShortRows,
    /// Errors D and -D in the two components of A of the first row.
    Cancelling,
    /// The simulator of section 7.4: every equation holds for a c of its own choice.
    Simulated,
    /// γ and ρ are those of other ciphertexts: a prover that fixes them first.
    EarlyGamma,
}

/// Cells and proof for any numbers in the rows (the implied option last), as section 5 says but for the fault.
pub fn prove(ballot: &Ballot, bits: &[Vec<Scalar>], fault: Fault) -> (Vec<u8>, Vec<u8>) {
    let mut count = 0;
    let mut draw = || {
        count += 1;
        hash("example-only", &[]).number(count).scalar()
    };
    let (rows, largest) = (bits.len(), ballot.largest());
    let r: Vec<Vec<Scalar>> = bits.iter().map(|row| row.iter().skip(1).map(|_| draw()).collect()).collect();
    let sent = bits.iter().zip(&r).flat_map(|(row, r)| row.iter().zip(r));
    let cells: Vec<u8> = sent.flat_map(|(m, r)| ballot.encrypt(*m, *r).to_bytes()).collect();
    let Challenges { statement, gamma, rho, .. } = ballot.challenges(&cells);
    let gamma = if fault == Fault::EarlyGamma { Scalar::from(2_u64) } else { gamma };
    let value = |row: &Vec<Scalar>| -> Scalar { row.iter().enumerate().map(|(k, b)| power(gamma, k) * b).sum() };
    let v: Vec<Scalar> = bits.iter().map(value).collect();
    let r_star: Vec<Scalar> = r
        .iter()
        .map(|r| r.iter().enumerate().map(|(k, one)| (power(gamma, k) - power(gamma, r.len())) * one).sum())
        .collect();
    let [mut a, mut s, mut t]: [Vec<Scalar>; 3] = [rows, rows, largest].map(|n| (0..n).map(|_| draw()).collect());
    let mut c = draw();
    if fault == Fault::Simulated {
        for i in 0..rows {
            // f and z of the simulator are any; these make the usual formulas below come out at them.
            (a[i], s[i]) = (draw() - c * v[i], draw() - c * r_star[i]);
        }
    }
    // P, ascending.
    let mut polynomial = vec![Scalar::ZERO; largest + 1];
    for i in 0..rows {
        let mut product = vec![power(rho, i)];
        for k in 0..ballot.shape[i] {
            let slope = v[i] - power(gamma, k);
            let mut next = vec![Scalar::ZERO; product.len() + 1];
            for (d, one) in product.iter().enumerate() {
                next[d] += one * a[i];
                next[d + 1] += one * slope;
            }
            product = next;
        }
        let skip = if fault == Fault::ShortRows { 0 } else { largest - ballot.shape[i] };
        product.iter().enumerate().for_each(|(d, one)| polynomial[d + skip] += one);
    }
    let mut com: Vec<Ciphertext> = (0..largest).map(|d| ballot.encrypt(polynomial[d], t[d])).collect();
    let mut a_sent: Vec<Ciphertext> = a.iter().zip(&s).map(|(a, s)| ballot.encrypt(*a, *s)).collect();
    if fault == Fault::Simulated {
        // What the lowest power would have to be, so that S7 holds for this c.
        let p: Scalar = polynomial.iter().enumerate().map(|(d, one)| power(c, d) * one).sum();
        let others: Scalar = polynomial[1..largest].iter().enumerate().map(|(d, one)| power(c, d + 1) * one).sum();
        com[0] = ballot.encrypt(p - others, t[0]);
    }
    if fault == Fault::Cancelling {
        let error = Point::mul_base(&Scalar::from(5_u64));
        a_sent[0] = Ciphertext { a: a_sent[0].a + error, b: a_sent[0].b - error };
    }
    let mut proof: Vec<u8> = a_sent.iter().chain(&com).flat_map(Ciphertext::to_bytes).collect();
    if fault != Fault::Simulated {
        c = last(&statement, &proof);
    }
    for (v, a) in v.iter().zip(&a) {
        proof.extend((c * v + a).as_bytes());
    }
    for (r, s) in r_star.iter().zip(&s) {
        proof.extend((c * r + s).as_bytes());
    }
    let t: Scalar = t.drain(..).enumerate().map(|(d, t)| power(c, d) * t).sum();
    proof.extend(t.as_bytes());
    (cells, proof)
}

/// S6 and S7, one equation after the other; everything was decoded before. Returns the names of those that fail.
pub fn equations(ballot: &Ballot, cells: &[u8], proof: &[u8], c: Scalar, skip_factor: bool) -> Vec<&'static str> {
    let Challenges { gamma, rho, .. } = ballot.challenges(cells);
    let pairs = |bytes: &[u8]| -> Vec<Ciphertext> {
        bytes.chunks(64).map(|pair| Ciphertext::from_bytes(pair.try_into().unwrap()).unwrap()).collect()
    };
    let (rows, largest) = (ballot.shape.len(), ballot.largest());
    let (points, scalars) = proof.split_at(64 * (rows + largest));
    let (cells, points) = (pairs(cells), pairs(points));
    let scalars = veche_crypto::group::scalars(scalars).unwrap();
    let (mut failed, mut first, mut p) = (Vec::new(), 0, Scalar::ZERO);
    for i in 0..rows {
        let options = ballot.shape[i];
        let (f, z) = (scalars[i], scalars[rows + i]);
        let implied = power(gamma, options - 1);
        let mut folded = Ciphertext { a: Point::default(), b: Point::mul_base(&implied) };
        for k in 0..options - 1 {
            folded += times(cells[first + k], power(gamma, k) - implied);
        }
        first += options - 1;
        if times(folded, c) + points[i] != ballot.encrypt(f, z) {
            failed.push("S6");
        }
        let factors: Scalar = (0..options).map(|k| f - c * power(gamma, k)).product();
        p += power(rho, i) * factors * power(c, if skip_factor { 0 } else { largest - options });
    }
    let sum = (0..largest).fold(Ciphertext::zero(), |sum, d| sum + times(points[rows + d], power(c, d)));
    if sum != ballot.encrypt(p, scalars[2 * rows]) {
        failed.push("S7");
    }
    failed.dedup();
    failed
}
