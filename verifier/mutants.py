#!/usr/bin/env python3
"""Makes a corpus of bad records, each wrong in one place, and asks verifiers to refuse every one.

    python3 mutants.py --out DIR [--seed N]                 writes DIR/0000, DIR/0001, ... and DIR/list.jsonl
    python3 mutants.py --out DIR --against "COMMAND"        runs COMMAND RECORD for each: exit status 0 is accepted

A line of list.jsonl names folder, class and defect, whether the record is good (a few are, so that nobody passes by
refusing everything), and by which check a bad one should fail, where that is fixed. Bytes of the two records among the
vectors are changed at random places, the same for the same seed; in elections made by maker.py, whose keys are all in
one hand, one thing is wrong and everything after it is made and signed to fit.
"""
import argparse
import collections
import functools
import hashlib
import json
import os
import random
import re
import shlex
import subprocess
import sys

import forgeries
import maker as m
import mutants_booth
import mutants_roll
import mutants_withdrawn
import veche_verify as v
from maker import contest, dump
from veche_verify import to_b64

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "spec", "vectors")
CHECK_OF = {"credentials": {2}, "roll": {3}, "checkpoint": {4}, "result.json": {7}, "README.txt": {8}, "ceremony": {9},
            "election.json": {1, 2, 3, 4, 9}}


def check_of(path):
    return CHECK_OF.get(path) or ({5} if path.startswith("tile/entries") else {6})


class Corpus:
    def __init__(self, seed):
        self.random, self.cases = random.Random(seed), []

    def add(self, kind, name, files, expect, base=None):
        assert files != base, "a mutant equal to the original: " + name
        self.cases.append((kind, name, dict(files), sorted(expect)))

    # ---- bytes and files of a finished record

    def bytes_of(self, label, good, foreign):
        r = self.random
        for path, data in good.items():
            def put(kind, new, expect=None):
                if new != data:
                    self.add(kind, "%s %s" % (label, path), {**good, path: new}, expect or check_of(path), good)
            for _ in range(6):
                i = r.randrange(max(1, len(data))) if data else 0
                if data:
                    put("byte flipped", data[:i] + bytes([data[i] ^ 1 << r.randrange(8)]) + data[i + 1:])
                    put("byte dropped", data[:i] + data[i + 1:])
                    put("byte doubled", data[:i] + data[i:i + 1] + data[i:])
                    j = r.randrange(len(data))
                    new = bytearray(data)
                    new[i], new[j] = data[j], data[i]
                    put("bytes exchanged", bytes(new))
                    put("cut", data[:i])
                put("byte inserted", data[:i] + bytes([r.randrange(256)]) + data[i:])
            put("lengthened", data + b"\n")
            put("lengthened", data + data if data else b"x")
            lines = data.split(b"\n")
            if len(lines) > 2:
                put("lines reversed", b"\n".join(lines[:-1][::-1]) + b"\n")
            missing = dict(good)
            del missing[path]
            self.add("file missing", "%s %s" % (label, path), missing, check_of(path))
            for other in [p for p in good if p != path]:
                put("files exchanged", good[other])
            if path in foreign:
                put("file of another election", foreign[path])
        self.reformatted(label, good)
        for extra in ("x", "tile/0/000.p/1", "tile/entries/000", "tile/9/000", "README.txt.bak", ".hidden", "roll.csv"):
            if extra not in good:
                self.add("file too many", label + " " + extra, {**good, extra: b"x"}, {8})
        if "ceremony" not in good:
            self.add("file too many", label + " ceremony", {**good, "ceremony": foreign.get("ceremony", b"")}, {8})

    def reformatted(self, label, good):
        for path in ("election.json", "result.json"):
            text, value = good[path].decode(), json.loads(good[path])
            forms = {"white space": json.dumps(value, ensure_ascii=False), "indented": json.dumps(value, indent=1),
                     "keys sorted": dump(dict(sorted(value.items()))).decode(), "line end": text + "\n",
                     "byte-order mark": "\ufeff" + text, "escapes": text.replace("veche", "\\u0076eche", 1),
                     "a member twice": text.replace('{"v":', '{"v":"x","v":', 1), "unknown member": text[:-1] + ',"x":1}',
                     "number as 1.0": re.sub(r":(\d+)([,}])", r":\1.0\2", text, count=1),
                     "number as 1e0": re.sub(r":(\d+)([,}])", r":\1e0\2", text, count=1),
                     "leading zero": re.sub(r":(\d+)([,}])", r":0\1\2", text, count=1),
                     "slash escaped": text.replace("Q", "\\u0051", 1), "null member": text[:-1] + ',"trustees":null}'}
            for name, new in forms.items():
                if new != text:
                    self.add("JSON in another form", "%s %s %s" % (label, path, name), {**good, path: new.encode()},
                             {1} if path == "election.json" else {7})

    # ---- colluding servers: entries as they are, tree and checkpoint made anew

    def surgery(self, label, log, twin):
        entries, w = log.entries, log.w
        def put(name, changed):
            if changed != entries:
                self.add("log cut up and signed again", "%s %s" % (label, name), w.record(changed, log.published), {5})
        for i in range(len(entries)):
            put("entry %d left out" % i, entries[:i] + entries[i + 1:])
            put("cut to %d" % i, entries[:i])
            put("entry %d twice" % i, entries[:i + 1] + entries[i:])
            put("entry %d again at the end" % i, entries + [entries[i]])
            put("entry %d empty" % i, entries[:i] + [b""] + entries[i + 1:])
            self.add("entry of another election", "%s entry %d" % (label, i),
                     w.record(entries[:i] + [twin.entries[i]] + entries[i + 1:], log.published), {5})
            raw = entries[i]
            j = self.random.randrange(len(raw) - 100)
            put("byte %d of entry %d" % (j, i), entries[:i] + [raw[:j] + bytes([raw[j] ^ 1]) + raw[j + 1:]] + entries[i + 1:])


# ---- Stories: what happens in an election, with one thing changed ---------------------------------

def play(world, story, instead=(), before=(), after=(), without=()):
    log = m.Log(world)
    for name, act in story:
        for hook in [h for n, h in before if n == name]:
            hook(log)
        if name not in without:
            (dict(instead).get(name) or act)(log)
        for hook in [h for n, h in after if n == name]:
            hook(log)
    if not hasattr(log, "published"):
        log.published = log.result_bytes()
    return log


OPEN_CONTESTS = [contest("Score", ["Анна", "Борис"], ["1", "2", "3"]), contest("Chair", ["A", "B"], ["0", "1"], "single"),
                 contest("Commas", ["X"], ["-1", "0", "10"], blank=False),
                 contest("Board", ["A", "B", "C"], ["0", "1"], blank=False, method="sum", approvals=(1, 2))]
SECRET_CONTESTS = [contest("Score", ["Anna", "Boris"], ["0", "1"]), contest("Chair", ["A", "B", "C"], ["0", "1"], "single"),
                   contest("Board", ["A", "B", "C"], ["0", "1"], blank=False, method="sum", approvals=(1, 2), ties=["lot"])]


def draft(secret, **more):
    d = {"title": "Выборы", "secrecy": "secret" if secret else "open"}
    if secret:
        d["trustees"] = {"count": 3, "threshold": 2}
    d.update({"contests": SECRET_CONTESTS if secret else OPEN_CONTESTS, "revote": "last", "opens": None,
              "closes": m.NOW + 100, "attempts_max": 5, "session_timeout_s": 60, "roll_shows": "number",
              "nonce": to_b64(bytes([9 + secret]) * 32)})
    return {**d, **more}


M = ([["12", "10", "10", "100"], ["*3", "01", "0", "110"], ["31", "**", "-1", "011"], ["22", "10", "0", "010"]],
     [["10", "100", "100"], ["0*", "010", "110"], ["11", "***", "101"], ["01", "001", "001"]])


def story(secret):
    marks = M[secret]
    steps = [("setup", lambda l: l.control("setup"))]
    if secret:
        steps += [("rehearsal%d" % i, functools.partial(lambda i, l: l.rehearsal(i), i)) for i in (1, 2, 3)]
    steps += [("opening", lambda l: l.control("opening")), ("vote0", lambda l: l.vote(0, marks[0])),
              ("vote1", lambda l: l.vote(1, marks[1])), ("again", lambda l: l.vote(0, marks[3])),
              ("pause", lambda l: l.control("pause", reason="power")), ("resume", lambda l: l.control("resume", reason="on")),
              ("extend", lambda l: l.control("extend", closes=m.NOW + 200, reason="late")),
              ("replace", lambda l: l.replace(2, 5)), ("vote2", lambda l: l.vote(2, marks[2])),
              ("closing", lambda l: l.control("closing"))]
    if secret:
        steps += [("sum", lambda l: l.sum()), ("share1", lambda l: l.share(1)), ("share3", lambda l: l.share(3))]
    return steps + [("result", lambda l: l.result())]


