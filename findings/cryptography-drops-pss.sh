#!/usr/bin/env bash
# Package:  cryptography 50.0.2 (PyPI), with a key made by the system's openssl
# Guess:    a key that is read and written again is the same bytes, at the least under the same algorithm.
# Happens:  an RSA key for PSS only (its encoding says so, with hash and length of the salt) is read as a plain RSA key.
#           Written again it is one: the restriction is gone, the encoding is another one, and so is its SHA-256, the
#           usual name of a key.
# Matters:  election software names keys by a hash of their encoding: in a manifest, on a card, read out in a ceremony.
#           A key that went through a Python tool has another name, and two honest people compare fingerprints that
#           differ. Hash the numbers, not the wrapping.
# Seen:     2026-11-27. Needs python3 with venv, openssl 3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cryptography==50.0.2
openssl version
openssl genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 \
    -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out key.pem 2>/dev/null
openssl pkey -in key.pem -pubout -outform DER -out before.der
venv/bin/python - <<'PY'
from hashlib import sha256
from pathlib import Path
from cryptography import __version__
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

print("cryptography", __version__)
before = Path("before.der").read_bytes()
key = load_der_public_key(before)
after = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
Path("after.der").write_bytes(after)
for name, data in ("before", before), ("after", after):
    print(f"{name:6} {len(data)} bytes, SHA-256 {sha256(data).hexdigest()[:16]}…")
PY
before=$(openssl asn1parse -inform DER -in before.der | grep -m1 OBJECT | sed 's/.*://')
after=$(openssl asn1parse -inform DER -in after.der | grep -m1 OBJECT | sed 's/.*://')
echo "algorithm before: $before   after: $after"
[ "$before" = rsassaPss ] && [ "$after" = rsaEncryption ] || { echo "it behaves differently now" >&2; exit 1; }
