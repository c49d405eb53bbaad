"""Makes whole elections of Veche, every key in one hand: what colluding voters, trustees, organiser and board can do.

For tests only. Written from docs/spec, on top of the arithmetic of veche_verify.py; what is made here checks nothing,
so that wrong elections can be made as well as right ones, wrong in one place and right in all others.
"""
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


def public(seed):
    return v.ed_encode(mul_base(ed_secret(seed)[0]))


def sign(seed, message):
    a, prefix = ed_secret(seed)
    key = v.ed_encode(mul_base(a))
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


def one_hot(shape, choices):
    return [[int(k == choice) for k in range(options)] for options, choice in zip(shape, choices, strict=True)]


def product(factors):
    """Of linear polynomials (constant, slope): the coefficients."""
    out = [1]
    for constant, slope in factors:
        out = [(constant * a + slope * b) % Q for a, b in zip(out + [0], [0] + out)]
    return out


def make_ballot(shape, Y, election, credential, seq, prev, bits, seed):
    """(cells, proof). Of bits that are not one-hot, the proof is as near as one can come."""
    n, K, key = len(shape), max(shape), v.decode(Y)
    context = T("veche-ballot-context-1", election, Y, u64(n), *map(u64, shape), credential, u64(seq), prev)
    witness, count = [number(b) for row in bits for b in row], 0

    def draw():
        nonlocal count
        count += 1
        return S("veche-ballot-nonce-1", seed, context, *witness, u64(count - 1))

    def enc(m, r):
        return encode(mul_base(r)) + encode(v.add(mul_base(m % Q), mul(r, key)))

    r = [[draw() for _ in row[:-1]] for row in bits]
    cells = b"".join(enc(b, x) for row, rs in zip(bits, r) for b, x in zip(row, rs))
    statement = T("veche-ballot-statement-1", context, cells)
    gamma, rho = S("veche-ballot-gamma-1", statement), S("veche-ballot-rho-1", statement)
    power = [pow(gamma, k, Q) for k in range(K)]
    value = [sum(power[k] * b for k, b in enumerate(row)) % Q for row in bits]
    star = [sum((power[k] - power[options - 1]) * x for k, x in enumerate(rs)) for options, rs in zip(shape, r)]
    a, s = [draw() for _ in shape], [draw() for _ in shape]
    L = [0] * (K + 1)
    for i, options in enumerate(shape):
        row = product([(a[i], value[i] - power[k]) for k in range(options)])
        for d, x in enumerate(row):
            L[d + K - options] += pow(rho, i, Q) * x
    t = [draw() for _ in range(K)]
    commitments = b"".join(enc(x, y) for x, y in [*zip(a, s), *zip(L[:K], t)])
    c = S("veche-ballot-challenge-1", statement, commitments)
    f = [c * value[i] + a[i] for i in range(n)]
    z = [c * star[i] + s[i] for i in range(n)]
    last = sum(pow(c, d, Q) * t[d] for d in range(K))
    return cells, commitments + b"".join(map(number, [*f, *z, last]))


def make_dleq(label, items, x, bases, seed=b"\7" * 32):
    """(images, proof) of secret 9."""
    A = [v.point(b, "a base") for b in bases]
    images = [encode(mul(x, p)) for p in A]
    return b"".join(images), prove_dleq(label, items, x, encode(mul_base(x)), bases, images, seed)


def prove_dleq(label, items, x, X, bases, images, seed=b"\7" * 32):
    """Also of images that are none: then the proof does not hold."""
    claim = T(label, *items, X, b"".join(bases), b"".join(images))
    base, image = v.IDENTITY, v.IDENTITY
    for j, (a, d) in enumerate(zip(bases, images)):
        w = S("veche-dleq-weight-1", claim, u64(j))
        base, image = v.add(base, mul(w, v.decode(a))), v.add(image, mul(w, v.decode(d)))
    k = S("veche-dleq-nonce-1", seed, number(x), claim, u64(0))
    c = S("veche-dleq-challenge-1", claim, *map(encode, (base, image, mul_base(k), mul(k, base))))
    return number(c) + number(k + c * x)


