#!/usr/bin/env python3
"""Runs docs/spec/vectors against veche_verify.py, as far as a verifier can: what is good must pass with exactly the
values that stand there, what is bad must be refused, and by the check that the file names.

    python3 run_vectors.py [docs/spec/vectors]

Not run: dialogue.json (sealed messages are no part of a record), the disputes of trustees-dealing.json, cards.
"""
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time

import veche_verify as v
from veche_verify import H, S, T, from_b64, need, to_b64, u64

unhex = bytes.fromhex
PLACES, CHANGES, SECONDS_MAX = 100_000, 2_000, 10


class Differs(Exception):
    """What was accepted is not what stands there. No refusal: it must not pass for one."""


def equal(a, b):
    if a != b:
        raise Differs("%.200r in place of %.200r" % (a, b))


def refused(function, case, check=None):
    try:
        function(case)
    except v.Fail as x:
        need(check is None or str(x).startswith(check), "refused, but not by %s: %s" % (check, x))
        return
    raise v.Fail("accepted")


class Runner:
    def __init__(self, folder):
        self.folder, self.passed, self.failed = folder, 0, 0

    def load(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as f:
            return json.load(f)

    def run(self, file, function, *args):
        """One case; the last argument is it, and its name is told if it fails."""
        try:
            function(*args)
            self.passed += 1
        except Exception as x:
            self.failed += 1
            name = args[-1].get("name", "") if args and type(args[-1]) is dict else ""
            print("%s: %s %s: %s" % (file, function.__name__, name, x or type(x).__name__))

    def each(self, file, function, valid, invalid):
        for case in valid:
            self.run(file, function, case)
        for case in invalid:
            self.run(file, lambda case: refused(function, case, case.get("check")), case)

    # ---- one method for each file

    def basics(self):
        d = self.load("basics.json")

        def frame(case):
            parts = [unhex(x) for x in case["parts_hex"]]
            equal(v.frame(case["label"], *parts), unhex(case["frame_hex"]))
            equal(to_b64(H(case["label"], *parts)), case["labelled_hash"])

        def base32(case):
            equal(v.groups(unhex(case["hex"])), case["text"])

        def entry(case):
            raw = case["entry"].encode()
            equal(v.signed_part(raw, "veche-entry-2"), unhex(case["signed_hex"]))
            equal(v.groups(H("veche-ballot-code-1", raw[:-96])), case["ballot_code"])
            equal(to_b64(v.leaf_hash(raw)), case["leaf_hash"])

        def key_id(case):
            equal(v.key_id(case["origin"], 1, from_b64(case["board"])), unhex(case["key_id_hex"]))

        def tile_path(case):
            equal(v.tile_path(case["level"], case["n"], case["width"]), case["path"])

        self.each("basics", frame, [d["frame"]], [])
        self.each("basics", base32, d["base32"], [])
        self.each("basics", entry, [d["entry"]], [])
        self.each("basics", key_id, [d["checkpoint_key_id"]], [])
        self.each("basics", tile_path, d["tile_paths"], [])

    def ed25519(self):
        d = self.load("ed25519.json")

        def key(case):
            v.ed_key(unhex(case["key"]))

        def signature(case):
            need(v.ed_verify(*(unhex(case[n]) for n in ("key", "message", "signature"))), "the signature")

        self.each("ed25519", key, d["keys"]["valid"], d["keys"]["invalid"])
        for of in ("valid", "invalid"):
            self.each("ed25519", key, d["signatures"][of], [])      # or it would be the key that is refused
        self.each("ed25519", signature, d["signatures"]["valid"], d["signatures"]["invalid"])

    def texts(self):
        d = self.load("texts.json")

        def lists(case):
            for name, ours in (("white_space", v.SPACES), ("forbidden", v.FORBIDDEN), ("invisible", v.INVISIBLE)):
                equal({ord(c) for c in ours}, {code for low, high in case[name] for code in range(low, high + 1)})

        def text(case):
            v.clean(case["text"], case["max"], "the text")

        def witness(case):
            v.read_witnesses({"witnesses": {"quorum": 1, "keys": [case["key"]]}})

        self.run("texts", lists, d)
        self.each("texts", text, d["valid"], d["invalid"])
        self.each("texts", witness, d["witnesses"]["valid"], d["witnesses"]["invalid"])

    def drafts(self):
        d = self.load("drafts.json")

        def draft(case):
            v.check_draft(v.read_json(case["draft"].encode()))

        self.each("drafts", draft, d["valid"], d["invalid"])

    def roll(self):
        d = self.load("roll.json")

        def number(case):
            v.check_number(case["number"])
            if "folded" in case:
                equal(v.fold(case["number"]), case["folded"])

        def sorted_by_bytes(case):
            equal(sorted(case), case)

        def published(case):
            keys = [bytes([i]) * 32 for i in range(len(case["numbers"]))]
            lines = ['{"number":"%s","credential":"%s"}\n' % (number, to_b64(key)) for number, key in zip(case["numbers"], keys)]
            v.check_roll("".join(lines).encode(), "number", set(keys))

        self.each("roll", number, d["valid"], d["invalid"])
        self.each("roll", published, d["published"]["valid"], d["published"]["invalid"])
        self.run("roll", sorted_by_bytes, d["sorted"])

    def marks(self):
        d = self.load("marks.json")

        def marks(case):
            levels = v.read_marks(case["contest"], case["marks"])
            if "levels" in case:
                equal([i if i < len(case["contest"]["levels"]) else None for i in levels], case["levels"])

        def scale(case):
            equal(v.level_values(case["levels"]), case["values"])

        self.each("marks", marks, d["valid"], d["invalid"])
        self.each("marks", scale, d["scales"], [])

    def entries(self):
        d = self.load("entry.json")
        e = v.read_manifest(d["manifest"].encode())

        def ids(case):
            equal((to_b64(e.id), to_b64(e.draft_id)), (case["election"], case["draft"]))

        def entry(case):
            raw = case["entry"].encode()
            found = v.parse_entry(e, raw)
            need(v.ed_verify(found["key"], v.signed_part(raw, found["v"]), found["sig"]), "the signature")
            equal(to_b64(v.leaf_hash(raw)), case.get("leaf", to_b64(v.leaf_hash(raw))))
            if case.get("code"):
                equal(v.groups(H("veche-ballot-code-1", raw[:-96])), case["code"])

        self.run("entry", ids, d)
        self.each("entry", entry, d["valid"], d["invalid"])

    def log(self):
        d = self.load("log.json")
        leaves = []

        def roots(case):
            equal(to_b64(v.root(leaves)), case["root"])
            leaves.append(v.leaf_hash(case["next_entry"].encode()))

        def inclusion(case):
            proof = [from_b64(x, 32) for x in case["proof"]]
            found = v.root_from_proof(v.leaf_hash(case["entry"].encode()), case["index"], case["size"], proof)
            need(to_b64(found) == case["root"], "another root")

        def checkpoint(case):
            size, *_ = v.open_checkpoint(case["note"].encode(), d["checkpoint"]["origin"], from_b64(d["checkpoint"]["key"]))
            equal(size, case.get("size", size))

        self.each("log", roots, d["roots"], [])
        self.each("log", inclusion, d["inclusion"]["valid"], d["inclusion"]["invalid"])
        self.each("log", checkpoint, d["checkpoint"]["valid"], d["checkpoint"]["invalid"])

    def receipts(self):
        d = self.load("receipt.json")
        e = v.read_manifest(d["manifest"].encode())

        def receipt(case):
            # The file has the members sorted by name; in a message they stand in the order of log 6.
            check_receipt(e, {n: case["receipt"][n] for n in ("v", "entry", "index", "proof", "checkpoint")})

        def receipt_file(text):
            f = v.read_json(text.removesuffix("\n").encode())
            v.members(f, "v", "receipt", "manifest")
            need(f["v"] == "veche-receipt-file-1", "an unknown version")
            check_receipt(v.read_manifest(f["manifest"].encode()), f["receipt"])

        self.each("receipt", receipt, d["valid"], d["invalid"])
        with open(os.path.join(self.folder, "receipt-1-1.json"), encoding="utf-8", newline="") as f:
            self.run("receipt-1-1", receipt_file, f.read())

    def results(self):
        d = self.load("results.json")
        e = v.read_manifest(d["manifest"].encode())
        # The list of credentials is not in the file: every voter of the log, with the weights that the result shows.
        keys = sorted({from_b64(json.loads(x["entry"])["credential"]) for x in d["log"] if "credential" in x["entry"]})

        def result(case):
            for weights in ([1, 1, 2], [1, 2, 1], [2, 1, 1]):
                log = v.Log(e, list(zip(keys, weights)))
                for index, x in enumerate(case["log"]):
                    log.append(index, x["entry"].encode())
                try:
                    equal(log.finish_checks(len(case["log"]), [], []).decode(), case["result"])
                    return
                except Differs as x:
                    last = x
            raise last

        self.run("results", result, d)

    def lot(self):
        d = self.load("lot.json")

        def lot(case):
            value = case["drawn"].encode("utf-8") if "drawn" in case else unhex(case["point"])
            seed = v.lot_seed(from_b64(case["draft"], 32), value, from_b64(case["closed"], 32))
            equal(to_b64(seed), case["seed"])
            for x in case["tickets"]:
                equal(to_b64(v.ticket_number(seed, x["contest"], x["candidate"])), x["ticket"])

        self.each("lot", lot, d["lots"], [])

    def later_acts(self):
        for file in ("roll-changes", "withdrawals", "reasons", "booths", "acts"):
            self.acts(file)

    def acts(self, file):
        d = self.load(file + ".json")
        e = v.read_manifest(d["manifest"].encode())
        credentials = v.read_credentials(d["credentials"].encode())
        _, numbers = v.check_roll(d["roll"].encode(), "number", {k for k, _ in credentials})

        def taken(entries):
            log = v.Log(e, credentials, numbers)
            for index, x in enumerate(entries):
                log.append(index, x["entry"].encode())
            _, false = v.verify_signatures(log.signatures[-1:])
            need(not false, "the signature")
            return log.finish_checks(len(entries), [], [])

        def result(case):
            equal(taken(case["log"]).decode(), case["result"])

        def entry(case):
            before = d["log"][:case["after"]]
            try:
                taken(before)               # which is good, or this would show nothing
            except v.Fail as x:
                raise Differs("what comes before is refused: %s" % x) from x
            taken([*before, case])

        def many(_):
            """A long log of changes takes no more time for each of them than a short one."""
            log = v.Log(e, [(bytes([0]) + i.to_bytes(31, "big"), 1) for i in range(PLACES)])
            log.phase, began = "setup", time.process_time()
            for i in range(CHANGES):
                log.roll_change({"type": "add", "credential": bytes([1]) + i.to_bytes(31, "big"), "weight": 1})
                log.roll_change({"type": "strike", "credential": bytes([0]) + i.to_bytes(31, "big")})
            need(time.process_time() - began < SECONDS_MAX, "%d changes take a time for every place" % CHANGES)
            (voters, _), (now, weight) = log.rolls()
            equal((voters, now, weight), (PLACES + CHANGES, PLACES, PLACES))

        if file == "roll-changes":
            self.run(file, many, d)
        self.run(file, result, d)
        self.each(file, entry, [], d["invalid"])

    def secret_hash(self):
        d = self.load("secret-hash.json")

        def hashes(case):
            items = [unhex(x) for x in case["items"]]
            equal(T(case["label"], *items), unhex(case["digest"]))
            equal(S(case["label"], *items).to_bytes(32, "little"), unhex(case["scalar"]))

        def scalars(case):
            v.scalar(unhex(case["bytes"]), "it")

        def points(case):
            equal(v.encode(point(case)), unhex(case["bytes"]))
            equal(v.encode(v.mul_base(v.scalar(unhex(case["scalar"]), "it"))), unhex(case["bytes"]))

        def point(case):
            return v.point(unhex(case["bytes"]), "it")

        self.each("secret-hash", hashes, [d["hash"]], [])
        self.each("secret-hash", scalars, d["scalars"]["valid"], d["scalars"]["invalid"])
        self.each("secret-hash", points, d["points"]["valid"], [])
        self.each("secret-hash", point, [], d["points"]["invalid"])

    def secret_ballots(self):
        d = self.load("secret-ballots.json")
        self.each("secret-ballots", self.ballot, d["valid"], d["invalid"])
        self.each("secret-forgeries", self.ballot, [], self.load("secret-forgeries.json")["invalid"])

    def ballot(self, case):
        election, credential, prev = (unhex(case[n]) for n in ("election", "credential", "prev"))
        layout = layout_of(case)
        keys = v.Keys(layout, [unhex(key) for key in case["keys"]], election)
        b = v.SecretBallot(layout, keys, election, credential, case["seq"], prev, unhex(case["cells"]), unhex(case["proof"]))
        if "context" in case:
            equal((b.context, b.statement), (unhex(case["context"]), unhex(case["statement"])))
            numbers = [x.to_bytes(32, "little") for x in (b.gamma, b.rho, b.c)]
            equal(numbers, [unhex(case[n]) for n in ("gamma", "rho", "c")])
        bad = v.false_proofs([(0, b)], keys)
        need(not bad, bad.get(0))

    def secret_shares(self):
        d = self.load("secret-shares.json")

        def rehearsal(case):
            keys = [unhex(key) for key in case["keys"]]
            v.check_rehearsal(unhex(case.get("election", d["rehearsals"]["election"])), case["trustee"], keys, unhex(case["proof"]))

        self.each("secret-shares", rehearsal, d["rehearsals"]["valid"], d["rehearsals"]["invalid"])
        for case in d["sums"]:
            self.opened_sum(case)

    def opened_sum(self, d):
        layout, cells, points = layout_of(d), unhex(d["cells"]), {}

        def share(case):
            points[case["trustee"]] = v.check_share(
                layout, unhex(d["draft"]), unhex(case.get("election", d["election"])), unhex(case.get("sum", d["sum"])), case["trustee"],
                [unhex(key) for key in case["keys"]], cells, d["lot"], unhex(case["values"]), unhex(case["proof"]))

        def opened(chosen):
            found, lot = v.combine({i: points[i] for i in chosen}, layout, cells)
            equal([v.encode(p) for p in found], [unhex(x) for x in d["opened"]["points"]])
            equal(lot and v.encode(lot).hex(), d["opened"]["lot"])
            most = max(d["opened"]["numbers"])
            equal(v.numbers_in(found, most, []), d["opened"]["numbers"])
            if most:
                refused(lambda limit: v.numbers_in(found, limit, []), most - 1, "T1")

        self.each("secret-shares", share, [], d["shares"]["invalid"])
        self.each("secret-shares", share, d["shares"]["valid"], [])
        for chosen in ((1, 2), (1, 3), (3, 2), (1, 2, 3)):
            self.run("secret-shares", opened, chosen)

    def dealings(self):
        d = self.load("trustees-dealing.json")
        dealings = []

        def dealing(case):
            made = v.check_dealing(unhex(d["draft"]), case["trustee"], d["keys"], d["threshold"], *(
                unhex(case[n]) for n in ("commitment", "nonce", "coefficients", "possession")))
            dealings.append(made)

        def keys(case):
            found, verification = v.keys_from_dealings(dealings)
            equal([x.hex() for x in found], d["joint_keys"])
            equal([[x.hex() for x in of_one] for of_one in verification], d["verification_keys"])

        self.each("trustees-dealing", dealing, [], d["invalid"])
        self.each("trustees-dealing", dealing, d["trustees"], [])
        self.run("trustees-dealing", keys, d)

    def ceremony(self):
        d = self.load("trustees-ceremony.json")
        raw = "".join(m + "\n" for m in d["messages"]).encode()
        draft = v.read_json(d["draft"].encode())
        id = H("veche-draft-2", d["draft"].encode())
        plan = draft["trustees"]["count"], draft["trustees"]["threshold"], v.number_of_keys(draft["contests"])

        def whole(case):
            v.check_draft(draft)
            equal((to_b64(id), to_b64(hashlib.sha256(raw).digest())), (case["draft_id"], case["ceremony_hash"]))
            keys, trustees, verification = v.check_ceremony(raw, id, *plan)
            equal(([to_b64(k) for k in keys], [[to_b64(k) for k in of_one] for of_one in verification]),
                  (case["keys"], case["verification_keys"]))
            members = [{"name": n, "key": to_b64(k)} for n, k in trustees]
            equal({"keys": to_b64(b"".join(keys)), "ceremony": case["ceremony_hash"], "members": members}, case["trustees"])

        def without(i):
            lines = raw.splitlines(True)
            for changed in (lines[:i] + lines[i + 1:], lines[:i] + lines[i:i + 1] * 2 + lines[i + 1:],
                            lines[i:] + lines[:i]):
                if changed != lines:
                    refused(lambda b: v.check_ceremony(b, id, *plan), b"".join(changed))

        def disputed(case):
            c = v.Ceremony("".join(m + "\n" for m in case["messages"]).encode(), id, *plan)
            equal((c.outcome, c.culprits), (case["outcome"], case["culprits"]))

        def not_complete(case):
            v.check_ceremony("".join(m + "\n" for m in case["messages"]).encode(), id, *plan)

        self.each("trustees-ceremony", disputed, d["disputes"], [])
        self.each("trustees-ceremony", not_complete, [], d["disputes"])
        self.each("trustees-ceremony", disputed, [], d["invalid"])
        self.run("trustees-ceremony", whole, d)
        for i in range(len(d["messages"])):
            self.run("trustees-ceremony", without, i)

    def ceremonies(self):
        d = self.load("ceremonies.json")

        def end(case):
            """As `--ceremony` reads it, from a folder"""
            said = case.get("file", "".join((d["messages"][x] if type(x) is int else x) + "\n" for x in case.get("messages", ())))
            with tempfile.TemporaryDirectory() as folder:
                for name, text in (("draft.json", case.get("draft", d["draft"])), ("ceremony", said)):
                    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
                        f.write(text)
                return v.verify_ceremony(folder)

        def ended(case):
            found = end(case)
            equal([found[n] for n in ("outcome", "culprits", "disputes")], [case[n] for n in ("outcome", "culprits", "disputes")])

        self.each("ceremonies", ended, d["valid"], [])
        self.each("ceremonies", end, [], d["invalid"])
        of_open = next(x for x in self.load("drafts.json")["valid"] if '"trustees"' not in x["draft"])
        self.each("ceremonies", end, [], [{**of_open, "check": "an open election"}])

    def checkpoints(self):
        d = self.load("checkpoints.json")

        def opened(case):
            return v.open_checkpoint(case["note"].encode(), d["origin"], from_b64(d["key"]))

        def size(case):
            equal(opened(case)[0], case["size"])

        self.each("checkpoints", size, d["valid"], [])
        self.each("checkpoints", opened, [], d["invalid"])

    def opened_sums(self):
        d = self.load("secret-opened.json")

        def figures(case):
            return v.figures_from_sum(d["contests"], case["numbers"], d["weight"])

        def numbers(case):
            return v.numbers_in([v.decode(unhex(case["point"]))], d["weight"], [])

        def guessed(case):
            """What result.json says helps, and is trusted with nothing"""
            v.numbers_in([v.decode(unhex(case["point"]))], d["weight"], [d["weight"] + 1])

        self.each("secret-opened", numbers, [], [{**x, "check": "T1"} for x in d["points"]["invalid"]])
        self.each("secret-opened", guessed, [], [{**x, "check": "T1"} for x in d["points"]["invalid"]])
        self.each("secret-opened", lambda case: equal(figures(case), case["figures"]), d["valid"], [])
        self.each("secret-opened", figures, [], d["invalid"])
        self.each("secret-opened", lambda case: equal(numbers(case), [case["number"]]), d["points"]["valid"], [])

    def two_logs(self):
        """One closing, byte for byte, in logs that differ before it (entry 7, record 5)."""
        d, told = self.load("two-logs.json"), []
        e = v.read_manifest(d["manifest"].encode())
        plan = e.draft_id, e.count, e.threshold, len(e.keys)
        _, _, e.verification = v.check_ceremony(d["ceremony"].encode(), *plan)

        def log(case):
            entries = [x.encode() for x in case["log"]]
            log = v.Log(e, v.read_credentials(d["credentials"].encode()))
            for index, raw in enumerate(entries):
                log.append(index, raw)
            failures, sums = v.run_in_parallel(log, 1)
            need(not failures, failures)
            log.finish_checks(len(entries), sums, [])
            size = case["closed"]["size"]
            equal(entries[size - 1].decode(), d["closing"])
            equal((to_b64(log.root_at_closing), to_b64(log.tree.root_at(size))), (case["closed"]["root"],) * 2)
            code = v.groups(H("veche-closing-code-1", e.id, u64(len(entries)), log.tree.root_at(len(entries))))[:39]
            equal(code, case["code"])
            need(code not in told, "two logs have one code")
            told.append(code)

        self.each("two-logs", log, d["logs"], [])

    def records(self):
        def record(name):
            self.verified(os.path.join(self.folder, name))

        for name in ("record", "secret-record"):
            self.run(name, record, name)
        refused(record, "no such record")

    def files(self):
        """The record in other files than it should have, or in an archive: of each, how it is written."""
        where, good = os.path.join(self.folder, "record"), []
        for folder, _, names in os.walk(where):
            good += [os.path.relpath(os.path.join(folder, name), where) for name in names]

        def header(name, size, kind=b"0", prefix=b"", size_text=None, checksum=None):
            h = (name.encode().ljust(100, b"\0") + b"0000644\0" + bytes(16) + (b"%011o\0" % size if size_text is None else size_text) + bytes(12)
                 + b" " * 8 + kind + bytes(100) + b"ustar\00000" + bytes(80) + prefix).ljust(512, b"\0")
            return h[:148] + (b"%06o\0 " % sum(h) if checksum is None else checksum) + h[156:]

        def member(name, **more):
            with open(os.path.join(where, name), "rb") as f:
                data = f.read()
            return header(name, len(data), **more) + data + bytes(-len(data) % 512)

        tar = [member(name) for name in sorted(good)]
        one, rest, end = member("roll"), [x for x, name in zip(tar, sorted(good)) if name != "roll"], bytes(1024)
        size = os.path.getsize(os.path.join(where, "roll"))

        def archive(case):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "record.tar")
                with open(path, "wb") as f:
                    f.write(b"".join(case["parts"]))
                self.verified(path)

        def roll(name, **how):
            return {"name": name, "parts": [*rest, member("roll", **how), end]}

        self.each("archives", archive, [{"name": "as it is written", "parts": [*tar, end]}, {"name": "no end", "parts": tar},
                                        {"name": "blocks of zeros behind it", "parts": [*tar, bytes(2**20)]},
                                        roll("the kind of old archives", kind=b"\0"), roll("a size that ends in a space", size_text=b"%011o " % size)], [
            {"name": "half a block more", "parts": [*tar, end, bytes(256)]}, {"name": "a file twice", "parts": [*tar, one, end]},
            {"name": "cut within a file", "parts": [*rest, one[:512]]}, {"name": "a megabyte and more of zeros", "parts": [*tar, bytes(2**20 + 512)]},
            {"name": "something behind the end", "parts": [*tar, bytes(512), one]}, {"name": "a file missing", "parts": [*rest, end]},
            {"name": "a file too many", "parts": [*tar, header("x", 0), end]}, {"name": "a file without a name", "parts": [*tar, header("", 0), end]},
            {"name": "a folder by its name", "parts": [*tar, header("x/", 0), end]}, {"name": "a folder by its kind", "parts": [*tar, header("x", 0, b"5"), end]},
            roll("a link", kind=b"2"), roll("a name in two parts", prefix=b"x"), roll("a size in base 256", size_text=b"\x80" + size.to_bytes(11, "big")),
            roll("a size of ten digits", size_text=b"%010o\0\0" % size), roll("a size with spaces", size_text=b"%11o\0" % size),
            roll("no checksum", checksum=b"        "), roll("another checksum", checksum=b"000001\0 "), roll("a checksum that is none", checksum=b"00000x\0 "),
            {"name": "a file too large", "parts": [*(x for x in tar if not x.startswith(b"README.txt")), header("README.txt", 4097), bytes(4608), end]},
            {"name": "nothing", "parts": []}])

        def folder_of(case):
            with tempfile.TemporaryDirectory() as folder:
                record = shutil.copytree(where, os.path.join(folder, "record"))
                case["change"](record)
                self.verified(record)

        def link(record):
            os.rename(os.path.join(record, "roll"), os.path.join(record, "..", "roll"))
            os.symlink("../roll", os.path.join(record, "roll"))

        def large(record):
            os.truncate(os.path.join(record, "README.txt"), 4097)

        self.each("folders", folder_of, [{"name": "as it is", "change": lambda record: None}], [
            {"name": "a link for a file", "change": link}, {"name": "a file too large", "change": large},
            {"name": "a file missing", "change": lambda record: os.remove(os.path.join(record, "roll"))},
            {"name": "a folder for a file", "change": lambda record: (os.remove(os.path.join(record, "roll")), os.mkdir(os.path.join(record, "roll")))},
            {"name": "a link to a folder", "change": lambda record: os.symlink("..", os.path.join(record, "up"))}])

    def verified(self, path):
        answer = v.verify_record(path, 1)
        last = answer["checks"][-1]["text"]
        if last.startswith("could not be done"):
            raise Differs(last)
        need(answer["verified"], last)


