"""votelib 0.4.0. It must give our scores, winners and ties by sum, mean and median, and our order of every two candidates
by majority judgment once both have as many marks. By majority judgment of more it has two faults, which `as_read` copies
and can repair one by one: what it gives must be what the copy gives, and the repair that leads to our answer is the cause
of the difference."""
import math
import statistics

from ours import elect, low_median, majority_order, removed, scaled, written_out

try:
    from votelib.evaluate.cardinal import MajorityJudgment, ScoreVoting
    from votelib.evaluate.core import Tie, VotingSystemError
except ImportError:
    Tie = None


def found():
    return Tie is not None


def check_example():
    """The one that docs/spec/results.md section 8 tells: C wins by the definition, and votelib elects B."""
    marks = {"A": [0, 1, 2, 2, 2], "B": [0, 0, 2, 3, 3], "C": [0, 1, 2, 2, 3]}
    counts = {c: {value: given.count(value) for value in given} for c, given in marks.items()}
    votes = {frozenset((c, given[i]) for c, given in marks.items()): 1 for i in range(5)}
    assert max(marks, key=lambda c: removed(counts[c])) == "C"
    assert MajorityJudgment().evaluate(votes, 1) == ["B"]
    assert as_read(counts, 1) == {"B"} and as_read(counts, 1, drop_losers=True) == {"C"}


def compare(p):
    if p.method == "majority-judgment":
        return judge(p)
    unscored = p.worst if p.blanks_worst else None
    evaluator = ScoreVoting(p.method, unscored_value=unscored)
    votes = ballots(p)
    scores = evaluator._agg.convert(votes)
    left_out = set(range(len(p.names))) - set(scores)
    assert left_out == {c for c in range(len(p.names)) if not p.rated_by_somebody(c)}
    for c, score in scores.items():
        assert score == p.scores[c], (c, score, p.scores[c])
    said = split(evaluator.evaluate(votes, p.seats))
    if said == (p.winners, p.tied):
        return [p.method + " agrees"]
    # It never sees a candidate whom nobody rated, even where a blank is to count as the worst.
    marks = [m if c in scores else {} for c, m in enumerate(p.marks)]
    assert left_out and p.blanks_worst and said == elect(marks, p.order, p.seats), (said, p.winners, p.tied)
    return [p.method + ": leaves out whom nobody rated, though blanks count as worst"]


def ballots(p):
    votes = {}
    for weight, marks in p.ballots:
        vote = frozenset((c, mark) for c, mark in enumerate(marks) if mark is not None)
        votes[vote] = votes.get(vote, 0) + weight
    return votes


def split(said):
    """Its answer as ours: winners, and those who share the last seats."""
    ties = [item for item in said if isinstance(item, Tie)]
    return {item for item in said if not isinstance(item, Tie)}, set(ties[0]) if ties else set()


def outcome(call):
    """Winners, or the name of the error."""
    try:
        return call()
    except (VotingSystemError, statistics.StatisticsError, IndexError) as e:
        return type(e).__name__


def judge(p):
    every_two_agree(p)
    evaluator = MajorityJudgment(unscored_value=p.worst if p.blanks_worst else None)
    votes = ballots(p)
    said = outcome(lambda: set(evaluator.evaluate(votes, p.seats)))
    marks = {c: m for c, m in enumerate(p.marks) if p.rated_by_somebody(c)}
    read = lambda **repairs: outcome(lambda: as_read(marks, p.seats, **repairs))
    assert said == read(), ("the copy gives", read(), "votelib", said)
    name = "majority judgment"
    if not marks:
        assert said == "IndexError" and not p.tied and (not p.winners or p.blanks_worst)
        return [name + ": an error where nobody is rated"]
    winners, tied = elect([marks.get(c, {}) for c in range(len(p.names))], majority_order, p.seats)
    left_out = [] if (winners, tied) == (p.winners, p.tied) else [name + ": leaves out whom nobody rated"]
    expected = "VotingSystemError" if tied else winners
    if said == expected:
        return left_out or [name + (": an error where we tell a tie" if tied else " agrees")]
    kind = " an error" if isinstance(said, str) else " a winner" if tied else " other winners"
    for cause, repairs in [("losers of an earlier step go on", {"drop_losers": True}),
                           ("numbers of marks differ", {"proportional": True}),
                           ("both", {"drop_losers": True, "proportional": True})]:
        if read(**repairs) == expected:
            return left_out + ["%s: %s:%s" % (name, cause, kind)]
    raise AssertionError((said, expected))


def every_two_agree(p):
    """The package itself: no loser can go on among two, and numbers are made equal."""
    rated = [c for c, m in enumerate(p.marks) if m]
    for n, a in enumerate(rated):
        for b in rated[n + 1:]:
            common = math.lcm(sum(p.marks[a].values()), sum(p.marks[b].values()))
            votes = {frozenset([(c, value)]): weight * common // sum(p.marks[c].values())
                     for c in (a, b) for value, weight in p.marks[c].items()}
            said = outcome(lambda: MajorityJudgment().evaluate(votes, 1))
            order = majority_order(p.marks[a], p.marks[b])
            assert said == {1: [a], -1: [b], 0: "VotingSystemError"}[order], (said, a, b)


def as_read(marks, seats, drop_losers=False, proportional=False):
    """The algorithm as read in votelib/evaluate/cardinal.py, in our words."""
    if proportional:
        common = math.lcm(*(sum(m.values()) for m in marks.values()))
        marks = {c: scaled(m, common) for c, m in marks.items()}
    sure, tied = first({c: middle(m) for c, m in marks.items()}, seats)
    return set(sure) | (take_away({c: marks[c] for c in tied}, seats - len(sure), drop_losers) if tied else set())


def take_away(marks, seats, drop_losers):
    marks = {c: dict(m) for c, m in marks.items()}
    while max(sum(m.values()) for m in marks.values()):
        middles = {c: middle(m) for c, m in marks.items()}
        sure, tied = first(middles, seats)
        if not tied:
            return set(sure)
        if drop_losers:
            marks = {c: m for c, m in marks.items() if c in sure or c in tied}
        if sure:
            rest = {c: m for c, m in marks.items() if c not in sure}
            return set(sure) | take_away(rest, seats - len(sure), drop_losers)
        # (It takes away several at once where this changes no middle: a shortcut, with the same end.)
        for c, m in marks.items():
            m[middles[c]] -= 1
    raise VotingSystemError("a tie")


def middle(marks):
    if not written_out(marks):
        raise statistics.StatisticsError("no mark is left")
    return low_median(marks)


def first(scores, seats):
    """Who is elected for sure, and who shares the last seats."""
    bar = sorted(scores.values(), reverse=True)[min(seats, len(scores)) - 1]
    sure, level = ([c for c, s in scores.items() if test(s)] for test in (bar.__lt__, bar.__eq__))
    return (sure, level) if len(sure) + len(level) > seats else (sure + level, [])
