#!/usr/bin/env python3
"""A second, independent verifier of the records of Veche elections, open and secret.

    python3 veche_verify.py RECORD [--json] [--processes N]
    python3 veche_verify.py --batch < LIST_OF_RECORDS

RECORD is a folder or a .tar. Written from docs/spec alone; it shares no code with the program
`veche`. Only Python's standard library is used. "marks 2" in a comment means docs/spec/marks.md, section 2. The numbered checks are
those of record.md section 3. Exit status: 0 all checks passed, 6 one failed, 2 wrong usage.
"""
import argparse
import base64
import functools
import hashlib
import json
import math
import os
import re
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from fractions import Fraction
from functools import partial


class Fail(Exception):
    """Something does not pass. Whoever catches it refuses; nobody goes on."""


def need(condition, text):
    if not condition:
        raise Fail(text)


def sure(condition, why):
    """What no input can bring about, for the reason given. If it happens all the same, the mistake is in here: refuse."""
    if not condition:
        raise AssertionError(why)


# ---- Encodings and hashes (marks 2, secret 2) ---------------------------------------------------

ZEROS = bytes(32)


def u64(n):
    return n.to_bytes(8, "big")


def frame(label, *items):
    return b"".join(u64(len(x)) + x for x in (label.encode("ascii"), *items))


def H(label, *items):
    return hashlib.sha256(frame(label, *items)).digest()


def T(label, *items):
    return hashlib.sha512(frame(label, *items)).digest()


def S(label, *items):
    return int.from_bytes(T(label, *items), "little") % Q


def to_b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def on_paper(election):
    """The first 160 bits of an election id in the symbols that stand on cards."""
    symbols = base64.b32encode(from_b64(election)[:20])
    symbols = symbols.translate(bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")).decode("ascii")
    return "-".join(symbols[i:i + 4] for i in range(0, 32, 4))


def from_b64(text, size=None):
    """Strict base64url: what is read, written again, is the same text."""
    need(type(text) is str and re.fullmatch("[A-Za-z0-9_-]*", text), "not base64url")
    need(len(text) % 4 != 1, "not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(to_b64(data) == text, "unused bits of base64url")
    need(size is None or len(data) == size, "a byte string of %d bytes in place of %s" % (len(data), size))
    return data


def from_plain_b64(text):
    need(re.fullmatch("[A-Za-z0-9+/]*={0,2}", text) and len(text) % 4 == 0, "not Base64")
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode("ascii") == text, "unused bits of Base64")
    return data


def groups(data):
    """Base32 in groups of four, as codes are read aloud."""
    bits = "".join(format(b, "08b") for b in data)
    bits += "0" * (-len(bits) % 5)
    text = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[i:i + 5], 2)] for i in range(0, len(bits), 5))
    return "-".join(text[i:i + 4] for i in range(0, len(text), 4))


# ---- Canonical JSON (entry 2) -------------------------------------------------------------------

def write_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def no_float(text):
    raise Fail("a number that is not an integer")


def no_doubles(pairs):
    need(len(dict(pairs)) == len(pairs), "a member stands twice")
    return dict(pairs)


def read_json(data):
    """Parse, write again, compare. The order and names of members are checked by `members`."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=no_doubles,
                           parse_float=no_float, parse_constant=no_float)
        again = write_json(value)
    except (ValueError, RecursionError):        # ValueError includes errors of UTF-8 and of JSON
        raise Fail("not JSON in UTF-8") from None
    need(again == data, "not canonical JSON")
    return value


def members(value, *names):
    """An object with exactly these members in this order; a name with ? may be absent."""
    need(type(value) is dict, "not an object")
    want = [n.rstrip("?") for n in names if not n.endswith("?") or n[:-1] in value]
    need(list(value) == want, "members %s in place of %s" % (ascii(list(value))[:200], want))


def integer(value, low, high, what):
    need(type(value) is int and low <= value <= high, "%s is not an integer from %d to %d" % (what, low, high))
    return value


def one_of(value, choices, what):
    need(type(value) is str and value in choices, "%s is none of %s" % (what, ", ".join(choices)))
    return value


def array(value, low, high, what):
    need(type(value) is list and low <= len(value) <= high, "%s is not a list of %d to %d" % (what, low, high))
    return value


# ---- Text that people supply (marks 3) ----------------------------------------------------------

def characters(ranges):
    """`9-d 20` as a set of characters"""
    bounds = [[int(x, 16) for x in part.split("-")] for part in ranges.split()]
    return {chr(code) for b in bounds for code in range(b[0], b[-1] + 1)}


SPACES = characters("9-d 20 85 a0 1680 2000-200a 2028-2029 202f 205f 3000")
FORBIDDEN = characters("0-1f 7f-9f ad 34f 61c 115f-1160 200b 200e-200f 2028-202e 2060-206f 3164 fdd0-fdef feff ffa0 "
                       "fff0-ffff e0000-e00ff e01f0-e0fff"
                       ) | {chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)}
INVISIBLE = characters("17b4-17b5 180b-180f 200c-200d 2800 fe00-fe0f 13441-13442 16fe4 1bca0-1bca3 1d159 1d173-1d17a "
                       "e0100-e01ef")


def clean(text, maximum, what):
    need(type(text) is str and 1 <= len(text) <= maximum, "%s is not a text of 1 to %d characters" % (what, maximum))
    need(text[0] not in SPACES and text[-1] not in SPACES, what + " begins or ends with white space")
    need(not FORBIDDEN & set(text), what + " has a forbidden character")
    need(set(text) - SPACES - INVISIBLE, what + " shows nothing")
    return text


# ---- The curve, as Ed25519 and ristretto255 share it --------------------------------------------
# A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z on -x^2 + y^2 = 1 + d x^2 y^2. The formulas
# of Hisil, Wong, Carter and Dawson are complete here: no case needs a branch.

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
D2 = 2 * D % P
ROOT_M1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def add(p, q):
    return madd(p, (q[1] - q[0], q[1] + q[0], q[3] * D2 % P), q[2])


def madd(p, n, z=1):
    """p plus a point in the form of `niels`; z is the Z of the latter."""
    x, y, pz, t = p
    a = (y - x) * n[0] % P
    b = (y + x) * n[1] % P
    c = t * n[2] % P
    d = 2 * pz * z % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(p):
    x, y, z, _ = p
    a = x * x % P
    b = y * y % P
    h = a + b
    e = h - (x + y) * (x + y) % P
    g = a - b
    f = 2 * z * z % P + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def negative(p):
    return -p[0] % P, p[1], p[2], -p[3] % P


def niels(p):
    """A point with Z = 1, prepared for being added."""
    return (p[1] - p[0]) % P, (p[1] + p[0]) % P, p[3] * D2 % P


def affine(p):
    z = pow(p[2], -1, P)
    x, y = p[0] * z % P, p[1] * z % P
    return x, y, 1, x * y % P


def mul(k, p):
    table = [IDENTITY, p]
    while len(table) < 16:
        table.append(add(table[-1], p))
    r = IDENTITY
    for i in range((k.bit_length() + 3) // 4 * 4 - 4, -1, -4):
        r = add(double(double(double(double(r)))), table[k >> i & 15])
    return r


def sqrt_ratio(u, v):
    """RFC 9496 4.2: (was u/v a square, the non-negative root of u/v or of i*u/v)."""
    u, v3 = u % P, v * v % P * v % P
    r = u * v3 * pow(u * v3 * v3 * v, (P - 5) // 8, P) % P
    check = v * r * r % P
    if check == -u % P or check == -u * ROOT_M1 % P:
        r = r * ROOT_M1 % P
    return check == u or check == -u % P, P - r if r & 1 else r


BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = sqrt_ratio(BASE_Y * BASE_Y - 1, (D * BASE_Y * BASE_Y + 1) % P)[1]
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)
BASE_TABLE = []                                             # [i][d] is d * 16^i * BASE


def mul_base(k):
    if not BASE_TABLE:
        step = BASE
        for _ in range(64):
            row = [IDENTITY]
            while len(row) < 16:
                row.append(affine(add(row[-1], step)))
            step = affine(add(row[-1], step))
            BASE_TABLE.append([niels(x) for x in row])
    r = IDENTITY
    for i in range(64):
        r = madd(r, BASE_TABLE[i][k >> 4 * i & 15])
    return r


def msm(scalars, points):
    """The sum of scalar * point (each in the form of `niels`), by Pippenger's method.

    Each scalar is cut into signed digits of c bits: with half = 2^(c-1) added at every place
    beforehand, the digits are those of the sum minus half.
    """
    c = min(range(2, 15), key=lambda c: (255 // c + 1) * (len(points) + 3 * 2**(c - 1)))
    half, mask, places = 2**(c - 1), 2**c - 1, 255 // c + 1
    offset = sum(half << c * i for i in range(places))
    shifted = [s % Q + offset for s in scalars]
    total = IDENTITY
    for place in range(places - 1, -1, -1):
        for _ in range(c):
            total = double(total)
        buckets = [IDENTITY] * (half + 1)
        shift = c * place
        for s, n in zip(shifted, points, strict=True):
            digit = (s >> shift & mask) - half
            if digit > 0:
                buckets[digit] = madd(buckets[digit], n)
            elif digit < 0:
                buckets[-digit] = madd(buckets[-digit], (n[1], n[0], -n[2]))
        running = IDENTITY
        for bucket in buckets[:0:-1]:                       # from the largest digit to 1
            if bucket is not IDENTITY:
                running = add(running, bucket)
            total = add(total, running)
    return total


# ---- ristretto255 (RFC 9496, secret 1) ----------------------------------------------------------

INVSQRT_A_MINUS_D = sqrt_ratio(1, -1 - D)[1]


def decode(data):
    """32 bytes to a point with Z = 1; None if they are no point. The identity is a point."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or s & 1:
        return None
    ss = s * s % P
    u1, u2 = 1 - ss, 1 + ss
    u2_sqr = u2 * u2 % P
    v = (-D * u1 * u1 - u2_sqr) % P
    square, inv = sqrt_ratio(1, v * u2_sqr % P)
    x = 2 * s * inv * u2 % P
    x = P - x if x & 1 else x
    y = u1 * inv * inv * u2 * v % P
    t = x * y % P
    return (x, y, 1, t) if square and not t & 1 and y else None


def encode(p):
    x, y, z, t = p
    u1 = (z + y) * (z - y) % P
    u2 = x * y % P
    inv = sqrt_ratio(1, u1 * u2 * u2 % P)[1]
    den1, den2 = inv * u1 % P, inv * u2 % P
    z_inv = den1 * den2 * t % P
    den = den2
    if t * z_inv % P & 1:
        x, y, den = y * ROOT_M1 % P, x * ROOT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    if x * z_inv % P & 1:
        y = -y
    s = den * (z - y) % P
    return (P - s if s & 1 else s).to_bytes(32, "little")


def elligator(data):
    """RFC 9496 4.3.4, MAP"""
    t = (int.from_bytes(data, "little") & 2**255 - 1) % P
    r = ROOT_M1 * t * t % P
    u = (r + 1) * (1 - D * D) % P
    v = (-1 - r * D) * (r + D) % P
    square, s = sqrt_ratio(u, v)
    if square:
        c = P - 1
    else:
        s = s * t % P
        s, c = (s if s & 1 else -s % P), r
    n = (c * (r - 1) * (D - 1) * (D - 1) - v) % P
    w0, w1 = 2 * s * v % P, n * AD_ROOT % P
    w2, w3 = (1 - s * s) % P, (1 + s * s) % P
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


AD_ROOT = 25063068953384623474111414158702152701244531502492656460079210482610430750235


def hashed_point(label, *items):
    """A point whose logarithm nobody knows (secret 3, results 6)"""
    both = T(label, *items)
    return add(elligator(both[:32]), elligator(both[32:]))


def same(p, q):
    """RFC 9496 4.3.3"""
    return (p[0] * q[1] - p[1] * q[0]) % P == 0 or (p[1] * q[1] - p[0] * q[0]) % P == 0


def pieces(data, size=32):
    return [data[i:i + size] for i in range(0, len(data), size)]


def point(data, what):
    p = decode(data)
    need(p is not None, what + " is no point")
    return p


def point_not_0(data, what):
    need(data != ZEROS, what + " is the identity")
    return point(data, what)


def scalar(data, what):
    sure(len(data) == 32, "it is one of the pieces of something whose length was checked")
    k = int.from_bytes(data, "little")
    need(k < Q, what + " is no scalar")
    return k


# ---- Ed25519, read strictly (entry 3) -----------------------------------------------------------

KEYS = {}                                                   # keys that were decoded: bytes -> point


def ed_key(data):
    """A valid public key: canonical, on the curve, not of small order."""
    if data not in KEYS:
        sure(len(data) == 32, "whoever reads a key asks for so many bytes")
        y = int.from_bytes(data, "little") & 2**255 - 1
        need(y < P, "a key that is not canonical")
        square, x = sqrt_ratio(y * y - 1, (D * y * y + 1) % P)
        need(square, "a key that is not on the curve")
        x = -x % P if data[31] >> 7 else x
        p = (x, y, 1, x * y % P)
        need(not small_order(p), "a key of small order")
        KEYS[data] = p
    return KEYS[data]


