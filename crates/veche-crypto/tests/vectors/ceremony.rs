//! The trustees' dealing: a whole ceremony of 2 of 3 with three keys, and what is refused in it.

use serde_json::{Value, json};
use veche_crypto::{
    Point, Scalar,
    dealing::{DealError, Dealer, Dealing, JointDealing, Secret, Size},
    dleq::Statement,
    group,
};

use crate::{array, bytes, each, hex, number, one, plain, point, read, run, scalar, shares::one_mask};

const COUNT: u32 = 3;
const SIZE: Size = Size { keys: 3, threshold: 2 };

fn draft() -> [u8; 32] {
    run(9)
}

fn dealer(draft: &[u8; 32], trustee: u32) -> Dealer<'_> {
    Dealer { draft, trustee }
}

fn secret(trustee: u32) -> Secret {
    Secret::new(dealer(&draft(), trustee), SIZE, run(trustee as u8 * 32))
}

fn scalars(list: impl IntoIterator<Item = Scalar>) -> Vec<String> {
    list.into_iter().map(scalar).collect()
}

fn points(list: impl IntoIterator<Item = Point>) -> Vec<String> {
    list.into_iter().map(point).collect()
}

fn made(trustee: u32) -> Value {
    let draft = draft();
    let (me, mine) = (dealer(&draft, trustee), secret(trustee));
    let (nonce, coefficients) = (mine.nonce(me), mine.coefficients());
    let seal = |to: u32| hex(mine.seal(me, to, &secret(to).sealing_key(dealer(&draft, to))).unwrap());
    let (seed, own) = (run(trustee as u8 * 32), u64::from(trustee).to_be_bytes());
    let base = |label: &str| plain::hash(label, &[&draft, &own, &seed]);
    let coefficient =
        |key: u32, power: u32| base("veche-dealing-coefficients-2").number(key.into()).number(power.into()).scalar();
    let polynomial = |key: u32| (0..SIZE.threshold).map(|power| coefficient(key, power)).collect();
    let polynomials: Vec<Vec<Scalar>> = (0..SIZE.keys).map(polynomial).collect();
    let opening = base("veche-dealing-opening-1").number(0).scalar();
    assert_eq!(Point::mul_base(&opening).compress().to_bytes(), mine.sealing_key(me));
    let encoded: Vec<Point> = polynomials.iter().flatten().map(Point::mul_base).collect();
    assert_eq!(group::encode_points(&encoded), coefficients);
    json!({
        "name": format!("trustee {trustee}"), "trustee": trustee, "seed": hex(seed),
        "polynomials": polynomials.into_iter().map(scalars).collect::<Vec<_>>(), "opening_key": scalar(opening),
        "sealing_key": hex(mine.sealing_key(me)), "nonce": hex(nonce), "coefficients": hex(&coefficients),
        "commitment": hex(me.commitment(&nonce, &coefficients)), "possession": hex(mine.possession(me)),
        "ephemerals": scalars((1..=COUNT).map(|to| *mine.ephemeral(me, to))),
        "shares": (1..=COUNT).map(|to| scalars(mine.share(to).to_vec())).collect::<Vec<_>>(),
        "sealed": (1..=COUNT).map(seal).collect::<Vec<_>>(),
    })
}

fn dealing(draft: &[u8; 32], case: &Value) -> Result<Dealing, DealError> {
    let me = dealer(draft, number(&case["trustee"]) as u32);
    let [coefficients, possession] = ["coefficients", "possession"].map(|name| bytes(&case[name]));
    Dealing::check(me, SIZE, &array(&case["commitment"]), &array(&case["nonce"]), &coefficients, &possession)
}

/// Whoever knows these secrets says so of the coefficients, whether or not they are theirs.
fn possession(trustee: u32, coefficients: &[u8], secrets: &[Scalar]) -> Vec<u8> {
    let own = u64::from(trustee).to_be_bytes();
    let domain = plain::hash("veche-dealing-possession-2", &[&draft(), &own, coefficients]);
    let first = coefficients.chunks(32 * SIZE.threshold as usize);
    let publics: Vec<Point> = first.map(|points| group::point(points.first_chunk().unwrap()).unwrap()).collect();
    Statement::possession(domain, &publics).prove(secrets, &run(50))
}

/// Points of these secrets, in the place of F_k0, and others behind each.
fn dealt(first: [Point; 3]) -> Vec<u8> {
    let both = |(point, k): (Point, u64)| [point, Point::mul_base(&Scalar::from(1_000 + k))];
    group::encode_points(&first.into_iter().zip(1..).flat_map(both).collect::<Vec<_>>())
}