def changed(name, value):
    return lambda entry: {**entry, name: value}


def raw_entry(label, change, seed):
    """Signs other bytes in place of an entry that is there."""
    def act(raw):
        return m.seal(label, change(raw[:-96]), seed)
    return act


def collude(corpus, secret):
    world = m.World(draft(secret), [1, 1, 2])
    steps, marks, label = story(secret), M[secret], ("open", "secret")[secret]
    good = play(world, steps)
    corpus.cases.append(("good record", label, good.record(), []))
    def rsa(manifest):
        manifest["keys"]["server_sig"]["n"] = to_b64(b"\xaf" * 384)
        return manifest
    twin = play(m.World(draft(secret), [1, 1, 2], manifest_hook=rsa), steps)
    corpus.surgery(label, good, twin)

    def bad(kind, name, expect=(5,), **how):
        log = play(world, steps, **how)
        corpus.add(kind, "%s: %s" % (label, name), log.record(), set(expect), good.record())

    def instead(kind, step, name, act, expect=(5,)):
        bad(kind, name, expect, instead=[(step, act)])

    # The grammar: acts left out, doubled, at a wrong time; the chain of acts fits.
    for step in ["setup", "opening", "resume", "closing"] + ["rehearsal2", "sum", "share1"] * secret:
        bad("act left out", step, without=[step])
    for step in ["setup", "opening", "pause", "resume", "closing"] + ["rehearsal1", "sum", "share1", "result"] * secret:
        bad("act twice", step, after=[(step, dict(steps)[step])])
    ballot = lambda l: l.vote(1, marks[0])
    for step in ("setup", "opening", "result"):
        bad("ballot outside of the open phase", "before " + step, before=[(step, ballot)])
    bad("ballot outside of the open phase", "paused", after=[("pause", ballot)])
    bad("ballot outside of the open phase", "after closing", after=[("closing", ballot)])
    bad("ballot outside of the open phase", "after the result", after=[("result", lambda l: l.vote(1, marks[0], counts=False))])
    for step, act in [("closing", "extend"), ("closing", "replace"), ("closing", "pause"), ("closing", "cancel"),
                      ("result", "cancel"), *[("sum", "cancel"), ("share1", "cancel")] * secret]:
        more = {"extend": {"closes": m.NOW + 999}, "replace": {"old": world.keys[0], "new": world.keys[7]}}.get(act, {})
        bad("act at a wrong time", "%s after %s" % (act, step), after=[(step, lambda l: l.control(act, **more, reason="r"))])
    bad("act at a wrong time", "cancelled", before=[("vote1", lambda l: l.control("cancel", reason="r"))])

    # Who signs.
    for step, _ in steps:
        if step in ("setup", "opening", "pause", "resume", "extend", "closing", "result", "sum"):
            more = {"pause": {"reason": "r"}, "resume": {"reason": "r"}, "extend": {"closes": m.NOW + 200, "reason": "r"}}.get(step, {})
            wrong = "organiser" if step in ("result", "sum") else "board"
            right = "board" if wrong == "organiser" else "organiser"
            key = {"organiser": world.organiser, "board": world.board}
            if step in ("result", "sum"):
                instead("wrong signatory", step, step + " by " + wrong, lambda l: getattr(l, step)(by=wrong))
                instead("wrong signatory", step, step + " with another key", lambda l: getattr(l, step)(key=key[wrong]))
            else:
                instead("wrong signatory", step, step + " by " + wrong, lambda l: l.control(step, by=wrong, **more))
                instead("wrong signatory", step, step + " with another key", lambda l: l.control(step, by=right, key=key[wrong], **more))
    bad("act before its time", "closing by the board before the extension", expect=(5,),
        instead=[("closing", lambda l: l.control("closing", by="board", at=m.NOW + 199))])
    fine = play(world, steps, instead=[("closing", lambda l: l.control("closing", by="board", at=m.NOW + 200))])
    corpus.cases.append(("good record", label + ": closed by the board at its time", fine.record(), []))

    # Members of acts.
    for name, value in [("n", 9), ("n", 0), ("prev", "A" * 43), ("at", 2**53 + 1), ("at", -1), ("by", "voter"),
                        ("v", "veche-control-1"), ("election", to_b64(twin.w.id)), ("x", 1)]:
        instead("wrong member of an act", "pause", "%s %s" % (name, value),
                lambda l: l.control("pause", reason="r", hook=changed(name, value)))
    # What the signers of acts had seen: here "resume" stands behind "pause", and "closing" behind a ballot.
    at = {name: i for i, (name, _) in enumerate(steps)}
    for step, more in [("resume", {"reason": "on"}), ("closing", {})]:
        size = at[step]
        def seen(name, change):
            def hook(entry):
                return {**entry, "seen": {**entry["seen"], **change}}
            instead("act for another log", step, "%s, seen %s" % (step, name), lambda l: l.control(step, hook=hook, **more))
        first_control = size - 1 - (step == "closing")
        for name, fewer in [("a log without the act before", first_control), ("nothing", 0)]:
            seen(name, m.Log.head(good, fewer))
        seen("more than there is", {"size": size + 1})
        seen("another log", {"root": m.Log.head(twin, size)["root"]})
        seen("another size of this log", {"size": size - (step == "closing"), "root": m.Log.head(good, size - 2)["root"]})
        for name, change in [("with a root of 42 symbols", {"root": "A" * 42}), ("with a size as text", {"size": str(size)}),
                             ("with size -1", {"size": -1}), ("with size 2^64", {"size": 2**64}), ("with one more member", {"x": 1})]:
            seen(name, change)
        instead("act for another log", step, step + ", nothing said of what was seen", lambda l: l.control(
            step, hook=lambda e: {k: x for k, x in e.items() if k != "seen"}, **more))
    late = play(world, steps, instead=[("closing", lambda l: l.control("closing", seen=at["closing"] - 1))])
    corpus.cases.append(("good record", label + ": a ballot came while the closing was on its way", late.record(), []))
    for name, reason in [("empty", ""), ("too long", "r" * 501), ("space", " r"), ("control", "a\u0007b"), ("hidden", "a\u200bb"),
                         ("blank", "\u2800"), ("joiners alone", "\u200c\u200d"), ("direction", "a\u202eb")]:
        instead("unclean reason", "pause", name, lambda l: l.control("pause", reason=reason))
    for name, reason in [("not NFC", "и\u0306"), ("an emoji with its selector", "\u2764\ufe0f")]:
        fine = play(world, steps, instead=[("pause", lambda l: l.control("pause", reason=reason))])
        corpus.cases.append(("good record", "%s: a reason, %s" % (label, name), fine.record(), []))
    for closes in (m.NOW + 100, m.NOW, 2**53 + 1):
        instead("wrong member of an act", "extend", "closes %d" % closes, lambda l: l.control("extend", closes=closes, reason="r"))

    # Time: an extension after the closing time says so, and no other does; no closing time that has come is put in force.
    def extend(after, **more):
        return lambda l: l.control("extend", at=m.NOW + after, **more)
    for name, act in [("late and does not say so", extend(100, closes=m.NOW + 200, reason="r")),
                      ("not late and says so", extend(99, closes=m.NOW + 200, late=True, reason="r")),
                      ("late is false", extend(99, closes=m.NOW + 200, late=False, reason="r")),
                      ("late, and says false", extend(100, closes=m.NOW + 200, late=False, reason="r")),
                      ("late is 1", extend(100, closes=m.NOW + 200, late=1, reason="r")),
                      ("late is null", extend(99, closes=m.NOW + 200, late=None, reason="r")),
                      ("late stands last", extend(100, closes=m.NOW + 200, reason="r", late=True)),
                      ("to the time of its own signing", extend(200, closes=m.NOW + 200, late=True, reason="r")),
                      ("to a time before its signing", extend(300, closes=m.NOW + 200, late=True, reason="r"))]:
        instead("wrong time", "extend", name, act)
    for step in ("setup", "opening"):
        for after in (100, 500):
            instead("wrong time", step, "%s %d s after the closing time" % (step, after - 100),
                    lambda l: l.control(step, at=m.NOW + after))
        fine = play(world, steps, instead=[(step, lambda l: l.control(step, at=m.NOW + 99))])
        corpus.cases.append(("good record", "%s: %s just before the closing time" % (label, step), fine.record(), []))
    for after in (100, 199):
        fine = play(world, steps, instead=[("extend", extend(after, closes=m.NOW + 200, late=True, reason="r"))])
        corpus.cases.append(("good record", "%s: a late extension" % label, fine.record(), []))
    fine = play(world, steps, instead=[("pause", lambda l: l.control("pause", at=m.NOW + 900, reason="r"))])
    corpus.cases.append(("good record", "%s: an act after the closing time that puts none in force" % label, fine.record(), []))
    keys = world.keys
    for name, old, new in [("unknown", keys[9], keys[5]), ("to a voter's", keys[2], keys[1]), ("to itself", keys[2], keys[2]),
                           ("small order", keys[2], b"\1" + bytes(31)), ("not canonical", keys[2], b"\xee" + b"\xff" * 30 + b"\x7f")]:
        def act(l):
            l.control("replace", old=old, new=new, reason="lost")
            l.holder[2] = 5
        instead("wrong replacement", "replace", name, act)
    bad("wrong replacement", "old key votes", instead=[("vote2", lambda l: l.vote(2, marks[2], voter=2))])

    # Ballots.
    for name, position in [("seq 0", (0, v.ZEROS)), ("seq 2", (2, v.ZEROS)), ("prev", (1, b"\1" * 32)), ("seq 2^31+1", (2**31 + 1, v.ZEROS))]:
        instead("ballot out of its chain", "vote1", name, lambda l: l.vote(1, marks[1], position=position))
    instead("ballot out of its chain", "again", "the first position again", lambda l: l.vote(0, marks[3], position=(1, v.ZEROS)))
    instead("ballot out of its chain", "again", "another's prev", lambda l: l.vote(0, marks[3], position=(2, l.places[1][1])))
    instead("ballot of nobody", "vote1", "unknown credential", lambda l: l.vote(1, marks[1], voter=9))
    instead("ballot of nobody", "vote1", "signed by another voter", lambda l: l.vote(1, marks[1], key=world.voters[0]))
    for name, value in [("v", "veche-entry-1"), ("election", to_b64(twin.w.id)), ("x", 1), ("credential", "A" * 43)]:
        instead("wrong member of a ballot", "vote1", name, lambda l: l.vote(1, marks[1], hook=changed(name, value)))
    instead("wrong member of a ballot", "vote1", "kind",
            lambda l: l.vote(1, marks[1], counts=False, ballot={"kind": "open", "marks": marks[1]} if secret else
                             {"kind": "secret", "cells": "", "proof": ""}))
    for name, change in [("white space", lambda b: b.replace(b",", b", ", 1)), ("a member twice", lambda b: b.replace(b'"seq":1', b'"seq":1,"seq":1')),
                         ("1.0", lambda b: b.replace(b'"seq":1', b'"seq":1.0')), ("01", lambda b: b.replace(b'"seq":1', b'"seq":01')),
                         ("escape", lambda b: b.replace(b'"kind"', b'"\\u006bind"')), ("order", lambda b: b.replace(b'"v":"veche-entry-2",', b"") + b',"v":"veche-entry-2"')]:
        def act(l):
            honest = l.ballot(1, marks[1])
            raw = l.put(m.seal("veche-entry-2", change(honest[:-96]), world.voters[1]))
            l.count(1, marks[1], raw, honest)
        instead("entry in another form, signed", "vote1", name, act)
    def malleable(l):
        raw = l.ballot(1, marks[1])
        sig = v.from_b64(raw[-88:-2].decode())
        s = int.from_bytes(sig[32:], "little") + v.Q
        raw = raw[:-88] + to_b64(sig[:32] + s.to_bytes(32, "little")).encode() + b'"}'
        l.put(raw)
        l.count(1, marks[1], raw)
    instead("signature in another form", "vote1", "S plus L", malleable)

    # Results.
    for name, a, b in [("voters", b'"voters":3', b'"voters":4'), ("ballots", b'"ballots":3', b'"ballots":2'), ("weight", b'"weight":4', b'"weight":5'),
                       ("rule", b'"method":"mean"', b'"method":"sum"'), ("a fraction not in lowest terms", b'/1"', b'/01"'), ("line end", b"null}]}", b"null}]}\n")]:
        instead("wrong result, signed", "result", name, lambda l: l.result(data=l.result_bytes().replace(a, b, 1)))
    instead("wrong result, signed", "result", "another vote", lambda l: l.result(data=l.result_bytes({**l.votes, 1: (marks[2], None)})))
    instead("wrong result, signed", "result", "a ballot not counted", lambda l: l.result(data=l.result_bytes({k: x for k, x in l.votes.items() if k})))

    # The checkpoint.
    files, size = good.record(), len(good.entries)
    tree = v.root([v.leaf_hash(x) for x in good.entries])
    for name, note in [("another key", world.checkpoint(size, tree, seed=world.organiser)), ("another origin", world.checkpoint(size, tree, origin=twin.w.origin)),
                       ("twice", files["checkpoint"] + files["checkpoint"].split(b"\n\n")[1]),
                       ("another signer beside", world.checkpoint(size, tree, extra="\u2014 witness AAAAAAAA\n")),
                       ("an extension", files["checkpoint"].replace(b"\n\n", b"\nx\n\n", 1))]:
        corpus.add("wrong checkpoint", label + " " + name, {**files, "checkpoint": note}, {4})
    corpus.add("wrong checkpoint", label + " another root", {**files, "checkpoint": world.checkpoint(size, b"\1" * 32)}, {6})
    if secret:
        bad("act left out", "the sum and the shares", without=["sum", "share1", "share3"])
        bad("act at a wrong time", "a lot drawn in a secret election", after=[("closing", lambda l: l.control("lot", drawn="4"))])
        collude_secret(corpus, instead, bad, twin, world, marks)
    else:
        collude_open(corpus, instead, bad, world, marks)
    lists(corpus, secret, steps)