def small_order(p):
    p = double(double(double(p)))
    return p[0] == 0 and p[1] == p[2]


def ed_encode(p):
    x, y, _, _ = affine(p)
    return (y | (x & 1) << 255).to_bytes(32, "little")


def ed_verify(key, message, signature):
    """True only for a good signature. R is compared as bytes: no cofactor, no other form."""
    p = ed_key(key)
    if len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    if s >= Q:
        return False
    r = add(mul_base(s), mul(k, negative(p)))
    return not small_order(r) and ed_encode(r) == signature[:32]


def signed_part(raw, version):
    """What the signature of an entry or message is over: all bytes but the last 96, in a frame."""
    return frame(version, raw[:-96])


# ---- The manifest (manifest 2) ------------------------------------------------------------------

class Election:
    """What the checks need of a manifest that has passed its own."""

    layout, keys, count, threshold, with_lot = None, [], 0, 0, False      # of an open election
    unit = 1                                                              # units of weight in a vote


def check_rsa(key, what):                                   # envelope 2
    members(key, "kty", "n", "e")
    n = from_b64(key["n"])
    need(key["kty"] == "RSA" and key["e"] == "AQAB", what + " is no RSA key with e = 65537")
    need(len(n) in (256, 384, 512) and n[0] >> 7 and n[-1] & 1, what + " has a modulus of another form")


def reads_as_integer(name):
    return re.fullmatch("[+-]?[0-9]+", name) and -2**63 <= int(name) < 2**63


def level_values(levels):                                   # results 3
    if not any(reads_as_integer(n) for n in levels):
        return list(range(len(levels)))
    for name in levels:
        need(reads_as_integer(name) and re.fullmatch("0|-?[1-9][0-9]*", name),
             "levels of which only some are canonical integers")
    return [int(n) for n in levels]


def check_contest(contest, what):
    members(contest, "title", "kind?", "candidates", "about?", "order?", "levels", "blank", "better", "approvals?", "rule")
    need(contest.get("kind", "single") == "single", what + " is of an unknown kind")
    clean(contest["title"], 200, what)
    names = array(contest["candidates"], 1, 500, "candidates of " + what)
    for name in names:
        clean(name, 100, "a candidate of " + what)
    levels = array(contest["levels"], 2, 101, "levels of " + what)
    for name in levels:
        clean(name, 32, "a level of " + what)
        need(not set(name) & (SPACES | set(",\"'\\*")), "a level with a forbidden character")
    check_about(contest, what)
    need(contest.get("order", "random") == "random", what + " has an unknown order")
    need(len(set(names)) == len(names) and len(set(levels)) == len(levels), "a name twice in " + what)
    need(type(contest["blank"]) is bool, "blank is not true or false")
    one_of(contest["better"], ("higher", "lower"), "better")
    values = level_values(levels)
    need(all(a < b for a, b in zip(values, values[1:])), "levels that do not ascend")
    need(all(-1_000_000 <= v <= 1_000_000 for v in values), "a level beyond a million")
    if "kind" in contest:
        need(levels == ["0", "1"] and len(names) + contest["blank"] >= 2, what + " is no single choice")
    if "approvals" in contest:
        need("kind" not in contest and levels == ["0", "1"] and not contest["blank"] and contest["better"] == "higher",
             what + " is none of approvals")
        members(contest["approvals"], "least", "most")
        most = integer(contest["approvals"]["most"], 1, len(names), "most")
        least = integer(contest["approvals"]["least"], 0, most, "least")
        need(least > 0 or most < len(names), "bounds of approval that ask for nothing")
    check_rule(contest, contest["rule"], what)


LINK = "https?://[A-Za-z0-9\\[][A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%-]*"


def check_about(contest, what):
    """What is said of candidates beside their names, in their order."""
    if "about" not in contest:
        return
    last = -1
    for about in array(contest["about"], 1, 500, "about of " + what):
        members(about, "candidate", "text?", "link?")
        need(about["candidate"] in contest["candidates"], "about nobody")
        place = contest["candidates"].index(about["candidate"])
        need(place > last and len(about) > 1, "about somebody twice, out of order, or nothing")
        last = place
        if "text" in about:
            clean(about["text"], 1000, "a description")
        link = about.get("link", "https://x")
        need(type(link) is str and len(link) <= 300 and re.fullmatch(LINK, link), "no link")


def about_length(contests):
    return sum(len(a.get(n, "")) for c in contests for a in c.get("about", ()) for n in ("text", "link"))


def short_fraction(text):
    """`3` or `7/2`, in lowest terms; None if it is not one"""
    if type(text) is not str or not re.fullmatch("(0|-?[1-9][0-9]*)(/[1-9][0-9]*)?", text):
        return None
    value = Fraction(text)
    return value if text == str(value) else None


def quota(text, what):
    """A least weight, or a part, and whether more than it is asked for: (weight, None, strict) or (None, part, strict)"""
    strict = type(text) is str and text.startswith(">")
    value = short_fraction(text[1:] if strict else text)
    need(value is not None and 0 < value, what + " is not a quota")
    if value.denominator > 1:
        need(value < 1 and value.denominator <= 2**40, what + " is not a part")
        return None, value, strict
    need(value <= 2**40, what + " is more than all weight")
    return value, None, strict


def threshold(text, better):
    """(the value, whether the value itself is enough)"""
    sign = ">" if better == "higher" else "<"
    need(type(text) is str and text[:1] == sign, "a threshold of the other direction")
    reached = text[1:2] == "="
    value = short_fraction(text[1 + reached:])
    need(value is not None and abs(value.numerator) <= 2**61 and value.denominator <= 2**40, "no threshold")
    return value, reached


METHODS = ("sum", "mean", "median", "majority-judgment")
TIE_STEPS = METHODS + ("more-raters", "more-best", "fewer-worst", "lot")


def check_rule(contest, rule, what):                        # manifest 2
    members(rule, "method", "blanks?", "phantoms?", "raters?", "turnout?", "seats?", "pass?", "none?", "ties?")
    method = one_of(rule["method"], METHODS, "the method of " + what)
    need("kind" not in contest or method in ("sum", "mean"), "a single choice counted by " + method)
    need(rule.get("blanks", "worst") == "worst", "an unknown rule for blanks")
    if "phantoms" in rule:
        integer(rule["phantoms"], 1, 2**40, "phantoms")
        need(method != "sum" and "blanks" not in rule, "phantom scores where they make no sense")
    for name in ("raters", "turnout"):
        if name in rule:
            quota(rule[name], name)
    if "pass" in rule:
        threshold(rule["pass"], contest["better"])
    need("none" not in rule or rule["none"] in contest["candidates"], "none of them is no candidate")
    electable = len(contest["candidates"]) - ("none" in rule)
    need(electable >= 1, "nobody can be elected in " + what)
    if "seats" in rule:
        integer(rule["seats"], 2, electable, "seats")
    if "ties" in rule:
        steps = array(rule["ties"], 1, len(TIE_STEPS), "ties")
        for i, step in enumerate(steps):
            one_of(step, TIE_STEPS, "a step against ties")
            need(step != method and step not in steps[:i], "a step against ties that stands twice")
            need(step != "lot" or i == len(steps) - 1, "a step behind the lot")


def check_units(contest, unit):
    """What is written in votes is a whole number of units, and of no more than all weights may have (manifest 2)."""
    rule = contest["rule"]
    absolute = [quota(rule[n], n)[0] for n in ("raters", "turnout") if n in rule] + [rule.get("phantoms")]
    need(all(x * unit <= 2**40 for x in absolute if x is not None), "more units than all weights may have")
    if rule["method"] == "sum" and "pass" in rule:
        value, _ = threshold(rule["pass"], contest["better"])
        need((value * unit).denominator == 1, "a threshold that is no whole number of units")


def has_lot(contests):
    return any("lot" in c["rule"].get("ties", ()) for c in contests)


def compact(contest):                                       # marks 4
    return all(len(name) == 1 for name in contest["levels"])


class Layout:
    """What a ballot consists of (secret 4): the options of each row; first row from 0, rows, least and most of each
    contest with bounds of approval; and the numbers that follow."""

    def __init__(self, rows, bounded=()):
        self.rows, self.bounded = list(rows), list(bounded)
        self.n, self.N, self.KY = len(rows), sum(k - 1 for k in rows), max(rows)
        self.K = max([self.KY] + [most - least + 1 for _, _, least, most in bounded])
        self.cells_size, self.proof_size = 32 * (self.n + self.N), 32 * (4 * self.n + self.K)
        self.cells = [(i, k) for i, options in enumerate(self.rows) for k in range(options - 1)]

    def items(self):
        """As it is hashed in the context (secret 5)"""
        bounds = [x for first, *more in self.bounded for x in (first + 1, *more)]
        return map(u64, [self.n, *self.rows, len(self.bounded), *bounds])


def layout_of(contests):
    rows, bounded = [], []
    for c in contests:
        if "kind" in c:
            rows.append(len(c["candidates"]) + c["blank"])
            continue
        if "approvals" in c:
            bounded.append((len(rows), len(c["candidates"]), c["approvals"]["least"], c["approvals"]["most"]))
        rows += [len(c["levels"]) + c["blank"]] * len(c["candidates"])
    return Layout(rows, bounded)


def number_of_keys(contests):                               # secret 3
    return layout_of(contests).KY - 1 + has_lot(contests)


