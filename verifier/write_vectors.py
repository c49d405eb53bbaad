#!/usr/bin/env python3
"""Writes anew those files of docs/spec/vectors that are made in Python. By hand, when a format changes.

    python3 write_vectors.py

The others are written by the tests named write_vectors of veche-election and veche-crypto, and by forgeries.py.
"""
import base64
import hashlib
import json
import os

import maker as m
import mutants
import mutants_booth
import mutants_roll
import mutants_withdrawn
import veche_verify as v
from maker import contest, dump
from veche_verify import H, P, Q, to_b64


# ---- Ed25519 (entry 3) --------------------------------------------------------------------------

def little(n):
    return n.to_bytes(32, "little")


def on_curve(y):
    return v.sqrt_ratio(y * y - 1, (v.D * y * y + 1) % P)[0]


def of_small_order():
    """[(order, point)] of all eight"""
    y = int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little")
    x = v.sqrt_ratio(y * y - 1, (v.D * y * y + 1) % P)[1]
    first = (x, y, 1, x * y % P)
    return [(order, v.mul(k, first)) for k, order in enumerate((1, 8, 4, 8, 2, 8, 4, 8))]


def ed25519():
    sign_bit, small = 2**255, of_small_order()
    encodings = {v.ed_encode(p): order for order, p in small}
    for bytes_, order in list(encodings.items()):
        y = int.from_bytes(bytes_, "little") % sign_bit
        for other in (y, y | sign_bit, *([P + y, P + y | sign_bit] if y < 19 else [])):
            encodings.setdefault(little(other), order)
    of_y = [y for y in range(2, 19) if on_curve(y)]
    keys = {"valid": [{"name": "y = %d" % y, "key": little(y).hex()} for y in of_y[:3]],
            "invalid": [{"name": "of order %d, encoding %d" % (order, n), "key": key.hex()}
                        for n, (key, order) in enumerate(sorted(encodings.items()), 1)]}
    for sign, told in ((0, ""), (sign_bit, ", x odd")):
        keys["invalid"] += [{"name": "not canonical: p + %d%s" % (y, told), "key": little(P + y | sign).hex()} for y in of_y]
        keys["invalid"] += [{"name": "no point: y = %d%s" % (y, told), "key": little(y | sign).hex()}
                            for y in [y for y in range(2, 19) if not on_curve(y)][:2]]

    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")       # RFC 8032 section 7.1, test 1
    key, good = m.public(seed), m.sign(seed, b"")
    assert good.hex().startswith("e5564300c360ac729086e2cc806e828a") and key.hex().startswith("d75a980182b10ab7d54bfed3c964073a")
    a, message = m.ed_secret(seed)[0] % Q, b"veche"
    right = m.sign(seed, message)
    R, s = right[:32], int.from_bytes(right[32:], "little")
    eighth = small[1][1]
    mixed = v.ed_encode(v.add(v.mul_base(a), eighth))

    def challenge(R, key, message):
        return int.from_bytes(hashlib.sha512(R + key + message).digest(), "little") % Q

    def first(R, key, rest):
        """The first message whose challenge leaves this rest modulo 8"""
        texts = (b"veche %d" % n for n in range(1000))
        return next(text for text in texts if challenge(R, key, text) % 8 == rest)

    def case(name, key, message, R, s):
        return {"name": name, "key": key.hex(), "message": message.hex(), "signature": (R + little(s)).hex()}

    def forged(name, R, key=key, message=message):
        """As if its signer had drawn 0"""
        return case(name, key, message, R, challenge(R, key, message) * a % Q)

    def signed(name, seed):
        made = m.sign(seed, message)
        return case(name, m.public(seed), message, made[:32], int.from_bytes(made[32:], "little"))

    odd = next(bytes([n]) * 32 for n in range(256) if m.public(bytes([n]) * 32)[31] >> 7)

    def drawn(name, rest):
        r = 12345
        R = v.ed_encode(v.mul_base(r))
        text = first(R, mixed, rest)
        return case(name, mixed, text, R, (r + challenge(R, mixed, text) * a) % Q)

    valid = [case("RFC 8032 section 7.1, test 1", key, b"", good[:32], int.from_bytes(good[32:], "little")),
             case("five letters", key, message, R, s), signed("a key with an odd x", odd), drawn("a key with a part of order 8, which cancels out", 0)]
    invalid = [case("S plus L", key, message, R, s + Q), case("S with the highest bit", key, message, R, s | sign_bit),
               case("S is L, R the identity", key, message, little(1), Q), case("another message", key, b"Veche", R, s),
               case("another S", key, message, R, s - 1), case("S is 0", key, message, R, 0),
               case("another R", key, message, little(int.from_bytes(R, "little") ^ 1), s),
               case("R with the other sign", key, message, little(int.from_bytes(R, "little") ^ sign_bit), s),
               case("another key", m.public(b"\1" * 32), message, R, s),
               forged("R the identity", little(1)), forged("R the identity, p + 1", little(P + 1)),
               forged("R the identity, x odd", little(1 | sign_bit)), forged("R the identity, p + 1, x odd", little(P + 1 | sign_bit)),
               drawn("good for who multiplies by 8, and no other", 1)]
    for k, (order, p) in list(enumerate(small))[1:]:        # with such a key the equation leaves -challenge times the eighth
        R = v.ed_encode(p)
        invalid.append(forged("R of order %d, %d times the first" % (order, k), R, mixed, first(R, mixed, 8 - k)))
    return {"keys": keys, "signatures": {"valid": valid, "invalid": invalid}}


