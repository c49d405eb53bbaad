#!/usr/bin/env bash
# Package:  schulze-condorcet 2.0.1 (PyPI)
# Guess:    the order that it gives is the order of the Schulze method: X stands before Y if X's strongest path to Y is
#           stronger than Y's to X.
# Happens:  only the first place is. For the places below, the winners are taken out and all paths are found anew
#           without them, so a path that led through a winner is gone. Of these 10 ballots Schulze's order is C A B D
#           without any tie; the package gives C, then A and D together, then B: D, beaten by B, stands before B.
# Matters:  the order is what fills a list or several seats. Two programs of "the same" method agree on the winner, and
#           so in most tests, and then seat different people.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check schulze-condorcet==2.0.1
"$work/venv/bin/python" - <<'PY'
from functools import cmp_to_key
from importlib.metadata import version
from schulze_condorcet import pairwise_preference, schulze_evaluate

print("schulze-condorcet", version("schulze-condorcet"))
people = list("ABCD")
votes = ["D>A>B>C"] * 3 + ["B>C>A>D"] * 3 + ["C>A>B>D"] * 2 + ["C>D>A>B"] * 2
count = pairwise_preference(votes, people)
path = {(x, y): count[x, y] if count[x, y] > count[y, x] else 0 for x in people for y in people}
for via in people:
    for x in people:
        for y in people:
            path[x, y] = max(path[x, y], min(path[x, via], path[via, y]))
assert all(path[x, y] != path[y, x] for x in people for y in people if x != y), "the order of the paths has no tie"
order = ">".join(sorted(people, key=cmp_to_key(lambda x, y: path[y, x] - path[x, y])))
given = schulze_evaluate(votes, people)
print("strongest paths: B to D", path["B", "D"], " D to B", path["D", "B"], " order:", order)
print("schulze_evaluate:", given)
assert order == "C>A>B>D" and given == "C>A=D>B", "it behaves differently now"
PY
