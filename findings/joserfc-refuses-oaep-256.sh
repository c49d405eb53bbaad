#!/usr/bin/env bash
# Package:  joserfc 1.8.0 (PyPI)
# Guess:    with its defaults a JOSE library takes the newer of two algorithms, at the least where it takes the older.
# Happens:  without a list of algorithms it decrypts RSA-OAEP, which is OAEP with SHA-1, and refuses RSA-OAEP-256. Of
#           signatures it takes HS256, RS256 and ES256, and refuses PS256 and EdDSA. It follows the column of RFC 7518 that
#           says what an implementation should have, as of 2015, and calls the rest "not recommended".
# Matters:  a voter's client or a verifier in Python that is handed a message of today's algorithms is told that the server's
#           choice is not recommended, and works as soon as the server turns to SHA-1. Give the list of algorithms yourself.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check joserfc==1.8.0
"$work/venv/bin/python" - <<'PY'
import warnings
from importlib.metadata import version
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey, RSAKey

warnings.simplefilter("ignore")
print("joserfc", version("joserfc"))
rsa, edwards = RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")


def taken(make, read):
    made = make()
    try:
        read(made)
    except JoseError as error:
        return str(error)
    return "taken"


seen = {}
for name in ("RSA-OAEP", "RSA-OAEP-256"):
    seen[name] = taken(
        lambda: jwe.encrypt_compact({"alg": name, "enc": "A256GCM"}, b"ballot", rsa, algorithms=[name, "A256GCM"]),
        lambda text: jwe.decrypt_compact(text, rsa),
    )
for name, key in (("RS256", rsa), ("PS256", rsa), ("EdDSA", edwards)):
    seen[name] = taken(
        lambda: jws.serialize_compact({"alg": name}, b"ballot", key, algorithms=[name]),
        lambda text: jws.deserialize_compact(text, key),
    )
for name, answer in seen.items():
    print(f"{name:13} {answer}")
assert [name for name in seen if seen[name] == "taken"] == ["RSA-OAEP", "RS256"], "it behaves differently now"
PY