def largest_entry(draft):
    """E of manifest 2"""
    if draft["secrecy"] == "secret":
        layout = layout_of(draft["contests"])
        return 400 + sum(-(-4 * n // 3) for n in (layout.cells_size, layout.proof_size))
    e = 400
    for c in draft["contests"]:
        longest = max(len(name.encode("utf-8")) for name in c["levels"])
        e += len(c["candidates"]) * (longest if compact(c) else longest + 1) + 3
    return e


def check_draft(draft):
    """Checks 3 to 9."""
    members(draft, "title", "secrecy", "trustees?", "contests", "lot?", "revote", "opens", "closes",
            "attempts_max", "session_timeout_s", "roll_shows", "roll_changes?", "roll_scale?", "witnesses?", "nonce")
    clean(draft["title"], 200, "the title")
    for i, contest in enumerate(array(draft["contests"], 1, 50, "contests")):
        check_contest(contest, "contest %d" % (i + 1))
    need(about_length(draft["contests"]) <= 100_000, "too much is said of candidates")
    secret = one_of(draft["secrecy"], ("open", "secret"), "secrecy") == "secret"
    need(("trustees" in draft) == secret, "trustees, if and only if secret")
    if secret:
        members(draft["trustees"], "count", "threshold")
        count = integer(draft["trustees"]["count"], 1, 50, "count")
        threshold = integer(draft["trustees"]["threshold"], 1, count, "threshold")
        need(number_of_keys(draft["contests"]) * count * threshold <= 20_000, "too much for a ceremony")
    need(("lot" in draft) == (not secret and has_lot(draft["contests"])), "lot, if and only if one may be drawn")
    if "lot" in draft:
        clean(draft["lot"], 200, "the lot")
    one_of(draft["revote"], ("last", "never"), "revote")
    times = [integer(draft[n], 0, 2**53, n) for n in ("opens", "closes") if draft[n] is not None]
    need(len(times) < 2 or times[0] < times[1], "closes before it opens")
    read_witnesses(draft)
    integer(draft["attempts_max"], 1, 100, "attempts_max")
    integer(draft["session_timeout_s"], 1, 86_400, "session_timeout_s")
    one_of(draft["roll_shows"], ("number", "name", "nothing"), "roll_shows")
    one_of(draft.get("roll_changes", "never"), ("never", "until-closing"), "roll_changes")
    if "roll_scale" in draft:
        integer(draft["roll_scale"], 1, 6, "roll_scale")
        for contest in draft["contests"]:
            check_units(contest, 10**draft["roll_scale"])
    from_b64(draft["nonce"], 32)
    need(largest_entry(draft) <= 65_535, "entries would be too long")


def read_witnesses(draft):
    """[(name, key)] of the witnesses that the draft names (log 8, manifest 2 check 7)."""
    if "witnesses" not in draft:
        return []
    members(draft["witnesses"], "quorum", "keys")
    out = []
    for text in array(draft["witnesses"]["keys"], 1, 16, "witnesses"):
        found = re.fullmatch(r"([^+]*)\+([0-9a-f]{8})\+([A-Za-z0-9+/]*={0,2})", text) if type(text) is str else None
        need(found, "a witness' key of another form")
        name, data = clean(found[1], 100, "a witness' name"), from_plain_b64(found[3])
        need(not set(name) & SPACES and len(data) == 33 and data[0] == 4, "a witness' key of another form")
        need(key_id(name, 4, data[1:]).hex() == found[2], "a witness' key id is not that of its key")
        ed_key(data[1:])
        need(all(name != n and data[1:] != k for n, k in out), "a witness twice")
        out.append((name, data[1:]))
    integer(draft["witnesses"]["quorum"], len(out) // 2 + 1, len(out), "quorum")
    return out


def check_trustees_of_manifest(e, trustees):
    """Check 13."""
    members(trustees, "keys", "ceremony", "members")
    e.keys = pieces(from_b64(trustees["keys"], 32 * number_of_keys(e.contests)))
    for key in e.keys:
        point_not_0(key, "an election key")
    need(len(set(e.keys)) == len(e.keys), "two election keys are equal")
    e.ceremony = from_b64(trustees["ceremony"], 32)
    taken = {e.board, e.organiser, *(key for _, key in e.witnesses)}
    for t in array(trustees["members"], e.count, e.count, "trustees"):
        members(t, "name", "key")
        key = from_b64(t["key"], 32)
        clean(t["name"], 100, "a trustee's name")
        ed_key(key)
        need(key not in taken, "a trustee's key that is not its own")
        taken.add(key)
        e.trustees.append((t["name"], key))


def read_manifest(raw):
    m = read_json(raw)
    members(m, "v", "draft", "keys", "roll", "session", "trustees?")
    need(m["v"] == "veche-election-2", "an unknown version")
    draft = m["draft"]
    check_draft(draft)
    e = Election()
    e.draft, e.contests, e.secret = draft, draft["contests"], draft["secrecy"] == "secret"
    e.unit = 10**draft.get("roll_scale", 0)
    e.draft_id = H("veche-draft-2", write_json(draft))
    e.id = H("veche-election-2", raw)
    keys = m["keys"]
    members(keys, "server_enc", "server_sig", "board", "organiser")
    check_rsa(keys["server_enc"], "server_enc")
    check_rsa(keys["server_sig"], "server_sig")
    need(keys["server_enc"] != keys["server_sig"], "one RSA key for two uses")
    e.board, e.organiser = from_b64(keys["board"], 32), from_b64(keys["organiser"], 32)
    ed_key(e.board)
    ed_key(e.organiser)
    need(e.board != e.organiser, "board and organiser have one key")
    e.witnesses = read_witnesses(draft)
    need(all(k not in (e.board, e.organiser) for _, k in e.witnesses), "a witness has the key of board or organiser")
    roll = m["roll"]
    members(roll, "voters", "weight", "credentials", "published")
    e.voters = integer(roll["voters"], 0, 2**64 - 1, "voters")
    e.weight = integer(roll["weight"], 1, 2**40, "weight")
    e.credentials, e.published = from_b64(roll["credentials"], 32), from_b64(roll["published"], 32)
    members(m["session"], "up_bytes", "down_bytes")
    for name, more in (("up_bytes", 1600), ("down_bytes", 3200)):
        least = -(-(largest_entry(draft) + more) // 256) * 256
        integer(m["session"][name], least, 262_144, name)
    need(("trustees" in m) == e.secret, "trustees, if and only if secret")
    e.trustees = []
    if e.secret:
        e.layout, e.with_lot = layout_of(e.contests), has_lot(e.contests)       # the lot is opened behind the sum
        e.count, e.threshold = draft["trustees"]["count"], draft["trustees"]["threshold"]
        check_trustees_of_manifest(e, m["trustees"])
    return e


# ---- Lists of voters (manifest 4) ---------------------------------------------------------------

def read_credentials(raw):
    """[(key, weight)], ascending by key."""
    need(raw.endswith(b"\n") or not raw, "the last line has no line feed")
    out = []
    for i, line in enumerate(raw.split(b"\n")[:-1]):
        found = re.fullmatch(rb"([A-Za-z0-9_-]{43}) ([1-9][0-9]{0,12})", line)
        need(found, "line %d is not a key and a weight" % (i + 1))
        key = from_b64(found[1].decode("ascii"), 32)
        ed_key(key)
        need(not out or out[-1][0] < key, "line %d is out of order" % (i + 1))
        out.append((key, int(found[2])))
    return out


def check_number(text):
    need(re.fullmatch("[A-Za-z0-9][A-Za-z0-9/_-]{0,31}", text), "not a voter number: %s" % ascii(text)[:40])


def fold(number):
    """In small letters, without zeros before another digit: of one election no two are equal so (manifest 4)."""
    return re.sub("(?<![0-9])0+(?=[0-9])", "", number.lower())


def check_roll(raw, shows, listed):
    """How many voters the roll shows, and their numbers after folding, if it shows them."""
    if shows == "nothing":
        need(raw == b"", "the roll is not empty")
        return 0, set()
    need(raw.endswith(b"\n") or not raw, "the last line has no line feed")
    seen, last, folded = set(), "", set()
    for i, line in enumerate(raw.split(b"\n")[:-1]):
        voter = read_json(line)
        members(voter, shows, "credential")
        need(type(voter[shows]) is str, "line %d: not a string" % (i + 1))
        if shows == "number":
            number = voter["number"]
            check_number(number)
            need(number > last, "line %d: numbers do not ascend" % (i + 1))     # all ASCII: the order of bytes
            need(fold(number) not in folded, "line %d: a number that differs from another in capitals or zeros alone" % (i + 1))
            last = number
            folded.add(fold(number))
        elif voter["name"]:
            clean(voter["name"], 200, "line %d: the name" % (i + 1))
        key = from_b64(voter["credential"], 32)
        need(key in listed, "line %d: the credential is not on the list" % (i + 1))
        need(key not in seen, "line %d: the credential stands there twice" % (i + 1))
        seen.add(key)
    need(seen == listed, "%d credentials have no voter" % len(listed - seen))
    return len(seen), folded


# ---- Tree, checkpoint, tiles (log 2 to 4) -------------------------------------------------------

def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(hashes):
    """The root of the tree over these leaf hashes (RFC 6962 2.1)."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    level = list(hashes)
    while len(level) > 1:           # a last one without a partner goes up as it is
        level = [node(*level[i:i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]


class Tree:
    """The roots of complete subtrees, level by level, so that the root of any beginning of the log is quickly there."""

    def __init__(self):
        self.levels = []

    def append(self, leaf):
        subtree, height = leaf, 0
        while True:
            if height == len(self.levels):
                self.levels.append(bytearray())
            level = self.levels[height]
            level += subtree
            if len(level) % 64:
                return
            subtree, height = node(level[-64:-32], level[-32:]), height + 1

    def root_at(self, size):
        """Over the first `size` leaves, no more than there are: from complete subtrees, the last and smallest first."""
        total = None
        for height, level in enumerate(self.levels):
            if size >> height & 1:
                end = 32 * (size >> height)
                left = bytes(level[end - 32:end])
                total = left if total is None else node(left, total)
        return root([]) if total is None else total


def root_from_proof(leaf, index, size, proof):
    """RFC 9162 2.1.3.2"""
    need(index < size, "the index is not below the size")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        need(sn != 0, "the proof is too long")
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "the proof is too short")
    return r


def key_id(name, kind, key):
    """Of a signed note (log 3): `kind` is 1 for the board, 4 for a witness."""
    return hashlib.sha256(name.encode("utf-8") + bytes([10, kind]) + key).digest()[:4]


def open_checkpoint(raw, origin, board):
    """(size, root, what is signed, [(name, key id and signature)]) of a checkpoint that the board has signed."""
    need(len(raw) <= 16_384, "the checkpoint is too long")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Fail("the checkpoint is not UTF-8") from None
    body, empty, rest = text.partition("\n\n")
    lines = body.split("\n")
    need(empty and len(lines) == 3, "not three lines and an empty one")
    need(re.fullmatch("0|[1-9][0-9]{0,19}", lines[1]) and int(lines[1]) < 2**64, "the size is no number")
    tree = from_plain_b64(lines[2])
    need(len(tree) == 32, "the root has not 32 bytes")
    need(lines[0] == origin, "the checkpoint is of another log")
    need(rest.endswith("\n"), "no signature line, or no line feed behind it")
    boards = key_id(origin, 1, board)
    signed, signatures = (body + "\n").encode("utf-8"), []
    for line in rest[:-1].split("\n"):
        found = re.fullmatch("\u2014 ([^ ]+) ([^ ]+)", line)
        need(found, "a signature line of another form")
        data = from_plain_b64(found[2])
        need(len(data) >= 4, "a signature line is too short")
        if found[1] == origin and data[:4] == boards:
            need(ed_verify(board, signed, data[4:]), "the board's signature does not verify")
        signatures.append((found[1], data))
    need((origin, boards) in [(n, d[:4]) for n, d in signatures], "the board has not signed the checkpoint")
    return int(lines[1]), tree, signed, signatures


def check_cosignatures(e, signed, signatures):
    """The board's line first and once, then named witnesses in their order, a quorum of them (log 8). [(name, time)]"""
    name, data = signatures[0]
    origin = "veche/" + to_b64(e.id)
    need(name == origin and data[:4] == key_id(origin, 1, e.board), "the first signature is not the board's")
    left, cosigned = list(e.witnesses), []
    for name, data in signatures[1:]:
        while left and (left[0][0] != name or key_id(name, 4, left[0][1]) != data[:4]):
            left.pop(0)
        need(left, "a signature line of nobody whom the manifest names, or out of order")
        _, key = left.pop(0)
        need(len(data) == 76, "a cosignature of another length")
        time = int.from_bytes(data[4:12], "big")
        text = b"cosignature/v1\ntime %d\n" % time + signed
        need(time < 2**63 and ed_verify(key, text, data[12:]), "the cosignature of %s does not verify" % ascii(name))
        cosigned.append((name, time))
    if e.witnesses:
        need(len(signatures) - 1 >= e.draft["witnesses"]["quorum"], "fewer cosignatures than the quorum")
    return cosigned


def tile_path(level, n, width):
    parts = ["%03d" % (n % 1000)]
    while n >= 1000:
        n //= 1000
        parts.insert(0, "x%03d" % (n % 1000))
    return "tile/%s/%s" % (level, "/".join(parts)) + ("" if width == 256 else ".p/%d" % width)


def tiles_of(level, count):
    """(path, first, width) of each tile or bundle over `count` hashes or entries."""
    for first in range(0, count, 256):
        width = min(256, count - first)
        yield tile_path(level, first // 256, width), first, width


# ---- Marks (marks 4) ----------------------------------------------------------------------------

def read_marks(contest, text):
    """For each candidate the index of the level, or the number of levels for "no opinion"."""
    need(type(text) is str, "marks are not a text")
    marks = list(text) if compact(contest) else text.split(",")
    need(len(marks) == len(contest["candidates"]), "another number of marks than of candidates")
    options = contest["levels"] + (["*"] if contest["blank"] else [])
    need(all(m in options for m in marks), "a mark that is not on the scale")
    if "kind" in contest:
        need(set(marks) == {"*"} or (marks.count("1") == 1 and marks.count("0") == len(marks) - 1),
             "not exactly one candidate is chosen")
    if "approvals" in contest:
        need(contest["approvals"]["least"] <= marks.count("1") <= contest["approvals"]["most"],
             "%d candidates have 1, which is out of bounds" % marks.count("1"))
    return [options.index(m) if m != "*" else len(contest["levels"]) for m in marks]


# ---- The secret ballot's proof (secret 5 and 6) -------------------------------------------------

class Keys:
    """The keys of the ballots, and the masks (secret 3), prepared for being added."""

    def __init__(self, layout, keys, election):
        self.list = b"".join(keys[:layout.KY - 1])
        self.Y = [niels(decode(key)) for key in pieces(self.list)]
        self.Z = [niels(affine(hashed_point("veche-ballot-mask-2", election, u64(d)))) for d in range(layout.K - 1)]


class Equation:
    """sum of scalar * point + base * B + sum of y * Y + sum of z * Z, which is 0 if the ballot's proof holds."""

    def __init__(self, layout):
        self.scalars, self.points, self.base = [], [], 0
        self.y, self.z = [0] * (layout.KY - 1), [0] * (layout.K - 1)

    def put(self, k, p):
        self.scalars.append(k)
        self.points.append(p)


class SecretBallot:
    """A ballot that has passed S1 to S6, with its challenges."""

    def __init__(self, layout, keys, election, credential, seq, prev, cells, proof):
        n, K = layout.n, layout.K
        need(len(cells) == layout.cells_size, "S1: cells have another length")
        need(len(proof) == layout.proof_size, "S2: the proof has another length")
        commitments = proof[:32 * (2 * n + K)]
        numbers = [scalar(x, "S3: a number of the proof") for x in pieces(proof[len(commitments):])]
        self.f, self.z = numbers[:n], numbers[n:]
        points = [niels(point_not_0(x, "S4: a piece of the proof")) for x in pieces(commitments)]
        self.S, self.A, self.com = points[:n], points[n:2 * n], points[2 * n:]
        self.points = [niels(point_not_0(x, "S5: a piece of cells")) for x in pieces(cells)]
        need(len(set(pieces(cells[:32 * n]))) == n, "S6: two rows have the same R")
        self.R, self.C = self.points[:n], self.points[n:]
        self.context = T("veche-ballot-context-2", election, keys.list, *layout.items(), credential, u64(seq), prev)
        self.statement = T("veche-ballot-statement-2", self.context, cells)
        self.gamma = S("veche-ballot-gamma-2", self.statement)
        self.rho = S("veche-ballot-rho-2", self.statement)
        self.c = S("veche-ballot-challenge-2", self.statement, commitments)
        self.layout = layout

    def p(self):
        """p of S8"""
        rows, c, K, total = self.layout.rows, self.c, self.layout.K, 0
        for i, (options, f) in enumerate(zip(rows, self.f)):
            product = pow(self.rho, i, Q) * pow(c, K - options, Q) * f % Q
            for k in range(options - 1):
                product = product * (f - c * pow(self.gamma, k, Q)) % Q
            total += product
        for t, (first, count, least, most) in enumerate(self.layout.bounded):
            f = sum(self.f[first:first + count])
            product = pow(self.rho, len(rows) + t, Q) * pow(c, K - (most - least + 1), Q) % Q
            for j in range(count - most, count - least + 1):
                product = product * (f - c * j) % Q
            total += product
        return total % Q

    def equation(self, s7=True, s8=True):
        """All equations of S7 and S8 as one. Each has its own random weight."""
        def weight(wanted):
            return secrets.randbits(128) if wanted else 0
        e, c, at = Equation(self.layout), self.c, 0
        for i, options in enumerate(self.layout.rows):
            wr, wc, z = weight(s7), weight(s7), self.z[i]
            e.put(wr * c, self.R[i])                        # c*R + S - z*B
            e.put(wr, self.S[i])
            e.base -= wr * z
            factor = wc
            for k in range(options - 1):                    # c*C* + A - f*B - z*Y*
                e.put(factor * c, self.C[at + k])
                e.y[k] -= factor * z
                factor = factor * self.gamma % Q
            at += options - 1
            e.put(wc, self.A[i])
            e.base -= wc * self.f[i]
        factor = weight(s8)
        e.base -= factor * self.p()
        for d in range(self.layout.K):                      # sum of c^d*Com - p*B - z_1 * sum of c^d*Z
            e.put(factor, self.com[d])
            if d < self.layout.K - 1:
                e.z[d] -= factor * self.z[0]
            factor = factor * c % Q
        return e


def all_hold(equations, keys):
    """Are they all 0? One multiplication for all; wrong with probability 2^-128."""
    scalars = [k for e in equations for k in e.scalars] + [sum(e.base for e in equations)]
    scalars += [sum(column) for column in zip(*(e.y + e.z for e in equations), strict=True)]
    points = [p for e in equations for p in e.points] + [niels(BASE)] + keys.Y + keys.Z
    return same(msm(scalars, points), IDENTITY)


def false_proofs(ballots, keys):
    """Those of [(index, SecretBallot)] whose proof does not hold, as {index: text}."""
    if not ballots or all_hold([b.equation() for _, b in ballots], keys):
        return {}
    if len(ballots) > 1:
        half = len(ballots) // 2
        return {**false_proofs(ballots[:half], keys), **false_proofs(ballots[half:], keys)}
    index, ballot = ballots[0]
    which = "S7" if not all_hold([ballot.equation(s8=False)], keys) else "S8"
    return {index: which + ": the proof does not hold"}


# ---- Shares and the equality of logarithms (secret 9 to 11) -------------------------------------

def check_dleq(label, items, X, bases, images, places, proof):
    """D2 to D5. X, bases and images are encodings; `places` says of each image to which base and key it belongs, from 0.
    The images as points come back."""
    sure(len(images) == len(places), "D1: check_share has counted; where there are no places nobody brings images")
    A = [niels(point(x, "a base")) for x in bases]
    points = [point(x, "D2: a value") for x in images]
    need(len(proof) == 32 * (len(X) + 1), "D3: the proof has another length")
    c, *s = [scalar(x, "D3: a number of the proof") for x in pieces(proof)]
    claim = T(label, *items, b"".join(X), b"".join(bases), b"".join(images))
    w = [S("veche-dleq-weight-2", claim, u64(j)) for j in range(len(images))]
    base = []
    for k in range(len(X)):
        mine = [j for j, (_, key) in enumerate(places) if key == k]
        base.append(msm([w[j] for j in mine], [A[places[j][0]] for j in mine]) if mine else IDENTITY)
    image = msm(w, [niels(p) for p in points]) if points else IDENTITY
    first = [encode(add(mul_base(x), mul(c, negative(point(key, "a key"))))) for x, key in zip(s, X)]
    second = mul(c, negative(image))
    if points:
        second = add(second, msm(s, [niels(affine(p)) for p in base]))
    again = S("veche-dleq-challenge-2", claim, b"".join(map(encode, base)), encode(image), b"".join(first), encode(second))
    need(again == c, "D4: the proof does not hold")
    need(len(set(first)) == len(first), "D5: one mask for two keys")
    return points


def check_rehearsal(election, number, X, proof):
    check_dleq("veche-rehearsal-2", (election, u64(number)), X, [], [], [], proof)


def check_share(layout, draft, election, leaf, number, X, cells, with_lot, values, proof):
    bases, places = pieces(cells[:32 * layout.n]), list(layout.cells)
    if with_lot:
        places.append((len(bases), layout.KY - 1))
        bases.append(encode(hashed_point("veche-lot-point-2", draft)))
    need(len(values) == 32 * len(places), "D1: another number of values")
    return check_dleq("veche-share-2", (election, leaf, u64(number)), X, bases, pieces(values), places, proof)


def combine(shares, layout, cells):
    """The opened points M_ik, and that of the lot if there is one (secret 10); shares are {number of the trustee: points}."""
    factors = {}
    for i in shares:
        top = math.prod(j for j in shares if j != i)
        bottom = math.prod(j - i for j in shares if j != i)
        factors[i] = top * pow(bottom, -1, Q) % Q
    together = [msm(factors.values(), [niels(affine(p)) for p in column])
                for column in zip(*(shares[i] for i in factors), strict=True)]
    C = pieces(cells[32 * layout.n:])
    opened = [add(point(x, "a cell of the sum"), negative(p)) for x, p in zip(C, together)]
    return opened, together[len(C)] if len(together) > len(C) else None


def numbers_in(points, limit, guesses):
    """T1: m with m*B = point and 0 <= m <= limit. A guess is only taken if it is right."""
    step, table, out = math.isqrt(limit) + 1, {}, []
    for j, p in enumerate(points):
        if j < len(guesses) and same(mul_base(guesses[j] % Q), p):
            out.append(guesses[j])
            continue
        if not table:                                       # baby steps
            r = IDENTITY
            for u in range(step):
                table[encode(r)] = u
                r = add(r, BASE)
        giant, found = negative(mul_base(step)), None
        for v in range(step):
            u = table.get(encode(p))
            if u is not None:
                found = v * step + u
                break
            p = add(p, giant)
        need(found is not None, "T1: opened number %d is none" % j)
        out.append(found)
    need(all(0 <= m <= limit for m in out), "T1: an opened number is more than the weight")
    return out


def figures_from_sum(contests, numbers, weight):
    """For each candidate the weight of each level and, last, of "no opinion" (secret 11)."""
    rows, j = [], 0
    for options in layout_of(contests).rows:
        row = numbers[j:j + options - 1]
        need(sum(row) <= weight, "T2: a row holds more than the weight")
        rows.append(row + [weight - sum(row)])
        j += options - 1
    out = []
    for c in contests:
        count = len(c["candidates"])
        if "kind" in c:
            row = rows.pop(0)
            none = row[count] if c["blank"] else 0
            out.append([[weight - none - row[i], row[i], none] for i in range(count)])
            continue
        if "approvals" in c:
            approvals = sum(row[1] for row in rows[:count])
            need(c["approvals"]["least"] * weight <= approvals <= c["approvals"]["most"] * weight,
                 "T3: the approvals of a contest are out of bounds")
        out.append([row if c["blank"] else row + [0] for row in rows[:count]])
        del rows[:count]
    return out


def guesses_from(contests, raw):
    """What result.json says the sum holds: a help for numbers_in and trusted with nothing."""
    try:
        out = []
        for c, r in zip(contests, json.loads(raw)["contests"]):
            rows = [list(x["histogram"].values())[:len(c["levels"]) + c["blank"]] for x in r["candidates"]]
            if "kind" in c:
                rows = [[row[1] for row in rows] + rows[0][2:]]
            out += [m for row in rows for m in row[:-1]]
        return out if all(type(m) is int and 0 <= m <= 2**40 for m in out) else []
    except Exception:
        return []


# ---- The result (results) -----------------------------------------------------------------------

def fraction(x):
    return None if x is None else "%d/%d" % (x.numerator, x.denominator)


def at_position(cells, position):
    """The value at a position, counted from 0, of the values each repeated by its weight"""
    for value, weight in cells:
        if position < weight:
            return value
        position -= weight
    raise AssertionError("positions are below the sum of all weights")


def median_of(cells):
    n = sum(w for _, w in cells)
    return Fraction(at_position(cells, (n - 1) // 2) + at_position(cells, n // 2), 2) if n else None


class Candidate:
    """The figures of one candidate (results 3 and 4). `cells` go from the worst level to the best."""

    def __init__(self, contest, number, weights, unit=1):
        values, rule = level_values(contest["levels"]), contest["rule"]
        self.number, self.name, self.weights = number, contest["candidates"][number], weights
        self.given = list(zip(values, weights))             # without the weight of "no opinion", which is last
        self.raters = sum(weights[:-1])
        self.cells = list(self.given)
        if contest["better"] == "lower":
            self.cells.reverse()
        self.worst, self.best = self.cells[0][1], self.cells[-1][1]
        more = weights[-1] if "blanks" in rule else 0
        self.rated = self.raters + more > 0
        if self.rated:
            self.cells[0] = (self.cells[0][0], self.worst + more + rule.get("phantoms", 0) * unit)
        self.sign = 1 if contest["better"] == "higher" else -1
        self.n = sum(w for _, w in self.cells)
        self.score = self.figure(rule["method"]) if self.rated else None
        self.place, self.status = None, None

    def figure(self, step):
        """What a step compares, as a number"""
        if step == "sum":
            return Fraction(sum(v * w for v, w in self.cells))
        if step == "mean":
            return Fraction(sum(v * w for v, w in self.cells), self.n)
        if step == "median":
            return median_of(self.cells)
        if step == "majority-judgment":
            return Fraction(at_position(self.cells, (self.n - 1) // 2))
        return {"more-raters": self.raters, "more-best": self.best, "fewer-worst": self.worst}[step]

    def gauge(self):
        grade = self.figure("majority-judgment") * self.sign
        return tuple(Fraction(sum(w for v, w in self.cells if side * v * self.sign > side * grade), self.n)
                     for side in (1, -1))

    def shown(self, step):
        if step == "majority-judgment":
            return "+%s -%s" % tuple(map(fraction, self.gauge()))
        value = self.figure(step)
        return fraction(value) if step in METHODS else str(value)

    def walls(self):
        """The parts of all marks at which one level ends and the next begins, from the worst level on"""
        below, out = Fraction(0), []
        for value, weight in self.cells:
            if weight:
                below += Fraction(weight, self.n)
                out.append((below, value))
        return out

    def level_at(self, part):
        """The level that holds the marks just below this part of all marks"""
        return next(value for wall, value in self.walls() if part <= wall)

    def level_from(self, part):
        """The level that holds the marks just above it"""
        return next(value for wall, value in self.walls() if part < wall)


def compare_majority(a, b):
    """Going from the middle outwards (results 5): below 0 if `a` comes first"""
    half = Fraction(1, 2)
    turns = {abs(wall - half) for c in (a, b) for wall, _ in c.walls()} | {Fraction(0)}
    for turn in sorted(turns - {half}):                     # what follows each turn, first on the worse side
        for x, y in ((a.level_at(half - turn), b.level_at(half - turn)),
                     (a.level_from(half + turn), b.level_from(half + turn))):
            if x != y:
                return (y - x) * a.sign
    return 0


def compare(a, b, step):
    if step == "lot":
        return 0
    if step == "majority-judgment":
        return compare_majority(a, b)
    sign = a.sign if step in METHODS else -1 if step == "fewer-worst" else 1
    return (b.figure(step) - a.figure(step)) * sign


def compare_all(a, b, steps):
    return next((x for x in (compare(a, b, step) for step in steps) if x), 0)


def groups_of(candidates, equal):
    """Neighbours that are equal, together"""
    out = []
    for c in candidates:
        if out and equal(out[-1][-1], c):
            out[-1].append(c)
        else:
            out.append([c])
    return out


def enough(text, weight, whole, unit):
    """`weight` and `whole` in units, the quota in votes"""
    least, part, strict = quota(text, "a quota")
    needed = least * unit if part is None else part * whole
    return weight > needed or (not strict and weight == needed)


def standing(contest, c, weight, unit):
    """What is said of a candidate alone"""
    rule = contest["rule"]
    if not c.rated:
        return "unrated"
    if "raters" in rule and not enough(rule["raters"], c.raters, weight, unit):
        return "few-raters"
    if c.name == rule.get("none"):
        return "none"
    if "pass" in rule:
        value, reached = threshold(rule["pass"], contest["better"])
        value *= unit if rule["method"] == "sum" else 1
        if not ((c.score - value) * c.sign > 0 or (reached and c.score == value)):
            return "below-threshold"
    return "ranked"


def reason_of(candidates, none, weight, turnout):
    """Why nobody won and nobody shares the last seats"""
    if not weight:
        return "no-ballots"
    if not turnout:
        return "turnout"
    seen = {c.status for c in candidates if c.name != none} - {"withdrawn"}
    if not seen:
        return "withdrawn"
    out = set()
    for status in ("unrated", "few-raters", "below-threshold"):
        out.add(status)
        if seen <= out:
            return status
    return "behind-none"


def lot_seed(draft_id, value, closed):                      # results 6
    return H("veche-lot-2", draft_id, value, closed)


def ticket_number(seed, contest, candidate):
    """Both counted from 1"""
    return H("veche-lot-ticket-1", seed, u64(contest), u64(candidate))


def ticket(seed, contest, c):
    return ticket_number(seed, contest + 1, c.number + 1)


def explain(group, steps, lot, drawn):
    """What was compared between candidates of equal score"""
    out, used = [], []
    for step in steps:
        if step == "lot" or all(compare_all(a, b, used) for a, b in zip(group, group[1:])):
            break
        out.append({"step": step, "values": [c.shown(step) for c in group]})
        used.append(step)
    if any(c in drawn for c in group):
        out.append({"step": "lot", "values": [to_b64(lot(c)) if c in drawn else "" for c in group]})
    return {"candidates": [c.name for c in group], "steps": out}


def result_of_contest(contest, index, figures, weight, roll, seed, unit, withdrawn):
    """The contest of `result.json`, and whether a lot has decided"""
    rule, method = contest["rule"], contest["rule"]["method"]
    steps = [method] + rule.get("ties", [])
    candidates = [Candidate(contest, i, w, unit) for i, w in enumerate(figures)]
    for c in candidates:
        c.status = "withdrawn" if c.number in withdrawn else standing(contest, c, weight, unit)
    ranked = [c for c in candidates if c.status not in ("unrated", "few-raters", "withdrawn")]
    ranked.sort(key=functools.cmp_to_key(lambda a, b: compare_all(a, b, steps)))
    for none in [c for c in ranked if c.status == "none"]:
        for c in ranked:
            if c.status == "ranked" and compare_all(c, none, steps) >= 0:
                c.status = "behind-none"
    turnout = "turnout" not in rule or enough(rule["turnout"], weight, roll, unit)
    eligible = [c for c in ranked if c.status == "ranked"] if turnout else []
    free, drawn = rule.get("seats", 1), []
    for group in groups_of(eligible, lambda a, b: compare_all(a, b, steps) == 0):
        if len(group) > free:
            if free and steps[-1] == "lot":
                need(seed is not None, "a lot has to decide, and none was drawn")
                drawn = sorted(group, key=lambda c: ticket(seed, index, c))
                for i, c in enumerate(drawn):
                    c.status = "winner" if i < free else "ranked"
            elif free:
                for c in group:
                    c.status = "tied"
            break
        for c in group:
            c.status = "winner"
        free -= len(group)
    if drawn:
        first = ranked.index(min(drawn, key=ranked.index))
        ranked[first:first + len(drawn)] = drawn
    for i, c in enumerate(ranked):
        above = ranked[i - 1] if i else None
        shares = above and c not in drawn and compare_all(above, c, steps) == 0
        c.place = above.place if shares else i + 1
    tied_scores = [g for g in groups_of(ranked, lambda a, b: a.score == b.score) if len(g) > 1]
    needed = steps if method == "majority-judgment" else steps[1:]
    ties = [explain(g, needed, lambda c: ticket(seed, index, c), drawn) for g in tied_scores]
    by_place = sorted(ranked, key=lambda c: (c.place, c.number))
    winners, tied = ([c.name for c in by_place if c.status == s] for s in ("winner", "tied"))
    gone = [{"candidate": contest["candidates"][i], "ballots": n} for i, n in withdrawn.items()]
    return {"title": contest["title"], "method": method, "candidates": [shown_candidate(contest, c) for c in candidates],
            **({"withdrawn": gone} if gone else {}), "ties": ties, "winners": winners, "tied": tied,
            "reason": None if winners or tied else reason_of(candidates, rule.get("none"), weight, turnout)}, bool(drawn)


def shown_candidate(contest, c):
    total = sum(v * w for v, w in c.given)
    return {"name": c.name, "place": c.place, "status": c.status, "score": fraction(c.score), "sum": total,
            "mean": fraction(Fraction(total, c.raters)) if c.raters else None, "median": fraction(median_of(c.given)),
            "raters": c.raters, "histogram": dict(zip(contest["levels"] + ["*"], c.weights, strict=True))}


def result_json(e, ballots, weight, figures, lot=None, closed=None, rolls=None, withdrawn=()):
    """`lot`: what was drawn, as text, or the point that the trustees opened, as bytes; `closed`: the root at the closing;
    `rolls`: voters and weight by which turnout is measured, and at the closing; `withdrawn`: {(contest, candidate): ballots}"""
    (voters, roll), at_closing = rolls or ((e.voters, e.weight),) * 2
    value = lot.encode("utf-8") if type(lot) is str else lot
    seed = None if lot is None else lot_seed(e.draft_id, value, closed)
    gone = [{k: n for (contest, k), n in dict(withdrawn).items() if contest == i} for i in range(len(e.contests))]
    contests = [result_of_contest(c, i, f, weight, roll, seed, e.unit, gone[i])
                for i, (c, f) in enumerate(zip(e.contests, figures, strict=True))]
    out = {"v": "veche-result-2", "election": to_b64(e.id)}
    if e.unit > 1:
        out["scale"] = e.draft["roll_scale"]
    out.update(voters=voters, voters_weight=roll)
    if at_closing != (voters, roll):
        out["at_closing"] = {"voters": at_closing[0], "weight": at_closing[1]}
    out.update(ballots=ballots, weight=weight)
    if any(drew for _, drew in contests):
        out["lot"] = {"drawn": lot, "seed": to_b64(seed)} if type(lot) is str else {"seed": to_b64(seed)}
    out["contests"] = [c for c, _ in contests]
    return write_json(out)


# ---- Entries, their checks without state (entry 5 and 6) ----------------------------------------

ACTS = {                # members behind `type`; who may sign; in which phases; the phase after it
    "setup": ((), ("organiser",), ("new",), "setup"),
    "rehearsal": (("trustee", "proof"), ("trustee",), ("setup",), None),
    "opening": ((), ("organiser", "board"), ("setup",), "open"),
    "pause": (("reason",), ("organiser",), ("open",), "paused"),
    "resume": (("reason",), ("organiser",), ("paused",), "open"),
    "extend": (("closes", "late?", "reason"), ("organiser",), ("setup", "open", "paused"), None),
    "replace": (("old", "new", "reason"), ("organiser",), ("setup", "open", "paused"), None),
    "add": (("credential", "number?", "name?", "weight", "reason"), ("organiser",), ("setup", "open", "paused"), None),
    "strike": (("credential", "reason"), ("organiser",), ("setup", "open", "paused"), None),
    "withdraw": (("contest", "candidate", "reason"), ("organiser",), ("setup", "open", "paused"), None),
    "cancel": (("reason",), ("organiser",), ("setup", "open", "paused"), "cancelled"),
    "closing": ((), ("organiser", "board"), ("open", "paused"), "closed"),
    "lot": (("drawn",), ("organiser",), ("closed",), None),
    "sum": (("ballots", "weight", "cells"), ("board",), ("closed",), "summed"),
    "share": (("trustee", "values", "proof"), ("trustee",), ("summed",), None),
    "result": (("hash",), ("board",), ("closed", "summed"), "finished"),
    "booth": (("hash",), ("board",), ("setup", "open", "paused"), None),
}


def parse_entry(e, raw):
    """All checks that need no state but those of signature and proof, which are done in bulk."""
    sure(len(raw) <= 65_535, "a bundle says lengths in two bytes (log 4)")
    entry = read_json(raw)
    if raw.startswith(b'{"v":"veche-control-'):
        return parse_control(e, entry)
    members(entry, "v", "election", "credential", "seq", "prev", "ballot", "sig")
    need(entry["v"] == "veche-entry-2", "an unknown version")
    need(from_b64(entry["election"], 32) == e.id, "of another election")
    entry["credential"] = from_b64(entry["credential"], 32)
    ed_key(entry["credential"])
    integer(entry["seq"], 1, 2**31, "seq")
    entry["prev"], entry["sig"] = from_b64(entry["prev"], 32), from_b64(entry["sig"], 64)
    ballot = entry["ballot"]
    need(type(ballot) is dict and ballot.get("kind") == e.draft["secrecy"], "a ballot of another kind")
    if e.secret:
        members(ballot, "kind", "cells", "proof")
        entry["secret"] = from_b64(ballot["cells"]), from_b64(ballot["proof"])
    else:
        members(ballot, "kind", "marks")
        texts = array(ballot["marks"], len(e.contests), len(e.contests), "marks")
        entry["marks"] = [read_marks(c, text) for c, text in zip(e.contests, texts)]
    entry["key"] = entry["credential"]
    return entry


def parse_control(e, entry):
    members(entry, "v", "election", "n", "prev", "seen", "at", "by", "act", "sig")
    need(entry["v"] == "veche-control-2", "an unknown version")
    need(from_b64(entry["election"], 32) == e.id, "of another election")
    integer(entry["n"], 1, 2**31, "n")
    integer(entry["at"], 0, 2**53, "at")
    entry["prev"], entry["sig"] = from_b64(entry["prev"], 32), from_b64(entry["sig"], 64)
    members(entry["seen"], "size", "root")
    entry["seen"] = integer(entry["seen"]["size"], 0, 2**64 - 1, "size"), from_b64(entry["seen"]["root"], 32)
    by, act = one_of(entry["by"], ("organiser", "board", "trustee"), "by"), entry["act"]
    need(type(act) is dict and type(act.get("type")) is str and act["type"] in ACTS, "an unknown act")
    members(act, "type", *ACTS[act["type"]][0])
    sizes = {"proof": 32 * (len(e.keys) + 1), "hash": 32, "old": 32, "new": 32, "credential": 32}
    if e.secret:
        sizes.update(values=32 * (e.layout.N + e.with_lot), cells=e.layout.cells_size)
    for name, value in act.items():
        if name in sizes:
            act[name] = from_b64(value, sizes[name])
        elif name in ("trustee", "ballots", "weight"):
            integer(value, 1 if name == "trustee" else 0, 2**64 - 1, name)
        elif name == "closes":
            integer(value, 0, 2**53, name)
        elif name == "late":
            need(value is True, "late is true, or is not there")
        elif name == "reason":
            clean(value, 500, name)
        elif name == "drawn":
            clean(value, 200, name)
            need(re.fullmatch("(0|[1-9][0-9]*)( (0|[1-9][0-9]*))*", value), "what was drawn is numbers in one form")
        if name in ("old", "new", "credential"):
            ed_key(act[name])
    if act["type"] == "withdraw":                           # entry 6
        integer(act["contest"], 1, len(e.contests), "contest")
        contest = e.contests[act["contest"] - 1]
        need(act["candidate"] in contest["candidates"] and act["candidate"] != contest["rule"].get("none"), "no such candidate")
    if act["type"] in ("add", "strike"):
        check_roll_change(act, e.draft["roll_shows"])
    if by == "trustee":
        need(act["type"] in ("rehearsal", "share") and act["trustee"] <= e.count, "not for a trustee to sign")
        entry["key"] = e.trustees[act["trustee"] - 1][1]
    else:
        entry["key"] = e.board if by == "board" else e.organiser
    return entry


ROLL_REASONS = ("mistake", "joined", "left", "died", "decision")


def check_roll_change(act, shows):                          # entry 9
    if act["type"] == "add":
        integer(act["weight"], 1, 2**40, "weight")
        for name in ("number", "name"):
            need((name in act) == (shows == name), "an act that says something else of a voter than the roll")
        if "number" in act:
            need(type(act["number"]) is str, "a number that is no string")
            check_number(act["number"])
        if act.get("name", "") != "":
            clean(act["name"], 200, "the name")
    if shows == "nothing":
        one_of(act["reason"], ROLL_REASONS, "the reason")


# ---- The log: checks against what came before ---------------------------------------------------

class Place:
    """A line of `credentials`, or what an act has added: one voter."""

    def __init__(self, weight):
        self.weight, self.seq, self.prev, self.index, self.marks, self.struck = weight, 0, ZEROS, None, None, False


class Log:
    """Goes through the entries. What needs much arithmetic is noted, and done by `finish_checks`."""

    def __init__(self, election, credentials, numbers=()):
        self.e, self.phase, self.closes = election, "new", election.draft["closes"]
        self.in_force = {key: Place(weight) for key, weight in credentials}
        self.places = list(self.in_force.values())
        self.ever = set(self.in_force)
        self.numbers = set(numbers)         # that somebody has or had, after folding
        self.at_setup, self.struck_before = len(self.places), (0, 0)
        # Carried along, as every act would otherwise go through all places: the weight of all that ever were; how many of
        # them are not struck, and how many of these have voted.
        self.all_weight, self.left, self.voted = sum(p.weight for p in self.places), len(self.places), 0
        self.n, self.prev = 0, ZEROS
        self.tree, self.with_control, self.unseen = Tree(), 0, []
        self.withdrawn = {}                 # (contest, candidate), from 0 -> ballots that counted
        self.booths, self.booth_prev = [], ZEROS                          # [(index, hash)], the leaf of the last of these acts
        self.replaced = []                  # (index, weight, reason)
        self.late_extensions = []           # (index, minutes, ballots that counted)
        self.last_act, self.back_dated = None, []   # (index, act, at); (index, act, seconds, index and act before)
        self.closed_at, self.root_at_closing = None, None
        self.ballots = self.controls = 0
        self.rehearsed, self.shared = set(), set()
        self.signatures = []                # (index, key, signed bytes, signature)
        self.proofs = []                    # (index, credential, seq, prev, cells, proof)
        self.late = []                      # (index, act, leaf hash)

    def append(self, index, raw):
        entry = parse_entry(self.e, raw)
        self.signatures.append((index, entry["key"], signed_part(raw, entry["v"]), entry["sig"]))
        if "act" in entry:
            self.control(index, entry, leaf_hash(raw))
            self.controls += 1
        else:
            if self.e.secret:
                self.proofs.append((index, entry["credential"], entry["seq"], entry["prev"], *entry["secret"]))
            self.ballot(index, entry, leaf_hash(raw))
            self.ballots += 1
        self.tree.append(leaf_hash(raw))
        if entry.get("act", {}).get("type") == "closing":
            self.root_at_closing = self.tree.root_at(index + 1)

    def ballot(self, index, entry, leaf):
        need(entry["credential"] in self.in_force, "the credential is unknown or replaced")
        place = self.in_force[entry["credential"]]
        need(not place.struck, "the place was struck")
        need(self.phase == "open", "the election is " + self.phase)
        need(self.e.draft["revote"] == "last" or place.seq == 0, "a second vote")
        need(entry["seq"] == place.seq + 1 and entry["prev"] == place.prev, "not the next of its voter's chain")
        self.voted += place.index is None
        place.seq, place.prev, place.index, place.marks = entry["seq"], leaf, index, entry.get("marks")

    def control(self, index, entry, leaf):
        act, by = entry["act"], entry["by"]
        kind = act["type"]
        if kind == "booth":
            self.booth(index, entry, leaf)
            return
        need(entry["n"] == self.n + 1 and entry["prev"] == self.prev, "not the next control entry")
        size, seen_root = entry["seen"]
        need(self.with_control <= size <= index, "its signer saw no log of %d to %d entries" % (self.with_control, index))
        need(self.tree.root_at(size) == seen_root, "its signer saw another log")
        if size < index:
            self.unseen.append((index, kind, index - size))
        if self.last_act and self.last_act[2] - entry["at"] > CLOCKS_DIFFER_S:
            self.back_dated.append((index, kind, self.last_act[2] - entry["at"], *self.last_act[:2]))
        self.last_act = index, kind, entry["at"]
        _, signers, phases, after = ACTS[kind]
        need(self.phase in phases, "%s while the election is %s" % (kind, self.phase))
        need(kind != "sum" or self.e.secret, "a sum in an open election")
        need(kind != "lot" or not self.e.secret, "a lot drawn in a secret election")
        need(kind != "result" or self.e.secret == (self.phase == "summed"), "a result before the sum")
        need(by in signers, "%s signed by the %s" % (kind, by))
        if by == "board" and kind in ("opening", "closing"):
            time = self.e.draft["opens"] if kind == "opening" else self.closes
            need(time is not None and entry["at"] >= time, kind + " by the board before its time")
        if kind in ("setup", "opening", "extend"):
            closes = act.get("closes", self.closes)
            need(closes is None or closes > entry["at"], "a closing time that has come already")
        if kind == "extend":
            need(self.closes is not None and act["closes"] > self.closes, "not later than the closing time")
            need(("late" in act) == (entry["at"] >= self.closes), "late where it is not, or not where it is")
            if "late" in act:
                minutes = (entry["at"] - self.closes + 59) // 60
                self.late_extensions.append((index, minutes, self.voted))
            self.closes = act["closes"]
        elif kind == "replace":
            need(act["old"] in self.in_force, "the old credential is not in force")
            need(not self.in_force[act["old"]].struck, "the place was struck")
            need(act["new"] not in self.ever, "the new credential was one before")
            self.in_force[act["new"]] = self.in_force.pop(act["old"])
            self.replaced.append((index, self.in_force[act["new"]].weight, act["reason"]))
            self.ever.add(act["new"])
        elif kind == "withdraw":
            contest = act["contest"] - 1
            place = contest, self.e.contests[contest]["candidates"].index(act["candidate"])
            need(place not in self.withdrawn, "withdrawn already")
            self.withdrawn[place] = len(self.counting())
        elif kind in ("add", "strike"):
            self.roll_change(act)
        elif kind in ("rehearsal", "share"):
            done = self.rehearsed if kind == "rehearsal" else self.shared
            need(act["trustee"] not in done, "a second %s of trustee %d" % (kind, act["trustee"]))
            done.add(act["trustee"])
        elif kind == "closing":
            self.closed_at = entry["at"]
        elif kind == "opening":
            self.struck_before = sum(p.struck for p in self.places), sum(p.weight for p in self.places if p.struck)
            need(len(self.rehearsed) == self.e.count, "not every trustee has rehearsed")
        elif kind == "result":
            need(not self.e.secret or len(self.shared) >= self.e.threshold, "fewer shares than the threshold")
        if kind in ("rehearsal", "sum", "share", "lot", "result"):
            self.late.append((index, act, leaf))
        self.n, self.prev, self.phase, self.with_control = entry["n"], leaf, after or self.phase, index + 1

    def booth(self, index, entry, leaf):                    # entry 10
        need(entry["n"] == len(self.booths) + 1 and entry["prev"] == self.booth_prev, "not the next entry that names a booth")
        need(entry["seen"] == (index, self.tree.root_at(index)), "its signer saw another log than all before it")
        _, signers, phases, _ = ACTS["booth"]
        need(self.phase in phases, "booth while the election is " + self.phase)
        need(entry["by"] in signers, "booth signed by the " + entry["by"])
        need(all(entry["act"]["hash"] != known for _, known in self.booths), "a booth that the log names already")
        need(entry["n"] <= 64, "more booths than 64")
        self.booths.append((index, entry["act"]["hash"]))
        self.booth_prev = leaf

    def roll_change(self, act):                             # entry 9
        changes = self.e.draft.get("roll_changes", "until-opening")
        need(changes == "until-closing" or (changes == "until-opening" and self.phase == "setup"), "the roll is fixed")
        key = act["credential"]
        if act["type"] == "add":
            need(key not in self.ever, "the new credential was one before")
            if "number" in act:
                need(fold(act["number"]) not in self.numbers, "a number that somebody had")
                self.numbers.add(fold(act["number"]))
            need(self.all_weight + act["weight"] <= 2**40, "more weight than there may ever be")
            self.all_weight += act["weight"]
            self.left += 1
            self.ever.add(key)
            self.in_force[key] = Place(act["weight"])
            self.places.append(self.in_force[key])
            return
        need(key in self.in_force, "the credential is not in force")
        place = self.in_force[key]
        need(not place.struck, "the place was struck before")
        need(place.index is None or (self.e.secret and self.e.draft["revote"] == "last"), "the place has voted")
        need(self.left > 1, "the last place of the roll")
        place.struck = True
        self.left -= 1
        self.voted -= place.index is not None

    def counting(self):
        return [p for p in self.places if p.index is not None and not p.struck]

    def rolls(self):
        """Voters and weight by which turnout is measured, and those at the closing"""
        struck = [p for p in self.places if p.struck]
        count, weight = len(self.places), sum(p.weight for p in self.places)
        return (count - self.struck_before[0], weight - self.struck_before[1]), (count - len(struck), weight - sum(p.weight for p in struck))

    def roll_note(self):
        """[one line], if anybody was added or struck"""
        added, struck = self.places[self.at_setup:], [p for p in self.places if p.struck]
        voted = [p for p in struck if p.index is not None]
        if not added and not struck:
            return []
        figures = [x for part in (added, struck, voted) for x in (len(part), sum(p.weight for p in part))]
        return ["the roll was changed after setup: %d added (weight %d), %d struck (weight %d), %d of whom had voted (weight %d); "
                "turnout is measured by a roll of %d (weight %d), the roll at the closing has %d (weight %d)"
                % (*figures, *self.rolls()[0], *self.rolls()[1])]

    def replaced_notes(self):
        notes = ["entry %d: a card was replaced (weight %d), for this reason: %s" % x for x in self.replaced[:TOLD_MAX]]
        if self.replaced:
            whose = "; the roll does not show whose they were" if self.e.draft["roll_shows"] == "nothing" else ""
            notes.append("cards replaced after setup: %d (weight %d)%s" % (len(self.replaced), sum(w for _, w, _ in self.replaced), whose))
        return notes

    def finish_checks(self, limit, sums, guesses):
        """The noted checks of entries before `limit`; gives result.json as it follows from the log."""
        e, cells, sum_leaf, shares, result, drawn = self.e, None, None, {}, None, None
        ballots, weight = len(self.counting()), sum(p.weight for p in self.counting())
        for index, act, leaf in self.late:
            if index >= limit:
                break
            try:
                if act["type"] == "rehearsal":
                    check_rehearsal(e.id, act["trustee"], e.verification[act["trustee"] - 1], act["proof"])
                elif act["type"] == "sum":
                    need(act["ballots"] == ballots and act["weight"] == weight, "another number of ballots")
                    need(act["cells"] == b"".join(map(encode, sums)), "the sum is not that of the ballots")
                    cells, sum_leaf = act["cells"], leaf
                elif act["type"] == "share":
                    X = e.verification[act["trustee"] - 1]
                    shares[act["trustee"]] = check_share(e.layout, e.draft_id, e.id, sum_leaf, act["trustee"], X, cells, e.with_lot,
                                                         act["values"], act["proof"])
                elif act["type"] == "lot":
                    need(drawn is None, "a second lot")
                    need(self.awaits_lot(ballots, weight), "a lot where none has to decide")
                    drawn = act["drawn"]
                elif e.secret:
                    opened, lot = combine(shares, e.layout, cells)
                    figures = figures_from_sum(e.contests, numbers_in(opened, weight, guesses), weight)
                    result = result_json(e, ballots, weight, figures, encode(lot) if e.with_lot else None,
                                         self.root_at_closing, self.rolls(), self.withdrawn)
                else:
                    result = result_json(e, ballots, weight, self.figures(), drawn, self.root_at_closing, self.rolls(),
                                         self.withdrawn)
                if act["type"] == "result":
                    need(hashlib.sha256(result).digest() == act["hash"], "the result does not follow from the ballots")
            except Fail as x:
                raise Fail("entry %d: %s" % (index, x)) from None
        return result

    def awaits_lot(self, ballots, weight):
        try:
            result_json(self.e, ballots, weight, self.figures(), rolls=self.rolls(), withdrawn=self.withdrawn)
        except Fail:
            return True
        return False

    def figures(self):
        """Of an open election (results 2)."""
        out = [[[0] * (len(c["levels"]) + 1) for _ in c["candidates"]] for c in self.e.contests]
        for place in self.counting():
            for contest, choices in zip(out, place.marks):
                for candidate, choice in zip(contest, choices):
                    candidate[choice] += place.weight
        return out


# ---- Signatures and proofs, in several processes ------------------------------------------------

def verify_signatures(jobs):
    """([indexes that were looked at], {index: what is wrong})"""
    bad = {i: "the signature does not verify" for i, key, text, sig in jobs if not ed_verify(key, text, sig)}
    return [job[0] for job in jobs], bad


def verify_proofs(layout, keys, election, weights, jobs):
    """The same, and the weighted sum of R and C of those ballots that count (secret 12)."""
    prepared, ballots, bad = Keys(layout, keys, election), [], {}
    for index, credential, seq, prev, cells, proof in jobs:
        try:
            ballots.append((index, SecretBallot(layout, prepared, election, credential, seq, prev, cells, proof)))
        except Fail as x:
            bad[index] = str(x)
    bad.update(false_proofs(ballots, prepared))
    sums = [IDENTITY] * (layout.n + layout.N)
    for index, ballot in ballots:
        if index in weights:
            for j, n in enumerate(ballot.points):
                w = weights[index]
                sums[j] = madd(sums[j], n) if w == 1 else add(sums[j], mul(w, madd(IDENTITY, n)))
    return [job[0] for job in jobs], bad, sums


class ThisProcess:
    """In place of a pool of processes."""

    map = staticmethod(map)


def run_in_parallel(log, processes):
    """(failures {index: text}, sums). An exception in a worker comes up here: nothing is accepted."""
    e, failures = log.e, {}
    weights = {p.index: p.weight for p in log.counting()}
    sums = [IDENTITY] * (e.layout.n + e.layout.N if e.secret else 0)
    points = (e.layout.cells_size + e.layout.proof_size) // 32 if e.secret else 1
    batch = max(1, min(20_000 // points, -(-len(log.proofs) // (2 * processes))))
    parts = pieces(log.proofs, batch)
    counting = [{job[0]: weights[job[0]] for job in part if job[0] in weights} for part in parts]
    with ProcessPoolExecutor(processes) if processes > 1 else nullcontext(ThisProcess) as pool:
        proofs = pool.map(partial(verify_proofs, e.layout, e.keys, e.id), counting, parts)
        signatures = pool.map(verify_signatures, pieces(log.signatures, 200))
        seen = []
        for indexes, bad, part in proofs:
            seen += indexes
            failures.update(bad)
            sums = [add(a, b) for a, b in zip(sums, part, strict=True)]
        sure(seen == [job[0] for job in log.proofs], "every part of the proofs comes back from the pool, in its order")
        seen = []
        for indexes, bad in signatures:
            seen += indexes
            failures.update(bad)            # of one entry the signature comes first, so it is told
        sure(seen == [job[0] for job in log.signatures], "every part of the signatures comes back from the pool, in its order")
    return failures, sums


# ---- The trustees' ceremony (trustees 4, 6, 7) --------------------------------------------------

STEPS = {"register": ("name", "key", "seal"), "commit": ("table", "commitment"),
         "deal": ("table", "commitments", "nonce", "coefficients", "possession", "shares"),
         "accept": ("transcript",), "complain": ("transcript", "dealer"), "answer": ("transcript", "to", "ephemeral")}


def check_dealing(draft, number, kappa, threshold, commitment, nonce, coefficients, possession):
    """The points of the coefficients, a list for each key (trustees 4)."""
    need(len(coefficients) == 32 * kappa * threshold, "another number of coefficients")
    encodings = pieces(coefficients)
    points = [point(x, "a coefficient") for x in encodings]
    need(ZEROS not in encodings[::threshold], "a first coefficient is the identity")
    need(len(set(encodings)) == len(encodings), "two coefficients are equal")
    made = T("veche-dealing-commitment-2", draft, u64(number), nonce, coefficients)
    need(made == commitment, "the dealing is not the one committed to")
    check_dleq("veche-dealing-possession-2", (draft, u64(number), coefficients), encodings[::threshold], [], [], [], possession)
    return pieces(points, threshold)


def check_message(raw, draft_id, count, kappa, step, keys):
    """Checks 1 to 3, and the form of the others; gives the sender's number and the members of the step."""
    m = read_json(raw)
    members(m, "v", "draft", "trustee", "step", "sig")
    need(m["v"] == "veche-ceremony-2" and from_b64(m["draft"], 32) == draft_id, "of another ceremony")
    number = integer(m["trustee"], 1, count, "the trustee")
    members(m["step"], "type", *STEPS[step])
    need(m["step"]["type"] == step, "not the step " + step)
    plain = ("type", "name", "shares", "dealer", "to")
    s = {k: from_b64(v) for k, v in m["step"].items() if k not in plain}
    sizes = {"commitment": 64, "possession": 32 * (kappa + 1)}
    need(all(len(s[k]) == sizes.get(k, 32) for k in s if k != "coefficients"), "a byte string of another length")
    key = s["key"] if step == "register" else keys[number - 1]
    need(ed_verify(key, signed_part(raw, "veche-ceremony-2"), from_b64(m["sig"], 64)), "the signature does not verify")
    return number, {**m["step"], **s}


class Ceremony:
    """A file `ceremony` (trustees 7): all that was said, checked. The first 3n messages stand by their places."""

    def __init__(self, raw, draft_id, count, threshold, kappa):
        need(raw.endswith(b"\n"), "the last line has no line feed")
        lines = raw.split(b"\n")[:-1]
        need(len(lines) >= 3 * count, "%d messages in place of %d" % (len(lines), 4 * count))
        self.draft_id, self.count, self.threshold, self.kappa = draft_id, count, threshold, kappa
        self.table = H("veche-ceremony-table-1", *lines[:count])
        self.commitments = H("veche-ceremony-commitments-1", *lines[count:2 * count])
        self.transcript = H("veche-ceremony-transcript-1", *lines[:3 * count])
        self.names, self.keys, self.seals, self.committed, self.dealings, self.shares = [], [], [], [], [], []
        self.accepted, self.complaints, self.convicted = [], [], {}
        for i, line in enumerate(lines):
            try:
                self.take(i, line)
            except Fail as x:
                raise Fail("message %d: %s" % (i + 1, x)) from None
        self.culprits = sorted(set(self.convicted.values()))
        self.outcome = "failed" if self.culprits else "disputed" if self.complaints else "complete"
        need(self.outcome != "complete" or len(self.accepted) == count, "not all have accepted")

    def take(self, i, line):
        need(len(line) <= 2**20, "too long")
        if i < 3 * self.count:
            step = list(STEPS)[i // self.count]
        else:
            # Its place says nothing of what it is: acceptances, complaints, answers follow each other (below).
            m = read_json(line)
            members(m, "v", "draft", "trustee", "step", "sig")
            need(type(m["step"]) is dict, "the step is no object")
            step = one_of(m["step"].get("type"), ("accept", "complain", "answer"), "the step")
        number, m = check_message(line, self.draft_id, self.count, self.kappa, step, self.keys)
        if i < 3 * self.count:
            need(number == i % self.count + 1, "not of trustee %d" % (i % self.count + 1))
        else:
            need(m["transcript"] == self.transcript, "another transcript")
        getattr(self, step)(number, m)

    def register(self, number, m):
        self.names.append(clean(m["name"], 100, "the name"))
        point_not_0(m["seal"], "the sealing key")
        need(m["key"] not in self.keys, "the key of another trustee")
        self.keys.append(m["key"])
        self.seals.append(m["seal"])

    def commit(self, number, m):
        need(m["table"] == self.table, "another table")
        self.committed.append(m["commitment"])

    def deal(self, number, m):
        need(m["table"] == self.table, "another table")
        need(m["commitments"] == self.commitments, "other commitments")
        self.dealings.append(check_dealing(self.draft_id, number, self.kappa, self.threshold, self.committed[number - 1],
                                           m["nonce"], m["coefficients"], m["possession"]))
        size = 32 * (self.kappa + 1)
        self.shares.append([from_b64(x, size) for x in array(m["shares"], self.count, self.count, "shares")])
        if number == self.count:
            self.made = keys_from_dealings(self.dealings)

    def accept(self, number, m):
        need(not self.complaints and (not self.accepted or self.accepted[-1] < number), "out of order")
        self.accepted.append(number)

    def complain(self, number, m):
        dealer = integer(m["dealer"], 1, self.count, "the dealer")
        need(dealer != number, "a complaint about oneself")
        need(number not in self.accepted, "trustee %d has both accepted and complained" % number)
        need(not self.convicted and (not self.complaints or self.complaints[-1] < (number, dealer)), "out of order")
        self.complaints.append((number, dealer))

    def answer(self, number, m):
        accuser = integer(m["to"], 1, self.count, "the accuser")
        need((accuser, number) in self.complaints, "an answer to no complaint")
        need(not self.convicted or list(self.convicted)[-1] < (accuser, number), "out of order")
        good = self.shares_are_good(number, accuser, m["ephemeral"])
        self.convicted[accuser, number] = accuser if good else number

    def shares_are_good(self, dealer, to, ephemeral):
        """Whoever knows e opens the shares that were sealed with it, one for each key (trustees 5 and 7)."""
        (E, *sealed), seal = pieces(self.shares[dealer - 1][to - 1]), self.seals[to - 1]
        e, *bodies = (int.from_bytes(x, "little") for x in (ephemeral, *sealed))
        if max(e, *bodies) >= Q or encode(mul_base(e)) != E:
            return False
        shared = encode(mul(e, decode(seal)))
        for k, (body, polynomial) in enumerate(zip(bodies, self.dealings[dealer - 1], strict=True)):
            pad = S("veche-dealing-pad-2", self.draft_id, u64(dealer), u64(to), u64(k), E, seal, shared)
            if encode(mul_base((body - pad) % Q)) != encode(at(polynomial, to)):
                return False
        return True


def at(polynomial, x):
    """The value of a polynomial whose coefficients are points"""
    total = IDENTITY
    for coefficient in reversed(polynomial):
        total = add(mul(x, total), coefficient)
    return total


def check_ceremony(raw, draft_id, count, threshold, kappa):
    """What the manifest must say, and the verification keys: (keys, [(name, key), ...], [[Y_j,0, ...], ...])."""
    c = Ceremony(raw, draft_id, count, threshold, kappa)
    need(c.outcome != "failed", "the ceremony has failed through trustee " + ", ".join(map(str, c.culprits)))
    need(c.outcome == "complete", "the ceremony is in dispute")
    keys, verification = c.made
    return keys, list(zip(c.names, c.keys, strict=True)), verification


def keys_from_dealings(dealings):
    """All Y_k and Y_j,k (trustees 6): for each key the sum of all polynomials, at 0 and at each j."""
    sums = []
    for of_one_key in zip(*dealings, strict=True):
        sums.append([functools.reduce(add, column) for column in zip(*of_one_key, strict=True)])
    keys = [encode(polynomial[0]) for polynomial in sums]
    need(ZEROS not in keys, "a key is the identity")
    need(len(set(keys)) == len(keys), "two keys are equal")
    return keys, [[encode(at(polynomial, j)) for polynomial in sums] for j in range(1, len(dealings) + 1)]


# ---- The record (record 3 and 4) ----------------------------------------------------------------

README = """The public record of an election held with Veche.
Публичная запись выборов, проведённых с помощью Veche.

Election id / Идентификатор выборов:
%s
Compare it with the id on a voter's card. / Сравните его с тем, что стоит на карточке избирателя.

To check everything / Чтобы проверить всё:

    veche verify DIR

election.json   what was voted on, and the keys          что решали, и ключи
credentials     who may vote: public keys and weights    кто голосует: открытые ключи и вес
%stile/entries/   the log: every ballot and act, in order  журнал: все бюллетени и действия
tile/           the log's hash tree                      дерево хешей журнала
checkpoint      the tree's signed root                   подписанный корень дерева
result.json     the result                               результат

The formats are described in docs/spec of Veche. / Форматы описаны в docs/spec.
"""
README_OPEN = "roll            whose key is whose (open election)       чей ключ чей (открытое голосование)\n"
README_SECRET = ("roll            what is published of the roll            что опубликовано из списка\n"
                 "ceremony        how the trustees made the key            как доверенные создали ключ\n")


FILE_MAX_BYTES = 2**29                                          # record 2
MAX_BYTES = {"election.json": 2**24, "credentials": FILE_MAX_BYTES, "roll": FILE_MAX_BYTES, "checkpoint": 16384,
             "ceremony": 2**26, "result.json": 2**27, "README.txt": 4096}
CREDENTIAL_LINE_MAX_BYTES, ROLL_LINE_MAX_BYTES = 58, 1024
BUNDLE_MAX_BYTES, TILE_MAX_BYTES = 256 * (2 + 65535), 256 * 32
BLOCK_BYTES, PADDING_MAX_BYTES = 512, 2**20
CLOCKS_DIFFER_S, TOLD_MAX = 60, 20                              # record 3


def max_bytes(path):
    return MAX_BYTES.get(path) or (BUNDLE_MAX_BYTES if path.startswith("tile/entries/") else TILE_MAX_BYTES)


def read_at_most(file, size, most, path):
    need(size <= most, "the file %s is larger than %d bytes" % (path, most))
    data = file.read(size + 1)
    need(len(data) <= size, "the file %s grows while it is read" % path)
    return data


class Folder:
    """A record in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, path, most):
        full = self.folder
        for name in path.split("/"):
            full = os.path.join(full, name)
            need(not os.path.islink(full), "the file %s is missing" % path)
        need(os.path.isfile(full), "the file %s is missing" % path)
        with open(full, "rb") as f:
            return read_at_most(f, os.path.getsize(full), most, path)

    def paths(self):
        """Of everything that is no folder; a link to a folder is none."""
        found = set()
        for folder, subfolders, names in os.walk(self.folder, onerror=self.cannot_list):
            for name in names + [n for n in subfolders if os.path.islink(os.path.join(folder, n))]:
                found.add(os.path.relpath(os.path.join(folder, name), self.folder).replace(os.sep, "/"))
        return found

    def cannot_list(self, error):
        raise error


class Archive:
    """A record in one .tar: plain files and nothing else, each once. Read when they are asked for."""

    def __init__(self, path):
        self.file, self.places = open(path, "rb"), {}
        length, end = os.path.getsize(path), 0
        need(length % BLOCK_BYTES == 0, "the archive ends too early")
        while end < length:
            self.file.seek(end)
            header = self.file.read(BLOCK_BYTES)
            if not header.strip(b"\0"):
                break
            name, size = plain_member(header)
            need(name not in self.places, "%s stands twice in the archive" % ascii(name))
            self.places[name] = (end + BLOCK_BYTES, size)
            end += BLOCK_BYTES + -(-size // BLOCK_BYTES) * BLOCK_BYTES
        need(end <= length, "the archive ends too early")
        need(length - end <= PADDING_MAX_BYTES, "too much stands behind the last file of the archive")
        self.file.seek(end)
        need(not self.file.read().strip(b"\0"), "something stands behind the last file of the archive")

    def read(self, path, most):
        need(path in self.places, "the file %s is missing" % path)
        start, size = self.places[path]
        need(size <= most, "the file %s is larger than %d bytes" % (path, most))
        self.file.seek(start)
        return self.file.read(size)

    def paths(self):
        return set(self.places)


def plain_member(header):
    """Name and size, of a plain file under a header that every program reads in one way."""
    name, size, kind = header[:100].split(b"\0")[0].decode("utf-8"), header[124:136], header[156:157]
    need(name and not name.endswith("/") and kind in (b"0", b"\0") and not header[345:500].strip(b"\0"),
         "%s is no plain file in the archive" % ascii(name))
    need(re.fullmatch(rb"[0-7]{11}[ \0]", size), "the size of %s in the archive is not one" % ascii(name))
    checksum = re.fullmatch(rb" *([0-7]+)[ \0]*", header[148:156])
    computed = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    need(checksum and int(checksum[1], 8) == computed, "the header of %s in the archive is damaged" % ascii(name))
    return name, int(size[:11], 8)


def some(number, noun, more=None):
    """`1 voter`, `5 voters`"""
    return "%d %s" % (number, noun if number == 1 else more or noun + "s")


class Verifier:
    """The nine checks. Each gives the line to print, or raises Fail."""

    def __init__(self, path, processes):
        self.path, self.processes, self.used, self.notes = path, processes, set(), []

    def read(self, path, most=FILE_MAX_BYTES):
        self.used.add(path)
        return self.source.read(path, min(most, max_bytes(path)))

    def read_hashed(self, path, digest, most=FILE_MAX_BYTES):
        data = self.read(path, most)
        need(hashlib.sha256(data).digest() == digest, "%s is not the one of the manifest" % path)
        return data

    def manifest(self):
        need(is_readable(self.path), "the record is neither a folder nor a regular file")
        self.source = Folder(self.path) if os.path.isdir(self.path) else Archive(self.path)
        self.e = read_manifest(self.read("election.json"))
        names = sum(len(c["candidates"]) for c in self.e.contests)
        return some(len(self.e.contests), "contest") + ", " + some(names, "candidate")

    def credential_list(self):
        most = self.e.voters * CREDENTIAL_LINE_MAX_BYTES
        self.credentials = read_credentials(self.read_hashed("credentials", self.e.credentials, most))
        count, weight = len(self.credentials), sum(w for _, w in self.credentials)
        need((count, weight) == (self.e.voters, self.e.weight), "another number of voters, or another weight")
        return "%s, weight %d" % (some(count, "credential"), weight)

    def roll(self):
        raw = self.read_hashed("roll", self.e.published, self.e.voters * ROLL_LINE_MAX_BYTES)
        voters, self.numbers = check_roll(raw, self.e.draft["roll_shows"], {k for k, _ in self.credentials})
        return some(voters, "voter")

    def checkpoint(self):
        origin = "veche/" + to_b64(self.e.id)
        self.size, self.root, signed, signatures = open_checkpoint(self.read("checkpoint"), origin, self.e.board)
        self.cosigned = check_cosignatures(self.e, signed, signatures)
        need(self.size <= 2**32, "the log is too long")
        signed = ", " + some(len(self.cosigned), "cosignature") if self.e.witnesses else ""
        return some(self.size, "entry", "entries") + signed

    def read_bundles(self):
        entries = []
        for path, _, width in tiles_of("entries", self.size):
            data, at = self.read(path), 0
            for _ in range(width):
                length = int.from_bytes(data[at:at + 2], "big")
                need(at + 2 + length <= len(data), path + " ends too early")
                entries.append(data[at + 2:at + 2 + length])
                at += 2 + length
            need(at == len(data), path + " has bytes left over")
        return entries

    def entries(self):
        entries = self.read_bundles()
        self.leaves = [leaf_hash(x) for x in entries]
        log = self.log = Log(self.e, self.credentials, self.numbers)
        stop = {}
        for index, raw in enumerate(entries):
            try:
                log.append(index, raw)
            except Fail as x:
                stop[index] = str(x)
                break
        failures, sums = run_in_parallel(log, self.processes)
        failures = {**stop, **failures}     # of one entry signature and proof come before the rest
        first = min(failures, default=len(entries))
        try:
            guesses = guesses_from(self.e.contests, self.read("result.json")) if self.e.secret else []
        except Fail:
            guesses = []
        self.result = log.finish_checks(first, sums, guesses)
        if failures:
            raise Fail("entry %d: %s" % (first, failures[first]))
        need(log.phase != "summed", "the log ends with the sum: summed, no result. Of the %d shares that open the sum %d are "
             "there; if the trustees' keys are lost it stays so" % (self.e.threshold, len(log.shared)))
        need(log.phase == "finished", "the log ends while the election is " + log.phase)
        sure(self.result is not None, "a finished log has a result entry, and it was checked")
        self.proofs = len(log.proofs)
        sure(self.proofs == (log.ballots if self.e.secret else 0), "every secret ballot was noted with its proof")
        self.notes = ["entry %d, %s: %s before it that its signer had not seen"
                      % (i, act, some(n, "entry stands", "entries stand")) for i, act, n in log.unseen]
        self.notes += ["entry %d: the board says that it serves the booth %s" % (i, h.hex()) for i, h in log.booths]
        self.notes += ["entry %d, %s: dated %d seconds before entry %d, %s, which stands before it: one of two clocks is wrong" % x
                       for x in log.back_dated[:TOLD_MAX]]
        self.notes += ["the cosignature of %s is dated %d, and the closing before it %d (Unix seconds): one of the two clocks is wrong"
                       % (name, at, log.closed_at) for name, at in self.cosigned
                       if log.closed_at is not None and at + CLOCKS_DIFFER_S < log.closed_at]
        if log.closed_at is not None and log.closed_at > time.time() + CLOCKS_DIFFER_S:
            self.notes.append("the closing is dated %d, and here it is %d (Unix seconds): one of the two clocks is wrong"
                              % (log.closed_at, time.time()))
        self.notes += ["entry %d: extended %s after its closing time, with %s in" % (i, some(m, "minute"), some(n, "ballot"))
                       for i, m, n in log.late_extensions]
        self.notes += log.roll_note() + log.replaced_notes()
        self.notes += ["entry %d: a row has the randomness of one in entry %d" % x for x in self.same_randomness()[:TOLD_MAX]]
        unseen = sum(count for _, _, count in log.unseen)
        return ", ".join([some(log.ballots, "ballot entry", "ballot entries"), some(self.proofs, "proof"),
                          some(log.controls, "control entry", "control entries"),
                          some(unseen, "entry that its signer had not seen", "entries that their signers had not seen")])

    def same_randomness(self):
        """[(ballot, an earlier one)] of ballots with an R in common (secret 6)"""
        seen, out = {}, []
        for index, *_, cells, _ in self.log.proofs:
            R = pieces(cells[:32 * self.e.layout.n])
            earlier = [seen[x] for x in R if x in seen]
            out += [(index, min(earlier))] if earlier else []
            seen.update((x, index) for x in R if x not in seen)
        return out

    def tree_and_tiles(self):
        need(root(self.leaves) == self.root, "the root is not that of the checkpoint")
        level, hashes, count = 0, self.leaves, 0
        while hashes:
            for path, first, width in tiles_of(level, len(hashes)):
                need(self.read(path) == b"".join(hashes[first:first + width]), path + " does not follow from the entries")
                count += 1
            hashes = [root(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
            level += 1
        return some(len(self.leaves), "leaf", "leaves") + ", " + some(count, "hash tile")

    def recount(self):
        need(self.read("result.json") == self.result, "result.json is not the result of this log")
        counting = self.log.counting()
        return "%s, weight %d" % (some(len(counting), "counting ballot"), sum(p.weight for p in counting))

    def files(self):
        text = README % (to_b64(self.e.id), README_SECRET if self.e.secret else README_OPEN)
        need(self.read("README.txt") == text.encode("utf-8"), "README.txt says something else")
        more = sorted(self.source.paths() - self.used)
        need(not more, "a file too many: %s" % ascii(more[:1]))
        return some(len(self.used), "file")

    def trustees(self):
        raw = self.read_hashed("ceremony", self.e.ceremony)
        e = self.e
        keys, trustees, e.verification = check_ceremony(raw, e.draft_id, e.count, e.threshold, len(e.keys))
        need(keys == e.keys, "the ceremony made other election keys")
        for i, (mine, theirs) in enumerate(zip(trustees, e.trustees, strict=True)):
            need(mine == theirs, "the manifest says something else of trustee %d" % (i + 1))
        return "%s, threshold %d" % (some(self.e.count, "trustee"), self.e.threshold)

    def checks(self):
        yield 1, "manifest", self.manifest
        if self.e.secret:                   # check 5 needs the verification keys
            yield 9, "trustees", self.trustees
        yield 2, "credential list", self.credential_list
        yield 3, "roll", self.roll
        yield 4, "checkpoint", self.checkpoint
        yield 5, "entries", self.entries
        yield 6, "tree and tiles", self.tree_and_tiles
        yield 7, "recount and result", self.recount
        yield 8, "files", self.files


def verify_record(path, processes, tell=lambda check: None):
    """({"verified": True only if every check passed, ...}). `tell` hears of each check as it is done."""
    verifier, told = Verifier(path, processes), []
    for number, name, check in verifier.checks():
        try:
            passed, text = True, check()
        except Fail as x:
            passed, text = False, str(x)
        except Exception as x:              # a mistake in here, no memory, an unreadable disk: refuse
            passed, text = False, "could not be done: %s %s" % (type(x).__name__, ascii(str(x)))
        told.append({"check": number, "name": name, "passed": passed, "text": text, "notes": verifier.notes})
        verifier.notes = []
        tell(told[-1])
        if not passed:
            return {"record": path, "verified": False, "election": None, "checks": told}
    return {"record": path, "verified": True, "election": to_b64(verifier.e.id), "checks": told}


def verify_ceremony(folder):
    """A ceremony by itself, of the draft that lies beside it: how it ended, and whom it convicts."""
    source = Folder(folder) if os.path.isdir(folder) else Archive(folder)
    raw = source.read("draft.json", MAX_BYTES["election.json"])
    draft = read_json(raw)
    check_draft(draft)
    need("trustees" in draft, "an open election has no trustees")
    draft_id, plan = H("veche-draft-2", raw), draft["trustees"]
    c = Ceremony(source.read("ceremony", MAX_BYTES["ceremony"]), draft_id, plan["count"], plan["threshold"],
                 number_of_keys(draft["contests"]))
    disputes = [{"accuser": a, "dealer": d, "culprit": c.convicted.get((a, d))} for a, d in c.complaints]
    return {"draft": to_b64(draft_id), "transcript": to_b64(c.transcript), "outcome": c.outcome, "culprits": c.culprits,
            "disputes": disputes}


def is_readable(path):
    """A folder or a regular file. What never ends, or never begins, is no record."""
    return os.path.isdir(path) or os.path.isfile(path)


def print_check(check):
    print("%3d  %s %-20s %s" % (check["check"], "✓" if check["passed"] else "✗", check["name"], check["text"]), flush=True)
    for note in check["notes"]:
        print("       " + note, flush=True)


def verify_many(paths, processes):
    """A line of JSON for each record; no other process for a record than the one it gets here."""
    all_verified = True
    with ProcessPoolExecutor(processes) as pool:
        for answer in pool.map(verify_record, paths, [1] * len(paths), chunksize=8):
            print(json.dumps(answer), flush=True)
            all_verified &= answer["verified"]
    return 0 if all_verified else 6


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    parser = argparse.ArgumentParser(description="Verifies the record of a Veche election.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("record", nargs="?", help="the record: a folder, or a .tar file")
    what.add_argument("--batch", action="store_true", help="records on standard input, one a line; a line of JSON for each")
    what.add_argument("--ceremony", metavar="FOLDER", help="not a record: the trustees' ceremony that lies there with its draft.json")
    parser.add_argument("--json", action="store_true", help="one line of JSON in place of text")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N")
    args = parser.parse_args()
    if args.processes < 1 or not (args.batch or is_readable(args.ceremony or args.record)):
        parser.error("no such record, or no processes")
    if args.ceremony:
        try:
            print(json.dumps(verify_ceremony(args.ceremony)))
        except Exception as x:  # whatever it is, it is no verified ceremony
            print(json.dumps({"verified": False, "text": str(x)}) if args.json else "NOT VERIFIED: %s" % x)
            return 6
        return 0
    if args.batch:
        return verify_many(sys.stdin.read().splitlines(), args.processes)
    answer = verify_record(args.record, args.processes, (lambda check: None) if args.json else print_check)
    if args.json:
        print(json.dumps(answer))
    elif not answer["verified"]:
        print("NOT VERIFIED: check %d failed." % answer["checks"][-1]["check"])
    else:
        print("Verified: every check passed. Compare the election id with the one on a card:")
        print("     on paper  %s\n     in files  %s" % (on_paper(answer["election"]), answer["election"]))
    return 0 if answer["verified"] else 6


if __name__ == "__main__":
    sys.exit(main())
