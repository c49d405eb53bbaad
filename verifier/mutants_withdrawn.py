"""Of the corpus of mutants.py: elections in which a candidate is withdrawn (docs/spec/entry.md section 6, results.md section 4)."""
import functools

import maker as m
from maker import contest
from mutants_roll import draft as draft_of, file_of, refusals

CONTESTS = [contest("Score", ["Anna", "Boris", "Clara"], ["0", "1", "2"], seats=2),
            contest("Chair", ["A", "B", "None"], ["0", "1"], "single", method="mean", none="None")]
MARKS = [["210", "100"], ["2*1", "010"], ["012", "001"]]


def draft(secret, contests=CONTESTS):
    return draft_of(secret, "until-opening", contests=contests)


def story(secret):
    steps = [("setup", lambda l: l.control("setup"))]
    if secret:
        steps += [("rehearsal%d" % i, functools.partial(lambda i, l: l.rehearsal(i), i)) for i in (1, 2)]
    steps += [("opening", lambda l: l.control("opening")), ("vote0", lambda l: l.vote(0, MARKS[0])), ("vote1", lambda l: l.vote(1, MARKS[1])),
              ("withdraw", lambda l: l.withdraw("Anna")), ("again", lambda l: l.vote(0, MARKS[0])), ("vote2", lambda l: l.vote(2, MARKS[2])),
              ("pause", lambda l: l.control("pause", reason="r")), ("second", lambda l: l.withdraw("B", 2)),
              ("closing", lambda l: l.control("closing"))]
    if secret:
        steps += [("sum", lambda l: l.sum()), ("share1", lambda l: l.share(1))]
    return steps + [("result", lambda l: l.result())]


def collude(corpus, play, secret):
    world, steps, label = m.World(draft(secret), [1, 1, 2]), story(secret), ("open", "secret")[secret]
    good = play(world, steps)
    corpus.cases.append(("good record", label + ": withdrawn candidates", good.record(), []))

    def bad(name, kind="wrong withdrawal", **how):
        corpus.add(kind, "%s: %s" % (label, name), play(world, steps, **how).record(), {5}, good.record())

    def fine(name, **how):
        corpus.cases.append(("good record", "%s: %s" % (label, name), play(world, steps, **how).record(), []))

    gone = lambda *a, **how: lambda l: l.withdraw(*a, **how)
    fine("all of a contest are withdrawn", after=[("second", gone("A", 2))])
    fine("withdrawn before the opening", after=[("setup", gone("Clara"))])
    for name, act in [("of another contest", gone("A", counts=False)), ("of nobody", gone("Dora", counts=False)), ("contest 0", gone("Anna", 0, counts=False)),
                      ("contest 3", gone("Anna", 3, counts=False)), ("contest as text", gone("Anna", "1", counts=False)), ("none of them", gone("None", 2, counts=False)),
                      ("by number", gone(1, counts=False)), ("without a reason", gone("Anna", reason="", counts=False)), ("by the board", gone("Anna", by="board")),
                      ("with more", lambda l: l.control("withdraw", contest=1, candidate="Anna", reason="r", back=True))]:
        bad(name, instead=[("withdraw", act)])
    bad("twice", after=[("withdraw", gone("Anna", counts=False))])
    for step in ["closing", "result"] + ["sum", "share1"] * secret:
        bad("behind " + step, kind="act at a wrong time", after=[(step, gone("Clara", counts=step == "closing"))])
    bad("before setup", kind="act at a wrong time", before=[("setup", gone("Clara"))])
    for name, withdrawn in [("nobody withdrawn", {}), ("another number of ballots", {(0, 0): 3, (1, 1): 3}), ("one forgotten", {(0, 0): 2}),
                            ("in another order", {(1, 1): 3, (0, 0): 2, (0, 2): 0})]:
        act = lambda l: l.result(data=l.result_bytes(withdrawn=withdrawn))
        bad(name, kind="wrong result, signed", instead=[("result", act)])
    # Marks of who is withdrawn stay in what others are measured by.
    without = lambda data: data.replace(b'"status":"withdrawn"', b'"status":"ranked"', 1)
    bad("still ranked", kind="wrong result, signed", instead=[("result", lambda l: l.result(data=without(l.result_bytes())))])


def vectors(play):
    """docs/spec/vectors/withdrawals.json"""
    world, steps = m.World(draft_of(False, "until-opening", scale=2, contests=CONTESTS), [125, 50, 5425]), story(False)
    refused = refusals(world, steps)
    gone = lambda *a, **how: lambda l: l.withdraw(*a, counts=False, **how)
    return file_of(play(world, steps), [
        refused("of another contest", "withdraw", gone("A")), refused("of nobody", "withdraw", gone("Dora")),
        refused("contest 0", "withdraw", gone("Anna", 0)), refused("contest 3", "withdraw", gone("Anna", 3)),
        refused("none of them", "second", gone("None", 2)), refused("without a reason", "withdraw", gone("Anna", reason="")),
        refused("by the board", "withdraw", gone("Anna", by="board")), refused("twice", "closing", gone("Anna")),
        refused("before setup", "setup", gone("Anna")), refused("after the closing", "result", gone("Clara")),
    ])
