"""Of the corpus of mutants.py: elections whose log names the booths that the board serves (docs/spec/entry.md section 10)."""
import functools

import maker as m
from maker import ZEROS, contest
from mutants_roll import draft as draft_of, file_of, refusals

CONTESTS = [contest("Score", ["Anna", "Boris"], ["0", "1"])]
A, B, C = ["11"], ["0*"], ["10"]
MAX = 64


def story(secret):
    steps = [("setup", lambda l: l.control("setup")), ("first", lambda l: l.booth(1))]
    if secret:
        steps += [("rehearsal%d" % i, functools.partial(lambda i, l: l.rehearsal(i), i)) for i in (1, 2)]
    steps += [("opening", lambda l: l.control("opening")), ("vote0", lambda l: l.vote(0, A)), ("second", lambda l: l.booth(2)),
              ("vote1", lambda l: l.vote(1, B)), ("pause", lambda l: l.control("pause", reason="r")), ("third", lambda l: l.booth(3)),
              ("resume", lambda l: l.control("resume", reason="r")), ("vote2", lambda l: l.vote(2, C)),
              ("closing", lambda l: l.control("closing"))]
    if secret:
        steps += [("sum", lambda l: l.sum()), ("share1", lambda l: l.share(1))]
    return steps + [("result", lambda l: l.result())]


def many(count, l):
    for which in range(100, 100 + count):
        l.booth(which)


def collude(corpus, play, secret):
    world, steps, label = m.World(draft_of(secret, contests=CONTESTS), [1, 1, 2]), story(secret), ("open", "secret")[secret]
    good = play(world, steps)
    corpus.cases.append(("good record", label + ": booths that the log names", good.record(), []))

    def bad(name, kind="wrong act that names a booth", **how):
        corpus.add(kind, "%s: %s" % (label, name), play(world, steps, **how).record(), {5}, good.record())

    def fine(name, **how):
        corpus.cases.append(("good record", "%s: %s" % (label, name), play(world, steps, **how).record(), []))

    fine("no booth", without=["first", "second", "third"])
    fine("the organiser pauses behind a booth not seen", instead=[("pause", lambda l: l.control("pause", reason="r", seen=len(l.entries) - 2))])
    fine("as many booths as there may be", after=[("vote0", lambda l: many(MAX - 3, l))])
    bad("one booth too many", after=[("vote0", lambda l: many(MAX - 2, l))])
    bad("a booth a second time", after=[("second", lambda l: l.booth(1))])
    bad("the same twice", after=[("first", lambda l: l.booth(1))])
    for name, act in [("by the organiser", lambda l: l.booth(2, by="organiser")), ("with another key", lambda l: l.booth(2, key=world.organiser)),
                      ("by trustee", lambda l: l.booth(2, by="trustee", key=world.board, trustee=1)),
                      ("no number of its own", lambda l: l.booth(2, place=(l.n + 1, l.prev))),
                      ("number 1 again", lambda l: l.booth(2, place=(1, ZEROS))),
                      ("number 3", lambda l: l.booth(2, place=(3, l.booths[-1]))),
                      ("behind no other", lambda l: l.booth(2, place=(2, ZEROS))),
                      ("behind the last of the other acts", lambda l: l.booth(2, place=(2, l.prev))),
                      ("a shorter log seen", lambda l: l.booth(2, seen=len(l.entries) - 1)),
                      ("no log seen", lambda l: l.booth(2, seen=0)),
                      ("a hash too short", lambda l: l.booth(bytes(31))), ("a hash too long", lambda l: l.booth(bytes(33))),
                      ("a reason", lambda l: l.booth(2, reason="r"))]:
        bad(name, instead=[("second", act)])
    # It is none of the chain of the other acts: whoever counts it there has forked.
    chained = lambda l: l.control("pause", reason="r", place=(l.n + 2, l.booths[-1]))
    bad("the next act behind it", kind="wrong place in the chain", instead=[("pause", chained)])
    for step in ["closing", "result"] + ["sum", "share1"] * secret:
        bad("behind " + step, kind="act at a wrong time", after=[(step, lambda l: l.booth(9))])
    bad("before setup", kind="act at a wrong time", before=[("setup", lambda l: l.booth(9))])


def vectors(play):
    """docs/spec/vectors/booths.json"""
    world, steps = m.World(draft_of(False, contests=CONTESTS), [1, 1, 2]), story(False)
    refused = refusals(world, steps)
    return file_of(play(world, steps), [
        refused("before setup", "setup", lambda l: l.booth(9)), refused("after the closing", "result", lambda l: l.booth(9)),
        refused("a booth a second time", "pause", lambda l: l.booth(1)), refused("by the organiser", "second", lambda l: l.booth(2, by="organiser")),
        refused("number 1 again", "second", lambda l: l.booth(2, place=(1, ZEROS))),
        refused("number 3", "second", lambda l: l.booth(2, place=(3, l.booths[-1]))),
        refused("in the chain of the other acts", "second", lambda l: l.booth(2, place=(l.n + 1, l.prev))),
        refused("a shorter log seen", "second", lambda l: l.booth(2, seen=len(l.entries) - 1)),
        refused("a hash too short", "second", lambda l: l.booth(bytes(31))),
        refused("another act behind it in its chain", "pause", lambda l: l.control("pause", reason="r", place=(l.n + 2, l.booths[-1]))),
    ])