def collude_open(corpus, instead, bad, world, marks):
    def marks_refused(name, given):
        def act(l):
            honest = l.ballot(1, marks[1])
            l.count(1, marks[1], l.put(l.ballot(1, marks[1], ballot={"kind": "open", "marks": given})), honest)
            l.places[1] = (1, v.leaf_hash(l.entries[-1]))
        instead("marks that cannot be read", "vote1", name, act)
    fine = ["12", "01", "0", "110"]
    for name, at, given in [("off the scale", 0, "14"), ("too few", 0, "1"), ("too many", 0, "123"), ("empty", 0, ""), ("two chosen", 1, "11"),
                            ("none chosen", 1, "00"), ("chosen and blank", 1, "1*"), ("blank where none is allowed", 2, "*"),
                            ("a leading zero", 2, "010"), ("a plus", 2, "+0"), ("a number", 0, 12), ("no approval", 3, "000"),
                            ("all approved of", 3, "111"), ("blank in approvals", 3, "1**")]:
        given = fine[:at] + [given] + fine[at + 1:]
        marks_refused(name, given)
    marks_refused("a contest less", fine[:-1])
    marks_refused("a contest more", fine + ["0"])
    bad("act at a wrong time", "a sum in an open election", after=[("closing", lambda l: l.sum(cells=b""))])
    bad("act at a wrong time", "a rehearsal in an open election",
        after=[("setup", lambda l: l.control("rehearsal", trustee=1, proof=bytes(64)))])
    steps, never = story(False), m.World(draft(False, revote="never"), [1, 1, 2])
    corpus.add("second vote where none is allowed", "open", play(never, steps).record(), {5})
    corpus.cases.append(("good record", "no second vote", play(never, steps, without=["again"]).record(), []))
    endless = m.World(draft(False, closes=None), [1, 1, 2])
    corpus.add("act at a wrong time", "an extension of no closing time", play(endless, steps).record(), {5})
    corpus.add("act before its time", "opening by the board without a time", play(world, steps, instead=[
        ("opening", lambda l: l.control("opening", by="board"))]).record(), {5})
    timed = m.World(draft(False, opens=m.NOW + 10), [1, 1, 2])
    for at, expect in ((m.NOW + 9, {5}), (m.NOW + 10, set())):
        files = play(timed, steps, instead=[("opening", lambda l: l.control("opening", by="board", at=at))]).record()
        corpus.cases.append(("act before its time" if expect else "good record", "opening by the clock", files, sorted(expect)))
    # Contests that no manifest may have.
    files = play(world, steps).record()
    for at, name, value in [(0, "kind", "score"), (0, "kind", "single"), (0, "title", "x "), (0, "blank", None), (0, "better", "up"), (0, "candidates", []),
                            (0, "candidates", ["A", "A"]), (0, "candidates", ["A\n"]),
                            (0, "title", "\u2800"), (0, "candidates", ["A", "\ufe0f"]), (0, "levels", ["a\u3000b", "c"]), (0, "candidates", ["C%d" % i for i in range(501)]), (0, "levels", ["1"]),
                            (0, "levels", ["1", "1"]), (0, "levels", ["2", "1"]), (0, "levels", ["1", "x"]), (0, "levels", ["1", "+2"]), (0, "levels", ["01", "2"]),
                            (0, "levels", ["-0", "1"]), (0, "levels", ["1", "1000001"]), (0, "levels", ["1", "*"]), (0, "levels", ["a,b", "c"]),
                            (0, "levels", ["a b", "c"]), (0, "levels", [str(i) for i in range(102)]), (1, "candidates", []), (1, "levels", ["1", "2"]),
                            *[(3, "approvals", {"least": a, "most": b}) for a, b in [(0, 3), (2, 1), (0, 0), (1, 4), (-1, 2), ("1", 2), (True, 2)]],
                            (3, "approvals", {"most": 2}), (3, "approvals", None), (3, "approvals", {"least": 1, "most": 2, "x": 1}), (3, "blank", True),
                            (3, "better", "lower"), *[(3, "rule", {"method": "sum", n: q}) for n in ("turnout", "raters") for q in ("", ">", ">=1/2", "> 1/2", ">>1", ">0", "<1/2", ">2/4", ">1/1", ">3/2", 1)],
                            *[(0, "about", a) for a in ([], None, [{"candidate": "Анна"}], [{"candidate": "X", "text": "x"}], [{"text": "x"}],
                              [{"candidate": "Борис", "text": "x"}, {"candidate": "Анна", "text": "x"}], [{"candidate": "Анна", "text": "x"}] * 2,
                              [{"candidate": "Анна", "text": "x" * 1001}], [{"candidate": "Анна", "text": " x"}], [{"candidate": "Анна", "text": "a\nb"}],
                              [{"candidate": "Анна", "text": "x", "image": "y"}], [{"candidate": "Анна", "link": "https://x", "text": "x"}],
                              *[[{"candidate": "Анна", "link": k}] for k in ("", "x.org", "https://", "javascript:x", "https:///x", "https://x y",
                                "https://x\n", "https://é", "https://x/\"", "https://x/<", "HTTPS://x", "https://" + "x" * 293, 1)])],
                            (0, "order", "given"), (0, "order", "drawn"), (0, "order", None),
                            (3, "levels", ["0", "2"]), (3, "levels", ["0", "1", "2"]), (3, "kind", "single")]:
        manifest = json.loads(world.manifest)
        c = manifest["draft"]["contests"][at]
        first = {"kind": ["title"], "about": ["title", "kind", "candidates"], "order": ["title", "kind", "candidates"]}.get(name, list(c))
        manifest["draft"]["contests"][at] = {**{k: c[k] for k in first if k in c}, name: value, **{k: x for k, x in c.items() if k not in first}}
        if name not in first:
            manifest["draft"]["contests"][at] = {**manifest["draft"]["contests"][at], name: value}
        if name == "kind":
            manifest["draft"]["contests"][at]["kind"] = value
        corpus.add("wrong contest", "%s %s" % (name, str(value)[:40]), {**files, "election.json": dump(manifest)}, {1})
    said = [{"candidate": "Анна", "text": "Чинит крыши.", "link": "https://example.org/a?b=1#c"}, {"candidate": "Борис", "link": "http://[::1]/"}]
    for name, more, rule, expect in [("descriptions", {"about": said}, {}, []), ("a random order", {"order": "random"}, {}, []), ("both", {"about": said, "order": "random"}, {}, []),
                                     ("a strict turnout", {}, {"turnout": ">1/2"}, []), ("strict raters", {}, {"raters": ">2"}, []), ("more than all", {}, {"turnout": ">4"}, [])]:
        c = OPEN_CONTESTS[0]
        one = {**{k: c[k] for k in ("title", "candidates")}, **more, **{k: c[k] for k in ("levels", "blank", "better")}, "rule": {"method": "mean", **rule}}
        log = play(m.World(draft(False, contests=[one] + OPEN_CONTESTS[1:]), [1, 1, 2]), steps)
        corpus.cases.append(("good record", "open: " + name, log.record(), expect))
    strict = m.World(draft(False, contests=[{**OPEN_CONTESTS[0], "rule": {"method": "mean", "turnout": ">4"}}] + OPEN_CONTESTS[1:]), [1, 1, 2])
    lax = v.quota
    v.quota = lambda text, what: (*lax(text, what)[:2], False)
    corpus.add("wrong quota", "a strict one taken for one that is not", play(strict, steps).record(), {5})
    v.quota = lax
    many = ["C%d" % i for i in range(101)]
    told = {"title": "Told", "candidates": many, "about": [{"candidate": c, "text": "x" * 1000} for c in many], **{
        k: OPEN_CONTESTS[0][k] for k in ("levels", "blank", "better", "rule")}}
    for name, contests in [("none", []), ("51", OPEN_CONTESTS * 17), ("101,000 characters said of candidates", [told])]:
        manifest = json.loads(world.manifest)
        manifest["draft"]["contests"] = contests
        corpus.add("wrong contest", name, {**files, "election.json": dump(manifest)}, {1})
    manifest = json.loads(world.manifest)
    manifest["keys"]["organiser"] = manifest["keys"]["board"]
    corpus.add("wrong manifest", "one key for two", {**files, "election.json": dump(manifest)}, {1})
    manifest["trustees"] = {}
    corpus.add("wrong manifest", "trustees of an open election", {**files, "election.json": dump(manifest)}, {1})
    # Rolls with a stranger, with a voter twice, and one that should be empty.
    for name, hook in [("a stranger", lambda b: b.replace(to_b64(world.keys[1]).encode(), to_b64(world.keys[9]).encode())),
                       ("a credential twice", lambda b: b.replace(to_b64(world.keys[1]).encode(), to_b64(world.keys[0]).encode())),
                       ("a number as a number", lambda b: b.replace(b'"1"', b"1"))]:
        corpus.add("wrong roll", name, play(m.World(draft(False), [1, 1, 2], roll_hook=hook), steps).record(), {3})
    hidden = m.World(draft(False, roll_shows="nothing"), [1, 1, 2], roll_hook=lambda b: world.roll)
    corpus.add("wrong roll", "shown though nothing should be", play(hidden, steps).record(), {3})
    for name, new, expect in [("of names", "Voter 2", []), ("of names, one empty", "", []), ("of names, not NFC", "Zoe\u0308", []),
                              ("of names, with ZWNJ", "\u0639\u0644\u06cc\u200c\u0632\u0627\u062f\u0647", []),
                              ("a blank name", "\u2800", [3]), ("a name that turns round", "a\u202eb", [3]),
                              ("a name too long", "x" * 201, [3])]:
        named = m.World(draft(False, roll_shows="name"), [1, 1, 2], roll_hook=lambda b: b.replace(b"Voter 2", new.encode()))
        corpus.cases.append(("wrong roll" if expect else "good record", "a roll " * (not expect) + name, play(named, steps).record(), expect))
    # Names that no table of Unicode has to judge: not composed, assigned later, with joiners and selectors.
    names = ["Zoe\u0308", "\U00010ec6", "\u0915\u094d\u200d\u0937", "\u2764\ufe0f"]
    contests = [{**c, "candidates": names[:len(c["candidates"])]} for c in OPEN_CONTESTS]
    strange = m.World(draft(False, title="\u212b \U0003fffd", contests=contests), [1, 1, 2])
    corpus.cases.append(("good record", "names beyond Unicode's tables", play(strange, steps).record(), []))


