//! The curve above the field: written once, made for each width of lanes by a macro, since an attribute that names the
//! processor's features takes no parameter. A module that calls it brings `LANES`, `Lanes`, `Loose`, `Quad` and the
//! field's functions.
//!
//! Points are extended coordinates (X, Y, Z, T) of Hisil, Wong, Carter, Dawson (ASIACRYPT 2008) on -x² + y² = 1 + d·x²·y².
//! Its addition is complete: no pair of points needs a case of its own.

macro_rules! engine {
    ($features:literal) => {
        use alloc::{vec, vec::Vec};

        use curve25519_dalek::Scalar;

        use crate::{
            Refused,
            constants::{INVSQRT_A_MINUS_D, MINUS_D, MINUS_ONE, ONE, SQRT_MINUS_ONE, TWO_D, ZERO},
            scalars::{Digits, Method},
            words,
        };

        /// How many points of a large sum are prepared and cut into digits at once.
        const POINTS_AT_A_TIME: usize = 1_024;

        /// The neutral element.
        pub(crate) const IDENTITY: Quad = Quad::new([pack(ZERO), pack(ONE), pack(ONE), pack(ZERO)]);

        /// One point a lane.
        #[derive(Clone, Copy)]
        struct Point {
            x: Lanes,
            y: Lanes,
            z: Lanes,
            t: Lanes,
        }

        /// A point prepared for additions: y + x, y - x, z, 2d·t.
        #[derive(Clone, Copy)]
        struct Cached {
            sum: Lanes,
            difference: Lanes,
            z: Lanes,
            t: Lanes,
        }

        /// Square roots of sixteen or eight: two vectors take turns, since one alone waits for its own results.
        type Pair = [Lanes; 2];

        #[inline]
        #[target_feature(enable = $features)]
        fn plus(a: &Lanes, b: &Lanes) -> Lanes {
            carry(&add(a, b))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn minus(a: &Lanes, b: &Lanes) -> Lanes {
            carry(&sub(a, b))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn negate(a: &Lanes) -> Lanes {
            minus(&splat(&pack(ZERO)), a)
        }

        /// The even one of a and -a; `a` canonical.
        #[inline]
        #[target_feature(enable = $features)]
        fn absolute(a: &Lanes) -> Lanes {
            select(odd(a), a, &canonical(&negate(a)))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn squared_often(a: &Pair, times: u32) -> Pair {
            let mut out = *a;
            for _ in 0..times {
                out = [square(&out[0]), square(&out[1])];
            }
            out
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn product(a: &Pair, b: &Pair) -> Pair {
            [mul(&a[0], &b[0]), mul(&a[1], &b[1])]
        }

        /// a^((p-5)/8), p - 5 = 2^255 - 24.
        #[target_feature(enable = $features)]
        fn power_p58(a: &Pair) -> Pair {
            let a2 = squared_often(a, 1);
            let a9 = product(a, &squared_often(&a2, 2));
            let a11 = product(&a2, &a9);
            let ones_5 = product(&a9, &squared_often(&a11, 1));
            let ones_10 = product(&squared_often(&ones_5, 5), &ones_5);
            let ones_20 = product(&squared_often(&ones_10, 10), &ones_10);
            let ones_40 = product(&squared_often(&ones_20, 20), &ones_20);
            let ones_50 = product(&squared_often(&ones_40, 10), &ones_10);
            let ones_100 = product(&squared_often(&ones_50, 50), &ones_50);
            let ones_200 = product(&squared_often(&ones_100, 100), &ones_100);
            let ones_250 = product(&squared_often(&ones_200, 50), &ones_50);
            product(a, &squared_often(&ones_250, 2))
        }

        /// 1/sqrt(a), even, and in which lanes a is a square (RFC 9496 section 4.2 with u = 1).
        #[target_feature(enable = $features)]
        fn inverse_roots(a: &Pair) -> ([u8; 2], Pair) {
            let cubed = product(&squared_often(a, 1), a);
            let seventh = product(&squared_often(&cubed, 1), a);
            let candidate = product(&cubed, &power_p58(&seventh));
            let mut squares = [0; 2];
            let mut roots = candidate;
            for half in 0..2 {
                let check = canonical(&mul(&a[half], &square(&candidate[half])));
                let right = equal(&check, &splat(&pack(ONE)));
                let flipped = equal(&check, &splat(&pack(MINUS_ONE)));
                // Also of a non-square RFC 9496 wants a value; nothing here uses it.
                let turned = mul(&candidate[half], &splat(&pack(SQRT_MINUS_ONE)));
                let root = canonical(&select(flipped, &candidate[half], &turned));
                squares[half] = right | flipped;
                roots[half] = absolute(&root);
            }
            (squares, roots)
        }

        /// Reads encodings (RFC 9496 section 4.3.1); refuses all that are not the one encoding of an element.
        #[target_feature(enable = $features)]
        pub(crate) fn decode(encodings: &[[u8; 32]]) -> Result<Vec<Quad>, Refused> {
            let mut out = Vec::with_capacity(encodings.len());
            for (n, part) in encodings.chunks(2 * LANES).enumerate() {
                // Lanes without an encoding, and with one that is not canonical, hold that of the identity.
                let mut held = [[pack(ZERO); LANES]; 2];
                let mut in_form = [0u8; 2];
                for (at, bytes) in part.iter().enumerate() {
                    let word = words::of(bytes);
                    if words::is_canonical(&word) {
                        in_form[at / LANES] |= 1 << (at % LANES);
                        held[at / LANES][at % LANES] = pack(words::limbs(&word));
                    }
                }
                let (good, points) = decode_pair(&[load(&held[0].each_ref()), load(&held[1].each_ref())]);
                for (half, (good, points)) in good.into_iter().zip(points).enumerate() {
                    let filled = part.len().saturating_sub(half * LANES).min(LANES);
                    let wanted = ((1u16 << filled) - 1) as u8;
                    let bad = wanted & !(good & in_form[half]);
                    if bad != 0 {
                        return Err(Refused { place: (2 * n + half) * LANES + bad.trailing_zeros() as usize });
                    }
                    out.extend_from_slice(&store_quads(&[points.x, points.y, points.z, points.t])[..filled]);
                }
            }
            Ok(out)
        }

        #[target_feature(enable = $features)]
        fn decode_pair(s: &Pair) -> ([u8; 2], [Point; 2]) {
            let one = splat(&pack(ONE));
            let (mut u1, mut u2, mut v) = ([one; 2], [one; 2], [one; 2]);
            let mut radicand = [one; 2];
            for half in 0..2 {
                let squared = square(&s[half]);
                u1[half] = minus(&one, &squared);
                u2[half] = plus(&one, &squared);
                let u2_squared = square(&u2[half]);
                let first = mul(&splat(&pack(MINUS_D)), &square(&u1[half]));
                v[half] = minus(&first, &u2_squared);
                radicand[half] = mul(&v[half], &u2_squared);
            }
            let (squares, roots) = inverse_roots(&radicand);
            let mut good = [0; 2];
            let mut points = [Point { x: one, y: one, z: one, t: one }; 2];
            for half in 0..2 {
                let den_x = mul(&roots[half], &u2[half]);
                let den_y = mul(&roots[half], &mul(&den_x, &v[half]));
                let x = absolute(&canonical(&mul(&plus(&s[half], &s[half]), &den_x)));
                let y = canonical(&mul(&u1[half], &den_y));
                let t = canonical(&mul(&x, &y));
                good[half] = squares[half] & !odd(&t) & !equal(&y, &splat(&pack(ZERO)));
                points[half] = Point { x, y, z: one, t };
            }
            (good, points)
        }

        /// The encodings (RFC 9496 section 4.3.2).
        #[target_feature(enable = $features)]
        pub(crate) fn encode(points: &[Quad]) -> Vec<[u8; 32]> {
            let mut out = Vec::with_capacity(points.len());
            for part in points.chunks(2 * LANES) {
                let (low, high) = part.split_at(part.len().min(LANES));
                for half in encode_pair(&[load_part(low), load_part(high)]) {
                    out.extend(store(&half).map(|element| words::bytes(&unpack(&element))));
                }
                out.truncate(out.len() - 2 * LANES + part.len());
            }
            out
        }

        #[target_feature(enable = $features)]
        fn encode_pair(points: &[Point; 2]) -> Pair {
            let one = splat(&pack(ONE));
            let (mut u1, mut u2, mut radicand) = ([one; 2], [one; 2], [one; 2]);
            for half in 0..2 {
                let Point { x, y, z, .. } = &points[half];
                u1[half] = mul(&plus(z, y), &minus(z, y));
                u2[half] = mul(x, y);
                radicand[half] = mul(&u1[half], &square(&u2[half]));
            }
            let (_, roots) = inverse_roots(&radicand);
            let mut encoded = [one; 2];
            for half in 0..2 {
                let Point { x, y, z, t } = &points[half];
                let den_1 = mul(&roots[half], &u1[half]);
                let den_2 = mul(&roots[half], &u2[half]);
                let z_inverse = mul(&mul(&den_1, &den_2), t);
                let root = splat(&pack(SQRT_MINUS_ONE));
                let rotated = odd(&canonical(&mul(t, &z_inverse)));
                let new_x = select(rotated, x, &mul(y, &root));
                let new_y = select(rotated, y, &mul(x, &root));
                let enchanted = mul(&den_1, &splat(&pack(INVSQRT_A_MINUS_D)));
                let den_inverse = select(rotated, &den_2, &enchanted);
                let flipped = odd(&canonical(&mul(&new_x, &z_inverse)));
                let new_y = select(flipped, &new_y, &negate(&new_y));
                encoded[half] = absolute(&canonical(&mul(&den_inverse, &minus(z, &new_y))));
            }
            encoded
        }

        /// At most `LANES` points; lanes without one hold the identity.
        #[inline]
        #[target_feature(enable = $features)]
        fn load_part(quads: &[Quad]) -> Point {
            point_of(load_quads(&core::array::from_fn(|lane| quads.get(lane).unwrap_or(&IDENTITY))))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn point_of([x, y, z, t]: [Lanes; 4]) -> Point {
            Point { x, y, z, t }
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn store_point(point: &Point) -> [Quad; LANES] {
            store_quads(&[point.x, point.y, point.z, point.t])
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn identity() -> Point {
            let (zero, one) = (splat(&pack(ZERO)), splat(&pack(ONE)));
            Point { x: zero, y: one, z: one, t: zero }
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn cached(point: &Point) -> Cached {
            Cached {
                sum: plus(&point.y, &point.x),
                difference: minus(&point.y, &point.x),
                z: point.z,
                t: mul(&point.t, &splat(&pack(TWO_D))),
            }
        }

        /// p + q, or p - q in the lanes of `negative`.
        #[inline]
        #[target_feature(enable = $features)]
        fn add_cached(p: &Point, q: &Cached, negative: u8) -> Point {
            let z = mul(&p.z, &q.z);
            let (sum, difference) = (select(negative, &q.sum, &q.difference), select(negative, &q.difference, &q.sum));
            finish_addition(p, &sum, &difference, &z, &mul(&p.t, &q.t), negative)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn finish_addition(p: &Point, sum: &Lanes, difference: &Lanes, z: &Lanes, c: &Lanes, negative: u8) -> Point {
            let a = mul(&minus(&p.y, &p.x), difference);
            let b = mul(&plus(&p.y, &p.x), sum);
            let d = plus(z, z);
            let (e, h) = (minus(&b, &a), plus(&b, &a));
            let (less, more) = (minus(&d, c), plus(&d, c));
            let (f, g) = (select(negative, &less, &more), select(negative, &more, &less));
            Point { x: mul(&e, &f), y: mul(&g, &h), z: mul(&f, &g), t: mul(&e, &h) }
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn double(p: &Point) -> Point {
            double_to::<true>(p)
        }

        /// `T` is whether the sum's t is computed: a doubling does not read it, an addition does.
        #[inline]
        #[target_feature(enable = $features)]
        fn double_to<const T: bool>(p: &Point) -> Point {
            let (xx, yy, zz) = (square(&p.x), square(&p.y), square(&p.z));
            let (h, g) = (plus(&yy, &xx), minus(&yy, &xx));
            let e = minus(&square(&plus(&p.x, &p.y)), &h);
            let f = minus(&plus(&zz, &zz), &g);
            let t = if T { mul(&e, &h) } else { p.t };
            Point { x: mul(&e, &f), y: mul(&g, &h), z: mul(&f, &g), t }
        }

        /// 2^times·p.
        #[inline]
        #[target_feature(enable = $features)]
        fn doubled_often(p: &Point, times: u32) -> Point {
            let mut out = *p;
            for left in (0..times).rev() {
                out = if left == 0 { double(&out) } else { double_to::<false>(&out) };
            }
            out
        }

        /// Each of `sums` plus (or minus) the one of `others` at its place.
        #[target_feature(enable = $features)]
        pub(crate) fn add_all(sums: &mut [Quad], others: &[Quad], subtract: bool) {
            let negative = if subtract { u8::MAX } else { 0 };
            for (sums, others) in sums.chunks_mut(LANES).zip(others.chunks(LANES)) {
                let sum = add_cached(&load_part(sums), &cached(&load_part(others)), negative);
                sums.copy_from_slice(&store_point(&sum)[..sums.len()]);
            }
        }

        /// Each point `weight` times.
        #[target_feature(enable = $features)]
        pub(crate) fn scale_all(points: &mut [Quad], weight: u64) {
            for part in points.chunks_mut(LANES) {
                let point = cached(&load_part(part));
                let mut product = identity();
                for bit in (0..u64::BITS - weight.leading_zeros()).rev() {
                    product = double(&product);
                    if weight >> bit & 1 == 1 {
                        product = add_cached(&product, &point, 0);
                    }
                }
                part.copy_from_slice(&store_point(&product)[..part.len()]);
            }
        }

        /// Which are the identity of the group: the four points of the curve that stand for it have x = 0 or y = 0.
        #[target_feature(enable = $features)]
        pub(crate) fn identities(points: &[Quad]) -> Vec<bool> {
            let zero = splat(&pack(ZERO));
            let mut out = Vec::with_capacity(points.len());
            for part in points.chunks(LANES) {
                let Point { x, y, .. } = load_part(part);
                let mask = equal(&canonical(&x), &zero) | equal(&canonical(&y), &zero);
                out.extend((0..part.len()).map(|lane| mask >> lane & 1 == 1));
            }
            out
        }

        /// Divides by Z, so that each point has Z = 1.
        #[target_feature(enable = $features)]
        fn make_affine(points: &mut [Quad]) {
            for part in points.chunks_mut(LANES) {
                let Point { x, y, z, .. } = load_part(part);
                // z^(p-2) = (z^((p-5)/8))^8 · z^3.
                let [power, _] = power_p58(&[z, z]);
                let [eighth, _] = squared_often(&[power, power], 3);
                let inverse = mul(&eighth, &mul(&square(&z), &z));
                let (x, y) = (mul(&x, &inverse), mul(&y, &inverse));
                let point = Point { x, y, z: splat(&pack(ONE)), t: mul(&x, &y) };
                part.copy_from_slice(&store_point(&point)[..part.len()]);
            }
        }

        /// Σ scalars·points over all terms. Time and places in memory follow the scalars.
        #[target_feature(enable = $features)]
        pub(crate) fn multiply(terms: &[(&[Scalar], &[Quad])], affine: bool) -> Quad {
            let count = terms.iter().map(|(scalars, _)| scalars.len()).sum();
            let mut pairs = terms.iter().flat_map(|(scalars, points)| scalars.iter().zip(*points));
            let sum = match Method::best(count, LANES) {
                Method::Straus { width } => {
                    let mut all = Block::of(count);
                    all.fill(&mut pairs, affine);
                    straus(&all.scalars, &all.points, width)
                }
                Method::Pippenger { width } => pippenger(&mut pairs, affine, width),
            };
            store_point(&sum)[0]
        }

        /// Some of the points, with Z = 1, and their multipliers, side by side.
        struct Block {
            scalars: Vec<[u8; 32]>,
            points: Vec<Quad>,
            most: usize,
        }

        impl Block {
            fn of(most: usize) -> Self {
                Self { scalars: Vec::with_capacity(most), points: Vec::with_capacity(most), most }
            }

            /// The next ones instead of those it held; whether there are any.
            #[inline]
            #[target_feature(enable = $features)]
            fn fill<'a>(&mut self, pairs: &mut impl Iterator<Item = (&'a Scalar, &'a Quad)>, affine: bool) -> bool {
                self.scalars.clear();
                self.points.clear();
                for (scalar, point) in pairs.take(self.most) {
                    self.scalars.push(scalar.to_bytes());
                    self.points.push(*point);
                }
                if !affine {
                    make_affine(&mut self.points);
                }
                !self.points.is_empty()
            }
        }

        /// Straus: the lanes are eight points, each with a table of its multiples; the doublings serve all. For few points.
        #[target_feature(enable = $features)]
        fn straus(scalars: &[[u8; 32]], points: &[Quad], width: u32) -> Point {
            // Short scalars stand together: a row of them has no digits in the higher windows.
            let order = words::longest_first(scalars);
            let (scalars, points): (Vec<_>, Vec<_>) =
                order.into_iter().filter_map(|n| Some((*scalars.get(n)?, *points.get(n)?))).unzip();
            let mut digits = Digits::new(width, 1);
            digits.fill(&scalars);
            let multiples = (1usize << (width - 1)) + 1;
            let mut tables = Vec::with_capacity(points.len().next_multiple_of(LANES) * multiples);
            for part in points.chunks(LANES) {
                multiples_of(&load_part(part), multiples, &mut tables);
            }
            let used: Vec<usize> =
                (0..points.len()).step_by(LANES).map(|first| digits.used(first..first + LANES)).collect();
            let mut sum = identity();
            for window in (0..used.iter().copied().max().unwrap_or(0)).rev() {
                sum = doubled_often(&sum, width);
                for (row, table) in tables.chunks_exact(multiples * LANES).enumerate() {
                    if window >= used[row] {
                        continue;
                    }
                    let digit: [i16; LANES] = core::array::from_fn(|lane| {
                        digits.of_scalar(row * LANES + lane).get(window).copied().unwrap_or(0)
                    });
                    let at =
                        core::array::from_fn(|lane| &table[usize::from(digit[lane].unsigned_abs()) * LANES + lane]);
                    let [plus, difference, z, t] = load_quads(&at);
                    sum = add_cached(&sum, &Cached { sum: plus, difference, z, t }, negatives(&digit));
                }
            }
            join(&sum, 0)
        }

        /// 0, 1, 2, ... times each point, prepared for additions; their Z are 1.
        #[inline]
        #[target_feature(enable = $features)]
        fn multiples_of(points: &Point, multiples: usize, out: &mut Vec<Quad>) {
            let once = cached(points);
            let mut multiple = identity();
            for n in 0..multiples {
                let Cached { sum, difference, z, t } = cached(&multiple);
                out.extend_from_slice(&store_quads(&[sum, difference, z, t]));
                multiple = match n {
                    0 => *points,
                    1 => double(points),
                    _ => {
                        let c = mul(&multiple.t, &once.t);
                        finish_addition(&multiple, &once.sum, &once.difference, &multiple.z, &c, 0)
                    }
                };
            }
        }

        /// Pippenger: the lanes are windows of the same scalar, each with buckets of its own. For many points, of which some at
        /// a time are taken through all windows, so that they and the buckets in use stay in the cache, and no more memory is
        /// asked for than these take: to touch fresh memory cost an eighth of all (measured).
        #[target_feature(enable = $features)]
        fn pippenger<'a>(pairs: &mut impl Iterator<Item = (&'a Scalar, &'a Quad)>, affine: bool, width: u32) -> Point {
            let mut digits = Digits::new(width, LANES);
            let mut block = Block::of(POINTS_AT_A_TIME);
            let mut prepared = Vec::with_capacity(POINTS_AT_A_TIME);
            let buckets = (1usize << (width - 1)) + 1;
            let mut held = vec![IDENTITY; buckets * digits.windows()];
            while block.fill(pairs, affine) {
                digits.fill(&block.scalars);
                prepare(&block.points, &mut prepared);
                for (group, held) in held.chunks_exact_mut(buckets * LANES).enumerate() {
                    for (n, point) in prepared.iter().enumerate() {
                        let digit = digits.of_scalar(n).as_chunks::<LANES>().0[group];
                        if digit != [0; LANES] {
                            add_to_buckets(held, buckets, &digit, point);
                        }
                    }
                }
            }
            let mut total = identity();
            for held in held.chunks_exact(buckets * LANES).rev() {
                total = doubled_often(&total, width * LANES as u32);
                total = add_cached(&total, &cached(&sum_of_buckets(held, buckets)), 0);
            }
            join(&total, width)
        }

        /// Of points with Z = 1: y + x, y - x, 2d·t, -2d·t.
        #[target_feature(enable = $features)]
        fn prepare(points: &[Quad], out: &mut Vec<[Element; 4]>) {
            out.clear();
            for part in points.chunks(LANES) {
                let Cached { sum, difference, t, .. } = cached(&load_part(part));
                let columns = [store(&sum), store(&difference), store(&t), store(&negate(&t))];
                out.extend((0..part.len()).map(|lane| columns.map(|column| column[lane])));
            }
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn add_to_buckets(held: &mut [Quad], buckets: usize, digit: &[i16; LANES], prepared: &[Element; 4]) {
            let at: [usize; LANES] =
                core::array::from_fn(|lane| lane * buckets + usize::from(digit[lane].unsigned_abs()));
            let bucket = point_of(load_quads(&at.map(|at| &held[at])));
            let (sum, difference) = (splat(&prepared[0]), splat(&prepared[1]));
            let (t, minus_t) = (splat(&prepared[2]), splat(&prepared[3]));
            let negative = negatives(digit);
            let (sum, difference) = (select(negative, &sum, &difference), select(negative, &difference, &sum));
            let c = mul(&bucket.t, &select(negative, &t, &minus_t));
            let new = finish_addition(&bucket, &sum, &difference, &bucket.z, &c, 0);
            for (at, quad) in at.into_iter().zip(store_point(&new)) {
                held[at] = quad;
            }
        }

        /// Σ d·bucket_d, by sums of sums.
        #[target_feature(enable = $features)]
        fn sum_of_buckets(held: &[Quad], buckets: usize) -> Point {
            let (mut running, mut sum) = (identity(), identity());
            for digit in (1..buckets).rev() {
                let bucket = load_quads(&core::array::from_fn(|lane| &held[lane * buckets + digit]));
                running = add_cached(&running, &cached(&point_of(bucket)), 0);
                sum = add_cached(&sum, &cached(&running), 0);
            }
            sum
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn negatives(digit: &[i16; LANES]) -> u8 {
            (0..LANES).fold(0, |mask, lane| mask | u8::from(digit[lane] < 0) << lane)
        }

        /// Σ 2^(width·lane)·point_lane, in the first lane.
        #[target_feature(enable = $features)]
        fn join(point: &Point, width: u32) -> Point {
            let mut sum = *point;
            let mut half = LANES / 2;
            while half > 0 {
                let quads = store_point(&sum);
                let upper = doubled_often(&load_part(&quads[half..2 * half]), width * half as u32);
                sum = add_cached(&load_part(&quads[..half]), &cached(&upper), 0);
                half /= 2;
            }
            sum
        }
    };
}

/// The body once for each constant: limbs then stay in registers, which the compiler does not manage for long loops.
macro_rules! unroll {
    ($name:ident in $($value:literal)+ $body:block) => {
        $({
            const $name: usize = $value;
            $body
        })+
    };
}

pub(crate) use {engine, unroll};