# ---- Trustees (trustees 3 to 7) -----------------------------------------------------------------

class Trustee:
    def __init__(self, number, seed, draft_id, threshold):
        self.number, self.seed, self.draft, self.threshold = number, seed, draft_id, threshold
        self.name = "Trustee %d" % number
        self.signing = H("veche-trustee-signing-1", seed, draft_id, u64(number))
        self.x = self.secret("veche-dealing-opening-1", seed, 0)
        self.P = mul_base(self.x)
        self.y = None                                       # its share of the election's key

    def secret(self, label, seed, count):
        return S(label, self.draft, u64(self.number), seed, u64(count))

    def say(self, **step):
        return self.sealed({"v": "veche-ceremony-1", "draft": to_b64(self.draft), "trustee": self.number, "step": step})

    def sealed(self, message):
        return seal("veche-ceremony-1", message, self.signing)

    def register(self):
        return self.say(type="register", name=self.name, key=to_b64(public(self.signing)),
                        seal=to_b64(encode(self.P)))

    def prepare(self, table):
        seed = self.dealing_seed = H("veche-trustee-dealing-1", self.seed, table)
        self.f = [self.secret("veche-dealing-coefficients-1", seed, k) for k in range(self.threshold)]
        self.coefficients = b"".join(encode(mul_base(x)) for x in self.f)
        self.nonce = number(self.secret("veche-dealing-nonce-1", seed, 0))

    def commit(self, table):
        made = T("veche-dealing-commitment-1", self.draft, u64(self.number), self.nonce, self.coefficients)
        return self.say(type="commit", table=to_b64(table), commitment=to_b64(made))

    def share_for(self, j):
        return sum(x * j**k for k, x in enumerate(self.f)) % Q

    def deal(self, all_trustees, table, commitments):
        items = (self.draft, u64(self.number), self.coefficients)
        _, possession = make_dleq("veche-dealing-possession-1", items, self.f[0], [], self.dealing_seed)
        shares = []
        for other in all_trustees:
            e = self.secret("veche-dealing-ephemeral-1", self.dealing_seed, other.number)
            E = encode(mul_base(e))
            pad = S("veche-dealing-pad-1", self.draft, u64(self.number), u64(other.number), E, encode(other.P),
                    encode(mul(e, other.P)))
            shares.append(to_b64(E + number(self.share_for(other.number) + pad)))
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
        t.y = sum(other.share_for(t.number) for other in trustees) % Q
    return registers + commits + deals + accepts


# ---- An election --------------------------------------------------------------------------------

def same(x):
    return x


def contest(title, candidates, levels, kind=None, blank=True, method="mean"):
    return {"title": title, **({"kind": kind} if kind else {}), "candidates": candidates, "levels": levels,
            "blank": blank, "better": "higher", "rule": {"method": method}}