def layout_of(case):
    """In the files a contest with bounds is first row, from 1, number of rows, least and most."""
    return v.Layout(case["shape"], [(first - 1, *more) for first, *more in case["bounded"]])


def check_receipt(e, receipt):
    """log 6"""
    v.members(receipt, "v", "entry", "index", "proof", "checkpoint")
    need(receipt["v"] == "veche-receipt-1", "an unknown version")
    raw = receipt["entry"].encode()
    entry = v.parse_entry(e, raw)
    need("credential" in entry, "not a ballot entry")
    need(v.ed_verify(entry["key"], v.signed_part(raw, entry["v"]), entry["sig"]), "the signature")
    size, tree, *_ = v.open_checkpoint(receipt["checkpoint"].encode(), "veche/" + to_b64(e.id), e.board)
    proof = [from_b64(x, 32) for x in v.array(receipt["proof"], 0, 40, "proof")]
    index = v.integer(receipt["index"], 0, 2**64 - 1, "index")
    need(v.root_from_proof(v.leaf_hash(raw), index, size, proof) == tree, "the proof leads elsewhere")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    runner = Runner(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "docs", "spec", "vectors"))
    for part in (runner.basics, runner.ed25519, runner.texts, runner.drafts, runner.roll, runner.marks, runner.entries, runner.log, runner.receipts, runner.results, runner.lot, runner.later_acts,
                 runner.secret_hash, runner.secret_ballots, runner.secret_shares, runner.dealings, runner.ceremony, runner.ceremonies, runner.checkpoints, runner.opened_sums,
                 runner.two_logs, runner.records, runner.files):
        before = runner.passed
        part()
        print("%-15s %3d cases" % (part.__name__, runner.passed - before))
    print("%d passed, %d failed" % (runner.passed, runner.failed))
    return 1 if runner.failed or not runner.passed else 0


if __name__ == "__main__":
    sys.exit(main())
