//! Points in a row, in the coordinates of one backend.

use alloc::{vec, vec::Vec};
use core::ops::Range;

#[cfg(target_arch = "x86_64")]
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{
    RistrettoPoint, Scalar,
    traits::{Identity, IsIdentity},
};

use crate::{Backend, Refused, backend::Kind, library};
#[cfg(target_arch = "x86_64")]
use crate::{avx2, ifma};

/// Points of public data. Operations take many at once; two operands must come from one [`Backend`] and have one length.
#[derive(Clone)]
pub struct Points(Held);

#[derive(Clone)]
enum Held {
    /// Exists only where the processor has the instructions: made from a [`Backend`] that says so, or from another.
    #[cfg(target_arch = "x86_64")]
    Ifma(Wide<ifma::Quad>),
    #[cfg(target_arch = "x86_64")]
    Avx2(Wide<avx2::Quad>),
    Library(Vec<RistrettoPoint>),
}

#[cfg(target_arch = "x86_64")]
#[derive(Clone)]
struct Wide<Quad> {
    quads: Vec<Quad>,
    /// All have Z = 1, as after decoding: sums of multiples then need no division.
    affine: bool,
}

/// Runs code of a wide backend: the one place where the compiler cannot see that the processor has the instructions.
#[cfg(target_arch = "x86_64")]
macro_rules! wide {
    ($call:expr) => {{
        // SAFETY: reached only with a `Kind` or `Held` of that backend, and these exist only where `Backend` has asked the
        // processor for exactly the features that the function enables.
        #[allow(unsafe_code)]
        unsafe {
            $call
        }
    }};
}