/// Dealings that are refused, whatever the commitment said.
fn invalid() -> Vec<Value> {
    let draft = draft();
    let (me, mine, other) = (dealer(&draft, 1), secret(1), secret(2));
    let (nonce, coefficients, proof) = (mine.nonce(me), mine.coefficients(), mine.possession(me));
    let good = me.commitment(&nonce, &coefficients);
    let case = |name: &str, trustee: u32, coefficients: &[u8], possession: &[u8]| {
        let commitment = dealer(&draft, trustee).commitment(&nonce, coefficients);
        json!({ "name": name, "trustee": trustee, "nonce": hex(nonce), "coefficients": hex(coefficients),
            "possession": hex(possession), "commitment": hex(commitment) })
    };
    let committed = |name: &str, trustee: u32, nonce: [u8; 32], coefficients: &[u8], possession: &[u8]| {
        json!({ "name": name, "trustee": trustee, "nonce": hex(nonce), "coefficients": hex(coefficients),
            "possession": hex(possession), "commitment": hex(good) })
    };
    let changed = |bytes: &[u8], change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.to_vec();
        change(&mut bytes);
        bytes
    };
    let honest = |name: &str, change: &dyn Fn(&mut Vec<u8>)| case(name, 1, &changed(&coefficients, change), &proof);
    let proven = |name: &str, change: &dyn Fn(&mut Vec<u8>)| case(name, 1, &coefficients, &changed(&proof, change));
    // The last dealer has seen the others' points, and chooses its own by them.
    let known = [4711_u64, 815, 31].map(Scalar::from);
    let [one, two, three] = known.map(|secret| Point::mul_base(&secret));
    let first = |key: usize| group::point(other.coefficients()[64 * key..][..32].try_into().unwrap()).unwrap();
    let half = Scalar::from(2_u64).invert() * (first(1) - first(0));
    let rogue = |name: &str, points: [Point; 3], secrets: [Scalar; 3]| {
        let coefficients = dealt(points);
        case(name, 1, &coefficients, &possession(1, &coefficients, &secrets))
    };
    let zero = |known: [Scalar; 3]| {
        rogue("the first coefficient of a key is the identity", known.map(|x| Point::mul_base(&x)), known)
    };
    let of_one_mask = |name: &str| {
        let coefficients = dealt([one, two, three]);
        let domain = plain::hash("veche-dealing-possession-2", &[&draft, &1_u64.to_be_bytes(), &coefficients]);
        let mut refused = case(name, 1, &coefficients, &one_mask(domain, &known));
        refused["check"] = "D5".into();
        refused
    };
    vec![
        of_one_mask("two keys under one mask"),
        honest("a coefficient is missing", &|points| points.truncate(5 * 32)),
        honest("a coefficient too many", &|points| points.extend_from_within(..32)),
        honest("the coefficients of a key are missing", &|points| points.truncate(4 * 32)),
        honest("no coefficients", &Vec::clear),
        honest("half a coefficient", &|points| points.truncate(48)),
        honest("a coefficient is not canonical", &|points| points[0] ^= 1),
        honest("a coefficient of the last key is not canonical", &|points| points[5 * 32] ^= 1),
        honest("another point behind the first of a key", &|points| {
            points[96..128].copy_from_slice(&other.coefficients()[96..128])
        }),
        honest("keys in another order", &|points| points.rotate_left(64)),
        zero([Scalar::ZERO, known[1], known[2]]),
        zero([known[0], known[1], Scalar::ZERO]),
        rogue("two keys are equal", [one, two, one], [known[0], known[1], known[0]]),
        honest("two points of one key are equal", &|points| points.copy_within(..32, 32)),
        honest("two points of two keys are equal", &|points| points.copy_within(32..64, 96)),
        committed("another nonce than committed to", 1, run(77), &coefficients, &proof),
        committed("other coefficients than committed to", 1, nonce, &other.coefficients(), &other.possession(me)),
        committed("the commitment of another number", 2, nonce, &coefficients, &proof),
        case("the possession of another number", 2, &coefficients, &proof),
        case("the possession of another dealing", 1, &coefficients, &other.possession(me)),
        proven("another challenge", &|proof| proof[0] ^= 1),
        proven("another answer for the first key", &|proof| proof[32] ^= 1),
        proven("another answer for the last key", &|proof| proof[96] ^= 1),
        proven("answers of two keys exchanged", &|proof| proof[32..].rotate_left(32)),
        proven("an answer is missing", &|proof| proof.truncate(96)),
        proven("one answer for all keys", &|proof| proof.truncate(64)),
        proven("an answer too many", &|proof| proof.extend_from_within(..32)),
        proven("an answer is not a scalar", &|proof| proof[127] |= 0x80),
        // F_k0 cancels another's, and makes a joint key that the dealer knows.
        rogue("a rogue key among honest ones", [one, two - first(1), three], known),
        // The joint keys 0 and 1 would have a known difference; the sum of this dealer's own points is known to it.
        rogue("a rogue difference of two keys", [one + half, two - half, three], known),
    ]
}

