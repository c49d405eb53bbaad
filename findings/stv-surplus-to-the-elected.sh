#!/usr/bin/env bash
# Package:  STVPoll 0.5.6 (its Scottish STV), pyrcv 1.2.6, py-vote-core 2.0.0 (all PyPI)
# Guess:    programs for the single transferable vote, with one quota, without a tie and without equal ranks, elect the
#           same.
# Happens:  20 ballots, 3 seats, three answers: A C F, B C F, C D F. Two candidates reach the quota at once.
#           py-vote-core hands their surpluses to those still in the race, as the textbooks and the Scottish rules do.
#           STVPoll hands C's to F, who is elected already, and then a larger one on from F. pyrcv does so too, but
#           takes the part to hand on from F's votes before: F keeps more than the quota, the votes above it are used by
#           nobody, and D is elected with two votes, where A should have had five.
# Matters:  two winners in one round is the usual case in a real election. None of the programs reports anything: who
#           compares only the totals of the first round sees three equal counts.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile STVPoll==0.5.6 pyrcv==1.2.6 py-vote-core==2.0.0
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version
from py3votecore.stv import STV
from pyrcv import run_rcv
from pyrcv.types import RaceData, RaceMetadata
from stvpoll.scottish_stv import calculate_scottish_stv

for name in ("STVPoll", "pyrcv", "py-vote-core"):
    print(name, version(name))
names, seats, profile = "ABCDEF", 3, [(2, "D"), (7, "FBAE"), (11, "CFAE")]


def by_core():
    return STV([{"count": n, "ballot": list(r)} for n, r in profile], required_winners=seats).as_dict()["winners"]


def by_stvpoll():
    return calculate_scottish_stv(tuple(names), [(tuple(r), n) for n, r in profile], seats).elected_as_tuple()


def by_pyrcv():
    ballots = [[names.index(name) + 1 for name in ranks] for _, ranks in profile]
    rounds = run_rcv(RaceData(RaceMetadata("board", seats, list(names)), ballots, [n for n, _ in profile])).rounds
    return [names[i - 1] for each in rounds for i in each.elected]


# Candidates without a first choice tie for being the first out, which both programs draw by lot: it decides nothing here.
seen = {f.__name__: {" ".join(sorted(f())) for _ in range(50)} for f in (by_core, by_stvpoll, by_pyrcv)}
for name, winners in seen.items():
    print(f"{name[3:]:8} elects", *winners)
assert seen == {"by_core": {"A C F"}, "by_stvpoll": {"B C F"}, "by_pyrcv": {"C D F"}}, "it behaves differently now"
PY
