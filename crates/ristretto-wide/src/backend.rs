//! Which instructions the processor has, found out when the program runs: one binary serves all.

/// A way of computing that this processor has: a value of this type is the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend(pub(crate) Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    #[cfg(target_arch = "x86_64")]
    Ifma,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Library,
}

#[cfg(target_arch = "x86_64")]
mod processor {
    cpufeatures::new!(ifma, "avx512f", "avx512ifma", "avx512vl", "avx512dq");
    cpufeatures::new!(avx2, "avx2");

    /// Who builds curve25519-dalek for a processor with less gets no more here either, so that each can be tested and measured.
    const SERIAL: bool = cfg!(curve25519_dalek_backend = "serial");
    const AVX2_AT_MOST: bool = SERIAL || cfg!(curve25519_dalek_backend = "simd");

    pub(super) fn has_ifma() -> bool {
        !AVX2_AT_MOST && ifma::get()
    }

    pub(super) fn has_avx2() -> bool {
        !SERIAL && avx2::get()
    }
}

impl Backend {
    /// The fastest that this processor has.
    pub fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if processor::has_ifma() {
            return Self(Kind::Ifma);
        } else if processor::has_avx2() {
            return Self(Kind::Avx2);
        }
        Self::library()
    }

    /// All that this processor has, the fastest first: so that tests can hold them against each other.
    pub fn all() -> impl Iterator<Item = Self> {
        let wide = [
            #[cfg(target_arch = "x86_64")]
            processor::has_ifma().then_some(Self(Kind::Ifma)),
            #[cfg(target_arch = "x86_64")]
            processor::has_avx2().then_some(Self(Kind::Avx2)),
            Some(Self::library()),
        ];
        wide.into_iter().flatten()
    }

    /// curve25519-dalek, which runs everywhere.
    pub const fn library() -> Self {
        Self(Kind::Library)
    }

    /// `ifma`, `avx2` or `library`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => "ifma",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            Kind::Library => "library",
        }
    }
}
