#!/usr/bin/env bash
# Package:  segno 1.6.6 (PyPI; make_sequence) with jsqr 1.4.0, @undecaf/zbar-wasm 0.11.0 and zxing-wasm 3.1.4 (npm)
# Guess:    a long text that is split over several QR codes in the standard's own way (structured append) is put
#           together by a reader, or each part is refused or told as a part.
# Happens:  every reader does something else, and none of it looks like a failure. ZXing gives each part with its
#           number. ZBar gives the first part as if it were the whole text, and sees no code in the second. jsQR finds
#           both, says of the first that its text is empty, and of the second one that is in neither part.
# Matters:  receipts and codes for checking a ballot are longer than a code that a phone reads well, and this is how the
#           standard would have them split. A voter who compares the first part compares half a receipt, and gets
#           "equal". Split in the text, with numbers and a sum of one's own, or make one larger code.
# Seen:     2026-11-27. Needs python3 with venv, node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check segno==1.6.6
npm install --silent --no-audit --no-fund jsqr@1.4.0 @undecaf/zbar-wasm@0.11.0 zxing-wasm@3.1.4 pngjs@7.0.0 >/dev/null
venv/bin/python - <<'PY'
import segno

print("segno", segno.__version__)
text = "RECEIPT 083Q-AG7Q-KMAV-VTYE-3D84-ZE1C-K7EV-5QXF " * 3
for number, code in enumerate(segno.make_sequence(text, symbol_count=2), 1):
    code.save(f"{number}.png", scale=8, border=4)
PY
cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { scanImageData } from '@undecaf/zbar-wasm';
import jsqr from 'jsqr';
import { PNG } from 'pngjs';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
prepareZXingModule({ overrides: { wasmBinary: readFileSync('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm').buffer } });
const seen = [];
for (const number of [1, 2]) {
  const file = readFileSync(`${number}.png`);
  const { data, width, height } = PNG.sync.read(file);
  const pixels = new Uint8ClampedArray(data);
  const byJsqr = (jsqr.default ?? jsqr)(pixels, width, height)?.data;
  const [byZbar] = (await scanImageData({ data: pixels, width, height })).map((symbol) => symbol.decode());
  const [byZxing] = await readBarcodes(new Uint8Array(file));
  const whole = 'RECEIPT 083Q-AG7Q-KMAV-VTYE-3D84-ZE1C-K7EV-5QXF '.repeat(3);
  const brief = (text) =>
    text === undefined ? 'no code' : text && !whole.includes(text) ? 'a text of its own' : `${text.length} characters`;
  const part = `part ${byZxing?.sequenceIndex + 1}/${byZxing?.sequenceSize}`;
  seen.push(`jsQR ${brief(byJsqr)}, ZBar ${brief(byZbar)}, ZXing ${brief(byZxing?.text)} of ${part}`);
  console.log(`code ${number}: ${seen.at(-1)}`);
}
if (seen[0] !== 'jsQR 0 characters, ZBar 72 characters, ZXing 72 characters of part 1/2' ||
    seen[1] !== 'jsQR a text of its own, ZBar no code, ZXing 72 characters of part 2/2') throw new Error('it behaves differently now');
JS
node read.mjs
