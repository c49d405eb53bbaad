#!/usr/bin/env bash
# Package:  fresh_blt 0.3.0 (PyPI), a reader of BLT files
# Guess:    two candidates on one rank ("1=2" in a BLT ballot) are both read: the grammar and the types allow for it.
# Happens:  of every rank only the first is kept. "1=2 3" is read as "1, then 3": the second candidate is on no ballot,
#           and nothing is said. A ballot that ranks nobody ("4 0"), which the format knows too, makes the reader end in
#           an error.
# Matters:  a voter's mark vanishes between the file and the count, for the candidate with the larger number of the two
#           each time, and ballots with nothing on them, which every election has, cannot be read at all.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps fresh_blt==0.3.0 lark==1.3.1 \
    pydantic==2.14.4 pydantic_core==2.50.5 annotated-types==0.8.0 typing_extensions==4.16.0 typing-inspection==0.4.5
cd "$work"
"$work/venv/bin/python" - <<'PY'
import logging
from importlib.metadata import version
from pathlib import Path
from fresh_blt.parse import extract_candidates, parse_ballots, parse_blt_file

logging.disable(logging.CRITICAL)
print("fresh_blt", version("fresh_blt"))


def read(ballot):
    path = Path("election.blt")
    path.write_text(f'3 1\n{ballot}\n1 3 0\n0\n"Ada"\n"Ben"\n"Cleo"\n"Board"\n')
    tree = parse_blt_file(path)
    people = extract_candidates(tree, [])
    first = parse_ballots(tree, {person.id: person for person in people})[0]
    return [[person.name for person in rank] for rank in first["rankings"]]


equal = read("2 1=2 3 0")
print("ballot '1=2 3' is read as", equal)
try:
    blank = read("4 0")
except ValueError as error:
    blank = "refused"
    print("a ballot that ranks nobody:", error)
assert equal == [["Ada"], ["Cleo"]] and blank == "refused", "it behaves differently now"
PY