def collude_lot(corpus):
    """A lot that was drawn in public decides an open election."""
    contests = [contest("Chair", ["A", "B"], ["0", "1"], method="sum", ties=["lot"])]
    world = m.World(draft(False, contests=contests, lot="a die"), [1, 1], draft_hook=lambda d: {
        **{k: d[k] for k in ("title", "secrecy", "contests", "lot")}, **{k: x for k, x in d.items() if k not in ("lot",)}})
    steps = [("setup", lambda l: l.control("setup")), ("opening", lambda l: l.control("opening")), ("vote0", lambda l: l.vote(0, ["10"])),
             ("vote1", lambda l: l.vote(1, ["01"])), ("closing", lambda l: l.control("closing")),
             ("lot", lambda l: l.control("lot", drawn="4")), ("result", lambda l: l.result(l.result_bytes(lot="4")))]
    good = play(world, steps)
    corpus.cases.append(("good record", "a lot drawn in public", good.record(), []))
    at_the_end = lambda l: m.v.from_b64(l.head()["root"])
    for name, how in [("twice", {"after": [("lot", dict(steps)["lot"])]}), ("before the closing", {"before": [("closing", dict(steps)["lot"])]}),
                      ("by the board", {"instead": [("lot", lambda l: l.control("lot", by="board", drawn="4"))]}),
                      ("empty", {"instead": [("lot", lambda l: l.control("lot", drawn=""))]}),
                      *((f"spelt {text!r}", {"instead": [("lot", lambda l, text=text: l.control("lot", drawn=text))]})
                        for text in ("04", "4,1", "4  1", " 4", "4 ", "+4", "four", "٤", "4\u00a01")),
                      ("another text in the result", {"instead": [("result", lambda l: l.result(l.result_bytes(lot="5")))]}),
                      ("of another closing", {"instead": [("result", lambda l: l.result(l.result_bytes(lot="4", closed=b"\1" * 32)))]}),
                      ("of the whole log", {"instead": [("result", lambda l: l.result(l.result_bytes(lot="4", closed=at_the_end(l))))]}),
                      ("where none decides", {"instead": [("vote1", lambda l: l.vote(1, ["10"]))]})]:
        corpus.add("wrong lot", "open: " + name, play(world, steps, **how).record(), {5}, good.record())


