"""Makes whole elections of Veche, every key in one hand: what colluding voters, trustees, organiser and board can do.

For tests only. Written from docs/spec, on top of the arithmetic of veche_verify.py; what is made here checks nothing,
so that wrong elections can be made as well as right ones, wrong in one place and right in all others.
"""
import functools
import hashlib
import hmac
import json

import veche_verify as v
from veche_verify import H, Q, S, T, ZEROS, encode, frame, mul, mul_base, to_b64, u64

NOW = 1_700_000_000


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


# ---- Ed25519 (RFC 8032) and credentials (entry 4) -----------------------------------------------

def ed_secret(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
    return a, h[32:]


@functools.cache
def public(seed):
    return v.ed_encode(mul_base(ed_secret(seed)[0]))


@functools.cache                                            # many elections begin in the same way
def sign(seed, message):
    a, prefix = ed_secret(seed)
    key = public(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % Q
    point = v.ed_encode(mul_base(r))
    k = int.from_bytes(hashlib.sha512(point + key + message).digest(), "little") % Q
    return point + ((r + k * a) % Q).to_bytes(32, "little")


def credential_seed(secret, draft_id):
    prk = hmac.new(draft_id, secret, "sha256").digest()
    return hmac.new(prk, b"veche-credential-1\1", "sha256").digest()


def seal(version, value, seed):
    """The bytes of an entry or message, whose signature is behind everything else."""
    unsigned = value if type(value) is bytes else dump(value)[:-1]
    return unsigned + b',"sig":"' + to_b64(sign(seed, frame(version, unsigned))).encode() + b'"}'


# ---- The secret ballot (secret 3 to 5, 8) -------------------------------------------------------

def number(k):
    return (k % Q).to_bytes(32, "little")


def one_hot(rows, choices):
    return [[int(k == choice) for k in range(options)] for options, choice in zip(rows, choices, strict=True)]


def product(factors):
    """Of linear polynomials (constant, slope): the coefficients."""
    out = [1]
    for constant, slope in factors:
        out = [(constant * a + slope * b) % Q for a, b in zip(out + [0], [0] + out)]
    return out


def combine(pairs):
    """The sum of scalar * point"""
    total = v.IDENTITY
    for k, p in pairs:
        total = v.add(total, mul(k % Q, p))
    return total


@functools.cache
def masks(election, K):
    return [v.hashed_point("veche-ballot-mask-2", election, u64(d)) for d in range(K - 1)]


class Ballot:
    """One in the making: rows and their proof, step by step (secret 5). Of bits that are not one-hot, or out of bounds, the
    proof is as near as one can come. What is drawn may be given."""

    def __init__(self, layout, keys, election, credential, seq, prev, bits, seed, r=None):
        self.layout, self.Y, self.bits = layout, [v.decode(key) for key in keys[:layout.KY - 1]], bits
        self.Z = masks(election, layout.K)
        self.context = T("veche-ballot-context-2", election, b"".join(keys[:layout.KY - 1]), *layout.items(), credential,
                         u64(seq), prev)
        self.witness, self.seed, self.count = [number(b) for row in bits for b in row], seed, 0
        self.r = [x if x is not None else self.draw() for x in r or [None] * layout.n]
        self.points = [mul_base(x) for x in self.r] + [
            v.add(mul_base(bits[i][k] % Q), mul(self.r[i], self.Y[k])) for i, k in layout.cells]

    def draw(self):
        self.count += 1
        return S("veche-ballot-nonce-2", self.seed, self.context, *self.witness, u64(self.count - 1))

    @property
    def cells(self):
        return b"".join(map(encode, self.points))

    def challenges(self):
        self.statement = T("veche-ballot-statement-2", self.context, self.cells)
        self.gamma, self.rho = (S("veche-ballot-%s-2" % x, self.statement) for x in ("gamma", "rho"))
        self.power = [pow(self.gamma, k, Q) for k in range(self.layout.K)]
        self.star = [[(self.power[k], self.Y[k]) for k in range(options - 1)] for options in self.layout.rows]

    def values(self):
        return [sum(self.power[k] * b for k, b in enumerate(row[:-1])) % Q for row in self.bits]

    def coefficients(self, value, a):
        """L_0, ..., L_K; the last is 0 for a ballot that is good."""
        layout = self.layout
        L = [0] * (layout.K + 1)
        def term(place, factors):
            for d, x in enumerate(product(factors)):
                L[d + layout.K - len(factors)] = (L[d + layout.K - len(factors)] + pow(self.rho, place, Q) * x) % Q
        for i, options in enumerate(layout.rows):
            term(i, [(a[i], value[i] - x) for x in self.power[:options - 1] + [0]])
        for t, (first, count, least, most) in enumerate(layout.bounded):
            of_all, value_of_all = sum(a[first:first + count]), sum(value[first:first + count])
            term(layout.n + t, [(of_all, value_of_all - j) for j in range(count - most, count - least + 1)])
        return L

    def commit(self, a, s, value):
        """S, A, Com"""
        L, K = self.coefficients(value, a), self.layout.K
        com = [combine([(L[d], v.BASE)] + [(self.r[0], self.Z[d - 1])] * (d > 0) + [(s[0], z) for z in self.Z[d:d + 1]])
               for d in range(K)]
        return [mul_base(x) for x in s], [combine([(x, v.BASE)] + [(y * g, Y) for g, Y in star])
                                          for x, y, star in zip(a, s, self.star)], com

    def prove(self, value=None):
        self.challenges()
        value = value or self.values()
        a, s = [self.draw() for _ in self.r], [self.draw() for _ in self.r]
        commitments = b"".join(encode(p) for part in self.commit(a, s, value) for p in part)
        c = self.c = S("veche-ballot-challenge-2", self.statement, commitments)
        f, z = [c * x + y for x, y in zip(value, a)], [c * x + y for x, y in zip(self.r, s)]
        return commitments + b"".join(map(number, f + z))


def make_ballot(layout, keys, election, credential, seq, prev, bits, seed, r=None):
    """(cells, proof)"""
    return remembered_ballot(layout, tuple(keys), election, credential, seq, prev, tuple(map(tuple, bits)), seed, r and tuple(r))


@functools.cache                                            # many elections differ in one place only
def remembered_ballot(*given):
    ballot = Ballot(*given)
    proof = ballot.prove()
    return ballot.cells, proof


def make_dleq(label, items, x, bases=(), places=(), seed=b"\7" * 32):
    """(images, proof) of secret 9; `x` are the secrets of all keys."""
    return remembered_dleq(label, items, tuple(x), tuple(bases), tuple(places), seed)


@functools.cache
def remembered_dleq(label, items, x, bases, places, seed):
    images = [encode(mul(x[k], v.point(bases[i], "a base"))) for i, k in places]
    return b"".join(images), prove_dleq(label, items, x, [encode(mul_base(y)) for y in x], bases, images, places, seed)


def prove_dleq(label, items, x, X, bases, images, places, seed=b"\7" * 32, masks=None):
    """Also of images that are none: then the proof does not hold."""
    claim = T(label, *items, b"".join(X), b"".join(bases), b"".join(images))
    w = [S("veche-dleq-weight-2", claim, u64(j)) for j in range(len(images))]
    base = [combine((w[j], v.decode(bases[i])) for j, (i, key) in enumerate(places) if key == k) for k in range(len(x))]
    image = combine(zip(w, map(v.decode, images)))
    secret = b"".join(map(number, x))
    t = masks or [S("veche-dleq-nonce-2", seed, secret, claim, u64(k)) for k in range(len(x))]
    lists = [b"".join(map(encode, points)) for points in (base, [image], map(mul_base, t), [combine(zip(t, base))])]
    c = S("veche-dleq-challenge-2", claim, *lists)
    return number(c) + b"".join(number(a + c * y) for a, y in zip(t, x))


# ---- Trustees (trustees 3 to 7) -----------------------------------------------------------------

class Trustee:
    def __init__(self, number, seed, draft_id, threshold, kappa):
        self.number, self.seed, self.draft, self.threshold, self.kappa = number, seed, draft_id, threshold, kappa
        self.name = "Trustee %d" % number
        self.signing = H("veche-trustee-signing-1", seed, draft_id, u64(number))
        self.x = self.secret("veche-dealing-opening-1", seed, 0)
        self.P = mul_base(self.x)
        self.y = None                                       # its shares of the keys

    def secret(self, label, seed, *counts):
        return S(label, self.draft, u64(self.number), seed, *map(u64, counts))

    def say(self, **step):
        return self.sealed({"v": "veche-ceremony-2", "draft": to_b64(self.draft), "trustee": self.number, "step": step})

    def sealed(self, message):
        return seal("veche-ceremony-2", message, self.signing)

    def register(self):
        return self.say(type="register", name=self.name, key=to_b64(public(self.signing)),
                        seal=to_b64(encode(self.P)))

    def prepare(self, table):
        seed = self.dealing_seed = H("veche-trustee-dealing-1", self.seed, table)
        self.f = [[self.secret("veche-dealing-coefficients-2", seed, k, d) for d in range(self.threshold)]
                  for k in range(self.kappa)]
        self.coefficients = b"".join(encode(mul_base(x)) for polynomial in self.f for x in polynomial)
        self.nonce = number(self.secret("veche-dealing-nonce-1", seed, 0))

    def commit(self, table):
        made = T("veche-dealing-commitment-2", self.draft, u64(self.number), self.nonce, self.coefficients)
        return self.say(type="commit", table=to_b64(table), commitment=to_b64(made))

    def shares_for(self, j):
        return [sum(x * j**d for d, x in enumerate(polynomial)) % Q for polynomial in self.f]

    def possession(self):
        items = (self.draft, u64(self.number), self.coefficients)
        return make_dleq("veche-dealing-possession-2", items, [f[0] for f in self.f], seed=self.dealing_seed)[1]

    def seal_for(self, other):
        e = self.secret("veche-dealing-ephemeral-1", self.dealing_seed, other.number)
        E, P, shared = map(encode, (mul_base(e), other.P, mul(e, other.P)))
        pads = [S("veche-dealing-pad-2", self.draft, u64(self.number), u64(other.number), u64(k), E, P, shared)
                for k in range(self.kappa)]
        return E + b"".join(number(x + pad) for x, pad in zip(self.shares_for(other.number), pads))

    def deal(self, all_trustees, table, commitments):
        possession, shares = self.possession(), [to_b64(self.seal_for(other)) for other in all_trustees]
        return self.say(type="deal", table=to_b64(table), commitments=to_b64(commitments), nonce=to_b64(self.nonce),
                        coefficients=to_b64(self.coefficients), possession=to_b64(possession), shares=shares)

    def accept(self, transcript):
        return self.say(type="accept", transcript=to_b64(transcript))

    def complain(self, transcript, dealer):
        return self.say(type="complain", transcript=to_b64(transcript), dealer=dealer)

    def answer(self, transcript, to):
        e = self.secret("veche-dealing-ephemeral-1", self.dealing_seed, to)
        return self.say(type="answer", transcript=to_b64(transcript), to=to, ephemeral=to_b64(number(e)))


def hold_ceremony(trustees, lie=lambda step, trustee, message: message):
    """The messages, in the order of the file. `lie` may exchange any, and the others go on from that."""
    def say(step, *args):
        return [lie(step, t, getattr(t, step)(*args)) for t in trustees]
    registers = say("register")
    table = H("veche-ceremony-table-1", *registers)
    for t in trustees:
        t.prepare(table)
    commits = say("commit", table)
    deals = say("deal", trustees, table, H("veche-ceremony-commitments-1", *commits))
    accepts = say("accept", H("veche-ceremony-transcript-1", *registers, *commits, *deals))
    for t in trustees:
        t.y = [sum(column) % Q for column in zip(*(other.shares_for(t.number) for other in trustees))]
    return registers + commits + deals + accepts


# ---- An election --------------------------------------------------------------------------------

def same(x):
    return x


def contest(title, candidates, levels, kind=None, blank=True, method="mean", approvals=None, **rule):
    bounds = {"approvals": dict(zip(("least", "most"), approvals))} if approvals else {}
    return {"title": title, **({"kind": kind} if kind else {}), "candidates": candidates, "levels": levels,
            "blank": blank, "better": "higher", **bounds, "rule": {"method": method, **rule}}


class World:
    """Manifest, lists and keys. Each hook may change what is made before anything follows from it."""

    def __init__(self, draft, weights, seed=b"\1", voters=None, draft_hook=same, ceremony_hook=same, lie=None,
                 credentials_hook=same, roll_hook=same, manifest_hook=same, bytes_hook=same):
        draft = draft_hook(draft)
        self.draft, self.draft_id, self.weights = draft, H("veche-draft-2", dump(draft)), weights
        self.organiser, self.board = seed * 31 + b"o", seed * 31 + b"b"
        secrets = voters or [bytes([i]) * 16 for i in range(1, 20)]
        self.voters = [credential_seed(s, self.draft_id) for s in secrets]     # more than are on the list
        self.keys = [public(s) for s in self.voters]
        self.ceremony, self.trustees = None, []
        if "trustees" in draft:
            plan = draft["trustees"]
            self.trustees = [Trustee(i, seed * 31 + bytes([i]), self.draft_id, plan["threshold"],
                                     v.number_of_keys(draft["contests"])) for i in range(1, plan["count"] + 1)]
            lines = hold_ceremony(self.trustees, *([lie] if lie else []))
            self.ceremony = ceremony_hook(b"".join(x + b"\n" for x in lines))
        listed = sorted(zip(self.keys, weights))
        self.credentials = credentials_hook(b"".join(b"%s %d\n" % (to_b64(k).encode(), w) for k, w in listed))
        shows = draft["roll_shows"]
        lines = [dump({shows: str(i + 1) if shows == "number" else "Voter %d" % (i + 1), "credential": to_b64(k)}) + b"\n"
                 for i, k in enumerate(self.keys[:len(weights)])]
        self.roll = roll_hook(b"" if shows == "nothing" else b"".join(lines))
        self.manifest = bytes_hook(dump(manifest_hook(self.make_manifest())))
        self.id = H("veche-election-2", self.manifest)
        self.origin = "veche/" + to_b64(self.id)
        if self.trustees:
            self.layout = v.layout_of(draft["contests"])
            self.Y = v.pieces(v.from_b64(json.loads(self.manifest)["trustees"]["keys"]))
            self.y = [sum(f[0] for f in of_key) % Q for of_key in zip(*(t.f for t in self.trustees))]
            self.with_lot = v.has_lot(draft["contests"])
            self.lot_point = v.hashed_point("veche-lot-point-2", self.draft_id)

    def make_manifest(self):
        rsa = [{"kty": "RSA", "n": to_b64(bytes([b]) * 384), "e": "AQAB"} for b in (0xab, 0xad)]
        up, down = (-(-(v.largest_entry(self.draft) + more) // 256) * 256 for more in (1600, 3200))
        m = {"v": "veche-election-2", "draft": self.draft,
             "keys": {"server_enc": rsa[0], "server_sig": rsa[1], "board": to_b64(public(self.board)),
                      "organiser": to_b64(public(self.organiser))},
             "roll": {"voters": len(self.weights), "weight": sum(self.weights),
                      "credentials": to_b64(hashlib.sha256(self.credentials).digest()),
                      "published": to_b64(hashlib.sha256(self.roll).digest())},
             "session": {"up_bytes": up, "down_bytes": down}}
        if self.trustees:
            m["trustees"] = {
                "keys": to_b64(b"".join(encode(mul_base(sum(f[0] for f in of_key) % Q))
                                        for of_key in zip(*(t.f for t in self.trustees)))),
                "ceremony": to_b64(hashlib.sha256(self.ceremony).digest()),
                "members": [{"name": t.name, "key": to_b64(public(t.signing))} for t in self.trustees]}
        return m

    def checkpoint(self, size, root, seed=None, origin=None, extra=""):
        origin, seed = origin or self.origin, seed or self.board
        text = "%s\n%d\n%s\n" % (origin, size, v.base64.b64encode(root).decode())
        line = v.key_id(origin, 1, public(seed)) + sign(seed, text.encode())
        return (text + "\n\u2014 %s %s\n" % (origin, v.base64.b64encode(line).decode()) + extra).encode()

    def record(self, entries, result):
        """What a board publishes of these entries: tree, tiles and a checkpoint that fit them."""
        leaves = [v.leaf_hash(x) for x in entries]
        text = v.README % (to_b64(self.id), v.README_SECRET if self.trustees else v.README_OPEN)
        files = {"election.json": self.manifest, "credentials": self.credentials, "roll": self.roll,
                 "checkpoint": self.checkpoint(len(entries), v.root(leaves)), "result.json": result,
                 "README.txt": text.encode("utf-8")}
        if self.ceremony is not None:
            files["ceremony"] = self.ceremony
        for path, first, width in v.tiles_of("entries", len(entries)):
            files[path] = b"".join(len(x).to_bytes(2, "big") + x for x in entries[first:first + width])
        level = 0
        while leaves:
            for path, first, width in v.tiles_of(level, len(leaves)):
                files[path] = b"".join(leaves[first:first + width])
            leaves = [v.root(leaves[i:i + 256]) for i in range(0, len(leaves) - 255, 256)]
            level += 1
        return files


class Log:
    """A log as it grows. Nothing is checked; the figures are those of the marks that were really given."""

    def __init__(self, world):
        self.w, self.entries, self.n, self.prev = world, [], 0, ZEROS
        self.places = {}                                    # place -> (seq, leaf of the last ballot)
        self.votes = {}                                     # place -> (choices of each contest, cells)
        self.holder = list(range(len(world.weights)))       # place -> the voter whose key is in force
        self.weights = list(world.weights)                  # place -> weight, added places behind those of the list
        self.withdrawn = {}                                 # (contest, candidate), from 0 -> ballots that counted
        self.booths = []                                    # leaves of the acts that name booths
        self.struck, self.struck_before = set(), set()      # places off the roll; of these, before the opening
        self.sum_leaf = self.cells = self.closed = None

    def put(self, raw):
        self.entries.append(raw)
        return raw

    def head(self, size=None):
        """What a signer has seen who has seen so many entries."""
        entries = self.entries if size is None else self.entries[:size]
        return {"size": len(entries), "root": to_b64(v.root([v.leaf_hash(x) for x in entries]))}

    def control(self, type, by="organiser", at=NOW, key=None, chain=True, hook=same, seen=None, place=None, **more):
        """`place`: n and prev, if they are not those of the chain"""
        w = self.w
        keys = {"organiser": w.organiser, "board": w.board}
        key = key or (w.trustees[more["trustee"] - 1].signing if by == "trustee" else keys[by])
        value = {"v": "veche-control-2", "election": to_b64(w.id), "n": (place or (self.n + 1,))[0], "prev": to_b64((place or (0, self.prev))[1]),
                 "seen": self.head(seen), "at": at, "by": by, "act": {"type": type, **{k: to_b64(x) if isinstance(x, bytes) else x for k, x in more.items()}}}
        raw = self.put(seal("veche-control-2", hook(value), key))
        if type == "opening":
            self.struck_before = set(self.struck)
        if type == "closing":
            self.closed = v.from_b64(self.head()["root"])
        if chain:
            self.n, self.prev = self.n + 1, v.leaf_hash(raw)
        return raw

    def choices(self, marks):
        return [v.read_marks(c, text) for c, text in zip(self.w.draft["contests"], marks, strict=True)]

    def row_choices(self, marks):
        out = []
        for c, chosen in zip(self.w.draft["contests"], self.choices(marks)):
            if "kind" in c:
                out.append(chosen.index(1) if 1 in chosen else len(chosen))
            else:
                out += chosen
        return out

    def ballot(self, place, marks, position=None, voter=None, hook=same, bits=None, key=None, ballot=None, context=None,
               r=None):
        """The bytes of a ballot, signed. `context` is what the proof is made for, if it is something else."""
        w = self.w
        voter = self.holder[place] if voter is None else voter
        seq, prev = position or (self.places.get(place, (0, ZEROS))[0] + 1, self.places.get(place, (0, ZEROS))[1])
        if ballot is None and w.trustees:
            bits = bits or one_hot(w.layout.rows, self.row_choices(marks))
            made_for = {"keys": w.Y, "election": w.id, "credential": w.keys[voter], "seq": seq, "prev": prev, **(context or {})}
            cells, proof = make_ballot(w.layout, bits=bits, seed=hashlib.sha256(repr((voter, seq, marks)).encode()).digest(),
                                       r=r, **made_for)
            ballot = {"kind": "secret", "cells": to_b64(cells), "proof": to_b64(proof)}
        elif ballot is None:
            ballot = {"kind": "open", "marks": marks}
        value = {"v": "veche-entry-2", "election": to_b64(w.id), "credential": to_b64(w.keys[voter]), "seq": seq,
                 "prev": to_b64(prev), "ballot": ballot}
        return seal("veche-entry-2", hook(value), key or w.voters[voter])

    def vote(self, place, marks, counts=True, **how):
        raw = self.put(self.ballot(place, marks, **how))
        if counts:
            self.count(place, marks, raw)
        return raw

    def count(self, place, marks, raw, entry=None):
        """The board takes it as this place's ballot with these marks, whatever it is."""
        entry = json.loads(entry or raw)
        self.places[place] = (entry["seq"], v.leaf_hash(raw))
        self.votes[place] = (marks, entry["ballot"])

    def replace(self, place, new, **how):
        self.control("replace", old=self.w.keys[self.holder[place]], new=self.w.keys[new], reason="lost", **how)
        self.holder[place] = new

    def add(self, voter, weight, shown=None, reason="joined", key=None, **how):
        """A place for a voter who is not on the list; `shown` is what the act says of the voter."""
        shows = self.w.draft["roll_shows"]
        shown = ({} if shows == "nothing" else {shows: str(voter + 1)}) if shown is None else shown
        self.control("add", credential=key or self.w.keys[voter], **shown, weight=weight, reason=reason, **how)
        self.weights.append(weight)
        self.holder.append(voter)

    def strike(self, place, voter=None, reason="left", counts=True, **how):
        """`voter`: whose key is named, if not the one in force; `counts`: is the ballot taken out?"""
        self.control("strike", credential=self.w.keys[self.holder[place] if voter is None else voter], reason=reason, **how)
        self.struck.add(place)
        if counts:
            self.votes.pop(place, None)

    def withdraw(self, candidate, contest=1, reason="moved", counts=True, **how):
        self.control("withdraw", contest=contest, candidate=candidate, reason=reason, **how)
        if counts:
            names = self.w.draft["contests"][contest - 1]["candidates"]
            self.withdrawn[contest - 1, names.index(candidate)] = len(self.votes)

    def booth(self, which, by="board", place=None, **how):
        """`which`: a number that stands for a booth"""
        hash = bytes([which]) * 32 if type(which) is int else which
        place = place or (len(self.booths) + 1, self.booths[-1] if self.booths else ZEROS)
        self.booths.append(v.leaf_hash(self.control("booth", by=by, chain=False, place=place, hash=hash, **how)))

    def rolls(self):
        """Voters and weight by which turnout is measured, and those at the closing"""
        def left(without):
            weights = [w for place, w in enumerate(self.weights) if place not in without]
            return len(weights), sum(weights)
        return left(self.struck_before), left(self.struck)

    def rehearse(self, **how):
        for t in self.w.trustees:
            self.rehearsal(t.number, **how)

    def rehearsal(self, i, made_for=None, x=None, election=None, **how):
        election = election or self.w.id
        made_for = made_for or i
        _, proof = make_dleq("veche-rehearsal-2", (election, u64(made_for)), x or self.w.trustees[i - 1].y)
        self.control("rehearsal", by="trustee", trustee=i, proof=proof, **how)

    def totals(self):
        return len(self.votes), sum(self.weights[p] for p in self.votes)

    def sum_cells(self, votes=None):
        total = [v.IDENTITY] * (self.w.layout.n + self.w.layout.N)
        for place, (_, ballot) in (self.votes if votes is None else votes).items():
            for j, p in enumerate(v.pieces(v.from_b64(ballot["cells"]))):
                total[j] = v.add(total[j], mul(self.weights[place], v.point(p, "a cell")))
        return b"".join(map(encode, total))

    def sum(self, cells=None, ballots=None, weight=None, by="board", **how):
        counted, total = self.totals()
        self.cells = self.sum_cells() if cells is None else cells
        raw = self.control("sum", by=by, ballots=counted if ballots is None else ballots,
                           weight=total if weight is None else weight, cells=self.cells, **how)
        self.sum_leaf = v.leaf_hash(raw)

    def opened(self, cells=None):
        """(bases, places) of what a share opens"""
        w = self.w
        bases, places = v.pieces((cells or self.cells or self.sum_cells())[:32 * w.layout.n]), list(w.layout.cells)
        if w.with_lot:
            places.append((len(bases), w.layout.KY - 1))
            bases.append(encode(w.lot_point))
        return bases, places

    def make_share(self, i, x=None, election=None, sum_leaf=None, cells=None, made_for=None):
        w = self.w
        items = (election or w.id, sum_leaf or self.sum_leaf or ZEROS, u64(made_for or i))
        return make_dleq("veche-share-2", items, w.trustees[(made_for or i) - 1].y if x is None else x, *self.opened(cells))

    def prove_share(self, i, values=None, masks=None):
        """The proof of these values, which holds if they are right and the masks differ"""
        (bases, places), x = self.opened(), self.w.trustees[i - 1].y
        values = values or v.pieces(self.make_share(i)[0])
        X = [encode(mul_base(y)) for y in x]
        return prove_dleq("veche-share-2", (self.w.id, self.sum_leaf or ZEROS, u64(i)), x, X, bases, values, places, masks=masks)

    def share(self, i, values=None, proof=None, how=None, **made):
        honest = self.make_share(i, **made)
        self.control("share", by="trustee", trustee=i, values=honest[0] if values is None else values,
                     proof=honest[1] if proof is None else proof, **(how or {}))

    def result_bytes(self, votes=None, hook=same, lot=None, closed=None, rolls=None, withdrawn=None):
        """`lot`, `closed`, `rolls`: other ones than the lot, the root at the closing and the rolls that the rule asks for"""
        votes = self.votes if votes is None else votes
        figures = [[[0] * (len(c["levels"]) + 1) for _ in c["candidates"]] for c in self.w.draft["contests"]]
        for place, (marks, _) in votes.items():
            for rows, chosen in zip(figures, self.choices(marks)):
                for row, choice in zip(rows, chosen):
                    row[choice] += self.weights[place]
        e = v.Election()
        e.id, e.draft, e.contests = self.w.id, self.w.draft, self.w.draft["contests"]
        e.voters, e.weight = len(self.w.weights), sum(self.w.weights)
        e.secret = bool(self.w.trustees)
        e.draft_id = self.w.draft_id
        e.unit = 10**self.w.draft.get("roll_scale", 0)
        if e.secret and self.w.with_lot:
            lot = lot or encode(mul(self.w.y[-1], self.w.lot_point))
        return hook(v.result_json(e, len(votes), sum(self.weights[p] for p in votes), figures, lot,
                                  closed or self.closed or ZEROS, rolls or self.rolls(),
                                  self.withdrawn if withdrawn is None else withdrawn))

    def result(self, data=None, by="board", **how):
        self.published = self.result_bytes() if data is None else data
        self.control("result", by=by, hash=hashlib.sha256(self.published).digest(), **how)

    def record(self):
        return self.w.record(self.entries, self.published)
