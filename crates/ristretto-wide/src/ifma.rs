//! Eight field elements at once: AVX-512 IFMA, whose multiplication takes 52 bits, the width of a limb and one to spare.

use core::arch::x86_64::*;

use crate::{
    constants::{LIMB_BITS, LIMB_MASK},
    engine::unroll,
};

pub(crate) const LANES: usize = 8;

/// A field element as it lies in memory: five limbs of 51 bits, lowest first.
pub(crate) type Element = [u64; 5];

/// Eight field elements, carried: every limb is below 2^51 + 2^15, so that the multiplication loses nothing.
#[derive(Clone, Copy)]
pub(crate) struct Lanes([__m512i; 5]);

/// Sums and differences, not carried: limbs below 2^58. Only [`carry`] makes [`Lanes`] of them.
#[derive(Clone, Copy)]
pub(crate) struct Loose([__m512i; 5]);

/// The five limbs of 51 bits as they lie in memory.
pub(crate) const fn pack(limbs: [u64; 5]) -> Element {
    limbs
}

/// The reverse of [`pack`].
pub(crate) const fn unpack(element: &Element) -> [u64; 5] {
    *element
}

macro_rules! wide {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        #[inline]
        #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq")]
        $vis fn $($rest)*
    };
}

wide! {
    /// The same element in every lane.
    pub(crate) fn splat(element: &Element) -> Lanes {
        let mut limbs = [_mm512_setzero_si512(); 5];
        unroll!(I in 0 1 2 3 4 {
            limbs[I] = _mm512_set1_epi64(element[I].cast_signed());
        });
        Lanes(limbs)
    }
}

wide! {
    pub(crate) fn load(elements: &[&Element; LANES]) -> Lanes {
        let mut limbs = [[0; LANES]; 5];
        unroll!(I in 0 1 2 3 4 {
            unroll!(LANE in 0 1 2 3 4 5 6 7 {
                limbs[I][LANE] = elements[LANE][I];
            });
        });
        let [a, b, c, d, e] = limbs;
        Lanes([
            bytemuck::must_cast(a),
            bytemuck::must_cast(b),
            bytemuck::must_cast(c),
            bytemuck::must_cast(d),
            bytemuck::must_cast(e),
        ])
    }
}

wide! {
    pub(crate) fn store(lanes: &Lanes) -> [Element; LANES] {
        let mut elements = [[0; 5]; LANES];
        unroll!(I in 0 1 2 3 4 {
            let limb: [u64; LANES] = bytemuck::must_cast(lanes.0[I]);
            unroll!(LANE in 0 1 2 3 4 5 6 7 {
                elements[LANE][I] = limb[LANE];
            });
        });
        elements
    }
}

wide! {
    fn alternate(a: &[__m512i; 8], even: bool) -> [__m512i; 4] {
        let mut pairs = [_mm512_setzero_si512(); 4];
        unroll!(I in 0 1 2 3 {
            pairs[I] = if even {
                _mm512_unpacklo_epi64(a[2 * I], a[2 * I + 1])
            } else {
                _mm512_unpackhi_epi64(a[2 * I], a[2 * I + 1])
            };
        });
        let first = _mm512_shuffle_i64x2::<0x88>(pairs[0], pairs[1]);
        let second = _mm512_shuffle_i64x2::<0xdd>(pairs[0], pairs[1]);
        let third = _mm512_shuffle_i64x2::<0x88>(pairs[2], pairs[3]);
        let fourth = _mm512_shuffle_i64x2::<0xdd>(pairs[2], pairs[3]);
        [
            _mm512_shuffle_i64x2::<0x88>(first, third),
            _mm512_shuffle_i64x2::<0x88>(second, fourth),
            _mm512_shuffle_i64x2::<0xdd>(first, third),
            _mm512_shuffle_i64x2::<0xdd>(second, fourth),
        ]
    }
}

wide! {
    /// Rows become columns: of eight places in memory with the words of a lane each, words with all lanes.
    fn transpose(rows: &[__m512i; 8]) -> [__m512i; 8] {
        let (even, odd) = (alternate(rows, true), alternate(rows, false));
        [even[0], odd[0], even[1], odd[1], even[2], odd[2], even[3], odd[3]]
    }
}

/// Four field elements of one lane in one piece of three cache lines; the last four words are nothing.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Quad([[u64; 8]; 3]);