class World:
    """Manifest, lists and keys. Each hook may change what is made before anything follows from it."""

    def __init__(self, draft, weights, seed=b"\1", voters=None, draft_hook=same, ceremony_hook=same, lie=None,
                 credentials_hook=same, roll_hook=same, manifest_hook=same, bytes_hook=same):
        draft = draft_hook(draft)
        self.draft, self.draft_id, self.weights = draft, H("veche-draft-1", dump(draft)), weights
        self.organiser, self.board = seed * 31 + b"o", seed * 31 + b"b"
        secrets = voters or [bytes([i]) * 16 for i in range(1, 20)]
        self.voters = [credential_seed(s, self.draft_id) for s in secrets]     # more than are on the list
        self.keys = [public(s) for s in self.voters]
        self.ceremony, self.trustees = None, []
        if "trustees" in draft:
            plan = draft["trustees"]
            self.trustees = [Trustee(i, seed * 31 + bytes([i]), self.draft_id, plan["threshold"])
                             for i in range(1, plan["count"] + 1)]
            lines = hold_ceremony(self.trustees, *([lie] if lie else []))
            self.ceremony = ceremony_hook(b"".join(x + b"\n" for x in lines))
        listed = sorted(zip(self.keys, weights))
        self.credentials = credentials_hook(b"".join(b"%s %d\n" % (to_b64(k).encode(), w) for k, w in listed))
        shows = draft["roll_shows"]
        lines = [dump({shows: str(i + 1) if shows == "number" else "Voter %d" % (i + 1), "credential": to_b64(k)}) + b"\n"
                 for i, k in enumerate(self.keys[:len(weights)])]
        self.roll = roll_hook(b"" if shows == "nothing" else b"".join(lines))
        self.manifest = bytes_hook(dump(manifest_hook(self.make_manifest())))
        self.id = H("veche-election-1", self.manifest)
        self.origin = "veche/" + to_b64(self.id)
        self.shape = v.shape_of(draft["contests"]) if self.trustees else []
        if self.trustees:
            self.Y = v.from_b64(json.loads(self.manifest)["trustees"]["key"])

    def make_manifest(self):
        rsa = [{"kty": "RSA", "n": to_b64(bytes([b]) * 384), "e": "AQAB"} for b in (0xab, 0xad)]
        up, down = (-(-(v.largest_entry(self.draft) + more) // 256) * 256 for more in (1600, 3200))
        m = {"v": "veche-election-1", "draft": self.draft,
             "keys": {"server_enc": rsa[0], "server_sig": rsa[1], "board": to_b64(public(self.board)),
                      "organiser": to_b64(public(self.organiser))},
             "roll": {"voters": len(self.weights), "weight": sum(self.weights),
                      "credentials": to_b64(hashlib.sha256(self.credentials).digest()),
                      "published": to_b64(hashlib.sha256(self.roll).digest())},
             "session": {"up_bytes": up, "down_bytes": down}}
        if self.trustees:
            m["trustees"] = {
                "key": to_b64(encode(mul_base(sum(t.f[0] for t in self.trustees)))),
                "ceremony": to_b64(hashlib.sha256(self.ceremony).digest()),
                "members": [{"name": t.name, "key": to_b64(public(t.signing)), "share": to_b64(encode(mul_base(t.y)))}
                            for t in self.trustees]}
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
        self.sum_leaf = self.cells = None

    def put(self, raw):
        self.entries.append(raw)
        return raw

    def head(self, size=None):
        """What a signer has seen who has seen so many entries."""
        entries = self.entries if size is None else self.entries[:size]
        return {"size": len(entries), "root": to_b64(v.root([v.leaf_hash(x) for x in entries]))}

    def control(self, type, by="organiser", at=NOW, key=None, chain=True, hook=same, seen=None, **more):
        w = self.w
        keys = {"organiser": w.organiser, "board": w.board}
        key = key or (w.trustees[more["trustee"] - 1].signing if by == "trustee" else keys[by])
        value = {"v": "veche-control-1", "election": to_b64(w.id), "n": self.n + 1, "prev": to_b64(self.prev),
                 "seen": self.head(seen), "at": at, "by": by, "act": {"type": type, **{k: to_b64(x) if isinstance(x, bytes) else x for k, x in more.items()}}}
        raw = self.put(seal("veche-control-1", hook(value), key))
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

    def ballot(self, place, marks, position=None, voter=None, hook=same, bits=None, key=None, ballot=None, context=None):
        """The bytes of a ballot, signed. `context` is what the proof is made for, if it is something else."""
        w = self.w
        voter = self.holder[place] if voter is None else voter
        seq, prev = position or (self.places.get(place, (0, ZEROS))[0] + 1, self.places.get(place, (0, ZEROS))[1])
        if ballot is None and w.trustees:
            bits = bits or one_hot(w.shape, self.row_choices(marks))
            made_for = {"Y": w.Y, "election": w.id, "credential": w.keys[voter], "seq": seq, "prev": prev, **(context or {})}
            cells, proof = make_ballot(w.shape, bits=bits, seed=hashlib.sha256(repr((voter, seq, marks)).encode()).digest(),
                                       **made_for)
            ballot = {"kind": "secret", "cells": to_b64(cells), "proof": to_b64(proof)}
        elif ballot is None:
            ballot = {"kind": "open", "marks": marks}
        value = {"v": "veche-entry-1", "election": to_b64(w.id), "credential": to_b64(w.keys[voter]), "seq": seq,
                 "prev": to_b64(prev), "ballot": ballot}
        return seal("veche-entry-1", hook(value), key or w.voters[voter])

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

    def rehearse(self, **how):
        for t in self.w.trustees:
            self.rehearsal(t.number, **how)

    def rehearsal(self, i, made_for=None, x=None, election=None, **how):
        election = election or self.w.id
        made_for = made_for or i
        A = encode(mul_base(S("veche-rehearsal-point-1", election, u64(made_for))))
        value, proof = make_dleq("veche-rehearsal-1", (election, u64(made_for)), x or self.w.trustees[i - 1].y, [A])
        self.control("rehearsal", by="trustee", trustee=i, value=value, proof=proof, **how)

    def totals(self):
        return len(self.votes), sum(self.w.weights[p] for p in self.votes)

    def sum_cells(self, votes=None):
        total = [v.IDENTITY] * (2 * sum(k - 1 for k in self.w.shape))
        for place, (_, ballot) in (self.votes if votes is None else votes).items():
            for j, p in enumerate(v.pieces(v.from_b64(ballot["cells"]))):
                total[j] = v.add(total[j], mul(self.w.weights[place], v.point(p, "a cell")))
        return b"".join(map(encode, total))

    def sum(self, cells=None, ballots=None, weight=None, by="board", **how):
        counted, total = self.totals()
        self.cells = self.sum_cells() if cells is None else cells
        raw = self.control("sum", by=by, ballots=counted if ballots is None else ballots,
                           weight=total if weight is None else weight, cells=self.cells, **how)
        self.sum_leaf = v.leaf_hash(raw)

    def make_share(self, i, x=None, election=None, sum_leaf=None, cells=None, made_for=None):
        w = self.w
        bases = v.pieces(cells or self.cells or self.sum_cells())[::2]
        items = (election or w.id, sum_leaf or self.sum_leaf or ZEROS, u64(made_for or i))
        return make_dleq("veche-share-1", items, w.trustees[(made_for or i) - 1].y if x is None else x, bases)

    def share(self, i, values=None, proof=None, how=None, **made):
        honest = self.make_share(i, **made)
        self.control("share", by="trustee", trustee=i, values=honest[0] if values is None else values,
                     proof=honest[1] if proof is None else proof, **(how or {}))

    def result_bytes(self, votes=None, hook=same):
        votes = self.votes if votes is None else votes
        figures = [[[0] * (len(c["levels"]) + 1) for _ in c["candidates"]] for c in self.w.draft["contests"]]
        for place, (marks, _) in votes.items():
            for rows, chosen in zip(figures, self.choices(marks)):
                for row, choice in zip(rows, chosen):
                    row[choice] += self.w.weights[place]
        e = v.Election()
        e.id, e.draft, e.contests = self.w.id, self.w.draft, self.w.draft["contests"]
        e.voters, e.weight = len(self.w.weights), sum(self.w.weights)
        e.secret = bool(self.w.trustees)
        return hook(v.result_json(e, len(votes), sum(self.w.weights[p] for p in votes), figures))

    def result(self, data=None, by="board", **how):
        self.published = self.result_bytes() if data is None else data
        self.control("result", by=by, hash=hashlib.sha256(self.published).digest(), **how)

    def record(self):
        return self.w.record(self.entries, self.published)
