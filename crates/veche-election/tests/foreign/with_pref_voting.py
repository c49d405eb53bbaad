"""pref_voting 1.18.2, where it is installed (it weighs 800 MB: `tools/check-foreign-counts`). It must give our scores and
winners by sum, mean and median (its score voting by the median takes the lower of the middle two). By majority judgment
it breaks ties of the grade by one number, the larger of the parts above and below it."""
from fractions import Fraction

from ours import elect, low_median

try:
    from pref_voting.grade_methods import majority_judgement, score_voting
    from pref_voting.grade_profiles import GradeProfile
except ImportError:
    GradeProfile = None


def found():
    return GradeProfile is not None


def compare(p):
    ballots = [(w, [p.worst if m is None and p.blanks_worst else m for m in marks]) for w, marks in p.ballots]
    if p.seats > 1 or not any(p.marks):
        return []       # it elects one, and of a profile without marks it calls all winners
    maps = [{c: mark for c, mark in enumerate(marks) if mark is not None} for _, marks in ballots]
    profile = GradeProfile(maps, p.values, gcounts=[w for w, _ in ballots], candidates=list(range(len(p.names))))
    ours = p.winners | p.tied
    if p.method == "majority-judgment":
        return judge(p, profile, ours)
    if p.method == "median":
        for c, median in enumerate(p.scores):
            assert median is None or Fraction(profile.median(c, use_lower=False, use_average=True)) == median
    said = set(score_voting(profile, evaluation_method=p.method))
    if said == ours:
        return [p.method + " agrees"]
    lower = elect(p.marks, lambda a, b: low_median(a) - low_median(b), 1)
    assert p.method == "median" and said == set.union(*lower), (said, ours)
    return ["median: its score is the lower of the middle two"]


def judge(p, profile, ours):
    said = outcome(lambda: set(majority_judgement(profile)))
    grades = {c: low_median(m) for c, m in enumerate(p.marks) if m}
    best = [c for c in grades if grades[c] == max(grades.values())]
    blank = any(sum(p.marks[c].values()) < sum(w for w, _ in p.ballots) for c in best)
    if len(best) > 1 and blank:
        assert said == "TypeError", said
        return ["majority judgment: an error where a mark of a candidate in a tie is missing"]
    keys = {c: key(p.marks[c], grades[c]) for c in best}
    assert said == {c for c in best if keys[c] == max(keys.values())}, (said, keys)
    if said == ours:
        return ["majority judgment agrees"]
    # It stops at the first number, where ours goes on.
    assert ours < said and len({keys[c] for c in said}) == 1, (said, ours)
    return ["majority judgment: leaves a tie that ours breaks"]


def key(marks, grade):
    above, below = (sum(w for v, w in marks.items() if test(v)) for test in (grade.__lt__, grade.__gt__))
    return Fraction(above if above > below else -below, sum(marks.values()))


def outcome(call):
    try:
        return call()
    except TypeError as e:
        return type(e).__name__