impl Quad {
    pub(crate) const fn new(elements: [Element; 4]) -> Self {
        let mut words = [[0; 8]; 3];
        let mut at = 0;
        while at < 20 {
            words[at / 8][at % 8] = elements[at / 5][at % 5];
            at += 1;
        }
        Self(words)
    }
}

wide! {
    pub(crate) fn load_quads(quads: &[&Quad; LANES]) -> [Lanes; 4] {
        let mut words = [_mm512_setzero_si512(); 24];
        unroll!(BLOCK in 0 1 2 {
            let mut rows = [_mm512_setzero_si512(); 8];
            unroll!(LANE in 0 1 2 3 4 5 6 7 {
                rows[LANE] = bytemuck::must_cast(quads[LANE].0[BLOCK]);
            });
            let columns = transpose(&rows);
            unroll!(AT in 0 1 2 3 4 5 6 7 {
                words[8 * BLOCK + AT] = columns[AT];
            });
        });
        let lanes = |first: usize| {
            Lanes([words[first], words[first + 1], words[first + 2], words[first + 3], words[first + 4]])
        };
        [lanes(0), lanes(5), lanes(10), lanes(15)]
    }
}

wide! {
    pub(crate) fn store_quads(lanes: &[Lanes; 4]) -> [Quad; LANES] {
        let mut words = [_mm512_setzero_si512(); 24];
        unroll!(AT in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 {
            words[AT] = lanes[AT / 5].0[AT % 5];
        });
        let mut quads = [Quad([[0; 8]; 3]); LANES];
        unroll!(BLOCK in 0 1 2 {
            let mut rows = [_mm512_setzero_si512(); 8];
            unroll!(AT in 0 1 2 3 4 5 6 7 {
                rows[AT] = words[8 * BLOCK + AT];
            });
            let columns = transpose(&rows);
            unroll!(LANE in 0 1 2 3 4 5 6 7 {
                quads[LANE].0[BLOCK] = bytemuck::must_cast(columns[LANE]);
            });
        });
        quads
    }
}

wide! {
    pub(crate) fn add(a: &Lanes, b: &Lanes) -> Loose {
        let mut limbs = a.0;
        unroll!(I in 0 1 2 3 4 {
            limbs[I] = _mm512_add_epi64(limbs[I], b.0[I]);
        });
        Loose(limbs)
    }
}

wide! {
    /// a + 16p - b, so that no limb falls below zero.
    pub(crate) fn sub(a: &Lanes, b: &Lanes) -> Loose {
        const SIXTEEN_P: [i64; 5] = {
            let high = (16 * LIMB_MASK).cast_signed();
            [(16 * (LIMB_MASK - 18)).cast_signed(), high, high, high, high]
        };
        let mut limbs = a.0;
        unroll!(I in 0 1 2 3 4 {
            limbs[I] = _mm512_sub_epi64(_mm512_add_epi64(limbs[I], _mm512_set1_epi64(SIXTEEN_P[I])), b.0[I]);
        });
        Loose(limbs)
    }
}

wide! {
    /// What exceeds 51 bits moves up a limb, from the highest limb 19-fold to the lowest: 2^255 = 19.
    pub(crate) fn carry(a: &Loose) -> Lanes {
        let mask = _mm512_set1_epi64(LIMB_MASK.cast_signed());
        let (mut carries, mut limbs) = (a.0, a.0);
        unroll!(I in 0 1 2 3 4 {
            carries[I] = _mm512_srli_epi64::<LIMB_BITS>(a.0[I]);
            limbs[I] = _mm512_and_si512(a.0[I], mask);
        });
        Lanes([
            // The highest carry is below 2^13: its low product is whole.
            _mm512_madd52lo_epu64(limbs[0], carries[4], _mm512_set1_epi64(19)),
            _mm512_add_epi64(limbs[1], carries[0]),
            _mm512_add_epi64(limbs[2], carries[1]),
            _mm512_add_epi64(limbs[3], carries[2]),
            _mm512_add_epi64(limbs[4], carries[3]),
        ])
    }
}

wide! {
    fn times_19(a: __m512i) -> __m512i {
        _mm512_add_epi64(_mm512_add_epi64(a, _mm512_slli_epi64::<1>(a)), _mm512_slli_epi64::<4>(a))
    }
}

