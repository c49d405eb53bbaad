#!/usr/bin/env bash
# Package:  charset-normalizer 3.4.4 (PyPI), from_bytes(...).best()
# Guess:    a short list of Western European names in Windows-1252 is recognised, or nothing is said of it.
# Happens:  it is taken for Windows-1250: Nuñez becomes Nuńez, João Joăo, Sørensen Sřrensen. All letters, so that nobody
#           sees a damaged file. The same names in a longer list are read rightly.
# Matters:  requests and many importers stand on this guess. A voter whose name is spelt otherwise on card and passport is
#           turned away, and a candidate's name goes wrong on every ballot.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check charset-normalizer==3.4.4
venv/bin/python - <<'PY'
import sys
from charset_normalizer import __version__, from_bytes

print("charset-normalizer", __version__)
wrong = 0
for names in (["Nuñez", "Peña"], ["João", "Conceição"], ["Øyvind Sørensen", "Søren Ågård"]):
    roll = "number;name\n" + "".join("%d;%s\n" % pair for pair in enumerate(names, 1))
    best = from_bytes(roll.encode("cp1252")).best()
    print(names, "->", best.encoding, str(best).split("\n")[1:3])
    wrong += best.encoding == "cp1250" and str(best) != roll
if wrong != 3:
    sys.exit("it behaves differently now")
PY