impl Points {
    /// Reads encodings.
    ///
    /// # Errors
    /// [`Refused`] names the first that is not the one encoding of a point. The identity is a point.
    pub fn decode(backend: Backend, encodings: &[[u8; 32]]) -> Result<Self, Refused> {
        Ok(Self(match backend.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => Held::Ifma(Wide { quads: wide!(ifma::decode(encodings))?, affine: true }),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => Held::Avx2(Wide { quads: wide!(avx2::decode(encodings))?, affine: true }),
            Kind::Library => Held::Library(library::decode(encodings)?),
        }))
    }

    /// So many identities: the start of a sum.
    pub fn identity(backend: Backend, count: usize) -> Self {
        Self(match backend.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => Held::Ifma(Wide { quads: vec![ifma::IDENTITY; count], affine: true }),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => Held::Avx2(Wide { quads: vec![avx2::IDENTITY; count], affine: true }),
            Kind::Library => Held::Library(vec![RistrettoPoint::identity(); count]),
        })
    }

    /// Points of the library, by way of their encodings.
    pub fn from_library(backend: Backend, points: &[RistrettoPoint]) -> Self {
        if backend.0 == Kind::Library {
            return Self(Held::Library(points.to_vec()));
        }
        let encodings: Vec<[u8; 32]> = points.iter().map(|point| point.compress().to_bytes()).collect();
        // Nothing is refused: the library writes what is an encoding.
        Self::decode(backend, &encodings).unwrap_or_else(|_| Self(Held::Library(points.to_vec())))
    }

    /// The same points of the library, by way of their encodings.
    pub fn to_library(&self) -> Vec<RistrettoPoint> {
        match &self.0 {
            Held::Library(points) => points.clone(),
            #[cfg(target_arch = "x86_64")]
            _ => self.encode().into_iter().filter_map(|bytes| CompressedRistretto(bytes).decompress()).collect(),
        }
    }

    /// The way in which these points are computed with.
    pub fn backend(&self) -> Backend {
        Backend(match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Held::Ifma(_) => Kind::Ifma,
            #[cfg(target_arch = "x86_64")]
            Held::Avx2(_) => Kind::Avx2,
            Held::Library(_) => Kind::Library,
        })
    }

    /// How many.
    pub fn len(&self) -> usize {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Held::Ifma(wide) => wide.quads.len(),
            #[cfg(target_arch = "x86_64")]
            Held::Avx2(wide) => wide.quads.len(),
            Held::Library(points) => points.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The encodings, 32 bytes each.
    pub fn encode(&self) -> Vec<[u8; 32]> {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Held::Ifma(wide) => wide!(ifma::encode(&wide.quads)),
            #[cfg(target_arch = "x86_64")]
            Held::Avx2(wide) => wide!(avx2::encode(&wide.quads)),
            Held::Library(points) => points.iter().map(|point| point.compress().to_bytes()).collect(),
        }
    }

    /// Which of them are the identity.
    pub fn identities(&self) -> Vec<bool> {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Held::Ifma(wide) => wide!(ifma::identities(&wide.quads)),
            #[cfg(target_arch = "x86_64")]
            Held::Avx2(wide) => wide!(avx2::identities(&wide.quads)),
            Held::Library(points) => points.iter().map(IsIdentity::is_identity).collect(),
        }
    }

    /// Adds to each point the one at its place.
    ///
    /// # Panics
    /// If lengths or backends differ: a fault of the caller's, which a wrong sum must not hide.
    pub fn add(&mut self, others: &Self) {
        self.combine(others, false);
    }

    /// Subtracts from each point the one at its place.
    ///
    /// # Panics
    /// As [`add`](Self::add).
    pub fn subtract(&mut self, others: &Self) {
        self.combine(others, true);
    }

    fn combine(&mut self, others: &Self, subtract: bool) {
        assert_eq!(self.len(), others.len(), "as many points on both sides");
        assert_eq!(self.backend(), others.backend(), "points of one backend");
        match (&mut self.0, &others.0) {
            #[cfg(target_arch = "x86_64")]
            (Held::Ifma(wide), Held::Ifma(others)) => {
                wide.affine = false;
                wide!(ifma::add_all(&mut wide.quads, &others.quads, subtract));
            }
            #[cfg(target_arch = "x86_64")]
            (Held::Avx2(wide), Held::Avx2(others)) => {
                wide.affine = false;
                wide!(avx2::add_all(&mut wide.quads, &others.quads, subtract));
            }
            (Held::Library(points), Held::Library(others)) => {
                for (point, other) in points.iter_mut().zip(others) {
                    if subtract { *point -= other } else { *point += other }
                }
            }
            #[cfg(target_arch = "x86_64")]
            _ => {}
        }
    }

    /// Each point `weight` times.
    pub fn scale(&mut self, weight: u64) {
        match &mut self.0 {
            #[cfg(target_arch = "x86_64")]
            Held::Ifma(wide) => {
                wide.affine = false;
                wide!(ifma::scale_all(&mut wide.quads, weight));
            }
            #[cfg(target_arch = "x86_64")]
            Held::Avx2(wide) => {
                wide.affine = false;
                wide!(avx2::scale_all(&mut wide.quads, weight));
            }
            Held::Library(points) => points.iter_mut().for_each(|point| *point = library::scale(point, weight)),
        }
    }

    /// Some of them; those that are not there are left out.
    #[must_use]
    pub fn range(&self, range: Range<usize>) -> Self {
        let range = range.start.min(self.len())..range.end.min(self.len());
        Self(match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Held::Ifma(wide) => Held::Ifma(Wide { quads: part(&wide.quads, range), affine: wide.affine }),
            #[cfg(target_arch = "x86_64")]
            Held::Avx2(wide) => Held::Avx2(Wide { quads: part(&wide.quads, range), affine: wide.affine }),
            Held::Library(points) => Held::Library(part(points, range)),
        })
    }

    /// The first `count`, and the others.
    #[must_use]
    pub fn split_at(self, count: usize) -> (Self, Self) {
        let count = count.min(self.len());
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Held::Ifma(mut wide) => {
                let rest = Wide { quads: wide.quads.split_off(count), affine: wide.affine };
                (Self(Held::Ifma(wide)), Self(Held::Ifma(rest)))
            }
            #[cfg(target_arch = "x86_64")]
            Held::Avx2(mut wide) => {
                let rest = Wide { quads: wide.quads.split_off(count), affine: wide.affine };
                (Self(Held::Avx2(wide)), Self(Held::Avx2(rest)))
            }
            Held::Library(mut points) => {
                let rest = points.split_off(count);
                (Self(Held::Library(points)), Self(Held::Library(rest)))
            }
        }
    }

    /// Σ scalars·points over all terms: one point.
    ///
    /// # Panics
    /// If a term has not as many scalars as points, or the backends differ.
    #[must_use]
    pub fn multiply(terms: &[(&[Scalar], &Self)]) -> Self {
        let backend = terms.first().map_or_else(Backend::library, |(_, points)| points.backend());
        for (scalars, points) in terms {
            assert_eq!(scalars.len(), points.len(), "a scalar for each point");
            assert_eq!(points.backend(), backend, "points of one backend");
        }
        #[cfg(target_arch = "x86_64")]
        macro_rules! multiply_wide {
            ($kind:path, $module:ident) => {{
                let (mut held, mut affine) = (Vec::with_capacity(terms.len()), true);
                for (scalars, points) in terms {
                    if let $kind(wide) = &points.0 {
                        held.push((*scalars, wide.quads.as_slice()));
                        affine &= wide.affine;
                    }
                }
                let product = wide!($module::multiply(&held, affine));
                Self($kind(Wide { quads: vec![product], affine: false }))
            }};
        }
        match backend.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => multiply_wide!(Held::Ifma, ifma),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => multiply_wide!(Held::Avx2, avx2),
            Kind::Library => {
                let (mut all_scalars, mut points) = (Vec::new(), Vec::new());
                for (scalars, held) in terms {
                    match &held.0 {
                        Held::Library(held) => {
                            all_scalars.extend_from_slice(scalars);
                            points.extend_from_slice(held);
                        }
                        #[cfg(target_arch = "x86_64")]
                        _ => {}
                    }
                }
                Self(Held::Library(vec![library::multiply(all_scalars, points)]))
            }
        }
    }
}

fn part<T: Clone>(all: &[T], range: Range<usize>) -> Vec<T> {
    all.get(range).unwrap_or_default().to_vec()
}

impl core::fmt::Debug for Points {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Points({}, {})", self.len(), self.backend().name())
    }
}
