#!/usr/bin/env python3
"""A voter's client for Veche:  python voter.py [--hello] CARD.json URL MARKS [MARKS ...]   (MARKS: one for each contest)

With --hello it first asks how the election stands and whether the card has voted; without MARKS it only asks.

It follows docs/spec; names in brackets are files there. Of the manifest it checks only that it is the card's: it shows
nothing of it.
Exit codes: 0 recorded, 2 usage, 3 «Нет», 4 ballot refused, 5 not open, 6 a check failed, 7 no answer, 8 busy.
"""
import base64, contextlib, hashlib, json, os, sys, urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwcrypto import jwe, jwk, jws
from jwcrypto.common import JWException
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

CROCKFORD, ZERO = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", "A" * 43
JWE_HEADER = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"}
EXIT = {"not-authorised": 4, "bad-entry": 4, "bad-marks": 4, "bad-signature": 4, "bad-proof": 4, "stale": 4,
        "already-voted": 4, "struck": 4, "not-open": 5, "closed": 5, "busy": 8}  # [session 4]

def check(holds, what, code=6):
    if not holds:
        print(f"check failed: {what}" if code == 6 else what, file=sys.stderr)
        sys.exit(code)

def sha(data): return hashlib.sha256(data).digest()
def b64(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
def compact(value): return json.dumps(value, separators=(",", ":"), ensure_ascii=False)  # [entry 2]
def public_part(key): return {name: key[name] for name in ("kty", "n", "e")}  # [envelope 2]: no `kid`
def thumbprint(key): return sha(compact({name: key[name] for name in ("e", "kty", "n")}).encode())

def unb64(text):  # [marks 2]
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    check(b64(data) == text, "not canonical base64url")
    return data

def canonical(text, *fields):  # [entry 2]
    value = json.loads(text)
    check(compact(value) == text and (not fields or list(value) == list(fields)), "not the canonical JSON expected")
    return value

def frame(label, *parts):  # [marks 2]: every item behind its length
    return b"".join(len(item).to_bytes(8, "big") + item for item in (label.encode(), *parts))

def ballot_code(entry):  # [entry 5]: 256 bits in 52 symbols
    bits = int.from_bytes(sha(frame("veche-ballot-code-1", entry[:-96].encode())), "big") << 4
    symbols = "".join(CROCKFORD[bits >> 5 * i & 31] for i in reversed(range(52)))
    return "-".join(symbols[i:i + 4] for i in range(0, 52, 4))

def credential_key(text, draft_id):  # [entry 4]
    symbols = text.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    check(len(symbols) == 32 and set(symbols) <= set(CROCKFORD), "the card's credential is none")
    data = sum(CROCKFORD.index(s) << 5 * i for i, s in enumerate(reversed(symbols))).to_bytes(20, "big")
    check(sha(frame("veche-credential-checksum-1", data[:16]))[:4] == data[16:], "the credential has a typing error")
    return Ed25519PrivateKey.from_private_bytes(HKDF(SHA256(), 32, draft_id, b"veche-credential-1").derive(data[:16]))

def proven_root(value, index, proof, size):  # [log 6], RFC 9162 section 2.1.3.2
    check(type(index) is int and 0 <= index < size and len(proof) <= 40, "the receipt's index or proof")
    node, last = index, size - 1
    for sibling in map(unb64, proof):
        check(last > 0 and len(sibling) == 32, "the inclusion proof is too long")
        if node & 1 or node == last:
            value = sha(b"\1" + sibling + value)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            value = sha(b"\1" + value + sibling)
        node, last = node >> 1, last >> 1
    check(last == 0, "the inclusion proof is too short")
    return value

def check_note(note, election_id, board):  # [log 3]: size and root of a checkpoint of the board's
    body, signatures = note.split("\n\n")
    origin, size, root = body.split("\n")
    check(origin == f"veche/{election_id}" and size == str(int(size)), "the checkpoint's origin or size")
    key_id, signed = sha(origin.encode() + b"\n\1" + board)[:4], False
    for line in signatures.removesuffix("\n").split("\n"):  # witnesses may have signed beside the board
        dash, name, signature = line.split(" ")
        signature = base64.b64decode(signature, validate=True)
        if (dash, name, signature[:4]) == ("—", origin, key_id):
            Ed25519PublicKey.from_public_bytes(board).verify(signature[4:], body.encode() + b"\n")
            signed = True
    check(signed, "no signature of the board's under the checkpoint")
    return int(size), base64.b64decode(root, validate=True)

def check_proof(leaf, receipt, election_id, board):  # [log 6]
    size, root = check_note(receipt["checkpoint"], election_id, board)
    check(proven_root(leaf, receipt["index"], receipt["proof"], size) == root, "no checkpoint proves the entry")

def check_receipt(receipt, election_id, board):  # [log 6], [entry 5]
    check(list(receipt) == ["v", "entry", "index", "proof", "checkpoint"], "the receipt's fields")
    entry = canonical(receipt["entry"], "v", "election", "credential", "seq", "prev", "ballot", "sig")
    check((receipt["v"], entry["v"]) == ("veche-receipt-1", "veche-entry-2"), "the receipt's versions")
    check(entry["election"] == election_id and type(entry["seq"]) is int, "the entry's election or seq")
    signer = Ed25519PublicKey.from_public_bytes(unb64(entry["credential"]))
    signer.verify(unb64(entry["sig"]), frame("veche-entry-2", receipt["entry"][:-96].encode()))
    check_proof(sha(b"\0" + receipt["entry"].encode()), receipt, election_id, board)

def check_leaf(last, election_id, board):  # [session 3]: the last entry, without what it says; where the next one stands
    check(list(last) == ["seq", "leaf", "index", "proof", "checkpoint"], "the fields of the last entry")
    check(type(last["seq"]) is int and 1 <= last["seq"] <= 1 << 31, "the last entry's seq")
    check_proof(unb64(last["leaf"]), last, election_id, board)
    return last["seq"] + 1, last["leaf"]

def store(path, text):  # whole or not at all, and on the disk before we go on
    with open(os.open(f"{path}.tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.tmp", path)

class Session:  # [session 3, 5], [envelope 3, 4, 5]
    def __init__(self, socket, election_id, manifest, number, signer):
        self.keys, self.sizes = manifest["keys"], manifest["session"]
        self.n, self.re, self.left = 0, None, manifest["draft"]["attempts_max"]
        self.sig, self.reply = (jwk.JWK.generate(kty="RSA", size=2048) for _ in range(2))
        socket.send(number)
        folder = socket.recv(120)
        check(folder != "Нет", "Нет", code=3)
        check(len(folder) == 26 and set(folder) <= set("abcdefghijklmnopqrstuvwxyz234567"), "the folder's name")
        self.place = {"v": "veche-msg-2", "election": election_id, "folder": folder, "number": number}
        four = map(thumbprint, (self.keys["server_enc"], self.keys["server_sig"], self.sig, self.reply))
        statement = frame("veche-auth-1", unb64(election_id), folder.encode(), number.encode(), *four)
        self.proof = {"reply": public_part(self.reply), "auth": b64(signer.sign(statement))}

    def payload(self, kind, **fields):
        self.n += 1
        head = {"dir": "up", "n": self.n, "to": b64(thumbprint(self.keys["server_enc"])), "re": self.re, "type": kind}
        message = self.place | head | fields | {"pad": ""}
        missing = self.sizes["up_bytes"] - len(compact(message).encode())
        check(missing >= 0, "these marks are too long for any ballot", code=4)
        message["pad"] = "." * missing
        return compact(message)

    def seal_ok(self, key):  # [envelope 6]
        outer = jwe.JWE(self.payload("ok"), compact({"alg": "dir", "enc": "A256GCM"}))
        outer.add_recipient(jwk.JWK(kty="oct", k=key))
        return outer.serialize(compact=True)

    def seal(self, kind, **fields):
        inner = jws.JWS(self.payload(kind, **fields))
        inner.add_signature(self.sig, None, compact({"alg": "PS256", "jwk": public_part(self.sig)}))
        outer = jwe.JWE(inner.serialize(compact=True), compact(JWE_HEADER))
        outer.add_recipient(jwk.JWK(**self.keys["server_enc"]))
        token = outer.serialize(compact=True)
        self.sent = b64(sha(token.encode()))
        return token

    def open(self, token):
        self.re = b64(sha(token.encode()))
        outer, inner = jwe.JWE(algs=["RSA-OAEP-256", "A256GCM"]), jws.JWS()
        outer.deserialize(token, self.reply)
        inner.allowed_algs = ["PS256"]
        inner.deserialize(outer.payload.decode(), jwk.JWK(**self.keys["server_sig"]))
        check((outer.jose_header, inner.jose_header) == (JWE_HEADER, {"alg": "PS256"}), "the answer's headers")
        check(len(inner.payload) == self.sizes["down_bytes"], "the answer's length")
        place = self.place | {"dir": "down", "n": self.n, "to": b64(thumbprint(self.reply)), "re": self.sent}
        check(inner.payload.startswith(compact(place)[:-1].encode() + b',"type":'), "the answer belongs elsewhere")
        answer = canonical(inner.payload.decode())
        kind, fields = answer["type"], list(answer)[9:]
        if kind == "да":
            check(fields == ["receipt", "current", "key", "pad"], "the fields of «да»")
            check(type(answer["current"]) is bool and len(unb64(answer["key"])) == 32, "what «да» says")
            return answer
        if kind == "hello":
            check(fields == ["standing", "pad"], "the fields of the hello")
            return answer
        check(kind == "нет" and answer["code"] in EXIT, "the answer's type or code")
        last = {"stale": "last" in answer, "struck": "last" in answer, "already-voted": True}.get(answer["code"], False)
        check(fields == ["code", "left", *["last"] * last, "pad"], "the fields of «нет»")
        check(type(answer["left"]) is int and 0 <= answer["left"] < self.left, "the attempts left")
        self.left = answer["left"]
        return answer

def greet(session, socket, election_id, board, draft):  # [session 5]: the voter's last entry, if there is one
    socket.send(session.seal("hello", **session.proof))
    answer = session.open(socket.recv(120))
    check(answer["type"] == "hello", f"нет: {answer.get('code')}", EXIT.get(answer.get("code"), 6))
    standing = answer["standing"]
    check(list(standing) == ["phase", "opens", "closes", "weight", "last", "checkpoint"], "the fields of the standing")
    check(standing["opens"] == draft["opens"], "the hello's opening time")
    phase, last, note = standing["phase"], standing["last"], standing["checkpoint"]
    check((note is None) == (phase == "new") and (note or not last), "the hello's checkpoint")
    print(f"Phase {phase}; opens {standing['opens']}, closes {standing['closes']}; your weight is {standing['weight']}.")
    if note:
        now = check_note(note, election_id, board)
    if last:
        (check_receipt if phase in ("closed", "finished") else check_leaf)(last, election_id, board)
        then = check_note(last["checkpoint"], election_id, board)
        check(then[0] < now[0] or then == now, "the hello's checkpoints are not of one log")
    print(f"You have voted: entry {last['index']}." if last else "The server knows of no ballot of yours.")

def main(card, url, *marks, position=(1, ZERO), hello=False):
    manifest_bytes = urllib.request.urlopen(f"{url}/election.json", timeout=120).read()
    election_id = b64(sha(frame("veche-election-2", manifest_bytes)))
    check(election_id == card["election"], "this is not the election on the card")  # before anything else
    manifest, number = canonical(manifest_bytes.decode()), card["number"]
    board = unb64(manifest["keys"]["board"])
    signer = credential_key(card["credential"], sha(frame("veche-draft-2", compact(manifest["draft"]).encode())))
    public = b64(signer.public_key().public_bytes_raw())

    def new_entry(seq, prev):  # [entry 5]
        unsigned = compact({"v": "veche-entry-2", "election": election_id, "credential": public, "seq": seq,
                            "prev": prev, "ballot": {"kind": "open", "marks": marks}})[:-1]
        return f'{unsigned},"sig":"{b64(signer.sign(frame("veche-entry-2", unsigned.encode())))}"}}'

    max_size = -(-manifest["session"]["down_bytes"] * 16 // 9) + 4096  # [envelope 5]
    address = url.replace("http", "ws", 1) + "/session"
    if hello:
        with connect(address, subprotocols=["veche.v2"], compression=None, max_size=max_size) as socket:
            greet(Session(socket, election_id, manifest, number, signer), socket, election_id, board, manifest["draft"])
    if not marks:
        return

    # An entry that was sent and not answered is sent again, the same bytes, before any other. [session 5]
    entry, pending = new_entry(*position), Path(f"pending-{number.replace('/', '+')}-{election_id[:8]}.json")
    if pending.exists() and f'"credential":"{public}"' in (unanswered := pending.read_text("utf-8")):
        before = json.loads(unanswered)["ballot"]["marks"]
        check(before == list(marks), f"A ballot was not answered. First ask for it: its marks are {before}", code=2)
        entry, position = unanswered, None

    with connect(address, subprotocols=["veche.v2"], compression=None, max_size=max_size) as socket:
        session = Session(socket, election_id, manifest, number, signer)
        for attempt in (1, 2):
            token = session.seal("ballot", **session.proof, entry=entry)
            store(pending, entry)  # before it is on the way
            socket.send(token)
            answer = session.open(socket.recv(120))
            if answer["type"] == "да":
                break
            code, last, next_position = answer["code"], answer.get("last"), (1, ZERO)
            if last:
                next_position = check_leaf(last, election_id, board)
                print(f"You have voted: entry {last['index']} of the log.")
            if code not in ("busy", "not-authorised"):  # the others say that what was sent is not in the log
                pending.unlink()
            check(code == "stale" and answer["left"] > 0 and attempt == 1, f"нет: {code}", EXIT[code])
            print("Signing anew:", *marks)
            entry = new_entry(*next_position)
        receipt = answer["receipt"]
        check(receipt["entry"] == entry, "the receipt is of another entry")
        check_receipt(receipt, election_id, board)
        file = compact({"v": "veche-receipt-file-1", "receipt": receipt, "manifest": manifest_bytes.decode()}) + "\n"
        path = Path(f"receipt-{number.replace('/', '+')}-{json.loads(entry)['seq']}.json")
        if path.exists() and path.read_text("utf-8") != file:  # the name is taken by another election's
            path = path.with_stem(f"{path.stem}-{election_id[:8]}")
        store(path, file)
        pending.unlink()
        print("Recorded" if answer["current"] else "Recorded, and replaced since by a later ballot of yours")
        print(f"ballot code  {ballot_code(entry)}\nreceipt      {path}")
        with contextlib.suppress(OSError, WebSocketException):  # it is recorded, whether `ok` arrives or not
            socket.send(session.seal_ok(answer["key"]))
            socket.recv(10)  # the server deletes the folder, then closes
    if not answer["current"] and position == (1, ZERO):
        # The voter's first ballot had these very marks, and a later one another. To go back to the first, the client
        # must learn where the voter's chain stands: it asks with a place that no entry can have.
        main(card, url, *marks, position=(1 << 31, ZERO))

if __name__ == "__main__":
    says_hello = sys.argv[1:2] == ["--hello"]
    arguments = sys.argv[1 + says_hello:]
    check(len(arguments) > 2 - says_hello, __doc__, code=2)
    voters_card = json.loads(Path(arguments[0]).read_text("utf-8"))
    try:
        main(voters_card, arguments[1].rstrip("/"), *arguments[2:], hello=says_hello)
    except (OSError, WebSocketException) as error:
        check(False, f"no answer: {error}", code=7)
    except (JWException, InvalidSignature, AttributeError, LookupError, TypeError, ValueError) as error:
        check(False, f"{type(error).__name__} {error}")