/// Disputes: what everybody judges after the dealer has answered. `culprit` is who erred.
fn disputes() -> Vec<Value> {
    let draft = draft();
    let (me, mine, key) = (dealer(&draft, 1), secret(1), secret(2).sealing_key(dealer(&draft, 2)));
    let good = mine.seal(me, 2, &key).unwrap();
    let ephemeral = *mine.ephemeral(me, 2);
    let case = |name: &str, culprit: &str, sealed: &[u8], ephemeral: Scalar| {
        json!({ "name": name, "dealer": 1, "accuser": 2, "culprit": culprit, "key": hex(key),
            "sealed": hex(sealed), "ephemeral": scalar(ephemeral) })
    };
    let flipped = |place: usize, bits: u8| {
        let mut sealed = good.clone();
        sealed[place] ^= bits;
        sealed
    };
    let to_three = mine.seal(me, 3, &key).unwrap();
    vec![
        case("the share was good", "accuser", &good, ephemeral),
        case("the share of the first key was another number", "dealer", &flipped(32, 1), ephemeral),
        case("the share of the last key was another number", "dealer", &flipped(96, 1), ephemeral),
        case("the sealed share is not a scalar", "dealer", &flipped(63, 0x80), ephemeral),
        case("the ephemeral point is no point", "dealer", &flipped(0, 1), ephemeral),
        case("another ephemeral secret", "dealer", &good, ephemeral + Scalar::ONE),
        case("the share of trustee 3 under the key of trustee 2", "dealer", &to_three, *mine.ephemeral(me, 3)),
    ]
}

/// The secrets of a trustee, one for each key.
fn own(trustee: u32) -> Vec<Scalar> {
    (0..SIZE.keys as usize).map(|key| (1..=COUNT).map(|from| secret(from).share(trustee)[key]).sum()).collect()
}

pub fn vectors() -> Value {
    let draft = draft();
    let trustees: Vec<Value> = (1..=COUNT).map(made).collect();
    let dealings: Vec<Dealing> = trustees.iter().map(|case| dealing(&draft, case).unwrap()).collect();
    let joint = JointDealing::sum(&dealings);
    json!({
        "draft": hex(draft), "threshold": SIZE.threshold, "keys": SIZE.keys, "trustees": trustees,
        "joint_keys": points(joint.keys()),
        "verification_keys": (1..=COUNT).map(|i| points(joint.verification_keys(i))).collect::<Vec<_>>(),
        "secrets": (1..=COUNT).map(|i| scalars(own(i))).collect::<Vec<_>>(),
        "invalid": invalid(), "disputes": disputes(),
    })
}

#[test]
fn the_vectors_of_dealing_hold() {
    let file = read("trustees-dealing.json");
    let draft = array(&file["draft"]);
    let mut dealings = Vec::new();
    each(&file["trustees"], |name, case| {
        assert_eq!(&made(number(&case["trustee"]) as u32), case, "{name}");
        dealings.push(dealing(&draft, case).unwrap_or_else(|error| panic!("{name}: {error}")));
    });
    let joint = JointDealing::sum(&dealings);
    assert_eq!(file["joint_keys"], json!(points(joint.keys())));
    for to in 1..=COUNT {
        let (mine, place) = (secret(to), to as usize - 1);
        let mut sums = vec![Scalar::ZERO; SIZE.keys as usize];
        each(&file["trustees"], |name, from| {
            let number = number(&from["trustee"]);
            let sealed = bytes(&from["sealed"][place]);
            let share = mine.open(dealer(&draft, to), number as u32, &dealings[number - 1], &sealed).unwrap();
            assert_eq!(json!(scalars(share.to_vec())), from["shares"][place], "{name} to {to}");
            sums.iter_mut().zip(share.iter()).for_each(|(sum, share)| *sum += share);
        });
        assert_eq!(file["verification_keys"][place], json!(points(joint.verification_keys(to))));
        assert_eq!(points(sums.iter().map(Point::mul_base)), points(joint.verification_keys(to)));
        assert_eq!(file["secrets"][place], json!(scalars(sums)));
    }
    each(&file["invalid"], |name, case| assert!(dealing(&draft, case).is_err(), "{name}"));
    each(&file["disputes"], |name, case| {
        let from = dealer(&draft, number(&case["dealer"]) as u32);
        let verdict = dealings[from.trustee as usize - 1].judge(
            from,
            number(&case["accuser"]) as u32,
            &array(&case["key"]),
            &bytes(&case["sealed"]),
            &one(&case["ephemeral"]),
        );
        assert_eq!(case["culprit"], if verdict.is_ok() { "accuser" } else { "dealer" }, "{name}");
        // The accuser's own look agrees, wherever the ephemeral secret is that of the sealed share.
        let opened = secret(2).open(dealer(&draft, 2), 1, &dealings[0], &bytes(&case["sealed"]));
        if !name.starts_with("another") {
            assert_eq!(verdict.is_ok(), opened.is_ok(), "{name}");
        }
    });
}
