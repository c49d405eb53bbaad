//! The ballot's proof once more, as the specification writes it: one equation after the other, every hash spelled out, no
//! batch and no speed. It is the oracle that the library must agree with, and the bench on which forgeries are made.
use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto, traits::Identity};
use sha2::{Digest, Sha512};
use veche_crypto::Layout;

/// Everything that a ballot's proof is about, to be changed piece by piece.
#[derive(Clone, Debug)]
pub struct Vote {
    pub keys: Vec<RistrettoPoint>,
    pub layout: Layout,
    pub election: [u8; 32],
    pub credential: [u8; 32],
    pub seq: u64,
    pub prev: [u8; 32],
    pub cells: Vec<u8>,
    pub proof: Vec<u8>,
}

/// What a verifier may forget. Each of these lets forgeries through; a forger makes them for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgets {
    Nothing,
    /// R in the statement.
    Randomness,
    /// Com in the last challenge.
    Coefficients,
    /// The powers of c for what is shorter than K.
    Padding,
    /// A power of ρ of its own for a bounded contest.
    OwnPower,
    /// The equation of R and S.
    Equation,
    /// A weight of its own for each of a row's two equations.
    Weights,
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

pub fn base(x: Scalar) -> RistrettoPoint {
    RistrettoPoint::mul_base(&x)
}

pub fn bytes(points: &[RistrettoPoint]) -> Vec<u8> {
    points.iter().flat_map(|point| point.compress().to_bytes()).collect()
}

/// What is fixed once the cells are.
pub struct Fixed {
    pub statement: [u8; 64],
    pub gamma: Scalar,
    pub rho: Scalar,
}

/// Some rows, added, hold one of the roots.
struct Term {
    rows: core::ops::Range<usize>,
    roots: Vec<Scalar>,
    power_of_rho: usize,
}

impl Vote {
    pub fn rows(&self) -> usize {
        self.layout.rows().len()
    }

    pub fn largest(&self) -> usize {
        let bounded = self.layout.bounded().iter().map(|bounded| bounded.most - bounded.least + 1);
        self.layout.rows().iter().copied().chain(bounded).max().unwrap()
    }

    /// Z_0..Z_{K-2}.
    pub fn masks(&self) -> Vec<RistrettoPoint> {
        let mask = |d: usize| hash(&[b"veche-ballot-mask-2", &self.election, &(d as u64).to_be_bytes()]);
        (0..self.largest() - 1).map(|d| RistrettoPoint::from_uniform_bytes(&mask(d))).collect()
    }

    /// The place of C_ik among all points of the cells.
    pub fn place(&self, row: usize, option: usize) -> usize {
        self.rows() + self.layout.rows()[..row].iter().map(|options| options - 1).sum::<usize>() + option
    }

    pub fn fixed(&self) -> Fixed {
        self.fixed_by(Forgets::Nothing)
    }

    pub fn context(&self) -> [u8; 64] {
        let number = |n: usize| (n as u64).to_be_bytes();
        let (rows, bounded, keys) = (self.layout.rows(), self.layout.bounded(), bytes(&self.keys));
        let mut numbers: Vec<[u8; 8]> = vec![number(rows.len())];
        numbers.extend(rows.iter().map(|options| number(*options)));
        numbers.push(number(bounded.len()));
        for contest in bounded {
            numbers.extend([contest.rows.start + 1, contest.rows.len(), contest.least, contest.most].map(number));
        }
        let seq = self.seq.to_be_bytes();
        let mut items: Vec<&[u8]> = vec![b"veche-ballot-context-2", &self.election, &keys];
        items.extend(numbers.iter().map(|number| number.as_slice()));
        items.extend([self.credential.as_slice(), &seq, &self.prev]);
        hash(&items)
    }

    pub fn fixed_by(&self, forgets: Forgets) -> Fixed {
        let skipped = if forgets == Forgets::Randomness { 32 * self.rows() } else { 0 };
        let statement =
            hash(&[b"veche-ballot-statement-2", &self.context(), &self.cells[skipped.min(self.cells.len())..]]);
        Fixed {
            gamma: hash_to_scalar(&[b"veche-ballot-gamma-2", &statement]),
            rho: hash_to_scalar(&[b"veche-ballot-rho-2", &statement]),
            statement,
        }
    }