wide! {
    /// Ten columns of a product, low and high halves apart. The high half of a product of 52 bits stands one bit further
    /// than a limb of 51. Each column holds at most five low and five high halves, so all stays below 2^62.
    fn fold(low: [__m512i; 10], high: [__m512i; 10]) -> Lanes {
        let mut columns = low;
        unroll!(K in 0 1 2 3 4 5 6 7 8 9 {
            columns[K] = _mm512_add_epi64(low[K], _mm512_add_epi64(high[K], high[K]));
        });
        let mut limbs = [_mm512_setzero_si512(); 5];
        unroll!(K in 0 1 2 3 4 {
            limbs[K] = _mm512_add_epi64(columns[K], times_19(columns[K + 5]));
        });
        carry(&Loose(limbs))
    }
}

wide! {
    pub(crate) fn mul(a: &Lanes, b: &Lanes) -> Lanes {
        let (mut low, mut high) = ([_mm512_setzero_si512(); 10], [_mm512_setzero_si512(); 10]);
        unroll!(I in 0 1 2 3 4 {
            unroll!(J in 0 1 2 3 4 {
                low[I + J] = _mm512_madd52lo_epu64(low[I + J], a.0[I], b.0[J]);
                high[I + J + 1] = _mm512_madd52hi_epu64(high[I + J + 1], a.0[I], b.0[J]);
            });
        });
        fold(low, high)
    }
}

wide! {
    pub(crate) fn square(a: &Lanes) -> Lanes {
        let a = &a.0;
        let (mut low, mut high) = ([_mm512_setzero_si512(); 10], [_mm512_setzero_si512(); 10]);
        unroll!(I in 0 1 2 3 4 {
            unroll!(J in 0 1 2 3 4 {
                if I < J {
                    low[I + J] = _mm512_madd52lo_epu64(low[I + J], a[I], a[J]);
                    high[I + J + 1] = _mm512_madd52hi_epu64(high[I + J + 1], a[I], a[J]);
                }
            });
        });
        unroll!(K in 1 2 3 4 5 6 7 8 {
            low[K] = _mm512_add_epi64(low[K], low[K]);
            high[K] = _mm512_add_epi64(high[K], high[K]);
        });
        unroll!(I in 0 1 2 3 4 {
            low[2 * I] = _mm512_madd52lo_epu64(low[2 * I], a[I], a[I]);
            high[2 * I + 1] = _mm512_madd52hi_epu64(high[2 * I + 1], a[I], a[I]);
        });
        fold(low, high)
    }
}

wide! {
    /// The only representative below p.
    pub(crate) fn canonical(a: &Lanes) -> Lanes {
        let mask = _mm512_set1_epi64(LIMB_MASK.cast_signed());
        let a = carry(&Loose(a.0)).0;
        // Whether a is at least p: the carry out of a + 19.
        let mut over = _mm512_srli_epi64::<LIMB_BITS>(_mm512_add_epi64(a[0], _mm512_set1_epi64(19)));
        for limb in &a[1..] {
            over = _mm512_srli_epi64::<LIMB_BITS>(_mm512_add_epi64(*limb, over));
        }
        let mut out = a;
        out[0] = _mm512_add_epi64(out[0], times_19(over));
        for i in 0..4 {
            out[i + 1] = _mm512_add_epi64(out[i + 1], _mm512_srli_epi64::<LIMB_BITS>(out[i]));
            out[i] = _mm512_and_si512(out[i], mask);
        }
        out[4] = _mm512_and_si512(out[4], mask);
        Lanes(out)
    }
}

wide! {
    /// In which lanes two canonical elements are the same.
    pub(crate) fn equal(a: &Lanes, b: &Lanes) -> u8 {
        let mut same = u8::MAX;
        unroll!(I in 0 1 2 3 4 {
            same &= _mm512_cmpeq_epi64_mask(a.0[I], b.0[I]);
        });
        same
    }
}

wide! {
    /// In which lanes a canonical element is odd ("negative", RFC 9496 section 3.1).
    pub(crate) fn odd(a: &Lanes) -> u8 {
        _mm512_test_epi64_mask(a.0[0], _mm512_set1_epi64(1))
    }
}

wide! {
    pub(crate) fn select(mask: u8, no: &Lanes, yes: &Lanes) -> Lanes {
        let mut limbs = no.0;
        unroll!(I in 0 1 2 3 4 {
            limbs[I] = _mm512_mask_blend_epi64(mask, no.0[I], yes.0[I]);
        });
        Lanes(limbs)
    }
}

crate::engine::engine!("avx512f,avx512ifma,avx512vl,avx512dq");
