"""Checks results, given as lines of JSON, against programs that others have written. Where a program must agree it is
asserted to; where it does not, the cause is checked too: the answer must be the one that this cause predicts. What no
cause explains ends the run. The counts of each cause are printed."""
import collections
import importlib
import json
import sys

from ours import Profile

PROGRAMS = ["votelib", "belenios", "pref_voting"]


def main():
    needed, lines = sys.argv[1:], sys.stdin.read().splitlines()
    profiles = [Profile(json.loads(line)) for line in lines]
    for profile in profiles:
        profile.check_ours()
    for name in PROGRAMS:
        program = importlib.import_module("with_" + name)
        if not program.found():
            if name in needed:
                sys.exit(name + " is not installed (`make test` installs votelib and sets VECHE_PYTHON)")
            print(name + ": not installed, not compared")
            continue
        getattr(program, "check_example", bool)()
        causes = collections.Counter()
        for number, profile in enumerate(profiles):
            try:
                causes.update(program.compare(profile))
            except AssertionError as e:
                sys.exit("%s, profile %d: unexplained: %s\n%s" % (name, number, e, lines[number]))
        for cause, count in sorted(causes.items()):
            print("%s: %s: %d" % (name, cause, count))
    print(len(profiles), "profiles, nothing unexplained")


main()
