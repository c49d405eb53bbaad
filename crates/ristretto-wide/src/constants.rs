//! Numbers of the curve (RFC 9496 section 4.1), as five limbs of 51 bits, lowest first. A test computes them again.

pub(crate) const LIMB_BITS: u32 = 51;
pub(crate) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

pub(crate) const ZERO: [u64; 5] = [0; 5];
pub(crate) const ONE: [u64; 5] = [1, 0, 0, 0, 0];
/// p - 1.
pub(crate) const MINUS_ONE: [u64; 5] = [LIMB_MASK - 19, LIMB_MASK, LIMB_MASK, LIMB_MASK, LIMB_MASK];
/// -d, d the constant of the curve -x^2 + y^2 = 1 + d·x^2·y^2.
pub(crate) const MINUS_D: [u64; 5] =
    [1321844580190026, 1785434093556034, 589740348686294, 217950738957124, 809005158844672];
/// 2·d.
pub(crate) const TWO_D: [u64; 5] =
    [1859910466990425, 932731440258426, 1072319116312658, 1815898335770999, 633789495995903];
/// The even square root of -1.
pub(crate) const SQRT_MINUS_ONE: [u64; 5] =
    [1718705420411056, 234908883556509, 2233514472574048, 2117202627021982, 765476049583133];
/// 1/sqrt(-1 - d), even.
pub(crate) const INVSQRT_A_MINUS_D: [u64; 5] =
    [278908739862762, 821645201101625, 8113234426968, 1777959178193151, 2118520810568447];