    pub fn challenge(&self, fixed: &Fixed, commitments: &[u8], forgets: Forgets) -> Scalar {
        let hashed = if forgets == Forgets::Coefficients { &commitments[..64 * self.rows()] } else { commitments };
        hash_to_scalar(&[b"veche-ballot-challenge-2", &fixed.statement, hashed])
    }

    /// Y*_i.
    pub fn folded_key(&self, row: usize, gamma: Scalar) -> RistrettoPoint {
        (0..self.layout.rows()[row] - 1).map(|k| power(gamma, k) * self.keys[k]).sum()
    }

    fn terms(&self, gamma: Scalar, forgets: Forgets) -> Vec<Term> {
        let row = |(i, options): (usize, &usize)| Term {
            rows: i..i + 1,
            roots: (0..options - 1).map(|k| power(gamma, k)).chain([Scalar::ZERO]).collect(),
            power_of_rho: i,
        };
        let bounded = self.layout.bounded().iter().enumerate().map(|(t, contest)| {
            let count = contest.rows.len();
            Term {
                rows: contest.rows.clone(),
                roots: (count - contest.most..=count - contest.least).map(|j| Scalar::from(j as u64)).collect(),
                power_of_rho: if forgets == Forgets::OwnPower { t } else { self.rows() + t },
            }
        });
        self.layout.rows().iter().enumerate().map(row).chain(bounded).collect()
    }

    fn padding(&self, term: &Term, forgets: Forgets) -> usize {
        if forgets == Forgets::Padding { 0 } else { self.largest() - term.roots.len() }
    }

    /// The polynomial of all terms at c.
    pub fn product(&self, fixed: &Fixed, c: Scalar, f: &[Scalar], forgets: Forgets) -> Scalar {
        let value = |term: &Term| {
            let f: Scalar = f[term.rows.clone()].iter().sum();
            let factors: Scalar = term.roots.iter().map(|root| f - c * root).product();
            power(fixed.rho, term.power_of_rho) * power(c, self.padding(term, forgets)) * factors
        };
        self.terms(fixed.gamma, forgets).iter().map(value).sum()
    }

    /// The coefficients of that polynomial in X, for f_i = v_i·X + a_i: K of them have a place in the proof.
    fn polynomial(&self, fixed: &Fixed, v: &[Scalar], a: &[Scalar], forgets: Forgets) -> Vec<Scalar> {
        let mut sum = vec![Scalar::ZERO; self.largest() + 1];
        for term in self.terms(fixed.gamma, forgets) {
            let (v, a): (Scalar, Scalar) = (v[term.rows.clone()].iter().sum(), a[term.rows.clone()].iter().sum());
            let mut product = vec![power(fixed.rho, term.power_of_rho)];
            for root in &term.roots {
                let mut longer = vec![Scalar::ZERO; product.len() + 1];
                for (d, coefficient) in product.iter().enumerate() {
                    longer[d] += coefficient * a;
                    longer[d + 1] += coefficient * (v - root);
                }
                product = longer;
            }
            let padding = self.padding(&term, forgets);
            product.iter().enumerate().for_each(|(d, coefficient)| sum[d + padding] += coefficient);
        }
        sum.truncate(self.largest());
        sum
    }

    pub fn commitments_bytes(&self) -> usize {
        32 * (2 * self.rows() + self.largest())
    }

    /// The verifier of the specification. `None` for bytes that S1 to S6 refuse.
    pub fn holds(&self) -> Option<bool> {
        Some(self.failing(Forgets::Nothing)?.is_none())
    }

