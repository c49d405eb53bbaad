//! Four field elements at once: AVX2, whose multiplication takes 32 bits: ten limbs of 26 and 25 bits by turns.

use core::arch::x86_64::*;

use crate::{constants::LIMB_MASK, engine::unroll};

pub(crate) const LANES: usize = 4;

/// A field element as it lies in memory: two limbs in each word, the lower 26 bits below, the upper 25 from bit 32 on.
pub(crate) type Element = [u64; 5];

/// Four field elements, carried: every limb is below 2^27, so that 19 of it still have 32 bits.
#[derive(Clone, Copy)]
pub(crate) struct Lanes([__m256i; 10]);

/// Sums and differences, not carried: limbs below 2^29. Only [`carry`] makes [`Lanes`] of them.
#[derive(Clone, Copy)]
pub(crate) struct Loose([__m256i; 10]);

const LOW_BITS: u64 = 26;
const LOW_MASK: u64 = (1 << LOW_BITS) - 1;
const HIGH_MASK: u64 = LOW_MASK >> 1;

/// Of five limbs of 51 bits.
pub(crate) const fn pack(limbs: [u64; 5]) -> Element {
    let mut out = [0; 5];
    let mut at = 0;
    while at < 5 {
        out[at] = limbs[at] & LOW_MASK | limbs[at] >> LOW_BITS << 32;
        at += 1;
    }
    out
}

/// The reverse of [`pack`], of a carried element.
pub(crate) const fn unpack(element: &Element) -> [u64; 5] {
    let mut out = [0; 5];
    let mut at = 0;
    while at < 5 {
        out[at] = (element[at] & (u32::MAX as u64)) + (element[at] >> 32 << LOW_BITS);
        at += 1;
    }
    out
}

macro_rules! wide {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        #[inline]
        #[target_feature(enable = "avx2")]
        $vis fn $($rest)*
    };
}

wide! {
    fn splat_word(word: u64) -> __m256i {
        _mm256_set1_epi64x(word.cast_signed())
    }
}

wide! {
    /// Words as in memory, one lane beside the other, to limbs.
    fn limbs_of(words: &[__m256i; 5]) -> Lanes {
        let low = splat_word(u64::from(u32::MAX));
        let mut limbs = [low; 10];
        unroll!(I in 0 1 2 3 4 {
            limbs[2 * I] = _mm256_and_si256(words[I], low);
            limbs[2 * I + 1] = _mm256_srli_epi64::<32>(words[I]);
        });
        Lanes(limbs)
    }
}

wide! {
    fn words_of(lanes: &Lanes) -> [__m256i; 5] {
        let mut words = [_mm256_setzero_si256(); 5];
        unroll!(I in 0 1 2 3 4 {
            words[I] = _mm256_or_si256(lanes.0[2 * I], _mm256_slli_epi64::<32>(lanes.0[2 * I + 1]));
        });
        words
    }
}

wide! {
    /// The same element in every lane.
    pub(crate) fn splat(element: &Element) -> Lanes {
        let mut words = [_mm256_setzero_si256(); 5];
        unroll!(I in 0 1 2 3 4 {
            words[I] = splat_word(element[I]);
        });
        limbs_of(&words)
    }
}

wide! {
    pub(crate) fn load(elements: &[&Element; LANES]) -> Lanes {
        let mut words = [_mm256_setzero_si256(); 5];
        unroll!(I in 0 1 2 3 4 {
            words[I] = bytemuck::must_cast([elements[0][I], elements[1][I], elements[2][I], elements[3][I]]);
        });
        limbs_of(&words)
    }
}

wide! {
    pub(crate) fn store(lanes: &Lanes) -> [Element; LANES] {
        let words = words_of(lanes);
        let mut elements = [[0; 5]; LANES];
        unroll!(I in 0 1 2 3 4 {
            let word: [u64; LANES] = bytemuck::must_cast(words[I]);
            unroll!(LANE in 0 1 2 3 {
                elements[LANE][I] = word[LANE];
            });
        });
        elements
    }
}

/// Four field elements of one lane.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Quad([[u64; 4]; 5]);

impl Quad {
    pub(crate) const fn new(elements: [Element; 4]) -> Self {
        let mut words = [[0; 4]; 5];
        let mut at = 0;
        while at < 20 {
            words[at / 4][at % 4] = elements[at / 5][at % 5];
            at += 1;
        }
        Self(words)
    }
}