# ---- Drafts (manifest 2) ------------------------------------------------------------------------

def one_contest(candidates=("Anna", "Boris"), levels=("0", "1", "2"), rule=None, blank=True, better="higher", **more):
    before = {k: more[k] for k in ("kind",) if k in more}
    after = {k: more[k] for k in ("about", "order") if k in more}
    behind = {k: more[k] for k in ("approvals",) if k in more}
    return {"title": "Contest", **before, "candidates": list(candidates), **after, "levels": list(levels), "blank": blank,
            "better": better, **behind, "rule": rule or {"method": "mean"}}


def one_draft(*contests, secret=None, **more):
    """`secret`: count and threshold; a member given as None is left out"""
    d = {"title": "Draft", "secrecy": "secret" if secret else "open",
         "trustees": dict(zip(("count", "threshold"), secret)) if secret else None,
         "contests": list(contests) or [one_contest()], "lot": None, "revote": "last", "opens": 0, "closes": 2**53, "attempts_max": 5,
         "session_timeout_s": 60, "roll_shows": "number", "roll_changes": None, "roll_scale": None,
         "witnesses": None, "nonce": to_b64(bytes(range(32)))}
    d.update(more)
    return {k: None if x == "null" else x for k, x in d.items() if x is not None}


def drafts():
    valid, invalid = [], []

    def good(name, d):
        valid.append({"name": name, "draft": dump(d).decode()})

    def bad(name, d):
        invalid.append({"name": name, "draft": dump(d).decode()})

    def ruled(told, **more):
        """One contest with a rule, and what else is said of it"""
        return lambda name, contest=None, **rule: told(name, one_draft(one_contest(rule=rule, **(contest or {})), **more))

    most, three = str(2**40), {"candidates": ["Anna", "Boris", "Clara"]}
    good("as little as there can be", one_draft(one_contest(["Anna"], ["0", "1"], blank=False), opens="null", closes="null"))
    good("a secret one", one_draft(secret=(3, 2)))
    good("with all that may be left out", one_draft(one_contest(**three, rule={
        "method": "median", "blanks": "worst", "raters": ">1/3", "turnout": "2", "seats": 2, "pass": ">=3/2", "none": "Clara",
        "ties": ["more-raters", "lot"]}, about=[{"candidate": "Boris", "text": "x", "link": "https://x"}], order="random"),
        lot="a die", roll_changes="until-closing", roll_scale=6))
    fine = ruled(good)
    for name, rule in [("the largest quota", {"turnout": most}), ("the largest, and more than it", {"turnout": ">" + most}),
                       ("the finest part", {"raters": "1/" + most}), ("almost all", {"raters": "%d/%s" % (2**40 - 1, most)}),
                       ("a threshold of 2^61", {"pass": ">=%d" % 2**61}), ("of -2^61", {"pass": ">-%d" % 2**61}),
                       ("the finest threshold", {"pass": ">1/" + most}), ("phantoms to the limit", {"phantoms": 2**40}),
                       ("each step against ties", {"ties": ["sum", "median", "majority-judgment", "more-raters", "more-best", "fewer-worst"]}),
                       ("none", {"none": "Boris"}), ("blanks", {"blanks": "worst"})]:
        fine(name, method="mean", **rule)
    fine("as many seats as others", three, method="sum", seats=2, none="Anna")
    fine("a threshold where lower is better", {"better": "lower"}, method="sum", **{"pass": "<=1"})
    single = {"kind": "single", "levels": ["0", "1"]}
    fine("the mean of a single choice", single, method="mean")
    fine("a single choice of one, or nobody", {**single, "candidates": ["Anna"]}, method="sum")
    good("a lot of trustees", one_draft(one_contest(rule={"method": "sum", "ties": ["lot"]}), secret=(3, 2)))

    refused = ruled(bad)
    for text in ("0", "", "-1", "+1", "01", "1.5", " 1", "1 ", "1/1", "2/1", "3/2", "2/4", "0/2", "-1/2", "1/02", "1/0", "/2", "1/", ">>1",
                 ">=1", "<1", "> 1", str(2**40 + 1), "1/%d" % (2**40 + 1), "half", 1, None, True, ["1"]):
        for name in ("raters", "turnout"):
            refused("%s %r" % (name, text), method="mean", **{name: text})
    for text in ("", ">", ">=", "1", "<1", "<=1", "=>1", ">==1", "> 1", ">1.5", ">2/4", ">1/1", ">01", ">-0", ">+1", ">=%d" % (2**61 + 1),
                 ">-%d" % (2**61 + 1), ">1/%d" % (2**40 + 1), 1, None):
        refused("pass %r" % (text,), method="mean", **{"pass": text})
    refused("pass for a scale of the other direction", {"better": "lower"}, method="mean", **{"pass": ">1"})
    for method in ("average", "", "Sum", None, 1):
        refused("method %r" % (method,), method=method)
    for method in ("median", "majority-judgment"):
        refused("a single choice by " + method, single, method=method)
    refused("a single choice of one", {**single, "candidates": ["Anna"], "blank": False}, method="sum")
    for blanks in ("best", "", None, True):
        refused("blanks %r" % (blanks,), method="mean", blanks=blanks)
    for phantoms in (0, -1, 2**40 + 1, "1", None, True):
        refused("phantoms %r" % (phantoms,), method="mean", phantoms=phantoms)
    refused("phantoms of a sum", method="sum", phantoms=1)
    refused("phantoms beside blanks", method="mean", blanks="worst", phantoms=1)
    for none in ("Clara", "", "anna", None, 1):
        refused("none %r" % (none,), method="mean", none=none)
    refused("none is all", {"candidates": ["Anna"]}, method="mean", none="Anna")
    for seats in (0, 1, 3, -1, "2", None, True):
        refused("seats %r" % (seats,), method="mean", seats=seats)
    refused("a seat more than others", method="mean", seats=2, none="Anna")
    for ties in ([], ["mean"], ["sum", "sum"], ["random"], [""], [None], "sum", None, ["lot", "sum"], ["lot"],
                 ["sum", "median", "majority-judgment", "more-raters", "more-best", "fewer-worst", "more-raters", "sum", "median"]):
        refused("ties %s" % json.dumps(ties), method="mean", ties=ties)
    ruled(bad, lot="a die")("a step behind the lot", method="mean", ties=["lot", "sum"])
    ruled(bad, lot="a die")("the lot twice", method="mean", ties=["lot", "lot"])
    bad("members of a rule in another order", one_draft(one_contest(rule={"turnout": "1", "method": "mean"})))
    bad("an unknown member of a rule", one_draft(one_contest(rule={"method": "mean", "x": 1})))
    bad("no method", one_draft(one_contest(rule={"turnout": "1"})))
    bad("a rule that is no object", one_draft({**one_contest(), "rule": []}))

    lot = one_contest(rule={"method": "sum", "ties": ["lot"]})
    bad("a lot is not announced", one_draft(lot))
    bad("a lot is announced that none asks for", one_draft(lot="a die"))
    bad("a lot is announced in a secret election", one_draft(lot, secret=(3, 2), lot="a die"))
    for text in ("", " a die", "x" * 201, 1):
        bad("a lot announced as %s" % str(text)[:6], one_draft(lot, lot=text))
    for name, plan in [("trustees 0", (0, 0)), ("trustees 51", (51, 1)), ("threshold 0", (3, 0)), ("threshold above their number", (3, 4)),
                       ("trustees as text", ("3", 2)), ("threshold true", (3, True))]:
        bad(name, one_draft(secret=plan))
    bad("a secret election without trustees", {k: x for k, x in one_draft(secret=(3, 2)).items() if k != "trustees"})
    bad("an open election with trustees", {**one_draft(secret=(3, 2)), "secrecy": "open"})
    bad("a threshold less", one_draft(trustees={"count": 3}, secrecy="secret"))
    wide = one_contest(["C%d" % i for i in range(500)], ["0", "1"], kind="single", blank=False, rule={"method": "sum"})
    good("499 keys for 8 trustees, 5 of them", one_draft(wide, secret=(8, 5)))
    bad("499 keys for 8 trustees, 6 of them", one_draft(wide, secret=(8, 6)))
    for opens, closes in ((5, 5), (6, 5), (2**53 + 1, "null"), ("null", 2**53 + 1), (-1, "null"), ("null", -1), ("5", "null"), (True, "null")):
        bad("opens %s, closes %s" % (opens, closes), one_draft(opens=opens, closes=closes))
    for name, values in [("secrecy", ("", "Open", 1)), ("revote", ("first", "", 1)), ("roll_shows", ("both", "", 1)),
                         ("roll_changes", ("until-opening", "", 1)), ("attempts_max", (0, 101, "5", True)), ("session_timeout_s", (0, 86401, "60")),
                         ("roll_scale", (0, 7, "1")), ("nonce", ("", "A" * 42, "A" * 44, "A" * 42 + "B")), ("contests", ([], "x", [1])),
                         ("title", ("", " x", "x" * 201, 1))]:
        for value in values:
            bad("%s %s" % (name, str(value)[:44]), {**one_draft(roll_changes="never", roll_scale=1), name: value})
    def witness(key, kind=4):
        return {"quorum": 1, "keys": ["x+%s+%s" % (v.key_id("x", kind, key).hex(), base64.b64encode(bytes([kind]) + key).decode())]}
    key = m.public(b"w" * 32)
    good("a witness", one_draft(witnesses=witness(key)))
    for name, plan in [("a key of 31 bytes", witness(key[:31])), ("a key of 33 bytes", witness(key + b"\0")), ("another kind", witness(key, 1)),
                       ("no key", {"quorum": 1, "keys": []}), ("a quorum of 0", {**witness(key), "quorum": 0}), ("a quorum of 2", {**witness(key), "quorum": 2}),
                       ("the same twice", {"quorum": 2, "keys": witness(key)["keys"] * 2}), ("a key of small order", witness(b"\1" + bytes(31)))]:
        bad("witnesses: " + name, one_draft(witnesses=plan))
    long_names = one_contest(["C%d" % i for i in range(500)], ["x", "y" * 32], blank=False)
    good("entries of almost 65,535 bytes", one_draft(*[long_names] * 3, one_contest(["C%d" % i for i in range(473)], ["x", "y" * 32], blank=False)))
    bad("entries of more than 65,535 bytes", one_draft(*[long_names] * 3, one_contest(["C%d" % i for i in range(474)], ["x", "y" * 32], blank=False)))
    return {"valid": valid, "invalid": invalid}


