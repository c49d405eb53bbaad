#!/usr/bin/env bash
# Package:  pyrankvote 2.0.6 (PyPI), single transferable vote; beside it py-vote-core 2.0.0
# Guess:    of a surplus every ballot hands on a part of what it is still worth. A ballot that has elected somebody is
#           worth less from then on.
# Happens:  a surplus is divided by the number of the winner's ballots, whatever each is worth. In the example a ballot
#           worth 0.68 hands on as much as one worth 1, and that takes the third seat from B and gives it to A.
#           py-vote-core elects B: six whole votes of D's weigh more than eight of which E has kept a third.
# Matters:  the sums of all rounds look right, nothing is lost, and only a count by other software shows that another
#           person should have been elected. "Single transferable vote" names no single procedure: say which one, down
#           to the fractions, or a second count means nothing.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyrankvote==2.0.6 py-vote-core==2.0.0
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version
from py3votecore.stv import STV
from pyrankvote import Ballot, Candidate, single_transferable_vote

print("pyrankvote", version("pyrankvote"), "py-vote-core", version("py-vote-core"))
profile = [(6, "DB"), (13, "E"), (8, "EDACB")]
people = {name: Candidate(name) for name in "ABCDE"}
ballots = [Ballot([people[name] for name in ranks]) for count, ranks in profile for _ in range(count)]
result = single_transferable_vote(list(people.values()), ballots, number_of_seats=3)
print(result)
one = sorted(person.name for person in result.get_winners())
other = sorted(STV([{"count": n, "ballot": list(r)} for n, r in profile], required_winners=3).as_dict()["winners"])
print("pyrankvote:", *one, "  py-vote-core:", *other)
assert one == ["A", "D", "E"] and other == ["B", "D", "E"], "it behaves differently now"
PY
