#!/usr/bin/env python3
"""A post-box that wants the election's keys, with one corrupt trustee of three (threshold two), against two honest ones
who run the real program. It shows each honest one a false table first, in which an invention deals it a bad share, and
keeps the complaint that follows. In the true ceremony, when all have accepted and all codes agree, it shows each the
other's old complaint: an answer would give away shares of the keys.

    ceremony_replay.py VECHE

Exit 0: the keys are known, and the ceremony is complete and verifies. Exit 3: the guard holds. Anything else: this script is broken."""

import collections
import http.server
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../verifier"))
import maker
import veche_verify as v
from veche_verify import H, Q, S, encode, from_b64, mul, mul_base, u64

PATIENCE_S = 120
FAILED = 3
CORRUPT = 3
Recipient = collections.namedtuple("Recipient", "number P")


def spoken(hash):
    return "-".join(v.groups(hash).split("-")[:8])


def step(message):
    return json.loads(message)["step"]


class View:
    """What one trustee is shown, and what it has said there."""

    def __init__(self, draft):
        self.shown, self.posted = [], []
        view = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def reply(self, status, body):
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                pages = {"/draft.json": draft, "/ceremony-messages": b"".join(line + b"\n" for line in view.shown)}
                self.reply(200 if self.path in pages else 404, pages.get(self.path, b""))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                view.posted.append(body)
                view.shown = view.shown + [body]
                self.reply(200, b"taken\n")

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % server.server_port

    def last(self, kind):
        return next((x for x in reversed(self.posted) if step(x)["type"] == kind), None)

    def wait_for(self, kind, table):
        """Until the trustee, who is running, has said this in this table."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            found = self.last(kind)
            if found and from_b64(step(found)["table"]) == table:
                return found
            time.sleep(0.05)
        sys.exit("the trustee says no %s" % kind)


class Cheat(maker.Trustee):
    """A corrupt or invented trustee; `spoiled` gets a share of the last key that does not fit."""
    spoiled = None

    def shares_for(self, number):
        *others, last = super().shares_for(number)
        return [*others, last + (number == self.spoiled)]


class Attack:
    def __init__(self, veche, folder):
        self.veche, self.folder = veche, folder
        self.call("new", "e", "--candidates", "A,B,C", "--voters", "3", "--rule", "sum", "--trustees", "3", "--threshold", "2")
        with open(os.path.join(folder, "e/draft.json"), "rb") as file:
            self.draft = file.read()
        self.draft_id, self.kappa = H("veche-draft-2", self.draft), v.number_of_keys(json.loads(self.draft)["contests"])
        self.views = {1: View(self.draft), 2: View(self.draft)}
        self.corrupt = self.cheat(CORRUPT)

    def call(self, *args):
        return subprocess.run([self.veche, *args], cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE_S)

    def trustee(self, number, command, *args):
        told = self.call("trustee", command, "--at", self.views[number].url, "--key", "k%d" % number, *args)
        words = (told.stdout + told.stderr).strip().splitlines()
        print("trustee %d: %s -> %d: %s" % (number, command, told.returncode, words[-1] if words else ""))
        return told.returncode

    def cheat(self, number):
        return Cheat(number, secrets.token_bytes(32), self.draft_id, 2, self.kappa)

    def table(self, registrations):
        people = [Recipient(i + 1, v.decode(from_b64(step(r)["seal"]))) for i, r in enumerate(registrations)]
        return people, H("veche-ceremony-table-1", *registrations)

    def old_complaint(self, victim, other, registration):
        """The victim's owner believes what is shown, and says yes to a code that nobody has read to anybody."""
        view, invention = self.views[victim], self.cheat(other)
        invention.spoiled = victim
        said = {victim: registration, other: invention.register(), CORRUPT: self.corrupt.register()}
        registrations = [said[i] for i in (1, 2, 3)]
        people, table = self.table(registrations)
        for one in (invention, self.corrupt):
            one.prepare(table)
            said[one.number] = one.commit(table)
        view.shown = registrations + [said[other], said[CORRUPT]]
        self.trustee(victim, "deal", "--code", spoken(table))
        said[victim] = view.last("commit")
        commits = [said[i] for i in (1, 2, 3)]
        commitments = H("veche-ceremony-commitments-1", *commits)
        deals = {one.number: one.deal(people, table, commitments) for one in (invention, self.corrupt)}
        deals[victim] = view.last("deal")
        view.shown = registrations + commits + [deals[i] for i in (1, 2, 3)]
        self.trustee(victim, "accept", "--code", spoken(H("veche-ceremony-transcript-1", *view.shown)))
        return view.last("complain")

    def true_ceremony(self, registrations):
        people, table = self.table(registrations)
        self.corrupt.prepare(table)
        running = []
        for number, view in self.views.items():
            view.shown = list(registrations)
            running.append(threading.Thread(target=self.trustee, args=(number, "deal", "--code", spoken(table))))
            running[-1].start()
        commits = [view.wait_for("commit", table) for view in self.views.values()] + [self.corrupt.commit(table)]
        for view in self.views.values():
            view.shown = registrations + commits
        for one in running:
            one.join(PATIENCE_S)
        deals = [view.wait_for("deal", table) for view in self.views.values()]
        deals.append(self.corrupt.deal(people, table, H("veche-ceremony-commitments-1", *commits)))
        return people, registrations + commits + deals

    def unseal(self, dealing, to, P, shared):
        """The shares of all keys, by whoever knows the point of both"""
        E, *sealed = v.pieces(from_b64(step(dealing)["shares"][to - 1]))
        dealer = json.loads(dealing)["trustee"]
        pads = [S("veche-dealing-pad-2", self.draft_id, u64(dealer), u64(to), u64(k), E, encode(P), encode(shared))
                for k in range(self.kappa)]
        return [(int.from_bytes(x, "little") - pad) % Q for x, pad in zip(sealed, pads, strict=True)]

    def opened(self, answer, dealing, to, P):
        """The shares that an answer discloses to everybody."""
        e = int.from_bytes(from_b64(step(answer)["ephemeral"]), "little")
        return self.unseal(dealing, to, P, mul(e, P))

    def own(self, dealing):
        """The shares that were dealt to the corrupt trustee."""
        E = v.decode(from_b64(step(dealing)["shares"][CORRUPT - 1])[:32])
        return self.unseal(dealing, CORRUPT, self.corrupt.P, mul(self.corrupt.x, E))

    def run(self):
        for number in (1, 2):
            self.trustee(number, "register", "--number", str(number), "--name", "Honest %d" % number)
        registered = {number: view.last("register") for number, view in self.views.items()}
        old = {number: self.old_complaint(number, 3 - number, registered[number]) for number in (1, 2)}
        people, dealt = self.true_ceremony([registered[1], registered[2], self.corrupt.register()])
        transcript = H("veche-ceremony-transcript-1", *dealt)
        code = spoken(transcript)
        for number, view in self.views.items():
            view.shown = list(dealt)
            self.trustee(number, "accept", "--code", code)
        accepts = [view.last("accept") for view in self.views.values()] + [self.corrupt.accept(transcript)]
        ceremony = b"".join(line + b"\n" for line in dealt + accepts)
        keys, *_ = v.check_ceremony(ceremony, self.draft_id, 3, 2, self.kappa)
        print("the ceremony is complete and verifies; all have compared " + code)
        # Now the accused are asked to look again. An answer is good for this ceremony, whatever the complaint was about.
        y = [polynomial[0] for polynomial in self.corrupt.f]
        for number, view in self.views.items():
            accuser, dealing = 3 - number, dealt[5 + number]
            view.shown = dealt + [old[accuser]]
            self.trustee(number, "accept", "--code", code)
            answer = view.last("answer")
            if answer is None:
                print("the attack failed: trustee %d does not answer a complaint from another table" % number)
                return FAILED
            theirs, mine = self.opened(answer, dealing, accuser, people[accuser - 1].P), self.own(dealing)
            # Two points of a line, at `accuser` and at CORRUPT; its value at 0.
            y = [known + (a * CORRUPT - b * accuser) * pow(CORRUPT - accuser, -1, Q)
                 for known, a, b in zip(y, theirs, mine, strict=True)]
        if [encode(mul_base(x % Q)) for x in y] != keys:
            print("the attack failed: what was answered does not open the keys")
            return FAILED
        print("the attack SUCCEEDED: post-box and trustee %d know the election's keys" % CORRUPT)
        return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(Attack(os.path.abspath(sys.argv[1]), folder).run())
