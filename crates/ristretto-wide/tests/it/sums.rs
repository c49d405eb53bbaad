use curve25519_dalek::{
    RistrettoPoint, Scalar,
    traits::{Identity, IsIdentity},
};
use ristretto_wide::{Backend, Points};

use crate::fixture::{encodings, point, scalar};

fn bytes(points: &[RistrettoPoint]) -> Vec<[u8; 32]> {
    points.iter().map(|point| point.compress().to_bytes()).collect()
}

fn points(count: u64) -> Vec<RistrettoPoint> {
    (0..count).map(point).collect()
}

#[test]
fn sums_and_differences_are_the_librarys_also_with_itself_its_negative_and_the_identity() {
    for backend in Backend::all() {
        for count in [1, 3, 4, 7, 8, 9, 16, 49] {
            let a = points(count);
            let others = [
                a.clone(),
                a.iter().map(|a| -a).collect(),
                vec![RistrettoPoint::identity(); count as usize],
                a.iter().map(|a| a + a).collect(),
                (100..100 + count).map(point).collect(),
            ];
            for b in others {
                let (wide_a, wide_b) = (Points::from_library(backend, &a), Points::from_library(backend, &b));
                let (mut sum, mut difference) = (wide_a.clone(), wide_a);
                sum.add(&wide_b);
                difference.subtract(&wide_b);
                let pairs = || a.iter().zip(&b);
                assert_eq!(sum.encode(), bytes(&pairs().map(|(a, b)| a + b).collect::<Vec<_>>()));
                assert_eq!(difference.encode(), bytes(&pairs().map(|(a, b)| a - b).collect::<Vec<_>>()));
                let wanted: Vec<bool> = pairs().map(|(a, b)| (a - b).is_identity()).collect();
                assert_eq!(difference.identities(), wanted);
                assert_eq!(sum.to_library(), pairs().map(|(a, b)| a + b).collect::<Vec<_>>());
            }
        }
    }
}

/// Adding and taking away leaves other coordinates of the same point, often those of another of the four that stand for it.
#[test]
fn a_long_run_of_sums_and_differences_comes_back() {
    for backend in Backend::all() {
        let (start, steps) = (points(11), 300);
        let mut sum = Points::from_library(backend, &start);
        let others: Vec<Points> = (0..steps)
            .map(|n| Points::from_library(backend, &(0..11).map(|i| point(1_000 + 11 * n + i)).collect::<Vec<_>>()))
            .collect();
        others.iter().for_each(|other| sum.add(other));
        assert_ne!(sum.encode(), bytes(&start));
        others.iter().for_each(|other| sum.subtract(other));
        assert_eq!(sum.encode(), bytes(&start));
    }
}

#[test]
fn weights_multiply_as_the_library_multiplies() {
    for backend in Backend::all() {
        for weight in [0, 1, 2, 3, 5, 255, 256, (1 << 40) - 1, 1 << 40, u64::MAX] {
            let start = points(9);
            let mut product = Points::from_library(backend, &start);
            product.scale(weight);
            let wanted: Vec<RistrettoPoint> = start.iter().map(|point| point * Scalar::from(weight)).collect();
            assert_eq!(product.encode(), bytes(&wanted), "{weight} by {}", backend.name());
        }
    }
}

fn scalars(count: u64, trial: u64) -> Vec<Scalar> {
    let one = |n: u64| match (n + trial) % 9 {
        0 => Scalar::ZERO,
        1 => -Scalar::ONE,
        2 => Scalar::from(u128::MAX),
        // Digits at the edge of a window: exactly half, half and one.
        3 => Scalar::from(128 + (n << 8) + (128 << 24) + (129 << 32)),
        4 => Scalar::ONE,
        5 => -Scalar::from(1u64 << 40),
        _ => scalar(n + 1_000 * trial),
    };
    (0..count).map(one).collect()
}

#[test]
fn sums_of_multiples_are_the_librarys_for_few_points_and_for_many() {
    for backend in Backend::all() {
        for count in [0, 1, 2, 7, 8, 9, 16, 50, 91, 190, 399, 401, 1_000, 1_024, 1_025, 3_000] {
            for trial in 0..if count > 500 { 1 } else { 5 } {
                let (points, scalars) = (points(count), scalars(count, trial));
                let wanted: RistrettoPoint = points.iter().zip(&scalars).map(|(point, scalar)| point * scalar).sum();
                let mut wide = Points::decode(backend, &encodings(count)).unwrap();
                let affine = Points::multiply(&[(&scalars, &wide)]);
                wide.add(&Points::identity(backend, count as usize));
                wide.scale(3);
                let other = Points::multiply(&[(&scalars, &wide)]);
                if backend == Backend::library() || count > 0 {
                    assert_eq!(affine.backend(), backend);
                }
                assert_eq!(affine.encode(), bytes(&[wanted]), "{count} points by {}", backend.name());
                assert_eq!(
                    other.encode(),
                    bytes(&[wanted * Scalar::from(3u8)]),
                    "{count} points by {}",
                    backend.name()
                );
            }
        }
    }
}

#[test]
fn terms_are_added_up_and_a_sum_that_vanishes_is_the_identity() {
    for backend in Backend::all() {
        let points = Points::decode(backend, &encodings(40)).unwrap();
        let scalars = scalars(40, 0);
        let negative: Vec<Scalar> = scalars.iter().map(|scalar| -scalar).collect();
        let sum = Points::multiply(&[
            (&scalars[..15], &points.range(0..15)),
            (&scalars[15..], &points.range(15..40)),
            (&negative, &points),
        ]);
        assert_eq!(sum.identities(), [true], "{}", backend.name());
        let wrong = Points::multiply(&[(&scalars, &points), (&negative[..39], &points.range(0..39))]);
        assert_eq!(wrong.identities(), [scalars[39] == Scalar::ZERO], "{}", backend.name());
    }
}

#[test]
fn a_sum_whose_scalars_are_all_short_or_all_zero_is_the_librarys() {
    for backend in Backend::all() {
        for count in [1, 9, 40, 300] {
            let wide = Points::decode(backend, &encodings(count)).unwrap();
            for scalar in [0, 1, 16, 17, u128::MAX] {
                let scalars = vec![Scalar::from(scalar); count as usize];
                let wanted: RistrettoPoint = points(count).iter().map(|point| point * Scalar::from(scalar)).sum();
                let sum = Points::multiply(&[(&scalars, &wide)]);
                assert_eq!(sum.encode(), bytes(&[wanted]), "{count} points, {scalar} times, by {}", backend.name());
            }
        }
    }
}

#[test]
fn points_fall_apart_where_they_are_split() {
    for backend in Backend::all() {
        for count in [0, 1, 8, 20, 21] {
            let (first, rest) = Points::decode(backend, &encodings(20)).unwrap().split_at(count);
            assert_eq!((first.len(), rest.len()), (count.min(20), 20 - count.min(20)));
            assert_eq!([first.encode(), rest.encode()].concat(), encodings(20), "{}", backend.name());
        }
    }
}