def collude_secret(corpus, instead, bad, twin, world, marks):
    layout = world.layout
    hot = m.one_hot(layout.rows, m.Log(world).row_choices(marks[1]))
    def row(at, *bits):
        return hot[:at] + [list(bits)] + hot[at + 1:]
    for name, bits in [("two options", row(0, 1, 1, 0)), ("none but two at the end", row(0, 0, 0, 2)), ("value 2", row(0, 2, 0, -1)),
                       ("minus one", row(0, -1, 1, 1)), ("a half and a half", row(2, forgeries.HALF, forgeries.HALF, 0, 0)),
                       ("1 and m in a row", row(1, 5, -5, 1)), ("2 in a row of two options", row(3, 2, -1)), ("all three approved of", hot[:3] + [[0, 1]] * 3),
                       ("nobody approved of", hot[:3] + [[1, 0]] * 3), ("no bits, with an allowed sum", hot[:3] + [[5, -4], [-4, 5], [0, 1]])]:
        instead("false secret ballot", "vote1", name, lambda l: l.vote(1, marks[1], bits=bits))
    for name, context in [("another election", {"election": twin.w.id}), ("another voter", {"credential": world.keys[0]}),
                          ("another seq", {"seq": 2}), ("another prev", {"prev": b"\2" * 32})]:
        instead("proof made for something else", "vote1", name, lambda l: l.vote(1, marks[1], context=context))
    def copied(cells, proof):
        def act(l):
            mine, theirs = json.loads(l.ballot(1, marks[1]))["ballot"], l.votes[0][1]
            l.vote(1, marks[0] if cells else marks[1], ballot={"kind": "secret", "cells": (theirs if cells else mine)["cells"],
                                                               "proof": (theirs if proof else mine)["proof"]})
        return act
    for name, cells, proof in [("ballot", 1, 1), ("cells", 1, 0), ("proof", 0, 1)]:
        instead("transplanted from another voter", "vote1", name, copied(cells, proof))
    n, K = layout.n, layout.K
    ends = [32 * x for x in (0, n, 2 * n, 2 * n + K, 3 * n + K, 4 * n + K)]
    for part, start, end in zip("S A Com f z".split(), ends, ends[1:]):
        for name, change in [("zeros", lambda b: bytes(32) + b[32:]), ("ones", lambda b: b"\xff" * 32 + b[32:]), ("two", lambda b: b"\2" + bytes(31) + b[32:]),
                             ("exchanged", lambda b: b[32:64] + b[:32] + b[64:]), ("shorter", lambda b: b[32:])]:
            def act(l):
                mine = json.loads(l.ballot(1, marks[1]))["ballot"]
                proof = v.from_b64(mine["proof"])
                mine["proof"] = to_b64(proof[:start] + change(proof[start:end]) + proof[end:])
                l.vote(1, marks[1], ballot=mine)
            instead("part of a proof changed", "vote1", part + " " + name, act)
    for name, change in [("R of two rows equal", lambda p: [p[1], *p[1:]]), ("R of two rows exchanged", lambda p: [p[1], p[0], *p[2:]]),
                         ("R is 0", lambda p: [v.ZEROS, *p[1:]]), ("two cells of a row exchanged", lambda p: [*p[:n], p[n + 1], p[n], *p[n + 2:]]),
                         ("cells of two rows exchanged", lambda p: [*p[:n], p[n + 2], p[n + 1], p[n], *p[n + 3:]]),
                         ("a cell is 0", lambda p: [*p[:-1], v.ZEROS])]:
        def act(l):
            mine = json.loads(l.ballot(1, marks[1]))["ballot"]
            mine["cells"] = to_b64(b"".join(change(v.pieces(v.from_b64(mine["cells"])))))
            l.vote(1, marks[1], ballot=mine)
        instead("cells changed", "vote1", name, act)
    for name, act in forgeries.in_place(world, marks):
        instead("forged secret ballot", "vote1", name, act)
    same_r = [7**i for i in range(20, 20 + n)]
    def twice(l):
        l.vote(1, marks[1], r=same_r)
    def repeats(l):
        l.vote(2, marks[2], r=same_r[:1] + [None] * (n - 1))
    log = play(world, story(True), instead=[("vote1", twice), ("vote2", repeats)])
    corpus.cases.append(("good record", "secret: a row has the randomness of one in another ballot", log.record(), []))
    bad("false secret ballot", "two rows with one randomness", instead=[("vote1", lambda l: l.vote(1, marks[1], r=[5, 5] + same_r[2:]))])
    bad("false secret ballot", "a row with randomness 0", instead=[("vote1", lambda l: l.vote(1, marks[1], r=[0] + same_r[1:]))])
    # The lot: A and C of the last contest are equal, so it decides here.
    def other_point(l):
        right, l.w.lot_point = l.w.lot_point, v.hashed_point("veche-lot-point-2", l.w.id)
        l.share(1)
        l.w.lot_point = right
    instead("wrong lot", "share1", "a point that follows from the election id", other_point)
    for name, how in [("of another closing", {"closed": b"\1" * 32}), ("of nothing", {"closed": v.ZEROS}), ("of another point", {"lot": m.encode(v.BASE)})]:
        instead("wrong lot", "result", name, lambda l: l.result(l.result_bytes(**how)))
    instead("wrong lot", "result", "of the whole log", lambda l: l.result(l.result_bytes(closed=v.from_b64(l.head()["root"]))))
    # Sums, with everything after them made to fit.
    def more(l):
        """Row 1 with other randomness"""
        r, p = 12345, [v.decode(x) for x in v.pieces(l.sum_cells())]
        p[0] = v.add(p[0], v.mul_base(r))
        for j, (i, k) in enumerate(layout.cells):
            if i == 0:
                p[n + j] = v.add(p[n + j], m.mul(r, v.decode(world.Y[k])))
        return b"".join(map(m.encode, p))
    def halves(l):
        """R of all ballots, cells of all but one"""
        return l.sum_cells()[:32 * n] + l.sum_cells({k: x for k, x in l.votes.items() if k != 1})[32 * n:]
    instead("wrong sum, opened", "sum", "R and C of different ballots", lambda l: l.sum(cells=halves(l)))
    instead("wrong sum, opened", "sum", "C and R exchanged", lambda l: l.sum(cells=l.sum_cells()[32 * n:] + l.sum_cells()[:32 * n]))
    instead("wrong sum, opened", "sum", "encrypted anew", lambda l: l.sum(cells=more(l)))
    instead("wrong sum, opened", "sum", "without weights", lambda l: l.sum(cells=b"".join(
        map(m.encode, functools.reduce(lambda a, b: [v.add(x, y) for x, y in zip(a, b)],
                                       [[v.decode(c) for c in v.pieces(v.from_b64(b["cells"]))] for _, b in l.votes.values()])))))
    instead("wrong sum, opened", "sum", "a ballot left out", lambda l: l.sum(cells=l.sum_cells({k: x for k, x in l.votes.items() if k != 1})))
    instead("wrong sum, opened", "sum", "ballots", lambda l: l.sum(ballots=4))
    instead("wrong sum, opened", "sum", "weight", lambda l: l.sum(weight=5))
    # Shares and rehearsals.
    mine = world.trustees[2].y
    for name, how in [("another key", {"x": [5] + mine[1:]}), ("of trustee 2", {"made_for": 2}), ("keys in another order", {"x": mine[::-1]}),
                      ("another key of the lot", {"x": mine[:-1] + mine[:1]}), ("of another election", {"election": twin.w.id}),
                      ("of another sum", {"sum_leaf": b"\3" * 32})]:
        instead("wrong share", "share3", name, lambda l: l.share(3, **how))
    instead("wrong share", "share3", "two values exchanged", lambda l: l.share(3, values=b"".join(
        (lambda p: [p[1], p[0], *p[2:]])(v.pieces(l.make_share(3)[0])))))
    instead("wrong share", "share3", "c plus q", lambda l: l.share(3, proof=(int.from_bytes(l.make_share(3)[1][:32], "little") + v.Q).to_bytes(32, "little") + l.make_share(3)[1][32:]))
    instead("wrong share", "share3", "signed by trustee 2", lambda l: l.share(3, how={"key": world.trustees[1].signing}))
    instead("wrong share", "share3", "trustee 4", lambda l: l.control("share", by="trustee", trustee=4, values=l.make_share(3)[0], proof=l.make_share(3)[1], key=world.trustees[2].signing))
    def moved(changes):
        """Values that are false by so much, with the best proof that there is for them"""
        def act(l):
            values = v.pieces(l.make_share(3)[0])
            for j, delta in changes:
                values[j] = m.encode(v.add(v.decode(values[j]), v.mul_base(delta % v.Q)))
            l.share(3, values=b"".join(values), proof=l.prove_share(3, values))
        return act
    for name, changes in [("a false value of cell %d" % j, [(j, 1000)]) for j in range(layout.N + 1)] + [
            ("votes moved within a row", [(0, 1000), (1, -1000)]), ("votes moved between rows", [(0, 1000), (2, -1000)]),
            ("votes moved both ways", [(0, 1000), (1, -1000), (2, -1000), (3, 1000)])]:
        instead("wrong share", "share3", name, moved(changes))
    instead("wrong share", "share3", "one mask for two keys", lambda l: l.share(3, proof=l.prove_share(3, masks=[9, 9] + list(range(2, len(mine))))))
    instead("wrong share", "share3", "a value too few", lambda l: l.share(3, values=l.make_share(3)[0][32:]))
    instead("wrong share", "share3", "a value too many", lambda l: l.share(3, values=l.make_share(3)[0] + v.ZEROS))
    instead("wrong share", "share3", "an answer too few", lambda l: l.share(3, proof=l.make_share(3)[1][:-32]))
    bad("wrong share", "a third and bad one", after=[("share3", lambda l: l.share(2, x=[5] + mine[1:]))])
    def one_mask(l):
        x, items = world.trustees[0].y, (world.id, m.u64(1))
        X = [m.encode(v.mul_base(y)) for y in x]
        l.control("rehearsal", by="trustee", trustee=1, proof=m.prove_dleq("veche-rehearsal-2", items, x, X, [], [], [], masks=[9, 9] + x[2:]))
    instead("wrong rehearsal", "rehearsal1", "one mask for two keys", one_mask)
    first = world.trustees[0].y
    for name, how in [("of trustee 2", {"made_for": 2}), ("another key", {"x": [5] + first[1:]}), ("another last key", {"x": first[:-1] + [5]}),
                      ("keys in another order", {"x": first[::-1]}), ("of another election", {"election": twin.w.id}),
                      ("signed by trustee 2", {"key": world.trustees[1].signing})]:
        instead("wrong rehearsal", "rehearsal1", name, lambda l: l.rehearsal(1, **how))


