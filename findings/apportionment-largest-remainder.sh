#!/usr/bin/env bash
# Package:  apportionment 1.0 (PyPI), largest_remainder
# Guess:    seats that are left over go to the largest remainders first; a tie among smaller remainders is settled after
#           that.
# Happens:  the parties are looked through in the order of the list, and one whose remainder only ties for the last seat
#           takes it before a later one with a larger remainder has had its turn. 16, 16 and 68 votes for 10 seats leave
#           remainders 0.6, 0.6 and 0.8: the largest gets nothing. With the list turned round it gets its seat. Exact
#           fractions (fractions=True) change nothing.
# Matters:  the same votes give another parliament when the list is sorted differently, and no tie is told of unless the
#           caller asks for an error. Whoever checks a count with a second program must give both the same order, or
#           neither.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check apportionment==1.0
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version
from apportionment.methods import compute

print("apportionment", version("apportionment"))
for exact in (False, True):
    first = compute("largest_remainder", [16, 16, 68], 10, fractions=exact)
    turned = compute("largest_remainder", [68, 16, 16], 10, fractions=exact)
    print(f"exact fractions {exact!s:5}  16,16,68 votes: {first} seats   68,16,16 votes: {turned} seats")
    assert first == [2, 2, 6] and turned == [7, 2, 1], "it behaves differently now"
PY
