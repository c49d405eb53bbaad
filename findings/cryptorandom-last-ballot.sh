#!/usr/bin/env bash
# Package:  cryptorandom 0.4 (PyPI), the generator of Berkeley's audit tools
# Guess:    its SHA256 generator is a random.Random, says isinstance; so randint(1, n) draws from 1 to n, as Python's
#           does.
# Happens:  it draws from 1 to n - 1: its randint takes the bound as numpy does. randrange and choice, which it
#           inherits, are Python's.
# Matters:  put in the place of Python's generator, so that everybody can repeat an audit's sample from a seed of dice,
#           it never draws the last ballot of the pile, or the last precinct. Of six candidates the sixth never wins a
#           lot. The sample looks as random as before, and who repeats it gets the same one.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps cryptorandom==0.4 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import random
from importlib.metadata import version
from cryptorandom.cryptorandom import SHA256

print("cryptorandom", version("cryptorandom"))
seen = {}
for name, generator in (("random.Random", random.Random(20261127)), ("SHA256", SHA256(20261127))):
    assert isinstance(generator, random.Random)
    seen[name] = sorted({int(generator.randint(1, 6)) for _ in range(3000)})
    print(f"{name:14} randint(1, 6), 3000 times:", *seen[name])
ranged = sorted({SHA256(seed).randrange(1, 7) for seed in range(500)})
print("SHA256         randrange(1, 7):           ", *ranged)
assert seen["random.Random"] == ranged == [1, 2, 3, 4, 5, 6] and seen["SHA256"] == [1, 2, 3, 4, 5], "it behaves differently now"
PY