def collude_witnesses(corpus):
    """Three witnesses of whom two must have cosigned (log 8)."""
    seeds = [bytes([50 + i]) * 32 for i in range(4)]
    names = ["witness.example/%s" % x for x in "abcd"]
    b64 = lambda data: v.base64.b64encode(data).decode()
    vkey = lambda i, name=None: "%s+%s+%s" % (name or names[i], v.key_id(name or names[i], 4, m.public(seeds[i])).hex(),
                                              b64(b"\4" + m.public(seeds[i])))
    def with_witnesses(quorum, keys):
        return lambda d: {**{k: x for k, x in d.items() if k != "nonce"}, "witnesses": {"quorum": quorum, "keys": keys},
                          "nonce": d["nonce"]}
    def world(quorum=2, keys=None, **hooks):
        return m.World(draft(False), [1, 1, 2], draft_hook=with_witnesses(quorum, keys or [vkey(i) for i in range(3)]), **hooks)
    steps, w = story(False), world()
    files = play(w, steps).record()
    note = files["checkpoint"].decode()
    text = note.split("\n\n")[0] + "\n"
    def line(i, time=m.NOW, seed=None, over=text, label="cosignature/v1", name=None):
        signed = m.sign(seed or seeds[i], ("%s\ntime %d\n" % (label, time) + over).encode())
        data = v.key_id(name or names[i], 4, m.public(seeds[i])) + time.to_bytes(8, "big") + signed
        return "\u2014 %s %s\n" % (name or names[i], b64(data))
    composed_not = "witness.example/zoe\u0308"
    files_of = play(world(1, [vkey(0, composed_not)]), steps).record()
    note_of = files_of["checkpoint"].decode()
    own = line(0, name=composed_not, over=note_of.split("\n\n")[0] + "\n")
    corpus.cases.append(("good record", "cosigned by a name not in NFC", {**files_of, "checkpoint": (note_of + own).encode()}, []))
    a, b, c = line(0), line(1), line(2)
    for name, lines in [("two", b + c), ("three", a + b + c), ("at other times", line(0, time=0) + line(2, time=2**63 - 1))]:
        corpus.cases.append(("good record", "cosigned by " + name, {**files, "checkpoint": (note + lines).encode()}, []))
    # Nothing is refused for times that contradict each other; both verifiers tell it in the same words.
    for name, steps_of in [("go back", {"pause": m.NOW + 4000}), ("go back by a minute", {"pause": m.NOW + 60}),
                           ("go back twice", {"opening": m.NOW + 61, "resume": m.NOW + 9000})]:
        dated = [(step, functools.partial(lambda step, at, l: l.control(step, at=at, **({"reason": "r"} if step != "opening" else {})), step, at))
                 for step, at in steps_of.items()]
        corpus.cases.append(("good record", "times that " + name, play(m.World(draft(False), [1, 1, 2]), steps, instead=dated).record(), []))
    for name, lines in [("none", ""), ("one", a), ("one twice", a + a), ("out of order", c + a), ("another's key", a + line(1, seed=seeds[0])),
                        ("not named", a + line(3)), ("a third not named", a + b + line(3)), ("a third false", a + b + line(2, seed=seeds[0])),
                        ("another label", a + line(1, label="cosignature/v2")), ("time beyond 2^63", a + line(1, time=2**63)),
                        ("another checkpoint", a + line(1, over=text + "x\n")), ("another name", a + line(1, name="witness.example/x")),
                        ("the board's line again", a + b + note.split("\n\n")[1]), ("a line of noise", a + b + "\u2014 x AAAAAAAA\n"),
                        ("cut", a + b[:-9] + "\n"), ("no line end", a + b[:-1])]:
        corpus.add("wrong cosignatures", name, {**files, "checkpoint": (note + lines).encode()}, {4})
    head, own = note.split("\n\n")
    corpus.add("wrong cosignatures", "the board's line behind", {**files, "checkpoint": (head + "\n\n" + a + b + own).encode()}, {4})
    other = w.checkpoint(0, v.ZEROS, seed=w.organiser).decode().split("\n\n")[1]       # under the board's name, with another id
    corpus.add("wrong cosignatures", "another key under the board's name before it", {**files, "checkpoint": (head + "\n\n" + other + own + a + b).encode()}, {4})
    good = [vkey(i) for i in range(3)]
    for name, quorum, keys in [("quorum too small", 1, good), ("quorum too large", 4, good), ("half", 1, good[:2]), ("quorum 0", 0, good[:1]),
                               ("a name twice", 2, good[:2] + [vkey(2, names[0])]), ("a key twice", 2, good[:2] + [vkey(0, names[2])]),
                               ("key id", 2, good[:2] + [good[2].replace("+", "+0", 1)[:-1]]),
                               ("another key id", 2, good[:2] + [names[2] + "+00000000+" + good[2].split("+", 2)[2]]),
                               ("white space", 2, good[:2] + [vkey(2, "a b")]), ("capital digits", 2, good[:2] + [vkey(2, "c").replace(vkey(2, "c").split("+")[1], vkey(2, "c").split("+")[1].upper())]),
                               ("type 1", 2, good[:2] + ["x+%s+%s" % (v.key_id("x", 4, m.public(seeds[2])).hex(), b64(b"\1" + m.public(seeds[2])))]),
                               ("17 keys", 9, [vkey(0, "n%d" % i) for i in range(17)])]:
        files = play(world(quorum, keys), steps).record()
        corpus.add("wrong witnesses in the manifest", name, files, {1})
    def board(manifest):
        manifest["keys"]["board"] = to_b64(m.public(seeds[0]))
        return manifest
    corpus.add("wrong witnesses in the manifest", "the board's key", play(world(manifest_hook=board), steps).record(), {1})


