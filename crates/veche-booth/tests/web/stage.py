"""Elections for browsers: made, served and checked by the program itself."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[4]
VECHE = os.environ.get("VECHE", str(ROOT / "target" / "debug" / "veche"))
VERIFIER = ROOT / "verifier" / "veche_verify.py"
START_TIMEOUT_S = 60


def veche(*args, ok=True, cwd=None):
    done = subprocess.run([VECHE, *map(str, args)], capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, "VECHE_LANG": "en"}, stdin=subprocess.DEVNULL)
    if ok and done.returncode != 0:
        raise AssertionError("veche %s: %s%s" % (" ".join(map(str, args)), done.stdout, done.stderr))
    return done


class Election:
    """A served election, with its cards at hand."""

    def __init__(self, *args, voters=12, secret=True, open=True, trustee=None):
        self.folder = tempfile.TemporaryDirectory(prefix="veche-stage-")
        self.dir = pathlib.Path(self.folder.name) / "e"
        secrecy = ["--local-trustees", "--trustees", "3", "--threshold", "2"] if secret else ["--secrecy", "open"]
        if trustee:
            secrecy = ["--trustees", "1", "--threshold", "1"]
        given = [] if any(str(arg).startswith("--roll") or str(arg) == "--voters" for arg in args) else ["--voters", voters]
        veche("new", self.dir, *given, *secrecy, *args)
        if trustee:
            self.ceremony(trustee)
        self.secret = secret
        self.log = open_log(self.folder.name)
        self.server = None
        self.serve()
        if trustee:
            rehearse = ["trustee", "rehearse", "--at", self.url, "--key", self.dir.parent / "trustee.key"]
            told = veche(*rehearse, ok=False)
            veche(*rehearse, "--code", re.search(r"^code of the election.*: (\S+)$", told.stdout + told.stderr, re.MULTILINE)[1])
        if open:
            self.open()

    def ceremony(self, name):
        """One trustee of this name makes the key alone."""
        step = lambda what, *args: veche("trustee", what, "--at", self.dir, "--key", self.dir.parent / "trustee.key", *args).stdout
        code = lambda: re.findall(r"^code of .*: (\S+)$", step("code"), re.MULTILINE)[-1]
        step("register", "--number", 1, "--name", name)
        step("deal", "--code", code())
        step("accept", "--code", code())
        veche("setup", self.dir)

    def serve(self):
        self.server = subprocess.Popen([VECHE, "serve", str(self.dir), "--any-port", *booth()], stdout=subprocess.PIPE, stderr=self.log, text=True,
                                       env={**os.environ, "VECHE_LANG": "en"})
        # The second line that it says is its address.
        self.server.stdout.readline()
        self.url = self.server.stdout.readline().split()[0]
        self.host = self.url.split("//")[1]
        return self

    def open(self):
        veche("open", self.dir)

    def act(self, *args):
        return veche(args[0], self.dir, *args[1:])

    def card(self, number):
        return json.loads((self.dir / "cards" / ("%s.json" % number)).read_text())

    def link(self, number, credential=True):
        made = json.loads((self.dir / "cards" / ("%s.json" % number)).read_text())
        id = base32(made["election"])
        parts = ["v1", id, str(number)] + ([made["credential"].replace("-", "")] if credential else [])
        return "%s/booth/#%s" % (self.url, ".".join(parts))

    def paper_id(self):
        """As cards have it."""
        id = base32(self.card(1)["election"])
        return "-".join(id[i:i + 4] for i in range(0, 32, 4))

    def get(self, path, **headers):
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers)) as answer:
            return answer.read()

    def status(self):
        return json.loads(self.get("/status.json"))

    def said(self):
        """What the server has logged."""
        self.log.flush()
        return pathlib.Path(self.log.name).read_text()

    def record(self):
        """Closes, if that is to do yet, opens the sum if there is one, and gives the record."""
        if self.status()["phase"] == "open":
            self.act("close")
        if self.secret:
            first = self.dir / "trustees" / "trustee-1.key"
            said = veche("trustee", "code", "--at", self.url, "--key", first).stdout
            code = re.search(r"code of the closing\W+(\S+)", said)[1]
            for number in (1, 2):
                key = self.dir / "trustees" / ("trustee-%d.key" % number)
                veche("trustee", "open", "--at", self.url, "--key", key, "--code", code, "--single-ballot", "--weights-show-votes")
        to = pathlib.Path(self.folder.name) / "record"
        shutil.rmtree(to, ignore_errors=True)
        veche("record", self.dir, "--output", to)
        return to

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait(60)
            self.server.stdout.close()
            self.server = None

    def close(self):
        self.stop()
        self.log.close()
        self.folder.cleanup()


def booth():
    """Another booth than the one that is built in."""
    return ["--booth", os.environ["VECHE_BOOTH"]] if "VECHE_BOOTH" in os.environ else []


def open_log(folder):
    return open(pathlib.Path(folder) / "server.log", "w", encoding="utf-8")


def base32(base64url):
    import base64
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(base64.urlsafe_b64decode(base64url + "="), "big") << 4
    return "".join(alphabet[number >> 5 * (51 - i) & 31] for i in range(52))


def verify_both(record):
    veche("verify", record)
    subprocess.run([sys.executable, str(VERIFIER), str(record)], check=True, capture_output=True)
