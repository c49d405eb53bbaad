"""Of the corpus of mutants.py: elections in which a candidate is withdrawn (docs/spec/entry.md section 6, results.md section 4)."""
import functools
import json

import maker as m
from maker import contest
from mutants_roll import draft as draft_of, file_of, refusals

CONTESTS = [contest("Score", ["Anna", "Boris", "Clara"], ["0", "1", "2"], seats=2),
            contest("Chair", ["A", "B", "None"], ["0", "1"], "single", method="mean", none="None")]
# Each ends without a winner, for a reason of its own.
REASONS = [("none few-raters, the only other withdrawn", "withdrawn", ["Nobody", "Anna"], {"raters": "3", "none": "Nobody"}, ["*1", "*1", "11"], ["Anna"]),
           ("none unrated, the only other withdrawn", "withdrawn", ["Nobody", "Anna"], {"none": "Nobody"}, ["*1", "*1", "*0"], ["Anna"]),
           ("none unrated, the only other unrated and withdrawn", "withdrawn", ["Nobody", "Anna"], {"none": "Nobody"}, ["**", "**", "**"], ["Anna"]),
           ("none ranked, the only other withdrawn", "withdrawn", ["Nobody", "Anna"], {"none": "Nobody"}, ["01", "11", "00"], ["Anna"]),
           ("all withdrawn, and no none", "withdrawn", ["Anna", "Boris"], {}, ["01", "11", "00"], ["Boris", "Anna"]),
           ("none few-raters, the only other unrated", "unrated", ["Nobody", "Anna"], {"raters": "3", "none": "Nobody"}, ["1*", "**", "**"], []),
           ("none few-raters, one unrated, one withdrawn", "unrated", ["Anna", "Nobody", "Boris"], {"raters": "3", "none": "Nobody"}, ["11*", "1**", "***"], ["Anna"]),
           ("none unrated, the only other few-raters", "few-raters", ["Nobody", "Anna"], {"raters": "3", "none": "Nobody"}, ["*1", "**", "**"], []),
           ("none unrated, one few-raters, one unrated", "few-raters", ["Nobody", "Anna", "Boris"], {"raters": "3", "none": "Nobody"}, ["*1*", "***", "***"], []),
           ("none unrated, the only other below the threshold", "below-threshold", ["Nobody", "Anna"], {"pass": ">=3", "none": "Nobody"}, ["*1", "*0", "**"], []),
           ("none few-raters, one below the threshold, one few-raters", "below-threshold", ["Nobody", "Anna", "Boris"],
            {"raters": "3", "pass": ">=4", "none": "Nobody"}, ["111", "*0*", "*0*"], []),
           ("none ranked, the only other behind it", "behind-none", ["Nobody", "Anna"], {"none": "Nobody"}, ["10", "11", "*1"], []),
           ("all withdrawn, and too few voted", "turnout", ["Anna"], {"turnout": "4"}, ["1", "1", "*"], ["Anna"])]
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


def vectors_of_reasons(play):
    """docs/spec/vectors/reasons.json"""
    contests = [contest(name, names, ["0", "1"], method="sum", **rule) for name, _, names, rule, _, _ in REASONS]
    world = m.World(draft_of(False, "until-opening", contests=contests), [1, 1, 1])
    steps = [("setup", lambda l: l.control("setup")), ("opening", lambda l: l.control("opening"))]
    steps += [("vote%d" % i, functools.partial(lambda i, l: l.vote(i, [marks[i] for *_, marks, _ in REASONS]), i)) for i in range(3)]
    gone = [(name, i + 1) for i, (*_, names) in enumerate(REASONS) for name in names]
    steps += [("withdraw %d %s" % (i, name), functools.partial(lambda a, l: l.withdraw(*a), (name, i))) for name, i in gone]
    steps += [("closing", lambda l: l.control("closing")), ("result", lambda l: l.result())]
    log = play(world, steps)
    for (name, reason, *_), told in zip(REASONS, json.loads(log.published)["contests"], strict=True):
        assert told["reason"] == reason, (name, told["reason"])
    return file_of(log, [refusals(world, steps)("none of them, rated by too few", "closing", lambda l: l.withdraw("Nobody", 1, counts=False))])