    /// Which of S7 and S8 fails first for a verifier that forgets something; inner `None` if neither does.
    pub fn failing(&self, forgets: Forgets) -> Option<Option<&'static str>> {
        let rows = self.rows();
        if self.cells.len() != 32 * self.place(rows, 0) || self.proof.len() != self.commitments_bytes() + 64 * rows {
            return None;
        }
        let committed = &self.proof[..self.commitments_bytes()];
        let fixed = self.fixed_by(forgets);
        let c = self.challenge(&fixed, committed, forgets);
        self.failing_under(&fixed, c, forgets)
    }

    /// As [`failing`](Self::failing), for challenges that somebody has chosen.
    pub fn failing_under(&self, fixed: &Fixed, c: Scalar, forgets: Forgets) -> Option<Option<&'static str>> {
        let rows = self.rows();
        let (committed, scalars) = self.proof.split_at(self.commitments_bytes());
        let (cells, commitments) = (read(&self.cells)?, read(committed)?);
        let scalars: Option<Vec<Scalar>> = scalars.chunks(32).map(read_scalar).collect();
        let scalars = scalars?;
        let (f, z) = scalars.split_at(rows);
        if (0..rows).any(|i| cells[..i].contains(&cells[i])) {
            return None;
        }
        let row_holds = |i: usize| {
            let options = 0..self.layout.rows()[i] - 1;
            let folded: RistrettoPoint = options.map(|k| power(fixed.gamma, k) * cells[self.place(i, k)]).sum();
            let first = c * cells[i] + commitments[i] - base(z[i]);
            let second = c * folded + commitments[rows + i] - base(f[i]) - z[i] * self.folded_key(i, fixed.gamma);
            match forgets {
                Forgets::Weights => first + second == RistrettoPoint::identity(),
                Forgets::Equation => second == RistrettoPoint::identity(),
                _ => first == RistrettoPoint::identity() && second == RistrettoPoint::identity(),
            }
        };
        if !(0..rows).all(row_holds) {
            return Some(Some("S7"));
        }
        let at_c = |points: &[RistrettoPoint]| -> RistrettoPoint {
            points.iter().enumerate().map(|(d, point)| power(c, d) * point).sum()
        };
        let right = base(self.product(fixed, c, f, forgets)) + z[0] * at_c(&self.masks());
        Some((at_c(&commitments[2 * rows..]) != right).then_some("S8"))
    }
}

pub fn read(bytes: &[u8]) -> Option<Vec<RistrettoPoint>> {
    let point = |bytes: &[u8]| {
        let point = CompressedRistretto::from_slice(bytes).ok()?.decompress()?;
        (point != RistrettoPoint::identity()).then_some(point)
    };
    bytes.chunks(32).map(point).collect()
}

fn read_scalar(bytes: &[u8]) -> Option<Scalar> {
    Scalar::from_canonical_bytes(bytes.try_into().ok()?).into()
}

/// A voter's program that does what it likes: an honest proof of `bits`, with shifts of the points before they are hashed,
/// or with points that are made up after the challenge.
pub struct Forger {
    pub vote: Vote,
    /// What the cells hold: every option of every row, the implied one last.
    pub bits: Vec<Vec<Scalar>>,
    /// What the proof claims of them.
    pub claimed: Vec<Vec<Scalar>>,
    /// The verifier for whom it works.
    pub fools: Forgets,
    /// Added to R and C (by place), and to S, A and Com (by place).
    pub shift_cells: Vec<(usize, RistrettoPoint)>,
    pub shift_commitments: Vec<(usize, RistrettoPoint)>,
    /// Rows of which r, s or a is zero.
    pub bare: Vec<(usize, char)>,
    /// A row with the randomness of another.
    pub repeated: Option<(usize, usize)>,
    /// The commitment that the challenge leaves out, made up afterwards so that its equation holds.
    pub omitted: Option<usize>,
    /// γ, where it is not asked of the hash.
    pub gamma: Option<Scalar>,
    /// y_k, of whoever knows them: R_1 is then made up when γ is known, so that the first row's claim holds.
    pub secrets: Option<Vec<Scalar>>,
    /// c, where its maker chooses it first and computes the commitments from the answers.
    pub simulated: Option<Scalar>,
    /// The chosen challenge comes behind commitments that were made without it, as if the verifier were asked twice.
    pub rewound: bool,
}

impl Forger {
    pub fn new(vote: Vote, bits: Vec<Vec<Scalar>>) -> Self {
        Self {
            vote,
            claimed: bits.clone(),
            bits,
            fools: Forgets::Nothing,
            shift_cells: vec![],
            shift_commitments: vec![],
            bare: vec![],
            repeated: None,
            omitted: None,
            gamma: None,
            secrets: None,
            simulated: None,
            rewound: false,
        }
    }