wide! {
    /// Rows become columns: of four places in memory with the words of a lane each, words with all lanes.
    fn transpose(rows: &[__m256i; 4]) -> [__m256i; 4] {
        let (a, b) = (_mm256_unpacklo_epi64(rows[0], rows[1]), _mm256_unpackhi_epi64(rows[0], rows[1]));
        let (c, d) = (_mm256_unpacklo_epi64(rows[2], rows[3]), _mm256_unpackhi_epi64(rows[2], rows[3]));
        [
            _mm256_permute2x128_si256::<0x20>(a, c),
            _mm256_permute2x128_si256::<0x20>(b, d),
            _mm256_permute2x128_si256::<0x31>(a, c),
            _mm256_permute2x128_si256::<0x31>(b, d),
        ]
    }
}

wide! {
    pub(crate) fn load_quads(quads: &[&Quad; LANES]) -> [Lanes; 4] {
        let mut words = [_mm256_setzero_si256(); 20];
        unroll!(BLOCK in 0 1 2 3 4 {
            let mut rows = [_mm256_setzero_si256(); 4];
            unroll!(LANE in 0 1 2 3 {
                rows[LANE] = bytemuck::must_cast(quads[LANE].0[BLOCK]);
            });
            let columns = transpose(&rows);
            unroll!(AT in 0 1 2 3 {
                words[4 * BLOCK + AT] = columns[AT];
            });
        });
        let mut lanes = [Lanes([_mm256_setzero_si256(); 10]); 4];
        unroll!(I in 0 1 2 3 {
            let first = 5 * I;
            lanes[I] = limbs_of(&[words[first], words[first + 1], words[first + 2], words[first + 3], words[first + 4]]);
        });
        lanes
    }
}

wide! {
    pub(crate) fn store_quads(lanes: &[Lanes; 4]) -> [Quad; LANES] {
        let words = [words_of(&lanes[0]), words_of(&lanes[1]), words_of(&lanes[2]), words_of(&lanes[3])];
        let mut quads = [Quad([[0; 4]; 5]); LANES];
        unroll!(BLOCK in 0 1 2 3 4 {
            let mut rows = [_mm256_setzero_si256(); 4];
            unroll!(AT in 0 1 2 3 {
                rows[AT] = words[(4 * BLOCK + AT) / 5][(4 * BLOCK + AT) % 5];
            });
            let columns = transpose(&rows);
            unroll!(LANE in 0 1 2 3 {
                quads[LANE].0[BLOCK] = bytemuck::must_cast(columns[LANE]);
            });
        });
        quads
    }
}

wide! {
    pub(crate) fn add(a: &Lanes, b: &Lanes) -> Loose {
        let mut limbs = a.0;
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            limbs[I] = _mm256_add_epi64(limbs[I], b.0[I]);
        });
        Loose(limbs)
    }
}

wide! {
    /// a + 4p - b, so that no limb falls below zero.
    pub(crate) fn sub(a: &Lanes, b: &Lanes) -> Loose {
        let mut limbs = a.0;
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            const FOUR_P: u64 = match I {
                0 => 4 * (LOW_MASK - 18),
                _ if I % 2 == 0 => 4 * LOW_MASK,
                _ => 4 * HIGH_MASK,
            };
            limbs[I] = _mm256_sub_epi64(_mm256_add_epi64(limbs[I], splat_word(FOUR_P)), b.0[I]);
        });
        Loose(limbs)
    }
}

wide! {
    fn times_19(a: __m256i) -> __m256i {
        _mm256_add_epi64(_mm256_add_epi64(a, _mm256_slli_epi64::<1>(a)), _mm256_slli_epi64::<4>(a))
    }
}

wide! {
    /// What exceeds limb `i`, and what stays of it.
    fn split(limb: __m256i, i: usize) -> (__m256i, __m256i) {
        if i.is_multiple_of(2) {
            (_mm256_srli_epi64::<26>(limb), _mm256_and_si256(limb, splat_word(LOW_MASK)))
        } else {
            (_mm256_srli_epi64::<25>(limb), _mm256_and_si256(limb, splat_word(HIGH_MASK)))
        }
    }
}

wide! {
    /// Every limb's excess moves up at once, from the highest limb 19-fold to the lowest: 2^255 = 19. Excesses here are
    /// below 2^4, so one pass is enough.
    pub(crate) fn carry(a: &Loose) -> Lanes {
        let (mut over, mut limbs) = (a.0, a.0);
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            (over[I], limbs[I]) = split(a.0[I], I);
        });
        limbs[0] = _mm256_add_epi64(limbs[0], times_19(over[9]));
        unroll!(I in 1 2 3 4 5 6 7 8 9 {
            limbs[I] = _mm256_add_epi64(limbs[I], over[I - 1]);
        });
        Lanes(limbs)
    }
}

