#!/usr/bin/env bash
# Package:  votelib 0.4.0 (PyPI), its writer and reader of BLT files
# Guess:    what is written is read back: who had withdrawn before has withdrawn after.
# Happens:  the writer gives twice the candidate's index (from 0) where the number (from 1) belongs. Only of the second
#           on the list is that the same. If the third has withdrawn, the file says the fourth has; if the first has,
#           the file says "0", which ends the ballots, and the reader refuses it.
# Matters:  BLT is how counting programs hand ballots to each other. Here a candidate who stands loses all votes,
#           another who has withdrawn may be elected, and nothing in the file looks wrong.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check votelib==0.4.0
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version
import votelib.io.blt as blt
from votelib.candidate import Person

print("votelib", version("votelib"))
seen = {}
for gone in range(4):
    people = [Person(name, number=i + 1, withdrawn=i == gone) for i, name in enumerate(["Ada", "Ben", "Cleo", "Dan"])]
    text = blt.dumps({(people[0], people[1]): 3, (people[3],): 2}, 2, candidates=people)
    line = text.splitlines()[1]
    try:
        back = [person.name for person in blt.loads(text)[2] if person.withdrawn]
    except blt.BLTParseError:
        back = "refused"
    seen[people[gone].name] = back
    print(f"withdrawn: {people[gone].name:4}  line in the file: {line:>3}  read back: {back}")
assert seen == {"Ada": "refused", "Ben": ["Ben"], "Cleo": ["Dan"], "Dan": []}, "it behaves differently now"
PY