    pub fn forge(self) -> Vote {
        let Self { mut vote, bits, claimed, fools, .. } = self;
        let (rows, largest, masks) = (vote.rows(), vote.largest(), vote.masks());
        let mut next = random("forger");
        let mut draw = |kind: char| -> Vec<Scalar> {
            let bare = |i| self.bare.contains(&(i, kind));
            (0..rows).map(|i| if bare(i) { Scalar::ZERO } else { next() }).collect()
        };
        let (mut r, mut a, mut s) = (draw('r'), draw('a'), draw('s'));
        if let Some((row, other)) = self.repeated {
            r[row] = r[other];
        }

        let mut cells: Vec<RistrettoPoint> = r.iter().map(|r| base(*r)).collect();
        for (row, r) in bits.iter().zip(&r) {
            cells.extend(row[..row.len() - 1].iter().zip(&vote.keys).map(|(bit, key)| base(*bit) + r * key));
        }
        self.shift_cells.iter().for_each(|(place, by)| cells[*place] += by);
        vote.cells = bytes(&cells);
        let mut fixed = vote.fixed_by(fools);
        fixed.gamma = self.gamma.unwrap_or(fixed.gamma);
        let gamma = fixed.gamma;
        let fold = |row: &Vec<Scalar>| -> Scalar {
            row[..row.len() - 1].iter().enumerate().map(|(k, bit)| power(gamma, k) * bit).sum()
        };
        let (held, values): (Vec<Scalar>, Vec<Scalar>) =
            (bits.iter().map(fold).collect(), claimed.iter().map(fold).collect());
        if let Some(secrets) = &self.secrets {
            let secret: Scalar = (0..vote.layout.rows()[0] - 1).map(|k| power(gamma, k) * secrets[k]).sum();
            // held·B + r·Y* = claimed·B + r'·Y*
            r[0] += (held[0] - values[0]) * secret.invert();
            cells[0] = base(r[0]);
            vote.cells = bytes(&cells);
        }
        let simulated = self.simulated.filter(|_| !self.rewound);
        if let Some(c) = simulated {
            // The answers of a simulator are any; these make the usual formulas come out at them.
            for i in 0..rows {
                (a[i], s[i]) = (a[i] - c * values[i], s[i] - c * r[i]);
            }
        }
        let coefficients = vote.polynomial(&fixed, &values, &a, fools);
        let mut commitments: Vec<RistrettoPoint> = s.iter().map(|s| base(*s)).collect();
        commitments.extend((0..rows).map(|i| base(a[i]) + s[i] * vote.folded_key(i, gamma)));
        commitments.extend((0..largest).map(|d| {
            let below = if d > 0 { r[0] * masks[d - 1] } else { RistrettoPoint::identity() };
            let this = if d + 1 < largest { s[0] * masks[d] } else { RistrettoPoint::identity() };
            base(coefficients[d]) + below + this
        }));
        self.shift_commitments.iter().for_each(|(place, by)| commitments[*place] += by);

        let kept = commitments.iter().enumerate().filter(|(place, _)| Some(*place) != self.omitted);
        let hashed = bytes(&kept.map(|(_, one)| *one).collect::<Vec<_>>());
        let c = self.simulated.unwrap_or_else(|| match self.omitted {
            None => vote.challenge(&fixed, &hashed, fools),
            Some(_) => hash_to_scalar(&[b"veche-ballot-challenge-2", &fixed.statement, &hashed]),
        });
        let f: Vec<Scalar> = values.iter().zip(&a).map(|(v, a)| c * v + a).collect();
        let z: Vec<Scalar> = r.iter().zip(&s).map(|(r, s)| c * r + s).collect();
        let made_up = match (self.omitted, fools) {
            (None, Forgets::Coefficients) => Some(2 * rows),
            (None, _) if simulated.is_some() => Some(2 * rows),
            (omitted, _) => omitted,
        };
        match made_up {
            Some(row) if row < rows => commitments[row] = base(z[row]) - c * cells[row],
            Some(place) if place < 2 * rows => {
                let row = place - rows;
                let options = 0..vote.layout.rows()[row] - 1;
                let folded: RistrettoPoint = options.map(|k| power(gamma, k) * cells[vote.place(row, k)]).sum();
                commitments[place] = base(f[row]) + z[row] * vote.folded_key(row, gamma) - c * folded;
            }
            Some(place) => {
                let others = (2 * rows..2 * rows + largest).filter(|other| *other != place);
                let sum: RistrettoPoint = others.map(|other| power(c, other - 2 * rows) * commitments[other]).sum();
                let mask: RistrettoPoint = masks.iter().enumerate().map(|(d, mask)| power(c, d) * mask).sum();
                let missing = base(vote.product(&fixed, c, &f, fools)) + z[0] * mask - sum;
                commitments[place] = power(c, place - 2 * rows).invert() * missing;
            }
            None => {}
        }
        vote.proof = bytes(&commitments);
        for scalar in f.iter().chain(&z) {
            vote.proof.extend_from_slice(scalar.as_bytes());
        }
        vote
    }
}