wide! {
    /// Of a product's columns, below 2^63: two chains of carries side by side.
    fn carry_product(mut h: [__m256i; 10]) -> Lanes {
        unroll!(I in 0 4 1 5 2 6 3 7 4 8 9 0 {
            let (over, rest) = split(h[I], I);
            h[I] = rest;
            h[(I + 1) % 10] = _mm256_add_epi64(h[(I + 1) % 10], if I == 9 { times_19(over) } else { over });
        });
        Lanes(h)
    }
}

wide! {
    /// Limb i stands for 2^⌈25.5·i⌉: a product of two odd limbs counts twice, and from the tenth column on 19-fold.
    pub(crate) fn mul(a: &Lanes, b: &Lanes) -> Lanes {
        let (mut b19, mut a2) = (b.0, a.0);
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            b19[I] = times_19(b.0[I]);
            a2[I] = _mm256_add_epi64(a.0[I], a.0[I]);
        });
        let mut h = [_mm256_setzero_si256(); 10];
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            unroll!(J in 0 1 2 3 4 5 6 7 8 9 {
                let left = if I % 2 == 1 && J % 2 == 1 { a2[I] } else { a.0[I] };
                let right = if I + J < 10 { b.0[J] } else { b19[J] };
                h[(I + J) % 10] = _mm256_add_epi64(h[(I + J) % 10], _mm256_mul_epu32(left, right));
            });
        });
        carry_product(h)
    }
}

wide! {
    pub(crate) fn square(a: &Lanes) -> Lanes {
        let (mut a19, mut a2, mut a4) = (a.0, a.0, a.0);
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            a19[I] = times_19(a.0[I]);
            a2[I] = _mm256_add_epi64(a.0[I], a.0[I]);
            a4[I] = _mm256_add_epi64(a2[I], a2[I]);
        });
        let mut h = [_mm256_setzero_si256(); 10];
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            unroll!(J in 0 1 2 3 4 5 6 7 8 9 {
                if I <= J {
                    let right = if I + J < 10 { a.0[J] } else { a19[J] };
                    let left = match (I == J, I % 2 == 1 && J % 2 == 1) {
                        (true, false) => a.0[I],
                        (true, true) | (false, false) => a2[I],
                        (false, true) => a4[I],
                    };
                    h[(I + J) % 10] = _mm256_add_epi64(h[(I + J) % 10], _mm256_mul_epu32(left, right));
                }
            });
        });
        carry_product(h)
    }
}

wide! {
    /// The only representative below p.
    pub(crate) fn canonical(a: &Lanes) -> Lanes {
        let a = carry(&Loose(a.0)).0;
        // Whether a is at least p: the carry out of a + 19.
        let mut over = splat_word(19);
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            over = split(_mm256_add_epi64(a[I], over), I).0;
        });
        let mut out = a;
        out[0] = _mm256_add_epi64(out[0], times_19(over));
        unroll!(I in 0 1 2 3 4 5 6 7 8 {
            let (up, rest) = split(out[I], I);
            out[I] = rest;
            out[I + 1] = _mm256_add_epi64(out[I + 1], up);
        });
        out[9] = split(out[9], 9).1;
        Lanes(out)
    }
}

wide! {
    fn mask_of(lanes: __m256i) -> u8 {
        _mm256_movemask_pd(_mm256_castsi256_pd(lanes)) as u8
    }
}

wide! {
    /// In which lanes two canonical elements are the same.
    pub(crate) fn equal(a: &Lanes, b: &Lanes) -> u8 {
        let mut same = splat_word(u64::MAX);
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            same = _mm256_and_si256(same, _mm256_cmpeq_epi64(a.0[I], b.0[I]));
        });
        mask_of(same)
    }
}

wide! {
    /// In which lanes a canonical element is odd ("negative", RFC 9496 section 3.1).
    pub(crate) fn odd(a: &Lanes) -> u8 {
        mask_of(_mm256_slli_epi64::<63>(a.0[0]))
    }
}

wide! {
    pub(crate) fn select(mask: u8, no: &Lanes, yes: &Lanes) -> Lanes {
        let bits = _mm256_set_epi64x(8, 4, 2, 1);
        let chosen = _mm256_cmpeq_epi64(_mm256_and_si256(splat_word(u64::from(mask)), bits), bits);
        let mut limbs = no.0;
        unroll!(I in 0 1 2 3 4 5 6 7 8 9 {
            limbs[I] = _mm256_blendv_epi8(no.0[I], yes.0[I], chosen);
        });
        Lanes(limbs)
    }
}

const _: () = assert!(LOW_MASK | HIGH_MASK << LOW_BITS == LIMB_MASK);

crate::engine::engine!("avx2");
