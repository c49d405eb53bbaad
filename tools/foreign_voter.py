"""examples/voter.py with the JOSE of another library:  python foreign_voter.py LIBRARY CARD.json URL MARKS

Keys are made as before; what seals, signs, opens and verifies is the library's. LIBRARY may be a command in quotation marks: a program
of another language, asked once for each of these steps (tools/foreign_jose). tools/check-foreign-clients calls it."""
import json
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))
import voter  # noqa: E402

SIGNED, SEALED, BARE = {"alg": "PS256"}, voter.JWE_HEADER, {"alg": "dir", "enc": "A256GCM"}


class Authlib:
    def __init__(self):
        warnings.simplefilter("ignore")  # it recommends joserfc
        from authlib.jose import JsonWebEncryption, JsonWebKey, JsonWebSignature
        self.key = JsonWebKey.import_key
        self.jws = JsonWebSignature(["PS256"])
        self.jwe = JsonWebEncryption(["RSA-OAEP-256", "A256GCM", "dir"])

    def sign(self, payload, jwk, private):
        return self.jws.serialize_compact(SIGNED | {"jwk": jwk}, payload, self.key(private))

    def seal(self, payload, public):
        return self.jwe.serialize_compact(SEALED, payload, self.key(public))

    def seal_bare(self, payload, key):
        return self.jwe.serialize_compact(BARE, payload, voter.unb64(key))

    def open(self, token, private):
        opened = self.jwe.deserialize_compact(token, self.key(private))
        return opened["header"], opened["payload"]

    def verify(self, token, public):
        verified = self.jws.deserialize_compact(token, self.key(public))
        return dict(verified["header"]), verified["payload"]


class Joserfc:
    def __init__(self):
        from joserfc import jwe, jws
        from joserfc.jwk import OctKey, RSAKey
        self.jwe, self.jws, self.rsa, self.oct = jwe, jws, RSAKey.import_key, OctKey.import_key
        # Its own bound on what it opens is below our longest answers.
        self.registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A256GCM", "dir"])
        self.registry.max_ciphertext_length = 1 << 20
        self.signatures = jws.JWSRegistry(algorithms=["PS256"])
        self.signatures.max_payload_length = 1 << 20

    def sign(self, payload, jwk, private):
        return self.jws.serialize_compact(SIGNED | {"jwk": jwk}, payload, self.rsa(private), registry=self.signatures)

    def seal(self, payload, public):
        return self.jwe.encrypt_compact(SEALED, payload, self.rsa(public), registry=self.registry)

    def seal_bare(self, payload, key):
        return self.jwe.encrypt_compact(BARE, payload, self.oct({"kty": "oct", "k": key}), registry=self.registry)

    def open(self, token, private):
        opened = self.jwe.decrypt_compact(token, self.rsa(private), registry=self.registry)
        return opened.protected, opened.plaintext

    def verify(self, token, public):
        verified = self.jws.deserialize_compact(token, self.rsa(public), registry=self.signatures)
        return verified.protected, verified.payload


class Program:
    def __init__(self, command):
        self.command = shlex.split(command)

    def ask(self, **question):
        return subprocess.run(self.command, input=json.dumps(question).encode(), stdout=subprocess.PIPE, check=True).stdout

    def sign(self, payload, jwk, private):
        return self.ask(do="sign", payload=payload.decode(), header=SIGNED | {"jwk": jwk}, key=private)

    def seal(self, payload, public):
        return self.ask(do="seal", payload=payload.decode(), header=SEALED, key=public)

    def seal_bare(self, payload, key):
        return self.ask(do="bare", payload=payload.decode(), header=BARE, key={"kty": "oct", "k": key})

    def open(self, token, private):
        return header(token), self.ask(do="open", token=token, key=private)

    def verify(self, token, public):
        return header(token), self.ask(do="verify", token=token, key=public)


def header(token):
    return json.loads(voter.unb64(token.split(".")[0]))


def text(token):
    return token.decode() if isinstance(token, bytes) else token


class Session(voter.Session):
    """The same dialogue; only these three know a library."""

    def seal_ok(self, key):
        return text(library.seal_bare(self.payload("ok").encode(), key))

    def seal(self, kind, **fields):
        private = json.loads(self.sig.export_private())
        private.pop("kid", None)
        inner = text(library.sign(self.payload(kind, **fields).encode(), voter.public_part(self.sig), private))
        token = text(library.seal(inner.encode(), self.keys["server_enc"]))
        self.sent = voter.b64(voter.sha(token.encode()))
        return token

    def open(self, token):
        header, inner = library.open(token, json.loads(self.reply.export_private()))
        signed, payload = library.verify(inner.decode(), self.keys["server_sig"])
        voter.check((header, signed) == (SEALED, SIGNED), "the answer's headers")
        self.re = voter.b64(voter.sha(token.encode()))
        place = self.place | {"dir": "down", "n": self.n, "to": voter.b64(voter.thumbprint(self.reply)), "re": self.sent}
        voter.check(payload.startswith(voter.compact(place)[:-1].encode() + b',"type":'), "the answer belongs elsewhere")
        return voter.canonical(payload.decode())


name, card, url, *marks = sys.argv[1:]
if name != "jwcrypto":
    library = {"authlib": Authlib, "joserfc": Joserfc}[name]() if " " not in name else Program(name)
    voter.Session = Session
voter.main(json.loads(Path(card).read_text("utf-8")), url, *marks)
