#!/usr/bin/env bash
# Package:  @noble/curves 2.4.0 (npm) and rbcl 1.1.2 (PyPI; libsodium's ristretto255)
# Guess:    zero times the base point is the neutral element: a group has one, and both libraries read and write it.
# Happens:  both refuse: noble's multiply throws, libsodium's scalarmult answers with an error. The neutral element
#           itself is a valid point for both, can be added, and has an encoding (32 zero bytes). Functions that take a
#           zero exist beside them (multiplyUnsafe, which is not constant-time, and rbcl's ..._allow_scalar_zero).
# Matters:  an encrypted vote is r·K + v·G, and v is 0 on most lines of most ballots. A first test with v = 1 works; a
#           ballot with a zero, or a sum of nothing but zeros when it is opened, ends in an error. Whoever avoids it
#           with a special case for 0 makes zeros faster than ones, which shows to somebody with a stopwatch.
# Seen:     2026-11-27. Needs node, npm, python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @noble/curves@2.4.0 >/dev/null
cat >zero.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { ristretto255 } from '@noble/curves/ed25519.js';
const { Point } = ristretto255;
console.log('@noble/curves', JSON.parse(readFileSync('node_modules/@noble/curves/package.json')).version);
let product;
try { product = Point.BASE.multiply(0n).toHex(); } catch (error) { product = 'refused'; console.log('0·G:', error.message); }
const same = Point.fromHex('00'.repeat(32)).add(Point.BASE).equals(Point.BASE);
console.log('neutral element + G = G:', same);
if (product !== 'refused' || !same) throw new Error('it behaves differently now');
JS
node zero.mjs
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check rbcl==1.1.2
venv/bin/python - <<'PY'
from importlib.metadata import version
import rbcl

print("rbcl", version("rbcl"))
zero, one = bytes(32), bytes([1]) + bytes(31)
try:
    product = rbcl.crypto_scalarmult_ristretto255_base(zero)
except RuntimeError as error:
    product = "refused"
    print("0·G:", error)
base = rbcl.crypto_scalarmult_ristretto255_base(one)
valid = bool(rbcl.crypto_core_ristretto255_is_valid_point(zero))
same = rbcl.crypto_core_ristretto255_add(zero, base) == base
print("neutral element is a valid point:", valid, "  neutral element + G = G:", same)
assert product == "refused" and valid and same, "it behaves differently now"
PY