# ---- Checkpoints (log 3) ------------------------------------------------------------------------

def checkpoints():
    seed, origin, tree = b"b" * 32, "veche/" + to_b64(bytes(range(32))), bytes(range(32))
    key = m.public(seed)

    def b64(data):
        return base64.b64encode(data).decode()

    def line(text, name=origin, sign=seed, more=b"", id_of=origin, known=key):
        return "\u2014 %s %s\n" % (name, b64(v.key_id(id_of, 1, known) + m.sign(sign, text.encode()) + more))

    def note(size="7", root=b64(tree), first=origin, extra="", **how):
        """Signed as it stands, so that nothing but the named defect is wrong"""
        text = "%s\n%s\n%s\n%s" % (first, size, root, extra)
        return text + "\n" + line(text, **how)

    good = note()
    text, own = good.split("\n\n")
    text += "\n"
    witness = "\u2014 witness.example AAAAAAAA\n"
    left = 16_384 - len(good.encode()) - len("\u2014  AAAAAAAA\n".encode())
    valid = [("as the board signs it", good, 7), ("another line beside", good + witness, 7), ("another line before", text + "\n" + witness + own, 7),
             ("the board's line twice", good + own, 7), ("an empty log", note("0", b64(v.root([]))), 0), ("the largest size", note(str(2**64 - 1)), 2**64 - 1),
             ("the board's key under another name", good + line(text, name="x", id_of="x"), 7),
             ("the board's name with another key", good + line(text, sign=b"c" * 32, known=m.public(b"c" * 32)), 7),
             ("16,384 bytes", good + "\u2014 %s AAAAAAAA\n" % ("x" * left), 7)]
    invalid = [("16,385 bytes", good + "\u2014 %s AAAAAAAA\n" % ("x" * (left + 1))), ("nothing", ""), ("no empty line", text + own), ("two lines", note().replace("\n7\n", "\n", 1)),
               ("an extension line, signed", note(extra="more\n")), ("two empty lines", text + "\n\n" + own),
               *[("size %r, signed" % size, note(size)) for size in ("07", "+7", "-7", "7 ", " 7", "", "7.0", "0x7", "٧", str(2**64), "9" * 20, "1" * 21)],
               ("a root of 31 bytes, signed", note(root=b64(tree[:31]))), ("a root of 33 bytes, signed", note(root=b64(tree + b"\0"))),
               ("a root in base64url, signed", note(root=to_b64(bytes([255]) * 32) + "=")), ("a root without padding, signed", note(root=b64(tree).rstrip("="))),
               ("a root with other unused bits, signed", note(root=b64(tree)[:-2] + "9=")), ("a root with a space, signed", note(root=b64(tree) + " ")),
               ("another origin, signed", note(first="veche/" + to_b64(bytes(32)))), ("another size", good.replace("\n7\n", "\n8\n", 1)),
               ("no signature line", text + "\n"), ("an empty signature line", text + "\n\n"), ("no line feed at the end", good[:-1]),
               ("a line feed too many", good + "\n"), ("line feeds of Windows", good.replace("\n", "\r\n")),
               ("another dash", good.replace("\u2014", "-")), ("a line without a name", good + "\u2014  AAAAAAAA\n"), ("a line of one word", good + "\u2014 x\n"),
               ("a line of three words", good + "\u2014 x AAAAAAAA x\n"), ("a line of 3 bytes", good + "\u2014 x AAAA\n"), ("a line without bytes", good + "\u2014 x \n"),
               ("a line that is no Base64", good + "\u2014 x AAAAAAA_\n"), ("a line with other unused bits", good + "\u2014 x AAAAAB==\n"),
               ("another key's signature alone", text + "\n" + witness), ("another key with the board's id", note(sign=b"c" * 32)),
               ("the board's name and another id", text + "\n" + line(text, id_of="x")), ("a signature with a zero behind it", note(more=b"\0")),
               ("a signature cut", text + "\n\u2014 %s %s\n" % (origin, b64(base64.b64decode(own.split(" ")[2])[:-1]))),
               ("a second line of the board that is false", good + line("x"))]
    return {"origin": origin, "key": to_b64(key), "valid": [{"name": n, "note": x, "size": s} for n, x, s in valid],
            "invalid": [{"name": n, "note": x} for n, x in invalid]}


