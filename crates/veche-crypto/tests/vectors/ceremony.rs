//! The trustees' dealing: a whole ceremony of 2 of 3, and what is refused in it.

use serde_json::{Value, json};
use veche_crypto::{
    Point, Scalar,
    dealing::{Dealer, Dealing, Secret, joint_key, verification_key},
    group,
};

use crate::{array, bytes, each, hex, number, one, plain, point, read, run, scalar};

const COUNT: u32 = 3;
const THRESHOLD: u32 = 2;

fn draft() -> [u8; 32] {
    run(9)
}

fn dealer(draft: &[u8; 32], trustee: u32) -> Dealer<'_> {
    Dealer { draft, trustee }
}

fn secret(trustee: u32) -> Secret {
    Secret::new(dealer(&draft(), trustee), THRESHOLD, run(trustee as u8 * 32))
}

fn made(trustee: u32) -> Value {
    let draft = draft();
    let (me, mine) = (dealer(&draft, trustee), secret(trustee));
    let (nonce, coefficients) = (mine.nonce(me), mine.coefficients());
    let seal = |to: u32| hex(mine.seal(me, to, &secret(to).sealing_key(dealer(&draft, to))).unwrap());
    let number = u64::from(trustee).to_be_bytes();
    let seed = run(trustee as u8 * 32);
    let scalars = |label: &str, last: u64| plain::hash(label, &[&draft, &number, &seed]).number(last).scalar();
    let polynomial: Vec<Scalar> = (0..THRESHOLD).map(|k| scalars("veche-dealing-coefficients-1", k.into())).collect();
    let opening = scalars("veche-dealing-opening-1", 0);
    assert_eq!(Point::mul_base(&opening).compress().to_bytes(), mine.sealing_key(me));
    let encoded: Vec<Point> = polynomial.iter().map(Point::mul_base).collect();
    assert_eq!(group::encode_points(&encoded), coefficients);
    json!({
        "name": format!("trustee {trustee}"), "trustee": trustee, "seed": hex(seed),
        "polynomial": polynomial.into_iter().map(scalar).collect::<Vec<_>>(), "opening_key": scalar(opening),
        "sealing_key": hex(mine.sealing_key(me)), "nonce": hex(nonce), "coefficients": hex(&coefficients),
        "commitment": hex(me.commitment(&nonce, &coefficients)), "possession": hex(mine.possession(me)),
        "ephemerals": (1..=COUNT).map(|to| scalar(*mine.ephemeral(me, to))).collect::<Vec<_>>(),
        "shares": (1..=COUNT).map(|to| scalar(*mine.share(to))).collect::<Vec<_>>(),
        "sealed": (1..=COUNT).map(seal).collect::<Vec<_>>(),
    })
}

fn dealing(draft: &[u8; 32], case: &Value) -> Result<Dealing, veche_crypto::dealing::DealError> {
    let me = dealer(draft, number(&case["trustee"]) as u32);
    let [commitment, possession] = ["commitment", "possession"].map(|name| array(&case[name]));
    Dealing::check(me, THRESHOLD, &commitment, &array(&case["nonce"]), &bytes(&case["coefficients"]), &possession)
}

