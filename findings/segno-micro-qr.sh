#!/usr/bin/env bash
# Package:  segno 1.6.6 (PyPI) with jsqr 1.4.0 and @undecaf/zbar-wasm 0.11.0 (npm; ZBar as WebAssembly)
# Guess:    segno.make(text) gives a QR code that scanners read, whatever the text.
# Happens:  for a short text (up to 35 digits, 21 capitals, 15 other characters) it gives a Micro QR code, a symbol with
#           one corner square, which neither reader finds; ZXing's newer readers do. Longer texts, and the same text
#           with micro=False or make_qr, are read.
# Matters:  what election software prints as a code is short for some voters and long for others: a voter's number, a
#           PIN, a code to compare. The first test with a long address works, and the cards with short codes do not.
# Seen:     2026-11-27. Needs python3 with venv, node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check segno==1.6.6
npm install --silent --no-audit --no-fund jsqr@1.4.0 @undecaf/zbar-wasm@0.11.0 pngjs@7.0.0 >/dev/null
venv/bin/python - <<'PY'
import segno

print("segno", segno.__version__)
for name, code in {
    "number": segno.make("4711"),
    "code": segno.make("083Q-AG7Q"),
    "number-as-qr": segno.make("4711", micro=False),
    "address": segno.make("https://vote.example/#083QAG7Q"),
}.items():
    code.save(f"{name}.png", scale=8, border=4)
    print(f"{name:12} {code.designator}")
PY
cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { scanImageData } from '@undecaf/zbar-wasm';
import jsqr from 'jsqr';
import { PNG } from 'pngjs';
const seen = {};
for (const name of ['number', 'code', 'number-as-qr', 'address']) {
  const { data, width, height } = PNG.sync.read(readFileSync(`${name}.png`));
  const pixels = new Uint8ClampedArray(data);
  const byJsqr = (jsqr.default ?? jsqr)(pixels, width, height)?.data ?? null;
  const byZbar = (await scanImageData({ data: pixels, width, height })).map((symbol) => symbol.decode())[0] ?? null;
  console.log(name.padEnd(12), 'jsqr:', byJsqr, ' ZBar:', byZbar);
  seen[name] = [byJsqr, byZbar];
}
const address = 'https://vote.example/#083QAG7Q';
const expected = { number: [null, null], code: [null, null], 'number-as-qr': ['4711', '4711'], address: [address, address] };
if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error('it behaves differently now');
JS
node read.mjs