# ---- Opened sums (secret 11) --------------------------------------------------------------------

def opened_sums():
    contests = [contest("Score", ["Anna", "Boris"], ["0", "1", "2"]), contest("Chair", ["A", "B", "C"], ["0", "1"], "single"),
                contest("Board", ["A", "B", "C"], ["0", "1"], blank=False, method="sum", approvals=(1, 2))]
    weight, rows = 7, [3, 3, 3, 1, 1, 1]                    # numbers that each row sends
    fine = [[0, 0, 0], [1, 2, 4], [3, 2, 1], [7], [5], [2]]

    def numbers(**changed):
        return [x for i, row in enumerate(fine) for x in changed.get("row%d" % i, row)]

    def case(name, check=None, **changed):
        return {"name": name, **({"check": check} if check else {}), "numbers": numbers(**changed)}

    valid = [case("all rows"), case("the last option of all", row0=[0, 0, 7]), case("nobody chose", row2=[0, 0, 0]), case("least approvals", row5=[2]),
             case("most approvals", row3=[0], row4=[0], row5=[7]), case("fewest approvals", row3=[7], row4=[7], row5=[0])]
    for x in valid:
        x["figures"] = v.figures_from_sum(contests, x["numbers"], weight)
    invalid = [case("one more than the weight, in one option", "T2", row0=[8, 0, 0]), case("in two options", "T2", row1=[4, 0, 4]),
               case("in a single choice", "T2", row2=[3, 3, 2]), case("in a row of two options", "T2", row3=[8]),
               case("an approval too few", "T3", row4=[7], row5=[1]), case("no approvals", "T3", row4=[7], row5=[7]),
               case("an approval too many", "T3", row3=[0], row4=[0], row5=[6]), case("all approvals", "T3", row3=[0], row4=[0], row5=[0])]
    assert len(numbers()) == sum(rows)

    def point(name, k):
        return {"name": name, "point": m.encode(m.mul_base(k % Q)).hex()}

    return {"contests": contests, "weight": weight, "valid": valid, "invalid": invalid,
            "points": {"valid": [{**point(str(k), k), "number": k} for k in range(weight + 1)],
                       "invalid": [point("8, one more than the weight", 8), point("9", 9), point("100", 100), point("-1", -1), point("2^40", 2**40),
                                   point("a half", (Q + 1) // 2), {"name": "a point whose logarithm nobody knows", "point": m.encode(v.hashed_point("veche-example-1")).hex()}]}}


# ---- Ceremonies that are none (trustees 7) ------------------------------------------------------

def ceremonies():
    draft = one_draft(one_contest(["Anna"], ["0", "1"], rule={"method": "sum"}), secret=(2, 2))
    id, kappa, n = H("veche-draft-2", dump(draft)), v.number_of_keys(draft["contests"]), 2
    valid, invalid = [], []

    def held(lie=lambda step, trustee, raw: raw, before=lambda t: None):
        t = [m.Trustee(i, bytes([i]) * 32, id, 2, kappa) for i in (1, 2)]
        before(t)
        return t, m.hold_ceremony(t, lie)

    def transcript(lines):
        return H("veche-ceremony-transcript-1", *lines[:3 * n])

    def text(lines):
        return b"".join(x + b"\n" for x in lines).decode()

    def good(name, lines):
        c = v.Ceremony(text(lines).encode(), id, n, 2, kappa)
        disputes = [{"accuser": a, "dealer": d, "culprit": c.convicted.get((a, d))} for a, d in c.complaints]
        valid.append({"name": name, **short(lines), "outcome": c.outcome, "culprits": c.culprits, "disputes": disputes})

    def bad(name, lines):
        invalid.append({"name": name, **({"file": lines} if type(lines) is str else short(lines))})

    def short(lines):
        """Of a message that the complete ceremony has, its number there, from 0"""
        return {"messages": [complete.index(x) if x in complete else x.decode() for x in lines]}

    t, complete = held()
    here, shown, accepts = transcript(complete), complete[:3 * n], complete[3 * n:]
    good("complete", complete)

    # Behind the dealings, each said by whom it is said to be from.
    def behind(*said):
        return [*shown, *said]

    about12, about21 = t[0].complain(here, 2), t[1].complain(here, 1)
    answer21, answer12 = t[1].answer(here, 1), t[0].answer(here, 2)     # of 2 to 1, of 1 to 2
    good("a complaint without an answer", behind(about12))
    good("a complaint beside an acceptance", behind(accepts[1], about12))
    good("a false complaint", behind(about12, answer21))
    good("two false complaints", behind(about12, about21, answer21, answer12))
    good("two complaints, the second answered", behind(about12, about21, answer12))
    for name, said in [("the same complaint twice", (about12, about12)), ("complaints out of order", (about21, about12)),
                       ("a complaint behind an answer", (about12, answer21, about21)), ("a complaint about oneself", (t[0].complain(here, 1),)),
                       ("a complaint about trustee 3", (t[0].complain(here, 3),)), ("about trustee 0", (t[0].complain(here, 0),)),
                       ("about a text", (t[0].complain(here, "2"),)), ("of another transcript", (t[0].complain(bytes(32), 2),)),
                       ("who has accepted complains", (accepts[0], about12)), ("who has complained accepts", (about12, accepts[0])),
                       ("an acceptance behind a complaint", (about12, accepts[1])), ("acceptances out of order", accepts[::-1]),
                       ("an acceptance twice", (accepts[0], accepts[0])), ("one acceptance of two", accepts[:1]), ("no end", ()),
                       ("an acceptance of another transcript", (t[0].accept(bytes(32)), accepts[1])),
                       ("an answer without a complaint", (answer21,)), ("to who has not complained", (about12, answer12)),
                       ("an answer before its complaint", (answer21, about12)), ("an answer twice", (about12, answer21, answer21)),
                       ("answers out of order", (about12, about21, answer12, answer21)), ("an answer to trustee 3", (about12, t[1].say(
                           type="answer", transcript=to_b64(here), to=3, ephemeral="A" * 43))),
                       ("an answer of another transcript", (about12, t[1].answer(bytes(32), 1))),
                       ("an ephemeral of 31 bytes", (about12, t[1].say(type="answer", transcript=to_b64(here), to=1, ephemeral=to_b64(bytes(31))))),
                       ("a step that is no object", (m.seal("veche-ceremony-2", {"v": "veche-ceremony-2", "draft": to_b64(id), "trustee": 1, "step": []}, t[0].signing),)),
                       ("a step without a type", (t[0].say(transcript=to_b64(here)),)), ("an unknown step", (t[0].say(type="agree", transcript=to_b64(here)),)),
                       ("a registration behind the dealings", (complete[0],)), ("a dealing behind the dealings", (complete[4],)),
                       ("an acceptance with more", (t[0].say(type="accept", transcript=to_b64(here), x=1), accepts[1])),
                       ("an acceptance without a transcript", (t[0].say(type="accept"), accepts[1]))]:
        bad(name, behind(*said))

    # The file.
    bad("nothing", "")
    bad("no line feed at the end", text(complete)[:-1])
    bad("registrations alone", complete[:n])
    bad("no dealings", complete[:2 * n])
    bad("one dealing of two", complete[:3 * n - 1])
    bad("an empty line at the end", text(complete) + "\n")
    bad("an empty line between", text(complete[:4]) + "\n" + text(complete[4:]))
    bad("line feeds of Windows", text(complete).replace("\n", "\r\n"))
    for i in range(len(complete)):
        bad("without message %d" % (i + 1), complete[:i] + complete[i + 1:])
        bad("message %d twice" % (i + 1), complete[:i + 1] + complete[i:])
    for i in range(0, len(complete), 2):
        bad("messages %d and %d exchanged" % (i + 1, i + 2), complete[:i] + [complete[i + 1], complete[i]] + complete[i + 2:])
    bad("the dealings before the commitments", complete[:2] + complete[4:6] + complete[2:4] + complete[6:])

    # Messages of trustee 2 that are wrong, and the others go on from them.
    def lying(name, step, change):
        bad(name, held(lambda s, who, raw: change(who, raw) if (s, who.number) == (step, 2) else raw)[1])

    def members(sort=False, **changed):
        """Outside of the step"""
        def change(who, raw):
            value = {**{k: x for k, x in json.loads(raw).items() if k != "sig"}, **changed}
            return who.sealed({k: value[k] for k in sorted(value)} if sort else value)
        return change

    def said(**changed):
        def change(who, raw):
            value = {k: x for k, x in json.loads(raw).items() if k != "sig"}
            return who.sealed({**value, "step": {**value["step"], **changed}})
        return change

    for name, value in [("v", "veche-ceremony-1"), ("v", ""), ("draft", to_b64(bytes(32))), ("draft", "A" * 42), ("trustee", 0), ("trustee", 1),
                        ("trustee", 3), ("trustee", "2"), ("trustee", True), ("x", 1), ("step", []), ("step", "accept")]:
        lying("%s: %s" % (name, json.dumps(value)[:20]), "accept", members(**{name: value}))
    lying("a registration for another draft", "register", members(draft=to_b64(bytes(32))))
    lying("members in another order", "commit", members(sort=True))
    for step in ("register", "commit", "deal", "accept"):
        lying("%s: a step of another type, with its members" % step, step, said(type="complain"))
        if step in ("commit", "deal"):
            continue
        lying("%s: an unknown member" % step, step, said(x=1))
        lying("%s: white space" % step, step, lambda who, raw: who.sealed(raw[:-96].replace(b",", b", ", 1)))
        lying("%s: another's signature" % step, step, lambda who, raw: m.seal("veche-ceremony-2", raw[:-96], t[0].signing))
        lying("%s: signed under another label" % step, step, lambda who, raw: m.seal("veche-control-2", raw[:-96], who.signing))
        lying("%s: no signature" % step, step, lambda who, raw: raw[:-96] + b',"sig":""}')
    sizes = {("register", "key"): 32, ("register", "seal"): 32, ("commit", "table"): 32, ("commit", "commitment"): 64, ("deal", "table"): 32,
             ("deal", "commitments"): 32, ("deal", "nonce"): 32, ("deal", "coefficients"): 64 * kappa, ("deal", "possession"): 32 * (kappa + 1),
             ("accept", "transcript"): 32}
    for (step, name), size in sizes.items():
        for other in (size - 1, size + 1):
            lying("%s: %s of %d bytes" % (step, name, other), step, said(**{name: to_b64(bytes([1]) * other)}))
        lying("%s: another %s" % (step, name), step, said(**{name: to_b64(bytes([1]) * size)}))
    for name, value in [("empty", ""), ("with a space", " x"), ("too long", "x" * 101), ("that turns the line", "a\u202eb"), ("that is no text", 1)]:
        lying("a name " + name, "register", said(name=value))
    lying("a sealing key that is the identity", "register", said(seal=to_b64(v.ZEROS)))
    lying("a key of small order", "register", said(key=to_b64(b"\1" + bytes(31))))
    lying("the nonce zero", "deal", said(nonce=to_b64(bytes(32))))
    lying("coefficients of the first key twice", "deal", lambda who, raw: said(coefficients=to_b64(who.coefficients[:64] * kappa))(who, raw))
    sealed = [to_b64(bytes(32 * (kappa + 1)))] * n
    good("shares that are not sealed with any key", held(lambda s, who, raw: said(shares=sealed)(who, raw) if (s, who.number) == ("deal", 2) else raw)[1])
    for name, shares in [("none", []), ("one too few", sealed[:1]), ("one too many", sealed + sealed[:1]), ("no list", sealed[0]), ("no text", [1, 2]),
                         ("too short", [to_b64(bytes(32 * kappa))] * 2), ("too long", [to_b64(bytes(32 * (kappa + 2)))] * 2)]:
        lying("shares: " + name, "deal", said(shares=shares))

    def one_signing_key(t):
        t[1].signing = t[0].signing
    bad("two trustees with one signing key", held(before=one_signing_key)[1])

    def dealt(name, change):
        """All deal so that together something is wrong, and everything fits"""
        def lie(step, who, raw):
            if step != "commit" or who.number != 2:
                return raw
            who.f = change([list(f) for f in who.first.f], who.f)
            who.coefficients = b"".join(m.encode(m.mul_base(x)) for f in who.f for x in f)
            return who.commit(v.from_b64(json.loads(raw)["step"]["table"]))

        def know(t):
            t[1].first = t[0]
        bad(name, held(lie, know)[1])
    dealt("a key that is the identity", lambda first, own: [[-first[0][0] % Q, *own[0][1:]], *own[1:]])
    dealt("the last key is the identity", lambda first, own: [*own[:-1], [-first[-1][0] % Q, *own[-1][1:]]])
    dealt("two keys that are equal", lambda first, own: [own[0], [(first[0][0] + own[0][0] - first[1][0]) % Q, *own[1][1:]], *own[2:]])
    return {"draft": dump(draft).decode(), "messages": [x.decode() for x in complete], "valid": valid, "invalid": invalid}


# ---- Acts and ballots that are refused (entry 5 and 6) ------------------------------------------

def acts():
    world, steps, marks = m.World(mutants.draft(False), [1, 1, 2]), mutants.story(False), mutants.M[False]
    made, invalid = mutants_roll.refusals(world, steps), []

    def bad(name, step, act):
        invalid.append(made(name, step, act))

    def pause(name, change, step="pause"):
        """An act that is changed before it is signed"""
        bad(name, step, lambda l: l.control("pause", reason="r", hook=change))

    def put(where, **changed):
        return lambda entry: {**entry, where: {**entry[where], **changed}} if where else {**entry, **changed}

    for name, act in [("a list", []), ("a text", "pause"), ("null", None), ("without a type", {"reason": "r"}), ("a type that is a number", {"type": 1, "reason": "r"}),
                      ("a type that is null", {"type": None, "reason": "r"}), ("an unknown type", {"type": "stop", "reason": "r"}), ("a type in capitals", {"type": "Pause", "reason": "r"}),
                      ("without a reason", {"type": "pause"}), ("a member more", {"type": "pause", "reason": "r", "x": 1}),
                      ("members in another order", {"reason": "r", "type": "pause"}), ("a reason that is a number", {"type": "pause", "reason": 1}),
                      ("a reason that is empty", {"type": "pause", "reason": ""}), ("a reason too long", {"type": "pause", "reason": "r" * 501}),
                      ("a reason that turns the line", {"type": "pause", "reason": "a\u202eb"})]:
        pause("an act: " + name, put(None, act=act))
    for name, value in [("n", 0), ("n", 2**31 + 1), ("n", "3"), ("n", 9), ("at", -1), ("at", 2**53 + 1), ("at", None), ("by", "voter"), ("by", "board"), ("by", None),
                        ("by", "trustee"), ("v", "veche-control-1"), ("v", "veche-control-"), ("election", to_b64(bytes(32))), ("election", "A" * 42), ("prev", to_b64(bytes(32))), ("prev", "A" * 42),
                        ("prev", None), ("seen", None), ("seen", {}), ("x", 1)]:
        pause("%s %s" % (name, json.dumps(value)[:24]), put(None, **{name: value}))
    for name, value in [("size", -1), ("size", 2**64), ("size", "5"), ("size", 0), ("size", 99), ("root", "A" * 42), ("root", to_b64(bytes(32))), ("root", None), ("x", 1)]:
        pause("seen %s %s" % (name, json.dumps(value)[:24]), put("seen", **{name: value}))
    for name, more in [("to the time that is", {"closes": m.NOW + 100}), ("to a text", {"closes": "9"}), ("to no time", {"closes": None}), ("beyond 2^53", {"closes": 2**53 + 1}),
                       ("late false", {"closes": m.NOW + 200, "late": False}), ("late 1", {"closes": m.NOW + 200, "late": 1}), ("late, before the closing time", {"closes": m.NOW + 200, "late": True})]:
        bad("an extension: " + name, "extend", lambda l: l.control("extend", **more, reason="r"))
    bad("an extension that is late and does not say so", "extend", lambda l: l.control("extend", at=m.NOW + 100, closes=m.NOW + 200, reason="r"))
    keys = world.keys
    for name, old, new in [("of a credential of nobody", keys[9], keys[5]), ("to a voter's", keys[2], keys[1]), ("to itself", keys[2], keys[2]), ("to a key of small order", keys[2], b"\1" + bytes(31)),
                           ("of 31 bytes", keys[2][:31], keys[5]), ("to 33 bytes", keys[2], keys[5] + b"\0")]:
        bad("a replacement " + name, "replace", lambda l: l.control("replace", old=old, new=new, reason="r"))
    for name, step, act in [("setup twice", "opening", lambda l: l.control("setup")), ("setup by the board", "setup", lambda l: l.control("setup", by="board")),
                            ("an opening before setup", "setup", lambda l: l.control("opening")), ("an opening twice", "vote0", lambda l: l.control("opening")),
                            ("an opening by the board without a time", "opening", lambda l: l.control("opening", by="board")),
                            ("an opening when the closing time has come", "opening", lambda l: l.control("opening", at=m.NOW + 100)),
                            ("a resumption of what is open", "pause", lambda l: l.control("resume", reason="r")), ("a pause of what is paused", "resume", lambda l: l.control("pause", reason="r")),
                            ("a closing before the opening", "opening", lambda l: l.control("closing")), ("a closing by the board before its time", "closing", lambda l: l.control("closing", by="board")),
                            ("a closing twice", "result", lambda l: l.control("closing")), ("a result of what is open", "closing", lambda l: l.result()),
                            ("a result by the organiser", "result", lambda l: l.result(by="organiser")), ("another result", "result", lambda l: l.control("result", by="board", hash=bytes(32))),
                            ("a hash of 31 bytes", "result", lambda l: l.control("result", by="board", hash=bytes(31))),
                            ("a rehearsal in an open election", "opening", lambda l: l.control("rehearsal", trustee=1, proof=bytes(32))),
                            ("a rehearsal of trustee 1 of none", "opening", lambda l: l.control("rehearsal", by="trustee", trustee=1, proof=bytes(32), key=world.board)),
                            ("a sum in an open election", "result", lambda l: l.control("sum", by="board", ballots=3, weight=4, cells=b"")),
                            ("a share in an open election", "result", lambda l: l.control("share", by="organiser", trustee=1, values=b"", proof=bytes(32))),
                            ("a lot where none decides", "result", lambda l: l.control("lot", drawn="4")), ("a cancellation after the closing", "result", lambda l: l.control("cancel", reason="r"))]:
        bad(name, step, act)

    # Ballots.
    for name, changed in [("v", "veche-entry-1"), ("election", to_b64(bytes(32))), ("credential", to_b64(bytes(32))), ("credential", "A" * 42), ("seq", 0), ("seq", 2), ("seq", 2**31 + 1),
                          ("seq", "1"), ("seq", True), ("prev", to_b64(b"\1" * 32)), ("prev", "A" * 42), ("x", 1), ("ballot", None), ("ballot", []), ("ballot", {}),
                          ("ballot", {"kind": "open"}), ("ballot", {"kind": "secret", "cells": "", "proof": ""}), ("ballot", {"kind": "open", "marks": None}),
                          ("ballot", {"kind": "open", "marks": marks[1][:-1]}), ("ballot", {"kind": "open", "marks": marks[1] + ["0"]}), ("ballot", {"kind": "open", "marks": marks[1], "x": 1})]:
        bad("a ballot: %s %s" % (name, json.dumps(changed)[:24]), "vote1", lambda l: l.vote(1, marks[1], hook=put(None, **{name: changed}), counts=False))
    for name, voter, key in [("of nobody", 9, None), ("signed by another voter", None, world.voters[0]), ("signed by the board", None, world.board)]:
        bad("a ballot " + name, "vote1", lambda l: l.vote(1, marks[1], voter=voter, key=key, counts=False))
    for step in ("setup", "opening", "resume", "result"):
        bad("a ballot before " + step, step, lambda l: l.vote(1, marks[1], counts=False))
    bad("a ballot with a key that was replaced", "vote2", lambda l: l.vote(2, marks[2], voter=2, counts=False))
    return mutants_roll.file_of(mutants.play(world, steps), invalid)


def main():
    files = {"roll-changes": mutants_roll.vectors(mutants.play), "withdrawals": mutants_withdrawn.vectors(mutants.play),
             "reasons": mutants_withdrawn.vectors_of_reasons(mutants.play), "booths": mutants_booth.vectors(mutants.play), "acts": acts(),
             "ed25519": ed25519(), "drafts": drafts(), "checkpoints": checkpoints(),
             "secret-opened": opened_sums(), "ceremonies": ceremonies()}
    for name, made in files.items():
        with open(os.path.join(mutants.VECTORS, name + ".json"), "w", encoding="utf-8") as out:
            out.write(json.dumps(made, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