def disputed(said):
    """The file of a ceremony that is complete as the manifest has it, with acceptances exchanged for other words."""
    def hook(raw):
        lines = raw.splitlines()
        id = v.from_b64(json.loads(lines[0])["draft"])
        t = [m.Trustee(i, b"\1" * 31 + bytes([i]), id, 2, v.number_of_keys(SECRET_CONTESTS)) for i in (1, 2, 3)]
        for trustee in t:
            trustee.prepare(v.H("veche-ceremony-table-1", *lines[:3]))
        more = said(t, v.H("veche-ceremony-transcript-1", *lines[:9]), lines[9:])
        return b"".join(line + b"\n" for line in lines[:9] + more)
    return hook


ELSEWHERE = bytes(32)
DISPUTES = [
    ("a complaint", lambda t, here, accepts: accepts[1:] + [t[0].complain(here, 2)]),
    ("a false complaint and its answer", lambda t, here, accepts: accepts[1:] + [t[0].complain(here, 2), t[1].answer(here, 1)]),
    ("a complaint beside its author's acceptance", lambda t, here, accepts: accepts + [t[0].complain(here, 2)]),
    ("a complaint of another transcript", lambda t, here, accepts: accepts + [t[0].complain(ELSEWHERE, 2)]),
    ("complaint and answer of another transcript", lambda t, here, accepts: accepts + [t[0].complain(ELSEWHERE, 2), t[1].answer(ELSEWHERE, 1)]),
    ("an answer to no complaint", lambda t, here, accepts: accepts + [t[1].answer(here, 1)]),
    ("a complaint in place of an acceptance", lambda t, here, accepts: [t[0].complain(here, 2)] + accepts[1:]),
    ("nothing behind the dealings", lambda t, here, accepts: [])]


def lists(corpus, secret, steps):
    """Manifest, lists and ceremony that are wrong from the beginning; all that follows fits them."""
    label = ("open", "secret")[secret]
    def election(kind, name, expect, d=None, **hooks):
        log = play(m.World(d or draft(secret), [1, 1, 2], **hooks), steps)
        corpus.add(kind, "%s: %s" % (label, name), log.record(), {expect})
    def flip(b):
        rows = b.splitlines(True)
        return b"".join([rows[1], rows[0], *rows[2:]])
    for name, hook in [("order", flip), ("line ends", lambda b: b.replace(b"\n", b"\r\n")), ("no line end", lambda b: b[:-1]),
                       ("leading zero", lambda b: b.replace(b" 1\n", b" 01\n")), ("two spaces", lambda b: b.replace(b" ", b"  ")),
                       ("a voter more", lambda b: b + b[-46:]), ("a voter less", lambda b: b"".join(b.splitlines(True)[1:])),
                       ("weight", lambda b: b.replace(b" 2\n", b" 3\n"))]:
        election("wrong credential list", name, 2, credentials_hook=hook)
    for name, hook in [("order", flip), ("line ends", lambda b: b.replace(b"\n", b"\r\n")), ("no line end", lambda b: b[:-1]),
                       ("white space", lambda b: b.replace(b",", b", ")), ("a line less", lambda b: b"".join(b.splitlines(True)[1:])),
                       ("two numbers that differ in a zero", lambda b: b.replace(b'"1"', b'"01"').replace(b'"2"', b'"1"')),
                       ("two numbers that differ in a capital", lambda b: b.replace(b'"2"', b'"A/1"').replace(b'"3"', b'"a/01"')),
                       ("in the order of integers", lambda b: b.replace(b'"3"', b'"10"')),
                       *[("a number " + n, lambda b, n=n: b.replace(b'"1"', b'"%s"' % n.encode())) for n in
                         ("", "-1", "/1", "1 ", "1.0", "Ж", "1\\\\", "1" * 33, "1:", "1\\n")], ("names", lambda b: b.replace(b"number", b"name")),
                       ("a number twice", lambda b: b.replace(b'"2"', b'"1"')), ("empty line", lambda b: b + b"\n")]:
        election("wrong roll", name, 3, roll_hook=hook)
    for name, hook in [("letters", lambda b: b.replace(b'"1"', b'"1/2"').replace(b'"2"', b'"A-017"').replace(b'"3"', b'"b_3"')),
                       ("the order of bytes", lambda b: b.replace(b'"2"', b'"10"').replace(b'"3"', b'"2"')),
                       ("32 symbols", lambda b: b.replace(b'"3"', b'"%s"' % (b"3" * 32)))]:
        world = m.World(draft(secret), [1, 1, 2], roll_hook=hook)
        corpus.cases.append(("good record", "%s: a roll with numbers of %s" % (label, name), play(world, steps).record(), []))
    for name, more in [("title", {"title": " x"}), ("revote", {"revote": "first"}), ("opens", {"opens": m.NOW + 100}),
                       ("attempts", {"attempts_max": 101}), ("timeout", {"session_timeout_s": 0}), ("time", {"closes": 2**53 + 1})]:
        election("wrong draft", name, 1, d=draft(secret, **more))
    def with_(path, value):
        def hook(manifest):
            at = manifest
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = value
            return manifest
        return hook
    sizes = m.World(draft(secret), [1, 1, 2]).make_manifest()["session"]
    paths = [(("v",), "veche-election-1"), (("draft", "contests", 0, "rule", "method"), "average"), (("draft", "roll_shows"), "none"), (("x",), 1), (("keys", "server_enc", "e"), "Aw"), (("keys", "server_enc", "kty"), "EC"), (("keys", "server_enc", "n"), to_b64(b"\xab" * 383)),
             (("keys", "server_enc", "n"), to_b64(b"\xab" * 383 + b"\2")), (("keys", "server_enc", "n"), to_b64(b"\xad" * 384)),
             (("keys", "server_enc", "n"), to_b64(b"\x2b" + b"\xab" * 383)), (("session", "up_bytes"), sizes["up_bytes"] - 1),
             (("session", "down_bytes"), sizes["down_bytes"] - 1), (("session", "up_bytes"), 262_145), (("roll", "weight"), 0)]
    if secret:
        Y = m.World(draft(secret), [1, 1, 2]).make_manifest()["trustees"]
        keys = v.pieces(v.from_b64(Y["keys"]))
        paths += [(("trustees", "keys"), to_b64(b"".join(x))) for x in (
            [v.ZEROS, *keys[1:]], [*keys[:-1], v.ZEROS], [keys[1], *keys[1:]], [*keys[:-1], keys[0]], keys[:-1], keys + [m.encode(v.BASE)], [b"\1" + bytes(31), *keys[1:]])]
        paths += [(("trustees", "members", 0, "name"), "x\u200b"), (("trustees", "members", 1, "key"), Y["members"][0]["key"])]
    for path, value in paths:
        def hook(manifest):
            return with_(path, value)(manifest)
        # With another Y the ballots cannot be made; what is published is then another election's log.
        world = m.World(draft(secret), [1, 1, 2])
        files = play(world, steps).record()
        corpus.add("wrong manifest", "%s: %s" % (label, path), {**files, "election.json": dump(hook(json.loads(world.manifest)))}, {1})
    if not secret:
        return
    def lying(step, number, change):
        return lambda s, t, raw: change(t, raw) if (s, t.number) == (step, number) else raw
    def resaid(**more):
        def change(t, raw):
            message = json.loads(raw)
            del message["sig"]
            message["step"].update(more)
            return t.sealed(message)
        return change
    def dealt(change):
        """Deals other polynomials, from the commitment on."""
        def commit(t, raw):
            t.f = change(t.f)
            t.coefficients = b"".join(m.encode(m.mul_base(x)) for f in t.f for x in f)
            return t.commit(v.from_b64(json.loads(raw)["step"]["table"]))
        return commit
    def overlapping(f):
        """Drawn by a running number that begins at k for key k"""
        drawn = [x for polynomial in f for x in polynomial]
        return [drawn[k:k + 2] for k in range(len(f))]
    def possession_items(t, coefficients):
        return t.draft, m.u64(t.number), coefficients
    def one_mask(t):
        x = [f[0] for f in t.f]
        X = [m.encode(m.mul_base(y)) for y in x]
        return m.prove_dleq("veche-dealing-possession-2", possession_items(t, t.coefficients), x, X, [], [], [], masks=[9, 9] + x[2:])
    def first_point(t, raw):
        """Another first point than the one whose logarithm is known; the commitment of this trustee does not fit either"""
        other = t.coefficients[:64] + m.encode(m.mul_base(77)) + t.coefficients[96:]
        return resaid(coefficients=to_b64(other))(t, raw)
    def sum_alone(t, raw):
        """As if one answer for the sum of all first coefficients were enough"""
        _, proof = m.make_dleq("veche-dealing-possession-2", possession_items(t, t.coefficients), [sum(f[0] for f in t.f) % v.Q])
        return resaid(possession=to_b64(proof[:32] + proof[32:] * kappa))(t, raw)
    kappa = v.number_of_keys(SECRET_CONTESTS)
    for name, step, change in [
            ("another commitment", "commit", resaid(commitment=to_b64(b"\1" * 64))), ("another table", "commit", resaid(table="A" * 43)),
            ("another possession", "deal", resaid(possession=to_b64(b"".join(map(m.number, range(1, kappa + 2)))))), ("another nonce", "deal", resaid(nonce="A" * 43)),
            ("a dealing of another table", "deal", resaid(table="A" * 43)), ("a dealing for other commitments", "deal", resaid(commitments="A" * 43)),
            ("a share too few", "deal", resaid(shares=[to_b64(bytes(32 * (kappa + 1)))] * 2)), ("shares of a key too few", "deal", resaid(shares=[to_b64(bytes(32 * kappa))] * 3)),
            ("two polynomials equal", "commit", dealt(lambda f: [f[1], f[1], *f[2:]])), ("overlapping coefficients", "commit", dealt(overlapping)),
            ("a first coefficient 0", "commit", dealt(lambda f: [[0, f[0][1]], *f[1:]])),
            ("a coefficient too many", "commit", dealt(lambda f: [[*f[0], 5], *f[1:]])),
            ("a polynomial too few", "deal", lambda t, raw: resaid(coefficients=to_b64(t.coefficients[:-64]))(t, raw)),
            ("a first point not the proven one", "deal", first_point), ("possession of the sum alone", "deal", sum_alone),
            ("one mask for two keys", "deal", lambda t, raw: resaid(possession=to_b64(one_mask(t)))(t, raw)), ("another transcript", "accept", resaid(transcript="A" * 43)),
            ("seal", "register", resaid(seal="A" * 43)), ("white space", "register", lambda t, raw: t.sealed(raw[:-96].replace(b",", b", ", 1))),
            ("not signed", "accept", lambda t, raw: raw[:-10] + b"AAAAAAAA" + raw[-2:])]:
        election("wrong ceremony", name, 9, lie=lying(step, 2, change))
    for name, hook in [("a message of a megabyte", lambda b: b + b"x" * (2**20 + 1) + b"\n"), ("two messages exchanged", flip), ("one missing", lambda b: b"".join(b.splitlines(True)[:-1])), ("one more", lambda b: b + b.splitlines(True)[-1]),
                       ("no line end", lambda b: b[:-1]), ("empty line", lambda b: b + b"\n")]:
        election("wrong ceremony", name, 9, ceremony_hook=hook)
    for name, said in DISPUTES:
        election("wrong ceremony", name, 9, ceremony_hook=disputed(said))
    def other_order(manifest):
        keys = v.pieces(v.from_b64(manifest["trustees"]["keys"]))
        manifest["trustees"]["keys"] = to_b64(b"".join([keys[1], keys[0], *keys[2:]]))
        return manifest
    election("wrong ceremony", "keys in another order in the manifest", 9, manifest_hook=other_order)
    wide = [contest("Chair", ["C%d" % i for i in range(500)], ["0", "1"], "single", blank=False)]
    for count, threshold in ((8, 6), (50, 1)):
        manifest = json.loads(m.World(draft(secret), [1, 1, 2]).manifest)
        manifest["draft"].update(contests=wide, trustees={"count": count, "threshold": threshold})
        files = play(m.World(draft(secret), [1, 1, 2]), steps).record()
        corpus.add("wrong draft", "secret: 499 keys for %d trustees, %d of them" % (count, threshold), {**files, "election.json": dump(manifest)}, {1})
    election("wrong ceremony", "another name in the manifest", 9, manifest_hook=with_(("trustees", "members", 0, "name"), "Somebody"))