/// Dealings that are refused, whatever the commitment said.
fn invalid() -> Vec<Value> {
    let draft = draft();
    let (me, mine) = (dealer(&draft, 1), secret(1));
    let (nonce, coefficients, possession) = (mine.nonce(me), mine.coefficients(), mine.possession(me));
    let case = |name: &str,
                trustee: u32,
                nonce: [u8; 32],
                coefficients: &[u8],
                possession: &[u8],
                commitment: Option<[u8; 64]>| {
        let commitment = commitment.unwrap_or_else(|| dealer(&draft, trustee).commitment(&nonce, coefficients));
        json!({ "name": name, "trustee": trustee, "nonce": hex(nonce), "coefficients": hex(coefficients),
            "possession": hex(possession), "commitment": hex(commitment) })
    };
    let mut odd = coefficients.clone();
    odd[0] ^= 1;
    let mut proof = possession;
    proof[32] ^= 1;
    let mut zero = coefficients.clone();
    zero[..32].fill(0);
    let other = secret(2);
    let good = me.commitment(&nonce, &coefficients);
    // A rogue key: F_0 chosen to cancel another's. Its dealer cannot prove possession.
    let cancel = -group::point(other.coefficients()[..32].try_into().unwrap()).unwrap();
    let rogue = [&cancel.compress().to_bytes()[..], &coefficients[32..]].concat();
    vec![
        case("a coefficient is missing", 1, nonce, &coefficients[..32], &possession, None),
        case("a coefficient too many", 1, nonce, &[&coefficients[..], &coefficients[..32]].concat(), &possession, None),
        case("no coefficients", 1, nonce, &[], &possession, None),
        case("half a coefficient", 1, nonce, &coefficients[..48], &possession, None),
        case("a coefficient is not canonical", 1, nonce, &odd, &possession, None),
        case("the first coefficient is the identity", 1, nonce, &zero, &possession, None),
        case("another nonce than committed to", 1, run(77), &coefficients, &possession, Some(good)),
        case(
            "other coefficients than committed to",
            1,
            nonce,
            &other.coefficients(),
            &other.possession(me),
            Some(good),
        ),
        case("the commitment of another number", 2, nonce, &coefficients, &possession, Some(good)),
        case("the possession of another number", 2, nonce, &coefficients, &possession, None),
        case("the possession of another dealing", 1, nonce, &coefficients, &other.possession(me), None),
        case("a changed possession", 1, nonce, &coefficients, &proof, None),
        case("a rogue key", 1, nonce, &rogue, &possession, None),
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
    let mut body = good;
    body[32] ^= 1;
    let mut high = good;
    high[63] |= 0x80;
    let mut nowhere = good;
    nowhere[0] ^= 1;
    let to_three = mine.seal(me, 3, &key).unwrap();
    vec![
        case("the share was good", "accuser", &good, ephemeral),
        case("the share was another number", "dealer", &body, ephemeral),
        case("the sealed share is not a scalar", "dealer", &high, ephemeral),
        case("the ephemeral point is no point", "dealer", &nowhere, ephemeral),
        case("another ephemeral secret", "dealer", &good, ephemeral + Scalar::ONE),
        case("the share of trustee 3 under the key of trustee 2", "dealer", &to_three, *mine.ephemeral(me, 3)),
    ]
}

pub fn vectors() -> Value {
    let draft = draft();
    let trustees: Vec<Value> = (1..=COUNT).map(made).collect();
    let dealings: Vec<Dealing> = trustees.iter().map(|case| dealing(&draft, case).unwrap()).collect();
    let key = |trustee: u32| -> Scalar { (1..=COUNT).map(|from| *secret(from).share(trustee)).sum() };
    json!({
        "draft": hex(draft), "threshold": THRESHOLD, "trustees": trustees,
        "key": point(joint_key(&dealings)),
        "share_keys": (1..=COUNT).map(|i| point(verification_key(&dealings, i))).collect::<Vec<_>>(),
        "secrets": (1..=COUNT).map(|i| scalar(key(i))).collect::<Vec<_>>(),
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
    assert_eq!(file["key"], Value::from(point(joint_key(&dealings))));
    for to in 1..=COUNT {
        let mine = secret(to);
        let mut sum = Scalar::ZERO;
        each(&file["trustees"], |name, from| {
            let sealed = array(&from["sealed"][to as usize - 1]);
            let number = number(&from["trustee"]);
            let share = mine.open(dealer(&draft, to), number as u32, &dealings[number - 1], &sealed).unwrap();
            assert_eq!(*share, one(&from["shares"][to as usize - 1]), "{name} to {to}");
            sum += *share;
        });
        assert_eq!(file["secrets"][to as usize - 1], Value::from(scalar(sum)));
        assert_eq!(file["share_keys"][to as usize - 1], Value::from(point(Point::mul_base(&sum))));
        assert_eq!(verification_key(&dealings, to), Point::mul_base(&sum));
    }
    each(&file["invalid"], |name, case| assert!(dealing(&draft, case).is_err(), "{name}"));
    each(&file["disputes"], |name, case| {
        let from = dealer(&draft, number(&case["dealer"]) as u32);
        let verdict = dealings[from.trustee as usize - 1].judge(
            from,
            number(&case["accuser"]) as u32,
            &array(&case["key"]),
            &array(&case["sealed"]),
            &one(&case["ephemeral"]),
        );
        assert_eq!(case["culprit"], if verdict.is_ok() { "accuser" } else { "dealer" }, "{name}");
        // The accuser's own look agrees, wherever the ephemeral secret is that of the sealed share.
        let opened = secret(2).open(dealer(&draft, 2), 1, &dealings[0], &array(&case["sealed"]));
        if !name.starts_with("another") {
            assert_eq!(verdict.is_ok(), opened.is_ok(), "{name}");
        }
    });
}