def collude_long(corpus):
    """A log of two bundles, with a ballot in the first that one in the second replaces."""
    def pauses(log):
        for _ in range(125):
            log.control("pause", reason="r")
            log.control("resume", reason="r")
    world, steps = m.World(draft(True), [1, 1, 2]), story(True)
    log = play(world, steps, before=[("again", pauses)])
    good = log.record()
    corpus.cases.append(("good record", "two bundles", good, []))
    first, second = ["tile/entries/000", "tile/entries/001.p/%d" % (len(log.entries) - 256)]
    bundle = lambda entries: b"".join(len(x).to_bytes(2, "big") + x for x in entries)
    def put(name, files, expect):
        corpus.add("wrong bundles of a long log", name, files, {expect}, good)
    put("the edge moved down", {**good, first: bundle(log.entries[:255]), second: bundle(log.entries[255:])}, 5)
    put("the edge moved up", {**good, first: bundle(log.entries[:257]), second: bundle(log.entries[257:])}, 5)
    put("exchanged", {**good, first: good[second], second: good[first]}, 5)
    put("first twice", {**good, second: good[first]}, 5)
    put("second in its full width", {**{k: x for k, x in good.items() if k != second}, "tile/entries/001": good[second]}, 5)
    put("first in part", {**{k: x for k, x in good.items() if k != first}, "tile/entries/000.p/255": bundle(log.entries[:255])}, 5)
    put("an old width beside", {**good, "tile/entries/000.p/255": bundle(log.entries[:255])}, 8)
    put("an old hash tile beside", {**good, "tile/0/000.p/255": good["tile/0/000"][:-32]}, 8)
    put("level 1 missing", {k: x for k, x in good.items() if not k.startswith("tile/1/")}, 6)
    put("level 1 of the whole tree", {**good, "tile/1/000.p/1": v.root([v.leaf_hash(x) for x in log.entries])}, 6)
    put("level 2", {**good, "tile/2/000.p/1": good["tile/1/000.p/1"]}, 8)
    for size, check in [(2**32 + 1, 4), (2**32, 5), (2**63, 4), (2**64, 4)]:
        note = world.checkpoint(size, v.root([v.leaf_hash(x) for x in log.entries]))
        put("size %d signed" % size, {**good, "checkpoint": note}, check)


# ---- Writing and running ----------------------------------------------------------------------------

def read_folder(folder):
    source = v.Folder(folder)
    return {path: source.read(path, v.FILE_MAX_BYTES) for path in sorted(source.paths())}


def corpus_of(seed):
    corpus = Corpus(seed)
    open_, secret = (read_folder(os.path.join(VECTORS, name)) for name in ("record", "secret-record"))
    for label, good, foreign in [("record", open_, secret), ("secret-record", secret, open_)]:
        corpus.cases.append(("good record", label, good, []))
        corpus.bytes_of(label, good, foreign)
    collude(corpus, False)
    collude(corpus, True)
    collude_lot(corpus)
    collude_witnesses(corpus)
    for secret in (False, True):
        mutants_roll.collude(corpus, play, secret)
        mutants_withdrawn.collude(corpus, play, secret)
        mutants_booth.collude(corpus, play, secret)
    collude_long(corpus)
    return corpus.cases


def write(cases, out):
    with open(os.path.join(out, "list.jsonl"), "w", encoding="utf-8") as f:
        for i, (kind, name, files, expect) in enumerate(cases):
            folder = os.path.join(out, "%04d" % i)
            for path, data in files.items():
                full = os.path.join(folder, *path.split("/"))
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "wb") as g:
                    g.write(data)
            f.write(json.dumps({"folder": folder, "class": kind, "name": name, "good": not expect, "expect": expect}) + "\n")


def main():
    parser = argparse.ArgumentParser(description="A corpus of records that every verifier must refuse.")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--against", metavar="COMMAND")
    args = parser.parse_args()
    os.makedirs(args.out)
    cases = corpus_of(args.seed)
    write(cases, args.out)
    made = collections.Counter(case[0] for case in cases)
    refused, wrong = collections.Counter(), 0
    if args.against:
        for i, (kind, name, _, expect) in enumerate(cases):
            command = shlex.split(args.against) + [os.path.join(args.out, "%04d" % i)]
            accepted = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
            refused[kind] += not accepted
            if accepted != (not expect):
                wrong += 1
                print("WRONG: %04d %s: %s" % (i, kind, name))
    for kind in made:
        print("%5d  %-36s %s" % (made[kind], kind, "%d refused" % refused[kind] if args.against else ""))
    print("%5d  records" % len(cases))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
